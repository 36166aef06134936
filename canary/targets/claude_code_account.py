"""What a run of Claude Code spent, by model: the replies shown, held against the account in its `result`.

What the account has beyond the replies (subagents, a small model's chores, a reply that compaction swallowed) becomes
replies without words, so that tokens and prices are right whoever used them.
"""

from collections.abc import Mapping
from dataclasses import replace

from canary.domain.canonical import Json
from canary.domain.trial import Step, Usage
from canary.targets.harness_reply import NO_USAGE, mapping, minus, told_with_last
from canary.targets.replies import count

UNSEEN = "unseen_replies"
"""Flag of a reply without words: tokens that the agent spent outside the conversation shown."""


def usage_of(raw: Mapping[str, Json]) -> Usage:
    """A usage object of the API: its input excludes caches already."""
    thinking = mapping(raw.get("output_tokens_details")).get("thinking_tokens")
    return Usage(
        input_tokens=count(raw.get("input_tokens")),
        cache_read_tokens=count(raw.get("cache_read_input_tokens")),
        cache_write_tokens=count(raw.get("cache_creation_input_tokens")),
        output_tokens=count(raw.get("output_tokens")),
        reasoning_tokens=count(thinking),
    )


def account(
    result: Mapping[str, Json], steps: tuple[Step, ...], earlier: Mapping[str, Usage]
) -> tuple[dict[str, Usage], dict[str, Usage]]:
    """What a result tells by model, as told, and what of it this run spent.

    `usage` is this run's alone. `modelUsage` is this run's in the versions seen, and may be the session's in others:
    where only the difference to the turn before agrees with `usage`, the difference is what was spent.

    Args:
        result: the `result` event; empty = the run ended without one.
        steps: the replies shown.
        earlier: what the turn before told.
    """
    told = {
        name.split("[", 1)[0]: _model_usage(
            mapping(value)
        )  # `name[1m]` marks the context window, not the model
        for name, value in mapping(result.get("modelUsage")).items()
    }
    run = usage_of(mapping(result.get("usage")))
    main = next((step.served_model for step in reversed(steps) if step.served_model), None)
    spent = dict(told)
    if main is None or not _total(run):
        return told, spent
    if main not in told:
        spent[main] = run
    elif main in earlier:
        new = minus(told[main], earlier[main])
        if new is not None and _total(new) == _total(run):
            spent = {name: minus(usage, earlier.get(name, NO_USAGE)) or usage for name, usage in told.items()}
    return told, spent


def with_account(steps: tuple[Step, ...], spent: Mapping[str, Usage]) -> tuple[Step, ...]:
    """The replies, and before the last those of which nothing but the bill is known.

    How much of the unseen was reasoning is not told and counts as none: `reasoning_tokens` of a trial is that of the
    conversation shown.
    """
    if not steps or not spent:
        return steps
    if all(step.usage is None for step in steps):
        own = spent.get(steps[-1].served_model or "") or next(iter(spent.values()))
        steps = told_with_last(steps, own)
    seen: dict[str, Usage] = {}
    for step in steps:
        if step.usage is not None and step.served_model is not None:
            before = seen.get(step.served_model)
            seen[step.served_model] = step.usage if before is None else before + step.usage
    unseen = [
        Step(served_model=model, usage=replace(rest, reasoning_tokens=0), flags=(UNSEEN,), latency_s=0.0)
        for model, usage in spent.items()
        if (rest := minus(usage, seen.get(model, NO_USAGE))) is not None and _total(rest)
    ]
    return (*steps[:-1], *unseen, steps[-1])


def _model_usage(raw: Mapping[str, Json]) -> Usage:
    """An entry of `modelUsage`; it tells no reasoning apart."""
    return Usage(
        input_tokens=count(raw.get("inputTokens")),
        cache_read_tokens=count(raw.get("cacheReadInputTokens")),
        cache_write_tokens=count(raw.get("cacheCreationInputTokens")),
        output_tokens=count(raw.get("outputTokens")),
    )


def _total(usage: Usage) -> int:
    return usage.total_tokens or 0
