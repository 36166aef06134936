"""Pages of everything: runs, incidents, digests, the index. All of them can be written again from the store, and no model is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from canary.domain.errors import UsageError
from canary.domain.evidence import Evidence
from canary.domain.incident import Incident
from canary.domain.ports import Clock, Store
from canary.domain.report import Report
from canary.domain.suite import Prompt
from canary.domain.trial import Run, Trial
from canary.pipeline.judging import Judge, Judgement

if TYPE_CHECKING:
    from canary.domain.series import Series
    from canary.report.incident_page import Setting

COUNTED = 100
"""Newest runs whose trials are counted on the index; older ones show how far they came."""
FRESH = timedelta(days=30)
"""Pages of incidents that ended longer ago stay as they are."""


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who writes pages.

    Attributes:
        store: where everything is kept.
        judge: who says what the stored trials mean.
        publish: writes a report and says where.
        clock: time.
        next_slot: when the run after a moment is due; None = no schedule.
        hours: when runs start, as a phrase; "" = unknown.
        base_url: where pages are hosted; None = nowhere.
        banner: said over every page; "" = nothing.
        written: a folder of pages, such as `digests` -> names of those in it.
    """

    store: Store
    judge: Judge
    publish: Callable[[Report], Path]
    clock: Clock
    next_slot: Callable[[datetime], datetime | None] = lambda _: None
    hours: str = ""
    base_url: str | None = None
    banner: str = ""
    written: Callable[[str], Sequence[str]] = lambda _: ()

    def run_page(
        self,
        run: Run,
        trials: Sequence[Trial],
        asked: Mapping[str, Prompt],
        judgement: Judgement | None = None,
    ) -> Path:
        """Write a run's page.

        Args:
            run: the run.
            trials: all of them.
            asked: digest -> prompt, where known beside the store.
            judgement: for what stood at the end of the run's day; None = nothing is said of it.
        """
        # Imported on use: statistics and templates weigh more than all that a run holds in memory while it asks.
        from canary.report.page import run_page
        from canary.report.render import render_run
        from canary.report.run_stands import run_stands

        digests = {trial.prompt_digest for trial in trials if trial.prompt_digest}
        known = {**asked, **self.store.prompts(digests)}
        promises = {name: spec.promise for name, spec in self.judge.specs.items() if spec.promise}
        stands = None
        if judgement is not None:
            stands = run_stands(run, judgement.analysis, judgement.examined.members)
        page = run_page(run, trials, known, self.clock.now(), promises, stands=stands, banner=self.banner)
        return self.publish(render_run(page))

    def index(self, judgement: Judgement | None) -> Path:
        """Write the front page."""
        from canary.report.render import render_index
        from canary.report.view import Counts

        runs = self.store.runs()
        counts = {r.id: Counts.of(r, self.store.outcomes(r.id).values()) for r in runs[-COUNTED:]}
        return self.publish(
            render_index(
                runs,
                self.clock.now(),
                counts,
                analysis=None if judgement is None else judgement.analysis,
                series=() if judgement is None else self.strip(judgement),
                digests=self.written("digests"),
                setting=self.setting(judgement),
            )
        )

    def incident_page(self, judgement: Judgement, incident: Incident) -> Path:
        """Write one incident's page."""
        return self.publish(self.incident_report(judgement, incident))

    def incident_report(self, judgement: Judgement, incident: Incident) -> Report:
        """One incident's report."""
        from canary.report.letters import handed_over, thread_of
        from canary.report.render import render_incident

        evidence = self.evidence(judgement, incident)
        sent = self.store.casebook().sent(f"<{thread_of(incident)}.")
        setting = replace(self.setting(judgement), mailed=handed_over(incident, sent))
        return render_incident(judgement.analysis, incident, evidence, self.clock.now(), setting)

    def evidence(self, judgement: Judgement, incident: Incident) -> Evidence:
        """Everything behind one incident's page."""
        from canary.pipeline.evidence import Gatherer

        gatherer = Gatherer(store=self.store, examined=judgement.examined, records=judgement.records)
        return gatherer.evidence(incident, _last_day(judgement, incident))

    def incident_pages(self, judgement: Judgement, *, everything: bool = False) -> Sequence[Path]:
        """Write the pages of incidents that stand or ended of late; all of them with `everything`."""
        last = judgement.analysis.last_day
        return [
            self.incident_page(judgement, incident)
            for incident in judgement.analysis.incidents
            if everything or last is None or _is_fresh(incident, last)
        ]

    def digest(self, judgement: Judgement, week: str) -> Report:
        """The digest of a week, such as `2026-W17`.

        Raises:
            UsageError: it is no week.
        """
        from canary.report.render import render_digest

        try:
            return render_digest(
                judgement.analysis,
                self.store.runs(),
                week,
                self.clock.now(),
                series=self.strip(judgement),
                setting=self.setting(judgement),
            )
        except ValueError:
            raise UsageError(
                f"{week!r} is no week", where="--digest", remedy="write it as 2026-W17"
            ) from None

    def strip(self, judgement: Judgement) -> "Sequence[Series]":
        """Pass rates of every target, whole and by family."""
        from canary.analysis.views import series_view

        made = [
            series_view(found, series.family, "pass_rate")
            for found in judgement.examined.found.values()
            for series in found.series
            if series.metric.name == "pass_rate"
        ]
        return [one for one in made if one is not None]

    def setting(self, judgement: Judgement | None) -> "Setting":
        """The deployment around a page."""
        from canary.report.incident_page import Setting

        return Setting(
            members={} if judgement is None else judgement.examined.members,
            next_update=self.next_slot(self.clock.now()),
            base_url=self.base_url,
            hours=self.hours,
            budget=self.judge.policy.false_alarms_per_year,
            banner=self.banner,
            following=self.next_slot,
        )

    def simulated(self, note: str) -> "Publisher":
        """The same publisher for a history that was drawn: every page says so."""
        return replace(self, banner=note)


def _is_fresh(incident: Incident, last: date) -> bool:
    latest = max(step.on for step in incident.transitions)
    return incident.state in {"opened", "recovered"} or last - latest <= FRESH


def _last_day(judgement: Judgement, incident: Incident) -> date:
    """Last day of an incident's story: the day before its first return, else the last day of the records."""
    last = judgement.analysis.last_day or incident.opened_on
    returned = [
        change.onset - timedelta(days=1)
        for step in incident.transitions
        if step.event == "recovered"
        for change in step.changes
    ]
    return max(min([last, *returned]), incident.onset)
