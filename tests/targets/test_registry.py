"""What can be built, and what is refused before anything is sent."""

import subprocess
import sys
from typing import Any

import pytest

from canary.domain.dialogue import Ask, UserMessage
from canary.domain.errors import ConfigurationError
from canary.domain.suite import EnvironmentSpec
from canary.domain.target import Provider, TargetOptions, TargetSpec
from canary.targets import anthropic, openai_chat, openai_responses
from canary.targets.registry import build_target
from tests.fakes import FakeClock
from tests.targets.talk import prompt


def build(provider: Provider, **options: Any) -> Any:
    """A target with these options."""
    spec = TargetSpec(name="mine", provider=provider, model="m", options=TargetOptions(**options))
    return build_target(spec, api_key="k", clock=FakeClock())


@pytest.mark.parametrize("settings", [anthropic.Settings, openai_responses.Settings, openai_chat.Settings])
def test_an_environment_without_tools_offers_none(settings: Any) -> None:
    asked = settings(TargetSpec(name="mine", provider="openai", model="m"))
    bare = prompt(environment=EnvironmentSpec(files={"a.txt": "one"}))
    assert "tools" not in asked.request(Ask(history=(UserMessage(text="Hello?"),), turn=0), bare)


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("anthropic", {"verbosity": "low"}),
        ("anthropic", {"settings": {"a": 1}}),
        ("openai", {"speed": "fast"}),
        ("openai", {"task_budget": 5}),
        ("openai", {"settings": {"a": 1}}),
        ("openai-chat", {"thinking": "adaptive"}),
        ("openai-chat", {"thinking": {"type": "enabled"}}),
        ("openai-chat", {"speed": "fast"}),
        ("openai-chat", {"task_budget": 5}),
        ("openai-chat", {"settings": {"a": 1}}),
    ],
)
def test_an_option_without_a_place_is_refused_and_never_dropped(
    provider: Provider, options: dict[str, Any]
) -> None:
    (option,) = options
    with pytest.raises(
        ConfigurationError, match=f'target "mine": .*"{provider}" has no place for the option {option}'
    ):
        build(provider, **options)


@pytest.mark.parametrize(
    ("provider", "field"),
    [
        ("anthropic", "messages"),
        ("anthropic", "max_tokens"),
        ("openai", "input"),
        ("openai", "instructions"),
        ("openai-chat", "messages"),
        ("openai-chat", "stream"),
    ],
)
def test_what_the_conversation_writes_can_not_be_overwritten(provider: Provider, field: str) -> None:
    with pytest.raises(ConfigurationError, match=f"extra_body.{field} is written by canary itself"):
        build(provider, extra_body={field: 1})


def test_an_sdk_is_imported_only_when_its_target_is_built() -> None:
    code = (
        "import sys, canary.targets.registry\n"
        "heavy = {'anthropic', 'openai', 'httpx2', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
