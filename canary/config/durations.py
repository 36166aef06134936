"""Durations as people write them: `10m`, `26h`, `400d`."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from canary.config.problems import refusal

UNITS: Mapping[str, int] = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
"""Seconds in each unit."""
DURATION = r"[0-9]{1,9}(\.[0-9]{1,6})?[smhd]"
MAX_SECONDS = 100 * 366 * 86_400
"""A century: longer is a slip of the pen, and beyond what a date can be moved by."""


def seconds(text: str) -> float:
    """Seconds of a duration.

    Raises:
        ValueError: the text is no duration, or longer than a century.
    """
    if not re.fullmatch(DURATION, text) or float(text[:-1]) * UNITS[text[-1]] > MAX_SECONDS:
        raise ValueError("is no duration")
    return float(text[:-1]) * UNITS[text[-1]]


def _duration(text: str) -> str:
    try:
        seconds(text)
    except ValueError:
        raise refusal("must be a duration", 'write a number and s, m, h or d, like "10m" or "26h"') from None
    return text


Duration = Annotated[
    str, AfterValidator(_duration), Field(title="duration", json_schema_extra={"pattern": f"^{DURATION}$"})
]
"""A duration in a file; read it with `seconds`."""
