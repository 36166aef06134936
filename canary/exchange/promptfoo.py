"""Results of promptfoo (`promptfoo eval -o out.json`, version 3) as trials, read one result at a time.

| record | of the result |
|---|---|
| target | the provider's label, else its id |
| prompt, family | the prompt's label and the test's description (else a digest of its variables); the prompt's label |
| replicate | counted by target and prompt: `--repeat` |
| started_at, run_day | when the eval began: results carry no moment of their own |
| passed, score, checks | `success`, `score`, one check per assertion |
| cost_usd | `cost`, where it is above 0: promptfoo writes 0 for a price that it does not know |

A result whose provider gave no answer is failed. An answer from promptfoo's cache was not asked of anybody: it makes no trial.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from canary.domain.canonical import canonical_json, digest
from canary.domain.errors import RecordError
from canary.domain.trial import Trial
from canary.exchange.foreign import Made, SkipBad, amount, check, count, error, trials_of
from canary.exchange.json_stream import EACH, parts

_ERROR = 2
"""`failureReason` of a result without an answer; 1 = an assertion failed."""

_LONGEST = 60
"""Characters of a label that serves as a name; longer ones are texts."""

_RESULTS = ("results", "results")
_VERSION = 3
_STATUS = {
    401: "authentication",
    403: "authentication",
    404: "not_found",
    429: "rate_limited",
    529: "overloaded",
}


def read_promptfoo(path: Path, *, skip_bad: SkipBad | None = None) -> Iterator[Trial]:
    """Trials of one file of results.

    Args:
        path: JSON as `promptfoo eval -o out.json` writes it.
        skip_bad: told of each result that makes no trial, which is then left out; None = the first one ends the reading.

    Raises:
        RecordError: the file, or a result of it, can't be read.
    """
    return trials_of(path, _results(path), skip_bad)


def _results(path: Path) -> Iterator[tuple[str, Callable[[], Made]]]:
    head: dict[str, Any] = {}
    seen: Counter[tuple[str, str]] = Counter()
    digests: dict[str, list[str]] = {}
    number = 0
    with path.open("rb") as file:
        for place, value in parts(file, {("results",), _RESULTS}):
            if place == (*_RESULTS, EACH):
                if not number:
                    _demand(head, path)
                number += 1
                yield f"result {number}", partial(_record, head["timestamp"], value, seen, digests)
            elif place[0] == "results" and len(place) > 1:
                head[place[1]] = value
    _demand(head, path)


def _demand(head: Mapping[str, Any], path: Path) -> None:
    if not isinstance(head.get("timestamp"), str):
        raise RecordError(
            "no results of promptfoo: it has no `results.timestamp` before them",
            where=str(path),
            remedy="write them with `promptfoo eval -o out.json`",
        )
    if head.get("version", _VERSION) != _VERSION:
        raise RecordError(f"version {head['version']} of promptfoo's results is not known", where=str(path))


def _record(
    timestamp: str, result: Mapping[str, Any], seen: Counter[tuple[str, str]], digests: dict[str, list[str]]
) -> Made:
    response = result.get("response") or {}
    if response.get("cached"):
        raise ValueError("it comes from promptfoo's cache, nobody was asked; use `promptfoo eval --no-cache`")
    provider = result["provider"]
    target = provider.get("label") or provider["id"]
    family, prompt, told = _names(result, digests)
    replicate = seen[target, prompt]
    seen[target, prompt] += 1
    record: dict[str, Any] = {
        "started_at": timestamp,
        "target": target,
        "prompt": prompt,
        "family": family,
        "prompt_digest": told,
        "replicate": replicate,
        "requested_model": provider["id"],
        "provider": provider["id"].partition(":")[0],
        **_usage(result),
    }
    if _failed(result):
        status = ((response.get("metadata") or {}).get("http") or {}).get("status")
        problem = result.get("error") or response.get("error")
        return {**record, "outcome": "failed", "error": error(problem, _kind(status))}
    return {**record, "outcome": "graded", **_graded(result, response)}


def _failed(result: Mapping[str, Any]) -> bool:
    if "failureReason" in result:
        return bool(result["failureReason"] == _ERROR)
    return bool(result.get("error")) and result.get("gradingResult") is None


def _kind(status: Any) -> str:
    if not isinstance(status, int) or status < 1:
        return "connection" if status == 0 else "crash"
    return _STATUS.get(status, "server_error" if status >= 500 else "invalid_request")  # noqa: PLR2004 - HTTP


def _names(result: Mapping[str, Any], digests: dict[str, list[str]]) -> tuple[str, str, str]:
    """Family, prompt and digest. Tests that share a name and not their text are told apart by their order."""
    test, prompt = result.get("testCase") or {}, result["prompt"]
    told = digest({"prompt": prompt.get("raw"), "assert": test.get("assert"), "vars": result.get("vars")})
    family = _short(prompt.get("label")) or digest(prompt.get("label") or prompt.get("raw"))
    name = f"{family}/{_short(test.get('description')) or digest(result.get('vars') or {})}"
    known = digests.setdefault(name, [])
    if told not in known:
        known.append(told)
    place = known.index(told)
    return family, f"{name}#{place + 1}" if place else name, told


def _short(label: Any) -> str | None:
    fits = isinstance(label, str) and 0 < len(label) <= _LONGEST and label.isprintable()
    return label if fits else None


def _usage(result: Mapping[str, Any]) -> Made:
    usage = result.get("tokenUsage") or {}
    details = usage.get("completionDetails") or {}
    if not usage.get("total"):
        return {}
    read, written = count(details.get("cacheReadInputTokens")), count(details.get("cacheCreationInputTokens"))
    prompt, cached = count(usage.get("prompt")), (read or 0) + (written or 0)
    cost = amount(result.get("cost"))
    return {
        # OpenAI counts cached input among the prompt's, Anthropic beside it.
        "input_tokens": prompt - cached if prompt is not None and prompt >= cached else prompt,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "output_tokens": count(usage.get("completion")),
        "reasoning_tokens": count(details.get("reasoning")),
        "cost_usd": cost or None,
    }


def _graded(result: Mapping[str, Any], response: Mapping[str, Any]) -> Made:
    output, score = response.get("output"), result.get("score")
    text = output if isinstance(output, str) or output is None else canonical_json(output)
    latency = amount(result.get("latencyMs"))
    stop = response.get("finishReason")
    return {
        "passed": bool(result["success"]),
        "score": score if isinstance(score, int | float) and 0 <= score <= 1 else None,
        "checks": [_check(one) for one in (result.get("gradingResult") or {}).get("componentResults") or ()]
        or None,
        "final_words": None if text is None else len(text.split()),
        "latency_s": None if latency is None else latency / 1000,
        "stop_reason": stop if isinstance(stop, str) and stop else None,
        "refused": bool(response.get("isRefusal")),
        "truncated": stop in {"length", "max_tokens"},
        "response": text,
    }


def _check(component: Mapping[str, Any]) -> dict[str, Any]:
    assertion = component.get("assertion") or {}
    name = assertion.get("metric") or assertion.get("type") or "assertion"
    return check(str(name), float(bool(component["pass"])), component.get("reason"))
