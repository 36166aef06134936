"""Incidents as analysis would hand them over, drawn from a seed; every figure in them is simulated."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from canary.domain.deployment import Annotation, Member
from canary.domain.evidence import AnswerPair, Calls, Distribution, Evidence, PromptShift
from canary.domain.incident import (
    Alarm,
    Analysis,
    Attribution,
    Candidate,
    ChangePoint,
    Followed,
    Incident,
    Moved,
    NotJudged,
    Rejected,
    Sensitivity,
    Span,
    Transition,
)
from canary.domain.series import Series, metric

FIRST, ONSET, LAST = date(2026, 1, 1), date(2026, 3, 4), date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 6, 40, tzinfo=UTC)
NEXT = datetime(2026, 3, 17, 6, 0, tzinfo=UTC)

CODE, PINNED, API, DEFAULTS = (
    "opus-4.6-claude-code",
    "opus-4.6-claude-code-pinned",
    "opus-4.6-api",
    "opus-4.6-api-defaults",
)
MEMBERS: Mapping[str, Member] = {
    CODE: Member(arm="harness", twins="opus-4.6", provider="claude-code", host="default", model="claude-opus-4-6"),
    PINNED: Member(
        arm="harness-pinned", twins="opus-4.6", provider="claude-code", host="default", model="claude-opus-4-6"
    ),
    API: Member(arm="api", twins="opus-4.6", provider="anthropic", host="default", model="claude-opus-4-6"),
    DEFAULTS: Member(
        arm="api-defaults", twins="opus-4.6", provider="anthropic", host="default", model="claude-opus-4-6"
    ),
}  # fmt: skip
FAMILIES = ("agentic", "code", "format", "grounding", "instructions", "multilingual", "reasoning", "tools")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One incident with all that its page needs."""

    analysis: Analysis
    incident: Incident
    evidence: Evidence
    members: Mapping[str, Member] = field(default_factory=lambda: dict(MEMBERS))


def change(**known: object) -> ChangePoint:
    """A change point; what is not named is that of a cut of reasoning."""
    base: dict[str, object] = {
        "target": CODE,
        "family": "all",
        "metric": "reasoning_tokens",
        "kind": "level",
        "direction": "down",
        "verdict": "degradation",
        "raised_on": date(2026, 3, 6),
        "onset": ONSET,
        "onset_low": ONSET,
        "onset_high": date(2026, 3, 6),
        "before": 812.0,
        "after": 401.0,
        "effect": -0.51,
        "effect_low": -0.58,
        "effect_high": -0.43,
        "effect_unit": "ratio",
        "test": "daily score against its own level (GLR)",
        "statistic": -9.1,
        "threshold": 4.7,
    }
    return ChangePoint(**{**base, **known})  # type: ignore[arg-type]


def series(
    target: str,
    name: str,
    *,
    before: float,
    after: float | None = None,
    family: str = "all",
    noise: float = 0.04,
    first: date = FIRST,
    last: date = LAST,
    onset: date = ONSET,
    back: date | None = None,
    seed: int = 1,
) -> Series:
    """Daily values around a level, with another level from the onset to `back`; a few days are missing."""
    draw = random.Random(f"{seed}|{target}|{name}|{family}")
    share = metric(name).kind == "proportion"
    days: list[date] = []
    values: list[float | None] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if draw.random() < 0.02:
            continue
        moved = after is not None and day >= onset and (back is None or day < back)
        level = after if moved and after is not None else before
        value = level + draw.gauss(0, noise) if share else level * 2.718 ** draw.gauss(0, noise)
        days.append(day)
        values.append(min(1.0, max(0.0, value)) if share else value)
    width = 2.2 * noise * (1 if share else before)
    known = [day >= first + timedelta(days=10) for day in days]
    return Series(
        target=target,
        family=family,
        metric=name,
        days=tuple(days),
        values=tuple(values),
        trials=tuple(120 for _ in days),
        expected=tuple(before if k else None for k in known),
        low=tuple(max(0.0, before - width) if k else None for k in known),
        high=tuple((min(1.0, before + width) if share else before + width) if k else None for k in known),
        epochs=(first + timedelta(days=10),) if after is None else (first + timedelta(days=10), onset),
    )


