"""A page of everything: 40 series of a year, 500 changes, each followed day by day."""

import time
from dataclasses import replace

import pytest

from canary.report.render import render_incident
from tests.report.incidents import NOW, crowd, effort

MOST_S = 2.0


@pytest.mark.slow
def test_a_page_of_a_year_of_forty_series_takes_less_than_two_seconds() -> None:
    """Of the processor, so that a busy machine changes nothing; templates read anew."""
    sample = crowd()
    since = effort().incident.followed[0]
    one = replace(sample.incident, followed=tuple(replace(since, change=n) for n in range(500)))
    assert (len(sample.evidence.series), min(len(s.days) for s in sample.evidence.series) > 330) == (40, True)
    before = time.process_time()
    report = render_incident(sample.analysis, one, sample.evidence, NOW)
    taken = time.process_time() - before
    assert len(report.html) > 100_000
    assert taken < MOST_S
