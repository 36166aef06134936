"""Which features a mail's HTML uses, under the names of the published support data, and where they are missing.

The data (`mail-support.json`): every feature that caniemail publishes, for Gmail, Outlook and Apple Mail. A tag, an attribute
or a property that is not in it is returned as `tag <b>`, `attribute scope`, `property color`: to be explained by hand.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.report.markup import Element, read

TAGS = {"h1": "html-h1-h6", "h2": "html-h1-h6", "tbody": "html-table", "tr": "html-table", "td": "html-table",
        "th": "html-table", "input": "html-input-text", "source": "html-video", "article": "html-semantics"}  # fmt: skip
SHORT = ("margin", "padding", "border", "background")
"""Properties whose longhands are published under the short name alone, where not under their own."""

UNITS = {
    "px": "css-unit-px",
    "%": "css-unit-percent",
    "em": "css-unit-em",
    "rem": "css-unit-rem",
    "vw": "css-unit-vw",
}
VALUES = {
    r"\bvar\(": "css-variables",
    r"!important": "css-important",
    r"\bcalc\(": "css-unit-calc",
    r"url\(": "css-background-image",
    r"\brgba\(": "css-rgba",
    r"linear-gradient\(": "css-linear-gradient",
}
AT = {
    "media": "css-at-media",
    "import": "css-at-import",
    "font-face": "css-at-font-face",
    "supports": "css-at-supports",
}
CONDITIONS = {"prefers-color-scheme": "css-at-media-prefers-color-scheme", "hover": "css-at-media-hover"}
PICTURES = {"data:": "image-base64", "cid:": "image-png"}


@cache
def support() -> Mapping[str, Mapping[str, str]]:
    """Feature -> client -> `y`, `a` (partly), `n` or `u` (never tested)."""
    data = json.loads(Path(__file__).with_name("mail-support.json").read_text(encoding="utf-8"))
    return {
        name: dict(zip(data["clients"], row, strict=True)) for name, row in dict(data["features"]).items()
    }


def missing(feature: str) -> tuple[str, ...]:
    """Clients that do not, or only partly, support a published feature; () for one that is not published."""
    return tuple(client for client, verdict in support().get(feature, {}).items() if verdict in "an")


def used(html: str) -> set[str]:
    """Every feature of a mail: its elements, attributes, inlined rules and what stays in a sheet."""
    page = read(html)
    found = {"html-doctype"}
    for element in page.elements:
        found.update(_of_element(element))
    for inside, piece in page.texts:
        if inside[-1] == "style":
            found.update(_of_sheet(piece))
    return found


def _of_element(element: Element) -> Iterator[str]:
    yield _named(TAGS.get(element.tag, f"html-{element.tag}"), f"tag <{element.tag}>")
    for name, value in element.attributes.items():
        if name == "style":
            yield from _of_rules(value)
        elif element.tag == "meta":
            if name == "name":
                yield _named(f"html-meta-{value}", f"meta {value}")
        elif name.startswith("on"):
            yield "script"
        else:
            yield _named(f"html-{name}", f"attribute {name}")
        if name == "src":
            yield PICTURES.get(value[: value.find(":") + 1], "picture from elsewhere")
        if name == "href" and not value.startswith("https://"):
            yield "html-anchor-links" if value.startswith("#") else "address that is no page"


def _of_rules(rules: str) -> Iterator[str]:
    for rule in filter(str.strip, rules.split(";")):
        name, _, value = (part.strip() for part in rule.partition(":"))
        yield _property(name)
        if name == "display":
            yield f"css-display-{value.partition(' ')[0]}"
        for unit in re.findall(r"\d(px|%|em|rem|vw)", value):
            yield UNITS[unit]
        yield from (feature for pattern, feature in VALUES.items() if re.search(pattern, value))


def _property(name: str) -> str:
    if f"css-{name}" in support():
        return f"css-{name}"
    short = name.partition("-")[0]
    return f"css-{short}" if short in SHORT else f"property {name}"


def _of_sheet(sheet: str) -> Iterator[str]:
    for at, condition in re.findall(r"@([\w-]+)([^{;]*)", sheet):
        yield AT.get(at, f"css-at-{at}")
        yield from (feature for word, feature in CONDITIONS.items() if word in condition)
    for selector, rules in re.findall(r"([^{}@;]+)\{([^{}]*)\}", sheet):
        yield from _of_selector(selector.strip())
        yield from _of_rules(rules)


def _of_selector(selector: str) -> Iterator[str]:
    if "," in selector:
        yield "css-selector-grouping"
    for one in selector.split(","):
        yield "css-selector-class" if "." in one else "css-selector-type"
        if " " in one.strip():
            yield "css-selector-descendant"


def _named(feature: str, otherwise: str) -> str:
    return feature if feature in support() else otherwise
