"""Makes the tables of canary/stats/thresholds.py anew: `python -m tests.calibration.thresholds [histories]`."""

import sys
from collections.abc import Mapping, Sequence

from canary.analysis.folds import FOLDS, SPREAD
from canary.analysis.series import DailySeries, judged_series
from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from canary.simulate.worlds import CALM, DEFAULT, ROUGH, SUITE, Shape, World
from canary.stats.scan import broken_prompts
from canary.stats.sequential import watch
from canary.stats.stream import Stream
from canary.stats.thresholds import HEIGHTS
from tests.calibration.digest import rules_digest
from tests.calibration.measuring import DAYS, FIRST, UNSURE, WARM

GROUPS: Mapping[str, Sequence[str]] = {
    "steady: pass rate": ("pass_rate all",),
    "steady: pass rate of families": tuple(f"pass_rate family-{i}" for i in range(4)),
    "steady: spread": ("spread all",),
    "drifting": ("output_tokens all", "reasoning_tokens all", "tool_calls all"),
    "loaded": ("latency_s all",),
}
SCAN_HEIGHTS = (9.0, 9.5, 10.0, 10.5, 11.0)
SEED = 7


def _name(series: DailySeries) -> str:
    return f"{'spread' if series.spread else series.metric.name} {series.family}"


def rates(histories: int, world: World, shape: Shape) -> Mapping[str, list[tuple[float, float]]]:
    """For each group, alarms a year up and down at each of `HEIGHTS`, and those of the one-prompt scan at its own."""
    kept: dict[str, list[DailySeries]] = {}
    for number in range(histories):
        columns = history_columns(
            draw_history((SEED, number), days=DAYS, world=world, shape=shape), first_day=FIRST
        )
        for series in judged_series("target", columns):
            kept.setdefault(_name(series), []).append(series)
    table = {}
    for group, names in GROUPS.items():
        members = [series for name in names for series in kept[name]]
        years = len(members) * (DAYS - WARM) / 365.25
        table[group] = [_counted(members, height, years) for height in HEIGHTS]
    table["one-prompt scan"] = [_scanned(kept["pass_rate all"], height) for height in SCAN_HEIGHTS]
    return table


def _scanned(members: Sequence[DailySeries], height: float) -> tuple[float, float]:
    years = len(members) * (DAYS - WARM) / 365.25
    found = [one.statistic for series in members for one in broken_prompts(series.panel, height)]
    up = sum(statistic > 0 for statistic in found)
    return up / years, (len(found) - up) / years


def _counted(members: Sequence[DailySeries], height: float, years: float) -> tuple[float, float]:
    streams = [
        Stream(
            value=series.scores.value,
            variance=series.scores.variance,
            warm=series.scores.warm,
            threshold=height,
            prior=SPREAD.prior if series.spread else FOLDS[series.metric.name].prior,
        )
        for series in members
    ]
    alarms = [alarm.statistic for watched in watch(streams) for alarm in watched.alarms]
    up = sum(statistic > 0 for statistic in alarms)
    return up / years, (len(alarms) - up) / years


def main(histories: int) -> None:
    """Print the table, a line per world and group: both directions, and up / down."""
    print("heights", HEIGHTS, "of the scan", SCAN_HEIGHTS)
    for label, world, shape in (
        ("calm", CALM, SUITE),
        ("default", DEFAULT, SUITE),
        ("default, unsure prompts", DEFAULT, UNSURE),
        ("rough", ROUGH, SUITE),
    ):
        for group, row in rates(histories, world, shape).items():
            print(f"{label}: {group}:", *(f"{up + down:.3f} ({up:.3f}/{down:.3f})" for up, down in row))
    print(f'MADE_WITH = "{rules_digest()}"')


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
