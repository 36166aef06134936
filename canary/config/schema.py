"""JSON Schemas of `canary.toml` and of prompt files, made from the grammars that read them. For editors."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from canary.checks.registry import check_main_parameter, check_names, check_parameters, find_check
from canary.config.config_grammar import ConfigSection
from canary.config.prompt_grammar import PromptFileSection
from canary.config.target_grammar import PROVIDERS_OF
from canary.domain.canonical import Json


class _Generator(GenerateJsonSchema):
    """Without titles made up from the keys: they say nothing that the keys do not."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def config_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `canary.toml`, read as JSON.

    It knows every key, type and limit, and which keys a provider has. What no schema can say (names that differ, twins,
    addresses, times) is said when the file is loaded.
    """
    schema = _schema(ConfigSection, "canary.toml")
    schema["$defs"]["TargetSection"]["allOf"] = [_keys_of(key, known) for key, known in PROVIDERS_OF.items()]
    return schema


def prompt_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a prompt file, read as JSON, with the parameters of every check."""
    schema = _schema(PromptFileSection, "canary prompt file")
    schema["$defs"]["PromptSection"]["properties"]["checks"]["items"] = _check()
    return schema


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_Generator, mode="validation")
    for section in schema["$defs"].values():
        section.pop("title", None)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": title}


def _keys_of(key: str, providers: frozenset[str]) -> Mapping[str, Json]:
    """A key stands only in targets of these providers."""
    return {
        "if": {"required": [key]},
        "then": {"properties": {"provider": {"enum": sorted(providers)}}},
    }


def _check() -> Mapping[str, Json]:
    """A check: its name alone, or its name with parameters and an optional `on`."""
    names = list(check_names())
    on: Json = {
        "description": "Which answers it reads: the last, each, or that of turn n.",
        "anyOf": [{"enum": ["last", "each"]}, {"type": "integer", "minimum": 1}],
        "default": "last",
    }
    alone = [name for name in names if not check_parameters(name).get("required")]
    with_parameters: Mapping[str, Json] = {
        "type": "object",
        "properties": {"on": on, **{name: _parameters(name) for name in names}},
        "additionalProperties": False,
        "anyOf": [{"required": [name]} for name in names],
        "maxProperties": 2,
        "if": {"required": ["on"]},
        "else": {"maxProperties": 1},
    }
    return {"anyOf": [{"enum": alone}, with_parameters]}


def _parameters(name: str) -> Json:
    """A check's parameters as a mapping, as its main parameter's bare value, or as nothing."""
    schema = dict(check_parameters(name))
    properties = schema["properties"]
    main = check_main_parameter(name)
    assert isinstance(properties, Mapping), "parameters are described as an object"
    ways: list[Json] = [schema]
    if main is not None:
        ways.append(properties[main])
    if not schema.get("required"):
        ways.append({"type": "null"})
    states = (find_check(name).decide.__doc__ or "").strip().splitlines()[0]
    return {"description": states, "anyOf": ways}
