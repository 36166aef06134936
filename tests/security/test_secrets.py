"""No key, password or token is written anywhere: not into the store, a log, a page, a mail, a baseline or an export."""

import base64
import json
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

from canary.domain.errors import StoreError
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from tests.cli.conftest import Project

SECRETS = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-FIRSTKEY-0123456789abcdef",
    "TEAM_KEY": "plainKEYofTEAM0123456789",
    "CANARY_SMTP_PASSWORD": "smtpPASSWORD0123456789!/",
    "CANARY_NOTIFY_URLS": "json://ops:notifyPASSWORD0123456789@{host}/notifyTOKEN0123456789",
}
DATABASE = "postgresql://canary:databasePASSWORD0123456789@127.0.0.1:1/canary"
HEARTBEAT = "http://{host}/ping/heartbeatTOKEN0123456789"
PARTS = (
    "FIRSTKEY-0123",
    "plainKEYofTEAM",
    "smtpPASSWORD",
    "notifyPASSWORD",
    "notifyTOKEN",
    "databasePASSWORD",
    "heartbeatTOKEN",
)
"""Enough of each secret to give it away."""

CONFIG = """\
[suite]
prompts = "prompts"
replicates = 1

[budget]
tokens_per_run = 10_000_000

[mail]
smtp = "smtp://canary@127.0.0.1:1"
from = "canary@example.org"
to = ["team@example.org"]

[notify]
heartbeat_url = "{heartbeat}"

[[targets]]
name = "messages"
provider = "anthropic"
model = "sim-a"
base_url = "{base_url}"

[[targets]]
name = "responses"
provider = "openai"
model = "sim-b"
base_url = "{base_url}/v1"
api_key_env = "TEAM_KEY"

[[targets]]
name = "refused"
provider = "openai-chat"
model = "sim-c"
base_url = "{echo}/v1"
api_key_env = "TEAM_KEY"
max_attempts = 1
"""

NIGHT = (("run", "--trigger", "schedule"), ("status",), ("export", "--out", "trials.jsonl"))
COMMANDS = (
    *NIGHT,
    ("analyse",),
    ("report",),
    ("doctor", "--live", "--mail"),
    ("incidents", "list"),
    ("baseline", "pin", "--target", "messages", "--run", "{run}"),
    ("compare", "{run}", "{run}"),
    ("export", "--format", "csv", "--out", "trials.csv"),
    ("export", "--format", "prometheus", "--out", "canary.prom"),
    ("plan", "--from-history", "--json"),
    ("prune",),
)

DRIVER = """
import asyncio, json, sys
from canary.cli.main import run
from canary.daemon.ping import ping
from canary.domain.errors import CanaryError
from canary.store.database import open_store

codes = []
for command in json.loads(sys.argv[1]):
    if "{run}" in command:
        store = open_store("sqlite:///canary.db")
        name = store.runs()[-1].id
        store.close()
        command = [word.replace("{run}", name) for word in command]
    codes.append(run([*command, "--debug", "--log-format", "json"]))
try:
    asyncio.run(ping(sys.argv[2]))
except CanaryError as error:
    print(error)
print("CODES", codes)
"""


def disguises(secret: str) -> Iterator[bytes]:
    """A secret as it is, in an address, and in a header of basic authentication."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    for shift in range(3):
        # Of a longer text in base64 the middle stands the same, whatever stands before it.
        yield base64.b64encode(b"x" * shift + secret.encode())[4:-4]


def found(data: bytes) -> list[str]:
    """Which secrets stand in some bytes."""
    return [part for part in PARTS if any(form in data for form in disguises(part))]


def written(folder: Path) -> dict[str, bytes]:
    """Every file that is there, but the configuration, which a person wrote."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "canary.toml")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture
def scanned(tmp_path: Path, provider: SimulatedProvider) -> Project:
    host = provider.base_url.removeprefix("http://")
    made = Project(
        folder=tmp_path, environ={name: secret.replace("{host}", host) for name, secret in SECRETS.items()}
    )
    heartbeat = HEARTBEAT.format(host=host)
    made.config(CONFIG.format(base_url=provider.base_url, echo="http://127.0.0.1:1", heartbeat=heartbeat))
    return made


def driven(project: Project, commands: Sequence[Sequence[str]], heartbeat: str) -> bytes:
    """What these commands print in one process, and a ping of the heartbeat's address after them."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(commands), heartbeat],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        check=False,
    )
    told = done.stdout + done.stderr
    assert b"CODES" in told, told.decode()[-2000:]
    assert b"a defect of canary" not in told, told.decode()
    return told


@pytest.mark.parametrize(
    "commands", [NIGHT, pytest.param(COMMANDS, marks=pytest.mark.slow)], ids=["night", "all"]
)
def test_no_secret_is_written_anywhere_by_any_command(
    scanned: Project, provider: SimulatedProvider, commands: Sequence[Sequence[str]]
) -> None:
    host = provider.base_url.removeprefix("http://")
    told = driven(scanned, commands, HEARTBEAT.format(host=host))
    assert b"heartbeat_url: answered with status 404" in told
    files = written(scanned.folder)
    assert {"canary.db", "trials.jsonl"} <= files.keys()
    assert any(name.startswith("reports/runs/") for name in files)
    if commands is COMMANDS:
        assert {"trials.csv", "canary.prom"} <= files.keys()
        assert any(name.startswith("baselines/") for name in files)
    assert found(told) == []
    assert {name: found(data) for name, data in files.items() if found(data)} == {}


def test_a_database_s_password_is_in_no_message() -> None:
    with pytest.raises(StoreError) as caught:
        open_store(DATABASE)
    shown = "".join(traceback.format_exception(caught.value)).encode()
    assert b"127.0.0.1" in shown
    assert found(str(caught.value).encode()) == []
    assert found(shown) == []


@pytest.mark.parametrize("secret", [*SECRETS.values(), DATABASE, HEARTBEAT])
def test_the_scan_finds_what_it_looks_for(secret: str) -> None:
    for data in (secret, quote(secret, safe=""), base64.b64encode(f"user:{secret}".encode()).decode()):
        assert found(data.encode()) != []
