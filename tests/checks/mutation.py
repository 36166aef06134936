"""Small wrong changes of one module of the checks, one at a time."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "canary" / "checks"
NOT_MUTATED = {"__init__", "language_names", "languages", "phrases", "scripts", "table"}
"""Tables of data: a change of a word is no change of a decision."""
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


_BODIES = {
    "without its body": "pass",
    "always gives True": "return Verdict(passed=True, found='x')",
    "always gives False": "return Verdict(passed=False, found='x')",
}

WHOLE = tuple(_BODIES)
"""How mutants of whole checks are told."""


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


def all_modules() -> list[str]:
    """Modules whose decisions are mutated."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_MUTATED)


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
            for what, body in _BODIES.items():
                if self._now(node, f"{node.name} {what}"):
                    node.body = ast.parse(body).body
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
