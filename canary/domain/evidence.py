"""What a page shows beside an incident's figures: series, answers before and after, prompts lost and gained."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from canary.domain.series import Series


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerPair:
    """One prompt's answer before and after, picked by the largest change. The texts are a model's: hostile.

    Attributes:
        target: who answered.
        prompt: the prompt's id.
        asked: the user's words of its first turn.
        check: the sentence of the check whose verdict changed.
        before, after: answers; None where texts are not kept.
        passed_before, passed_after: shares of trials that passed, on each side of the onset.
        run_before, run_after: ids of the runs the answers are from.
    """

    target: str
    prompt: str
    asked: str
    check: str | None
    before: str | None
    after: str | None
    passed_before: float
    passed_after: float
    run_before: str
    run_after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptShift:
    """Pass rate of one prompt on each side of an onset.

    Attributes:
        target, prompt, family: which.
        before, after: shares of graded trials that passed.
        trials_before, trials_after: graded trials.
    """

    target: str
    prompt: str
    family: str
    before: float
    after: float
    trials_before: int
    trials_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """Values of a trial on each side of an onset, for a picture of their spread.

    Attributes:
        target, metric: which.
        before, after: values of single trials, at most a few hundred, drawn evenly.
    """

    target: str
    metric: str
    before: tuple[float, ...]
    after: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything behind one incident's page.

    Attributes:
        series: the changed series and the same metric of every twin.
        pairs: up to three answers before and after.
        shifts: prompts whose pass rate moved, the largest loss first.
        distributions: of the changed metrics that are numbers of a trial.
        cost_per_pass: target -> USD per solved task before and after; None where a price is unknown.
        runs: ids of the runs from the onset on, oldest first.
        data_hash: digest of the records judged.
        versions: name -> version of what judged them.
    """

    series: tuple[Series, ...]
    pairs: tuple[AnswerPair, ...] = ()
    shifts: tuple[PromptShift, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    cost_per_pass: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    data_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
