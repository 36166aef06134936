"""What a run meant to ask, what came back of it, and who was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canary.domain.suite import Prompt
from canary.domain.target import HARNESS_PROVIDERS
from canary.domain.trial import Run, Trial
from canary.report.view import Counts

ARMS = ("api", "api-defaults", "harness", "harness-pinned", "harness-resumed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A run's trials by target, and the plan they are held against.

    Attributes:
        run: the run.
        trials: of the run, all targets.
        by_target: target -> its trials, in the run's order of targets; empty for a target without any.
        counts: planned, graded, failed, missing.
        replicates: trials a prompt and target: as planned, or as found where records came without a plan.
        family_of: prompt id -> family, in the order of the run's prompts; "" where no record names one.
    """

    run: Run
    trials: Sequence[Trial]
    by_target: Mapping[str, tuple[Trial, ...]]
    counts: Counts
    replicates: int
    family_of: Mapping[str, str]


def against_plan(run: Run, trials: Sequence[Trial], prompts: Mapping[str, Prompt]) -> Asked:
    """Sort a run's trials and hold them against its plan.

    Args:
        run: the run.
        trials: its trials; their order does not matter.
        prompts: prompt digest -> definition.
    """
    by_target: dict[str, list[Trial]] = {target: [] for target in run.targets}
    for trial in sorted(trials, key=lambda t: (t.target, t.prompt, t.replicate)):
        by_target.setdefault(trial.target, []).append(trial)
    definitions = {prompt.id: prompt for prompt in prompts.values()}
    grouped = {target: tuple(members) for target, members in by_target.items()}
    return Asked(
        run=run,
        trials=tuple(trial for members in grouped.values() for trial in members),
        by_target=grouped,
        counts=_counts(run, grouped, definitions),
        replicates=max([run.replicates, *(trial.replicate + 1 for trial in trials)]),
        family_of=_families(run, trials, definitions),
    )


def _counts(
    run: Run, by_target: Mapping[str, tuple[Trial, ...]], definitions: Mapping[str, Prompt]
) -> Counts:
    told = {trial.prompt for trials in by_target.values() for trial in trials}
    # A complete run has asked all it planned: what nobody was asked there is for targets that it did not have.
    told |= set(definitions) if run.status == "complete" else set(run.prompts)
    planned = {
        (target, prompt, replicate)
        for target in run.targets
        for prompt in run.prompts
        if _takes(by_target[target], definitions.get(prompt), known=prompt in told)
        for replicate in range(run.replicates)
    }
    found = {(t.target, t.prompt, t.replicate): t.outcome for trials in by_target.values() for t in trials}
    graded = sum(outcome == "graded" for outcome in found.values())
    return Counts(
        planned=len(planned | found.keys()),
        graded=graded,
        failed=len(found) - graded,
        missing=len(planned - found.keys()),
    )


def _takes(trials: Sequence[Trial], prompt: Prompt | None, *, known: bool) -> bool:
    """Whether a target is asked a prompt: as `runner.plan.applicable`, told from its trials."""
    if prompt is not None and len(prompt.turns) == 1 and any(t.arm == "harness-resumed" for t in trials):
        return False
    if prompt is None or not prompt.harness_only:
        return known
    return any(trial.provider in HARNESS_PROVIDERS for trial in trials)


def _families(run: Run, trials: Sequence[Trial], definitions: Mapping[str, Prompt]) -> Mapping[str, str]:
    named = {trial.prompt: trial.family or "" for trial in trials}
    ids = [*(prompt for prompt in run.prompts if prompt in named), *named]
    return {
        prompt: named[prompt] or (definitions[prompt].family if prompt in definitions else "")
        for prompt in dict.fromkeys(ids)
    }


def arms_not_run(asked: Asked) -> Mapping[str, tuple[str, ...]]:
    """Twin group, or target without twins -> the arms that no target of this run stands for."""
    groups: dict[str, set[str]] = {}
    for target, trials in asked.by_target.items():
        if trials:
            groups.setdefault(trials[0].twins or target, set()).update(t.arm for t in trials if t.arm)
    return {
        name: tuple(arm for arm in ARMS if arm not in present) for name, present in groups.items() if present
    }
