"""Where a target stands among the others, as its records say it."""

from typing import cast, get_args

from canary.domain.deployment import Member
from canary.domain.ports import TrialColumns
from canary.domain.target import Arm

PLACES = ("arm", "twins", "provider", "host", "requested_model")
"""Fields of the record that say it: what to ask `Store.columns` for."""


def members_of(columns: TrialColumns) -> Member:
    """The place that the last record names, field by field; an arm of no known name is none."""
    named = {name: _last(columns, name) for name in PLACES}
    arm = named["arm"] if named["arm"] in get_args(Arm) else None
    return Member(
        arm=cast("Arm | None", arm),
        twins=named["twins"],
        provider=named["provider"],
        host=named["host"],
        model=named["requested_model"],
    )


def _last(columns: TrialColumns, name: str) -> str | None:
    texts = columns.texts.get(name)
    return None if texts is None else next((text for text in reversed(texts.tolist()) if text), None)
