"""Mail bodies from templates: HTML with every rule written into its element, and the text twin.

Mail programs drop style sheets, so what a reader needs is inlined; the rest (dark scheme, narrow screens) stays in a sheet
that may be dropped.
"""

from functools import cache
from typing import TYPE_CHECKING

from canary.report.columns import WIDTH, labelled, wrapped
from canary.report.digest import DigestPage
from canary.report.incident_text import lever_told
from canary.report.letter_view import IncidentLetter, NoticeLetter
from canary.report.numbers import JOIN, plural
from canary.report.templating import environment

if TYPE_CHECKING:
    from css_inline import CSSInliner


def mail_html(template: str, view: IncidentLetter | DigestPage | NoticeLetter, **known: object) -> str:
    """An HTML body."""
    html = (
        environment().get_template(template).render(view=view, plural=plural, lever_told=lever_told, **known)
    )
    inlined: str = _inliner().inline(html)
    return inlined


def mail_text(template: str, view: IncidentLetter | DigestPage | NoticeLetter, **known: object) -> str:
    """A text body, at most 76 columns wide."""
    text = (
        environment()
        .get_template(template)
        .render(
            view=view,
            plural=plural,
            lever_told=lever_told,
            wrap=_wrap,
            columns=_columns,
            rule="-" * WIDTH,
            **known,
        )
    )
    lines = [line.rstrip() for line in text.replace(JOIN, " ").strip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def _wrap(text: str, first: str | None = None, indent: str = "") -> str:
    return "\n".join(wrapped(text, first=first, indent=indent))


def _columns(*pairs: tuple[str, str]) -> str:
    return "\n".join(labelled(pairs))


@cache
def _inliner() -> "CSSInliner":
    from css_inline import CSSInliner

    return CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
