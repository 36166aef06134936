"""A scorecard tells the truth about a monitor: what it found, when, under which name, and what it called that was nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from canary.domain.incident import Alarm, Analysis, ChangePoint, Event, IncidentKind
from canary.rehearsal.drill import Scorecard
from canary.rehearsal.scorecard import quiet_rate, rows, strays
from canary.rehearsal.scoring import History, score
from canary.simulate.multi import Drawn, Truth
from canary.simulate.scenarios import Change, Expect, Scenario, Site

START, FIRST, END = date(2026, 1, 1), date(2026, 3, 2), date(2026, 4, 1)


def on(days: int) -> date:
    """A date by days from the onset."""
    return FIRST + timedelta(days=days)


def change_point(
    raised: int, onset: int = 0, metric: str = "pass_rate", target: str = "harness"
) -> ChangePoint:
    return ChangePoint(
        target=target, family="all", metric=metric, kind="level", direction="down", verdict="degradation",
        raised_on=on(raised), onset=on(onset), onset_low=on(onset - 1), onset_high=on(onset + 1), before=0.8,
        after=0.7, effect=-0.1, effect_unit="points", test="t", statistic=5.0, threshold=4.0,
    )  # fmt: skip


def alarm(
    raised: int,
    onset: int = 0,
    *,
    event: Event = "opened",
    kind: IncidentKind = "quality",
    metric: str = "pass_rate",
    target: str = "harness",
    layer: str | None = None,
    mechanism: str | None = None,
) -> Alarm:
    return Alarm(
        raised_on=on(raised),
        event=event,
        incident="INC-0001",
        kind=kind,
        targets=(target,),
        verdict="degradation",
        layer=layer,
        mechanism=mechanism,
        changes=(change_point(raised, onset, metric, target),),
    )


CHANGE = Change(
    name="it",
    start=FIRST,
    end=END,
    expect="incident",
    layer="harness-default",
    mechanism="effort-cut",
    noticed_days=30,
)


def truth(change: Change = CHANGE, series: Sequence[str] = ("pass_rate",), *, hit: bool = True) -> Truth:
    start = change.first_day
    end = change.end if isinstance(change.end, date) else None
    return Truth(
        change=change,
        targets=("harness",) if hit else (),
        onset=start,
        end=end,
        first_hit=start if hit else None,
        series=frozenset(series),
    )


def scored(alarms: Sequence[Alarm], *truths: Truth) -> History:
    drawn = Drawn(
        records={}, members={}, annotations=(), truth=truths, first_day=START, last_day=date(2026, 5, 1)
    )
    analysis = Analysis(
        first_day=START, last_day=date(2026, 5, 1), judged_series=1, days_judged=90, changes=(), alarms=tuple(alarms),
        incidents=(), not_seen=(), not_judged=(), expected_false_alarms_per_year=1.0,
    )  # fmt: skip
    return score(drawn, analysis, requests=100.0)


def card(*histories: History, changes: Sequence[Change] = (CHANGE,)) -> Scorecard:
    made = Scenario(
        id="made", title="made", kind="synthetic", targets=(Site(name="harness"),), changes=tuple(changes)
    )
    return Scorecard(scenario=made, seeds=tuple(range(len(histories))), histories=histories)


def test_the_delay_counts_from_the_onset_day_as_0() -> None:
    for raised in (0, 1, 5):
        assert scored([alarm(raised)], truth()).outcomes[0].delay == raised


def test_only_an_opened_incident_finds_a_change() -> None:
    outcome = scored([alarm(1, event="suspected"), alarm(2, event="noted")], truth()).outcomes[0]
    assert outcome.delay is None
    told = scored([alarm(2, event="worsened")], truth()).outcomes[0]
    assert (told.delay, told.joined) == (None, True)


@pytest.mark.parametrize(
    "wrong",
    [
        alarm(-3, -3),
        alarm(1, target="api"),
        alarm(50, 45),
    ],
    ids=["before the onset", "on a target that nothing hit", "long after the end"],
)
def test_what_belongs_to_no_change_is_a_stray(wrong: Alarm) -> None:
    history = scored([wrong], truth())
    assert history.stray == (wrong,)
    assert history.outcomes[0].delay is None


def test_an_outage_is_no_stray_and_finds_no_change_of_quality() -> None:
    available = replace(CHANGE, expect="availability")
    outage = alarm(0, kind="availability", metric="failure_rate")
    found = scored([outage], truth(available, ("failure_rate",)))
    assert (found.outcomes[0].delay, found.stray) == (0, ())
    miscalled = scored([alarm(0, metric="failure_rate")], truth(available, ("failure_rate",)))
    assert miscalled.outcomes[0].delay is None
    assert len(miscalled.stray) == 1


def test_an_incident_goes_to_the_change_whose_series_it_shows() -> None:
    other = replace(CHANGE, name="other", start=on(1))
    first, second = truth(), truth(other, ("cache_read_share",))
    history = scored([alarm(2, 1, metric="cache_read_share"), alarm(3, 0)], first, second)
    assert [outcome.delay for outcome in history.outcomes] == [3, 1]


def test_further_incidents_of_one_change_are_counted_as_split() -> None:
    outcome = scored([alarm(1), alarm(9), alarm(20)], truth()).outcomes[0]
    assert (outcome.delay, outcome.split) == (1, 2)


def test_an_end_told_as_recovery_is_a_recovery_and_one_told_as_an_incident_is_no_stray() -> None:
    ended = (END - FIRST).days
    told = scored([alarm(1), alarm(ended + 2, ended, event="recovered")], truth())
    assert told.outcomes[0].recovery == 2
    opened = scored([alarm(1), alarm(ended + 2, ended)], truth())
    assert (opened.outcomes[0].reopened, opened.outcomes[0].recovery, opened.stray) == (1, None, ())


def test_layer_and_mechanism_are_judged_on_the_incidents_that_were_found() -> None:
    right = scored([alarm(1, layer="harness-default", mechanism="effort-cut")], truth())
    wrong = scored([alarm(1, layer="model-or-serving", mechanism="price")], truth())
    missed = scored([], truth())
    row = rows(card(right, wrong, missed))[0]
    assert row.found == pytest.approx(2 / 3)
    assert (row.layer_right, row.mechanism_right) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("delays", "median", "p90", "result"),
    [
        ((1, 2, 3, 4), 2.5, 4, "found"),
        ((1, 2, 3, None), 2.5, None, "often"),
        ((1, None, None, None), None, None, "seldom"),
        ((None, None, None, None), None, None, "missed"),
    ],
)
def test_a_miss_counts_in_the_delays_and_is_called_a_miss(
    delays: Sequence[int | None], median: float | None, p90: float | None, result: str
) -> None:
    histories = [scored([] if delay is None else [alarm(delay)], truth()) for delay in delays]
    row = rows(card(*histories))[0]
    assert (row.median_delay, row.p90_delay, row.result) == (median, p90, result)


def test_what_reached_nobody_is_neither_found_nor_missed() -> None:
    row = rows(card(scored([], truth(hit=False))))[0]
    assert (row.reached, row.result) == (0.0, "not reached")


@pytest.mark.parametrize("expect", ["silence", "ours"])
def test_calling_what_should_be_silent_is_told_and_a_label_as_ours_saves_it(expect: Expect) -> None:
    change = replace(CHANGE, expect=expect, layer="ours", mechanism=None)
    called, silent = scored([alarm(3)], truth(change)), scored([], truth(change))
    ours = scored([alarm(3, kind="ours", layer="ours")], truth(change))
    for histories, result in (
        ((called, silent), "called"),
        ((silent, silent), "silent"),
        ((ours, silent), "labelled"),
    ):
        assert rows(card(*histories, changes=[change]))[0].result == result


def test_a_change_that_moves_nothing_is_not_blamed_for_what_comes_weeks_later() -> None:
    silent = replace(CHANGE, end=None, expect="silence", layer=None, mechanism=None)
    later = alarm(30, 29)
    history = scored([later], truth(silent, ()))
    assert (history.outcomes[0].delay, history.stray) == (None, (later,))


def test_quiet_years_count_judged_days_before_the_first_change() -> None:
    false = alarm(-10, -10)
    history = scored([false], truth())
    assert history.quiet_years == pytest.approx((60 - 28) / 365.25)
    made = card(history)
    assert strays(made) == 1.0
    assert quiet_rate(made) == pytest.approx(365.25 / 32)
