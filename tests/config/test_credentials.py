"""Credentials never stand in `canary.toml`: they are found wherever they are, refused, and not repeated."""

from pathlib import Path

import pytest

from canary.config.credentials import names_credential, redact
from canary.config.settings import load_config
from canary.domain.errors import ConfigurationError
from tests.config.samples import write

TARGET = '[[targets]]\nname = "a"\nprovider = "openai-chat"\nmodel = "m"\n'

SECRETS = [
    "sk-ant-api03-PLANTED-0123456789",
    "sk-proj-PLANTED0123456789abcdef",
    "sk-PLANTED0123456789abcdef",
    "AIzaSyPLANTED0123456789abcdefghijk",
    "ghp_PLANTED0123456789abcdefghijklmnop",
    "github_pat_PLANTED0123456789abcdefghij",
    "xoxb-PLANTED-0123456789",
    "AKIAPLANTED012345678",
    "gsk_PLANTED0123456789abcdefgh",
    "hf_PLANTED0123456789abcdefgh",
    "xai-PLANTED0123456789abcdefgh",
    "Bearer PLANTED0123456789abcdef",
    "https://api.example.org/v1?api_key=PLANTED0123456789",
    "https://user:PLANTED0123456789@api.example.org/v1",
    "postgresql://user:PLANTED/0123@host/db",
    "eyJPLANTED0123.eyJPLANTED0123.PLANTED",
    "-----BEGIN RSA PRIVATE KEY-----PLANTED",
]

# Places that each hold one text, with what else the file needs.
PLACES = {
    "targets[0].model": '[[targets]]\nname = "a"\nprovider = "openai"\nmodel = "{}"',
    "targets[0].name": '[[targets]]\nname = "{}"\nprovider = "openai"\nmodel = "m"',
    "targets[0].api_key_env": TARGET + 'api_key_env = "{}"',
    "targets[0].base_url": TARGET + 'base_url = "{}"',
    "targets[0].extra_headers.X-Trace": TARGET + 'extra_headers = {{X-Trace = "{}"}}',
    "targets[0].extra_body.a[1].b": TARGET + 'extra_body = {{a = [1, {{b = "{}"}}]}}',
    "reports.dir": '[reports]\ndir = "{}"',
    "notify.urls[0]": '[notify]\nurls = ["{}"]',
    "unheard.of": '[unheard]\nof = "{}"',
    "suite.replicates": '[suite]\nreplicates = "{}"',
}

# Names whose text is a credential, whatever it looks like.
NAMES = [
    "api_key",
    "apiKey",
    "API_KEY",
    "key.api_key",
    "x-api-key",
    "x-goog-api-key",
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "token",
    "access_token",
    "auth_token",
    "password",
    "secret",
    "client_secret",
    "ANTHROPIC_API_KEY",
    "Ocp-Apim-Subscription-Key",
]
HARMLESS_NAMES = [
    "api_key_env",
    "tokens_per_run",
    "max_output_tokens",
    "prompt_cache_key",
    "stop_token_ids",
    "apiKeyHelper",
    "tokenizer",
    "monkey",
    "keys",
    "secretary",
]


def refusal(folder: Path, text: str) -> ConfigurationError:
    path = write(folder, {"canary.toml": text}) / "canary.toml"
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})
    return caught.value


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", PLACES)
def test_a_key_anywhere_in_the_file_is_refused_with_its_place_and_not_repeated(
    tmp_path: Path, place: str, secret: str
) -> None:
    error = refusal(tmp_path, PLACES[place].format(secret))
    assert str(error).startswith(f"{tmp_path}/canary.toml: {place}: holds a credential; remove it")
    assert "environment variable" in str(error)
    assert "PLANTED" not in str(error)
    assert "PLANTED" not in repr(error)


@pytest.mark.parametrize("secret", SECRETS[:12])
def test_a_key_written_as_the_name_of_a_key_is_refused_and_not_repeated(tmp_path: Path, secret: str) -> None:
    error = refusal(tmp_path, f'[store]\n"{secret}" = 1')
    assert "a key has the look of a credential" in str(error)
    assert "PLANTED" not in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_of_a_telling_name_is_refused_whatever_its_text(tmp_path: Path, name: str) -> None:
    quoted = ".".join(f'"{part}"' for part in name.split("."))
    error = refusal(tmp_path, f'{TARGET}extra_body.{quoted} = "hunter2"')
    assert (
        "holds a credential; remove it, set it as an environment variable, and name that one: api_key_env"
        in str(error)
    )
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_harmless_name_is_not_mistaken_for_a_credential(name: str) -> None:
    assert not names_credential(name)


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ('[store]\nurl = "postgresql://canary:hunter2@db/canary"', "CANARY_STORE_URL"),
        ('[store]\nurl = "postgresql://db/canary?password=hunter2"', "CANARY_STORE_URL"),
        (
            '[mail]\nsmtp = "smtp://canary:hunter2@mail:587"\nfrom = "a@b"\nto = ["c@d"]',
            "CANARY_SMTP_PASSWORD",
        ),
        ('[mail]\npassword = "hunter2"', "CANARY_SMTP_PASSWORD"),
        ('[notify]\nurls = ["mailto://me:hunter2@example.org"]', "CANARY_NOTIFY_URLS"),
        (f'{TARGET}api_key = "hunter2"', "api_key_env"),
        (
            '[[targets]]\nname = "c"\nprovider = "command"\nmodel = "m"\nargv = ["x", "--api-key", "hunter2"]',
            "api_k",
        ),
    ],
)
def test_the_remedy_names_the_variable_that_is_meant_for_it(tmp_path: Path, text: str, variable: str) -> None:
    error = refusal(tmp_path, text)
    assert variable in str(error.remedy)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8765", "https://user@host/v1", "https://host:8443/a@b", "smtp://user@host:587"]
)
def test_an_address_without_a_password_is_none(url: str) -> None:
    assert redact(url) == url


def test_a_key_in_a_broken_file_is_not_repeated(tmp_path: Path) -> None:
    for text in [f'api_key = "{SECRETS[0]}', f"[{SECRETS[2]}]\n[{SECRETS[2]}]", f"{SECRETS[0]}"]:
        assert "PLANTED" not in str(refusal(tmp_path, text))
