"""The sheet's colours can be read, in light and in dark."""

import re
from importlib.resources import files

import pytest

TEMPLATES = files("canary.report") / "templates"
SHEET = (TEMPLATES / "page.css").read_text(encoding="utf-8")
WHOLE = "".join(
    (TEMPLATES / f"{name}.css").read_text(encoding="utf-8") for name in ("page", "chart", "incident")
)
MAIL = (TEMPLATES / "mail.css").read_text(encoding="utf-8")
TEXT = 4.5
"""Contrast of text, WCAG 2 AA."""

GRAPHIC = 3.0
"""Contrast of what is drawn, WCAG 2 AA."""


def palettes() -> dict[str, dict[str, str]]:
    """Colour names of the light and the dark scheme."""
    light, dark = re.findall(r":root \{([^}]*)\}", SHEET)[:2]
    read = {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for name, block in (("light", light), ("dark", dark))
    }
    return {"light": read["light"], "dark": read["light"] | read["dark"]}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    channels = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *(
        (ink, ground, TEXT)
        for ink in ("ink", "soft", "link", "good", "warn", "bad")
        for ground in ("paper", "card")
    ),
    *((ink, ground, TEXT) for ink in ("ink", "warn") for ground in ("warn-wash",)),
    *((ink, ground, TEXT) for ink in ("ink", "bad") for ground in ("bad-wash",)),
    *((ink, "code", TEXT) for ink in ("ink",)),
    *((ink, f"heat-{n}", TEXT) for n in (1, 2) for ink in ("ink", "soft")),
    *(("heat-ink", f"heat-{n}", TEXT) for n in (3, 4, 5)),
    *((ink, wash, TEXT) for ink, wash in (("bad", "bad-wash"), ("good", "good-wash"), ("warn", "warn-wash"))),
    *(("word-ink", ground, TEXT) for ground in ("bad", "good", "warn", "soft")),
    *(("note", ground, TEXT) for ground in ("paper", "card")),
    ("soft", "card", TEXT),
    *((line, ground, GRAPHIC) for line in ("point", "bad") for ground in ("card", "onset")),
    ("good", "card", GRAPHIC),
    ("point", "card", GRAPHIC),
    ("bad", "paper", GRAPHIC),
    ("point", "paper", GRAPHIC),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_colours_have_the_contrast_that_reading_needs(
    scheme: str, one: str, other: str, least: float
) -> None:
    """4.5 for text, 3 for drawings, on every ground that it stands on."""
    palette = palettes()[scheme]
    assert contrast(palette[one], palette[other]) >= least


def test_both_schemes_name_the_same_colours() -> None:
    """A colour that only one scheme names keeps its value in the other by accident."""
    light, dark = re.findall(r":root \{([^}]*)\}", SHEET)[:2]
    names = [set(re.findall(r"--([\w-]+):", block)) for block in (light, dark)]
    assert names[0] == names[1]


def test_every_colour_that_is_used_is_named() -> None:
    """A misspelt name is no colour at all."""
    assert set(re.findall(r"var\(--([\w-]+)\)", WHOLE)) <= set(re.findall(r"--([\w-]+):", SHEET))


MAIL_PAIRS = [
    ("#24292e", "#fdfcf9"),
    ("#5a6068", "#fdfcf9"),
    ("#24292e", "#efeadd"),
    *(("#fdfcf9", ground) for ground in ("#a3301a", "#8a5a00", "#1f6a46", "#5a6068", "#1f567f")),
    *((ink, "#fdfcf9") for ink in ("#a3301a", "#8a5a00", "#1f6a46", "#1f567f")),
    ("#6b4a86", "#efe8f4"),
]


def inverted(colour: str) -> str:
    """As a mail program does that knows no dark scheme and turns every colour over."""
    return "#" + "".join(f"{255 - int(colour[n : n + 2], 16):02x}" for n in (1, 3, 5))


@pytest.mark.parametrize(("ink", "ground"), MAIL_PAIRS)
def test_mail_can_be_read_as_it_is_and_turned_over(ink: str, ground: str) -> None:
    """4.5 in both; every pair stands in the sheet."""
    assert ink in MAIL
    assert ground in MAIL
    assert contrast(ink, ground) >= TEXT
    assert contrast(inverted(ink), inverted(ground)) >= TEXT
