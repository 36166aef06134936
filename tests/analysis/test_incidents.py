"""Changes that belong together make one incident; a recovery is its end, not a new one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from canary.analysis.belonging import Place
from canary.analysis.incidents import Rules, group, natural_key
from canary.domain.incident import QUIET, Act, ActKind, Alarm, Attribution, ChangePoint, Incident, Moved
from tests.analysis.histories import on

FALL = ChangePoint(
    target="a",
    family="all",
    metric="pass_rate",
    kind="level",
    direction="down",
    verdict="degradation",
    raised_on=on(10),
    onset=on(8),
    onset_low=on(7),
    onset_high=on(9),
    before=0.8,
    after=0.7,
    effect=-0.1,
    effect_unit="points",
    test="a test",
    statistic=-5.0,
    threshold=4.0,
)


def later(change: ChangePoint, days: int, **other: Any) -> ChangePoint:
    return replace(change, **{"raised_on": change.raised_on + timedelta(days=days), **other})


def moved_on(change: ChangePoint, days: int, **other: Any) -> ChangePoint:
    """The same some days later, onset and all."""
    shift = timedelta(days=days)
    dates = {
        name: getattr(change, name) + shift for name in ("raised_on", "onset", "onset_low", "onset_high")
    }
    return replace(change, **{**dates, **other})


BACK = moved_on(FALL, 20, direction="up", verdict="improvement", before=0.7, after=0.79, effect=0.09)
TODAY = on(60)


def worth(change: ChangePoint) -> bool:
    return change.verdict != "improvement"


def grouped(
    *changes: ChangePoint,
    matters: Callable[[ChangePoint], bool] = worth,
    groups: Mapping[str, str] | None = None,
    providers: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
    acts: Sequence[Act] = (),
    began: Mapping[date, datetime] | None = None,
    ended: Mapping[date, datetime] | None = None,
    left: Sequence[Moved] = (),
    went_back: Callable[[ChangePoint, date, date], bool] = lambda *_: False,
    came_back: Callable[[ChangePoint, date], bool] = lambda *_: False,
    today: date = TODAY,
) -> tuple[list[Alarm], list[Incident]]:
    rules = Rules(
        matters=matters,
        place=lambda target: Place(
            group=(groups or {}).get(target, target), provider=(providers or {}).get(target)
        ),
        attribute=lambda draft, _: Attribution(layer=None, moved=draft.targets),
        moved=lambda _draft, _day: tuple(left),
        known=known or {},
        acts=acts,
        began=began or {},
        ended=ended or {},
        went_back=went_back,
        came_back=came_back,
    )
    return group(changes, rules, today)


def told(*changes: ChangePoint, **other: Any) -> list[tuple[str, str | None]]:
    alarms, _ = grouped(*changes, **other)
    return [(alarm.event, alarm.incident) for alarm in alarms]


def act(kind: ActKind, day: int, incident: str | None = "INC-0001", **other: Any) -> Act:
    at = datetime.combine(on(day), datetime.min.time(), UTC)
    return Act(kind=kind, incident=incident, at=at, by="ana", reason="seen", **other)


def test_one_change_opens_one_incident() -> None:
    assert told(FALL) == [("opened", "INC-0001")]


def test_changes_of_one_day_are_one_alarm() -> None:
    alarms, incidents = grouped(FALL, later(FALL, 0, metric="output_tokens"))
    assert [len(alarm.changes) for alarm in alarms] == [2]
    assert [len(incident.changes) for incident in incidents] == [2]


@pytest.mark.parametrize("found_after", [1, 20])
def test_one_onset_is_one_incident_however_late_a_weak_series_shows_it(found_after: int) -> None:
    weak = later(FALL, found_after, metric="output_tokens")
    assert told(FALL, weak) == [("opened", "INC-0001"), ("joined", "INC-0001")]


@pytest.mark.parametrize(("days", "opened"), [(3, 1), (8, 2)])
def test_two_onsets_are_two_incidents_however_soon_after_each_other_they_are_found(
    days: int, opened: int
) -> None:
    _, incidents = grouped(FALL, moved_on(FALL, days, metric="output_tokens"))
    assert len(incidents) == opened


def test_twins_that_moved_alike_are_one_incident() -> None:
    _, (incident,) = grouped(FALL, moved_on(FALL, 1, target="b"), groups={"a": "twins", "b": "twins"})
    assert (incident.group, incident.targets) == ("twins", ("a", "b"))


def test_twins_that_moved_in_other_metrics_keep_their_own_incidents() -> None:
    other = moved_on(FALL, 1, target="b", metric="tool_calls")
    assert len(grouped(FALL, other, groups={"a": "twins", "b": "twins"})[1]) == 2


def test_twins_that_moved_against_each_other_keep_their_own_incidents() -> None:
    other = moved_on(FALL, 1, target="b", direction="up", verdict="change", after=0.9, effect=0.1)
    assert len(grouped(FALL, other, groups={"a": "twins", "b": "twins"})[1]) == 2


@pytest.mark.parametrize(("days", "opened"), [(1, 1), (4, 2)])
def test_targets_of_one_provider_join_where_they_moved_alike_on_the_same_day(days: int, opened: int) -> None:
    other = moved_on(FALL, days, target="b")
    assert len(grouped(FALL, other, providers={"a": "anthropic", "b": "anthropic"})[1]) == opened


def test_targets_are_kept_apart() -> None:
    assert told(FALL, later(FALL, 1, target="b")) == [("opened", "INC-0001"), ("opened", "INC-0002")]


def test_a_way_back_is_a_recovery_at_any_time() -> None:
    assert told(FALL, BACK) == [("opened", "INC-0001"), ("recovered", "INC-0001")]
    _, incidents = grouped(FALL, BACK, matters=lambda _: True)
    assert incidents[0].recovered_on == BACK.raised_on


def test_half_way_back_is_none() -> None:
    assert told(FALL, replace(BACK, after=0.73)) == [("opened", "INC-0001"), ("noted", None)]


def test_an_incident_stands_while_one_of_its_changes_does() -> None:
    other = later(FALL, 1, metric="score")
    _, incidents = grouped(FALL, other, BACK, matters=lambda _: True)
    assert incidents[0].recovered_on is None


def test_an_improvement_alone_is_noted() -> None:
    assert told(BACK) == [("noted", None)]


def test_names_that_go_back_have_recovered() -> None:
    new = later(FALL, 0, metric="served_model", kind="exact", direction="other", before="one", after="two")
    old = later(new, 30, before="two", after="one")
    assert told(new, old) == [("opened", "INC-0001"), ("recovered", "INC-0001")]


def test_an_outage_is_its_own_incident() -> None:
    alarms, _ = grouped(FALL, later(FALL, 1, metric="failure_rate"))
    assert [alarm.kind for alarm in alarms] == ["quality", "availability"]


def test_the_worst_verdict_is_told() -> None:
    alarms: list[Alarm]
    alarms, _ = grouped(later(FALL, 0, metric="output_tokens", verdict="change"), FALL)
    assert alarms[0].verdict == "degradation"


def left_by(effect: float) -> Moved:
    """What latency's own figures show of the incident, although no test saw it move."""
    return Moved(
        target="a", family="all", metric="latency_s", before=1.3, after=1.0, effect=effect, effect_low=effect - 0.05,
        effect_high=effect + 0.05, effect_unit="ratio",
    )  # fmt: skip


