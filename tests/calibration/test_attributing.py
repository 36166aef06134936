"""Layer and mechanism over the catalogue and over changes no signature was written from, effects scaled and one left out."""

import pytest

from tests.calibration.attributing import familiar, held_out, named, unfamiliar


@pytest.mark.slow
def test_layers_and_mechanisms_are_right_as_often_as_promised() -> None:
    """Promised: 95 % of layers, 80 % of first mechanisms, 95 % of the first two; measured figures in docs/incidents.md."""
    every = list(named([*familiar(), *unfamiliar(), *held_out()], 5))
    ranks = [one.rank for one in every if one.rank is not None]
    assert len(every) >= 150
    assert sum(one.layer == "right" for one in every) >= 0.95 * len(every)
    assert sum(one.layer == "wrong" for one in every) <= 0.02 * len(every)
    assert sum(rank == 0 for rank in ranks) >= 0.80 * len(ranks)
    assert sum(rank < 2 for rank in ranks) >= 0.95 * len(ranks)
