"""Values that never vary, on two sides: billed input tokens of a fixed text, the served model, its tier, the fingerprint."""

from dataclasses import dataclass

import numpy as np

from canary.analysis.pairing import Pairing
from canary.analysis.sides import NAMED

MANY_TRIALS = 2
"""Trials of a prompt on each side that must agree for its billed input to be taken as fixed."""

MOST = 0.5
"""Share of prompts that must differ where one trial each says nothing of what varies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactDifference:
    """One value that is compared, not averaged.

    Attributes:
        metric: which.
        a, b: the values; of billed input the mean over prompts.
        ratio: b / a - 1 of numbers; None of names.
        changed: whether they differ.
        n_prompts: prompts compared.
    """

    metric: str
    a: float | str
    b: float | str
    ratio: float | None
    changed: bool
    n_prompts: int


def exact_differences(pairing: Pairing) -> list[ExactDifference]:
    """All values that both sides have."""
    made = [_tokenizer(pairing), *(_named(pairing, name) for name in NAMED)]
    return [one for one in made if one is not None]


def _tokenizer(pairing: Pairing) -> ExactDifference | None:
    """One prompt alone may have been edited outside; several at once are the tokenizer, or a text put before all."""
    a, b = pairing.a.input_tokens[pairing.column_a], pairing.b.input_tokens[pairing.column_b]
    trials = np.minimum(pairing.a.input_trials[pairing.column_a], pairing.b.input_trials[pairing.column_b])
    fixed = np.isfinite(a) & np.isfinite(b)
    sure = fixed & (trials >= MANY_TRIALS)
    which = sure if sure.any() else fixed
    if not which.any():
        return None
    differ = int((a[which] != b[which]).sum())
    prompts = int(which.sum())
    changed = differ >= min(2, prompts) if sure.any() else differ > MOST * prompts
    level_a, level_b = float(a[which].mean()), float(b[which].mean())
    return ExactDifference(
        metric="tokenizer",
        a=level_a,
        b=level_b,
        ratio=level_b / level_a - 1 if level_a > 0 else None,
        changed=changed,
        n_prompts=prompts,
    )


def _named(pairing: Pairing, name: str) -> ExactDifference | None:
    """A name that the old side never showed is a change; one that the new side no longer shows may be chance."""
    old, new = pairing.a.names.get(name), pairing.b.names.get(name)
    if not old or not new:
        return None
    return ExactDifference(
        metric=name,
        a=max(old, key=lambda value: old[value]),
        b=max(new, key=lambda value: (value not in old, new[value])),
        ratio=None,
        changed=bool(set(new) - set(old)),
        n_prompts=int(pairing.column_a.size),
    )
