"""Daily scores: prompts are compared with themselves, and what comes later changes nothing that was said before."""

from collections.abc import Callable

import numpy as np
import pytest

from canary.stats.chain import BASELINE_DAYS
from canary.stats.scores import (
    Panel,
    Scores,
    count_scores,
    log_scores,
    proportion_scores,
    spread_scores,
)
from tests.stats.panels import Array, counts, logs, panel, verdicts

Scored = Callable[[Panel], Scores]

KINDS: dict[str, tuple[Callable[..., Array], Scored]] = {
    "proportion": (verdicts, proportion_scores),
    "log": (logs, log_scores),
    "count": (counts, count_scores),
    "spread": (logs, spread_scores),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_later_data_never_changes_an_earlier_score(kind: str, seed: int) -> None:
    draw, scored = KINDS[kind]
    values = draw(seed)
    rng = np.random.default_rng(seed)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(values.shape[0]) < 0.05] = np.nan
    values[:40, 3] = np.nan  # joins late
    values[50:, 4] = np.nan  # retires
    whole = scored(panel(values))
    for cut in (whole.warm + 1, 35, 41, 52, 59, 70):
        part = scored(panel(values[:cut]))
        for name in ("value", "plain", "variance"):
            np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[:cut], rtol=0, atol=1e-12)
        assert part.warm == whole.warm
        assert part.constant == whole.constant
        assert part.restarts == tuple(day for day in whole.restarts if day < cut)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_of_the_baseline_are_about_zero(kind: str) -> None:
    draw, scored = KINDS[kind]
    scores = scored(panel(draw(1, prompts=40)))
    # Levels of logs are medians, and a log of spreads is skewed: it may lie beside 0, on every day alike.
    tolerance = 0.25 if kind != "spread" else 2.0
    assert abs(float(scores.value[:BASELINE_DAYS].mean())) < tolerance * float(scores.value.std())


def test_points_are_points() -> None:
    values = verdicts(2, prompts=40)
    values[50:] = np.where(np.random.default_rng(0).random(values[50:].shape) < 0.2, 0.0, values[50:])
    scores = proportion_scores(panel(values))
    moved = scores.plain[50:].mean() - scores.plain[:50].mean()
    assert moved == pytest.approx(values[50:].mean() - values[:50].mean(), abs=1e-9)


@pytest.mark.parametrize("factor", [0.7, 0.9, 1.1, 1.5])
def test_a_factor_on_tokens_moves_the_score_by_its_log(factor: float) -> None:
    values = logs(3, prompts=40)
    values[50:] += np.log(factor)
    scores = log_scores(panel(values))
    moved = scores.plain[50:].mean() - scores.plain[:50].mean()
    assert moved == pytest.approx(np.log(factor), abs=0.01)
    assert scores.natural(moved) / scores.natural(0.0) == pytest.approx(factor, abs=0.02)


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_a_factor_on_calls_is_a_relative_change(factor: float) -> None:
    rng = np.random.default_rng(4)
    mean = rng.gamma(3.0, 1.6, 40)
    rate = np.where(np.arange(80)[:, None] < 50, mean, mean * factor)
    values = rng.poisson(rate[:, :, None], (80, 40, 3)).astype(np.float64)
    scores = count_scores(panel(values))
    assert scores.plain[50:].mean() - scores.plain[:50].mean() == pytest.approx(factor - 1, abs=0.03)


def test_spread_is_seen_where_the_mean_does_not_move() -> None:
    values = logs(5, prompts=40)
    centre = values.mean(axis=2, keepdims=True)
    values[50:] = centre[50:] + 1.8 * (values[50:] - centre[50:])
    moved = spread_scores(panel(values)).plain
    assert moved[50:].mean() - moved[:50].mean() == pytest.approx(np.log(1.8), abs=0.06)


@pytest.mark.parametrize("kind", ["proportion", "log", "count"])
def test_a_missing_prompt_does_not_move_the_level(kind: str) -> None:
    draw, scored = KINDS[kind]
    values = draw(6)
    scores = scored(panel(values))
    values[60, :5] = np.nan
    assert abs(scored(panel(values)).value[60] - scores.value[60]) < 6 * np.nanstd(scores.value)


def test_a_day_without_half_of_the_set_has_no_score() -> None:
    values = verdicts(7)
    values[60, :9] = np.nan
    assert np.isnan(proportion_scores(panel(values)).value[60])


@pytest.mark.parametrize("fate", ["retires", "joins"])
def test_a_series_that_moved_stays_where_it_is_when_the_set_changes(fate: str) -> None:
    """The deviation since a change is not carried off by the prompt that leaves, nor diluted by the one that comes."""
    values = logs(8, days=200)
    values[60:, :6] -= 0.4
    chosen = slice(0, 3)
    if fate == "retires":
        values[120:, chosen] = np.nan
    else:
        values[:120, chosen] = np.nan
    scores = log_scores(panel(values))
    level = scores.value[90:118].mean()
    assert scores.value[160:].mean() == pytest.approx(level, abs=0.03)


def test_another_set_starts_the_series_anew() -> None:
    values = logs(9, days=160)
    old, new = values.copy(), values.copy()
    old[80:] = np.nan
    new[:80] = np.nan
    scores = log_scores(panel(np.concatenate([old, new], axis=1)))
    assert scores.restarts == (80 + BASELINE_DAYS,)


@pytest.mark.parametrize("scored", [log_scores, count_scores])
def test_what_never_varied_is_said_to_be_constant(scored: Scored) -> None:
    assert scored(panel(np.full((60, 5, 3), 7.0))).constant
    assert not scored(panel(counts(1))).constant


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_prompts_that_all_pass_or_all_fail_keep_a_variance(level: float) -> None:
    scores = proportion_scores(panel(np.full((60, 5, 3), level)))
    assert (scores.variance[np.isfinite(scores.value)] > 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("days", [0, 1, 5, 28])
def test_short_histories_have_no_scores_and_no_warnings(kind: str, days: int) -> None:
    draw, scored = KINDS[kind]
    scores = scored(panel(draw(1)[:days]))
    assert scores.warm == days
    assert np.isnan(scores.value).all()


def test_lost_replicates_are_hardly_a_change_of_spread() -> None:
    """Uncorrected, the bias of a logarithm from two values instead of five is half a unit: here a fifth of it is left."""
    values = logs(11, prompts=60, replicates=5, days=200)
    values[100:, :, 2:] = np.nan
    scores = spread_scores(panel(values))
    assert scores.value[100:].mean() == pytest.approx(scores.value[:100].mean(), abs=0.1)
    assert scores.variance[100:].mean() == pytest.approx(np.pi**2 / 8 / 60, rel=0.05)


@pytest.mark.parametrize("kind", ["proportion", "log", "count"])
@pytest.mark.parametrize("replicates", [1, 5])
def test_replicates_may_vary(kind: str, replicates: int) -> None:
    draw, scored = KINDS[kind]
    values = draw(10, replicates=5)
    values[50:, :, replicates:] = np.nan
    scores = scored(panel(values))
    assert np.isfinite(scores.value).all()
    ratio = scores.variance[50:].mean() / scores.variance[:50].mean()
    assert ratio == pytest.approx(5 / replicates, rel=0.3)
