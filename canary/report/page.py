"""What each page says, no markup: records in, a frozen view out. Rendering adds nothing to it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from canary.domain.suite import Prompt
from canary.domain.trial import Run, Trial
from canary.report.charts import shared_scale
from canary.report.costs import bill, cost, cost_per_pass
from canary.report.failing import FailedPrompts, failed_prompts
from canary.report.failures import FailureGroup, failure_groups
from canary.report.limits import limits
from canary.report.measure import (
    failures,
    format_gap,
    mean,
    median,
    pass_rate,
    refusals,
    score,
    truncations,
)
from canary.report.notices import notices
from canary.report.numbers import day, duration, instant, percent, plural, short_digest, usd
from canary.report.origins import Origin, origins
from canary.report.plan import Asked, against_plan
from canary.report.promise import Promises, broken_promises, promised_speed
from canary.report.run_stands import RunStands, run_stands
from canary.report.sentences import TRIGGERS, headline, state
from canary.report.untrusted import label, one_line
from canary.report.view import Counts, Fact, FamilyTable, Figure, Notice, Row, State, Table

_NOTHING_USD = 1e-9
"""What sums of dollars may differ by through rounding alone."""

Measure = Callable[[Sequence[Trial]], Figure]


def _each(kind: Callable[[str, Sequence[Trial]], Figure], *metrics: str) -> tuple[Measure, ...]:
    return tuple(partial(kind, metric) for metric in metrics)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """One table of targets x metrics before it is measured."""

    anchor: str
    title: str
    caption: str
    measures: tuple[Measure, ...]
    drawn: bool = False


_QUALITY = _Layout(
    anchor="pass-rate",
    title="Pass rate",
    caption="Share of trials that pass all checks, each prompt weighing the same, with its 95 % interval. "
    "Failed calls are counted apart and never as wrong answers.",
    measures=(pass_rate, score, format_gap, refusals, truncations, failures),
    drawn=True,
)
_WORK = _Layout(
    anchor="work",
    title="Tool calls and tokens",
    caption="Mean of a graded trial with its 95 % interval. Input excludes cache reads and writes; output includes "
    "reasoning.",
    measures=_each(mean, "tool_calls", "input_tokens", "output_tokens", "reasoning_tokens"),
)
_SPEED = _Layout(
    anchor="speed",
    title="Speed and cost",
    caption="Speed is the median of graded trials, with the value that 95 % of them keep. Cost includes failed trials "
    "and retries; a solved task is a trial that passed.",
    measures=(*_each(median, "latency_s", "ttft_s", "output_tokens_per_s"), cost, cost_per_pass),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPage:
    """The page of one run, from the first glance to the appendix.

    Attributes:
        run: as stored; for the data beside the page. A page shows the texts below.
        title: which run, in words.
        kicker: what started it, and its label.
        state: how far it came.
        headline: what came back, in one line.
        counts: planned, graded, failed, missing.
        notices: what to look at first.
        facts: when, how much, which suite.
        quality, work, speed: targets x metrics.
        failures: failed trials by kind.
        families: pass rates of families x targets.
        failed_prompts: prompts that did not pass, the worst first.
        limits: what this run can't say.
        origins: what exactly each target was.
        written: when the page was written.
    """

    run: Run
    title: str
    kicker: str
    state: State
    headline: str
    counts: Counts
    stands: RunStands
    notices: tuple[Notice, ...]
    facts: tuple[Fact, ...]
    quality: Table
    work: Table
    speed: Table
    failures: tuple[FailureGroup, ...]
    families: FamilyTable
    failed_prompts: FailedPrompts
    limits: tuple[str, ...]
    origins: tuple[Origin, ...]
    written: Fact
    banner: str = ""


def run_page(
    run: Run,
    trials: Sequence[Trial],
    prompts: Mapping[str, Prompt],
    now: datetime,
    promises: Promises | None = None,
    *,
    stands: RunStands | None = None,
    banner: str = "",
) -> RunPage:
    """Everything the page of one run says.

    Args:
        run: the run, as planned.
        trials: its trials, in any order; with texts where answers are to be shown.
        prompts: prompt digest -> definition; a missing one costs the sentences of its checks, nothing else.
        now: UTC.
        promises: target -> the speed that its tier promises.
        stands: what stood after it; None = nothing was judged.
        banner: said over everything, such as `Simulated: …`; "" without.
    """
    asked = against_plan(run, trials, prompts)
    quality = _table(asked, _QUALITY)
    rates = [(row.name, row.figures[0]) for row in quality.rows]
    return RunPage(
        run=run,
        title=f"Run of {instant(run.slot or run.started_at)}",
        kicker=kicker(run),
        state=state(run, asked.counts),
        headline=headline(asked, rates),
        counts=asked.counts,
        stands=stands or run_stands(run),
        notices=(*notices(asked), *broken_promises(promises or {}, asked.by_target)),
        facts=_facts(asked, now),
        quality=quality,
        work=_table(asked, _WORK),
        speed=_table(asked, _speed(promises or {})),
        failures=failure_groups(asked.trials),
        families=_families(asked),
        failed_prompts=failed_prompts(asked.trials, prompts),
        limits=limits(asked),
        origins=origins(asked),
        written=Fact(label="Page written", text=instant(now), moment=now),
        banner=one_line(banner),
    )


def _speed(promises: Promises) -> _Layout:
    """The table of speeds, with the promises in it where there are any."""
    if not promises:
        return _SPEED
    caption = f"{_SPEED.caption} A promised speed is held against all streamed calls of the run, with Wilson's 95 % limits."
    return replace(_SPEED, caption=caption, measures=(*_SPEED.measures, partial(promised_speed, promises)))


def kicker(run: Run) -> str:
    """What started a run, and a person's note on it."""
    parts = [
        TRIGGERS[run.trigger],
        "from imported records" if run.imported else "",
        label(run.label) if run.label else "",
    ]
    return " · ".join(part for part in parts if part)


