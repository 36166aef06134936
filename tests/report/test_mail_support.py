"""Every feature of a mail held against the published support data of Gmail, Outlook and Apple Mail.

What is not fully supported everywhere stands here, line by line, with what a reader then sees; so does what nobody publishes.
A feature without a line fails, and so does a line without a feature.
"""

import re

import pytest

from tests.report.mail_support import missing, support, used
from tests.report.markup import read
from tests.report.test_letters import LETTERS

DEGRADES = {
    # What Gmail for other accounts, its mobile web mail, or classic Outlook leaves out; everything needed is inlined:
    "html-style": "no sheet: light colours and wide paddings, as inlined",
    "css-at-media": "no narrow paddings on a phone, no dark scheme of ours; the table still shrinks to the screen",
    "css-at-media-prefers-color-scheme": "Gmail and classic Outlook recolour by themselves; mid-tones survive that",
    "css-selector-class": "only in the sheet, see html-style",
    "css-selector-type": "only in the sheet, see html-style",
    "css-selector-grouping": "only in the sheet, see html-style",
    "css-important": "only in the sheet, in lower case and after a space, which is the form that Gmail and Outlook take",
    "html-meta-color-scheme": "asks Apple Mail for both schemes; others decide by themselves",
    # The preheader, hidden in four ways; where none is known it is one more line of text above the verdict:
    "css-display-none": "Gmail's mobile web mail shows the preheader; classic Outlook hides it, as no table is inside",
    "css-display": "none but `none` and `block`, which all know; classic Outlook shows pictures as blocks anyway",
    "css-max-height": "of the preheader alone, see css-display-none",
    "css-overflow": "of the preheader alone; only its logical forms are missing in Gmail and Apple Mail",
    # Sizes:
    "css-max-width": "classic Outlook knows it on tables, which is where the sheet has it; pictures have width attributes",
    "css-width": "classic Outlook ignores it on pictures, which have width attributes, and knows it on tables",
    "css-height": "`auto`, of pictures alone: classic Outlook reads the height attribute",
    "html-width": "in classic Outlook at 120 dpi a picture stays at its size; percentages stand on cells alone",
    "html-height": "as html-width",
    "html-align": "`center` alone; Outlook for Mac misses `left` and `right`",
    # Text:
    "css-padding": "on cells alone in classic Outlook: gaps between paragraphs are margins; a command loses its 5 pixels",
    "css-margin": "no negative one, no `auto`, none on `span`: what is missing is not used",
    "css-border": "thinner than 8 pixels, on cells and tables: what is missing is not used",
    "css-font-size": "in pixels alone",
    "css-font-weight": "400, 600 and 700: classic Outlook shows 600 as bold",
    "css-line-height": "in pixels alone; classic Outlook takes them as the least",
    "css-letter-spacing": "of the verdict word: a little narrower in classic Outlook",
    "css-text-align": "`left` alone; the flow-relative values are missing",
    "css-text-decoration": "`none` alone, of the one button: else it is underlined",
    "css-white-space": "`nowrap` of a verdict of one word: it may break in classic Outlook",
    "css-word-break": "a long name breaks elsewhere, or makes its column wider",
    # Frame:
    "html-doctype": "classic Outlook ignores it; nothing rests on it",
    "html-body": "becomes a div: its colours stand on the outermost table as well",
    "html-role": "Windows Mail announces layout tables",
    "html-aria-label": "Windows Mail does not read the subject out twice",
}
UNPUBLISHED = {
    # HTML 3.2, which the oldest of these programs was made for:
    "tag <html>", "tag <head>", "tag <meta>", "tag <title>", "tag <a>", "tag <br>",
    "attribute alt", "attribute class", "attribute href", "attribute src",
    "property color", "property font-family",
    # For screen readers; a program that drops them reads the cells in order:
    "attribute scope", "attribute aria-roledescription",
    # Read by one program and ignored by all others: old Apple Mail, phones, old Outlook, nobody (a leftover of the inliner):
    "meta supported-color-schemes", "meta viewport", "attribute xmlns", "attribute data-css-inline",
    # `display: block` of pictures; the table has `display` as a whole:
    "css-display-block",
}  # fmt: skip

