"""What the readers of other tools' files share: the record they make of one result, and how a refusal is told."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from canary.domain.canonical import Json
from canary.domain.errors import RecordError
from canary.domain.record import SCHEMA
from canary.domain.trial import Trial
from canary.exchange.trial_refusals import trial_of_record

SkipBad: TypeAlias = Callable[[RecordError], None]
Made: TypeAlias = Mapping[str, Json]

LONGEST_DETAIL = 500
"""Characters of a scorer's explanation that are kept."""

_REMEDY = "leave such results out with --skip-bad; nothing of this file was stored"


def trials_of(
    path: Path, results: Iterator[tuple[str, Callable[[], Made]]], skip_bad: SkipBad | None
) -> Iterator[Trial]:
    """Results as trials.

    Args:
        path: the file, for messages.
        results: where each stands in the file, and what makes its record.
        skip_bad: told of each result that makes no trial; None = the first one ends the reading.

    Raises:
        RecordError: a result makes no trial, or the file can't be read; says file, place and reason.
    """
    try:
        for place, make in results:
            where = f"{path}, {place}"
            try:
                yield trial_of_record(_known(make()))
            except ValueError as error:
                problem = RecordError(str(error), where=where, remedy=_REMEDY)
            except (KeyError, TypeError, AttributeError, IndexError):
                problem = RecordError("it has not the form that is documented", where=where, remedy=_REMEDY)
            else:
                continue
            if skip_bad is None:
                raise problem
            skip_bad(problem)
    except OSError as error:
        raise RecordError(f"can't be read ({error.strerror or error})", where=str(path)) from error
    except ValueError as error:
        raise RecordError(str(error), where=str(path)) from None


def _known(made: Made) -> Made:
    record: dict[str, Json] = {"schema": SCHEMA}
    record |= {name: value for name, value in made.items() if value is not None}
    return record


def check(name: str, value: float, told: object) -> dict[str, Json]:
    """A scorer's verdict as a check: it passes where the score is full. Between none and full the score is told too."""
    passed = value >= 1
    parts = [f"{value:.4g}"] if 0 < value < 1 else []
    parts += [str(told)] if told else []
    detail = ": ".join(parts)[:LONGEST_DETAIL]
    return {"check": name, "strict": passed, "loose": passed, **({"detail": detail} if detail else {})}


def share_of(values: Sequence[float]) -> float | None:
    """Mean of scores; None where there is none."""
    return sum(values) / len(values) if values else None


def error(message: object, kind: str = "crash") -> dict[str, Json]:
    """Why there is no answer, in one line."""
    lines = str(message).strip().splitlines() or ["no reason is given"]
    return {"kind": kind, "message": lines[0][:LONGEST_DETAIL], "retryable": False}


def count(value: Any) -> int | None:
    """A count, where it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def amount(value: Any) -> float | None:
    """A finite number from 0 on, where it is one."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(value) and value >= 0 else None
