"""The tests of the checks notice nearly every small wrong change of them, and every check that decides nothing."""

import subprocess
import sys

import pytest

from canary.checks.answer import Verdict
from canary.checks.table import BY_NAME, Check
from tests.checks.mutants import PACKAGE
from tests.checks.mutation import WHOLE, all_modules


@pytest.mark.parametrize("check", BY_NAME.values(), ids=lambda check: check.name)
def test_a_check_without_its_body_is_among_the_mutants(check: Check) -> None:
    """And one that always passes, and one that always fails: they are made of every function that gives a verdict."""
    assert check.decide.__module__.removeprefix(f"{PACKAGE}.") in all_modules()
    assert check.decide.__annotations__["return"] is Verdict


def killed(*arguments: str) -> tuple[int, int, str]:
    """Mutants killed and tried, in a process of its own: a mutant must not meet what other tests have done."""
    command = [sys.executable, "-m", "tests.checks.mutants", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    dead, _, tried = told.splitlines()[-1].split()[:3]
    return int(dead), int(tried), told


@pytest.mark.slow
def test_every_check_that_decides_nothing_is_noticed() -> None:
    dead, tried, told = killed("--bodies")
    assert dead == tried >= len(WHOLE) * len(BY_NAME), told


@pytest.mark.slow
@pytest.mark.parametrize("module", all_modules())
def test_nine_of_ten_mutants_are_killed(module: str) -> None:
    dead, tried, told = killed(module)
    assert dead >= 0.9 * tried, told
