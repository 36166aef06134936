"""Our row beside other detectors', in one process on the same histories; and how long judging takes.

    pytest -m bench -n 0 -s tests/bench/test_detection.py

Peers as their users run them: over daily means, again every day on all days so far, at their defaults. A change that is told
again within seven days of its date is told once. Peers come with the extra `bench`; Otava pins numpy and scipy, so give it an
environment of its own.
"""

import importlib
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from canary.analysis.backtest import backtest
from canary.domain.incident import Policy
from canary.simulate.columns import history_columns
from canary.simulate.history import History, draw_history
from canary.simulate.worlds import Shape
from tests.calibration.measuring import DAYS, FIRST, NEVER, SCENARIOS, WARM, changed, first, judged

pytestmark = pytest.mark.bench

Array = NDArray[np.float64]
Detector = Callable[[Array], Sequence[int]]
"""A series so far -> indices of the first days of new levels."""

SEED = 8713
YEARS = 3
CHANGES = {
    "pass rate -5 points": "passed",
    "pass rate -10 points": "passed",
    "output tokens -10 %": "output_tokens",
    "tool calls -30 %": "tool_calls",
}
HISTORIES = 20
APART = 7


def cusum(values: Array) -> Sequence[int]:
    """Two-sided CUSUM, k = 0.5, h = 5, against the first 28 days, then against 28 days from each alarm on (Page 1954)."""
    found, start = [], 0
    while values.size - start > WARM:
        base = values[start : start + WARM]
        z = (values[start + WARM :] - base.mean()) / max(float(base.std(ddof=1)), 1e-12)
        up = down = 0.0
        since_up = since_down = 0
        for i, one in enumerate(z.tolist()):
            up, since_up = (up + one - 0.5, since_up) if up + one > 0.5 else (0.0, i + 1)
            down, since_down = (down - one - 0.5, since_down) if down - one > 0.5 else (0.0, i + 1)
            if max(up, down) > 5:
                start += WARM + (since_up if up > down else since_down)
                found.append(start)
                break
        else:
            break
    return found


def pelt(values: Array) -> Sequence[int]:
    """ruptures, least squares, penalty 2 s^2 ln n; its kernel form finds the same optimum a thousand times as fast."""
    ruptures: Any = importlib.import_module("ruptures")
    noise = float(np.median(np.abs(np.diff(values)))) * 1.4826 / np.sqrt(2)
    if noise <= 0:
        return []
    fitted = ruptures.KernelCPD(kernel="linear", min_size=2).fit(values / noise)
    return [int(index) for index in fitted.predict(pen=2 * np.log(values.size))[:-1]]


def otava(values: Array) -> Sequence[int]:
    """Apache Otava at its defaults: windows of 50, p below 0.001."""
    analysis: Any = importlib.import_module("otava.analysis")
    found, _ = analysis.compute_change_points(values.tolist(), window_len=50, max_pvalue=0.001)
    return [int(one.index) for one in found]


PEERS: dict[str, tuple[Detector, str | None]] = {
    "CUSUM k=.5 h=5": (cusum, None),
    "ruptures PELT, pen 2 s^2 ln n": (pelt, "ruptures"),
    "Apache Otava defaults": (otava, "otava"),
}


def daily(history: History, name: str) -> Array:
    """Daily means, days without trials left out as peers leave them."""
    values = history.values[name]
    known = np.isfinite(values)
    measured = known.any(axis=(1, 2))
    means: Array = np.nansum(values, axis=(1, 2))[measured] / known.sum(axis=(1, 2))[measured]
    return means


def twelve(history: History) -> Iterator[Array]:
    """The series of one target as peers would take them: metrics, pass rates of families, and the spread of tokens."""
    for name in ("passed", "output_tokens", "reasoning_tokens", "tool_calls", "latency_s", "input_tokens"):
        yield daily(history, name)
    for family in range(4):
        part = {"passed": history.values["passed"][:, history.family == family]}
        yield daily(History(family=history.family, values=part), "passed")
    logs = np.log(history.values["output_tokens"])
    many = np.isfinite(logs).sum(axis=2) > 1
    spread = np.where(many, np.nanstd(np.where(many[:, :, None], logs, 0.0), axis=2), np.nan)
    yield daily(History(family=history.family, values={"spread": spread[:, :, None]}), "spread")


