"""A page read by an independent parser: its elements, its visible text, its figures in order."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})


@dataclass(kw_only=True)
class Element:
    """One element as written.

    Attributes:
        tag: its name.
        attributes: name -> value.
        inside: names of the elements around it, outermost first.
    """

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Page:
    """What a parser found.

    Attributes:
        elements: in document order.
        texts: pieces of text with the names of the elements around them.
        unbalanced: end tags that close nothing that is open.
    """

    elements: list[Element] = field(default_factory=list)
    texts: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Elements of a name."""
        return [element for element in self.elements if element.tag == tag]

    def text(self, *, within: str = "main", without: frozenset[str] = frozenset()) -> str:
        """Visible text inside an element, pieces joined by a space."""
        return " ".join(
            piece for inside, piece in self.texts if within in inside and without.isdisjoint(inside)
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.page.elements.append(Element(tag=tag, attributes=attributes, inside=tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.page.elements.append(Element(tag=tag, attributes=attributes, inside=tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.page.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.page.texts.append((tuple(self._open), data))


def read(html: str) -> Page:
    """Parse a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def figures(text: str) -> list[str]:
    """All numbers of a text, in order."""
    return re.findall(r"\d+(?:[.,:]\d+)*", text)
