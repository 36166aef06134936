"""Thresholds hold for the code they were measured with, and no other."""

from canary.stats.thresholds import MADE_WITH
from tests.calibration.digest import bare, rules_digest

REMAKE = (
    "the rules changed since the thresholds were measured: run `python -m tests.calibration.thresholds 300`, hold its rates "
    "against RATES and scan_threshold in canary/stats/thresholds.py, change what differs by more than twice its standard "
    "error, and put the digest that it prints into MADE_WITH"
)


def test_thresholds_were_measured_with_the_rules_in_force() -> None:
    assert rules_digest() == MADE_WITH, REMAKE


def test_words_for_people_change_no_digest() -> None:
    spoken = '"""A module."""\nX = 1  # one\n"""of it"""\n\n\ndef f(a: int) -> int:\n    """Do."""\n    return a + X\n'
    other = "X = 1\ndef f(a: int) -> int:\n    # say nothing\n    return a  +  X\n"
    assert bare(spoken) == bare(other)
    assert bare(other) != bare(other.replace("1", "2"))