SLOWER = replace(BACK, metric="latency_s", verdict="degradation", before=1.0, after=1.3)


def test_a_series_never_seen_to_leave_may_come_back_with_the_others() -> None:
    assert told(FALL, BACK, SLOWER, left=[left_by(-0.23)]) == [
        ("opened", "INC-0001"),
        ("recovered", "INC-0001"),
    ]


@pytest.mark.parametrize("left", [[], [left_by(0.2)], [left_by(0.01)]])
def test_a_new_fault_on_the_day_of_a_recovery_opens_its_own_incident(left: list[Moved]) -> None:
    assert ("opened", "INC-0002") in told(FALL, BACK, SLOWER, left=left)


def test_a_fall_the_day_after_a_recovery_is_never_told_as_one() -> None:
    again = moved_on(FALL, 21, family="other", before=0.9, after=0.78)
    assert told(FALL, BACK, again)[-1] == ("opened", "INC-0002")


def test_two_steps_down_are_undone_only_by_going_back_to_the_start() -> None:
    second = moved_on(FALL, 1, before=0.7, after=0.5)
    half = moved_on(BACK, 5, before=0.5, after=0.6)
    whole = moved_on(BACK, 5, before=0.5, after=0.79)
    assert [event for event, _ in told(FALL, second, half)] == ["opened", "worsened", "noted"]
    assert told(FALL, second, whole)[-1] == ("recovered", "INC-0001")


