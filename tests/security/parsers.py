"""Every parser that takes data from outside: a good sample of it, and how it is read. A new parser gets a row here."""

import asyncio
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from canary.checks.score import StoredResponse, score
from canary.config.annotations import load_annotations
from canary.config.prompts import load_suite
from canary.config.settings import load_config
from canary.daemon.heartbeat import vital
from canary.domain.baseline import Baseline, DayNoise, Figure, PinnedPrompt
from canary.domain.record import steps_json
from canary.domain.trial import Step
from canary.exchange.bfcl import read_bfcl
from canary.exchange.inspect_logs import read_inspect
from canary.exchange.promptfoo import read_promptfoo
from canary.exchange.suites import read_ifeval, read_records
from canary.exchange.trials import read_trials, write_csv, write_jsonl
from canary.store.baselines import baseline_json, laid_out, read_baseline
from canary.targets.codex_rollout import last_turn
from canary.targets.command_record import read_record
from canary.targets.redaction import Redactor
from tests.config.samples import CANARY_TOML, PROMPTS_YAML
from tests.exchange.test_foreign import EVAL, LOG, PROMPTFOO
from tests.fakes import NOON
from tests.targets.dialects import DIALECTS, Call, Dialect, Speech
from tests.targets.harness.trials import KEY, fold_of, folded, recorded
from tests.targets.harness.trials import prompt as asked
from tests.targets.scripted_server import stream
from tests.targets.talk import talk


@dataclass(frozen=True, kw_only=True)
class Parser:
    """One parser.

    Attributes:
        sample: what it reads without complaint.
        read: reads bytes; a file of them may be put into the folder. It raises nothing but a CanaryError.
    """

    sample: bytes
    read: Callable[[bytes, Path], object]


