"""From the store's records to incidents with lasting ids: analyse, reconcile, keep.

Analysis finds everything anew from the records; what must last is an incident's id (`reconcile`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from canary.domain.casebook import Casebook, KeptIncident, kept
from canary.domain.deployment import Annotation, Member
from canary.domain.incident import Act, Analysis, Incident, Policy
from canary.domain.ports import Store
from canary.domain.target import TargetSpec
from canary.pipeline.reconcile import adopted_keys, as_kept, ended, same, too_old, without

if TYPE_CHECKING:
    from canary.analysis.backtest import Examined
    from canary.domain.ports import TrialColumns


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What judging the store came to.

    Attributes:
        analysis: with lasting ids; incidents that are left out are not in it.
        examined: the series behind it, for pages.
        records: target -> its trials as columns: what was judged.
        left_out: incidents found in records older than those that were numbered; they have no lasting id.
        lost: kept incidents that the records no longer show; they are kept as they were.
        renumbered: by a rebuild: (old id, new id), None for one that is gone or is new.
    """

    analysis: Analysis
    examined: "Examined"
    records: "Mapping[str, TrialColumns]"
    left_out: tuple[Incident, ...] = ()
    lost: tuple[KeptIncident, ...] = ()
    renumbered: tuple[tuple[str | None, str | None], ...] = ()

    def asks_on(self, target: str, day: date) -> bool:
        """Whether the runs of a day are asked for extra trials of a target, by what was suspected before it."""
        found = self.examined.found.get(target)
        return found is not None and any(
            one.suspicion.raised_on < day <= one.suspicion.until
            and all(end is None or end >= day for end in (one.confirmed_on, one.ended_on))
            for one in found.suspicions
        )


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Who judges the store.

    Attributes:
        store: the records.
        specs: configured targets by name.
        policy: budget and smallest effects.
        annotations: notes from outside the records.
    """

    store: Store
    specs: Mapping[str, TargetSpec]
    policy: Policy
    annotations: Callable[[], Sequence[Annotation]] = tuple

    def judge(self, *, rebuild: bool = False) -> Judgement:
        """Analyse everything, give ids that last, and keep the incidents.

        Analysing twice changes nothing; so does analysing after a crash at any point, as all is kept in one transaction.
        """
        book = self.store.casebook()
        before = book.incidents()
        records = self.records()
        if rebuild:
            return self._rebuilt(book, before, records)
        known = {one.key: one.id for one in before}
        acts = book.acts()
        seen = self._examined(records, known, acts)
        adopted = adopted_keys(before, seen.analysis.incidents)
        if adopted:
            seen = self._examined(records, {**known, **adopted}, acts)
        left_out = too_old(before, seen.analysis, {**known, **adopted})
        analysis = without(seen.analysis, left_out)
        final = as_kept(before, analysis.incidents)
        ids = {incident.id for incident in analysis.incidents}
        lost = tuple(one for one in before if one.id not in ids)
        book.keep_incidents([*final, *map(ended, lost)])
        # Under the key they are kept under: letters are threaded by it.
        keys = {one.id: one.key for one in final}
        analysis = replace(
            analysis, incidents=tuple(replace(one, key=keys[one.id]) for one in analysis.incidents)
        )
        return Judgement(
            analysis=analysis,
            examined=seen,
            records=records,
            left_out=left_out,
            lost=lost,
        )

    def _rebuilt(
        self, book: Casebook, before: Sequence[KeptIncident], records: "Mapping[str, TrialColumns]"
    ) -> Judgement:
        """Number everything anew, in order of opening; people's acts stay with their incidents."""
        first = self._examined(records, {}, ()).analysis
        keys = {one.id: one.key for one in before}
        adopted = {old.key: new.key for old in before if (new := same(old, first.incidents)) is not None}
        ids = {incident.key: incident.id for incident in first.incidents}
        acts = [
            act if act.incident is None else replace(act, incident=ids[adopted[keys[act.incident]]])
            for act in book.acts()
            if act.incident is None or keys[act.incident] in adopted
        ]
        seen = self._examined(records, ids, acts)
        analysis = seen.analysis
        final = [
            replace(kept(one), key=next((old for old, new in adopted.items() if new == one.key), one.key))
            for one in analysis.incidents
        ]
        book.renumber(final)
        old_ids = {one.key: one.id for one in before}
        pairs: list[tuple[str | None, str | None]] = [(old_ids.get(one.key), one.id) for one in final]
        gone = set(old_ids) - {one.key for one in final}
        pairs += [(old_ids[key], None) for key in sorted(gone)]
        changed = tuple(pair for pair in pairs if pair[0] != pair[1])
        return Judgement(analysis=analysis, examined=seen, records=records, renumbered=changed)

    def records(self) -> "Mapping[str, TrialColumns]":
        """Target -> its scheduled trials as columns: those configured, and those the store has beside them."""
        from canary.analysis.folds import TEXTS, VALUES
        from canary.analysis.places import PLACES

        names = dict.fromkeys([*self.specs, *self.store.targets()])
        read = {
            name: self.store.columns(
                name, values=VALUES, texts=TEXTS if name in self.specs else (*TEXTS, *PLACES)
            )
            for name in names
        }
        # A control, or a try-out by hand, has no scheduled trial and must not take part of the budget.
        return {name: columns for name, columns in read.items() if name in self.specs or columns.run_day.size}

    def _examined(
        self, records: "Mapping[str, TrialColumns]", known: Mapping[str, str], acts: Sequence[Act]
    ) -> "Examined":
        # Imported on use: arrays and statistics weigh more than all that a run holds in memory while it asks.
        from canary.analysis.backtest import Surroundings, examined

        around = Surroundings(
            members={name: member_of(spec) for name, spec in self.specs.items()},
            annotations=(*self.annotations(), *self._reconfigured()),
            acts=acts,
            known=known,
            confirmations=self._confirmations() if self.policy.confirm else {},
            began=self._began(),
            ended=self._ended(),
        )
        return examined(records, self.policy, around)

    def _began(self) -> Mapping[date, datetime]:
        """When the first scheduled run of a day began; of imported ones nobody knows."""
        began: dict[date, datetime] = {}
        for run in self.store.runs(trigger="schedule"):
            if not run.imported:
                began.setdefault(run.day, run.started_at)
        return began

    def _ended(self) -> Mapping[date, datetime]:
        """When the last scheduled run of a day came to its end, so that what it found was known."""
        runs = [run for run in self.store.runs(trigger="schedule") if not run.imported]
        ended: dict[date, datetime] = {}
        for run in runs:
            if run.finished_at is not None:
                ended[run.day] = max(run.finished_at, ended.get(run.day, run.finished_at))
        return ended

    def _confirmations(self) -> "Mapping[str, TrialColumns]":
        """Target -> trials of its confirmation runs; only those that were ever asked for any."""
        from canary.analysis.folds import VALUES

        asked = {name for run in self.store.runs(trigger="confirmation") for name in run.targets}
        return {
            name: self.store.columns(name, triggers=("confirmation",), values=VALUES)
            for name in sorted(asked)
        }

    def _reconfigured(self) -> Sequence[Annotation]:
        """Days on which a target's settings in `canary.toml` became others: a change of ours."""
        notes: list[Annotation] = []
        last: dict[str, str] = {}
        for run in self.store.runs(trigger="schedule"):
            for target, identity in run.targets.items():
                if identity and last.get(target, identity) != identity:
                    known = last[target] != ""
                    notes.append(
                        Annotation(
                            day=run.day,
                            text="the target's settings were changed"
                            if known
                            else "first run of canary's own after imported records",
                            kind="ours",
                            source="configuration",
                            target=target,
                        )
                    )
                last[target] = identity or last.get(target, "")
        return notes


def member_of(spec: TargetSpec) -> Member:
    """A configured target's place among the others."""
    return Member(
        arm=spec.arm,
        twins=spec.twins,
        provider=spec.provider,
        host=spec.host,
        model=spec.model,
        identity=spec.identity,
    )
