"""A side of a comparison pinned by hand: per-prompt figures that need no trials to be compared with later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Values of one metric over the trials of one prompt.

    Attributes:
        n: trials with a value.
        mean, sd: of their values; of natural logarithms where the metric is compared as a ratio of such.
    """

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DayNoise:
    """How much the days of one metric differed.

    Attributes:
        days: measured days.
        sd: standard deviation of a day's mean over prompts, each about its own level.
        sampling_sd: the part that sampling explains.
    """

    days: int
    sd: float
    sampling_sd: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PinnedPrompt:
    """One prompt's figures.

    Attributes:
        prompt, digest, family: which; "" where the records name none.
        figures: metric -> values.
        input_tokens: billed input where every trial showed the same; None elsewhere.
    """

    prompt: str
    digest: str
    family: str
    figures: Mapping[str, Figure]
    input_tokens: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What one target did over some days, pinned.

    Attributes:
        target: its name.
        suite: digest over the prompts' digests.
        first_day, last_day: run days it was taken from.
        days: run days with trials among them.
        trials, graded: how many.
        levels: metric -> level over all prompts, for people.
        noise: metric -> how its days differed.
        names: served model, tier, fingerprint -> value -> trials.
        prompts: by id.
    """

    target: str
    suite: str
    first_day: date
    last_day: date
    days: int
    trials: int
    graded: int
    levels: Mapping[str, float]
    noise: Mapping[str, DayNoise]
    names: Mapping[str, Mapping[str, int]]
    prompts: tuple[PinnedPrompt, ...]
