"""The tests of the checks notice nearly every small wrong change of them."""

import subprocess
import sys

import pytest

from tests.checks.mutants import all_modules


@pytest.mark.slow
@pytest.mark.parametrize("module", all_modules())
def test_nine_of_ten_mutants_are_killed(module: str) -> None:
    """In a process of its own: a mutant must not meet a module that is loaded already."""
    command = [sys.executable, "-m", "tests.checks.mutants", module]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    killed, _, tried = told.splitlines()[-1].split()[:3]
    assert int(killed) >= 0.9 * int(tried), told