def test_a_recovered_incident_is_closed_when_nothing_of_it_returns() -> None:
    assert grouped(FALL, BACK, today=BACK.raised_on)[1][0].state == "recovered"
    assert grouped(FALL, BACK, today=BACK.raised_on + QUIET)[1][0].state == "closed"


@pytest.mark.parametrize(
    ("kind", "state"), [("accept", "accepted"), ("withdraw", "withdrawn"), ("close", "closed")]
)
def test_what_a_person_ends_has_ended_and_says_who_and_why(kind: ActKind, state: str) -> None:
    _, (incident,) = grouped(FALL, acts=[act(kind, 12)])
    assert incident.state == state
    last = incident.transitions[-1]
    assert (last.on, last.event, last.by, last.reason) == (on(12), kind, "ana", "seen")


def test_an_acknowledged_incident_stays_open_and_names_who_has_it() -> None:
    _, (incident,) = grouped(FALL, acts=[act("acknowledge", 12)])
    assert (incident.state, incident.acknowledged_by) == ("opened", "ana")


def test_after_an_acceptance_the_way_back_is_a_change_of_its_own() -> None:
    back = replace(BACK, verdict="degradation", direction="up")
    assert told(FALL, back, acts=[act("accept", 12)]) == [("opened", "INC-0001"), ("opened", "INC-0002")]


def test_an_act_counts_from_its_day_on() -> None:
    """A way back that was found before anybody accepted the change is still its recovery."""
    _, (incident,) = grouped(FALL, BACK, acts=[act("accept", 40)])
    assert [step.event for step in incident.transitions] == ["opened", "recovered", "accept"]


@pytest.mark.parametrize(("until", "muted"), [(11, True), (10, False), (None, True)])
def test_what_opens_in_a_maintenance_window_is_kept_and_muted(until: int | None, muted: bool) -> None:
    end = None if until is None else datetime.combine(on(until), datetime.min.time(), UTC)
    _, (incident,) = grouped(FALL, acts=[act("mute", 5, None, target="a", until=end)])
    assert incident.muted is muted


def test_a_mute_of_another_target_mutes_nothing() -> None:
    assert not grouped(FALL, acts=[act("mute", 5, None, target="b")])[1][0].muted


@pytest.mark.parametrize(
    ("hour", "muted"), [(6, True), (9, False)], ids=["before the run ended", "after the mail went out"]
)
def test_a_mute_after_the_days_run_does_not_cover_what_it_had_found(hour: int, muted: bool) -> None:
    """The finding was known, and mailed, at eight."""
    ended = {FALL.raised_on: datetime.combine(FALL.raised_on, datetime.min.time(), UTC).replace(hour=8)}
    mute = replace(act("mute", 10, None, target="a"), at=ended[FALL.raised_on].replace(hour=hour))
    _, (incident,) = grouped(FALL, acts=[mute], ended=ended)
    assert incident.muted is muted
    assert incident.transitions[0].muted is muted


