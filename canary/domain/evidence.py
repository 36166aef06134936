"""What a page shows beside an incident's figures: series, answers before and after, prompts lost and gained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from canary.domain.cost import CostChange
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
class Calls:
    """Calls of one target while an outage lasted: scheduled trials, counted.

    Attributes:
        target: whose.
        first_day, last_day: run days counted, both included.
        trials, failed: put, and failed among them.
        attempts: requests on the wire, retries included; None where that is not kept.
        kinds: kind of failure -> trials, the most frequent first.
        messages: kind of failure -> its most frequent message. From outside: hostile.
        first_failed, last_failed: when the first and the last failed trial began; None = none failed.
        last_answered: when the last graded trial began; None = none was.
        usual_trials, usual_failed: over the 28 days before.
    """

    target: str
    first_day: date
    last_day: date
    trials: int
    failed: int
    attempts: int | None
    kinds: tuple[tuple[str, int], ...]
    messages: tuple[tuple[str, str], ...]
    first_failed: datetime | None
    last_failed: datetime | None
    last_answered: datetime | None
    usual_trials: int
    usual_failed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Recheck:
    """What trials asked again on the day of an exact finding say of it.

    Attributes:
        target, metric: which finding.
        at: when they were asked.
        asked: graded trials whose value was measured.
        shown: those of them with the value that the finding rests on.
    """

    target: str
    metric: str
    at: datetime
    asked: int
    shown: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything behind one incident's page.

    Attributes:
        series: the changed series and the same metric of every twin.
        pairs: up to three answers before and after.
        shifts: prompts whose pass rate moved, the largest loss first.
        distributions: of the changed metrics that are numbers of a trial.
        cost_per_pass: target -> USD per solved task before and after; None where a price is unknown.
        costs: target -> the same of `days_before` and `days_after`, with intervals, told apart by use and prices.
        days_before, days_after: first and last day that `shifts` and `distributions` were taken from; None = not kept.
        calls: of an outage: calls of every target of the group.
        rechecks: exact findings asked again the same day.
        runs: ids of the runs from the onset on, oldest first.
        data_hash: digest of the records judged.
        versions: name -> version of what judged them.
    """

    series: tuple[Series, ...]
    pairs: tuple[AnswerPair, ...] = ()
    shifts: tuple[PromptShift, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    cost_per_pass: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    costs: Mapping[str, CostChange] = field(default_factory=dict)
    days_before: tuple[date, date] | None = None
    days_after: tuple[date, date] | None = None
    calls: tuple[Calls, ...] = ()
    rechecks: tuple[Recheck, ...] = ()
    runs: tuple[str, ...] = ()
    data_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
