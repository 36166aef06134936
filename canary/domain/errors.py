"""What can go wrong, as facts: each kind knows its exit code.

CanaryError
├── UsageError            2   the command line asks for something that does not exist
├── ConfigurationError    2   a file, a key or an environment variable is not usable
├── RecordError           2   a record from outside can't be read
├── IncompleteRun         3   too little was answered to judge the target
├── StoreError            4   a result could not be kept
├── Finding               1   what was asked to fail the command was found
├── BudgetStop            5   the declared budget is spent
└── Stopped         130/143   a signal ended the run; it is resumable

A failed call is no exception: it is a `Failure` in the trial's transcript, because it has to be counted.
"""

from typing import ClassVar


class CanaryError(Exception):
    """One sentence for a person: where, what, and the remedy."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problem: str, *, where: str | None = None, remedy: str | None = None) -> None:
        """Keep the three facts apart, so that each can be tested and shown.

        Args:
            problem: what is wrong, without a full stop.
            where: file and key path, command option, or target; the place to look.
            remedy: what to do about it, as an imperative.
        """
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.problem}{remedy}"


class UsageError(CanaryError):
    """The command line asks for something that does not exist."""


class ConfigurationError(CanaryError):
    """A file, a key or an environment variable is missing or not usable."""


class RecordError(CanaryError):
    """A record from outside can't be read; nothing of its file was stored."""


class Finding(CanaryError):
    """Something at or above what `--fail-on` names."""

    exit_code = 1


class IncompleteRun(CanaryError):
    """Too little was answered to judge: an outage, never a degradation."""

    exit_code = 3


class StoreError(CanaryError):
    """A result could not be kept."""

    exit_code = 4


class BudgetStop(CanaryError):
    """The declared budget is spent; the run is resumable."""

    exit_code = 5


class Stopped(CanaryError):
    """A signal ended the run; what had finished is stored and the run is resumable."""

    def __init__(self, signal_number: int, problem: str, *, remedy: str | None = None) -> None:
        super().__init__(problem, remedy=remedy)
        self.signal_number = signal_number

    @property
    def exit_status(self) -> int:
        """128 + the signal's number, as shells report it."""
        return 128 + self.signal_number


PRECEDENCE = (2, 4, 5, 3, 1)
"""Which exit code is told when several hold: what makes the result unusable comes first."""


def exit_status(error: CanaryError) -> int:
    """The process's exit status for an error that ended the command."""
    return error.exit_status if isinstance(error, Stopped) else error.exit_code


def worst(codes: list[int]) -> int:
    """The exit code to tell when several hold at once; 0 when none does."""
    for code in PRECEDENCE:
        if code in codes:
            return code
    return 0
