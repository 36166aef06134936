"""Answers that did not pass, as examples: bounded, with what was said about them, chosen to differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from canary.domain.suite import Prompt
from canary.domain.trial import ToolCall, Trial
from canary.report.numbers import JOIN, plural
from canary.report.untrusted import Excerpt, excerpt, label, one_line

MOST = 3
"""Answers shown for one prompt."""

_HEAD, _LIMIT = 360, 1200
_CALLS, _ARGUMENTS = 6, 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer that did not pass.

    Attributes:
        target, replicate: which trial.
        circumstances: turn, refusal, cut-off; "" without.
        calls: the tool calls made, in order; what is too many is counted in the last item.
        text: the answer; None where texts are not kept.
    """

    target: str
    replicate: int
    circumstances: str
    calls: tuple[str, ...]
    text: Excerpt | None


def example_answers(
    missed: Sequence[Trial], targets: Sequence[str], definition: Prompt | None
) -> tuple[Answer, ...]:
    """A few of the trials not passed: one of each target in the order given, then further ones."""
    by_target: dict[str, list[Trial]] = {target: [] for target in targets}
    for trial in sorted(missed, key=lambda trial: trial.replicate):
        by_target[trial.target].append(trial)
    rounds = max((len(trials) for trials in by_target.values()), default=0)
    order = [trials[n] for n in range(rounds) for trials in by_target.values() if n < len(trials)]
    return tuple(_answer(trial, definition) for trial in order[:MOST])


def _answer(trial: Trial, definition: Prompt | None) -> Answer:
    turn = _first_broken_turn(trial)
    text = _text(trial, turn)
    return Answer(
        target=label(trial.target),
        replicate=trial.replicate,
        circumstances=_circumstances(trial, turn, len(definition.turns) if definition else 0),
        calls=_calls([call for step in trial.transcript or () for call in step.tool_calls]),
        text=None if text is None else excerpt(text, head=_HEAD, limit=_LIMIT),
    )


def _first_broken_turn(trial: Trial) -> int | None:
    """Index of the first user turn whose checks fail, where its answer is at hand."""
    if not trial.turns_passed or not trial.transcript or all(trial.turns_passed):
        return None
    return trial.turns_passed.index(False)


def _text(trial: Trial, turn: int | None) -> str | None:
    if turn is not None:
        said = [step.text for step in trial.transcript or () if step.turn == turn]
        return said[-1] if said else ""
    return trial.response


def _circumstances(trial: Trial, turn: int | None, turns: int) -> str:
    parts = [
        f"turn{JOIN}{turn + 1} of {max(turns, len(trial.turns_passed or ()))}" if turn is not None else "",
        "refused" if trial.refused else "",
        "cut off" if trial.truncated else "",
    ]
    return ", ".join(part for part in parts if part)


def _calls(calls: Sequence[ToolCall]) -> tuple[str, ...]:
    shown = [
        f"{label(call.name)}({one_line(call.arguments_text, _ARGUMENTS)})"
        + (" — invalid" if call.result and call.result.invalid else "")
        for call in calls[:_CALLS]
    ]
    more = len(calls) - len(shown)
    return (*shown, f"and {plural(more, 'more call')}") if more > 0 else tuple(shown)
