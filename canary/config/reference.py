"""`docs/configuration.md`, made from the grammar that reads the file, so that the page can't say what is not so.

`python -m canary.config.reference > docs/configuration.md` writes it anew.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from canary.config.schema import config_schema
from canary.config.target_grammar import PROVIDERS_OF

_HEADINGS: Mapping[str, str] = {
    "StoreSection": "[store]",
    "ScheduleSection": "[schedule]",
    "SuiteSection": "[suite]",
    "BudgetSection": "[budget]",
    "DetectSection": "[detect]",
    "ReportsSection": "[reports]",
    "MailSection": "[mail]",
    "NotifySection": "[notify]",
    "AnnotationsSection": "[annotations]",
    "PriceSection": '[prices."MODEL"]',
    "TargetSection": "[[targets]]",
}
_TYPES: Mapping[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "table",
}

_OPENING = """\
# Configuration

<!-- Made from the code: python -m canary.config.reference > docs/configuration.md -->

Everything canary knows of a deployment stands in one file, `canary.toml`, and in a few environment variables.
`canary init` writes a commented one; `canary doctor` says what is wrong with it; `canary schema config` prints a JSON
Schema for editors.

**Where the file is looked for.** `--config PATH`, else `CANARY_CONFIG`, else `canary.toml` in the working directory or
the nearest folder above it.

**Paths.** A relative path starts at the folder of `canary.toml`, wherever the command is run. So does a SQLite address:
`sqlite:///canary.db` is the file `canary.db` beside `canary.toml`; `sqlite:////data/canary.db`, with four slashes, is
`/data/canary.db`.

**Keys and passwords never stand in the file.** A text that looks like one is refused, and not repeated. They come from
the environment:

| variable | holds |
|---|---|
| the one `api_key_env` names | the key of a target: `ANTHROPIC_API_KEY` or `OPENAI_API_KEY` where nothing else is said |
| `CANARY_STORE_URL` | the database's address; takes the place of `store.url` |
| `CANARY_SMTP_PASSWORD` | the password of the mail server |
| `CANARY_NOTIFY_URLS` | further Apprise addresses, separated by spaces |
| `CANARY_CONFIG` | the path of `canary.toml` |

A variable that is missing is an error only for a command that needs it: pages can be written without a key.

**Types.** A *duration* is a number and a unit: `90s`, `10m`, `26h`, `400d`. A *name* is made of small letters, digits,
`.`, `_` and `-`, and begins with a letter or a digit. Every key has the type given here and no other; an unknown key is
an error, so that a misspelt one is never ignored. A key without a default may be left out unless it is *required*.
"""

_TARGETS_CLOSING = """\
Arms: `api` (a raw API with the options given) and `api-defaults` (whatever the API does when nothing is said) for
`anthropic`, `openai` and `openai-chat`; `harness` (the user's defaults, the latest version), `harness-pinned` (`version`
and `settings` held still) and `harness-resumed` (sessions taken up again after `idle_gap`) for `claude-code`, `codex` and
`command`. Two targets of one twin group differ in arm or host,
or in `speed` or `service_tier`: that is how a fast mode is held against the standard one.

What makes a target the same system tomorrow is its provider, host, model, arm and options: change one of them and its
series start anew.
"""


def configuration_reference() -> str:
    """The whole page."""
    sections = config_schema()["$defs"]
    tables = (_section(heading, sections[name]) for name, heading in _HEADINGS.items())
    return "\n".join([_OPENING, *tables, _TARGETS_CLOSING])


def _section(heading: str, section: Mapping[str, Any]) -> str:
    lines = [
        f"## `{heading}`",
        "",
        section["description"],
        "",
        "| key | type | default | meaning |",
        "|---|---|---|---|",
    ]
    for key, schema in section["properties"].items():
        required = key in section.get("required", ())
        meaning = schema["description"] + _for_providers(key, heading)
        lines.append(
            f"| `{key}` | {_type(schema)} | {_default(schema, required=required)} | {_cell(meaning)} |"
        )
    return "\n".join([*lines, ""])


def _for_providers(key: str, heading: str) -> str:
    if heading != "[[targets]]" or key not in PROVIDERS_OF:
        return ""
    return f" For {', '.join(f'`{name}`' for name in sorted(PROVIDERS_OF[key]))}."


def _type(schema: Mapping[str, Any]) -> str:
    ways = [way for way in schema.get("anyOf", [schema]) if way.get("type") != "null"]
    return " or ".join(dict.fromkeys(_one_type(way) for way in ways))


def _one_type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(f"`{choice}`" for choice in schema["enum"])
    name = str(schema.get("title") or _TYPES[schema["type"]])
    if schema["type"] == "array":
        items = _type(schema["items"])
        return f"list of {items}{'es' if items.endswith('s') else 's'}"
    return name + "".join(_range(schema))


def _range(schema: Mapping[str, Any]) -> Iterator[str]:
    low, above, high = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if above is not None:
        yield f", more than {above:g}"
    elif low is not None and high is not None and high <= 1000:  # noqa: PLR2004 # higher limits only catch slips
        yield f", {low} to {high}"
    elif low is not None:
        yield f", at least {low}"


def _default(schema: Mapping[str, Any], *, required: bool) -> str:
    if required:
        return "*required*"
    value = schema.get("default")
    return "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(configuration_reference())
