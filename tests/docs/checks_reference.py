"""The table of checks in docs/prompts.md, made from the registry.

    python -m tests.docs.checks_reference

writes it anew; a test fails where the document and the registry differ.
"""

import re
from pathlib import Path

from canary.checks.registry import check_main_parameter, check_names, check_parameters, find_check
from canary.checks.sentence import FORMS

DOCUMENT = Path(__file__).parents[2] / "docs" / "prompts.md"
START, END = "<!-- checks: made by tests/docs/checks_reference.py -->", "<!-- end of checks -->"


def reference() -> str:
    """One row a check: its name, its parameters, the sentence that must hold."""
    head = ["| check | parameters | what must hold of the answer |", "|---|---|---|"]
    rows = [f"| `{name}` | {_parameters(name)} | {_sentence(name)} |" for name in check_names()]
    return "\n".join(head + rows)


def _parameters(name: str) -> str:
    schema = check_parameters(name)
    required, main = schema.get("required", []), check_main_parameter(name)
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    told = [f"**`{p}`**" if p == main else f"`{p}`" + ("" if p in required else "?") for p in properties]
    return ", ".join(told) or "-"


def _sentence(name: str) -> str:
    line = (find_check(name).decide.__doc__ or "").strip().splitlines()[0]
    line = re.sub(r"\{range:([^}]*)\}", r"so many \1s", line)
    line = re.sub(r"\[\w+\?[^\]]*\]", "", line)
    line = re.sub(r"\[\w+!([^\]]*)\]", r"\1", line)
    line = re.sub(r"(?<!among )\{(\w+):or\}", r"one of *\1*", line)
    line = re.sub(r"\{(\w+)(?::([^}]*))?\}", _value, line)
    return line.replace("|", "\\|").replace("<", "&lt;")


def _value(gap: re.Match[str]) -> str:
    name, form = gap[1], gap[2]
    return f"*{name}*" if form is None or form in FORMS else f"*{name}* {form}s"


def written(text: str) -> str:
    """The document with the table as it must be."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{reference()}\n\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