def moved(
    target: str, name: str, before: float, after: float, low: float, high: float, family: str = "all"
) -> Moved:
    """A figure around the onset."""
    points = metric(name).kind == "proportion"
    return Moved(
        target=target,
        family=family,
        metric=name,
        before=before,
        after=after,
        effect=after - before if points else after / before - 1,
        effect_low=low,
        effect_high=high,
        effect_unit="points" if points else "ratio",
    )  # fmt: skip


ANNOTATIONS = (
    Annotation(
        day=date(2026, 3, 3), text="claude-code 2.1.40 -> 2.1.42", kind="theirs", source="fingerprint", target=CODE
    ),
    Annotation(day=date(2026, 3, 9), text="Sonnet 4.7 announced", kind="note", source="file"),
)  # fmt: skip
CHANGES = (
    change(),
    change(
        metric="output_tokens", before=1480.0, after=1002.0, effect=-0.323, effect_low=-0.37, effect_high=-0.27,
        statistic=-7.4, verdict="change",
    ),
    change(
        metric="latency_s", before=21.4, after=13.9, effect=-0.35, effect_low=-0.41, effect_high=-0.27,
        verdict="improvement", statistic=-6.0, raised_on=date(2026, 3, 7),
    ),
)  # fmt: skip
FIGURES = (
    moved(CODE, "pass_rate", 0.80, 0.77, -0.062, 0.004),
    moved(CODE, "reasoning_tokens", 812, 401, -0.58, -0.43),
    moved(CODE, "output_tokens", 1480, 1002, -0.37, -0.27),
    moved(CODE, "tool_calls", 6.2, 6.0, -0.08, 0.02),
    moved(CODE, "cost_per_pass", 0.41, 0.36, -0.19, -0.05),
    moved(PINNED, "reasoning_tokens", 830, 826, -0.03, 0.02),
    moved(PINNED, "pass_rate", 0.81, 0.808, -0.02, 0.017),
    moved(API, "reasoning_tokens", 905, 911, -0.02, 0.03),
    moved(API, "pass_rate", 0.84, 0.842, -0.018, 0.021),
)
ATTRIBUTION = Attribution(
    layer="harness-default",
    moved=(CODE,),
    flat=(PINNED, API),
    unclear=(),
    missing_arms=("harness-resumed", "api-defaults"),
    candidates=(
        Candidate(
            mechanism="effort-cut", score=0.91, seen=("reasoning_tokens", "output_tokens", "latency_s", "tool_calls"),
            against=(), unmeasured=("zero_reasoning_rate",),
        ),
        Candidate(
            mechanism="verbosity-cap", score=0.34, seen=("output_tokens",), against=("reasoning_tokens",),
            unmeasured=("words_between_tools",),
        ),
    ),
    separates=("words_between_tools",),
    theirs=ANNOTATIONS,
    rejected=(
        Rejected(hypothesis="tokenizer", targets=(API, CODE), facts=(("billed input of a fixed text", "equal"),)),
        Rejected(hypothesis="served-model", targets=(API, CODE), facts=(("served model", "claude-opus-4-6"),)),
        Rejected(
            hypothesis="outage", targets=(CODE,), figures=(moved(CODE, "failure_rate", 0.004, 0.003, -0.006, 0.004),)
        ),
        Rejected(hypothesis="our-prompts", targets=(CODE,), facts=(("suite digest", "5f3a9c10d2e4b6a8"),)),
    ),
)  # fmt: skip
LIFE = (
    Transition(on=date(2026, 3, 5), event="suspected", changes=(CHANGES[0],)),
    Transition(on=date(2026, 3, 6), event="opened", changes=CHANGES[:2]),
    Transition(on=date(2026, 3, 7), event="worsened", changes=CHANGES[2:], severity="medium"),
)


