"""What moved, in one clause: how much and which way, from a change point's or a figure's facts alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from canary.domain.incident import ChangePoint, Direction, Moved
from canary.domain.series import metric
from canary.report.amounts import is_certain, pair_told, range_told
from canary.report.numbers import JOIN
from canary.report.untrusted import label
from canary.report.wordings import Wording, consequence, wording

ARROW = "\N{RIGHTWARDS ARROW}"

_FRACTIONS = (
    (0.23, 0.27, "about a quarter as"),
    (0.31, 0.355, "about a third as"),
    (0.46, 0.54, "about half as"),
    (1.9, 2.1, "about twice as"),
    (2.85, 3.15, "about three times as"),
)
"""Ranges of after / before that have a name; everything else is told in per cent, or as so many times."""

_TIMES = 1.9


def said(change: ChangePoint) -> str:
    """A change point as a clause that begins with a capital: `Thinks about half as much before answering`."""
    words = wording(change.metric)
    if change.kind == "prompt":
        return _prompt(change)
    if change.kind == "spread":
        wider = "more" if change.direction == "up" else "less"
        return f"{_capital(words.noun)}: varies {wider} from task to task"
    if isinstance(change.before, str) or isinstance(change.after, str):
        return f"{_capital(words.noun)}: {step_told(change.metric, change.before, change.after)}"
    if change.kind == "rare" and not change.before and change.after:
        return f"{_capital(words.noun)}: {pair_told(change.metric, change.before, change.after)[1]}, hardly ever before"
    return _level(words, change.metric, change.before, change.after, change.direction)


def figure_said(figure: Moved) -> str:
    """A figure beside a change, with its doubt where there is any: `task success 80 % → 77 % (not yet certain: −6 to 0 points)`."""
    told = f"{wording(figure.metric).noun} {step_told(figure.metric, figure.before, figure.after)}"
    doubt = doubt_said(figure)
    return f"{told} ({doubt})" if doubt else told


def doubt_said(figure: Moved) -> str:
    """`not yet certain: −6.2 to +0.4 points`; "" where the interval leaves no doubt about the direction."""
    if is_certain(figure.effect_low, figure.effect_high):
        return ""
    return f"not yet certain: {range_told(figure.effect_low, figure.effect_high, figure.effect_unit)}"


def step_told(name: str, before: float | str | None, after: float | str | None) -> str:
    """Two levels with an arrow between them, a unit that they share told once: `812 → 401 tokens`."""
    one, other = (told or "none" for told in pair_told(name, before, after))
    number, unit = one.partition(JOIN)[::2]
    same = unit and not isinstance(before, str) and other.endswith(f"{JOIN}{unit}") and JOIN not in unit
    return f"{number if same and unit != '%' else one} {ARROW} {other}"


def called(changes: Sequence[ChangePoint]) -> str:
    """A name without numbers, for a subject: `less thinking`, `another tokenizer`."""
    first = foremost(changes)[0]
    words = wording(first.metric)
    if first.kind == "prompt":
        return "one prompt broke" if first.direction == "down" else "one prompt changed"
    if first.kind == "spread":
        return f"unsteady {words.noun}" if first.direction == "up" else f"steadier {words.noun}"
    if first.metric == "tokenizer":
        return "another tokenizer"
    return words.down if first.direction == "down" else words.up


def foremost(changes: Sequence[ChangePoint]) -> list[ChangePoint]:
    """Changes in the order in which they are told: what hurts, all prompts before a family, what people feel, size."""
    return sorted(changes, key=_place)


def by_consequence(changes: Sequence[ChangePoint]) -> list[ChangePoint]:
    """Changes in the order of a table: solved tasks, broken output, cost, what it is, then how it works and how fast.

    What is no longer certain comes last.
    """
    return sorted(changes, key=lambda change: (_is_open(change), consequence(change.metric), _place(change)))


def _is_open(change: ChangePoint) -> bool:
    return change.effect_low is not None and not is_certain(change.effect_low, change.effect_high)


@dataclass(frozen=True, order=True, slots=True)
class _Place:
    improvement: bool
    family: bool
    rank: int
    size: float
    name: tuple[str, str, str, str]


def _place(change: ChangePoint) -> _Place:
    return _Place(
        change.verdict == "improvement",
        change.family != "all",
        wording(change.metric).rank,
        -abs(change.effect or 0.0),
        (change.target, change.family, change.metric, change.prompt or ""),
    )


def _level(words: Wording, name: str, before: float | None, after: float | None, direction: Direction) -> str:
    if before is None or after is None:
        return _capital(words.down if direction == "down" else words.up)
    if not words.verb or before <= 0:
        return f"{_capital(words.noun)} {step_told(name, before, after)}"
    size = _size(after / before, words.scale)
    return f"{words.verb} {size} {words.rest}".rstrip()


def _size(ratio: float, scale: str) -> str:
    """`about half as much`, `23 % less`, `2.4 times as much`."""
    for low, high, told in _FRACTIONS:
        if low <= ratio <= high:
            return f"{told} {scale}"
    if ratio >= _TIMES:
        return f"{ratio:.1f} times as {scale}"
    share = abs(ratio - 1) * 100
    number = f"{share:.0f}" if share >= 9.5 else f"{share:.1f}"  # noqa: PLR2004 -- rounds to 10
    return f"{number}{JOIN}% {_COMPARED[scale][ratio > 1]}"


_COMPARED = {
    "much": ("less", "more"),
    "many": ("fewer", "more"),
    "often": ("less often", "more often"),
    "long": ("less time", "longer"),
    "quickly": ("more slowly", "faster"),
}


def _prompt(change: ChangePoint) -> str:
    name = label(change.prompt or "one prompt")
    if isinstance(change.before, float) and isinstance(change.after, float):
        step = step_told(change.metric, change.before, change.after)
        return f"The prompt {name}: {wording(change.metric).noun} {step}"
    return f"The prompt {name} {'broke' if change.direction == 'down' else 'moved'}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def title_of(name: str) -> str:
    """A metric's own title with a capital, for tables and charts."""
    return _capital(metric(name).title.replace("_", " "))
