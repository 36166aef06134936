"""Draws docs/plots/*.svg: `python -m tests.calibration.plots [deployments] [histories]`.

Three figures: incidents opened without a change, days until a change is found, and how often intervals hold the truth.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from tests.calibration.measure import figures, say
from tests.calibration.measuring import HELD_OUT, PLACES, SCENARIOS, Found, Quiet, quiet, search

FOLDER = Path(__file__).parents[2] / "docs" / "plots"
SEED = 62311
INK, FAINT = "#222222", "#cccccc"
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#7b5ea7", "#b08900")
LEFT, WIDTH, ROW, TOP = 250, 420, 26, 44
DELAYS = (
    "pass rate -5 points",
    "pass rate -10 points",
    "output tokens -10 %",
    "tool calls -30 %",
    "pass rate -4 points over 10 days",
)
DAYS = 28
STEPS = tuple(name for name, one in SCENARIOS.items() if one.effect is not None)


def _text(x: float, y: float, words: str, anchor: str = "start", *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1.0) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
        f' stroke-width="{width}"/>'
    )


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _page(title: str, height: float, parts: Sequence[str]) -> str:
    width = LEFT + WIDTH + 40
    return "\n".join(
        (
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" role="img"'
                f' aria-label="{escape(title)}" font-family="sans-serif" font-size="12" fill="{INK}">'
            ),
            f'<rect width="{width}" height="{height:.0f}" fill="white"/>',
            _text(12, 22, title, bold=True),
            *parts,
            "</svg>\n",
        )
    )


def _scale(at: float, most: float, least: float = 0.0) -> float:
    return LEFT + WIDTH * (min(at, most) - least) / (most - least)


def _axis(ticks: Sequence[float], most: float, bottom: float, form: str, least: float = 0.0) -> list[str]:
    parts = []
    for tick in ticks:
        x = _scale(tick, most, least)
        parts += [_line(x, TOP - 8, x, bottom, FAINT), _text(x, bottom + 16, format(tick, form), "middle")]
    return parts


def opened_svg(results: Mapping[str, Quiet]) -> str:
    """A dot for the rate and a line to its upper 95 % limit, per place."""
    bottom = TOP + ROW * len(results)
    most = max(1.25, math.ceil(4 * max(one.upper for one in results.values())) / 4)
    parts = _axis(np.arange(0, most + 0.01, 0.25).tolist(), most, bottom, ".2f")
    parts.append(_line(_scale(1, most), TOP - 8, _scale(1, most), bottom, COLOURS[1], 2))
    for row, (name, one) in enumerate(results.items()):
        y = TOP + ROW * (row + 0.5)
        parts += [
            _text(LEFT - 12, y + 4, name, "end"),
            _line(_scale(one.rate, most), y, _scale(one.upper, most), y, COLOURS[0], 2),
            _dot(_scale(one.rate, most), y, COLOURS[0]),
        ]
    return _page(
        "Incidents opened a year without a change, to the upper 95 % limit; promised: 1", bottom + 30, parts
    )


def delays_svg(results: Mapping[str, Sequence[Found]]) -> str:
    """Share of changes found within so many days."""
    height = 220.0
    bottom = TOP + height
    parts = _axis(range(0, DAYS + 1, 4), DAYS, bottom, "d")
    for share in (0, 0.25, 0.5, 0.75, 1.0):
        y = bottom - height * share
        parts += [_line(LEFT, y, LEFT + WIDTH, y, FAINT), _text(LEFT - 12, y + 4, f"{share:.0%}", "end")]
    for index, (name, found) in enumerate(results.items()):
        delays = np.array([one.delay for one in found])
        points = [(day, float((delays <= day).mean())) for day in range(DAYS + 1)]
        path = " ".join(f"{_scale(day, DAYS):.1f},{bottom - height * share:.1f}" for day, share in points)
        parts += [
            f'<polyline points="{path}" fill="none" stroke="{COLOURS[index]}" stroke-width="2"/>',
            _dot(20, TOP + 20 * index + 8, COLOURS[index]),
            _text(30, TOP + 20 * index + 12, name),
        ]
    return _page("Share of changes found within so many days of their onset", bottom + 30, parts)


def coverage_svg(results: Mapping[str, Sequence[Found]]) -> str:
    """Two dots a change: how often the date and the effect were held."""
    bottom = TOP + ROW * len(results)
    parts = _axis((0.7, 0.8, 0.9, 0.95, 1.0), 1.0, bottom, ".0%", 0.7)
    parts += [
        _line(_scale(level, 1.0, 0.7), TOP - 8, _scale(level, 1.0, 0.7), bottom, colour, 2)
        for level, colour in ((0.9, COLOURS[0]), (0.95, COLOURS[1]))
    ]
    for row, (name, found) in enumerate(results.items()):
        y = TOP + ROW * (row + 0.5)
        dated = float(np.mean([one.dated for one in found if one.dated is not None]))
        sized = float(np.mean([one.sized for one in found if one.sized is not None]))
        parts += [
            _text(LEFT - 12, y + 4, name, "end"),
            _dot(_scale(max(dated, 0.7), 1.0, 0.7), y, COLOURS[0]),
            _dot(_scale(max(sized, 0.7), 1.0, 0.7), y, COLOURS[1]),
        ]
    return _page("Intervals that held the truth: date (blue, 90 %), effect (red, 95 %)", bottom + 30, parts)


def main(deployments: int, histories: int) -> None:
    """Measure, print and draw."""
    FOLDER.mkdir(exist_ok=True)
    found = {}
    for name in dict.fromkeys((*DELAYS, *STEPS)):
        found[name] = search(SEED, histories, SCENARIOS[name])
        say(f"{name}: {figures(found[name])}")
    _draw("delays", delays_svg({name: found[name] for name in DELAYS}))
    _draw("coverage", coverage_svg({name: found[name] for name in STEPS}))
    opened = {}
    for name, place in (PLACES | HELD_OUT).items():
        opened[name] = quiet(SEED, deployments, place)
        say(f"{name}: {opened[name].rate:.2f} opened a year, upper 95 % limit {opened[name].upper:.2f}")
    _draw("opened", opened_svg(opened))


def _draw(name: str, svg: str) -> None:
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 40, int(sys.argv[2]) if sys.argv[2:] else 100)
