"""One prompt that breaks is named at once; a common dip or an unsure prompt is not."""

import numpy as np
import pytest

from canary.stats.scan import PromptFinding, broken_prompts
from tests.stats.panels import Array, panel, verdicts

THRESHOLD = 10.0


def found(values: Array) -> list[PromptFinding]:
    return broken_prompts(panel(values), THRESHOLD)


def sure(days: int = 80, prompts: int = 10) -> Array:
    values = np.ones((days, prompts, 3))
    values[::9, 1::3, 0] = 0.0
    return values


def test_a_broken_prompt_is_named_on_the_next_day() -> None:
    values = sure()
    values[50:, 3] = 0.0
    assert [(f.prompt, f.onset, f.raised) for f in found(values)] == [(3, 50, 51)]
    assert found(values)[0].before > 0.9
    assert found(values)[0].after == 0.0


def test_its_recovery_is_found() -> None:
    values = sure()
    values[50:60, 3] = 0.0
    assert [(f.prompt, np.sign(f.statistic)) for f in found(values)] == [(3, -1), (3, 1)]


def test_one_bad_day_breaks_no_prompt() -> None:
    values = sure()
    values[50] = 0.0
    assert not found(values)


def test_the_date_interval_holds_the_onset() -> None:
    values = verdicts(1, days=120, prompts=30)
    values[:60, 5] = 1.0
    values[60:, 5] = 0.0
    first = next(f for f in found(values) if f.prompt == 5)
    assert first.onset_low <= 60 <= first.onset_high


@pytest.mark.parametrize("seed", range(5))
def test_unsure_prompts_raise_no_alarm(seed: int) -> None:
    assert not found(verdicts(seed, days=200))


@pytest.mark.parametrize("days", [0, 1, 5, 28])
def test_no_prompt_is_judged_before_its_baseline(days: int) -> None:
    values = sure()[:days]
    values[10:, 3] = 0.0
    assert not found(values)


def test_a_missing_prompt_is_not_broken() -> None:
    values = sure()
    values[50:, 3] = np.nan
    assert not found(values)


@pytest.mark.parametrize("seed", range(5))
def test_what_all_prompts_do_together_is_no_prompts_own(seed: int) -> None:
    """A drop of the whole suite by ten points and more names none of its prompts."""
    values = verdicts(seed, days=120, prompts=40)
    lost = np.random.default_rng(seed).random(values[80:].shape) < 0.2
    values[80:] = np.where(lost, 0.0, values[80:])
    assert len(found(values)) <= 1


def test_a_prompt_that_breaks_while_all_others_drop_is_still_named() -> None:
    values = verdicts(3, days=120, prompts=40)
    lost = np.random.default_rng(3).random(values[80:].shape) < 0.1
    values[80:] = np.where(lost, 0.0, values[80:])
    values[:80, 5] = 1.0
    values[80:, 5] = 0.0
    assert 5 in [finding.prompt for finding in found(values)]
