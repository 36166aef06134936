"""Layer and mechanism over the whole catalogue, effects scaled and one left out."""

import pytest

from tests.calibration.attributing import named


@pytest.mark.slow
def test_layers_are_right_or_said_to_be_not_separable_and_mechanisms_among_the_first_two() -> None:
    """74 incidents found of 5 seeds each: 67 layers right, 5 not separable, 48 of 57 mechanisms first, 55 among two."""
    every = list(named(5))
    right = sum(bool(one.layer) for one in every)
    open_ = sum(one.said[0] == "not-separable" for one in every if not one.layer)
    ranks = [one.rank for one in every if one.rank is not None]
    assert right >= 0.85 * len(every)
    assert right + open_ >= 0.95 * len(every)
    assert sum(rank == 0 for rank in ranks) >= 0.80 * len(ranks)
    assert sum(rank < 2 for rank in ranks) >= 0.92 * len(ranks)
