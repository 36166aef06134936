"""The story that `canary demo` and the example under reports/ tell: spring 2026, drawn, judged, and said in a few lines.

Three defects of a coding agent overlap, in three of four arms of one model; the fourth arm, the raw API, asks for an alias, and
on the day of a release meets another model with another tokenizer behind it. Dates are the vendor's, sizes partly assumed
(docs/drills.md).
"""

from collections.abc import Sequence
from dataclasses import replace

from canary.domain.incident import Incident
from canary.domain.ports import Store
from canary.domain.suite import Suite
from canary.rehearsal.records import keep_history
from canary.simulate.multi import Drawn, draw_scenario
from canary.simulate.profile import profile_of
from canary.simulate.scenario_files import find_scenario
from canary.simulate.scenarios import Change, Scenario

SCENARIO = "cc-march-overlap"
ALIAS = "opus"
TWINS = "spring-2026"
API = "simulated-api"
SEED = 9002
"""Four incidents open, each named right. They do on 20 of the seeds 9001 to 9048, and four on 23; on the others one or two more open,
most of those in the arm of resumed sessions (`python -m tests.rehearsal.example seeds 48`)."""
EVERY = 4
"""One prompt of one turn in so many is asked, and all of several turns: they alone show what a resumed session loses."""
NEAR = 7
"""Days between the onset as told and as it was."""
LABEL = "simulated: spring 2026"
BANNER = "Simulated on this machine: no model was asked. The dates are those of spring 2026, the sizes partly assumed."


def spring() -> Scenario:
    """The scenario, its targets named as simulated ones."""
    made = find_scenario(SCENARIO)
    return replace(
        made,
        targets=tuple(
            replace(site, name=f"simulated-{site.name}", model=ALIAS if site.arm == "api" else site.model)
            for site in made.targets
        ),
    )


def asked_of(suite: Suite) -> Suite:
    """The prompts of the story."""
    single = [prompt.id for prompt in suite.prompts if len(prompt.turns) == 1][::EVERY]
    return Suite(
        prompts=tuple(prompt for prompt in suite.prompts if len(prompt.turns) > 1 or prompt.id in single)
    )


def draw_spring(suite: Suite, seed: int = SEED) -> Drawn:
    """The story's history; the same on every machine of one numpy.

    Args:
        suite: the prompts asked.
        seed: another one draws another history.
    """
    drawn = draw_scenario(spring(), profile_of(suite), seed)
    members = {name: replace(member, twins=TWINS) for name, member in drawn.members.items()}
    return replace(drawn, members=members)


def keep_spring(store: Store, suite: Suite) -> int:
    """Keep the story's history in a store; says how many trials are new, 0 where it was kept before.

    Args:
        store: where.
        suite: the whole prompt set.
    """
    if API in store.targets():
        return 0
    asked = asked_of(suite)
    return keep_history(store, draw_spring(asked), spring(), asked, LABEL)


def changes_told(incidents: Sequence[Incident]) -> Sequence[tuple[Incident, Change | None]]:
    """Each incident with the change of the story that it is about, None where it is about none.

    They belong together where the incident's mechanism is the change's, and its onset a week from it at most.
    """
    return [
        (incident, next((change for change in spring().changes if _is_told(incident, change)), None))
        for incident in incidents
    ]


def _is_told(incident: Incident, change: Change) -> bool:
    names = {change.mechanism, *change.or_mechanisms} - {None}
    near = abs((incident.onset - change.first_day).days) <= NEAR
    return incident.attribution.mechanism in names and near


def notes_text() -> str:
    """`annotations.yaml` of the story: what anybody could have known of the vendor's side."""
    lines = ["# Dated notes of what happened around the targets; pages show them beside what moved."]
    for note in sorted(spring().annotations, key=lambda one: one.day):
        lines += [f"- day: {note.day}", f"  text: {note.text}", f"  kind: {note.kind}"]
    return "\n".join(lines) + "\n"
