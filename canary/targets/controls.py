"""Positive controls: known degradations made on purpose, so that sensitivity is measured and not assumed.

Each is the target itself with one thing changed, after the defects of spring 2026: reasoning effort cut, thinking
cleared from the history, a line that caps how much is said. Their trials carry the trigger `control` and enter no daily
series; a control that the detector does not tell from its target means that the real defect would go unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from canary.domain.canonical import Json
from canary.domain.target import TargetOptions, TargetSpec

EFFORT = "low-effort"
CLEARED = "thinking-cleared"
TERSE = "terse-line"
NAMES: Mapping[str, str] = {
    EFFORT: "reasoning effort cut to low (I-01)",
    CLEARED: "thinking cleared from the history on every turn (I-02)",
    TERSE: "a line that caps words between tool calls and of the answer (I-03)",
}
"""Control -> what it does."""

TERSE_LINE = "Keep text between tool calls to 25 words or fewer. Keep final answers to 100 words or fewer."
"""What the third control adds to the system text, after the line published in the vendor's own post."""

_BETA = "context-management-2025-06-27"
_BETA_HEADER = "anthropic-beta"
_CLEARING: Json = {
    "edits": [{"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}}]
}
_LOWEST: Mapping[str, str] = {"anthropic": "low", "openai": "low", "claude-code": "low", "codex": "low"}


def controls(spec: TargetSpec) -> Sequence[TargetSpec]:
    """The controls that a target can be put through, as targets of their own named `<target>.<control>`.

    A target whose provider has no place for a change is left out of that control: () for a `command`.
    """
    made = [_low_effort(spec), _cleared(spec), _terse(spec)]
    return tuple(control for control in made if control is not None)


def control_of(name: str) -> tuple[str, str] | None:
    """Target and control of a control's name; None for any other name."""
    target, dot, control = name.rpartition(".")
    return (target, control) if dot and control in NAMES else None


def _named(spec: TargetSpec, control: str, options: TargetOptions) -> TargetSpec:
    return replace(spec, name=f"{spec.name}.{control}", twins=None, options=options)


def _low_effort(spec: TargetSpec) -> TargetSpec | None:
    lowest = _LOWEST.get(spec.provider)
    if lowest is None or spec.options.effort == lowest:
        return None
    return _named(spec, EFFORT, replace(spec.options, effort=lowest))


def _cleared(spec: TargetSpec) -> TargetSpec | None:
    """Only Anthropic's API clears thinking on request; of its agents one can't ask it."""
    if spec.provider != "anthropic":
        return None
    o = spec.options
    betas = [name.strip() for name in o.extra_headers.get(_BETA_HEADER, "").split(",") if name.strip()]
    headers = {**o.extra_headers, _BETA_HEADER: ",".join(dict.fromkeys([*betas, _BETA]))}
    body = {**o.extra_body, "context_management": _CLEARING}
    return _named(spec, CLEARED, replace(o, extra_headers=headers, extra_body=body))


def _terse(spec: TargetSpec) -> TargetSpec | None:
    if spec.provider == "command":
        return None
    return _named(spec, TERSE, replace(spec.options, appended_system=TERSE_LINE))
