"""When a model is retired, over both SDKs and real HTTP: told with every trial, asked once, never in a trial's way."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from canary.targets.lifecycle import Lifecycle, dates_of


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"deprecated_at": None, "retires_at": None}, {"model_deprecated": "none", "model_retires": "none"}),
        (
            {"deprecated_at": datetime(2026, 9, 1, tzinfo=UTC), "retires_at": "2027-01-31T00:00:00Z"},
            {"model_deprecated": "2026-09-01", "model_retires": "2027-01-31"},
        ),
        ({"shutdown_date": "2027-01-31"}, {"model_retires": "2027-01-31"}),
        ({"shutdown_date": "next winter"}, {}),
        ({"shutdown_date": 7}, {}),
        ({"id": "a model of a host that names no dates"}, {}),
    ],
)
def test_dates_are_read_as_they_are_or_not_at_all(entry: dict[str, Any], told: dict[str, str]) -> None:
    assert dates_of(SimpleNamespace(**entry)) == told


async def test_a_list_that_fails_is_asked_once_and_in_nobodys_way() -> None:
    asked: list[int] = []

    async def refuse() -> Any:
        asked.append(1)
        raise RuntimeError("no list here: key sk-secret")

    lifecycle = Lifecycle(refuse)
    assert [await lifecycle.dates() for _ in range(3)] == [{}, {}, {}]
    assert len(asked) == 1
    await lifecycle.close()
