"""The image and the deployment examples can fail: their shapes are checked, their commands are commands, their promises hold."""

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from canary.cli.main import cli, hoisted

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "deploy"
CLUSTER = ("cronjob.yaml", "deployment.yaml", "workers.yaml")
GRACE_S = 30
"""Seconds that a stop may take: 20 for trials in flight, and the rest of the way out."""

LOCKS = ("requirements.lock", "requirements-build.lock")
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^ ;\\]+)( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def read(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def pod(name: str) -> Mapping[str, Any]:
    spec = read(name)["spec"]
    found: Mapping[str, Any] = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"][
        "spec"
    ]
    return found


def closed(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """An object of exactly these properties: a misspelt one is refused, as a cluster would."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


ANY: dict[str, Any] = {}
TEXT = {"type": "string"}
PROBE = closed(
    {"exec": closed({"command": {"type": "array", "items": TEXT}})},
    periodSeconds={"type": "integer"},
    timeoutSeconds={"type": "integer"},
    failureThreshold={"type": "integer"},
)
CONTAINER = closed(
    {
        "name": TEXT,
        "image": TEXT,
        "args": {"type": "array", "items": TEXT},
        "envFrom": {"type": "array", "items": closed({"secretRef": closed({"name": TEXT})})},
        "resources": closed({"requests": ANY, "limits": ANY}),
        "securityContext": closed(
            {
                "allowPrivilegeEscalation": {"const": False},
                "readOnlyRootFilesystem": {"const": True},
                "capabilities": {"const": {"drop": ["ALL"]}},
            }
        ),
        "volumeMounts": {
            "type": "array",
            "items": closed({"name": TEXT, "mountPath": TEXT}, subPath=TEXT, readOnly={"type": "boolean"}),
        },
    },
    startupProbe=PROBE,
    livenessProbe=PROBE,
)
POD = closed(
    {
        "terminationGracePeriodSeconds": {"type": "integer", "minimum": GRACE_S},
        "automountServiceAccountToken": {"const": False},
        "securityContext": closed(
            {
                "runAsNonRoot": {"const": True},
                "runAsUser": {"const": 10001},
                "fsGroup": {"type": "integer"},
                "seccompProfile": {"const": {"type": "RuntimeDefault"}},
            }
        ),
        "containers": {"type": "array", "items": CONTAINER, "minItems": 1, "maxItems": 1},
        "volumes": {
            "type": "array",
            "items": closed(
                {"name": TEXT},
                persistentVolumeClaim=closed({"claimName": TEXT}),
                configMap=closed({"name": TEXT}),
                emptyDir=closed({}),
            ),
        },
    },
    restartPolicy={"const": "Never"},
)
CRONJOB = closed(
    {
        "schedule": TEXT,
        "timeZone": TEXT,
        "concurrencyPolicy": {"const": "Forbid"},
        "startingDeadlineSeconds": {"type": "integer", "minimum": 10},
        "jobTemplate": closed(
            {"spec": closed({"backoffLimit": {"const": 0}, "template": closed({"spec": POD})})}
        ),
    },
    successfulJobsHistoryLimit={"type": "integer"},
    failedJobsHistoryLimit={"type": "integer"},
)
DEPLOYMENT = closed(
    {
        "replicas": {"type": "integer"},
        "selector": closed({"matchLabels": ANY}),
        "template": closed({"metadata": closed({"labels": ANY}), "spec": POD}),
    }
)


@pytest.mark.parametrize(
    ("name", "version", "kind", "spec"),
    [
        ("cronjob.yaml", "batch/v1", "CronJob", CRONJOB),
        ("deployment.yaml", "apps/v1", "Deployment", DEPLOYMENT),
        ("workers.yaml", "apps/v1", "Deployment", DEPLOYMENT),
    ],
)
def test_the_cluster_examples_have_the_shape_of_their_kind(
    name: str, version: str, kind: str, spec: Mapping[str, Any]
) -> None:
    whole = closed(
        {
            "apiVersion": {"const": version},
            "kind": {"const": kind},
            "metadata": closed({"name": TEXT}, labels=ANY),
            "spec": spec,
        }
    )
    Draft202012Validator(whole).validate(read(name))


@pytest.mark.parametrize("name", CLUSTER)
def test_every_mount_has_its_volume_and_what_is_written_to_is_writable(name: str) -> None:
    spec = pod(name)
    mounts = {mount["mountPath"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    assert {mount["name"] for mount in mounts.values()} == {volume["name"] for volume in spec["volumes"]}
    assert all("readOnly" not in mounts[path] for path in ("/data", "/tmp"))


@pytest.mark.parametrize("name", ["deployment.yaml", "workers.yaml"])
def test_a_replica_is_one_of_the_deployment(name: str) -> None:
    spec = read(name)["spec"]
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("name", "schema"),
    [("compose.yaml", "vendor.compose-spec"), ("release-gate.yaml", "vendor.github-workflows")],
)
def test_the_other_examples_are_valid_by_the_published_schema(name: str, schema: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(EXAMPLES / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout


def test_the_units_are_units() -> None:
    service, timer = unit("canary.service"), unit("canary.timer")
    assert service["Service"]["Type"] == "oneshot"
    assert int(service["Service"]["TimeoutStopSec"]) >= GRACE_S
    assert timer["Timer"]["Persistent"] == "yes"
    verify = shutil.which("systemd-analyze")
    if verify is not None:
        done = subprocess.run(
            [verify, "calendar", timer["Timer"]["OnCalendar"]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((EXAMPLES / name).read_text(encoding="utf-8"))
    return parser


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line that an example has canary carry out."""
    for name in CLUSTER:
        container = pod(name)["containers"][0]
        yield name, container["args"]
        for probe in ("startupProbe", "livenessProbe"):
            if probe in container:
                yield name, container[probe]["exec"]["command"][1:]
    for service in ("canary", "worker"):
        yield "compose.yaml", read("compose.yaml")["services"][service]["command"]
    yield "canary.service", unit("canary.service")["Service"]["ExecStart"].split()[1:]
    for step in read("release-gate.yaml")["jobs"]["gate"]["steps"]:
        if step.get("run", "").startswith("canary "):
            yield "release-gate.yaml", step["run"].split()[1:]
    for line in re.findall(r"^(?:CMD|HEALTHCHECK .* CMD) (\[.*\])$", dockerfile(), re.MULTILINE):
        words = yaml.safe_load(line)
        yield "Dockerfile", words[1:] if words[0] == "canary" else words


@pytest.mark.parametrize(("name", "words"), list(commands()), ids=str)
def test_every_command_of_an_example_is_one_that_canary_takes(name: str, words: list[str]) -> None:
    context = cli.make_context("canary", hoisted(words))
    found, command, rest = cli.resolve_command(context, [*context._protected_args, *context.args])
    assert command is not None, (name, found)
    command.make_context(found, rest, parent=context)


def test_the_examples_run_something() -> None:
    assert {name for name, _ in commands()} == {
        *CLUSTER,
        "compose.yaml",
        "canary.service",
        "release-gate.yaml",
        "Dockerfile",
    }


def test_the_image_runs_as_a_number_and_has_a_health_check_and_no_compiler() -> None:
    final = dockerfile().rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9][0-9]*:[0-9]+$", final, re.MULTILINE)
    assert 'CMD ["canary", "status", "--alive"]' in final
    assert not re.search(r"^RUN ", final, re.MULTILINE), "the final stage installs nothing"
    assert not re.search(r"apt-get|gcc|build-essential", dockerfile())


def test_hadolint_has_nothing_to_say() -> None:
    beside = Path(sys.executable).parent / "hadolint"
    linter = str(beside) if beside.exists() else shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed here")
    done = subprocess.run([linter, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def pins(name: str) -> Mapping[str, list[str]]:
    """Pinned name -> its lines; a lock with any other kind of line is refused."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        pinned = PIN.fullmatch(line)
        if pinned is not None:
            current = f"{pinned[1]}=={pinned[2]}"
            found[current] = []
        elif HASH.fullmatch(line):
            found[current].append(line)
        else:
            assert line.lstrip().startswith("#"), line
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_nothing_but_pins_with_hashes(name: str) -> None:
    found = pins(name)
    assert found
    assert all(found.values()), "a pin without a hash would be installed unseen"
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_everything_that_the_image_needs_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = {
        "requirements.lock": [
            *project["project"]["dependencies"],
            *extras["postgres"],
            *extras["notify"],
            *extras["workers"],
        ],
        "requirements-build.lock": project["build-system"]["requires"],
    }
    for lock, requirements in wanted.items():
        locked = {pin.partition("==")[0] for pin in pins(lock)}
        names = {re.split(r"[\[<>=!~; ]", one)[0].lower().replace("_", "-") for one in requirements}
        assert names <= locked, f"{lock}: refresh it as its first line says"
