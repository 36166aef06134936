"""A deployment with open and past incidents, its runs, and pass rates: for the front page and the digest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from canary.domain.incident import Alarm
from canary.domain.trial import Run
from canary.report.incident_page import Setting
from tests.report.incidents import (
    API,
    CODE,
    FAMILIES,
    MEMBERS,
    analysis_of,
    change,
    effort,
    outage,
    series,
    tokenizer,
    withdrawn,
)

BETTER = change(target=API, metric="latency_s", before=20.0, after=15.0, effect=-0.25, verdict="improvement")
NOTED = Alarm(raised_on=date(2026, 3, 11), event="noted", incident=None, kind="quality", targets=(API,),
              verdict="improvement", changes=(BETTER,))  # fmt: skip


def run_of(number: int, *, status: str = "complete") -> Run:
    """A scheduled run of a day of March."""
    at = datetime(2026, 3, number, 6, tzinfo=UTC)
    return Run(
        id=f"{at:%Y%m%dT%H%M%SZ}-schedule", day=at.date(), trigger="schedule", slot=at, started_at=at,
        finished_at=at + timedelta(minutes=12), status=status, targets={CODE: "x"}, prompts=("a",),  # type: ignore[arg-type]
    )  # fmt: skip


RUNS = [run_of(n) for n in (9, 10, 11, 13, 15)]
OVER = replace(withdrawn().incident, id="INC-0041")
ANALYSIS = analysis_of([OVER, effort().incident, tokenizer().incident, outage().incident])
ANALYSIS = replace(ANALYSIS, alarms=(*ANALYSIS.alarms, NOTED))
SETTING = Setting(members=MEMBERS)
RATES = [series(t, "pass_rate", before=0.8, family=f) for t in (CODE, API) for f in ("all", *FAMILIES)]
