"""Claude Code's `stream-json` lines as one turn: pure.

Three traps (docs/targets.md tells how they were seen): an error of the API comes as `subtype: success` with the error's
text as the result; the usage on an `assistant` line is that of the reply's *start*; a session taken up again may tell
its account from the beginning. What is billed is read from the streamed `message_delta` of each reply and held against
the `result` (`claude_code_account`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from canary.domain.canonical import Json, canonical_json
from canary.domain.trial import Failure, InvalidCall, Stop, ToolCall, ToolResult, Usage
from canary.targets.claude_code_account import account, with_account
from canary.targets.claude_code_reply import GrowingReply
from canary.targets.harness_reply import (
    Answered,
    Flags,
    Retried,
    ended_early,
    event_of,
    failure_of,
    listed,
    mapping,
    number,
    text_of,
    tool_result,
    word,
)
from canary.targets.native_tools import in_our_words
from canary.targets.redaction import Redactor
from canary.targets.replies import count, text_or_none, unknown
from canary.targets.sandbox import Exit

_LIMITS = frozenset({"error_max_turns", "error_max_budget_usd", "error_max_budget"})
"""Ends that our own limits brought about: graded, as an answer that was cut short."""

_SYNTHETIC = "<synthetic>"
"""The model of a message that no model wrote."""

_INVALID: Mapping[str, InvalidCall] = {
    "No such tool available": "unknown_tool",
    "InputValidationError": "schema",
}


class ClaudeCodeFold:
    """The fold over one `claude -p` run."""

    def __init__(self, *, work: str, redactor: Redactor, earlier: Mapping[str, Usage] | None = None) -> None:
        """Begin.

        Args:
            work: the working directory, as the agent names it.
            redactor: keeps the key out of messages.
            earlier: what the turn before told as its account (`Answered.told`).
        """
        self._work = work
        self._redactor = redactor
        self._earlier = dict(earlier or {})
        self._replies: dict[str, GrowingReply] = {}
        self._streaming: GrowingReply | None = None
        self._results: dict[str, ToolResult] = {}
        self._retried: list[Retried] = []
        self._flags = Flags()
        self._result: Mapping[str, Json] | None = None
        self._session: str | None = None
        self._version: str | None = None
        self._synthetic: str | None = None
        self._idle_since = 0.0

    def add(self, line: bytes, at: float) -> bool:
        """Take the next line."""
        event = event_of(line, self._flags)
        if event is None:
            return True
        kind = word(event.get("type"))
        if kind in _EVENTS:
            _EVENTS[kind](self, event, at)
        else:
            self._flags.add(unknown("event", event.get("type")))
        return True

    def _system(self, event: Mapping[str, Json], at: float) -> None:
        subtype = event.get("subtype")
        if subtype == "init":
            self._session = text_or_none(event.get("session_id"))
            self._version = text_or_none(event.get("claude_code_version"))
        elif subtype == "status" and event.get("status") == "requesting":
            self._idle_since = at
        elif subtype == "api_retry":
            status = count(event.get("error_status"))
            name = text_or_none(event.get("error"))
            message = f"the agent's request failed ({name or status or 'no reason given'})"
            delay = number(event.get("retry_delay_ms"))
            failure = failure_of(message, self._redactor, status=status, name=name)
            waited = None if delay is None else delay / 1000
            self._retried.append(Retried(step=len(self._replies), failure=failure, waited_s=waited))
        elif subtype == "compact_boundary":
            self._flags.add("compacted")

    def _reply(self, message: Mapping[str, Json], at: float) -> GrowingReply:
        given = str(message.get("id") or "")
        if given not in self._replies:
            self._replies[given] = GrowingReply(
                id=given, model=text_or_none(message.get("model")), begun=self._idle_since
            )
        reply = self._replies[given]
        reply.ended = at
        return reply

    def _stream(self, event: Mapping[str, Json], at: float) -> None:
        if event.get("parent_tool_use_id") is not None:
            return  # a subagent's; the result's account has its tokens
        inner = mapping(event.get("event"))
        kind = inner.get("type")
        if kind == "message_start":
            message = mapping(inner.get("message"))
            self._streaming = self._reply(message, at)
            self._streaming.tier = text_or_none(mapping(message.get("usage")).get("service_tier"))
        elif self._streaming is None:
            return
        elif kind == "content_block_delta":
            self._delta(self._streaming, mapping(inner.get("delta")), at)
        elif kind == "message_delta":
            self._streaming.ended = at
            self._streaming.usage = mapping(inner.get("usage")) or self._streaming.usage
            said = text_or_none(mapping(inner.get("delta")).get("stop_reason"))
            self._streaming.stop_reason = said or self._streaming.stop_reason

    def _delta(self, reply: GrowingReply, delta: Mapping[str, Json], at: float) -> None:
        for name in ("text", "thinking", "partial_json"):
            part = delta.get(name)
            if isinstance(part, str):
                reply.pace.saw(at - reply.begun, len(part))
                reply.pace.reasoned = reply.pace.reasoned or (name == "thinking" and bool(part))

    def _assistant(self, event: Mapping[str, Json], at: float) -> None:
        if event.get("parent_tool_use_id") is not None:
            self._flags.add("subagent")
            return
        message = mapping(event.get("message"))
        if message.get("model") == _SYNTHETIC:
            self._synthetic = text_of(message.get("content")) or "no reason given"
            return
        reply = self._reply(message, at)
        reply.request_id = text_or_none(event.get("request_id")) or reply.request_id
        reply.stop_reason = text_or_none(message.get("stop_reason")) or reply.stop_reason
        reply.tier = text_or_none(mapping(message.get("usage")).get("service_tier")) or reply.tier
        for block in listed(message.get("content")):
            self._block(reply, block)

    def _block(self, reply: GrowingReply, block: Mapping[str, Json]) -> None:
        kind = word(block.get("type"))
        if kind == "text" and isinstance(block.get("text"), str):
            reply.texts.append(str(block["text"]))
        elif kind == "tool_use":
            given = block.get("input")
            arguments = given if isinstance(given, Mapping) else None
            name = str(block.get("name") or "")
            named = None if arguments is None else in_our_words(name, arguments, self._work)
            reply.calls.append(
                ToolCall(
                    id=str(block.get("id") or ""),
                    name=named.name if named else name,
                    arguments=named.arguments if named else None,
                    arguments_text=canonical_json(given),
                )
            )
        elif kind not in {"thinking", "redacted_thinking", "text"}:
            self._flags.add(unknown("block", block.get("type")))

    def _user(self, event: Mapping[str, Json], at: float) -> None:
        if event.get("parent_tool_use_id") is not None:
            return
        self._idle_since = at
        for block in listed(mapping(event.get("message")).get("content")):
            if block.get("type") == "tool_result":
                text, error = text_of(block.get("content")), block.get("is_error") is True
                invalid = next((why for words, why in _INVALID.items() if error and words in text), None)
                told = tool_result(text, error=error, flags=self._flags)
                self._results[str(block.get("tool_use_id"))] = replace(told, invalid=invalid)

    def _end(self, event: Mapping[str, Json], _at: float) -> None:
        self._result = event
        self._session = text_or_none(event.get("session_id")) or self._session
        for denied in listed(event.get("permission_denials")):
            self._flags.add(f"permission_denied:{str(denied.get('tool_name'))[:60]}")

    def answered(self, exit_: Exit) -> Answered:
        """What the run comes to."""
        result = self._result or {}
        failure = self._failure(exit_)
        steps = tuple(reply.step(self._results, self._flags) for reply in self._replies.values())
        told, spent = account(result, steps, self._earlier)
        steps = with_account(steps, spent)
        stop: Stop | None = None
        if failure is None:
            subtype = word(result.get("subtype"))
            cut = subtype if subtype in _LIMITS else None
            stop = "call_limit" if cut else steps[-1].stop
            flags = (*steps[-1].flags, *self._flags.all())
            steps = (*steps[:-1], replace(steps[-1], flags=flags, stop_reason=cut or steps[-1].stop_reason))
        return Answered(
            steps=steps,
            stop=stop,
            failure=failure,
            retried=tuple(self._retried),
            session=self._session,
            version=self._version,
            told=told,
            cost_usd=number(result.get("total_cost_usd")),
        )

    def _failure(self, exit_: Exit) -> Failure | None:
        """Why there is no complete answer. `subtype` says `success` for an API's error too: it is not believed."""
        result = self._result
        if result is None or exit_.ended != "exited":
            return ended_early(exit_, self._redactor, "claude")
        if word(result.get("subtype")) in _LIMITS and self._replies:
            return None
        status = count(result.get("api_error_status"))
        wrong = result.get("is_error") is True or status is not None or self._synthetic is not None
        if wrong:
            message = text_or_none(result.get("result")) or self._synthetic or str(result.get("subtype"))
            return failure_of(message, self._redactor, status=status)
        if not self._replies:
            return failure_of("claude reports success without a reply", self._redactor, kind="malformed")
        return None


_EVENTS: Mapping[str, Callable[[ClaudeCodeFold, Mapping[str, Json], float], None]] = {
    "system": ClaudeCodeFold._system,  # noqa: SLF001
    "stream_event": ClaudeCodeFold._stream,  # noqa: SLF001
    "assistant": ClaudeCodeFold._assistant,  # noqa: SLF001
    "user": ClaudeCodeFold._user,  # noqa: SLF001
    "result": ClaudeCodeFold._end,  # noqa: SLF001
}
