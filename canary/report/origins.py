"""What exactly each target was: what was asked for, what was served, by which versions, at which prices."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from canary.domain.trial import Trial
from canary.report.measure import graded
from canary.report.numbers import listed, plural, short_digest
from canary.report.plan import Asked
from canary.report.untrusted import label
from canary.report.view import Fact

_NAMED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """One target, for whoever reproduces the run; what no trial names is left out."""

    target: str
    facts: tuple[Fact, ...]


def origins(asked: Asked) -> tuple[Origin, ...]:
    """One entry a target."""
    return tuple(
        Origin(
            target=label(target),
            facts=tuple(
                Fact(label=name, text=text)
                for name, text in (
                    *_told(trials),
                    ("Identity", short_digest(asked.run.targets.get(target, ""))),
                )
                if text
            ),
        )
        for target, trials in asked.by_target.items()
    )


DATES = "model_"
"""Beginning of the keys of a fingerprint that are dates of the model: `deprecated`, `retires`."""


def _told(trials: Sequence[Trial]) -> tuple[tuple[str, str], ...]:
    return (
        ("Provider", _distinct(t.provider for t in trials)),
        ("Host", _distinct(t.host for t in trials)),
        ("Arm", _distinct(t.arm for t in trials)),
        ("Twins", _distinct(t.twins for t in trials)),
        ("Model asked for", _distinct(t.requested_model for t in trials)),
        ("Model served", _distinct(t.served_model for t in trials)),
        ("Tier served", _distinct(t.service_tier for t in trials)),
        (
            "Versions",
            _distinct(
                f"{name} {version}"
                for t in trials
                for name, version in (t.fingerprint or {}).items()
                if not name.startswith(DATES)
            ),
        ),
        (
            "Dates of the model",
            _distinct(
                f"{name.removeprefix(DATES)} {day}"
                for t in trials
                for name, day in (t.fingerprint or {}).items()
                if name.startswith(DATES) and day != "none"
            ),
        ),
        ("Stop reasons", _distinct(t.stop_reason for t in graded(trials))),
        ("Requests", _requests(trials)),
        ("Prices", _distinct(f"{p.source}, {p.date}" for t in trials if (p := t.unit_prices) is not None)),
    )


def _requests(trials: Sequence[Trial]) -> str:
    attempts = [trial.attempts for trial in trials if trial.attempts is not None]
    return f"{plural(sum(attempts), 'request')} for {plural(len(attempts), 'trial')}" if attempts else ""


def _distinct(values: Iterable[str | None]) -> str:
    """Distinct values, the most frequent first."""
    counted = Counter(value for value in values if value)
    return listed([label(value) for value, _ in counted.most_common()], most=_NAMED)