BEFORE = Span(first=date(2026, 1, 7), last=date(2026, 3, 3), days=54, trials=6480)


def followed(last: date = LAST) -> tuple[Followed, ...]:
    """`CHANGES` over all days since, to a day: nearly what the alarm's day said of them."""
    days = (last - ONSET).days + 1
    since = Span(first=ONSET, last=last, days=days, trials=120 * days)
    sizes = ((812.0, 398.0, -0.04), (1480.0, 1010.0, -0.03), (21.4, 14.1, -0.06))
    return tuple(
        Followed(
            change=place,
            before=before,
            after=after,
            effect=after / before - 1,
            effect_low=after / before - 1 + half,
            effect_high=after / before - 1 - half,
            days_before=BEFORE,
            days_after=since,
        )
        for place, (before, after, half) in enumerate(sizes)
    )


def _shifts(target: str, lost: int, gained: int, steady: int, seed: int = 3) -> tuple[PromptShift, ...]:
    draw = random.Random(seed)
    rows = []
    for number in range(lost + gained + steady):
        before = draw.choice((0.6, 0.8, 0.9, 1.0)) if number < lost else draw.choice((0.1, 0.3, 0.5, 0.9))
        step = (
            draw.uniform(-0.7, -0.3)
            if number < lost
            else draw.uniform(0.3, 0.5)
            if number < lost + gained
            else 0.02
        )
        family = FAMILIES[number % len(FAMILIES)]
        rows.append(
            PromptShift(
                target=target,
                prompt=f"{family}/case-{number + 1:02d}",
                family=family,
                before=before,
                after=min(1.0, max(0.0, before + step)),
                trials_before=84,
                trials_after=36,
            )
        )
    return tuple(sorted(rows, key=lambda row: row.after - row.before))  # fmt: skip


