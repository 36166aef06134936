"""What a run is asked to fail on, and the verdict on a release."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from canary.domain.canonical import Json
from canary.domain.errors import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from canary.pipeline.release import ReleaseVerdict
    from canary.pipeline.results import RunResult
    from canary.pipeline.runs import Pipeline

FailOn: TypeAlias = Literal["never", "suspected", "degraded"]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a run is held against.

    Attributes:
        fail_on: the least finding that fails it.
        against: the old target, asked in the same run; None = what was before.
        compares: whether it is compared at all: a release, or `against`.
        baselines: folder of the pinned ones.
    """

    fail_on: FailOn
    against: str | None
    compares: bool
    baselines: "Path"

    def verdict(self, pipeline: "Pipeline", result: "RunResult") -> "ReleaseVerdict | None":
        """The comparison; None where none was asked for."""
        if not self.compares:
            return None
        from canary.pipeline.release import judge_release
        from canary.store.baselines import read_baselines

        pinned = [baseline for _, baseline in read_baselines(self.baselines)]
        fail_on = "never" if self.fail_on == "never" else "worse"
        return judge_release(
            pipeline.store,
            result.run,
            policy=pipeline.judge.policy,
            baselines=pinned,
            against=self.against,
            fail_on=fail_on,
        )

    def finding(self, result: "RunResult", verdict: "ReleaseVerdict | None") -> Finding | None:
        """What fails the run; None where nothing does."""
        if verdict is not None and verdict.fails:
            return Finding(f"run {result.run.id} is worse than what it was compared with")
        if self.fail_on == "never" or result.judgement is None or verdict is not None:
            return None
        analysis = result.judgement.analysis
        mine = set(result.run.targets)
        for incident in analysis.incidents:
            degraded = incident.kind == "quality" and incident.verdict == "degradation"
            if (
                incident.state == "opened"
                and degraded
                and mine & set(incident.targets)
                and not incident.muted
            ):
                return Finding(f"{incident.id} is open: {', '.join(incident.targets)} degraded")
        if self.fail_on == "suspected":
            for suspicion in analysis.suspicions:
                if suspicion.target in mine:
                    return Finding(f"{suspicion.target}: a drop of its pass rate is suspected")
        return None


def detection_text(result: "RunResult") -> str:
    """What is known of change after a run, in a line or two; "" where nothing was judged."""
    if result.judgement is None:
        return ""
    from canary.cli.judged import incidents_table, moved_text

    analysis = result.judgement.analysis
    standing = [one for one in analysis.incidents if one.state == "opened"]
    lines = [incidents_table(standing)] if standing else []
    lines += [
        f"Suspected: {one.target}, {moved_text(one.change)}; extra trials until {one.until}"
        for one in analysis.suspicions
    ]
    if not lines and analysis.days_judged:
        lines = [f"No open incident in {analysis.judged_series} judged series."]
    elif not lines:
        lines = ["Not judged yet: the first 28 days of scheduled runs are not over."]
    return "\n".join(lines)


def detection_json(result: "RunResult", verdict: "ReleaseVerdict | None") -> dict[str, Json]:
    """The same for programs."""
    from canary.analysis.comparison import compare_json

    analysis = None if result.judgement is None else result.judgement.analysis
    opened = [] if analysis is None else [one.id for one in analysis.incidents if one.state == "opened"]
    suspected = [] if analysis is None else [one.target for one in analysis.suspicions]
    comparison = None if verdict is None or verdict.comparison is None else compare_json(verdict.comparison)
    return {"open_incidents": opened, "suspected": suspected, "comparison": comparison}
