"""Maintenance windows: what was said last of a target counts, from the moment it was said."""

from datetime import UTC, date, datetime, timedelta

import pytest

from canary.analysis.mutes import Mutes, in_force
from canary.domain.incident import Act

DAY = date(2026, 3, 6)
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def mute(at: datetime, until: datetime | None, target: str = "a") -> Act:
    """A window, or the end of one."""
    return Act(kind="mute", target=target, at=at, until=until, by="ana", reason="gateway work")


@pytest.mark.parametrize(
    ("acts", "covered"),
    [
        ([mute(NOON - HOUR, NOON + HOUR)], True),
        ([mute(NOON - HOUR, None)], True),
        ([mute(NOON - HOUR, NOON)], False),
        ([mute(NOON + HOUR, NOON + 9 * HOUR)], False),
        ([mute(NOON - 3 * HOUR, NOON + HOUR), mute(NOON - HOUR, NOON - HOUR)], False),
        ([mute(NOON - 3 * HOUR, NOON + 9 * HOUR), mute(NOON - 2 * HOUR, NOON - HOUR)], False),
        ([mute(NOON - 3 * HOUR, NOON - 2 * HOUR), mute(NOON - HOUR, NOON + HOUR)], True),
        ([mute(NOON - 3 * HOUR, NOON + HOUR), mute(NOON + HOUR, NOON + HOUR)], True),
        ([mute(NOON - HOUR, None, target="b")], False),
    ],
    ids=["inside", "without end", "over", "not yet said", "ended", "shortened", "begun again", "ended later", "another"],
)  # fmt: skip
def test_a_finding_is_quiet_where_it_became_known_inside_a_window(acts: list[Act], covered: bool) -> None:
    """The day's run came to its end at noon."""
    assert Mutes(acts=acts, ended={DAY: NOON}).cover("a", DAY) is covered


@pytest.mark.parametrize(
    ("until", "covered"), [(NOON, True), (datetime(2026, 3, 6, tzinfo=UTC), False), (None, True)]
)
def test_a_day_of_which_no_run_is_known_counts_as_a_whole(until: datetime | None, covered: bool) -> None:
    """Imported records: a window that touches the day covers it, one that ends with the day before does not."""
    assert Mutes(acts=[mute(NOON - timedelta(days=2), until)], ended={}).cover("a", DAY) is covered


def test_ending_a_window_ends_it_for_a_whole_day_too() -> None:
    """The end was said on that day."""
    acts = [mute(NOON - timedelta(days=2), None), mute(NOON, NOON)]
    assert not Mutes(acts=acts, ended={}).cover("a", DAY)
    assert Mutes(acts=acts, ended={}).cover("a", DAY - timedelta(days=1))


def test_who_is_muted_now_is_one_window_a_target() -> None:
    """The one that was said last, unless it is over or was ended."""
    acts = [
        mute(NOON - 5 * HOUR, None, "a"),
        mute(NOON - 2 * HOUR, NOON + HOUR, "a"),
        mute(NOON - 5 * HOUR, None, "b"),
        mute(NOON - HOUR, NOON - HOUR, "b"),
        mute(NOON - 5 * HOUR, NOON, "c"),
        mute(NOON + HOUR, None, "d"),
        Act(kind="accept", incident="INC-0001", at=NOON - HOUR, by="ana", reason="seen"),
    ]
    assert in_force(acts, NOON) == [acts[1]]