def _table(asked: Asked, layout: _Layout) -> Table:
    rows = tuple(
        Row(
            name=label(target),
            about=_about(trials),
            figures=tuple(measure(trials) for measure in layout.measures),
        )
        for target, trials in asked.by_target.items()
    )
    scale = shared_scale(row.figures[0] for row in rows) if layout.drawn else None
    drawn = (
        f" The line shows the interval on a scale from {percent(scale.low)} to {percent(scale.high)}."
        if scale
        else ""
    )
    return Table(
        anchor=layout.anchor, title=layout.title, caption=layout.caption + drawn, rows=rows, scale=scale
    )


def _about(trials: Sequence[Trial]) -> str:
    if not trials:
        return "no trials"
    first = trials[0]
    parts = [label(first.requested_model) if first.requested_model else "", first.arm or ""]
    return " · ".join(part for part in parts if part)


def _families(asked: Asked) -> FamilyTable:
    families = Counter(asked.family_of.values())
    return FamilyTable(
        targets=tuple(label(target) for target in asked.by_target),
        rows=tuple(
            Row(
                name=label(family) if family else "no family",
                about=plural(n, "prompt"),
                figures=tuple(
                    pass_rate([trial for trial in trials if asked.family_of[trial.prompt] == family])
                    for trials in asked.by_target.values()
                ),
            )
            for family, n in families.items()
        ),
    )


def _facts(asked: Asked, now: datetime) -> tuple[Fact, ...]:
    run, total = asked.run, bill(asked.trials, besides=asked.run.spent_usd)
    end = run.finished_at
    took = duration(((end or now) - run.started_at).total_seconds())
    facts = [
        Fact(label="Asked", text=_size(asked)),
        Fact(label="Started", text=instant(run.started_at), moment=run.started_at),
        Fact(label="Finished", text=instant(end), moment=end)
        if end
        else Fact(label="Finished", text="not yet"),
        Fact(label="Took" if end else "So far", text=took),
        Fact(label="Cost", text=total.text),
        Fact(label="Day", text=day(run.day)),
        Fact(label="Suite", text=short_digest(run.suite) if run.suite else "not stated"),
        Fact(label="Run", text=label(run.id)),
    ]
    if run.spent_usd > _NOTHING_USD:
        facts.insert(5, Fact(label="Of that in no trial", text=usd(run.spent_usd)))
    return tuple(facts)


def _size(asked: Asked) -> str:
    run = asked.run
    return " × ".join(
        (
            plural(len(run.prompts) or len(asked.family_of), "prompt"),
            plural(len(asked.by_target), "target"),
            plural(asked.replicates, "replicate"),
        )
    )
