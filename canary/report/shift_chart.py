"""Prompts lost and gained, as bars to the left and to the right of a line: net change hides how much moved both ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from canary.domain.evidence import PromptShift
from canary.report.numbers import MINUS, count, plural
from canary.report.svg import Element, box, drawing, line, text
from canary.report.untrusted import one_line

SHOWN = 12
"""Prompts drawn, the largest moves first."""

SURE = 0.25
"""A prompt counts as lost or gained from a quarter of its trials on; less is an answer that differs by chance."""

DRAWN = 0.1
"""Smaller moves are not drawn."""

_ROW, _TOP, _NAME = 20.0, 26.0, 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Churn:
    """How many prompts of a target moved by at least `SURE`.

    Attributes:
        target: whose.
        lost, gained: prompts that pass clearly less, clearly more often.
        steady: the others.
    """

    target: str
    lost: int
    gained: int
    steady: int


def churn(target: str, shifts: Sequence[PromptShift]) -> Churn:
    """Count the prompts of one target."""
    own = [shift.after - shift.before for shift in shifts if shift.target == target]
    lost, gained = sum(d <= -SURE for d in own), sum(d >= SURE for d in own)
    return Churn(target=target, lost=lost, gained=gained, steady=len(own) - lost - gained)


def churn_told(found: Churn) -> str:
    """`7 prompts pass clearly less often, 1 more often, 32 about as often.`"""
    return (
        f"{plural(found.lost, 'prompt')} {'passes' if found.lost == 1 else 'pass'} clearly less often, "
        f"{count(found.gained)} more often, {count(found.steady)} about as often."
    )


def largest(shifts: Sequence[PromptShift], target: str) -> list[PromptShift]:
    """The prompts drawn: largest moves, losses first, then gains."""
    own = [shift for shift in shifts if shift.target == target and abs(shift.after - shift.before) >= DRAWN]
    chosen = sorted(own, key=lambda s: (-abs(s.after - s.before), s.prompt))[:SHOWN]
    return sorted(chosen, key=lambda s: (s.after - s.before, s.prompt))


def shift_chart(
    shifts: Sequence[PromptShift], target: str, *, name: str, width: float = 344
) -> Element | None:
    """Bars of one target's largest moves; None where nothing moved."""
    rows = largest(shifts, target)
    if not rows:
        return None
    height = _TOP + _ROW * len(rows) + 8
    middle = width * 0.7
    reach = min(middle - width * 0.42, width - middle) - 2
    return drawing(
        _parts(rows, middle, reach, height),
        name=name,
        width=width,
        height=height,
        title="Prompts lost and gained",
        told=churn_told(churn(target, shifts)),
    )


def _parts(rows: Sequence[PromptShift], middle: float, reach: float, height: float) -> Iterator[Element]:
    yield text("passes less often", middle - 6, 14, anchor="end")
    yield text("more often", middle + 6, 14)
    most = max(abs(row.after - row.before) for row in rows)
    for number, row in enumerate(rows):
        y = _TOP + number * _ROW
        moved = row.after - row.before
        long = abs(moved) / most * reach
        yield text(one_line(row.prompt, _NAME), 0, y + 12)
        if moved < 0:
            yield box(middle - long, y + 2, long, 13, "chart-lost", rx=2)
        else:
            yield box(middle, y + 2, long, 13, "chart-gained", rx=2)
        sign = MINUS if moved < 0 else "+"
        told = f"{sign}{abs(moved) * 100:.0f}"
        x = middle + 5 if moved < 0 else middle - 5
        yield text(told, x, y + 13, "label-strong", anchor="start" if moved < 0 else "end")
    yield line(middle, _TOP - 4, middle, height - 4, "chart-axis")
