"""What a reader can do now, with what is in their own hands: a setting, a version, a host. Never "roll back the model"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from canary.domain.deployment import Member
from canary.domain.incident import Incident
from canary.report.numbers import listed
from canary.report.untrusted import label


@dataclass(frozen=True, kw_only=True, slots=True)
class Lever:
    """One thing to do.

    Attributes:
        advice: an imperative, without a full stop.
        command: a command line that does it; "" without.
    """

    advice: str
    command: str = ""


_BY_MECHANISM: Mapping[tuple[str, str], Lever] = {
    ("effort-cut", "claude-code"): Lever(advice="set effort to high", command="claude --effort high"),
    ("effort-cut", "codex"): Lever(
        advice="set reasoning effort to high", command="codex -c model_reasoning_effort=high"
    ),
    ("effort-cut", ""): Lever(advice="set the reasoning effort explicitly, one level higher"),
    ("effort-raise", "claude-code"): Lever(advice="set effort to medium", command="claude --effort medium"),
    ("effort-raise", ""): Lever(advice="set the reasoning effort explicitly, one level lower"),
    ("thinking-cleared", ""): Lever(advice="start a new session instead of resuming an old one"),
    ("verbosity-cap", ""): Lever(advice="ask for full explanations in your own instructions"),
    ("tokenizer", ""): Lever(
        advice="raise token limits and budgets by what the same text is billed more", command="canary plan"
    ),
    ("context-growth", ""): Lever(advice="compact or restart long sessions earlier"),
    ("fewer-tools", ""): Lever(advice="tell it in your instructions to read before it edits"),
    ("served-model-swap", ""): Lever(advice="request a dated model name, and compare the name served on every call"),
    ("tier-or-speed", ""): Lever(advice="ask for the tier by name, and check the one served"),
    ("format-break", ""): Lever(advice="validate output and retry, or ask another host"),
    ("wrong-script", ""): Lever(advice="reject answers in the wrong script and ask again"),
    ("capability-drop", ""): Lever(advice="try another dated model or another host"),
    ("refusals", ""): Lever(advice="look at the refused prompts one by one"),
    ("price", ""): Lever(advice="check the dated price of this model"),
}  # fmt: skip
"""(mechanism, provider or "" for any) -> what helps."""

_BY_LAYER: Mapping[str, Lever] = {
    "harness-default": Lever(advice="pin the settings instead of taking the defaults"),
    "harness-code": Lever(advice="stay on the harness version that was in use before"),
    "harness-state": Lever(advice="start a new session instead of resuming an old one"),
    "api-default": Lever(advice="send every setting explicitly instead of leaving it to the default"),
    "model-or-serving": Lever(advice="request a dated model name, where the provider has one"),
    "host": Lever(advice="send the traffic to another host"),
    "identity": Lever(advice="ask from another account and compare"),
    "ours": Lever(advice="look at our own change first"),
}


def levers(incident: Incident, members: Mapping[str, Member]) -> tuple[Lever, ...]:
    """What helps, the most specific first; () once nothing is left to do."""
    if incident.state != "opened":
        return ()
    found = tuple(dict.fromkeys(_all(incident, members)))
    return found or (Lever(advice="look at the prompts that moved"),)


def _all(incident: Incident, members: Mapping[str, Member]) -> Iterator[Lever]:
    attribution, provider = incident.attribution, _provider(incident, members)
    if incident.kind == "availability":
        yield _elsewhere(incident)
        return
    mechanism = attribution.mechanism or ""
    for key in ((mechanism, provider), (mechanism, "")):
        if key in _BY_MECHANISM:
            yield _BY_MECHANISM[key]
            break
    layer = attribution.layer or ""
    if layer in _BY_LAYER:
        yield _BY_LAYER[layer]
    if attribution.flat:
        yield _steady(incident)


def _elsewhere(incident: Incident) -> Lever:
    flat = [label(target) for target in incident.attribution.flat]
    if flat:
        return Lever(
            advice=f"send the traffic to {listed(flat, most=2)}, which {'answer' if len(flat) > 1 else 'answers'}"
        )
    return Lever(advice="wait or use another host; nothing can be said of quality until it answers")


def _steady(incident: Incident) -> Lever:
    return Lever(
        advice=f"use {listed([label(t) for t in incident.attribution.flat], most=2)}, which stood still"
    )


def _provider(incident: Incident, members: Mapping[str, Member]) -> str:
    member = members.get(incident.targets[0]) if incident.targets else None
    return (member.provider or "") if member else ""


def own_acts(incident: Incident) -> tuple[Lever, ...]:
    """What canary itself can be told about an incident, as commands."""
    if incident.state in {"withdrawn", "closed", "accepted"}:
        return ()
    name = label(incident.id)
    ending = "--by NAME --reason TEXT"
    acts = [
        Lever(advice="take it in hand", command=f"canary incidents acknowledge {name} {ending}"),
        Lever(advice="call it the new normal", command=f"canary incidents accept {name} {ending}"),
        Lever(advice="say that it was none", command=f"canary incidents withdraw {name} {ending}"),
    ]
    if incident.state == "recovered":
        return (acts[2],)
    if incident.kind == "availability":
        acts = [acts[0], acts[2]]
    return tuple(acts[1:] if incident.acknowledged_by else acts)
