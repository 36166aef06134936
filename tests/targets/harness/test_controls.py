"""Positive controls: one thing changed on purpose, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from canary.domain.suite import Prompt
from canary.domain.target import Provider, TargetOptions, TargetSpec
from canary.domain.trial import Transcript
from canary.targets import anthropic
from canary.targets.controls import CLEARED, EFFORT, NAMES, TERSE, TERSE_LINE, control_of, controls
from canary.targets.with_system import WithSystem
from tests.fakes import FakeTarget, conditions, said
from tests.targets.harness.trials import prompt

PROVIDERS: tuple[Provider, ...] = ("anthropic", "openai", "openai-chat", "claude-code", "codex", "command")


def spec(provider: Provider, **options: Any) -> TargetSpec:
    return TargetSpec(
        name="mine", provider=provider, model="m", twins="group", options=TargetOptions(**options)
    )


@pytest.mark.parametrize(
    ("provider", "made"),
    [
        ("anthropic", [EFFORT, CLEARED, TERSE]),
        ("openai", [EFFORT, TERSE]),
        ("openai-chat", [TERSE]),
        ("claude-code", [EFFORT, TERSE]),
        ("codex", [EFFORT, TERSE]),
        ("command", []),
    ],
)
def test_a_target_gets_the_controls_its_provider_has_a_place_for(provider: Provider, made: list[str]) -> None:
    assert [control.name for control in controls(spec(provider))] == [f"mine.{name}" for name in made]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_control_differs_from_its_target_in_options_alone_and_is_another_identity(
    provider: Provider,
) -> None:
    target = spec(provider)
    for control in controls(target):
        assert replace(control, name="mine", twins="group", options=target.options) == target
        assert control.identity_digest != target.identity_digest
        assert control.twins is None
        assert control_of(control.name) == ("mine", control.name.removeprefix("mine."))
    assert control_of("mine") is None
    assert control_of("mine.other") is None
    assert set(NAMES) == {EFFORT, CLEARED, TERSE}


def test_a_target_whose_effort_is_low_already_has_no_effort_to_cut() -> None:
    assert [control.name for control in controls(spec("openai", effort="low"))] == [f"mine.{TERSE}"]


def test_clearing_goes_beside_what_the_target_sends_already() -> None:
    target = spec(
        "anthropic", extra_headers={"anthropic-beta": "mine-1"}, extra_body={"metadata": {"user_id": "u"}}
    )
    cleared = next(control for control in controls(target) if control.name.endswith(CLEARED))
    settings = anthropic.Settings(cleared)
    assert settings.betas == ["mine-1", "context-management-2025-06-27"]
    assert settings.extra_body["metadata"] == {"user_id": "u"}
    edits = settings.extra_body["context_management"]
    assert edits == {
        "edits": [{"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}}]
    }


@pytest.mark.parametrize(("system", "sent"), [(None, TERSE_LINE), ("Be kind.", f"Be kind.\n\n{TERSE_LINE}")])
async def test_the_line_follows_the_prompts_own_system_text(system: str | None, sent: str) -> None:
    asked: list[str | None] = []

    def answer(prompt: Prompt, _number: int) -> Transcript:
        asked.append(prompt.system)
        return said(prompt, "x")

    inner = FakeTarget(spec("anthropic"), answer)
    target = WithSystem(inner, TERSE_LINE)
    await target.attempt(prompt(system=system), conditions())
    await target.close()
    assert asked == [sent]
    assert (inner.closed, target.spec) == (True, inner.spec)


def test_a_target_without_a_line_keeps_the_identity_it_had() -> None:
    plain = spec("anthropic")
    assert (
        replace(plain, options=replace(plain.options, appended_system=None)).identity_digest
        == plain.identity_digest
    )
