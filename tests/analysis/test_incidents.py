"""Changes that belong together make one incident; a recovery is its end, not a new one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from canary.analysis.incidents import group
from canary.domain.incident import Alarm, ChangePoint
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


BACK = later(FALL, 20, direction="up", verdict="improvement", before=0.7, after=0.79, effect=0.09)


def told(*changes: ChangePoint) -> list[tuple[str, str | None]]:
    alarms, _ = group(changes, lambda change: change.verdict != "improvement")
    return [(alarm.event, alarm.incident) for alarm in alarms]


def test_one_change_opens_one_incident() -> None:
    assert told(FALL) == [("opened", "INC-0001")]


def test_changes_of_one_day_are_one_alarm() -> None:
    alarms, incidents = group([FALL, later(FALL, 0, metric="output_tokens")], lambda _: True)
    assert [len(alarm.changes) for alarm in alarms] == [2]
    assert [len(incident.changes) for incident in incidents] == [2]


@pytest.mark.parametrize(("days", "events"), [(1, ["opened", "worsened"]), (8, ["opened", "opened"])])
def test_what_follows_within_a_week_belongs_together(days: int, events: list[str]) -> None:
    assert [event for event, _ in told(FALL, later(FALL, days, metric="output_tokens"))] == events


def test_targets_are_kept_apart() -> None:
    assert told(FALL, later(FALL, 1, target="b")) == [("opened", "INC-0001"), ("opened", "INC-0002")]


def test_a_way_back_is_a_recovery_at_any_time() -> None:
    assert told(FALL, BACK) == [("opened", "INC-0001"), ("recovered", "INC-0001")]
    _, incidents = group([FALL, BACK], lambda _: True)
    assert incidents[0].recovered_on == BACK.raised_on


def test_half_way_back_is_none() -> None:
    assert told(FALL, replace(BACK, after=0.73)) == [("opened", "INC-0001"), ("noted", None)]


def test_an_incident_stands_while_one_of_its_changes_does() -> None:
    other = later(FALL, 1, metric="score")
    _, incidents = group([FALL, other, BACK], lambda _: True)
    assert incidents[0].recovered_on is None


def test_an_improvement_alone_is_noted() -> None:
    assert told(BACK) == [("noted", None)]


def test_names_that_go_back_have_recovered() -> None:
    new = later(FALL, 0, metric="served_model", kind="exact", direction="other", before="one", after="two")
    old = later(new, 30, before="two", after="one")
    assert told(new, old) == [("opened", "INC-0001"), ("recovered", "INC-0001")]


def test_an_outage_is_its_own_incident() -> None:
    alarms, _ = group([FALL, later(FALL, 1, metric="failure_rate")], lambda _: True)
    assert [alarm.kind for alarm in alarms] == ["quality", "availability"]


def test_the_worst_verdict_is_told() -> None:
    alarms: list[Alarm]
    alarms, _ = group([later(FALL, 0, metric="output_tokens", verdict="change"), FALL], lambda _: True)
    assert alarms[0].verdict == "degradation"
