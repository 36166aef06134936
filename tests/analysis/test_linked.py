"""Series and what is derived from them, settled day by day."""

import numpy as np

from canary.analysis.linked import Derived, Found, Restarts, begun, cut, settle
from canary.domain.incident import ChangePoint
from canary.stats.sequential import watch
from canary.stats.stream import Alarm, Stream, Watched
from tests.analysis.histories import on

ONSET = 60


def stream(seed: int, shift: float, threshold: float) -> Stream:
    value = np.random.default_rng(seed).standard_normal(110)
    value[ONSET:] += shift
    return Stream(value=value, variance=np.zeros(110), warm=28, threshold=threshold)


def change(day: int) -> ChangePoint:
    return ChangePoint(
        target="t",
        family="all",
        metric="output_tokens",
        kind="level",
        direction="up",
        verdict="change",
        raised_on=on(day),
        onset=on(day),
        onset_low=on(day),
        onset_high=on(day),
        before=1.0,
        after=2.0,
        effect_unit="ratio",
        test="of this test",
        statistic=9.0,
        threshold=4.0,
    )


class Bench:
    """One base series, and a keener one derived from it that shows the same."""

    def __init__(self, shift: float, base: float, keen: float, *, tells: bool = True) -> None:
        self.base = stream(1, shift, base)
        self.tells = tells
        self.derived = Derived(stream=stream(1, shift, keen), rows=(0,), tell=self.tell)

    def judge(self, restarts: Restarts, day: int | None) -> list[Watched]:
        return watch([cut(begun(self.base, restarts.get(0, frozenset())), day)])

    def tell(self, alarm: Alarm, known: list[Watched]) -> list[Found]:
        assert all(one.raised <= alarm.raised for one in known[0].alarms)
        return [Found(row=0, change=change(alarm.raised))] if self.tells else []


def test_what_a_derived_series_told_is_not_told_again_by_the_base_series() -> None:
    bench = Bench(2.5, 5.5, 3.5)
    assert watch([bench.base])[0].alarms
    settled = settle(bench.judge, [bench.derived])
    assert len(settled.found) == 1
    assert not settled.base[0].alarms
    raised = (settled.found[0].change.raised_on - on(0)).days
    assert settled.restarts == {0: {raised + 1}}


def test_what_the_base_series_told_is_not_told_again_by_a_derived_one() -> None:
    bench = Bench(2.5, 3.5, 5.5)
    assert watch([bench.derived.stream])[0].alarms
    settled = settle(bench.judge, [bench.derived])
    assert len(settled.base[0].alarms) == 1
    assert not settled.found


def test_on_one_day_the_base_series_speaks_first() -> None:
    bench = Bench(6.0, 4.5, 4.5)
    settled = settle(bench.judge, [bench.derived])
    assert len(settled.base[0].alarms) == 1
    assert not settled.found


def test_an_alarm_that_proves_nothing_leaves_the_base_series_alone() -> None:
    bench = Bench(2.5, 5.5, 3.5, tells=False)
    settled = settle(bench.judge, [bench.derived])
    assert settled.base == bench.judge({}, None)
    assert not settled.restarts


def test_without_derived_series_the_base_series_are_watched_as_they_are() -> None:
    bench = Bench(2.5, 4.5, 4.5)
    assert settle(bench.judge, []).base == watch([bench.base])
