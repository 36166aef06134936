"""Where the sides of a comparison come from (a run, some days, a pinned baseline), and the verdict on a release run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from canary.analysis.compare import JUDGEABLE, compare
from canary.analysis.comparison import Comparison
from canary.analysis.cost import chosen
from canary.analysis.folds import VALUES
from canary.analysis.pairing import paired
from canary.analysis.pins import side_of_baseline
from canary.analysis.sides import SIDE_TEXTS, Side, side_of
from canary.analysis.telling import markdown, short_text
from canary.domain.baseline import Baseline
from canary.domain.errors import UsageError
from canary.domain.incident import Policy
from canary.domain.ports import Store, Window
from canary.domain.trial import Run, Trigger

if TYPE_CHECKING:
    pass

HISTORY_DAYS = 28
"""Days of scheduled runs that stand in where no baseline is pinned, and that a baseline is pinned from."""

BY_HAND: Sequence[Trigger] = ("manual", "release")
"""Runs of a window that has no scheduled ones."""

PASSES = "It passes: inconclusive is not worse."


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseVerdict:
    """What a release run comes to.

    Attributes:
        comparison: None where there was nothing to compare with.
        text: a few lines for a terminal.
        markdown: the same for a pull request.
        fails: whether the gate should.
    """

    comparison: Comparison | None
    text: str
    markdown: str
    fails: bool


def judge_release(
    store: Store,
    run: Run,
    *,
    policy: Policy,
    baselines: Sequence[Baseline] = (),
    against: str | None = None,
    fail_on: str = "worse",
) -> ReleaseVerdict:
    """Compare a run with what was before: the target it was interleaved with, else pinned baselines, else the last 28 days.

    Args:
        store: where the run's trials are.
        run: the release run, as far as it came.
        policy: its smallest effects are the margins.
        baselines: pinned ones, of any target; the one with most prompts in common is taken.
        against: the old target, asked in the same run.
        fail_on: never, worse or inconclusive.

    Raises:
        UsageError: `against` is no target of the run, or the only one.
    """
    new = run_sides(store, run)
    notes = [
        f"{name}: {side.graded} of {side.trials} trials were answered, too few to judge."
        for name, side in new.items()
        if not _judgeable(side)
    ]
    if against is not None:
        pairs = _interleaved(new, run, against)
    else:
        pairs = [(old, side) for side in new.values() if (old := _before(store, run, side, baselines))]
        alone = set(new) - {side.target for _, side in pairs}
        notes += [
            f"{name}: nothing to compare with: no baseline, no scheduled runs." for name in sorted(alone)
        ]
    pairs = [pair for pair in pairs if all(map(_judgeable, pair)) and paired(*pair).column_a.size]
    if not pairs:
        said = "\n".join([*notes, "There was nothing to compare; it passes."])
        return ReleaseVerdict(comparison=None, text=said, markdown=said, fails=False)
    labels = sorted({old.label for old, _ in pairs})
    found = compare(pairs, policy, a=" and ".join(labels), b=run.label or run.id)
    fails = found.fails(fail_on)
    if not fails and found.verdict == "inconclusive":
        notes.append(PASSES)
    said = "\n\n".join(filter(None, [markdown(found), "\n".join(notes)]))
    return ReleaseVerdict(
        comparison=found, text="\n".join([short_text(found), *notes]), markdown=said, fails=fails
    )


def _judgeable(side: Side) -> bool:
    return side.graded >= JUDGEABLE * side.trials


def _interleaved(new: Mapping[str, Side], run: Run, against: str) -> list[tuple[Side, Side]]:
    others = [side for name, side in new.items() if name != against]
    if against not in new or not others:
        raise UsageError(
            f"run {run.id} asked {', '.join(new) or 'nobody'}",
            where=f"--against {against}",
            remedy="ask the old and the new target in one run",
        )
    return [(replace(new[against], label=against), side) for side in others]


def _before(store: Store, run: Run, side: Side, baselines: Sequence[Baseline]) -> Side | None:
    baseline = nearest(baselines, side)
    if baseline is not None:
        return side_of_baseline(baseline)
    window = Window(start=run.day - timedelta(days=HISTORY_DAYS), end=run.day)
    label = f"scheduled runs of the {HISTORY_DAYS} days before"
    return window_sides(store, window, [side.target], label=label, triggers=("schedule",)).get(side.target)


def nearest(baselines: Iterable[Baseline], side: Side) -> Baseline | None:
    """The baseline of a side's target with most of its prompts, the latest of several; None without a common one."""
    own = set(side.prompts)

    def rank(baseline: Baseline) -> tuple[int, date, str]:
        common = own & {(one.prompt, one.digest) for one in baseline.prompts}
        return len(common), baseline.last_day, baseline.suite

    best = max((one for one in baselines if one.target == side.target), key=rank, default=None)
    return None if best is None or rank(best)[0] == 0 else best


def run_sides(store: Store, run: Run, targets: Iterable[str] | None = None) -> Mapping[str, Side]:
    """The sides that one run makes, by target; targets without trials are left out."""
    window = Window(start=run.day, end=run.day + timedelta(days=1))
    found: dict[str, Side] = {}
    for target in sorted(run.targets or store.targets()) if targets is None else targets:
        columns = store.columns(target, window, triggers=(run.trigger,), values=VALUES, texts=SIDE_TEXTS)
        if run.id in columns.runs:
            own = chosen(columns, columns.run == columns.runs.index(run.id))
            side = side_of(own, target=target, label=run.id)
            found |= {} if side is None else {target: side}
    return found


def window_sides(
    store: Store,
    window: Window,
    targets: Iterable[str],
    *,
    label: str,
    triggers: Sequence[Trigger] | None = None,
) -> Mapping[str, Side]:
    """The sides that the runs of some days make, by target: scheduled runs, and where there are none those by hand."""
    found: dict[str, Side] = {}
    for target in targets:
        for kind in ("schedule",), BY_HAND:
            if triggers is not None and kind != tuple(triggers):
                continue
            columns = store.columns(target, window, triggers=kind, values=VALUES, texts=SIDE_TEXTS)
            side = side_of(columns, target=target, label=label)
            if side is not None:
                found[target] = side
                break
    return found


def last_days(store: Store, target: str) -> Window:
    """The last `HISTORY_DAYS` days up to a target's last scheduled run.

    Raises:
        UsageError: it has none.
    """
    columns = store.columns(target)
    if not columns.run_day.size:
        raise UsageError(
            f"target {target!r} has no scheduled runs",
            remedy="name the trials with --from and --to, or --run",
        )
    last: date = columns.run_day.max().astype(date)
    return Window(start=last - timedelta(days=HISTORY_DAYS - 1), end=last + timedelta(days=1))
