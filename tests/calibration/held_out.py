"""More changes that no signature was written from, made after the last change of the ranking: nothing was fitted to them."""

from collections.abc import Sequence

from canary.simulate.scenarios import Effect
from tests.calibration.unfamiliar import EVERYWHERE, HARNESSES, MODEL, Unfamiliar, points, times

HELD_OUT: Sequence[Unfamiliar] = (
    Unfamiliar(
        name="less-effort-in-one-harness-version",
        layer="harness-code",
        mechanism="effort-cut",
        arms=HARNESSES,
        effects=(times("THK", 0.35), points("ZTH", 0.1), times("LAT", 0.8), points("INT", -0.06)),
    ),
    Unfamiliar(
        name="more-effort-of-the-model",
        layer="model-or-serving",
        mechanism="effort-raise",
        arms=EVERYWHERE,
        effects=(times("THK", 1.4), times("OUT", 1.1), times("TTFT", 1.5), points("ACC", 0.02)),
    ),
    Unfamiliar(
        name="thinking-dropped-on-resume",
        layer="harness-state",
        mechanism="thinking-cleared",
        arms=("harness-resumed",),
        effects=(
            Effect(metric="IFQ", src="assumed", per_turn_add=-0.08),
            Effect(metric="RPT", src="assumed", per_turn_add=0.1),
            points("CRD", -0.3),
            times("TCN", 1.15),
            times("FIN", 0.9),
        ),
    ),
    Unfamiliar(
        name="few-words-in-one-harness-version",
        layer="harness-code",
        mechanism="verbosity-cap",
        arms=HARNESSES,
        effects=(
            Effect(metric="WBT", src="assumed", cap=8),
            Effect(metric="FIN", src="assumed", cap=80),
            points("ACC", -0.02),
            times("RE", 0.9),
        ),
    ),
    Unfamiliar(
        name="other-counts-of-the-model",
        layer="model-or-serving",
        mechanism="tokenizer",
        arms=EVERYWHERE,
        effects=(
            Effect(
                metric="RTO",
                src="assumed",
                scripts={"english": 0.9, "python": 0.85, "json": 0.95, "cjk": 1.2, "cyrillic": 0.8},
            ),
            times("OTPS", 1.1),
            times("LAT", 0.95),
        ),
    ),
    Unfamiliar(
        name="whole-files-in-context",
        layer="harness-code",
        mechanism="context-growth",
        arms=HARNESSES,
        effects=(
            Effect(metric="TIN", src="assumed", x=1.6, turns="multi"),
            times("LAT", 1.2),
            points("CRD", 0.1),
        ),
    ),
    Unfamiliar(
        name="fewer-tools-by-default",
        layer="harness-default",
        mechanism="fewer-tools",
        arms=("harness", "harness-resumed"),
        effects=(times("TCN", 0.7), times("RE", 0.75), times("THK", 1.1), times("LAT", 0.9)),
    ),
    Unfamiliar(
        name="a-weaker-model-behind-one-arm",
        layer="harness-default",
        mechanism="served-model-swap",
        arms=("harness", "harness-resumed"),
        effects=(
            Effect(metric="MDL", src="assumed", was=MODEL, name="claude-haiku-4-6"),
            points("ACC", -0.12),
            times("THK", 0.5),
            times("LAT", 0.6),
        ),
    ),
    Unfamiliar(
        name="faster-and-dearer-hardware",
        layer="model-or-serving",
        mechanism="tier-or-speed",
        arms=EVERYWHERE,
        effects=(times("OTPS", 1.5), times("TTFT", 0.7), times("LAT", 0.75)),
    ),
    Unfamiliar(
        name="fences-around-everything",
        layer="model-or-serving",
        mechanism="format-break",
        arms=EVERYWHERE,
        effects=(points("FMT", -0.25), points("TSV", -0.04), times("OUT", 1.02)),
    ),
    Unfamiliar(
        name="letters-of-another-script-in-a-harness",
        layer="harness-code",
        mechanism="wrong-script",
        arms=HARNESSES,
        effects=(points("SCR", 0.03), points("IFS", -0.03), points("RFR", 0.005)),
    ),
    Unfamiliar(
        name="duller-model",
        layer="model-or-serving",
        mechanism="capability-drop",
        arms=EVERYWHERE,
        effects=(points("ACC", -0.06), times("OUT", 1.04), times("LAT", 1.04)),
    ),
    Unfamiliar(
        name="refuses-more-by-default",
        layer="harness-default",
        mechanism="refusals",
        arms=("harness", "harness-resumed"),
        effects=(points("RFR", 0.08), times("TCN", 0.95), points("EWR", 0.02)),
    ),
)