def told(values: Array, detector: Detector, since: int = WARM) -> Iterator[tuple[int, int]]:
    """Day and dated onset of everything new that a daily re-run tells."""
    known: list[int] = []
    for day in range(since, values.size):
        for onset in detector(values[: day + 1]):
            if all(abs(onset - other) > APART for other in known):
                known.append(onset)
                yield day, onset


def delay_of(values: Array, onset: int, detector: Detector) -> int:
    for day, since in told(values, detector):
        if day >= onset and since >= onset - APART:
            return day - onset
    return NEVER


def ours_a_year() -> float:
    opened = 0
    for number in range(YEARS):
        columns = history_columns(draw_history((SEED, number), days=DAYS), first_day=FIRST)
        opened += sum(alarm.event == "opened" for alarm in judged(columns))
    return opened * 3 / YEARS * 365 / (DAYS - WARM)


def peers_a_year(detector: Detector) -> float:
    alarms = sum(
        1
        for number in range(YEARS)
        for values in twelve(draw_history((SEED, number), days=DAYS))
        for _ in told(values, detector)
    )
    return alarms * 3 / YEARS * 365 / (DAYS - WARM)


def shown(name: str, a_year: float, delays: Sequence[Sequence[int]]) -> None:
    cells = (f"{np.median(one):.0f}/{np.quantile(one, 0.9, method='lower'):.0f}" for one in delays)
    print(f"\n{name:32} {a_year:7.1f}  " + "  ".join(f"{cell:>9}" for cell in cells), end="")


def test_our_row_of_the_reference_table() -> None:
    print(f"\n{'':32} a year over 36 series; median/p90 days of " + ", ".join(CHANGES), end="")
    delays = [
        [
            first(SCENARIOS[name], onset, judged(history_columns(history, first_day=FIRST))).delay
            for onset, history in changed(SEED, HISTORIES, SCENARIOS[name])
        ]
        for name in CHANGES
    ]
    shown("canary, one stage", ours_a_year(), delays)
    assert np.median(delays[1]) <= 3


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_s_row(name: str) -> None:
    detector, package = PEERS[name]
    if package is not None:
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'model-canary[bench]'")
    delays = [
        [
            # The onset is counted in measured days, as the peer sees them.
            delay_of(
                daily(history, field),
                int(np.isfinite(history.values[field][:onset]).any(axis=(1, 2)).sum()),
                detector,
            )
            for onset, history in changed(SEED, HISTORIES, SCENARIOS[change])
        ]
        for change, field in CHANGES.items()
    ]
    shown(name, peers_a_year(detector), delays)
    assert len(delays) == len(CHANGES)


@pytest.mark.parametrize(
    ("label", "shape"),
    [("36 series x 365 days", Shape()), ("1M trials", Shape(families=(30, 25, 25, 20), replicates=9))],
)
def test_speed(label: str, shape: Shape) -> None:
    """Goals: 10 s for 36 series over a year; 30 s and 1 GiB for a million trials, drawing not counted."""
    records = {
        f"target-{k}": history_columns(draw_history((SEED, k), days=DAYS, shape=shape), first_day=FIRST)
        for k in range(3)
    }
    begun, cpu = time.perf_counter(), time.process_time()
    analysis = backtest(records, Policy())
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    trials = sum(columns.run_day.size for columns in records.values())
    print(
        f"\n{label}: {analysis.judged_series} series, {trials:,} trials: {wall:.1f} s wall, {cpu:.1f} s CPU,"
        f" peak {peak:.0f} MiB",
        end="",
    )
    assert analysis.days_judged > 300
