"""Files of many trials for the benchmarks: rows that the real tools wrote, over and over, under other names."""

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from canary.domain.trial import Trial
from canary.exchange.promptfoo import read_promptfoo
from canary.exchange.trials import write_csv, write_jsonl
from tests.exchange.test_foreign import LOG, PROMPTFOO

PROMPTS = 500
KEPT = 2000
"""Texts of single results that are handed back, for reading them bare."""


def written(form: str, folder: Path, trials: int) -> tuple[Path, Sequence[str]]:
    """A file of so many trials, and the JSON texts of some of its results (none for CSV)."""
    path = folder / f"many.{form}"
    with path.open("wb") as file:
        return path, FORMS[form](file, trials)


def _records(trials: int) -> Iterator[Trial]:
    kept = list(read_promptfoo(PROMPTFOO))
    for number in range(trials):
        one = kept[number % len(kept)]
        yield replace(one, prompt=f"{one.prompt} {number % PROMPTS}", replicate=number // PROMPTS)


def _jsonl(file: BinaryIO, trials: int) -> Sequence[str]:
    write_jsonl(_records(trials), file)
    with Path(file.name).open(encoding="utf-8") as lines:
        return [line for line, _ in zip(lines, range(KEPT), strict=False)]


def _csv(file: BinaryIO, trials: int) -> Sequence[str]:
    write_csv(_records(trials), file)
    return []


def _promptfoo(file: BinaryIO, trials: int) -> Sequence[str]:
    """Indented, as promptfoo writes it."""
    data = json.loads(PROMPTFOO.read_text(encoding="utf-8"))
    rows = data["results"].pop("results")
    head = json.dumps(data["results"])[1:-1]
    file.write(f'{{"results": {{{head}, "results": ['.encode())
    kept: list[str] = []
    for number in range(trials):
        row = rows[number % len(rows)]
        case = {**row["testCase"], "description": f"word {number % PROMPTS}"}
        text = json.dumps({**row, "testCase": case, "testIdx": number}, indent=2)
        file.write(f"{',' if number else ''}\n{text}".encode())
        kept += [text] if number < KEPT else []
    file.write(b"]}}")
    return kept


def _samples(trials: int) -> Iterator[dict[str, Any]]:
    samples = json.loads(LOG.read_text(encoding="utf-8"))["samples"]
    for number in range(trials):
        sample = samples[number % len(samples)]
        yield {**sample, "id": f"word-{number % PROMPTS}", "epoch": 1 + number // PROMPTS}


def _head() -> dict[str, Any]:
    log = json.loads(LOG.read_text(encoding="utf-8"))
    return {name: log[name] for name in ("version", "status", "eval")}


def _inspect(file: BinaryIO, trials: int) -> Sequence[str]:
    """Indented, as Inspect writes it."""
    file.write(f'{json.dumps(_head())[:-1]}, "samples": ['.encode())
    kept: list[str] = []
    for number, sample in enumerate(_samples(trials)):
        text = json.dumps(sample, indent=2)
        file.write(f"{',' if number else ''}\n{text}".encode())
        kept += [text] if number < KEPT else []
    file.write(b"]}")
    return kept


def _eval(file: BinaryIO, trials: int) -> Sequence[str]:
    """Members compressed by zstd, as Inspect writes them; Python's zipfile can't before 3.14."""
    packer = zstandard.ZstdCompressor(level=3)
    directory: list[bytes] = []
    kept: list[str] = []

    def add(name: str, text: str) -> None:
        data, at, raw = text.encode(), file.tell(), name.encode()
        packed = packer.compress(data)
        sizes = struct.pack("<IIIHH", zlib.crc32(data), len(packed), len(data), len(raw), 0)
        common = struct.pack("<HHHHH", 63, 0, 93, 0, 0x21)
        file.write(b"PK\x03\x04" + common + sizes + raw + packed)
        directory.append(b"PK\x01\x02\x3f\x00" + common + sizes + struct.pack("<HHHII", 0, 0, 0, 0, at) + raw)

    for sample in _samples(trials):
        text = json.dumps(sample)
        add(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", text)
        kept += [text] if len(kept) < KEPT else []
    add("header.json", json.dumps(_head()))
    start, central, count = file.tell(), b"".join(directory), len(directory)
    file.write(central)
    end = file.tell()
    file.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 63, 63, 0, 0, count, count, len(central), start))
    file.write(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
    few = min(count, 0xFFFF)
    file.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, few, few, len(central), start, 0))
    return kept


FORMS: Mapping[str, Callable[[BinaryIO, int], Sequence[str]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "promptfoo": _promptfoo,
    "inspect": _inspect,
    "eval": _eval,
}