def test_a_step_in_a_window_is_muted_and_a_recovery_never_is() -> None:
    """Opened before the window, worse inside it, back inside it: the incident itself is not muted."""
    worse = moved_on(FALL, 1, before=0.7, after=0.5, effect=-0.2)
    back = moved_on(BACK, 5, before=0.5, after=0.79)
    _, (incident,) = grouped(FALL, worse, back, acts=[act("mute", 11, None, target="a")])
    assert [(step.event, step.muted) for step in incident.transitions] == [
        ("opened", False),
        ("worsened", True),
        ("recovered", False),
    ]
    assert not incident.muted


WEAK = later(
    FALL, 2, metric="latency_s", direction="up", before=1.0, after=1.3, effect=0.3, effect_unit="ratio"
)


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (WEAK, "joined"),
        (later(FALL, 2, metric="score", effect=-0.09), "joined"),
        (later(FALL, 2, metric="score", effect=-0.2), "joined"),
        (later(FALL, 2, family="code", effect=-0.1), "joined"),
        (later(FALL, 2, metric="refusal_rate", direction="up", before=0.0, after=0.05, effect=0.05), "worsened"),
        (later(FALL, 2, metric="cost_per_pass", direction="up", before=1.0, after=1.2, effect=0.2, effect_unit="ratio"), "worsened"),
        (later(FALL, 2, metric="cost_per_pass", direction="up", before=1.0, after=1.05, effect=0.05, effect_unit="ratio"), "joined"),
        (later(FALL, 2, before=0.7, after=0.6), "worsened"),
        (later(FALL, 2, direction="up", verdict="change", before=0.7, after=0.72, effect=0.02), "joined"),
    ],
    ids=["latency", "score as much", "score more", "one family", "a new fault", "dearer", "hardly dearer", "a second step", "a little back"],
)  # fmt: skip
def test_worse_is_what_costs_more_and_everything_else_joins(change: ChangePoint, event: str) -> None:
    """That a further series of the same change crosses its own threshold is no news by itself."""
    assert told(FALL, change) == [("opened", "INC-0001"), (event, "INC-0001")]


def test_a_twin_that_is_hit_as_hard_makes_it_worse() -> None:
    """Another target pays too; one that pays nothing joins."""
    twins = {"a": "t", "b": "t"}
    assert told(FALL, moved_on(FALL, 1, target="b"), groups=twins)[1][0] == "worsened"
    light = moved_on(FALL, 1, target="b", after=0.79, effect=-0.01)
    assert told(FALL, light, groups=twins)[1][0] == "joined"


def test_what_comes_back_after_a_recovery_is_worse_however_little_it_costs() -> None:
    """Nobody who was told that it is over may be left believing it."""
    again = replace(WEAK, raised_on=BACK.raised_on + timedelta(days=1))
    assert told(FALL, BACK, again)[-1] == ("worsened", "INC-0001")


def test_an_id_once_allotted_stays_and_new_ones_go_on_from_the_last() -> None:
    other = moved_on(FALL, 20, target="b")
    known = {natural_key("b", other): "INC-0007"}
    assert [one.id for one in grouped(FALL, other, known=known)[1]] == ["INC-0008", "INC-0007"]


def test_a_change_that_does_not_matter_joins_what_stands_and_opens_nothing() -> None:
    faster = later(FALL, 0, metric="latency_s", verdict="improvement")
    assert told(faster) == [("noted", None)]
    assert told(FALL, faster) == [("opened", "INC-0001")]


def test_an_incident_is_quiet_only_while_all_that_moved_was_muted() -> None:
    mute = act("mute", 5, None, target="a", until=None)
    twin = moved_on(FALL, 1, target="b")
    (incident,) = grouped(FALL, twin, groups={"a": "t", "b": "t"}, acts=[mute])[1]
    assert set(incident.targets) == {"a", "b"}
    assert not incident.muted


