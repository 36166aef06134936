"""One spelling for one value: canonical JSON and the digest taken over it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"

DIGEST_LENGTH = 16
"""Hex characters kept: 64 bits, so that a suite of thousands of prompts does not collide by chance."""


def canonical_json(value: Json) -> str:
    """Serialise with sorted keys, no spaces and no NaN, so that equal values give equal text.

    Raises:
        ValueError: the value holds NaN or an infinity.
    """
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
"""Made once: `json.dumps` would make one for every value that it is not asked to write its own way."""


def digest(value: Json) -> str:
    """First 16 hex characters of the SHA-256 of the canonical JSON of `value`."""
    data = canonical_json(value).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:DIGEST_LENGTH]
