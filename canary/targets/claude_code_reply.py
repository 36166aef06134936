"""One reply of Claude Code as it grows, and as a step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from canary.domain.canonical import Json
from canary.domain.trial import Step, Stop, ToolCall, ToolResult
from canary.targets.claude_code_account import usage_of
from canary.targets.harness_reply import Flags, kept_text
from canary.targets.pace import Pace

_STOPS: Mapping[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "context_window",
    "refusal": "refusal",
}


@dataclass(kw_only=True, slots=True)
class GrowingReply:
    """One reply as it grows; its blocks arrive on lines of their own."""

    id: str
    model: str | None
    begun: float
    texts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    usage: Mapping[str, Json] | None = None
    stop_reason: str | None = None
    request_id: str | None = None
    tier: str | None = None
    pace: Pace = field(default_factory=Pace)
    ended: float | None = None

    def step(self, results: Mapping[str, ToolResult], flags: Flags) -> Step:
        """The reply as a whole, each call with its result."""
        usage = None if self.usage is None else usage_of(self.usage)
        calls = tuple(replace(call, result=results.get(call.id)) for call in self.calls)
        return Step(
            text=kept_text("\n\n".join(text for text in self.texts if text), flags),
            tool_calls=calls,
            stop=_STOPS.get(self.stop_reason or ("tool_use" if calls else "end_turn"), "unknown"),
            stop_reason=self.stop_reason,
            usage=usage,
            raw_usage=self.usage,
            latency_s=None if self.ended is None else max(0.0, self.ended - self.begun),
            ttft_s=self.pace.first_at,
            output_tokens_per_s=self.pace.tokens_per_s(usage, hidden_reasoning=not self.pace.reasoned),
            served_model=self.model,
            service_tier=self.tier,
            request_id=self.request_id,
        )