def _values(
    before: float, after: float, spread: float = 0.5, seed: int = 2
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    draw = random.Random(seed)
    return (
        tuple(before * 2.718 ** draw.gauss(0, spread) for _ in range(300)),
        tuple(after * 2.718 ** draw.gauss(0, spread) for _ in range(200)),
    )  # fmt: skip


PAIRS = (
    AnswerPair(
        target=CODE,
        prompt="code/edit-after-read",
        asked="Rename the function `total` to `subtotal` in billing.py and in every file that calls it. Run nothing.",
        check="changes every call site",
        before="I read billing.py, invoice.py and report.py first. `total` is called in two of them. I renamed it in "
        "billing.py and updated both call sites in invoice.py and report.py. Nothing else refers to it.",
        after="I renamed `total` to `subtotal` in billing.py. Nothing else refers to it.",
        passed_before=0.95,
        passed_after=0.42,
        run_before="20260302T060000Z-schedule",
        run_after="20260309T060000Z-schedule",
    ),
    AnswerPair(
        target=CODE,
        prompt="reasoning/tide-table",
        asked="High water is at 04:10 and comes 50 minutes later each day. When is it on day 9?",
        check="gives 10:50",
        before="Day 9 is eight days after day 1. Eight times 50 minutes are 400 minutes, or 6 h 40 min. 04:10 + 6 h 40 min "
        "= 10:50.",
        after="Nine times 50 minutes are 450 minutes, or 7 h 30 min. 04:10 + 7 h 30 min = 11:40.",
        passed_before=0.9,
        passed_after=0.5,
        run_before="20260302T060000Z-schedule",
        run_after="20260310T060000Z-schedule",
    ),
    AnswerPair(
        target=CODE, prompt="multilingual/harbour-ar", asked="اكتب جملة واحدة عن الميناء.", check="is one sentence",
        before=None, after=None, passed_before=0.8, passed_after=0.5,
        run_before="20260302T060000Z-schedule", run_after="20260311T060000Z-schedule",
    ),
)  # fmt: skip


def evidence(back: date | None = None, last: date = LAST) -> Evidence:
    """Evidence of the cut of reasoning: the changed series and their twins."""
    rows = []
    for target, factor in ((CODE, 1.0), (PINNED, 1.02), (API, 1.11), (DEFAULTS, 1.1)):
        cut = target == CODE
        for name, before, after, noise in (
            ("reasoning_tokens", 812.0, 401.0, 0.06),
            ("output_tokens", 1480.0, 1002.0, 0.05),
            ("latency_s", 21.4, 13.9, 0.1),
        ):
            rows.append(
                series(
                    target,
                    name,
                    before=before * factor,
                    after=after if cut else None,
                    noise=noise,
                    back=back,
                    last=last,
                )
            )
        rows.append(
            series(
                target,
                "pass_rate",
                before=0.8 + 0.04 * (factor - 1),
                after=0.77 if cut else None,
                noise=0.018,
                back=back,
                last=last,
            )
        )
    thought, thinks = _values(812, 401)
    return Evidence(
        series=tuple(rows),
        pairs=PAIRS,
        shifts=_shifts(CODE, 7, 2, 31),
        distributions=(
            Distribution(target=CODE, metric="reasoning_tokens", before=thought, after=thinks),
            Distribution(target=CODE, metric="output_tokens", before=_values(1480, 1002)[0], after=_values(1480, 1002)[1]),
        ),
        cost_per_pass={CODE: (0.41, 0.36), PINNED: (0.42, 0.42), API: (None, None)},
        days_before=(date(2026, 1, 7), date(2026, 3, 3)),
        days_after=(ONSET, LAST),
        runs=tuple(f"202603{number:02d}T060000Z-schedule" for number in range(4, 17)),
        data_hash="9b1f6a2c77d04e15",
        versions={"canary": "0.1.0", "numpy": "2.4.6", "suite": "5f3a9c10d2e4b6a8"},
    )  # fmt: skip


def not_seen(targets: Sequence[str] = tuple(MEMBERS)) -> tuple[Sensitivity, ...]:
    """Smallest detectable changes over one, seven and 28 days."""
    sizes = {
        "pass_rate": (0.09, 0.031, 0.018),
        "tool_calls": (0.22, 0.09, 0.05),
        "input_tokens": (0.05, 0.02, 0.011),
    }
    return tuple(
        Sensitivity(
            target=target, family=family, metric=name, days=days, minimum_detectable_effect=size * (1 if family == "all" else 2.4),
            effect_unit="points" if metric(name).kind == "proportion" else "ratio",
        )
        for target in targets
        for family in ("all", *FAMILIES)
        for name, of_days in sizes.items()
        if family == "all" or name == "pass_rate"
        for days, size in zip((1, 7, 28), of_days, strict=True)
    )  # fmt: skip


def analysis_of(incidents: Sequence[Incident], last: date = LAST, **known: object) -> Analysis:
    """An analysis that found these incidents."""
    alarms = tuple(
        Alarm(
            raised_on=step.on, event=step.event, incident=one.id, kind=one.kind, targets=one.targets, verdict=one.verdict,
            layer=one.attribution.layer, mechanism=one.attribution.mechanism, runner_up=one.attribution.runner_up,
            changes=step.changes,
        )
        for one in incidents
        for step in one.transitions
        if step.event in {"suspected", "opened", "worsened", "recovered", "withdrawn"}
    )  # fmt: skip
    base = {
        "first_day": FIRST,
        "last_day": last,
        "judged_series": 36,
        "days_judged": 47,
        "changes": tuple(c for one in incidents for c in one.changes),
        "alarms": tuple(sorted(alarms, key=lambda alarm: alarm.raised_on)),
        "incidents": tuple(incidents),
        "not_seen": not_seen(),
        "not_judged": (
            NotJudged(
                target=DEFAULTS, family="all", metric="reads_per_edit", reason="no edits in these prompts"
            ),
            NotJudged(target=CODE, family="fingerprint", metric="pass_rate", reason="11 days of 28"),
            NotJudged(target=API, family="fingerprint", metric="pass_rate", reason="11 days of 28"),
        ),
        "annotations": ANNOTATIONS,
        "judged_to": dict.fromkeys(MEMBERS, last),
        "expected_false_alarms_per_year": 0.97,
    }
    return Analysis(**{**base, **known})  # type: ignore[arg-type]


def incident(**known: object) -> Incident:
    """An incident; what is not named is that of a cut of reasoning."""
    base: dict[str, object] = {
        "id": "INC-0042",
        "key": "opus-4.6|opus-4.6-claude-code|all|reasoning_tokens|2026-03-04",
        "group": "opus-4.6",
        "kind": "quality",
        "targets": (CODE,),
        "verdict": "degradation",
        "severity": "medium",
        "state": "opened",
        "opened_on": date(2026, 3, 6),
        "changes": CHANGES,
        "transitions": LIFE,
        "moved": FIGURES,
        "attribution": ATTRIBUTION,
    }
    return Incident(**{**base, **known})  # type: ignore[arg-type]


def effort() -> Sample:
    """Less thinking in the default settings of a harness; its pinned twin and the API stand still."""
    one = incident(followed=followed())
    return Sample(analysis=analysis_of([one]), incident=one, evidence=evidence())


def recovered() -> Sample:
    """The same, gone back after five weeks."""
    back, last = date(2026, 4, 7), date(2026, 4, 12)
    undone = change(
        before=401.0, after=806.0, effect=1.01, effect_low=0.9, effect_high=1.12, direction="up", verdict="change",
        raised_on=date(2026, 4, 8), onset=back, onset_low=back, onset_high=date(2026, 4, 8), statistic=8.8,
    )  # fmt: skip
    one = incident(
        state="recovered",
        recovered_on=date(2026, 4, 8),
        followed=followed(date(2026, 3, 31)),
        changes=(*CHANGES, undone),
        transitions=(
            *LIFE,
            Transition(
                on=date(2026, 4, 8),
                event="recovered",
                changes=(undone,),
                severity="medium",
                state="recovered",
            ),
        ),
    )
    return Sample(analysis=analysis_of([one], last), incident=one, evidence=evidence(back, last))


def withdrawn() -> Sample:
    """The same, withdrawn by a person."""
    told = Transition(
        on=date(2026, 3, 11),
        event="withdraw",
        state="withdrawn",
        by="Ida",
        reason="our proxy cut the thinking block",
    )
    one = incident(state="withdrawn", transitions=(*LIFE, told), acknowledged_by="Ida")
    return Sample(analysis=analysis_of([one]), incident=one, evidence=evidence())


def accepted() -> Sample:
    """The same, accepted as the new normal."""
    told = Transition(
        on=date(2026, 3, 12),
        event="accept",
        state="accepted",
        by="Ida",
        reason="we set effort ourselves from now on",
    )
    one = incident(state="accepted", transitions=(*LIFE, told))
    return Sample(analysis=analysis_of([one]), incident=one, evidence=evidence())


def tokenizer() -> Sample:
    """A new tokenizer bills more for the same text, on every arm; the names served differ too."""
    first = date(2026, 3, 12)
    known = {"raised_on": first, "onset": first, "onset_low": first, "onset_high": first, "verdict": "change"}
    changes = (
        *(change(
            target=target, metric="tokenizer", kind="exact", direction="up", before=1412.0, after=1906.0, effect=0.35,
            effect_low=0.33, effect_high=0.37, test="exact input tokens of a fixed text", statistic=9.0, threshold=1.0,
            **known,
        )
        for target in (API, CODE)),
        change(
            target=API, metric="served_model", kind="exact", direction="other", before="claude-opus-4-6",
            after="claude-opus-4-7", effect=None, effect_low=None, effect_high=None, test="another name", statistic=None,
            threshold=None, **known,
        ),
    )  # fmt: skip
    one = incident(
        id="INC-0043",
        targets=(API, CODE),
        verdict="change",
        severity="high",
        opened_on=first,
        changes=changes,
        transitions=(Transition(on=first, event="opened", changes=changes),),
        moved=(moved(API, "pass_rate", 0.84, 0.85, -0.01, 0.03), moved(CODE, "cost_per_pass", 0.41, 0.55, 0.28, 0.41)),
        attribution=Attribution(
            layer="model-or-serving",
            moved=(API, CODE),
            candidates=(Candidate(mechanism="tokenizer-change", score=1.0, seen=("tokenizer",), against=(), unmeasured=()),),
        ),
    )  # fmt: skip
    rows = tuple(
        series(t, "tokenizer", before=1412.0, after=1906.0, noise=0.0, onset=first) for t in (API, CODE)
    )
    proof = Evidence(
        series=rows, cost_per_pass={API: (0.3, 0.41), CODE: (0.41, 0.55)}, runs=("20260312T060000Z-schedule",)
    )
    return Sample(analysis=analysis_of([one]), incident=one, evidence=proof)


def ours() -> Sample:
    """The same, on a day on which our own settings became others."""
    note = Annotation(
        day=ONSET, text="the target's settings were changed", kind="ours", source="configuration", target=CODE
    )
    one = incident(followed=followed(), attribution=replace(ATTRIBUTION, layer="ours", ours=(note,)))
    return Sample(analysis=analysis_of([one]), incident=one, evidence=evidence())


def outage() -> Sample:
    """Most calls fail for a day."""
    first = date(2026, 3, 15)
    failing = change(
        target=API, metric="failure_rate", kind="level", direction="up", before=0.004, after=0.71, effect=0.706,
        effect_low=0.65, effect_high=0.75, effect_unit="points", raised_on=first, onset=first, onset_low=first,
        onset_high=first, test="failed calls of a day", statistic=41.0, threshold=5.0,
    )  # fmt: skip
    one = incident(
        id="INC-0044",
        kind="availability",
        targets=(API,),
        severity="high",
        opened_on=first,
        changes=(failing,),
        transitions=(Transition(on=first, event="opened", changes=(failing,)),),
        moved=(),
        attribution=Attribution(layer=None, moved=(API,)),
    )
    proof = Evidence(
        series=(series(API, "failure_rate", before=0.004, after=0.71, noise=0.003, onset=first),),
        calls=(calls(API, 240, 169), calls(PINNED, 240, 1)),
    )
    known = {name: MEMBERS[name] for name in (API, PINNED)}
    return Sample(analysis=analysis_of([one]), incident=one, evidence=proof, members=known)


def calls(target: str, trials: int, failed: int) -> Calls:
    """Calls of the two days of an outage."""
    first = datetime(2026, 3, 15, 6, 1, 12, tzinfo=UTC)
    kinds = (
        (("overloaded", failed - failed // 5), ("timeout", failed // 5))
        if failed > 1
        else (("timeout", failed),)
    )
    return Calls(
        target=target,
        first_day=date(2026, 3, 15),
        last_day=date(2026, 3, 16),
        trials=trials,
        failed=failed,
        attempts=trials + 3 * failed,
        kinds=kinds,
        messages=(("overloaded", "529: Overloaded"), ("timeout", "no complete answer within 600 s")),
        first_failed=first,
        last_failed=first + timedelta(hours=24, minutes=11),
        last_answered=first + timedelta(hours=24, minutes=9),
        usual_trials=3360,
        usual_failed=13,
    )


def crowd(size: int = 500) -> Sample:
    """Everything moved at once."""
    names = ("pass_rate", "reasoning_tokens", "output_tokens", "tool_calls", "latency_s")
    changes = tuple(
        change(
            target=f"gateway-{number // 25:02d}.example-model-with-a-long-name",
            family=("all", *FAMILIES)[number % 9],
            metric=names[number % 5],
            direction="down",
            verdict="degradation" if number % 5 < 2 else "change",
            before=0.8 if number % 5 == 0 else 800.0,
            after=0.6 if number % 5 == 0 else 500.0,
            effect=-0.2 - number / 10000,
            effect_low=-0.3,
            effect_high=-0.1,
            effect_unit="points" if number % 5 == 0 else "ratio",
        )
        for number in range(size)
    )
    targets = tuple(dict.fromkeys(c.target for c in changes))
    one = incident(
        id="INC-0500",
        targets=targets,
        changes=changes,
        transitions=(Transition(on=date(2026, 3, 6), event="opened", changes=changes),),
        moved=tuple(
            moved(c.target, c.metric, 800.0, 500.0, -0.4, -0.3) for c in changes if c.metric != "pass_rate"
        ),
        attribution=Attribution(layer="model-or-serving", moved=targets),
    )
    rows = tuple(
        series(c.target, c.metric, before=800.0, after=500.0, family=c.family, first=date(2025, 3, 17))
        for c in changes[:200:5]
        if c.metric != "pass_rate"
    ) or tuple(
        series(c.target, c.metric, before=0.8, after=0.6, family=c.family, first=date(2025, 3, 17)) for c in changes[:200:5]
    )  # fmt: skip
    return Sample(
        analysis=analysis_of([one]),
        incident=one,
        evidence=Evidence(series=rows, runs=evidence().runs),
        members={},
    )


def bare() -> Sample:
    """An incident with the least that one can have."""
    one = incident(
        moved=(), transitions=(), attribution=Attribution(layer=None, moved=(CODE,)), changes=CHANGES[:1]
    )
    return Sample(
        analysis=analysis_of([one], not_seen=(), not_judged=(), annotations=()),
        incident=one,
        evidence=Evidence(series=()),
        members={},
    )


def hostile(payload: str) -> Sample:
    """The cut of reasoning with the payload in every text from outside."""
    said = [replace(c, prompt=payload, test=payload, family="all") for c in CHANGES]
    names = change(
        metric="served_model",
        kind="exact",
        direction="other",
        before=payload,
        after=payload + "x",
        effect=None,
    )
    told = Transition(on=date(2026, 3, 11), event="acknowledge", by=payload, reason=payload)
    notes = tuple(replace(note, text=payload) for note in ANNOTATIONS)
    one = incident(
        acknowledged_by=payload,
        changes=(*said, names),
        transitions=(*LIFE, told),
        attribution=replace(
            ATTRIBUTION,
            ours=notes,
            theirs=notes,
            rejected=(Rejected(hypothesis=payload, targets=(payload,), facts=((payload, payload),)),),
            candidates=(Candidate(mechanism=payload, score=1, seen=(), against=(), unmeasured=()),),
        ),
    )
    proof = evidence()
    proof = replace(
        proof,
        pairs=tuple(replace(p, prompt=payload, asked=payload, check=payload, before=payload, after=f"{payload} more") for p in PAIRS),
        shifts=tuple(replace(s, prompt=payload) for s in proof.shifts),
        versions={payload: payload},
        runs=(payload, *proof.runs),
        data_hash=payload,
    )  # fmt: skip
    analysis = analysis_of(
        [one],
        annotations=notes,
        not_judged=(NotJudged(target=payload, family=payload, metric="pass_rate", reason=payload),),
    )
    return Sample(
        analysis=analysis,
        incident=one,
        evidence=proof,
        members={**MEMBERS, CODE: Member(arm="harness", provider=payload, host=payload, model=payload)},
    )


SAMPLES = {
    "effort": effort,
    "recovered": recovered,
    "withdrawn": withdrawn,
    "accepted": accepted,
    "tokenizer": tokenizer,
    "ours": ours,
    "outage": outage,
    "crowd": crowd,
    "bare": bare,
}
