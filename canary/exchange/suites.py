"""Published instruction-following data as a suite: `input_data.jsonl` of IFEval (arXiv 2311.07911)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from canary.domain.canonical import Json
from canary.domain.errors import RecordError
from canary.domain.suite import CheckSpec, Prompt, Suite, Turn
from canary.exchange.json_stream import parsed
from canary.exchange.trial_lines import demand_bounded, numbered_lines

_NO_ID_CHARACTER = re.compile(r"[^a-z0-9._-]")


def read_records(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a JSONL file, each with its file and line.

    Raises:
        RecordError: the file can't be read, or a line of it is no JSON object.
    """
    try:
        with path.open("rb") as file:
            for number, line in numbered_lines(file):
                if line.strip():
                    where = f"{path}, line {number}"
                    yield where, _object(line, where)
    except OSError as error:
        raise RecordError(f"can't be read ({error.strerror})", where=str(path)) from error


def _object(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        demand_bounded(line)
        data = parsed(line)
    except ValueError as error:
        raise RecordError(str(error), where=where, remedy="write one object a line") from None
    if not isinstance(data, dict):
        raise RecordError("is no JSON object", where=where, remedy="write one object a line")
    return data


def read_ifeval(path: Path) -> Suite:
    """IFEval's prompts as a suite: ids `ifeval/<key>`, checks under IFEval's own ids, in the file's order.

    Raises:
        RecordError: the file or a line can't be read; says which.
    """
    return suite_of([_ifeval_prompt(row, where) for where, row in read_records(path)], path)


def _ifeval_prompt(row: Mapping[str, Any], where: str) -> Prompt:
    key, text = row.get("key"), row.get("prompt")
    names, kwargs = row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(text, str) or isinstance(key, bool) or not isinstance(key, int | str):
        raise RecordError("has no key and prompt", where=where)
    if not isinstance(names, list) or not isinstance(kwargs, list) or len(names) != len(kwargs) or not names:
        raise RecordError("has no instruction_id_list with as many kwargs", where=where)
    return Prompt(
        id=f"ifeval/{id_part(str(key))}",
        family="ifeval",
        turns=(Turn(user=text),),
        checks=tuple(_ifeval_check(*pair, where) for pair in zip(names, kwargs, strict=True)),
    )


def _ifeval_check(name: Any, kwargs: Any, where: str) -> CheckSpec:
    if not isinstance(name, str) or not isinstance(kwargs, dict | None):
        raise RecordError("has an instruction that is no name with a mapping", where=where)
    # Copies of the data give every argument of every instruction, null where it does not apply.
    given = {key: _whole(value) for key, value in (kwargs or {}).items() if value is not None}
    return CheckSpec(name=name, params=given)


def _whole(value: Json) -> Json:
    """300.0 as 300: some copies keep every number as a decimal."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def id_part(text: str) -> str:
    """A published case's own id as the last part of a prompt's."""
    return _NO_ID_CHARACTER.sub("-", text.lower())


def suite_of(prompts: Sequence[Prompt], path: Path) -> Suite:
    """The prompts of a file.

    Raises:
        RecordError: an id stands twice, or there is no prompt.
    """
    seen: set[str] = set()
    for prompt in prompts:
        if prompt.id in seen:
            raise RecordError(f"{prompt.id} stands twice", where=str(path))
        seen.add(prompt.id)
    if not prompts:
        raise RecordError("has no prompt", where=str(path))
    return Suite(prompts=tuple(prompts))
