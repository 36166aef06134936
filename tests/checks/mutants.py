"""Mutation testing of the checks: small wrong changes, each of which some test must notice.

    python -m tests.checks.mutants [--bodies] [module ...]

Every mutant lives in forked processes of its own. First its functions replace those of the loaded module, and it is
killed when a case of the table gets another verdict or another detail, else when another test of the checks fails,
raises or does not end. One that lives is tried again where the changed module is loaded afresh.
Without arguments all modules are tried; what survives is printed. `--bodies` makes only the mutants of whole checks:
its body removed, and always the same verdict.
"""

import contextlib
import importlib
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from tests.checks.mutation import FOLDER, WHOLE, Mutant, all_modules, mutants

PACKAGE = "canary.checks"
SECONDS = 60.0
"""Processor time after which a mutant does not end."""
SELECTED = (
    "not hostile and not silence and not gets_its_verdicts and not in_a_few_words and not gets_a_grade_from"
)
"""Of the tests, those that the table has not run already and that take no time."""
TESTS = (
    "test_checks",
    "test_grading",
    "test_registry",
    "test_process",
    "test_score",
    "test_reading",
    "test_ifeval",
)


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
    return any(_fails_in_a_child(holds, mutant) for holds in (_table_swapped, _others_swapped, _afresh))


def _fails_in_a_child(tests_pass: Callable[[Mutant], bool], mutant: Mutant) -> bool:
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        code = 1
        null = io.StringIO()
        with (
            contextlib.suppress(BaseException),
            contextlib.redirect_stdout(null),
            contextlib.redirect_stderr(null),
        ):
            code = 0 if tests_pass(mutant) else 1
        os._exit(code)
    return os.waitpid(child, 0)[1] != 0


def _table_swapped(mutant: Mutant) -> bool:
    """The table holds with the mutant's functions in place of the loaded ones; no module is loaded for it."""
    _swap(mutant)
    return _table_holds(mutant.module)


def _others_swapped(mutant: Mutant) -> bool:
    """So do the other tests."""
    _swap(mutant)
    return _other_tests_pass(mutant.module)


def _swap(mutant: Mutant) -> None:
    module = importlib.import_module(f"{PACKAGE}.{mutant.module}")
    names = dict(module.__dict__)
    exec(compile(mutant.source, mutant.module, "exec"), names)  # our own source, changed
    for name, old in _functions(module.__dict__, module.__name__):
        new = dict(_functions(names, module.__name__))[name]
        old.__code__, old.__kwdefaults__ = new.__code__, new.__kwdefaults__


def _functions(names: Mapping[str, Any], module: str) -> Iterator[tuple[str, FunctionType]]:
    for name, value in names.items():
        inner = getattr(value, "__wrapped__", value)
        if isinstance(inner, FunctionType) and inner.__module__ == module:
            yield name, inner


def _afresh(mutant: Mutant) -> bool:
    """All tests pass where the changed module is loaded in place of its original."""
    for name in [name for name in sys.modules if name.startswith(("canary", "tests"))]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Loader(mutant))
    return _table_holds(mutant.module) and _other_tests_pass(mutant.module)


def _table_holds(module: str) -> bool:
    cases = importlib.import_module("tests.checks.test_checks").CASES
    own = {name for name, check in _checks().items() if check.decide.__module__ == f"{PACKAGE}.{module}"}
    for case in sorted(cases, key=lambda case: case.check not in own):
        result = case.result()
        if (result.strict, result.loose) != (case.strict, case.loose):
            return False
        if not (result.detail or "").startswith(case.found):
            return False
    return _details_hold(cases)


def _checks() -> Mapping[str, Any]:
    return dict(importlib.import_module(f"{PACKAGE}.table").BY_NAME)


def _details_hold(cases: Sequence[Any]) -> bool:
    told: dict[tuple[str, bool], str | None] = {}
    for case in cases:
        if (case.check, case.strict) not in told:
            told[case.check, case.strict] = case.result().detail
    details = importlib.import_module("tests.checks.details").DETAILS
    return all((told[name, True], told[name, False]) == pair for name, pair in details.items())


def _other_tests_pass(module: str) -> bool:
    pytest = importlib.import_module("pytest")
    names = sorted(TESTS, key=lambda name: name != f"test_{module}")
    files = [str(Path(__file__).parent / f"{name}.py") for name in names]
    options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "-o", "filterwarnings=ignore", "-k", SELECTED]
    return bool(pytest.main([*options, *files]) == 0)


def survivors(modules: Sequence[str], *, bodies: bool = False) -> tuple[int, list[Mutant]]:
    """How many mutants were tried, and those that no test noticed."""
    for name in (
        "pytest",
        "hypothesis",
        "jsonschema",
        "_pytest.assertion.rewrite",
        "tests.checks.test_checks",
    ):
        importlib.import_module(name)
    tried, alive = 0, []
    for module in modules:
        source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
        unchanged = Mutant(module=module, line=0, what="unchanged", source=source)
        if _fails_in_a_child(_table_swapped, unchanged) or (not bodies and is_killed(unchanged)):
            sys.exit(f"the tests fail without any change of {module}")
        for mutant in mutants(module):
            if bodies and not mutant.what.endswith(WHOLE):
                continue
            tried += 1
            if not is_killed(mutant):
                alive.append(mutant)
                print(mutant, flush=True)  # noqa: T201 # it is what the command is for
    return tried, alive


if __name__ == "__main__":
    chosen = [argument for argument in sys.argv[1:] if argument != "--bodies"]
    number, left = survivors(chosen or all_modules(), bodies="--bodies" in sys.argv)
    print(f"{number - len(left)} of {number} killed ({(number - len(left)) / max(1, number):.1%})")  # noqa: T201
