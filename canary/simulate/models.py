"""The models list, in both vendors' shapes."""

from collections.abc import Sequence
from typing import Any

from canary.simulate.protocol import Refused

NO_SUCH_MODEL = "no-such-model"
"""The one model name that is always refused."""
RETIRING_MODEL = "retiring-model"
"""The one model name that both lists say will be retired."""
DEPRECATED_AT, RETIRES_AT = "2026-09-01T00:00:00Z", "2027-01-31T00:00:00Z"
DEFAULT_MODELS = ("simulated-large", "simulated-small")
CREATED = 1767225600
CREATED_AT = "2026-01-01T00:00:00Z"
_YES = {"supported": True}
_NO = {"supported": False}


class Models:
    """Which models there are: those named, or any but the reserved name."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def check(self, name: str) -> None:
        """Raises Refused (404) for a model that does not exist."""
        if name == NO_SUCH_MODEL or (self._names and name not in self._names):
            raise Refused(f"The model '{name}' does not exist or you do not have access to it.", status=404)

    def listed(self, *, anthropic: bool) -> dict[str, Any]:
        """The list, in one vendor's shape."""
        names = self._names or DEFAULT_MODELS
        data = [self.one(name, anthropic=anthropic) for name in names]
        if anthropic:
            return {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}
        return {"object": "list", "data": data}

    def one(self, name: str, *, anthropic: bool) -> dict[str, Any]:
        """One entry of it."""
        self.check(name)
        if not anthropic:
            shutdown = {"shutdown_date": RETIRES_AT[:10]} if name == RETIRING_MODEL else {}
            return {"id": name, "object": "model", "created": CREATED, "owned_by": "canary", **shutdown}
        retiring = name == RETIRING_MODEL
        return {
            "type": "model",
            "id": name,
            "display_name": name,
            "created_at": CREATED_AT,
            "lifecycle": "deprecated" if retiring else "active",
            "deprecated_at": DEPRECATED_AT if retiring else None,
            "retires_at": RETIRES_AT if retiring else None,
            "line": None,
            "max_input_tokens": 1_000_000,
            "max_tokens": 64_000,
            "capabilities": _CAPABILITIES,
        }


_CAPABILITIES: dict[str, Any] = {
    "batch": _NO,
    "citations": _NO,
    "code_execution": _NO,
    "context_management": {
        "supported": False,
        "clear_thinking_20251015": _NO,
        "clear_tool_uses_20250919": _NO,
        "compact_20260112": _NO,
    },
    "effort": {"supported": True, "low": _YES, "medium": _YES, "high": _YES, "xhigh": _YES, "max": _YES},
    "image_input": _NO,
    "pdf_input": _NO,
    "server_tools": {"supported": False, "code_execution": _NO, "web_search": _NO},
    "structured_outputs": _NO,
    "thinking": {
        "supported": True,
        "types": {"adaptive": _YES, "between_tools": _YES, "disabled": _YES, "enabled": _YES},
    },
}