ALL = {name: letter.html for name, letter in LETTERS.items()}
FEATURES = {name: used(html) for name, html in ALL.items()}


@pytest.mark.parametrize("name", FEATURES)
def test_what_a_mail_uses_is_supported_or_its_absence_is_explained(name: str) -> None:
    """In Gmail (web, mobile web, both apps), Outlook (classic, Windows Mail, web, Mac, apps) and Apple Mail."""
    unexplained = {
        feature: missing(feature)
        for feature in FEATURES[name]
        if (feature not in support() and feature not in UNPUBLISHED)
        or (missing(feature) and feature not in DEGRADES)
    }
    assert unexplained == {}


def test_no_line_explains_what_no_mail_uses() -> None:
    """The list stays as long as it has to be."""
    everything = set.union(*FEATURES.values())
    needed = {feature for feature in everything if missing(feature)}
    assert set(DEGRADES) == needed
    assert everything - set(support()) == UNPUBLISHED


def test_everything_that_carries_the_message_is_supported_everywhere() -> None:
    """Tables, paragraphs, headings, pictures as PNG, colours, pixels: no program misses one of them."""
    core = {"html-table", "html-p", "html-h1-h6", "html-img", "html-span", "html-strong", "html-div", "html-lang", "image-png",
            "css-background-color", "css-border-collapse", "css-vertical-align", "css-unit-px"}  # fmt: skip
    assert core <= set.union(*FEATURES.values())
    assert {feature: missing(feature) for feature in core if missing(feature)} == {}


VALUES = {
    "display": r"none|block", "text-align": r"left", "text-decoration": r"none", "white-space": r"nowrap", "height": r"auto",
    "font-size": r"\d+px", "line-height": r"\d+px", "font-weight": r"400|600|700", "overflow": r"hidden",
    "margin": r"0|0 0 \d+px 0", "border": r"0|1px solid #\w{6}", "border-bottom": r"[12]px solid #\w{6}",
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_the_values_are_those_that_the_explanations_speak_of(name: str) -> None:
    """No other value of a property that is only partly supported; paddings of paragraphs and headings are none."""
    for element in read(ALL[name]).elements:
        for rule in filter(str.strip, element.attributes.get("style", "").split(";")):
            key, _, value = (part.strip() for part in rule.partition(":"))
            assert re.fullmatch(VALUES.get(key, ".*"), value), (element.tag, rule)
            if key.startswith("padding") and element.tag in {"p", "h1", "h2"}:
                assert value == "0"


@pytest.mark.parametrize(
    ("html", "feature"),
    [
        ("<svg></svg>", "html-svg"),
        ("<form></form>", "html-form"),
        ("<video></video>", "html-video"),
        ('<link rel="stylesheet">', "html-link"),
        ("<script></script>", "tag <script>"),
        ('<p onclick="x()"></p>', "script"),
        ('<a href="#top">x</a>', "html-anchor-links"),
        ('<a href="javascript:x()">x</a>', "address that is no page"),
        ('<img src="data:image/png;base64,x">', "image-base64"),
        ('<img src="https://example.org/x.png">', "picture from elsewhere"),
        ('<p style="display:flex"></p>', "css-display-flex"),
        ('<p style="display:grid"></p>', "css-display-grid"),
        ('<p style="position:absolute"></p>', "css-position"),
        ('<p style="color:var(--ink)"></p>', "css-variables"),
        ('<p style="background:url(x.png)"></p>', "css-background-image"),
        ('<p style="border-radius:4px"></p>', "css-border-radius"),
        ("<style>@font-face{font-family:x}</style>", "css-at-font-face"),
        ('<style>@import "x.css";</style>', "css-at-import"),
    ],
)
def test_a_banned_construct_is_seen_and_has_no_excuse(html: str, feature: str) -> None:
    """The check finds each of them, and no line lets one in."""
    assert feature in used(html)
    assert missing(feature) or feature not in support()
    assert feature not in DEGRADES.keys() | UNPUBLISHED
