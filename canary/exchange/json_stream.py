"""A large JSON file taken apart while it is read: one member, or one element of a list, at a time.

The memory held is that of the largest part, not of the file, and a part beyond `LARGEST` is refused: reading it would only
fill the memory.
"""

import codecs
import json
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO, TypeAlias

Path_: TypeAlias = tuple[str, ...]

LARGEST = 256 * 1024 * 1024
"""Characters of one part."""

EACH = "*"
"""Stands for every element of a list in a path."""

_CHUNK = 1 << 16
_SPACE = " \t\r\n"
_OF_NUMBERS = "+-.0123456789Ee"
_DECODER = json.JSONDecoder()
_TOO_DEEP = "its values are nested too deeply to be read"
_TOO_LONG = "one of its numbers has too many digits to be read"


def parts(
    file: BinaryIO, opened: Collection[Path_], *, largest: int = LARGEST
) -> Iterator[tuple[Path_, Any]]:
    """The parts of a JSON object in their order, each with its path.

    Args:
        file: UTF-8, with or without a byte order mark.
        opened: paths of containers that are taken apart instead of told whole; the object itself always is.
        largest: characters of one part.

    Raises:
        ValueError: it is no JSON object, or a part is too large; the message is one line.
    """
    reader = _Reader(file, largest)
    if reader.peek() != "{":
        raise ValueError("not a JSON object")
    yield from _members(reader, (), frozenset(opened))
    if reader.peek():
        raise ValueError(f"more follows the object at character {reader.place}")


def parsed(data: bytes) -> Any:
    """A whole JSON text as a value.

    Raises:
        ValueError: it is none; the message is one line.
    """
    # Imported on use: the fastest reader that canary brings along. What it refuses (lone surrogates, which models write,
    # deep nesting) is read again by Python's own, which knows more and explains better.
    from pydantic_core import from_json

    try:
        return from_json(data)
    except ValueError:
        pass
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg.lower()} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError:
        raise ValueError(_TOO_LONG) from None


class _Reader:
    """A buffer over a file, and where in the file it stands."""

    def __init__(self, file: BinaryIO, largest: int) -> None:
        self._file, self._largest = file, largest
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._gone, self._ended = "", 0, 0, False

    @property
    def place(self) -> int:
        return self._gone + self._at + 1

    def _more(self) -> bool:
        """Read on, at least as much as is held: so that trying again costs no more than twice the work."""
        if self._ended:
            return False
        self._gone += self._at
        held = self._text[self._at :]
        if len(held) > self._largest:
            raise ValueError(f"a part of it is longer than {self._largest:,} characters")
        data = self._file.read(max(_CHUNK, len(held)))
        self._ended = not data
        try:
            self._text, self._at = held + self._decode.decode(data, final=not data), 0
        except UnicodeDecodeError:
            raise ValueError("not UTF-8") from None
        return True

    def peek(self) -> str:
        """The next character that is no space, not taken; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        """The next character, which must be one of these."""
        found = self.peek()
        if not found or found not in wanted:
            told = repr(found) if found else "the end"
            raise ValueError(f"not JSON: {told} at character {self.place}, where one of {wanted!r} belongs")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                place = self._gone + error.pos + 1
                raise ValueError(f"not JSON: {error.msg.lower()} at character {place}") from None
            except RecursionError:
                raise ValueError(_TOO_DEEP) from None
            except ValueError:
                raise ValueError(_TOO_LONG) from None
            # A number may go on beyond what is held, also where a point or an exponent is the last of it.
            if self._text[end : end + 1] not in _OF_NUMBERS or not self._more():
                self._at = end
                return value


def _members(reader: _Reader, path: Path_, opened: frozenset[Path_]) -> Iterator[tuple[Path_, Any]]:
    reader.take("{")
    if reader.peek() == "}":
        reader.take("}")
        return
    while True:
        if reader.peek() != '"':
            reader.take('"')
        name = reader.value()
        reader.take(":")
        yield from _part(reader, (*path, name), opened)
        if reader.take(",}") == "}":
            return


def _elements(reader: _Reader, path: Path_, opened: frozenset[Path_]) -> Iterator[tuple[Path_, Any]]:
    reader.take("[")
    if reader.peek() == "]":
        reader.take("]")
        return
    each = (*path, EACH)
    while True:
        if each in opened:
            yield from _part(reader, each, opened)
        else:
            yield each, reader.value()
        if reader.take(",]") == "]":
            return


def _part(reader: _Reader, path: Path_, opened: frozenset[Path_]) -> Iterator[tuple[Path_, Any]]:
    head = reader.peek()
    if path in opened and head == "{":
        yield from _members(reader, path, opened)
    elif path in opened and head == "[":
        yield from _elements(reader, path, opened)
    else:
        yield path, reader.value()
