"""Logs of Inspect (`.eval`, and JSON) as trials, read one sample at a time.

A `.eval` file is a zip archive with a `header.json` and one JSON file per sample and epoch; a JSON log holds the samples in
a list. Version 2 of the format is read. Members may be compressed by zstd, which needs Python 3.14 or the package
`zstandard` (extra `inspect`). Of each member no more than `json_stream.LARGEST` bytes are unpacked.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from canary.domain.errors import RecordError
from canary.domain.trial import Trial
from canary.exchange.foreign import Made, SkipBad, trials_of
from canary.exchange.inspect_members import Members
from canary.exchange.inspect_samples import sample_record
from canary.exchange.json_stream import LARGEST, parsed, parts

_VERSION = 2
_FINISHED = frozenset({"success", "error", "cancelled"})


def read_inspect(path: Path, *, skip_bad: SkipBad | None = None, largest: int = LARGEST) -> Iterator[Trial]:
    """Trials of one log.

    Args:
        path: a `.eval` file, or a JSON log by any other name.
        skip_bad: told of each sample that makes no trial, which is then left out; None = the first one ends the reading.
        largest: bytes that one sample may unpack to.

    Raises:
        RecordError: the file, or a sample of it, can't be read.
    """
    results = _archived if path.suffix.lower() == ".eval" else _plain
    return trials_of(path, results(path, largest), skip_bad)


def _plain(path: Path, largest: int) -> Iterator[tuple[str, Callable[[], Made]]]:
    head: dict[str, Any] = {}
    number = 0
    with path.open("rb") as file:
        for place, value in parts(file, {("samples",)}, largest=largest):
            if place[0] != "samples":
                head[place[0]] = value
                continue
            if not number:
                _demand(head, path)
            number += 1
            yield _name(value, number), partial(sample_record, head["eval"], value)
    if not number:
        _demand(head, path)


def _archived(path: Path, largest: int) -> Iterator[tuple[str, Callable[[], Made]]]:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = Members(archive=archive, file=file, path=path, largest=largest)
            names = archive.namelist()
            if "header.json" not in names:
                raise RecordError("the eval is not finished", where=str(path), remedy="import it when it is")
            head = parsed(members.read("header.json"))
            _demand(head, path)
            samples = [
                name
                for name in dict.fromkeys(names)
                if name.startswith("samples/") and name.endswith(".json")
            ]
            for name in samples:
                yield name, partial(_unpacked, members, name, head["eval"])
    except zipfile.BadZipFile as problem:
        raise RecordError(f"no log of Inspect ({problem})", where=str(path)) from None


def _unpacked(members: Members, name: str, spec: Mapping[str, Any]) -> Made:
    return sample_record(spec, parsed(members.read(name)))


def _demand(head: Any, path: Path) -> None:
    spec = head.get("eval") if isinstance(head, dict) else None
    if not isinstance(spec, dict) or not {"model", "task", "created"} <= spec.keys():
        raise RecordError("no log of Inspect: it has no `eval` before its samples", where=str(path))
    if head.get("version", _VERSION) != _VERSION:
        raise RecordError(f"version {head['version']} of the format is not known", where=str(path))
    if head.get("status") not in _FINISHED:
        raise RecordError("the eval is not finished", where=str(path), remedy="import it when it is")


def _name(sample: Any, number: int) -> str:
    known = isinstance(sample, dict) and "id" in sample
    return f"sample {sample['id']!r}" if known else f"sample number {number}"
