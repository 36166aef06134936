"""The JSON Schemas that editors get say what the loaders say."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from canary.checks.registry import check_names
from canary.config.prompts import load_suite, shipped_prompts
from canary.config.reference import configuration_reference
from canary.config.schema import config_schema, prompt_schema
from canary.config.starter import starter_config
from canary.config.yaml_text import read_yaml
from tests.config.samples import CANARY_TOML, PROMPTS_YAML

TARGET = {"name": "a", "provider": "anthropic", "model": "m"}
SHIPPED = sorted(shipped_prompts().glob("*.yaml"))
CONFIG = Draft202012Validator(config_schema())
PROMPTS = Draft202012Validator(prompt_schema())


@pytest.mark.parametrize("schema", [config_schema(), prompt_schema()], ids=["config", "prompt"])
def test_a_schema_is_valid_by_the_draft_it_names_and_is_plain_json(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("schema", [config_schema(), prompt_schema()], ids=["config", "prompt"])
def test_every_key_of_every_section_is_described(schema: dict[str, Any]) -> None:
    for name, section in schema["$defs"].items():
        for key, described in section.get("properties", {}).items():
            assert described.get("description"), f"{name}.{key}"


@pytest.mark.parametrize("text", [CANARY_TOML, starter_config(), ""], ids=["contract", "starter", "empty"])
def test_a_configuration_that_loads_is_valid_by_the_schema(text: str) -> None:
    assert list(CONFIG.iter_errors(tomllib.loads(text))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"stroe": {}},
        {"suite": {"replicates": "3"}},
        {"suite": {"replicates": 0}},
        {"budget": {"usd_per_run": 0}},
        {"store": {"retention": "400"}},
        {"mail": {"from": "a@b"}},
        {"targets": [{"name": "a"}]},
        {"targets": [TARGET | {"name": "Big A"}]},
        {"targets": [TARGET | {"provider": "antropic"}]},
        {"targets": [TARGET | {"concurrency": 33}]},
        {"targets": [TARGET | {"verbosity": "low"}]},
        {"targets": [TARGET | {"provider": "command", "effort": "low"}]},
    ],
)
def test_a_configuration_that_does_not_load_is_refused_by_the_schema_too(wrong: dict[str, Any]) -> None:
    assert not CONFIG.is_valid(wrong)


@pytest.mark.parametrize(
    "data",
    [
        read_yaml(PROMPTS_YAML, "sample").data,
        *(read_yaml(f.read_text("utf-8"), f.name).data for f in SHIPPED),
    ],
    ids=["sample", *(file.name for file in SHIPPED)],
)
def test_a_prompt_file_that_loads_is_valid_by_the_schema(data: Any) -> None:
    assert [error.message for error in PROMPTS.iter_errors(data)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("family: tools", "famly: tools"),
        ("on: 2", "on: 0"),
        ("on: each", "on: eech"),
        ("- words: {", "- wordz: {"),
        ("at_most: 8", "at_mots: 8"),
        ("at_most: 8", "at_most: many"),
        ("- words: {at_least: 3, at_most: 8}", "- words: {at_least: 3}\n        no_comma: {}"),
        ("max_calls: 12", "max_calls: 0"),
        ("pause: 65m", "pause: 65 minutes"),
        ("depth: 0.5", "depth: 1.5"),
        ("[read_file, edit", "[readfile, edit"),
        ('exact: "41"', "exact:"),
        ("pass: [{turns:", "pass: [{turnz:"),
    ],
)
def test_a_prompt_file_that_does_not_load_is_refused_by_the_schema_too(old: str, new: str) -> None:
    assert old in PROMPTS_YAML
    assert not PROMPTS.is_valid(read_yaml(PROMPTS_YAML.replace(old, new, 1), "sample").data)


def test_the_schema_knows_every_check() -> None:
    checks = json.dumps(prompt_schema()["$defs"]["PromptSection"]["properties"]["checks"])
    assert [name for name in check_names() if f'"{name}"' not in checks] == []


def test_the_reference_in_docs_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert page.read_text("utf-8") == configuration_reference(), (
        "refresh it: python -m canary.config.reference > docs/configuration.md"
    )


def test_the_reference_has_every_key_of_every_section() -> None:
    page = configuration_reference()
    for name, section in config_schema()["$defs"].items():
        for key in section.get("properties", {}):
            assert f"| `{key}` |" in page, f"{name}.{key}"


def test_the_shipped_set_is_what_the_schema_was_tried_on() -> None:
    assert SHIPPED
    assert {prompt.family for prompt in load_suite(None).prompts}
