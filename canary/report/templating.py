"""The template engine: whatever goes into HTML is escaped, an undefined name is an error."""

from functools import cache
from typing import TYPE_CHECKING

from canary.report import charts, numbers, phrases

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> "Environment":
    """All templates of the room. Text bodies (`.txt.j2`) are no markup; everything else is escaped."""
    # Imported on use: a command that writes no page should not pay for the template engine.
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    made = Environment(
        loader=PackageLoader("canary.report", "templates"),
        autoescape=select_autoescape(disabled_extensions=("txt.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        marks=charts.interval_marks,
        heat=charts.heat_level,
        answer_told=phrases.answer_told,
        check_told=phrases.check_told,
        failed_told=phrases.failed_told,
        found_told=phrases.found_told,
        message_told=phrases.message_told,
        omitted_told=phrases.omitted_told,
        tally_told=phrases.tally_told,
        wanted_told=phrases.wanted_told,
        families_caption=phrases.FAMILIES_CAPTION,
        number=numbers.count,
        plural=numbers.plural,
    )
    return made
