"""Changes that no incident of the catalogue shows: the same mechanisms on other layers, by other metrics and in other sizes.

The signatures were written from the catalogue. These were not: each has a layer and a mechanism by construction, on four arms with
two accounts, and moves some metrics of its signature, leaves others alone, and moves one that the signature doesn't name
or says is flat. `mechanisms.SPECIFIC` was chosen with these in view; those of `held_out` were written and measured afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from canary.domain.incident import Layer
from canary.domain.target import Arm
from canary.simulate.scenarios import Change, Effect, Scenario, Site

MODEL = "claude-opus-4-6"
HARNESSES: tuple[Arm, ...] = ("harness", "harness-pinned", "harness-resumed")
EVERYWHERE: tuple[Arm, ...] = ("api", *HARNESSES)
PLACES: Sequence[tuple[str, Arm, str]] = (
    ("api", "api", "account-a"),
    ("harness", "harness", "account-a"),
    ("harness-pinned", "harness-pinned", "account-a"),
    ("harness-resumed", "harness-resumed", "account-a"),
    ("api-other", "api", "account-b"),
)
SITES = tuple(
    Site(
        name=name,
        arm=arm,
        provider="anthropic" if arm == "api" else "claude-code",
        model=MODEL,
        identity=identity,
        speed=37.5 if arm == "api" else 0.0,
    )
    for name, arm, identity in PLACES
)
ONSET = date(2026, 5, 12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfamiliar:
    """One change by construction."""

    name: str
    layer: Layer
    mechanism: str
    arms: tuple[Arm, ...]
    effects: tuple[Effect, ...]

    @property
    def scenario(self) -> Scenario:
        """The change in its deployment."""
        change = Change(
            name=self.name,
            start=ONSET,
            arms=self.arms,
            effects=self.effects,
            expect="incident",
            layer=self.layer,
            mechanism=self.mechanism,
        )
        return Scenario(
            id=self.name, title=self.name, kind="synthetic", targets=SITES, changes=(change,), days=14
        )


def times(metric: str, x: float) -> Effect:
    """A factor on a mean."""
    return Effect(metric=metric, src="assumed", x=x)


def points(metric: str, add: float) -> Effect:
    """Points added to a share."""
    return Effect(metric=metric, src="assumed", add=add)


CHANGES: Sequence[Unfamiliar] = (
    Unfamiliar(
        name="effort-cut-of-the-model",
        layer="model-or-serving",
        mechanism="effort-cut",
        arms=EVERYWHERE,
        effects=(times("THK", 0.6), times("TCN", 0.9), points("ACC", -0.03), times("TTFT", 0.8)),
    ),
    Unfamiliar(
        name="effort-raise-by-default",
        layer="harness-default",
        mechanism="effort-raise",
        arms=("harness", "harness-resumed"),
        effects=(times("THK", 1.7), times("LAT", 1.3), times("RE", 1.2)),
    ),
    Unfamiliar(
        name="thinking-dropped-in-every-session",
        layer="harness-code",
        mechanism="thinking-cleared",
        arms=HARNESSES,
        effects=(
            Effect(metric="IFQ", src="assumed", per_turn_add=-0.06),
            points("CRD", -0.4),
            Effect(metric="RPT", src="assumed", per_turn_add=0.06),
            times("OUT", 0.95),
        ),
    ),
    Unfamiliar(
        name="short-last-words-of-the-model",
        layer="model-or-serving",
        mechanism="verbosity-cap",
        arms=EVERYWHERE,
        effects=(
            Effect(metric="FIN", src="assumed", cap=60),
            Effect(metric="WBT", src="assumed", cap=15),
            times("OUT", 0.65),
            points("IFS", -0.02),
        ),
    ),
    Unfamiliar(
        name="text-before-every-prompt",
        layer="harness-code",
        mechanism="tokenizer",
        arms=HARNESSES,
        effects=(points("TIN", 40.0), times("LAT", 1.05)),
    ),
    Unfamiliar(
        name="longer-context-by-default",
        layer="harness-default",
        mechanism="context-growth",
        arms=("harness", "harness-resumed"),
        effects=(
            Effect(metric="TIN", src="assumed", x=2.0, turns="multi"),
            points("CRD", -0.15),
            times("TTFT", 1.2),
        ),
    ),
    Unfamiliar(
        name="fewer-tools-in-one-harness-version",
        layer="harness-code",
        mechanism="fewer-tools",
        arms=HARNESSES,
        effects=(times("TCN", 0.65), points("EWR", 0.15), points("ACC", -0.02), times("OUT", 0.95)),
    ),
    Unfamiliar(
        name="another-model-that-talks-more",
        layer="model-or-serving",
        mechanism="served-model-swap",
        arms=EVERYWHERE,
        effects=(
            Effect(metric="MDL", src="assumed", was=MODEL, name="claude-opus-4-6-b"),
            times("OUT", 1.2),
            points("ACC", -0.02),
        ),
    ),
    Unfamiliar(
        name="half-the-speed",
        layer="model-or-serving",
        mechanism="tier-or-speed",
        arms=EVERYWHERE,
        effects=(times("OTPS", 0.6), times("LAT", 1.5), times("FIN", 0.97)),
    ),
    Unfamiliar(
        name="calls-that-break-their-schema",
        layer="harness-code",
        mechanism="format-break",
        arms=HARNESSES,
        effects=(points("TSV", -0.12), points("FMT", -0.05), times("LAT", 1.05)),
    ),
    Unfamiliar(
        name="letters-of-another-script",
        layer="model-or-serving",
        mechanism="wrong-script",
        arms=EVERYWHERE,
        effects=(points("SCR", 0.02), points("ACC", -0.01), times("OUT", 1.03)),
    ),
    Unfamiliar(
        name="duller-in-one-harness-version",
        layer="harness-code",
        mechanism="capability-drop",
        arms=HARNESSES,
        effects=(points("ACC", -0.08), points("INT", -0.1), times("RE", 1.05)),
    ),
    Unfamiliar(
        name="refuses-more",
        layer="model-or-serving",
        mechanism="refusals",
        arms=EVERYWHERE,
        effects=(points("RFR", 0.06), times("OUT", 0.96), times("LAT", 0.95)),
    ),
)
