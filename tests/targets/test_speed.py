"""Speed is measured on the stream: a provider that is told to be fast is found fast, one that does not stream is not timed."""

import asyncio
from dataclasses import replace
from statistics import median

import pytest

from canary.assembly import SystemClock
from canary.domain.suite import Example, ExampleStep, Prompt, Suite, Turn
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Transcript
from canary.simulate.behaviour import Behaviour
from canary.simulate.server import SimulatedProvider
from canary.targets.registry import build_target
from tests.fakes import conditions
from tests.targets.dialects import DIALECTS, Dialect

PROMPT = Prompt(
    id="plain/one",
    family="plain",
    turns=(Turn(user="Tell a story."),),
    checks=(),
    passing=(Example(steps=(ExampleStep(text="Once upon a time there was a bird. " * 40),)),),
)
SUITE = Suite(prompts=(PROMPT,))
STANDARD = Behaviour(
    pass_rate=1.0,
    latency_s=0.01,
    latency_spread=0.0,
    zero_reasoning_rate=1.0,
    tokens_per_s=1000.0,
    speeds={"fast": 12.0},
    time_scale=1.0,
)
FLOOR = 3500.0
"""Between the two speeds, a factor of three and a half from each."""


async def asked(provider: SimulatedProvider, dialect: Dialect, **options: str) -> list[Transcript]:
    """Five trials side by side."""
    spec = TargetSpec(
        name="t",
        provider=dialect.provider,
        model="m",
        base_url=provider.base_url + dialect.root,
        options=TargetOptions(**options),  # type: ignore[arg-type]
    )
    target = build_target(spec, api_key="sk-canary-0123456789", clock=SystemClock())
    try:
        return await asyncio.gather(*(target.attempt(PROMPT, conditions(prompt=PROMPT.id)) for _ in range(5)))
    finally:
        await target.close()


def middle(trials: list[Transcript]) -> float:
    """The median speed of the calls."""
    speeds = [one.attempts[0].output_tokens_per_s for one in trials]
    assert speeds == [one.steps[0].output_tokens_per_s for one in trials]
    return median(speed for speed in speeds if speed is not None)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.provider)
@pytest.mark.parametrize("speed", [1000.0, 12_000.0])
async def test_a_stream_of_a_set_speed_is_measured_on_its_side_of_a_floor(
    dialect: Dialect, speed: float
) -> None:
    with SimulatedProvider(SUITE, replace(STANDARD, tokens_per_s=speed)) as provider:
        trials = await asked(provider, dialect)
    assert (middle(trials) > FLOOR) == (speed > FLOOR)
    assert all((one.steps[0].ttft_s or 0.0) > 0 for one in trials)


async def test_fast_and_standard_are_told_apart_and_the_served_speed_is_part_of_the_tier() -> None:
    anthropic = next(one for one in DIALECTS if one.provider == "anthropic")
    with SimulatedProvider(SUITE, STANDARD) as provider:
        plain = await asked(provider, anthropic)
        fast = await asked(provider, anthropic, speed="fast")
    assert middle(plain) < FLOOR < middle(fast)
    assert {one.steps[0].service_tier for one in plain} == {"standard"}
    assert {one.steps[0].service_tier for one in fast} == {"standard+fast"}
