"""Mutation testing of the checks: small wrong changes, each of which some test must notice.

    python -m tests.checks.mutants [module ...]

Every mutant lives in a forked process of its own that loads one module of `canary.checks` changed. It is killed when a
case of the table gets another verdict, else when a test fails, raises or does not end. Without arguments all modules
are tried; what survives is printed.
"""

import ast
import contextlib
import importlib
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "canary.checks"
FOLDER = Path(__file__).parents[2] / "canary" / "checks"
NOT_MUTATED = {"__init__", "language_names", "languages", "phrases", "scripts", "table"}
"""Tables of data: a change of a word is no change of a decision."""
SECONDS = 120
SELECTED = "not hostile and not silence and not gets_its_verdicts"
"""Of the tests, those that the table has not run already and that take no time."""
TESTS = ("test_checks", "test_grading", "test_registry", "test_process", "test_score", "test_ifeval")

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One changed module."""

    module: str
    line: int
    what: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.what}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of one module, one change each, inside its functions."""
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    number = 0
    while True:
        tree = ast.parse(source)
        change = _OneChange(number)
        changed = change.visit(tree)
        if change.made is None:
            return
        line, what = change.made
        text = ast.unparse(ast.fix_missing_locations(changed))
        yield Mutant(module=module, line=line, what=what, source=text)
        number += 1


class _OneChange(ast.NodeTransformer):
    """Makes the change of one number, counted in the order of the source."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.made: tuple[int, str] | None = None
        self.depth = 0

    def _now(self, node: ast.AST, what: str) -> bool:
        if self.depth == 0 or self.made is not None:
            return False
        self.left -= 1
        if self.left >= 0:
            return False
        self.made = (getattr(node, "lineno", 0), what)
        return True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # named by ast
        self.depth += 1
        if isinstance(node.returns, ast.Name) and node.returns.id == "Verdict":
            for passed in (True, False):
                if self._now(node, f"{node.name} always gives {passed}"):
                    node.body = ast.parse(f"return Verdict(passed={passed}, found='x')").body
        node.body = [self.visit(statement) for statement in node.body]
        self.depth -= 1
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for place, operation in enumerate(node.ops):
            other = _COMPARISONS[type(operation)]
            if self._now(node, f"{type(operation).__name__} -> {other.__name__}"):
                node.ops[place] = other()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        if self._now(node, "and <-> or"):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and self._now(node, "not removed"):
            return node.operand
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if self._now(node, "if turned round"):
            node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if self._now(node, "choice turned round"):
            node.body, node.orelse = node.orelse, node.body
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        swaps: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
        other = swaps.get(type(node.op))
        if other is not None and self._now(node, "+ <-> -"):
            node.op = other()
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) and self._now(node, f"{node.value} turned round"):
            return ast.copy_location(ast.Constant(value=not node.value), node)
        if type(node.value) is int and self._now(node, f"{node.value} + 1"):
            return ast.copy_location(ast.Constant(value=node.value + 1), node)
        return node


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = f"{PACKAGE}.{mutant.module}"
        self.mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.source, self.name, "exec"), module.__dict__)  # our own source, changed


def is_killed(mutant: Mutant) -> bool:
    """Whether a test notices the mutant."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        code = 1
        with contextlib.suppress(BaseException):
            sys.meta_path.insert(0, _Loader(mutant))
            code = 0 if _all_pass() else 1
        os._exit(code)
    return os.waitpid(child, 0)[1] != 0


def _all_pass() -> bool:
    null = io.StringIO()
    with contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
        cases = importlib.import_module("tests.checks.test_checks").CASES
        for case in cases:
            result = case.result()
            if (result.strict, result.loose) != (case.strict, case.loose):
                return False
            if not (result.detail or "").startswith(case.found):
                return False
        if not _details_hold(cases):
            return False
        pytest = importlib.import_module("pytest")
        files = [str(Path(__file__).parent / f"{name}.py") for name in TESTS]
        options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "-o", "filterwarnings=ignore", "-k", SELECTED]
        return bool(pytest.main([*options, *files]) == 0)


def _details_hold(cases: Sequence[Any]) -> bool:
    told: dict[tuple[str, bool], str | None] = {}
    for case in cases:
        if (case.check, case.strict) not in told:
            told[case.check, case.strict] = case.result().detail
    details = importlib.import_module("tests.checks.details").DETAILS
    return all((told[name, True], told[name, False]) == pair for name, pair in details.items())


def survivors(modules: Sequence[str]) -> tuple[int, list[Mutant]]:
    """How many mutants were tried, and those that no test noticed."""
    for name in ("pytest", "hypothesis", "jsonschema", "_pytest.assertion.rewrite"):
        importlib.import_module(name)
    tried, alive = 0, []
    for module in modules:
        source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
        if is_killed(Mutant(module=module, line=0, what="unchanged", source=source)):
            sys.exit(f"the tests fail without any change of {module}")
        for mutant in mutants(module):
            tried += 1
            if not is_killed(mutant):
                alive.append(mutant)
                print(mutant, flush=True)  # noqa: T201 # it is what the command is for
    return tried, alive


def all_modules() -> list[str]:
    """Modules whose decisions are mutated."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_MUTATED)


if __name__ == "__main__":
    number, left = survivors(sys.argv[1:] or all_modules())
    print(f"{number - len(left)} of {number} killed ({(number - len(left)) / max(1, number):.1%})")  # noqa: T201
