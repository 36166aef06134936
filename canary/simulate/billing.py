"""A drawn reply under a request's limits, and what both bill."""

from canary.domain.canonical import canonical_json
from canary.simulate.behaviour import Behaviour, DrawnStep
from canary.simulate.protocol import Billed, Call, Heard, Reply
from canary.simulate.tokens import Tokenizer

THOUGHT = (
    "Reading the request again, noting each constraint, and checking the draft against them before answering."
)
REQUEST_TOKENS = 3
MESSAGE_TOKENS = 4
CALL_TOKENS = 8
TOOLS_TOKENS = 24
IMAGE_TOKENS = 1000
UNCACHED_TAIL = 3
"""Tokens after the last cache breakpoint: a request that is cached whole still bills a few as plain input."""
_PLAIN_TIERS = frozenset({None, "auto", "standard_only", "default"})


def compose(behaviour: Behaviour, heard: Heard, step: DrawnStep, *, nonce: str, created: int) -> Reply:
    """Put a drawn step into a reply under the request's limits, and bill it.

    Tool calls are left out where no tools are offered. What does not fit the cap is cut off; reasoning takes what the
    visible part leaves.

    Args:
        behaviour: whose rates apply.
        heard: the request.
        step: the drawn step.
        nonce: 20 hex characters, unique per reply.
        created: Unix seconds.
    """
    count, cap = behaviour.tokenizer.count, heard.max_tokens
    calls = tuple(Call(name=c.name, arguments=canonical_json(c.arguments)) for c in step.tool_calls)
    calls = calls if heard.tools else ()
    text = step.text
    stop = "end" if step.stop == "tool_use" and not calls else step.stop
    seen = count(text) + sum(CALL_TOKENS + count(c.arguments) for c in calls) + 1
    if cap is not None and seen > cap:
        text, calls, stop = behaviour.tokenizer.cut(text, max(0, cap - 1)), (), "max_tokens"
    visible = max(1, round(seen * step.length))
    if cap is not None:
        visible = cap if stop == "max_tokens" else min(visible, cap)
    reasoning = 0 if heard.reasoning == "off" else reasoning_at(behaviour, step, heard.effort)
    reasoning = reasoning if cap is None else min(reasoning, cap - visible)
    thinks = reasoning > 0 or (heard.reasoning == "on" and cap != 0)
    output = visible + reasoning
    return Reply(
        nonce=nonce,
        created=created,
        model=heard.model + behaviour.served_suffix,
        text=text,
        calls=calls,
        reasoning=THOUGHT if thinks else None,
        stop=stop,
        billed=_bill(behaviour, heard, output, reasoning),
        tier=behaviour.service_tier or _tier(heard),
        backend=behaviour.backend,
        first_s=step.latency_s * behaviour.time_scale,
        rest_s=output / (behaviour.tokens_per_s * _hurry(behaviour, heard)) * behaviour.time_scale,
        reasoning_content=behaviour.reasoning_content,
    )


def _hurry(behaviour: Behaviour, heard: Heard) -> float:
    return behaviour.speeds.get(heard.speed or heard.tier or "", 1.0)


def reasoning_at(behaviour: Behaviour, step: DrawnStep, effort: str | None) -> int:
    """Reasoning tokens of a reply at an effort; one the behaviour does not name counts as the default."""
    default = behaviour.efforts.get(behaviour.default_effort, 1.0)
    tokens = round(step.reasoning * (default if effort is None else behaviour.efforts.get(effort, default)))
    return behaviour.habits.reasoning(tokens, step.stops)


def _tier(heard: Heard) -> str:
    """The tier of a request that gets what it asks for."""
    return "standard" if heard.tier in _PLAIN_TIERS else heard.tier or "standard"


def _bill(behaviour: Behaviour, heard: Heard, output: int, reasoning: int) -> Billed:
    habits = behaviour.habits
    total = habits.billed_input(bill_input(behaviour.tokenizer, heard))
    read = write = 0
    if behaviour.cache == "implicit" or heard.cache_asked or heard.protocol != "messages":
        common = habits.billed_input(bill_input(behaviour.tokenizer, heard, common=True))
        read = min(total, round(common * habits.cache_kept)) if heard.replies else 0
    if heard.cache_asked:
        write = max(0, total - read - UNCACHED_TAIL)
    if behaviour.cache == "never" or read + write < behaviour.cache_min_tokens:
        read = write = 0
    return Billed(input=total, cache_read=read, cache_write=write, output=output, reasoning=reasoning)


def bill_input(tokenizer: Tokenizer, heard: Heard, *, common: bool = False) -> int:
    """Tokens of a request: system text, tool definitions and history; reasoning sent back is free.

    With `common`, those of the beginning it shares with the request before it, 0 for a conversation's first request.
    """
    said = heard.said
    if common:
        last = max((place for place, one in enumerate(said) if one.role == "assistant"), default=0)
        if last == 0:
            return 0
        said = said[:last]
    count = tokenizer.count
    total = REQUEST_TOKENS + (count(heard.system) + MESSAGE_TOKENS if heard.system else 0)
    if heard.definitions:
        total += TOOLS_TOKENS + sum(map(count, heard.definitions))
    for one in said:
        total += MESSAGE_TOKENS + sum(map(count, one.texts)) + IMAGE_TOKENS * one.images
        total += sum(CALL_TOKENS + count(call.name) + count(call.arguments) for call in one.calls)
    return total
