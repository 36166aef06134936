"""What a page shows beside an incident's figures, gathered from the store: series, prompts, answers before and after."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import canary
from canary.domain.evidence import AnswerPair, Calls, Evidence, PromptShift
from canary.domain.incident import Incident
from canary.domain.ports import Store, Window
from canary.domain.suite import Prompt
from canary.domain.trial import Run, Trial
from canary.pipeline.outage_calls import calls_of
from canary.pipeline.rechecks import rechecks

if TYPE_CHECKING:
    from canary.analysis.backtest import Examined
    from canary.domain.cost import CostChange
    from canary.domain.ports import TrialColumns

SERIES = 6
"""Changed series drawn at most."""
PAIRS = 3
SHIFTS = 12
"""Prompts with the largest losses and gains, of each target."""
LOOKED_AT = 5
"""Runs on each side of the onset that are searched for an answer."""


@dataclass(frozen=True, kw_only=True)
class Gatherer:
    """Who gathers.

    Attributes:
        store: the records.
        examined: the series behind the analysis.
        records: target -> its trials as columns.
    """

    store: Store
    examined: "Examined"
    records: "Mapping[str, TrialColumns]"

    def evidence(self, incident: Incident, until: date) -> Evidence:
        """Everything behind one incident's page.

        Args:
            incident: as it stands.
            until: last day of its story: the day before it went back, or the last one.
        """
        from canary.analysis.views import (
            changed_keys,
            days_compared,
            distribution,
            prompt_shifts,
            series_view,
        )

        found = self.examined.found
        group = self._group(incident)
        keys = changed_keys([(c.family, c.metric) for c in incident.changes], SERIES)
        series = [series_view(found[target], *key) for key in keys for target in group]
        shifts = [
            shift
            for target in incident.targets
            for shift in _ends(prompt_shifts(found[target], incident.onset, until))
        ]
        drawn = [
            distribution(found[target], metric, self.records[target], incident.onset, until)
            for _, metric in keys
            for target in incident.targets
        ]
        days = days_compared(found[incident.targets[0]], incident.onset, until)
        window = Window(start=incident.onset, end=until + timedelta(days=1))
        runs = self.store.runs(trigger="schedule", window=window)
        return Evidence(
            series=tuple(one for one in series if one is not None),
            pairs=self._pairs(incident, shifts),
            shifts=tuple(shifts),
            distributions=tuple(dict.fromkeys(one for one in drawn if one is not None)),
            cost_per_pass=_costs(incident),
            costs=self._cost_changes(incident.targets, *days),
            calls=self._calls(incident, group, until, [run.id for run in runs]),
            rechecks=tuple(rechecks(self.store, incident)),
            days_before=days[0],
            days_after=days[1],
            runs=tuple(run.id for run in runs),
            data_hash=self._hash(group),
            versions={"canary": canary.__version__, "python": platform.python_version()},
        )

    def _calls(
        self, incident: Incident, group: Sequence[str], until: date, runs: Sequence[str]
    ) -> tuple[Calls, ...]:
        """Calls of the group while an outage lasted; () where it is none."""
        if incident.kind != "availability":
            return ()
        return tuple(
            calls_of(self.store, name, self.records[name], incident.onset, until, runs) for name in group
        )

    def _group(self, incident: Incident) -> list[str]:
        """Targets of the incident's twin group, its own first."""
        twins = [
            name
            for name, member in self.examined.members.items()
            if name in self.examined.found and (member.twins or name) == incident.group
        ]
        return list(dict.fromkeys([*incident.targets, *twins]))

    def _cost_changes(
        self, targets: Sequence[str], before: tuple[date, date], after: tuple[date, date]
    ) -> "Mapping[str, CostChange]":
        """What a solved task costs on either side of an onset."""
        from canary.analysis.cost import cost_between

        found = {target: cost_between(self.records[target], before, after) for target in targets}
        return {target: change for target, change in found.items() if change is not None}

    def _hash(self, targets: Sequence[str]) -> str:
        """Digest of the records judged: the same records give the same digest on every machine."""
        digest = hashlib.sha256()
        for target in sorted(targets):
            columns = self.records[target]
            digest.update(target.encode())
            for array in (columns.run_day.astype("int64"), columns.graded, *columns.values.values()):
                digest.update(array.tobytes())
        return digest.hexdigest()[:16]

    def _pairs(self, incident: Incident, shifts: Sequence[PromptShift]) -> tuple[AnswerPair, ...]:
        """Answers before and after of the prompts that lost most, where texts are kept."""
        lost = sorted((s for s in shifts if s.after < s.before), key=lambda s: (s.after - s.before, s.prompt))
        if not lost:
            return ()
        target = lost[0].target
        wanted = [s for s in lost if s.target == target][:PAIRS]
        before = self._answers(target, incident.onset, wanted, passed=True, later=False)
        after = self._answers(target, incident.onset, wanted, passed=False, later=True)
        digests = {trial.prompt_digest for trial in after.values() if trial.prompt_digest}
        prompts = {prompt.id: prompt for prompt in self.store.prompts(digests).values()}
        return tuple(
            _pair(shift, before[shift.prompt], after[shift.prompt], prompts.get(shift.prompt))
            for shift in wanted
            if shift.prompt in before and shift.prompt in after
        )

    def _answers(
        self, target: str, onset: date, wanted: Sequence[PromptShift], *, passed: bool, later: bool
    ) -> Mapping[str, Trial]:
        """Prompt -> the trial nearest to the onset, on one side of it, with the verdict that tells the story."""
        names = {shift.prompt for shift in wanted}
        span = timedelta(days=3 * LOOKED_AT)
        window = Window(start=onset, end=onset + span) if later else Window(start=onset - span, end=onset)
        runs: Sequence[Run] = self.store.runs(trigger="schedule", window=window)
        chosen: dict[str, Trial] = {}
        for run in (runs if later else runs[::-1])[:LOOKED_AT]:
            for trial in self.store.trials(run=run.id, target=target):
                if trial.prompt in names - set(chosen) and trial.passed is passed:
                    chosen[trial.prompt] = trial
            if len(chosen) == len(names):
                break
        return chosen


def _ends(shifts: Sequence[PromptShift]) -> Sequence[PromptShift]:
    """The largest losses and the largest gains."""
    moved = [shift for shift in shifts if shift.before != shift.after]
    half = SHIFTS // 2
    return moved if len(moved) <= SHIFTS else [*moved[:half], *moved[-half:]]


def _costs(incident: Incident) -> Mapping[str, tuple[float | None, float | None]]:
    known = {m.target: (m.before, m.after) for m in incident.moved if m.metric == "cost_per_pass"}
    return {target: known.get(target, (None, None)) for target in incident.targets}


def _pair(shift: PromptShift, before: Trial, after: Trial, prompt: Prompt | None) -> AnswerPair:
    failed = next((check for check in after.checks or () if not check.strict), None)
    sentences = {check.name: check.sentence for check in prompt.checks} if prompt is not None else {}
    return AnswerPair(
        target=shift.target,
        prompt=shift.prompt,
        asked=prompt.turns[0].user if prompt is not None else "",
        check=None if failed is None else sentences.get(failed.check, failed.check),
        before=before.response,
        after=after.response,
        passed_before=shift.before,
        passed_after=shift.after,
        run_before=before.run,
        run_after=after.run,
    )
