"""Spring 2026 as a drawn history: three defects of a coding harness that overlapped, each with its beginning and end.

Lower effort by default from 4 March to 7 April; reasoning cleared on every turn after an idle hour from 26 March to 10 April; an
instruction to be terse from 16 to 20 April. The dates are the operator's (post of 23 April 2026); where it gives no size, the
size is assumed: effort: reasoning tokens -55 %, output -10 %, latency -30 %, pass rate -2 points; clearing: cached share of the
input 0.9 -> 0.1, calls +20 %, repeated calls 0.3 -> 0.7 a task, pass rate -2 points; terseness: at most 25 words between
calls and 100 in the last answer, output -25 %, pass rate -3 points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from canary.simulate.worlds import Shift
from tests.calibration.measuring import judged

BEGIN = date(2026, 1, 1)
DAYS = 146
NEAR = 1
"""A change dated so many days from a true date is that date found."""

STRAY = 7
"""One dated farther than this from all of them is a stray."""


def _day(month: int, day: int) -> int:
    return (date(2026, month, day) - BEGIN).days


EFFORT = (_day(3, 4), _day(4, 7))
CLEARING = (_day(3, 26), _day(4, 10))
TERSE = (_day(4, 16), _day(4, 20))
DATES: Mapping[str, int] = {
    "effort lowered": EFFORT[0],
    "clearing begins": CLEARING[0],
    "effort raised": EFFORT[1],
    "clearing mended": CLEARING[1],
    "terse": TERSE[0],
    "terse no more": TERSE[1],
}
SHIFTS = (
    Shift(moved="reasoning_tokens", onset=EFFORT[0], end=EFFORT[1], size=-0.55),
    Shift(moved="output_tokens", onset=EFFORT[0], end=EFFORT[1], size=-0.10),
    Shift(moved="latency_s", onset=EFFORT[0], end=EFFORT[1], size=-0.30),
    Shift(moved="pass_rate", onset=EFFORT[0], end=EFFORT[1], size=-0.02),
    Shift(moved="tool_calls", onset=CLEARING[0], end=CLEARING[1], size=0.20),
    Shift(moved="pass_rate", onset=CLEARING[0], end=CLEARING[1], size=-0.02),
    Shift(moved="output_tokens", onset=TERSE[0], end=TERSE[1], size=-0.25),
    Shift(moved="pass_rate", onset=TERSE[0], end=TERSE[1], size=-0.03),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spring:
    """What became of one history: days from each true date to its finding (None = not found), and stray incidents."""

    delays: Mapping[str, int | None]
    strays: int


def spring(seed: int, histories: int) -> list[Spring]:
    """Judge drawn springs, one target of three, in the default world."""
    return [_told(_columns(seed, number)) for number in range(histories)]


def _columns(seed: int, number: int) -> TrialColumns:
    """The drawn values, and those that only these defects move."""
    columns = history_columns(draw_history((seed, number), days=DAYS, shifts=SHIFTS), first_day=BEGIN)
    rng = np.random.default_rng((seed, number, 1))
    day = (columns.run_day - np.datetime64(BEGIN)).astype(np.int64)
    cleared, terse = _within(day, CLEARING), _within(day, TERSE)
    n = day.size
    share = np.clip(np.where(cleared, 0.1, 0.9) + 0.05 * rng.standard_normal(n), 0.0, 1.0)
    read = np.round(2000 * share)
    words = np.round(np.exp(rng.normal(np.log(45), 0.4, n)))
    last = np.round(np.exp(rng.normal(np.log(180), 0.4, n)))
    added = {
        "cache_read_tokens": read,
        "cache_write_tokens": 2000 - read,
        "repeated_tool_calls": rng.poisson(np.where(cleared, 0.7, 0.3)).astype(np.float64),
        "words_between_tools": np.where(terse, np.minimum(words, 25), words),
        "final_words": np.where(terse, np.minimum(last, 100), last),
    }
    return replace(columns, values={**columns.values, **added})


def _within(day: NDArray[np.int64], window: tuple[int, int]) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = (day >= window[0]) & (day < window[1])
    return result


def _told(columns: TrialColumns) -> Spring:
    found: dict[str, list[int]] = {name: [] for name in DATES}
    strays = 0
    for alarm in judged(columns):
        raised = (alarm.raised_on - BEGIN).days
        onsets = [(change.onset - BEGIN).days for change in alarm.changes]
        for name, true in DATES.items():
            if raised >= true and any(abs(onset - true) <= NEAR for onset in onsets):
                found[name].append(raised - true)
        far = all(abs(onset - true) > STRAY for onset in onsets for true in DATES.values())
        strays += alarm.event == "opened" and far
    return Spring(delays={name: min(delays, default=None) for name, delays in found.items()}, strays=strays)
