"""Runs as a store would give them, drawn from a seed: prompts of every shape, targets of every mood."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from canary.domain.suite import CheckSpec, EnvironmentSpec, Prompt, TableAnswer, TableTool, Tool, Turn
from canary.domain.trial import (
    CheckResult,
    Failure,
    FailureKind,
    Run,
    RunStatus,
    Step,
    ToolCall,
    ToolResult,
    Trial,
    UnitPrices,
)

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 6, 5, tzinfo=UTC)

FAMILIES = (
    "instructions",
    "format",
    "retention",
    "tools",
    "agentic",
    "reasoning",
    "multilingual",
    "fingerprint",
)
ANSWERS = (
    "A tide pool changes a great deal between low and high water. " * 4,
    'Sure! Here is the JSON you asked for:\n\n```json\n{"city": "Bergen", "nights": 3}\n```\nLet me know!',
    "قبل الميلاد بقليل، كان الميناء مزدحمًا بالسفن، وكانت الأسعار 12 درهمًا لكل صندوق.",
    "潮の満ち引きは月の引力によって起こります。答えは 42 です。",
    "def total(rows):\n    return sum(row.amount for row in rows)\n",
    "The answer is 41.",
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How a simulated target behaves."""

    name: str
    model: str
    served: str | None = None
    provider: str = "anthropic"
    arm: str | None = "api"
    twins: str | None = None
    skill: float = 0.8
    failing: float = 0.0
    kinds: tuple[FailureKind, ...] = ("rate_limited",)
    refusing: float = 0.0
    cut: float = 0.0
    price: float | None = 15.0
    reasoning: bool = True
    speed: float = 70.0
    keeps_texts: bool = True


