"""What the three protocols' replies have in common: verbatim JSON, clean texts, counts, arguments, pace.

Everything here reads what a model or a host wrote, so nothing is taken on trust: numbers may be no numbers, texts may
hold half a character, objects may nest without end.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NoReturn, Protocol

from pydantic import BaseModel

from canary.domain.canonical import Json
from canary.domain.trial import Step, Usage
from canary.targets.faults import Fault

MOST_TOKENS = 10**12
"""A larger count is a host's mistake, and no database integer holds much more."""

DEEPEST_ARGUMENTS = 64
"""Nesting of tool arguments that is read: what checks, schemas and stores walk recursively has to end."""

DEEPEST_JSON = 100
"""Nesting of anything else that is kept, for the same reason."""

EMPTY_OBJECT = "{}"
"""What hosts mean that send an empty text as the arguments of a tool without parameters; such calls are flagged."""

LONGEST_NAME = 60
"""Characters of a foreign name that a flag keeps."""


class Reply(Protocol):
    """A pure fold: the events of one stream, in order, to a `Step`."""

    @property
    def complete(self) -> bool:
        """Whether the protocol's last event was seen, after which a cut loses nothing."""
        ...

    def add(self, event: Any, at: float) -> None:
        """Take the next event, `at` seconds after the request was sent.

        Raises:
            Fault: the event says that there will be no answer.
        """
        ...

    def step(self, *, latency_s: float, request_id: str | None, flags: tuple[str, ...] = ()) -> Step:
        """The reply as a whole.

        Raises:
            Fault: it is not whole.
        """
        ...


def plain(value: Any, depth: int = DEEPEST_JSON) -> Json:
    """An SDK object, or JSON, as the JSON the provider sent: set fields alone, under the provider's names.

    Walks the object instead of serialising it: a serialiser for a whole response type costs megabytes to build, and
    warns about blocks the SDK does not know. Numbers that JSON does not have become texts.

    Raises:
        Fault: it is nested deeper than `depth`.
    """
    if depth == 0:
        raise Fault(f"the answer is nested deeper than {DEEPEST_JSON} levels", kind="malformed")
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, BaseModel):
        return _plain_model(value, depth)
    if isinstance(value, Mapping):
        return {whole(str(name)): plain(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value]
    return _plain_scalar(value)


def _plain_model(value: BaseModel, depth: int) -> dict[str, Json]:
    fields = type(value).model_fields
    known = {
        fields[name].alias or name: plain(getattr(value, name), depth - 1)
        for name in fields
        if name in value.model_fields_set
    }
    extra = value.model_extra or {}
    return known | {whole(name): plain(item, depth - 1) for name, item in extra.items()}


def _plain_scalar(value: Any) -> Json:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def plain_object(value: Any) -> dict[str, Json]:
    """`plain` of something that has to be an object; anything else is kept under `value`."""
    result = plain(value)
    return dict(result) if isinstance(result, Mapping) else {"value": result}


def whole(text: str) -> str:
    """The text with surrogate halves joined, and with U+FFFD for a half that has no partner.

    A character beyond the basic plane may arrive split over two events, each half escaped on its own. A half that is
    left over can't be encoded, neither to be stored nor to be sent back.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def unknown(kind: str, name: object) -> str:
    """The flag of something of a type the protocol did not have when this was written."""
    return f"unknown_{kind}:{whole(str(name))[:LONGEST_NAME]}"


def text_or_none(value: object) -> str | None:
    """The value where it is a text with something in it."""
    return whole(value) if isinstance(value, str) and value else None


def arguments_of(text: str) -> Mapping[str, Json] | None:
    """Tool arguments as the object they spell; None where the text is no JSON object of reasonable depth."""
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not _shallow(text, value):
        return None
    return plain_object(value) if "\\u" in text else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    """A number; the grammar allows some that no float holds and no store takes."""
    value = float(text)
    return value if math.isfinite(value) else _no_constant(text)


def _shallow(text: str, value: Json) -> bool:
    if text.count("{") + text.count("[") <= DEEPEST_ARGUMENTS:
        return True
    level: list[Json] = [value]
    for _ in range(DEEPEST_ARGUMENTS):
        level = [item for node in level for item in _items(node)]
        if not level:
            return True
    return False


def _items(node: Json) -> Iterable[Json]:
    if isinstance(node, Mapping):
        return node.values()
    return node if isinstance(node, list) else ()


def count(value: object) -> int | None:
    """A token count; None where the host sent none, or something that counts nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS:
        return value
    return None


def first_count(*values: object) -> int | None:
    """The first of several places that holds a count."""
    return next((found for value in values if (found := count(value)) is not None), None)


def usage_of_totals(
    *,
    input_total: int | None,
    cache_read: int | None,
    cache_write: int | None,
    output: int | None,
    reasoning: int | None,
) -> Usage:
    """Usage where the provider's input count includes cached and cache-written tokens, as OpenAI's does.

    A host whose cached tokens exceed its input count reports them beside it, not within it: then nothing is
    subtracted.
    """
    cached = (cache_read or 0) + (cache_write or 0)
    uncached = input_total
    if input_total is not None and cached <= input_total:
        uncached = input_total - cached
    return Usage(
        input_tokens=uncached,
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        output_tokens=output,
        reasoning_tokens=reasoning,
    )


def no_usage(usage: Usage | None) -> tuple[str, ...]:
    """The flag of a reply whose host did not say what it bills."""
    said = usage is not None and (usage.input_tokens is not None or usage.output_tokens is not None)
    return () if said else ("no_usage",)
