"""Positive controls over HTTP: each changes what it says, on the wire and in what is measured, and nothing else."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from canary.domain.suite import Example, ExampleStep, Prompt, Suite, Turn
from canary.domain.target import TargetOptions, TargetSpec
from canary.simulate.behaviour import Behaviour
from canary.simulate.server import SimulatedProvider
from canary.targets.controls import CLEARED, EFFORT, TERSE, TERSE_LINE, control_of, controls
from canary.targets.registry import build_target
from tests.fakes import FakeClock, conditions
from tests.targets.dialects import DIALECTS, Dialect

PROMPT = Prompt(
    id="talk/one",
    family="talk",
    system="Be kind.",
    turns=(Turn(user="Who was first?"), Turn(user="And second?")),
    checks=(),
    passing=(Example(steps=(ExampleStep(text="She was."), ExampleStep(text="He was."))),),
)
ALWAYS = Behaviour(pass_rate=1.0, zero_reasoning_rate=0.0, reasoning_content=True)
THINKING = {
    "anthropic": TargetOptions(thinking="adaptive", effort="high"),
    "openai": TargetOptions(effort="high"),
}

Asked = tuple[list[Mapping[str, Any]], list[Mapping[str, str]], int]


async def asked(spec: TargetSpec, provider: SimulatedProvider) -> Asked:
    """Bodies and headers of one trial's requests, and its reasoning tokens."""
    before = len(provider.requests)
    target = build_target(spec, api_key="sk-canary-0123456789", clock=FakeClock())
    try:
        done = await target.attempt(PROMPT, conditions(prompt=PROMPT.id))
    finally:
        await target.close()
    assert done.failure is None
    assert done.usage is not None
    sent = provider.requests[before:]
    return [one.body for one in sent], [one.headers for one in sent], done.usage.reasoning_tokens or 0


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.provider)
async def test_a_control_does_on_the_wire_what_its_name_says(dialect: Dialect) -> None:
    with SimulatedProvider(Suite(prompts=(PROMPT,)), ALWAYS) as provider:
        spec = TargetSpec(
            name="mine",
            provider=dialect.provider,
            model="m",
            base_url=provider.base_url + dialect.root,
            options=THINKING.get(dialect.provider, TargetOptions()),
        )
        plain = await asked(spec, provider)
        made = {
            name[1]: await asked(control, provider)
            for control in controls(spec)
            if (name := control_of(control.name))
        }
    if EFFORT in made:
        assert made[EFFORT][2] < plain[2] / 2
        assert all('"low"' in json.dumps(body) for body in made[EFFORT][0])
    if CLEARED in made:
        bodies, headers, _ = made[CLEARED]
        edits = [{"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}}]
        assert [body["context_management"] for body in bodies] == [{"edits": edits}] * 2
        assert all("context-management-2025-06-27" in one["anthropic-beta"] for one in headers)
        assert {k: v for k, v in bodies[0].items() if k != "context_management"} == plain[0][0]
    bodies, _, reasoning = made[TERSE]
    assert json.dumps(bodies[0]).replace(f"\\n\\n{TERSE_LINE}", "") == json.dumps(plain[0][0])
    assert all(json.dumps(body).count(TERSE_LINE) == 1 for body in bodies)
    assert reasoning == plain[2]
