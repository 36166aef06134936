"""baseline."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from canary.cli.evidence import policy, tell
from canary.cli.invocation import Invocation, answer, answer_json, table
from canary.cli.sides import baseline_folder, opened_store, pinned_baselines
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from canary.analysis.sides import Side
    from canary.domain.baseline import Baseline
    from canary.domain.ports import Store

_TARGET = click.option("--target", "target", metavar="NAME", help="Only this target.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group()
def baseline() -> None:
    """Keep what a target did as a reference.

    Pinned by hand, never automatically; read by `compare`, the release gate and pages.
    """


@baseline.command()
@_TARGET
@click.option("--run", "run_id", metavar="RUN", help="Pin this run.")
@click.option("--from", "start", metavar="DATE", help="Pin the scheduled runs from this day on.")
@click.option("--to", "end", metavar="DATE", help="Up to and with this day.")
@click.pass_obj
def pin(
    invocation: Invocation, *, target: str | None, run_id: str | None, start: str | None, end: str | None
) -> None:
    """Pin a reference.

    By default the last 28 days of scheduled runs.
    """
    from canary.store.baselines import write_baseline

    if run_id is not None and (start or end):
        raise UsageError("a run or days, not both", where="--run")
    with opened_store(invocation) as store:
        made = _made(store, target, run_id, (_day("--from", start), _day("--to", end)))
    for one in made:
        path = write_baseline(baseline_folder(invocation), one)
        answer(f"{path}: {len(one.prompts)} prompts, {one.trials:,} trials of {one.days} days")


def _made(
    store: "Store", target: str | None, run_id: str | None, days: tuple[date | None, date | None]
) -> "list[Baseline]":
    """Baselines of the targets wanted, not written yet."""
    from canary.analysis.levels import levels_of
    from canary.analysis.pins import pinned

    targets = [target] if target is not None else list(store.targets())
    sides = _sides_to_pin(store, targets, run_id, days)
    if not sides:
        known = ", ".join(store.targets()) or "the store has no trials yet"
        raise UsageError(
            "there are no trials to pin", where=target or run_id or "baseline", remedy=f"targets: {known}"
        )
    return [pinned(side, levels_of(side)) for side in sides]


def _sides_to_pin(
    store: "Store", targets: list[str], run_id: str | None, days: tuple[date | None, date | None]
) -> "list[Side]":
    from canary.domain.ports import Window
    from canary.pipeline.release import last_days, run_sides, window_sides

    if run_id is not None:
        run = store.run(run_id)
        if run is None:
            raise UsageError(f"there is no run {run_id!r}", where="--run")
        return list(run_sides(store, run, targets).values())
    start, end = days
    if start is None and end is None:
        windows = {name: last_days(store, name) for name in targets}
    else:
        until = None if end is None else end + timedelta(days=1)
        windows = dict.fromkeys(targets, Window(start=start, end=until))
    made = [
        window_sides(store, windows[name], [name], label=name, triggers=("schedule",)) for name in targets
    ]
    return [side for one in made for side in one.values()]


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date", where=option, remedy="write it as 2026-03-01") from None


@baseline.command()
@_TARGET
@_JSON
@click.pass_obj
def show(invocation: Invocation, *, target: str | None, as_json: bool) -> None:
    """Show what is pinned.

    Levels by metric, with how far days differed.
    """
    from canary.store.baselines import baseline_json

    found = pinned_baselines(invocation, target)
    if as_json:
        answer_json({"schema": 1, "baselines": [baseline_json(one) for _, one in found]})
        return
    for path, one in found:
        rows = [("metric", "level", "a day varies by", "days")]
        rows += [
            (name, f"{one.levels[name]:.4g}", f"{noise.sd:.2g}", str(noise.days))
            for name, noise in sorted(one.noise.items())
            if name in one.levels
        ]
        answer(
            f"{path}: {one.first_day} to {one.last_day}, {len(one.prompts)} prompts, {one.trials:,} trials"
        )
        answer(f"\n{table(rows, right=(1, 2, 3))}\n")


@baseline.command("list")
@click.pass_obj
def list_baselines(invocation: Invocation) -> None:
    """List the references pinned."""
    rows = [("target", "suite", "from", "to", "days", "prompts")]
    rows += [
        (one.target, one.suite, str(one.first_day), str(one.last_day), str(one.days), str(len(one.prompts)))
        for _, one in pinned_baselines(invocation)
    ]
    answer(table(rows, right=(4, 5)))


@baseline.command()
@_TARGET
@click.option("--run", "run_id", metavar="RUN", help="Against this run.")
@click.option("--from", "start", metavar="DATE", help="Against the scheduled runs from this day on.")
@click.option("--to", "end", metavar="DATE", help="Up to and with this day.")
@_JSON
@click.pass_obj
def diff(
    invocation: Invocation,
    *,
    target: str | None,
    run_id: str | None,
    start: str | None,
    end: str | None,
    as_json: bool,
) -> None:
    """Say what pinning anew would change.

    Writes nothing. By default against the last 28 days of scheduled runs.
    """
    from canary.analysis.compare import compare as compared
    from canary.analysis.pins import side_of_baseline
    from canary.pipeline.release import nearest

    known = [one for _, one in pinned_baselines(invocation, target)]
    targets = sorted({one.target for one in known})
    with opened_store(invocation) as store:
        sides = _sides_to_pin(store, targets, run_id, (_day("--from", start), _day("--to", end)))
    pairs = [(side_of_baseline(old), side) for side in sides if (old := nearest(known, side)) is not None]
    if not pairs:
        raise UsageError("no pinned baseline shares a prompt with those trials", where=target or "baseline")
    label = run_id or (
        f"{start or ''}..{end or ''}" if start or end else "the last 28 days of scheduled runs"
    )
    tell(compared(pairs, policy(invocation), a="baseline", b=label), "json" if as_json else "text")


COMMANDS: Sequence[click.Command] = (baseline,)
