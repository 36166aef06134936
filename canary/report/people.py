"""Targets as a reader knows them: whose product, with which settings, and which of them moved."""

from collections.abc import Mapping, Sequence

from canary.domain.deployment import Member
from canary.domain.incident import Attribution
from canary.report.numbers import listed
from canary.report.untrusted import label

PROVIDERS: Mapping[str, str] = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "anthropic": "Anthropic API",
    "openai": "OpenAI API",
    "openai-chat": "API",
    "command": "the command",
}
ARMS: Mapping[str, str] = {
    "api": "the raw API",
    "api-defaults": "the API with its default settings",
    "harness": "default settings",
    "harness-pinned": "pinned settings",
    "harness-resumed": "resumed sessions",
}
_SETTINGS: Mapping[str, str] = {
    "api": "",
    "api-defaults": "default settings",
    "harness": "default settings",
    "harness-pinned": "pinned settings",
    "harness-resumed": "resumed sessions",
}
_NAMED = 2
"""Targets named in a line; more are counted. Two is what a phone has room for."""


def product(target: str, members: Mapping[str, Member]) -> str:
    """`Claude Code, default settings`; the target's own name where nothing more is known of it."""
    member = members.get(target)
    if member is None or member.provider is None:
        return label(target)
    name = PROVIDERS.get(member.provider, label(member.provider))
    if member.host and member.host != "default":
        name = f"{name} at {label(member.host)}"
    settings = _SETTINGS.get(member.arm or "", "")
    return f"{name}, {settings}" if settings else name


def products(targets: Sequence[str], members: Mapping[str, Member]) -> str:
    """Several targets in one line."""
    names = list(dict.fromkeys(product(target, members) for target in targets))
    return listed(names, most=_NAMED, what="more targets") if names else ""


def where(attribution: Attribution, members: Mapping[str, Member]) -> str:
    """Which of the twins moved and which did not, in one or two sentences."""
    moved = _places(attribution.moved, members)
    if not moved:
        return "Not known."
    only = " only" if attribution.flat and len(attribution.moved) == 1 else ""
    parts = [f"{_sentence(moved)}{only}."]
    if attribution.flat:
        names = _places(attribution.flat, members)
        parts.append(f"{_sentence(names)} {_verb(names)} unchanged.")
    else:
        parts.append("No twin stood still beside it.")
    if attribution.unclear:
        parts.append(f"Not clear: {listed(_places(attribution.unclear, members), most=_NAMED)}.")
    return " ".join(parts)


def places_told(targets: Sequence[str], members: Mapping[str, Member], *, capital: bool = True) -> str:
    """Arms, or names, in one line."""
    names = _places(targets, members)
    return _sentence(names) if capital else listed(names, most=_NAMED)


def _places(targets: Sequence[str], members: Mapping[str, Member]) -> list[str]:
    """Arms where each target of the list has one of its own, else names."""
    arms = [members[target].arm if target in members else None for target in targets]
    if all(arm is not None for arm in arms) and len(set(arms)) == len(arms):
        return [ARMS[arm] for arm in arms if arm is not None]
    return [label(target) for target in targets]


def _verb(names: Sequence[str]) -> str:
    several = len(names) > 1 or names[0].endswith(("settings", "sessions"))
    return "are" if several else "is"


def _sentence(names: Sequence[str]) -> str:
    """Names at the head of a sentence; a target's own name keeps its letters."""
    told = listed(list(names), most=_NAMED)
    return told[:1].upper() + told[1:] if names[0] in ARMS.values() else told
