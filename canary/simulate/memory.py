"""Responses that a later request may name instead of repeating them (`previous_response_id`)."""

from collections import OrderedDict
from typing import Any

from canary.simulate.protocol import Body, Refused

KEPT = 256
"""Responses remembered; the oldest is forgotten first."""


class Conversations:
    """Items of past conversations by the id of their last response."""

    def __init__(self) -> None:
        self._items: OrderedDict[str, list[Any]] = OrderedDict()

    def expand(self, body: Body) -> Body:
        """The body with the named response's conversation before its input.

        Raises:
            Refused: the response is not known.
        """
        named = body.get("previous_response_id")
        if named is None:
            return body
        if named not in self._items:
            raise Refused(
                f"Previous response with id '{named}' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        return {**body, "input": [*self._items[named], *_items(body.get("input"))]}

    def keep(self, expanded: Body, response: Body) -> None:
        """Remember a response."""
        self._items[response["id"]] = [*_items(expanded.get("input")), *response["output"]]
        if len(self._items) > KEPT:
            self._items.popitem(last=False)


def _items(given: Any) -> list[Any]:
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return list(given or ())
