"""How sure an exact finding is, by what trials asked again the same day showed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from canary.domain.evidence import Recheck
from canary.report.life import foremost_change, status
from tests.report.incidents import SAMPLES


@pytest.mark.parametrize(
    ("shown", "asked", "told"),
    [
        (0, 0, "certain: this value had never varied"),
        (5, 5, "certain: it had never varied, and 5 trials asked again at once show it"),
        (1, 1, "certain: it had never varied, and 1 trial asked again at once shows it"),
        (2, 5, "it had never varied; asked again at once, 2 of 5 trials showed it"),
        (0, 5, "it had never varied; asked again at once, 0 of 5 trials showed it"),
    ],
)
def test_an_exact_finding_is_certain_only_where_what_was_asked_again_shows_it(
    shown: int, asked: int, told: str
) -> None:
    sample = SAMPLES["tokenizer"]()
    change = foremost_change(sample.incident)
    again = Recheck(
        target=change.target,
        metric=change.metric,
        at=datetime(2026, 4, 16, 6, 20, tzinfo=UTC),
        asked=asked,
        shown=shown,
    )
    proof = replace(sample.evidence, rechecks=(again,))
    assert status(sample.incident, proof).certainty.replace("\N{NO-BREAK SPACE}", " ") == told