def test_an_act_before_the_days_run_comes_before_what_the_run_found() -> None:
    begun = datetime(2026, 1, 31, 6, tzinfo=UTC)
    early = Act(kind="withdraw", incident="INC-0001", at=begun.replace(hour=3), by="ana", reason="ours")
    assert BACK.raised_on == begun.date()
    _, incidents = grouped(FALL, BACK, acts=[early], began={begun.date(): begun})
    assert [step.event for step in incidents[0].transitions] == ["opened", "withdraw"]
    late = replace(early, at=begun.replace(hour=9))
    _, incidents = grouped(FALL, BACK, acts=[late], began={begun.date(): begun})
    assert [step.event for step in incidents[0].transitions] == ["opened", "recovered", "withdraw"]


def test_an_act_of_before_the_opening_is_kept_for_it() -> None:
    _, (incident,) = grouped(FALL, acts=[act("withdraw", 9)])
    assert incident.state == "withdrawn"


def test_the_same_onset_twice_has_two_keys() -> None:
    again = later(FALL, 3)
    _, incidents = grouped(FALL, again, acts=[act("close", 11)])
    assert len({one.key for one in incidents}) == len(incidents) == 2


@pytest.mark.parametrize(("back", "state"), [(True, "closed"), (False, "opened")])
def test_a_weak_series_that_its_own_figures_show_back_keeps_no_incident_open(back: bool, state: str) -> None:
    weak = later(FALL, 2, metric="latency_s")
    _, (incident,) = grouped(FALL, weak, BACK, went_back=lambda *_: back)
    assert incident.state == state
    assert [step.event for step in incident.transitions][-1] == "recovered"
    assert (incident.recovered_on == BACK.raised_on + timedelta(days=4)) is back


def test_a_small_step_back_leaves_the_start_where_it_was() -> None:
    little = moved_on(FALL, 9, direction="up", verdict="improvement", before=0.7, after=0.71)
    seen: list[ChangePoint] = []

    def went_back(change: ChangePoint, _since: date, _until: date) -> bool:
        seen.append(change)
        return True

    other = later(FALL, 1, metric="score")
    back = replace(BACK, metric="score", verdict="improvement")
    close = replace(little, onset=FALL.onset, onset_low=FALL.onset_low, onset_high=FALL.onset_high)
    _, (incident,) = grouped(FALL, other, close, back, went_back=went_back)
    assert [(change.before, change.direction) for change in seen] == [(0.8, "down")]
    assert incident.state == "closed"


@pytest.mark.parametrize("back", [True, False])
def test_a_spread_that_only_its_return_shows_is_no_incident_of_its_own(back: bool) -> None:
    """The effort went down and up again; no test saw the spread widen, one saw it narrow weeks after the return."""
    narrowed = replace(
        moved_on(BACK, 16, metric="output_tokens", kind="spread", direction="down", verdict="change"),
        onset=BACK.onset,
        onset_low=BACK.onset_low,
        onset_high=BACK.onset_high,
    )
    asked: list[date] = []

    def came_back(_change: ChangePoint, left: date) -> bool:
        asked.append(left)
        return back

    _, incidents = grouped(FALL, BACK, narrowed, came_back=came_back)
    assert len(incidents) == (1 if back else 2)
    assert asked == [FALL.onset]


@pytest.mark.parametrize(("level", "incidents"), [(0.75, 1), (0.6, 2)])
def test_a_standing_series_that_wavers_is_no_second_incident_but_one_that_falls_further_is(
    level: float, incidents: int
) -> None:
    wavering = moved_on(FALL, 12, before=0.77, after=level)
    assert len(grouped(FALL, wavering)[1]) == incidents


def test_what_got_better_with_an_incident_and_then_gets_worse_is_an_incident_of_its_own() -> None:
    rise = later(FALL, 0, metric="phrase_rate", before=0.6, after=0.9, direction="up", verdict="improvement")
    loss = moved_on(FALL, 12, metric="phrase_rate", before=0.9, after=0.78)
    assert told(FALL, rise, loss)[-1] == ("opened", "INC-0002")
