"""What a request asks and what a reply says, in no protocol's terms: the language between wire and behaviour."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

ProtocolName: TypeAlias = Literal["messages", "responses", "chat"]
Role: TypeAlias = Literal["user", "assistant", "tool"]
ReplyStop: TypeAlias = Literal["end", "tool_use", "max_tokens", "refusal"]
Reasoning: TypeAlias = Literal["off", "adaptive", "on"]
Body: TypeAlias = Mapping[str, Any]


class Refused(Exception):
    """A request that is answered with an error instead of a reply.

    Attributes:
        status: HTTP status.
        message: one sentence that names the field at fault.
        param: the field at fault, where the protocol tells it.
        code: machine-readable code, where the protocol has one.
    """

    def __init__(
        self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.param = param
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A tool call: name, and arguments as canonical JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One message of the history.

    Attributes:
        role: who said it; `tool` for the results of tools.
        texts: its text parts in order.
        calls: tool calls, of an assistant's message.
        images: parts that are no text.
    """

    role: Role
    texts: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    images: int = 0

    @property
    def text(self) -> str:
        """All text parts together."""
        return "\n".join(self.texts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A request, understood.

    Attributes:
        protocol: which protocol it came by.
        model: the requested model.
        system: system text, "" without one.
        said: the history; consecutive items of one assistant reply are one message.
        tools: names of the tools offered.
        freeform: those of them that take a plain text instead of JSON.
        definitions: their definitions as JSON texts, for the bill.
        max_tokens: cap on the reply; None = the model's own.
        stream: whether it wants events.
        reasoning: whether reasoning may happen: `off`, `adaptive` (the model decides) or `on`.
        show_reasoning: whether a text of it is wanted.
        effort: requested effort.
        tier: requested service tier.
        speed: requested speed mode.
        cache_asked: whether it asks for its beginning to be cached.
        usage_wanted: whether a stream is to carry usage.
    """

    protocol: ProtocolName
    model: str
    system: str
    said: tuple[Said, ...]
    tools: tuple[str, ...] = ()
    freeform: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    max_tokens: int | None = None
    stream: bool = False
    reasoning: Reasoning = "off"
    show_reasoning: bool = False
    effort: str | None = None
    tier: str | None = None
    speed: str | None = None
    cache_asked: bool = False
    usage_wanted: bool = True

    @property
    def replies(self) -> tuple[Said, ...]:
        """The assistant's messages so far."""
        return tuple(said for said in self.said if said.role == "assistant")


@dataclass(frozen=True, kw_only=True, slots=True)
class Billed:
    """Tokens of one reply. `input` is the total; `cache_read` and `cache_write` are parts of it.

    `output` is the total; `reasoning` is a part of it.
    """

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A reply to be put into a protocol's words.

    Attributes:
        nonce: 20 hex characters, unique per reply: ids are made of it.
        created: Unix seconds.
        model: what is said to have served.
        text: visible text; "" = none.
        calls: tool calls in order.
        reasoning: reasoning text to be shown or signed; None = it did not reason.
        stop: why it stops.
        billed: its tokens; None = the reply says nothing about usage (a fault).
        tier: the tier said to have served, in canary's words: `standard`, `priority`, `flex`, `batch`.
        backend: name of the backend.
        first_s: seconds to the first token, as to be waited.
        rest_s: seconds from there to the last.
        reasoning_content: whether Chat Completions carry the reasoning text.
        unknown_block: whether it holds one content block of a type nobody knows (a fault).
    """

    nonce: str
    created: int
    model: str
    text: str
    calls: tuple[Call, ...]
    reasoning: str | None
    stop: ReplyStop
    billed: Billed | None
    tier: str
    backend: str
    first_s: float = 0.0
    rest_s: float = 0.0
    reasoning_content: bool = False
    unknown_block: bool = False

    @property
    def item(self) -> str:
        """Stem of the ids of its items; tells whether they came with reasoning."""
        return f"{self.nonce}{'p' if self.reasoning is None else 'r'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """One protocol's words.

    Attributes:
        name: which.
        read: request body and lower-case headers -> what it asks; raises Refused.
        read_count: the same for a body of the token-counting endpoint.
        body: a whole reply as one JSON object.
        events: a streamed reply as server-sent events, grouped: the first group before the first token, then one
            group for each piece of content, then the end.
        error: an error object, from (refusal, request id).
        error_event: an event that reports an error within a stream, from (refusal, request id, events sent before).
        headers: headers of every response, from the request's id.
        failure: the last event of a stream that failed, where the protocol has one besides `error_event`.
    """

    name: ProtocolName
    read: Callable[[Body, Mapping[str, str]], Heard]
    read_count: Callable[[Body, Mapping[str, str]], Heard]
    body: Callable[[Reply, Heard, Body], dict[str, Any]]
    events: Callable[[Reply, Heard, Body], list[bytes]]
    error: Callable[[Refused, str], dict[str, Any]]
    error_event: Callable[[Refused, str, int], bytes]
    headers: Callable[[str], list[tuple[str, str]]]
    failure: Callable[[Reply, Heard, Body, int], bytes] | None = None


def split(text: str, most: int = 4) -> list[str]:
    """Cut a text into at most `most` pieces of about equal length, as deltas carry it; none for an empty text."""
    size = -(-len(text) // most) or 1
    return [text[start : start + size] for start in range(0, len(text), size)]


def need(body: Body, field: str, kinds: type | tuple[type, ...], what: str, *, missing: str) -> Any:
    """A required field of a body.

    Raises:
        Refused: it is absent (`missing` is the sentence) or of another kind than `what` says.
    """
    if body.get(field) is None:
        raise Refused(missing, param=field, code="missing_required_parameter")
    value = body[field]
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise Refused(f"{field}: expected {what}, got {type(value).__name__}", param=field)
    return value


def merged(said: Sequence[Said]) -> tuple[Said, ...]:
    """Join neighbours of one role into one message, as providers do."""
    out: list[Said] = []
    for one in said:
        if out and out[-1].role == one.role:
            out.append(_joined(out.pop(), one))
        else:
            out.append(one)
    return tuple(out)


def _joined(a: Said, b: Said) -> Said:
    return Said(role=a.role, texts=a.texts + b.texts, calls=a.calls + b.calls, images=a.images + b.images)
