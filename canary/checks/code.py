"""Checks of code: its form, what it defines, predicted output, exact edits. Nothing is executed."""

import ast
import re
import warnings
from typing import Literal

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import all_lines, listed, opening
from canary.checks.data import NotReadable, read_json
from canary.checks.parameters import Text, Texts
from canary.checks.sentence import counted
from canary.checks.variants import fenced_blocks

READ_CHARACTERS = 50_000
"""Longest text that is parsed as Python or applied as edits."""

_CODE_SIGNS = re.compile(
    r"[=(){}\[\];<>#]|^(?:import|from \S+ import|return|def|class|break|pass)\b|^(?:for|while|if|elif|else|try|with)\b.*:$"
)
_PROSE_WORDS = 4


def code_only(
    answer: Answer, *, language: Literal["python", "json", "any"] = "any", fenced: bool = False
) -> Verdict:
    """Is [fenced?one fenced block of ][fenced!unfenced ][python?Python ][json?JSON ]code and nothing else."""
    text = answer.text.strip()
    blocks = fenced_blocks(text)
    if not fenced:
        if blocks or any(line.lstrip().startswith(("```", "~~~")) for line in all_lines(text)):
            return Verdict(passed=False, found="a code fence")
        return _code_verdict(answer.text, language)
    if len(blocks) != 1 or not _is_one_block(text):
        return Verdict(passed=False, found=f"{counted(len(blocks), 'fenced block')} and other text")
    return _code_verdict(blocks[0][1], language)


def _is_one_block(text: str) -> bool:
    lines = all_lines(text)
    fences = [place for place, line in enumerate(lines) if line.lstrip().startswith(("```", "~~~"))]
    return fences == [0, len(lines) - 1]


def _code_verdict(code: str, language: str) -> Verdict:
    if language == "json":
        try:
            read_json(code)
        except NotReadable as error:
            return Verdict(passed=False, found=str(error))
        return Verdict(passed=True, found="JSON")
    if language == "python":
        tree = python_tree(code)
        if isinstance(tree, str):
            return Verdict(passed=False, found=tree)
        prose = all(isinstance(n, ast.Expr) and not isinstance(n.value, ast.Call) for n in tree.body)
        return Verdict(passed=not prose, found="no statement" if prose else "Python")
    prose_line = next((line for line in all_lines(code) if _is_prose(line)), None)
    return Verdict(
        passed=prose_line is None, found="code" if prose_line is None else f"prose {opening(prose_line)}"
    )


def _is_prose(line: str) -> bool:
    """A line of several words that ends like a sentence and holds no sign of code."""
    bare = line.strip()
    ends = bare.endswith((".", "!", "?", ":"))
    return ends and len(bare.split()) >= _PROSE_WORDS and _CODE_SIGNS.search(bare) is None