def file(name: str, sample: bytes, load: Callable[[Path], object]) -> Parser:
    """A parser of files of this name."""

    def read(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return load(path)

    return Parser(sample=sample, read=read)


def storable(steps: Iterable[Step]) -> bytes:
    """What of an answer is kept can be written as JSON in UTF-8: no NaN, no lone surrogate."""
    return json.dumps(steps_json(tuple(steps)), ensure_ascii=False, allow_nan=False).encode()


def provider(dialect: Dialect) -> Parser:
    """A protocol as its SDK reads it off the wire."""
    speech = Speech(
        reasoning="Hm.",
        pieces=("It is ", "raining in Zürich."),
        calls=(Call(id="a", name="get_weather", arguments='{"city": "Oslo"}'),),
        reasoned=4,
    )

    def read(data: bytes, _folder: Path) -> object:
        done = asyncio.run(talk(dialect, stream([data]), max_attempts=1, strict=False)).transcript
        assert done.failure is not None or done.steps
        return storable(done.steps)

    return Parser(sample=b"".join(dialect.chunks(speech)), read=read)


def harness(name: str) -> Parser:
    """An agent CLI's event stream."""

    def read(data: bytes, _folder: Path) -> object:
        done = folded(data.splitlines(), fold_of(name))
        assert done.failure is not None or done.stop is not None
        return storable(done.steps)

    return Parser(sample=b"\n".join(recorded(name)), read=read)


def _command(data: bytes, _folder: Path) -> object:
    told = read_record(data, asked("Hello?"), Redactor((KEY,)))
    assert told.failure is not None or told.stop is not None
    return storable(told.steps)


def _scored(path: Path) -> object:
    rows = (StoredResponse(where=where, data=data) for where, data in read_records(path))
    return score(_SUITE, rows, partial=True).record()


def _written(write: Callable[..., int]) -> bytes:
    out = io.BytesIO()
    write(read_inspect(LOG), out)
    return out.getvalue()


def _jsonl(*rows: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _stored_archive() -> bytes:
    """The log's members without compression, so that an edit reaches what they hold."""
    out = io.BytesIO()
    log = json.loads(LOG.read_text(encoding="utf-8"))
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "header.json", json.dumps({name: log[name] for name in ("version", "status", "eval")})
        )
        for number, sample in enumerate(log["samples"][:2]):
            archive.writestr(f"samples/{number}.json", json.dumps(sample))
    return out.getvalue()


_SUITE = load_suite(None)
_NOTES = b"- day: 2026-04-16\n  text: A new release\n  kind: theirs\n- {day: 2026-05-01, text: Prices, kind: ours}\n"
_BEAT = b'{"at": "2026-03-01T11:59:50+00:00", "came_round_at": "2026-03-01T11:59:00+00:00"}'
BASELINE = Baseline(
    target="t",
    suite="0123456789abcdef",
    first_day=date(2026, 3, 1),
    last_day=date(2026, 3, 28),
    days=28,
    trials=84,
    graded=84,
    levels={"pass_rate": 0.9},
    noise={"pass_rate": DayNoise(days=28, sd=0.1, sampling_sd=0.08)},
    names={"served_model": {"m": 84}},
    prompts=(
        PinnedPrompt(
            prompt="a/b",
            digest="0123456789abcdef",
            family="a",
            figures={"pass_rate": Figure(n=84, mean=0.9, sd=0.3)},
            input_tokens=12.0,
        ),
    ),
)
_IFEVAL = {
    "key": 1000,
    "prompt": "Write two lines without a comma.",
    "instruction_id_list": ["punctuation:no_comma"],
    "kwargs": [{}],
}
_BFCL = {
    "id": "simple_0",
    "question": [[{"role": "user", "content": "What is the area of a triangle?"}]],
    "function": [
        {
            "name": "area",
            "description": "Area of a triangle.",
            "parameters": {
                "type": "dict",
                "properties": {"base": {"type": "integer", "description": "base"}},
                "required": ["base"],
            },
        }
    ],
    "ground_truth": [{"area": {"base": [10]}}],
}

PARSERS: Mapping[str, Parser] = {
    "canary.toml": file("canary.toml", CANARY_TOML.encode(), lambda path: load_config(path, {})),
    "prompts, YAML": file("tools.yaml", PROMPTS_YAML.encode(), load_suite),
    "annotations": file("notes.yaml", _NOTES, lambda path: load_annotations(path, ["t"])),
    "trials, JSONL": file("t.jsonl", _written(write_jsonl), lambda path: list(read_trials(path))),
    "trials, CSV": file("t.csv", _written(write_csv), lambda path: list(read_trials(path))),
    "Inspect, .eval": file("log.eval", EVAL.read_bytes(), lambda path: list(read_inspect(path))),
    "Inspect, stored": file("log.eval", _stored_archive(), lambda path: list(read_inspect(path))),
    "Inspect, JSON": file("log.json", LOG.read_bytes(), lambda path: list(read_inspect(path))),
    "promptfoo": file("out.json", PROMPTFOO.read_bytes(), lambda path: list(read_promptfoo(path))),
    "IFEval": file("ifeval.jsonl", _jsonl(_IFEVAL), read_ifeval),
    "BFCL": file("BFCL_simple.jsonl", _jsonl(_BFCL), read_bfcl),
    "responses": file("r.jsonl", _jsonl({"prompt": _SUITE.prompts[0].id, "response": "No."}), _scored),
    "baseline": file("t@0.json", laid_out(baseline_json(BASELINE)).encode(), read_baseline),
    "heartbeat": file("beat", _BEAT, lambda path: vital(path, NOON)),
    "command": Parser(
        sample=b'{"outcome": "graded", "text": "No.", "usage": {"input_tokens": 3}}', read=_command
    ),
    "Codex's thread": Parser(
        sample=b"\n".join(recorded("codex-agentic-thread")),
        read=lambda data, _: last_turn(data.splitlines(), "/trial/work"),
    ),
    **{f"stream of {one.provider}": provider(one) for one in DIALECTS},
    **{f"stream of {name}": harness(name) for name in ("claude-agentic", "codex-agentic", "codex-code-mode")},
}
