"""The shipped prompt set, put to the provider over the wire, is graded as it was drawn."""

import pytest

from canary.checks.registry import grade
from canary.config.prompts import load_suite
from canary.domain.suite import Suite
from canary.domain.trial import Transcript
from canary.simulate.behaviour import Behaviour, draw
from canary.simulate.server import SimulatedProvider
from tests.simulate.talks import PROTOCOLS, talk, talker

EVEN = Behaviour(pass_rate=0.5, spread=0.0)


@pytest.fixture(scope="module")
def suite() -> Suite:
    return load_suite(None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_shipped_prompt_is_recognised_and_graded_as_drawn(protocol: str, suite: Suite) -> None:
    graded, drawn = {}, {}
    with SimulatedProvider(suite, EVEN, seed=1) as provider:
        for prompt in suite.prompts:
            with talker(protocol, provider.base_url, prompt, stream=False, key="0123456789abcdef") as talking:
                dialogue = talk(prompt, talking)
            transcript = Transcript(steps=dialogue.steps, stop=dialogue.stop, files=dialogue.files)
            graded[prompt.id] = grade(prompt, transcript).passed
            drawn[prompt.id] = draw(EVEN, prompt, seed=1, key="0123456789abcdef").passing
    assert graded == drawn
    assert set(graded.values()) == {True, False}