def python_tree(code: str) -> ast.Module | str:
    """The syntax tree of Python code, or why there is none."""
    if len(code) > READ_CHARACTERS:
        return f"longer than {READ_CHARACTERS} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `"\d"` in a model's code is its own business
            return ast.parse(code.replace("\r\n", "\n").strip("\n") + "\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        return f"no Python: {str(error) or type(error).__name__}"


def python_defines(answer: Answer, *, names: Texts) -> Verdict:
    """Is Python that parses and defines {names:and}.

    At module level: functions, classes and assigned names.
    """
    tree = python_tree(answer.text)
    if isinstance(tree, str):
        return Verdict(passed=False, found=tree)
    defined = {name for node in tree.body for name in _defined(node)}
    missing = [name for name in names if name not in defined]
    return Verdict(passed=not missing, found=f"without {listed(missing)}" if missing else "all there")


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def output(answer: Answer, *, text: Text) -> Verdict:
    """Is the program's output {text}.

    Space at line ends and blank lines around it aside.
    """
    given, wanted = _as_output(answer.text), _as_output(text)
    if given == wanted:
        return Verdict(passed=True, found=counted(len(given), "line"))
    differs = next((n for n, (a, b) in enumerate(zip(given, wanted, strict=False)) if a != b), None)
    found = (
        counted(len(given), "line") if differs is None else f"line {differs + 1}: {opening(given[differs])}"
    )
    return Verdict(passed=False, found=found)


def _as_output(text: str) -> list[str]:
    return "\n".join(line.rstrip() for line in all_lines(text)).strip("\n").split("\n")


def edit_blocks(answer: Answer, *, original: Text, result: Text) -> Verdict:
    """Is SEARCH/REPLACE blocks that turn the given text into the wanted one.

    Nothing else stands around them, and the lines of every SEARCH text occur exactly once in the text it is applied to.
    """
    edits = _edits(answer.text) if len(answer.text) <= READ_CHARACTERS else "too long"
    if isinstance(edits, str):
        return Verdict(passed=False, found=edits)
    lines = "\n".join(all_lines(original)).rstrip("\n").split("\n")
    for number, (search, replacement) in enumerate(edits, start=1):
        places = _places(search, lines)
        if len(places) != 1:
            return Verdict(passed=False, found=f"SEARCH text {number} occurs {counted(len(places), 'time')}")
        lines[places[0] : places[0] + len(search)] = replacement
    return _result_verdict("\n".join(lines), result, counted(len(edits), "block"))


def _places(search: list[str], lines: list[str]) -> list[int]:
    """Where some lines stand among others, whole."""
    if not search:
        return []
    last = len(lines) - len(search)
    return [place for place in range(last + 1) if lines[place : place + len(search)] == search]


def _result_verdict(text: str, result: str, found: str) -> Verdict:
    passed = _as_output(text) == _as_output(result)
    return Verdict(passed=passed, found=found if passed else f"{found}, another text comes out")


_OPEN, _MIDDLE, _CLOSE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"


def _edits(text: str) -> list[tuple[list[str], list[str]]] | str:
    """The blocks of an answer as lines, or why it is none of blocks alone."""
    edits: list[tuple[list[str], list[str]]] = []
    parts: list[list[str]] = []
    for line in all_lines(text.strip()):
        mark = line.rstrip()
        if mark == _OPEN and not parts:
            parts = [[]]
        elif mark == _MIDDLE and len(parts) == 1:
            parts.append([])
        elif mark == _CLOSE and len(parts) == 2:  # noqa: PLR2004 # search and replacement
            edits.append((parts[0], parts[1]))
            parts = []
        elif parts:
            parts[-1].append(line)
        elif line.strip():
            return f"text outside the blocks: {opening(line)}"
    return "no complete block" if parts or not edits else edits


_HUNK = re.compile(r"@@ -(\d{1,7})(?:,(\d{1,7}))? \+(\d{1,7})(?:,(\d{1,7}))? @@")


def unified_diff(answer: Answer, *, original: Text, result: Text) -> Verdict:
    """Is a unified diff that turns the given text into the wanted one.

    Its context and line numbers fit the given text; nothing else stands around it.
    """
    lines = _as_output(original)
    text = _applied(all_lines(answer.text.strip("\r\n")), lines)
    if isinstance(text, str):
        return Verdict(passed=False, found=text)
    return _result_verdict("\n".join(text), result, "a diff that fits")


def _applied(diff: list[str], original: list[str]) -> list[str] | str:
    """The original with a diff applied, or why it does not fit."""
    out: list[str] = []
    place, hunks = 0, 0
    for line in diff:
        hunk = _HUNK.match(line)
        if hunk is not None:
            start = max(int(hunk[1]) - (hunk[2] != "0"), place)
            out += original[place:start]
            place, hunks = start, hunks + 1
        elif not hunks:
            if not line.startswith(("--- ", "+++ ", "diff ", "index ")):
                return f"no diff: {opening(line)}"
        elif line.startswith("+"):
            out.append(line[1:])
        elif line.startswith(("-", " ")) or not line:
            if place >= len(original) or original[place].rstrip() != line[1:].rstrip():
                return f"does not fit at line {place + 1}"
            out += [] if line.startswith("-") else [original[place]]
            place += 1
        elif not line.startswith("\\"):
            return f"no line of a diff: {opening(line)}"
    return out + original[place:] if hunks else "no hunk"
