"""Tool calls of a Chat Completions stream, put together from their pieces however a host numbers them."""

from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import Json
from canary.domain.trial import ToolCall
from canary.targets.replies import EMPTY_OBJECT, arguments_of, plain, plain_object, unknown, whole


class _Call:
    """One tool call as it grows."""

    __slots__ = ("arguments", "id", "kind", "name", "rest")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.kind = "function"
        self.arguments: list[str] = []
        self.rest: dict[str, Json] = {}

    @property
    def arguments_text(self) -> str:
        return whole("".join(self.arguments))

    def native(self) -> dict[str, Json]:
        function: Json = {"name": self.name, "arguments": self.arguments_text}
        return self.rest | {"id": self.id, "type": self.kind, "function": function}


class Calls:
    """The calls of one reply as they grow.

    Attributes:
        flags: oddities found, in order; a dict for its order alone.
    """

    def __init__(self) -> None:
        self.flags: dict[str, None] = {}
        self._calls: list[_Call] = []
        self._by_index: dict[object, _Call] = {}

    def add(self, piece: Any) -> int:
        """Take the next piece of a call; gives the characters of name and arguments in it."""
        call = self._call_of(piece)
        function = piece.function
        if piece.type and piece.type != "function":
            call.kind = str(piece.type)
            call.rest |= plain_object(piece)
            self.flags[unknown("block", piece.type)] = None
        if function is None:
            return 0
        size = 0
        if function.name and not call.name:
            call.name = whole(str(function.name))
            size = len(call.name)
        if function.arguments:
            call.arguments.append(function.arguments)
            size += len(function.arguments)
        return size

    def _call_of(self, piece: Any) -> _Call:
        """The call a piece belongs to. Some hosts number every call 0, or none: then a name begins a new call."""
        last = self._calls[-1] if self._calls else None
        known = last if piece.index is None else self._by_index.get(piece.index)
        if known is None or _begins_another(piece, known):
            known = self._by_index[piece.index] = _Call()
            self._calls.append(known)
            known.rest = {name: plain(value) for name, value in (piece.model_extra or {}).items()}
        if piece.id and not known.id:
            known.id = whole(str(piece.id))
        return known

    def finished(self) -> tuple[ToolCall, ...]:
        """The calls as they came to be. One without an id gets one of ours, which its result can name."""
        return tuple(self._finished(call, number) for number, call in enumerate(self._calls))

    def _finished(self, call: _Call, number: int) -> ToolCall:
        text = call.arguments_text
        if not call.id:
            call.id = f"call_{number}"
            self.flags["no_call_id"] = None
        if not text.strip():
            self.flags["empty_arguments"] = None
        arguments = arguments_of(text if text.strip() else EMPTY_OBJECT)
        return ToolCall(id=call.id, name=call.name, arguments=arguments, arguments_text=text)

    def native(self) -> list[Mapping[str, Json]]:
        """The calls as the assistant message passes them back; after `finished`."""
        return [call.native() for call in self._calls]


def _begins_another(piece: Any, known: _Call) -> bool:
    if not (piece.function and piece.function.name and known.name):
        return False
    return piece.id != known.id if piece.id else piece.index is None
