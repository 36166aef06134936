"""Small files that ask for a lot: each is read within a bound of memory and processor time, as a process of its own.

Prints, one line each, what became of them. Run by test_bombs.py under `resource` limits: beyond them the process dies.
"""

import io
import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import zstandard

from canary.domain.errors import CanaryError
from tests.exchange.test_foreign import LOG
from tests.security.parsers import PARSERS

MEMORY = 1536 * 2**20
"""Bytes of address space: what canary's libraries map, and half a GiB beside."""
SECONDS = 30
"""Of processor time, for all bombs together."""

DEEP = 200_000
HEAD = {
    name: value for name, value in json.loads(LOG.read_text(encoding="utf-8")).items() if name != "samples"
}


def archive(packed: bytes, method: int, *, claimed: int) -> bytes:
    """A log whose one sample unpacks to a lot and says that it is little."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("header.json", json.dumps(HEAD))
        made.writestr("samples/bomb.json", packed)
        info = made.getinfo("samples/bomb.json")
        info.compress_type, info.file_size = method, claimed
    return out.getvalue()


def deflated(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("header.json", json.dumps(HEAD))
        with made.open("samples/bomb.json", "w", force_zip64=True) as member:
            for _ in range(size // 2**20):
                member.write(b" " * 2**20)
    return out.getvalue()


def zeros(size: int) -> bytes:
    """A zstd frame of blanks."""
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    parts = [packer.compress(b" " * 2**20) for _ in range(size // 2**20)]
    return b"".join([*parts, packer.flush()])


def aliases(levels: int) -> bytes:
    """The billion laughs in YAML."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


def bombs() -> Iterator[tuple[str, str, bytes]]:
    """(what it is, the parser it is put to, its bytes)."""
    lists, objects, digits = b"[" * DEEP, b'{"a":' * DEEP, b"9" * 3_000_000
    for name in (
        "canary.toml",
        "prompts, YAML",
        "annotations",
        "trials, JSONL",
        "promptfoo",
        "Inspect, JSON",
        "IFEval",
    ):
        yield "nested lists", name, lists
        yield "nested objects", name, objects
    yield "nested lists", "canary.toml", b"a = " + lists
    yield "nested tables", "canary.toml", b"a = " + b"{a=" * DEEP
    yield "nested names", "canary.toml", b"a." * DEEP + b"a = 1"
    for name in ("baseline", "heartbeat", "command", "stream of claude-agentic", "Codex's thread"):
        yield "nested lists", name, lists
        yield "an endless number", name, b'{"schema": %s}' % digits
    yield "an endless number", "trials, JSONL", b'{"schema": %s}' % digits
    yield "an endless number", "promptfoo", b'{"results": {"timestamp": %s}}' % digits
    yield "an endless number", "canary.toml", b"a = %s" % digits
    yield "an endless number", "prompts, YAML", b"a: %s" % digits
    yield (
        "an endless number",
        "trials, CSV",
        b"schema,started_at,target,prompt,replicate,outcome\r\n%s,,,,,\r\n" % digits,
    )
    yield "a billion laughs", "prompts, YAML", aliases(12)
    yield "a billion laughs", "annotations", aliases(12)
    yield (
        "an open cell",
        "trials, CSV",
        b'schema,started_at,target,prompt,replicate,outcome\r\n"' + b"x\n" * 2_000_000,
    )
    yield "a long line", "trials, JSONL", b'{"a": "' + b"x" * (80 * 2**20)
    yield "300 MiB by deflate", "Inspect, .eval", deflated(300 * 2**20)
    yield "300 MiB by zstd, told as little", "Inspect, .eval", archive(zeros(300 * 2**20), 93, claimed=100)
    yield (
        "300 MiB by zstd, told as 200",
        "Inspect, .eval",
        archive(zeros(300 * 2**20), 93, claimed=200 * 2**20),
    )
    event = json.dumps(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 10**6}}
    )
    start = PARSERS["stream of anthropic"].sample.partition(b"event: content_block_delta")[0]
    yield (
        "an endless answer",
        "stream of anthropic",
        start + f"event: content_block_delta\ndata: {event}\n\n".encode() * 60,
    )


def main() -> None:
    made = list(bombs())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for what, name, data in made:
        with tempfile.TemporaryDirectory() as folder:
            try:
                PARSERS[name].read(data, Path(folder))
                said = "read"
            except CanaryError as error:
                said = str(error)
        sys.stdout.write(f"{what} | {name} | {said[:160]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
