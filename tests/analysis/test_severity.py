"""Severity follows from what an incident costs its reader, whatever its test statistic."""

from dataclasses import replace

import pytest

from canary.analysis.severity import severity_of
from tests.analysis.test_incidents import FALL


@pytest.mark.parametrize(
    ("metric", "effect", "severity"),
    [
        ("pass_rate", -0.12, "high"),
        ("pass_rate", -0.05, "medium"),
        ("pass_rate", -0.01, "low"),
        ("pass_rate", +0.20, "low"),
        ("cost_per_pass", 0.6, "high"),
        ("cost_per_pass", 0.2, "medium"),
        ("cost_per_pass", -0.6, "low"),
        ("input_tokens", 0.35, "medium"),
        ("reasoning_tokens", -0.5, "low"),
        ("wrong_script_rate", 0.03, "medium"),
        ("invalid_tool_call_rate", 0.3, "high"),
        ("failure_rate", 0.7, "high"),
        ("failure_rate", 0.1, "medium"),
    ],
)
@pytest.mark.parametrize("statistic", [-4.2, 40.0])
def test_consequence_alone_decides(metric: str, effect: float, severity: str, statistic: float) -> None:
    assert severity_of([replace(FALL, metric=metric, effect=effect, statistic=statistic)]) == severity


def test_the_worst_change_decides() -> None:
    changes = [replace(FALL, effect=-0.01), replace(FALL, metric="cost_per_pass", effect=0.7)]
    assert severity_of(changes) == "high"


def test_a_prompt_that_broke_is_medium() -> None:
    assert severity_of([replace(FALL, kind="prompt", prompt="p", effect=-0.9)]) == "medium"


def test_no_change_is_low() -> None:
    assert severity_of([]) == "low"
