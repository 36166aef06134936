"""A drawing as a tree of elements that escapes all it holds: set inline in a page, or turned into a picture for mail.

Elements carry classes and geometry, never a style: colours are the sheet's business, in light, in dark and on paper.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TypeAlias

Value: TypeAlias = str | float


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name, attributes in order, and what it holds."""

    tag: str
    attributes: tuple[tuple[str, Value], ...] = ()
    children: tuple["Element | str", ...] = field(default=())

    def __html__(self) -> str:
        """Markup for a template; every text and value in it is escaped."""
        return "".join(_markup(self))

    def __str__(self) -> str:
        return self.__html__()


def _markup(drawn: Element) -> Iterator[str]:
    yield f"<{drawn.tag}"
    for name, value in drawn.attributes:
        yield f' {name}="{escape(value) if isinstance(value, str) else number(value)}"'
    if not drawn.children:
        yield "/>"
        return
    yield ">"
    for child in drawn.children:
        if isinstance(child, Element):
            yield from _markup(child)
        else:
            yield escape(child)
    yield f"</{drawn.tag}>"


def number(value: float) -> str:
    """A coordinate with one decimal at most: a tenth of a pixel is less than anybody sees."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def element(tag: str, *children: "Element | str", **attributes: Value) -> Element:
    """An element; `class_` stands for `class`, underscores for hyphens."""
    named = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Element(tag, tuple(named), children)


def group(children: Iterable[Element], **attributes: Value) -> Element:
    """Several elements as one."""
    return element("g", *children, **attributes)


def text(words: str, x: float, y: float, class_: str = "", anchor: str = "start") -> Element:
    """Words with their baseline's start, middle or end at a point."""
    return element("text", words, x=x, y=y, class_=f"label {class_}".strip(), text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Element:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, rx: float = 0) -> Element:
    """A rectangle; what would be thinner than half a pixel is drawn half a pixel wide."""
    shape: dict[str, Value] = {"x": x, "y": y, "width": max(width, 0.5), "height": max(height, 0.5)}
    return element("rect", **shape, **({"rx": rx} if rx else {}), class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, *, closed: bool = False) -> Element:
    """A line through points, or the area inside them."""
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{steps}{'Z' if closed else ''}", class_=class_)


def drawing(
    children: Iterable[Element], *, name: str, width: float, height: float, title: str, told: str
) -> Element:
    """A whole drawing with its text alternative.

    Args:
        children: what is drawn, back to front.
        name: unique in its page.
        width: of its own coordinates; it is scaled to the width it is given.
        height: likewise.
        title: what it shows, in a few words.
        told: what there is to see, with the numbers.
    """
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", told, id=f"{name}-desc"),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        focusable="false",
        class_="chart",
    )
