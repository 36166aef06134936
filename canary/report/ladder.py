"""The ladder of evidence: something changed, in which layer, by which mechanism; the last rung is a person's.

Our own side is looked at first. Nothing here says why anybody did anything.
"""

from collections.abc import Iterator, Mapping, Sequence

from canary.domain.deployment import Member
from canary.domain.incident import Attribution, Candidate, Incident, Rejected
from canary.report.incident_view import Human, Refuted, Rung, Suspect
from canary.report.life import standing
from canary.report.movements import figure_said, foremost, said, title_of
from canary.report.numbers import day, listed, percent, plural
from canary.report.outage import is_outage
from canary.report.people import ARMS, where
from canary.report.untrusted import label, one_line
from canary.report.wordings import HYPOTHESES, LAYERS, MECHANISMS, named

MOST = 5
"""Candidates and named figures shown."""

CONFIRMATION = Human(
    field="vendor",
    question="Has the vendor confirmed it? Link to the notice.",
)


def ladder(incident: Incident, members: Mapping[str, Member]) -> tuple[Rung, ...]:
    """All rungs, from our own side to the vendor's word."""
    found = incident.attribution
    if is_outage(incident):
        return _outage()
    return (
        Rung(name="first", title="Our own side", reached=True, told=tuple(_ours(found))),
        Rung(name="R0", title="Something changed", reached=True, told=tuple(_changed(incident))),
        Rung(name="R1", title="The layer", reached=_has_layer(found), told=tuple(_layer(found, members))),
        Rung(name="R2", title="The mechanism", reached=bool(found.candidates), told=tuple(_mechanism(found))),
        _VENDOR,
    )


_VENDOR = Rung(
    name="R3",
    title="Confirmed by the vendor",
    reached=False,
    told=("Only a person can fill this rung.",),
)


def _outage() -> tuple[Rung, ...]:
    """An outage is a fact of calls: no layer of the model and no mechanism is read into it."""
    ours = "Not judged by figures: see above what of ours, such as a key or a setting, became another one around the same time."
    counted = "A quarter or more of a day's calls failed: counted, not tested."
    return (
        Rung(name="first", title="Our own side", reached=True, told=(ours,)),
        Rung(name="R0", title="Something changed", reached=True, told=(counted,)),
        Rung(name="R1", title="The layer", reached=False, told=("Not told of an outage.",)),
        Rung(name="R2", title="The mechanism", reached=False, told=("Not told of an outage.",)),
        _VENDOR,
    )


def _ours(found: Attribution) -> Iterator[str]:
    if not found.ours:
        yield "No change of ours near the onset is on record."
    for note in found.ours[:MOST]:
        yield f"{day(note.day)}: {one_line(note.text)}. Read everything below with this in mind."
    if len(found.ours) > MOST:
        yield f"And {plural(len(found.ours) - MOST, 'more change')} of ours."


def _changed(incident: Incident) -> Iterator[str]:
    changes = foremost(standing(incident))
    many = len(dict.fromkeys((c.target, c.family, c.metric) for c in changes))
    yield f"{plural(many, 'series', 'series')} moved beyond what chance does within the budget of false alarms."
    for change in changes[:MOST]:
        yield f"{label(change.target)}: {said(change)}."


def _has_layer(found: Attribution) -> bool:
    return found.layer is not None and found.layer != "not-separable"


def _layer(found: Attribution, members: Mapping[str, Member]) -> Iterator[str]:
    if found.layer is None:
        yield "Not told: the records name no arm, or the target has no twin."
    elif found.layer == "not-separable":
        yield "Not to be told from the arms that were run."
    else:
        yield f"It is in {LAYERS.get(found.layer, found.layer)}."
    yield where(found, members)
    if found.missing_arms:
        arms = listed([ARMS.get(arm, arm) for arm in found.missing_arms])
        yield f"Not run: {arms}. Running them would tell more layers apart."


def _mechanism(found: Attribution) -> Iterator[str]:
    if not found.candidates:
        yield "No mechanism in the table fits these figures."
        return
    best = found.candidates[0]
    yield f"The figures look most like {_name(best)}."
    if len(found.candidates) > 1:
        yield f"Runner-up: {_name(found.candidates[1])}."
        if found.separates:
            parts = listed([_part(name) for name in found.separates[:MOST]])
            yield f"What would tell the two apart: {parts}."
        else:
            yield "The figures at hand tell the two apart already."
    yield "A likeness of figures is no proof."


def _name(candidate: Candidate) -> str:
    return one_line(named(MECHANISMS, candidate.mechanism))


def _part(name: str) -> str:
    if name in ARMS:
        return ARMS[name]
    try:
        return title_of(name).lower()
    except KeyError:
        return label(name)


def suspects(found: Attribution) -> tuple[Suspect, ...]:
    """The candidates with what speaks for and against each."""
    return tuple(
        Suspect(
            name=_name(one),
            fit=percent(one.score),
            share=min(1.0, max(0.0, one.score)),
            seen=_parts(one.seen),
            against=_parts(one.against),
            unmeasured=_parts(one.unmeasured),
        )
        for one in found.candidates[:MOST]
    )


def _parts(names: Sequence[str]) -> str:
    return listed([_part(name) for name in names], most=8) or "nothing"


def rejected(found: Attribution) -> tuple[Refuted, ...]:
    """Hypotheses, each with the figures that speak against it."""
    return tuple(
        Refuted(hypothesis=_capital(one_line(named(HYPOTHESES, one.hypothesis))), told=_against(one))
        for one in found.rejected
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _against(one: Rejected) -> str:
    facts = [f"{one_line(name)}: {one_line(value)}" for name, value in one.facts]
    figures = [f"{label(figure.target)}: {figure_said(figure)}" for figure in one.figures[:3]]
    more = len(one.figures) - 3
    rest = [f"{plural(more, 'more figure')}"] if more > 0 else []
    named_already = {figure.target for figure in one.figures}
    others = [label(target) for target in one.targets if target not in named_already]
    whose = f" ({listed(others, most=3)})" if others else ""
    return ("; ".join([*facts, *figures, *rest]) or "no figure was kept") + f"{whose}."
