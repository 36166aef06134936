"""A drawing as a picture for mail: the same elements, the light colours written out, the font that comes along.

Mail programs show no SVG and know no colour names of ours; a picture has an opaque ground, so that a dark mailbox leaves
it readable.
"""

import re
from contextlib import ExitStack
from functools import cache
from importlib.resources import as_file, files

from canary.report.svg import Element

FONTS = ("Inter-Regular.otf", "Inter-SemiBold.otf")


def png(drawing: Element, width: int) -> bytes:
    """The drawing on the paper of a light page, `width` pixels wide."""
    from resvg_py import svg_to_bytes

    with ExitStack() as stack:
        fonts = [str(stack.enter_context(as_file(files("canary.report") / "fonts" / name))) for name in FONTS]
        return svg_to_bytes(
            svg_string=str(drawing),
            style_sheet=_sheet(),
            background=_colours()["card"],
            skip_system_fonts=True,
            font_files=fonts,
            font_family="Inter",
            sans_serif_family="Inter",
            width=width,
        )


@cache
def _colours() -> dict[str, str]:
    """The names of the light scheme, which comes first in the page's sheet."""
    sheet = (files("canary.report") / "templates" / "page.css").read_text(encoding="utf-8")
    block = re.search(r":root \{([^}]*)\}", sheet)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block.group(1))) if block else {}


@cache
def _sheet() -> str:
    """The drawings' part of the page's sheet with every name of a colour replaced by the colour."""
    sheet = (files("canary.report") / "templates" / "chart.css").read_text(encoding="utf-8")
    sheet = re.sub(r"/\*.*?\*/|@media[^{]*\{(?:[^{}]*\{[^}]*\})*[^}]*\}", "", sheet, flags=re.DOTALL)
    return re.sub(r"var\(--([\w-]+)\)", lambda name: _colours()[name.group(1)], sheet)
