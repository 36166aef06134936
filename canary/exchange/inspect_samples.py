"""A sample of an Inspect log as a trial record.

| record | of the log |
|---|---|
| target | the model, e.g. `openai/gpt-5` |
| prompt, family | task and sample id; the task |
| replicate | epoch, from 0 |
| run_day | UTC day on which the eval began |
| checks | one per scorer: full score or not; `passed` = all of them |
| score | mean over scorers whose values lie in 0..1 (`C` 1, `P` 0.5, `I` and `N` 0) |
| tokens, cost | of the evaluated model, graders' left out |

A sample that ended in an error is failed. One that hit a limit is graded as it was scored, and marked as truncated. Samples
that a later log repeats (a retried eval) are the same records: they have the same moments.
"""

import math
from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import digest
from canary.exchange.foreign import Made, amount, check, count, error, share_of

_LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def sample_record(spec: Mapping[str, Any], sample: Mapping[str, Any]) -> Made:
    """The record of one sample.

    Args:
        spec: the log's `eval`.
        sample: as the log holds it.

    Raises:
        ValueError: it was declared invalid.
    """
    if sample.get("invalidation") is not None:
        raise ValueError("it was declared invalid")
    failed = sample.get("error")
    output = sample.get("output") or {}
    choice = (output.get("choices") or [{}])[0]
    usage = (sample.get("model_usage") or {}).get(spec["model"]) or {}
    provider, _, _ = spec["model"].partition("/")
    record: dict[str, Any] = {
        "started_at": sample.get("started_at") or spec["created"],
        "run_day": spec["created"][:10],
        "target": spec["model"],
        "prompt": f"{spec['task']}/{sample['id']}",
        "family": spec["task"],
        "replicate": sample["epoch"] - 1,
        "outcome": "graded" if failed is None else "failed",
        "provider": provider,
        "prompt_digest": digest(
            {"input": sample.get("input"), "target": sample.get("target"), "scorers": _scorers(spec)}
        ),
        "attempts": 1 + len(sample.get("error_retries") or ()),
        "requested_model": spec["model"],
        "fingerprint": {name: str(version) for name, version in (spec.get("packages") or {}).items()} or None,
        "input_tokens": count(usage.get("input_tokens")),
        "cache_read_tokens": count(usage.get("input_tokens_cache_read")),
        "cache_write_tokens": count(usage.get("input_tokens_cache_write")),
        "output_tokens": count(usage.get("output_tokens")),
        "reasoning_tokens": count(usage.get("reasoning_tokens")),
        "cost_usd": amount(usage.get("total_cost")),
    }
    if failed is not None:
        return {**record, "error": error(failed.get("message"))}
    return {**record, **_graded(sample, output, choice)}


def _graded(sample: Mapping[str, Any], output: Mapping[str, Any], choice: Mapping[str, Any]) -> Made:
    scores = _scores(sample)
    shares = [value for value, _ in scores.values() if 0 <= value <= 1]
    text = output.get("completion")
    stop = choice.get("stop_reason")
    return {
        "passed": all(value >= 1 for value in shares) if shares else None,
        "score": share_of(shares),
        "checks": [check(name, value, told) for name, (value, told) in scores.items() if 0 <= value <= 1]
        or None,
        "tool_calls": sum(len(message.get("tool_calls") or ()) for message in sample.get("messages") or ()),
        "final_words": len(text.split()) if isinstance(text, str) else None,
        "latency_s": _latency(sample),
        "served_model": output.get("model") or None,
        "stop_reason": stop,
        "request_id": output.get("response_id"),
        "refused": stop == "content_filter",
        "truncated": stop in {"max_tokens", "model_length"} or sample.get("limit") is not None,
        "response": text if isinstance(text, str) else None,
    }


def _scorers(spec: Mapping[str, Any]) -> list[str]:
    return [str(scorer.get("name")) for scorer in spec.get("scorers") or ()]


def _latency(sample: Mapping[str, Any]) -> float | None:
    """Seconds over the model's answered calls; None where the log keeps no events."""
    calls = [
        event
        for event in sample.get("events") or ()
        if event.get("event") == "model" and not event.get("error")
    ]
    times = [amount((event.get("output") or {}).get("time")) for event in calls]
    known = [seconds for seconds in times if seconds is not None]
    return sum(known) if known else None


def _scores(sample: Mapping[str, Any]) -> dict[str, tuple[float, object]]:
    """Every score that is a number, by scorer; a scorer with several values has one name for each."""
    found: dict[str, tuple[float, object]] = {}
    for name, score in (sample.get("scores") or {}).items():
        value, told = score.get("value"), score.get("explanation") or score.get("answer")
        values = (
            {f"{name}/{part}": one for part, one in value.items()}
            if isinstance(value, dict)
            else {name: value}
        )
        for full, one in values.items():
            number = _number(one)
            if number is not None:
                found[full] = (number, told)
    return found


def _number(value: Any) -> float | None:
    """A score as Inspect's own `value_to_float` reads it; None where it is none (a list, another word, NaN)."""
    if isinstance(value, str):
        value = _LETTERS.get(value, _WORDS.get(value.lower(), value))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number
