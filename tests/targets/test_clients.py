"""A target does what the configuration says, whatever the environment holds."""

from collections.abc import Mapping
from typing import Any

import pytest

from canary.domain.errors import ConfigurationError
from canary.domain.target import TargetSpec
from canary.targets.clients import anthropic_client, is_loopback, shown_host
from canary.targets.registry import build_target
from tests.fakes import FakeClock
from tests.targets.dialects import DIALECTS, Dialect, Speech
from tests.targets.scripted_server import ScriptedServer, stream
from tests.targets.talk import KEY, Setting, conditions, target

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.provider)

LEFTOVERS: Mapping[str, str] = {
    "ANTHROPIC_API_KEY": "sk-leak-key",
    "ANTHROPIC_AUTH_TOKEN": "leak-token",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/leak",
    "ANTHROPIC_PROFILE": "leak",
    "ANTHROPIC_WORKSPACE_ID": "leak",
    "ANTHROPIC_CUSTOM_HEADERS": "Authorization: Bearer leak\nX-Leak: leak",
    "ANTHROPIC_WEBHOOK_SIGNING_KEY": "leak",
    "OPENAI_API_KEY": "sk-leak-key",
    "OPENAI_ADMIN_KEY": "sk-leak-admin",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/leak",
    "OPENAI_ORG_ID": "org-leak",
    "OPENAI_PROJECT_ID": "proj-leak",
    "OPENAI_WEBHOOK_SECRET": "leak",
    "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer leak\nX-Leak: leak",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


@every_dialect
async def test_nothing_of_the_environment_reaches_a_request(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in LEFTOVERS.items():
        monkeypatch.setenv(name, value)
    setting = Setting()
    async with ScriptedServer(stream(dialect.chunks(Speech()))) as server:
        system = target(dialect, server.address, setting)
        transcript = await system.attempt(setting.prompt, conditions(setting))
        await system.close()
    assert transcript.failure is None
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "leak" not in repr(request)


@every_dialect
def test_the_default_address_is_the_providers_own(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LEFTOVERS.items():
        monkeypatch.setenv(name, value)
    spec = TargetSpec(name="t", provider=dialect.provider, model="m")
    built: Any = build_target(spec, api_key=KEY, clock=FakeClock())
    own = "api.anthropic.com" if dialect.provider == "anthropic" else "api.openai.com"
    assert built._explainer.host == own


def test_no_trace_of_a_conversation_is_written_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content")
    client = anthropic_client(
        TargetSpec(name="t", provider="anthropic", model="m"), api_key=KEY, strict=False
    )
    assert client.open_telemetry["traces"]["enabled"] is False


@every_dialect
@pytest.mark.parametrize("key", ["sk-one two", "sk-one\n", "sk-oné", "\tsk-one"])
def test_a_key_no_header_can_carry_is_refused_without_showing_it(dialect: Dialect, key: str) -> None:
    spec = TargetSpec(name="t", provider=dialect.provider, model="m", api_key_env="SOME_KEY")
    with pytest.raises(ConfigurationError, match="SOME_KEY: the key holds") as refused:
        build_target(spec, api_key=key, clock=FakeClock())
    assert "sk-on" not in str(refused.value)


@every_dialect
@pytest.mark.parametrize(
    "url", ["api.example.com/v1", "ftp://example.com", "https://", "http://host:port", "http://["]
)
def test_an_address_that_is_none_is_refused(dialect: Dialect, url: str) -> None:
    spec = TargetSpec(name="t", provider=dialect.provider, model="m", base_url=url)
    with pytest.raises(ConfigurationError, match='target "t": base_url is no http or https address'):
        build_target(spec, api_key=KEY, clock=FakeClock())


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000", True),
        ("http://localhost", True),
        ("http://sim.localhost:1", True),
        ("https://api.anthropic.com", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example.com", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_a_host_is_shown_without_its_password() -> None:
    assert shown_host("https://user:secret@example.com:8443/v1") == "example.com:8443"
