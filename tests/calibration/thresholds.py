"""Makes the table of canary/stats/thresholds.py anew: `python -m tests.calibration.thresholds [histories]`."""

import sys
from collections.abc import Mapping, Sequence

from canary.analysis.folds import FOLDS, SPREAD
from canary.analysis.series import DailySeries, judged_series
from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from canary.simulate.worlds import CALM, DEFAULT, ROUGH, SUITE, Shape, World
from canary.stats.sequential import watch
from canary.stats.stream import Stream
from canary.stats.thresholds import HEIGHTS
from tests.calibration.measuring import DAYS, FIRST, UNSURE, WARM

GROUPS: Mapping[str, Sequence[str]] = {
    "steady: pass rate": ("pass_rate all",),
    "steady: pass rate of families": tuple(f"pass_rate family-{i}" for i in range(4)),
    "steady: spread": ("spread all",),
    "drifting": ("output_tokens all", "reasoning_tokens all", "tool_calls all"),
    "loaded": ("latency_s all",),
}
SEED = 7


def _name(series: DailySeries) -> str:
    return f"{'spread' if series.spread else series.metric.name} {series.family}"


def rates(histories: int, world: World, shape: Shape) -> Mapping[str, list[tuple[float, float]]]:
    """For each group, alarms a year up and down at each of `HEIGHTS`."""
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
    return table


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
    print("heights", HEIGHTS)
    for label, world, shape in (
        ("calm", CALM, SUITE),
        ("default", DEFAULT, SUITE),
        ("default, unsure prompts", DEFAULT, UNSURE),
        ("rough", ROUGH, SUITE),
    ):
        for group, row in rates(histories, world, shape).items():
            print(f"{label}: {group}:", *(f"{up + down:.3f} ({up:.3f}/{down:.3f})" for up, down in row))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
