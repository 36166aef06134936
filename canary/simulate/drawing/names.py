"""What trials name: the served model, its tier, the fingerprint of what carried them."""

import json
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.drawing.ground import Ground
from canary.simulate.drawing.usage import USD_PER_MILLION

Texts: TypeAlias = NDArray[np.object_]

HARNESS_VERSION = "2.1.60"


def names(ground: Ground) -> dict[str, Texts]:
    """`served_model`, `service_tier`, `fingerprint`, `unit_prices`, as the store keeps them."""
    model = ground.site.model or "model"
    told = {
        "unit_prices": np.full(ground.cube, json.dumps(USD_PER_MILLION), dtype=object),
        "served_model": _named(ground, "served_model", model),
        "service_tier": _named(ground, "service_tier", ground.site.tier),
    }
    if not ground.site.is_harness:
        return {
            **told,
            "fingerprint": np.full(ground.cube, json.dumps({"canary": "1", "sdk": "1"}), dtype=object),
        }
    versions = _named(ground, "fingerprint", HARNESS_VERSION)
    known = {version: json.dumps({"canary": "1", "harness": version}) for version in set(versions.ravel())}
    told["fingerprint"] = np.array([known[one] for one in versions.ravel()], dtype=object).reshape(
        ground.cube
    )
    return told


def _named(ground: Ground, field: str, usual: str) -> Texts:
    moves = ground.of(field)
    was = [move.effect.was for move in moves if move.effect.was is not None]
    told = np.full(ground.cube, was[0] if was else usual, dtype=object)
    for move in moves:
        told[move.trials] = move.effect.name
    return told
