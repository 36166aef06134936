"""When a provider will retire a model, read from its own models list: asked once for each target, told with every trial.

A retirement explains what no statistic can: an alias that moves, a model that begins to refuse. Lists name it differently
(`deprecated_at` and `retires_at`, or `shutdown_date`); some name nothing, and then nothing is told.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

Dates: TypeAlias = Mapping[str, str]
"""`model_deprecated` and `model_retires` -> ISO date, or `OPEN` where the list names none."""

OPEN = "none"
PATIENCE_S = 10.0
"""A list that takes longer is not waited for: trials are worth more than a date."""

_log = logging.getLogger(__name__)
_FIELDS = {
    "deprecated_at": "model_deprecated",
    "retires_at": "model_retires",
    "shutdown_date": "model_retires",
}


def dates_of(entry: Any) -> Dates:
    """The dates of one entry of a models list, as an SDK gives it.

    Returns:
        Only the keys the entry has a field for; a value that is no date is left out.
    """
    told: dict[str, str] = {}
    for field, key in _FIELDS.items():
        if not hasattr(entry, field):
            continue
        day = _iso(getattr(entry, field))
        if day is not None:
            told[key] = day
    return told


def _iso(value: Any) -> str | None:
    if value is None:
        return OPEN
    if isinstance(value, datetime):
        return value.date().isoformat()
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return None


class Lifecycle:
    """One model's dates, asked for once however many trials want them."""

    def __init__(self, retrieve: Callable[[], Awaitable[Any]]) -> None:
        """Prepare to ask.

        Args:
            retrieve: gets the model's entry; may raise anything.
        """
        self._retrieve = retrieve
        self._asked: asyncio.Task[Dates] | None = None

    async def dates(self) -> Dates:
        """The dates; nothing where the list has no such model, can't be had or is slow. Never an error."""
        if self._asked is None:
            self._asked = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._asked)

    async def close(self) -> None:
        """Ask no longer."""
        if self._asked is not None and not self._asked.done():
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)

    async def _ask(self) -> Dates:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return dates_of(await self._retrieve())
        except Exception as error:  # noqa: BLE001 - whatever it is, the trials go on without a date
            # Only its kind: what it says may repeat a key.
            _log.debug("the models list told nothing: %s", type(error).__name__)
            return {}
