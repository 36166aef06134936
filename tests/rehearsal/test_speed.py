"""Speed has a sign: more tokens a second is better, a longer wait for the first is worse, and unmeasured is neither."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from canary.analysis.compare import compare
from canary.analysis.comparison import ALL, Row
from canary.analysis.sides import side_of
from canary.domain.incident import Policy
from canary.domain.ports import TrialColumns
from tests.simulate.drills import drawn, scenario

STANDARD = drawn(scenario(rest="days = 5")).records["api"]


def at(metric: str, factor: float) -> TrialColumns:
    """The same days with one speed multiplied."""
    return replace(STANDARD, values={**STANDARD.values, metric: STANDARD.values[metric] * factor})


def rows(new: TrialColumns, target: str = "standard") -> Mapping[str, Row]:
    """What a comparison with the standard days says."""
    old, fast = (
        side_of(STANDARD, target="standard", label="old"),
        side_of(new, target=target, label="new"),
    )
    assert old is not None
    assert fast is not None
    found = compare([(old, fast)], Policy(), a="old", b="new")
    return {row.metric: row for row in found.rows if row.family == ALL}


@pytest.mark.parametrize(
    ("metric", "factor", "verdict"),
    [
        ("output_tokens_per_s", 2.4, "better"),
        ("output_tokens_per_s", 1 / 2.4, "worse"),
        ("ttft_s", 2.4, "worse"),
        ("ttft_s", 1 / 2.4, "better"),
        ("output_tokens_per_s", 1.0, "equivalent"),
    ],
)
@pytest.mark.parametrize("target", ["standard", "fast"])
def test_a_speed_moves_the_verdict_the_way_it_moved(
    metric: str, factor: float, verdict: str, target: str
) -> None:
    """Of one target on other days, and of a fast mode beside the standard one."""
    row = rows(at(metric, factor), target)[metric]
    assert row.verdict in ({verdict, "inconclusive"} if factor == 1.0 else {verdict})
    assert row.effect == pytest.approx(factor - 1.0)


def test_a_speed_that_was_not_measured_is_no_row_and_no_slowness() -> None:
    found = rows(at("output_tokens_per_s", np.nan))
    assert "output_tokens_per_s" not in found
    assert found["latency_s"].effect == pytest.approx(0.0)
