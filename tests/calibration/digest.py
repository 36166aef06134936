"""What code a table of thresholds was measured with: its text without words for people.

Docstrings, comments and layout are left out, so that only what could move a figure counts. The text, not the parsed tree, is
taken: trees are written differently by each Python.
"""

import ast
import hashlib
import io
import tokenize
from importlib.util import find_spec
from pathlib import Path

RULES = (
    "canary.analysis.folds",
    "canary.simulate.history",
    "canary.simulate.worlds",
    "canary.stats.chain",
    "canary.stats.noise",
    "canary.stats.scan",
    "canary.stats.scores",
    "canary.stats.sequential",
    "canary.stats.stream",
)
"""Modules that the rates of `canary.stats.thresholds` depend on: the rules, and the worlds they were watched in."""


def rules_digest() -> str:
    """Digest of the rules in force, 16 hexadecimal digits."""
    whole = hashlib.sha256()
    for name in RULES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        whole.update(bare(Path(spec.origin).read_text(encoding="utf-8")).encode())
    return whole.hexdigest()[:16]


def bare(source: str) -> str:
    """Source without docstrings, comments and blank space."""
    lines = io.StringIO(source).readline
    words = _docstring_lines(source)
    # A comment runs to the end of its line, so it is cut where it begins.
    ends = {t.start[0]: t.start[1] for t in tokenize.generate_tokens(lines) if t.type == tokenize.COMMENT}
    kept = (
        line[: ends.get(number)]
        for number, line in enumerate(source.splitlines(), start=1)
        if number not in words
    )
    return "".join("".join(line.split()) for line in kept)


def _docstring_lines(source: str) -> set[int]:
    """Lines of strings that stand alone as a statement: docstrings, of attributes too."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            found |= set(range(value.lineno, (value.end_lineno or value.lineno) + 1))
    return found