OPUS = Profile(name="opus-4.7-api", model="claude-opus-4-7", twins="opus-4.7", skill=0.86, failing=0.06)
CODE = Profile(
    name="opus-4.7-claude-code",
    model="claude-opus-4-7",
    provider="claude-code",
    arm="harness",
    twins="opus-4.7",
    skill=0.81,
    refusing=0.02,
)
KIMI = Profile(
    name="kimi-k2.6",
    model="kimi-k2.6",
    served="kimi-k2.6-0215",
    provider="openai-chat",
    skill=0.66,
    price=None,
    cut=0.03,
    failing=0.04,
    kinds=("overloaded", "timeout", "stream_cut"),
    speed=41.0,
)
DOWN = Profile(name="glm-5", model="glm-5", provider="openai-chat", failing=1.0, kinds=("authentication",))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The arguments of `run_page`."""

    run: Run
    trials: tuple[Trial, ...]
    prompts: Mapping[str, Prompt] = field(default_factory=dict)


def trial(prompt: str = "p/one", replicate: int = 0, target: str = "t", **fields: Any) -> Trial:
    """One graded trial that passed, but for what is given."""
    known: dict[str, Any] = {"outcome": "graded", "passed": True, "score": 1.0} | fields
    if known["outcome"] == "failed":
        known |= {"passed": None, "score": None}
    return Trial(
        run="r",
        run_day=START.date(),
        started_at=START,
        prompt=prompt,
        replicate=replicate,
        target=target,
        **known,
    )


def failed(prompt: str = "p/one", replicate: int = 0, target: str = "t", **fields: Any) -> Trial:
    """One failed trial, rate limited but for what is given."""
    error = Failure(
        kind=fields.pop("kind", "rate_limited"), message=fields.pop("message", "429"), retryable=True
    )
    return trial(prompt, replicate, target, outcome="failed", error=error, **fields)


def plain_run(**fields: Any) -> Run:
    """A finished scheduled run of one prompt, one target and one replicate, but for what is given."""
    known: dict[str, Any] = {
        "id": "r",
        "day": START.date(),
        "trigger": "schedule",
        "slot": START,
        "started_at": START,
        "finished_at": START + timedelta(minutes=4),
        "status": "complete",
        "prompts": ("p/one",),
        "targets": {"t": "0123456789abcdef"},
    }
    return Run(**(known | fields))


def sample_prompts(n: int) -> tuple[Prompt, ...]:
    """Prompts over all families; every fourth has tools, every third has several turns."""
    return tuple(_prompt(FAMILIES[i % len(FAMILIES)], i) for i in range(n))


def _prompt(family: str, i: int) -> Prompt:
    turns = [
        Turn(user=f"Describe how a tide pool changes over a day, item {i}. Use between 90 and 110 words.")
    ]
    if family == "retention":
        turns += [Turn(user="And if the wind turns north?"), Turn(user="Just answer: before or after 05:02?")]
    table = TableTool(
        tool=Tool(name="get_rate", description="Rate of a pair.", parameters={"type": "object"}),
        answers=(TableAnswer(result={"rate": 1.25}),),
    )
    checks = [
        CheckSpec(name="words", params={"at_least": 90}, sentence="has between 90 and 110 words"),
        CheckSpec(name="forbidden_words", params={"words": ["sea"]}, sentence="uses none of the words “sea”"),
    ]
    if family == "retention":
        checks.append(CheckSpec(name="ends_with", on="each", sentence="ends with “-- harbour desk”"))
    return Prompt(
        id=f"{family}/item-{i:03d}",
        family=family,
        turns=tuple(turns),
        environment=EnvironmentSpec(tables=(table,)) if family in {"tools", "agentic"} else None,
        checks=tuple(checks),
    )


def sample_run(
    profiles: Sequence[Profile] = (OPUS, CODE, KIMI),
    *,
    prompts: int = 24,
    replicates: int = 3,
    seed: int = 1,
    status: RunStatus = "complete",
    label: str | None = None,
    missing: int = 0,
) -> Sample:
    """A run over all prompts, targets and replicates; the last `missing` trials were never sent."""
    rng = random.Random(seed)
    suite = sample_prompts(prompts)
    run = Run(
        id="20260301T060000Z-schedule",
        day=date(2026, 3, 1),
        trigger="schedule",
        slot=START,
        label=label,
        started_at=START + timedelta(seconds=12),
        finished_at=None if status == "running" else START + timedelta(seconds=264),
        status=status,
        suite="9f2c41d07ab3e58d",
        seed=20260301,
        replicates=replicates,
        prompts=tuple(prompt.id for prompt in suite),
        targets={profile.name: f"{hash_of(profile.name):016x}" for profile in profiles},
    )
    trials = [
        _trial(rng, run, profile, prompt, replicate)
        for profile in profiles
        for prompt in suite
        for replicate in range(replicates)
    ]
    kept = trials[: len(trials) - missing]
    return Sample(run=run, trials=tuple(kept), prompts={prompt.digest: prompt for prompt in suite})


def hash_of(text: str) -> int:
    """A number of a text that is the same in every process."""
    return int.from_bytes(text.encode()[:8].ljust(8, b"."), "big")


def _trial(rng: random.Random, run: Run, profile: Profile, prompt: Prompt, replicate: int) -> Trial:
    base = Trial(
        run=run.id,
        run_day=run.day,
        trigger=run.trigger,
        started_at=run.started_at + timedelta(seconds=round(rng.uniform(0, 240), 3)),
        target=profile.name,
        prompt=prompt.id,
        replicate=replicate,
        outcome="graded",
        family=prompt.family,
        arm=profile.arm,
        twins=profile.twins,
        provider=profile.provider,
        host="default",
        prompt_digest=prompt.digest,
        suite=run.suite,
        attempts=1,
        requested_model=profile.model,
        fingerprint={"anthropic": "2.12.0", "python": "3.11.7"},
    )
    if rng.random() < profile.failing:
        kind = rng.choice(profile.kinds)
        return replace(
            base,
            outcome="failed",
            attempts=4,
            error=Failure(
                kind=kind,
                message=f"{429 if kind == 'rate_limited' else 529}: {kind.replace('_', ' ')}, try again later",
                retryable=True,
            ),
        )
    return _graded(rng, base, profile, prompt)


def _graded(rng: random.Random, base: Trial, profile: Profile, prompt: Prompt) -> Trial:
    ease = random.Random(prompt.id).betavariate(0.5, 0.2)
    refused, truncated = rng.random() < profile.refusing, rng.random() < profile.cut
    passed = rng.random() < min(1.0, ease * profile.skill * 1.2) and not refused and not truncated
    checks = _checks(rng, prompt, passed=passed or refused or truncated)
    tools = prompt.environment is not None
    output = int(math.exp(rng.gauss(5.6, 0.25)))
    reasoning = int(output * rng.uniform(0.3, 0.6)) if profile.reasoning else None
    incoming = 180 + len(prompt.turns[0].user)
    price = profile.price
    answer = ANSWERS[rng.randrange(len(ANSWERS))]
    calls = rng.choice((1, 2, 2, 3)) if tools else 0
    return replace(
        base,
        passed=passed,
        score=sum(check.strict for check in checks) / len(checks),
        checks=checks,
        turns_passed=_turns(rng, prompt, passed=passed),
        tool_calls=calls,
        input_tokens=incoming,
        output_tokens=output,
        reasoning_tokens=reasoning,
        latency_s=round(output / profile.speed + rng.expovariate(2.0), 3),
        ttft_s=round(0.3 + rng.expovariate(3.0), 3),
        output_tokens_per_s=round(rng.gauss(profile.speed, 6.0), 1),
        cost_usd=None if price is None else (incoming * price / 5 + output * price) / 1e6,
        unit_prices=None
        if price is None
        else UnitPrices(input=price / 5, output=price, date=base.run_day, source="genai-prices 0.2.3"),
        served_model=profile.served or profile.model,
        service_tier="standard",
        stop_reason="refusal" if refused else "max_tokens" if truncated else "end_turn",
        refused=refused,
        truncated=truncated,
        response=("" if refused else answer) if profile.keeps_texts else None,
        transcript=_transcript(prompt, answer, calls) if profile.keeps_texts else None,
    )


def _checks(rng: random.Random, prompt: Prompt, *, passed: bool) -> tuple[CheckResult, ...]:
    broken = -1 if passed else rng.randrange(len(prompt.checks))
    return tuple(
        CheckResult(
            check=spec.name,
            strict=place != broken,
            loose=place != broken or rng.random() < 0.3,
            detail=f"{rng.choice((72, 84, 131))} words" if place == broken == 0 else None,
        )
        for place, spec in enumerate(prompt.checks)
    )


def _turns(rng: random.Random, prompt: Prompt, *, passed: bool) -> tuple[bool, ...] | None:
    if len(prompt.turns) == 1:
        return None
    broken = len(prompt.turns) if passed else rng.randrange(1, len(prompt.turns))
    return tuple(turn < broken for turn in range(len(prompt.turns)))


def _transcript(prompt: Prompt, answer: str, calls: int) -> tuple[Step, ...]:
    asked = tuple(
        ToolCall(
            id=f"call_{n}",
            name="get_rate",
            arguments={"pair": "EURUSD"},
            arguments_text='{"pair":"EURUSD"}',
            result=ToolResult(text='{"rate": 1.25}'),
        )
        for n in range(calls)
    )
    steps = [Step(turn=0, tool_calls=asked, stop="tool_use")] if asked else []
    return (*steps, *(Step(turn=turn, text=answer) for turn in range(len(prompt.turns))))
