"""A deployment as records: what `canary.toml` and the environment say together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from canary.domain.target import PriceOverride, TargetSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreSettings:
    """Where everything is kept.

    Attributes:
        url: SQLAlchemy address; a SQLite path is absolute. It may hold a password, so it is not shown.
        responses: whether the texts of answers are kept.
        retention_days: days for which texts are kept; figures stay.
    """

    url: str = field(repr=False)
    responses: bool
    retention_days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleSettings:
    """When scheduled runs start: within `jitter_s` seconds after a slot of `cron` in `timezone`."""

    cron: str
    timezone: str
    jitter_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteSettings:
    """What is asked: the prompt set (None = the shipped one), trials per prompt and target, and the order's seed."""

    prompts: Path | None
    replicates: int
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetSettings:
    """What one run may spend; None = no limit of that kind."""

    usd_per_run: float | None
    tokens_per_run: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectSettings:
    """How surely a change must be seen.

    Attributes:
        false_alarms_per_year: opened incidents a year without a change, over the whole deployment.
        confirm: whether a suspicion is followed by extra replicates.
        min_effect: metric -> smallest effect worth waking for; proportions in points, all else as a ratio.
    """

    false_alarms_per_year: float
    confirm: bool
    min_effect: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSettings:
    """Where pages are written, where they are hosted (None = nowhere), and a line over them ("" = none)."""

    dir: Path
    base_url: str | None
    banner: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestTime:
    """When the weekly digest is sent, in the schedule's timezone: `mon`..`sun` and a time."""

    weekday: str
    at: time


@dataclass(frozen=True, kw_only=True, slots=True)
class MailSettings:
    """Who is told by mail. The password is in the environment (CANARY_SMTP_PASSWORD), never here.

    Attributes:
        smtp: `smtp://user@host:587` (STARTTLS) or `smtps://…`.
        sender: the From address.
        to: recipients.
        digest: when the weekly digest is sent; None = never.
    """

    smtp: str
    sender: str
    to: tuple[str, ...]
    digest: DigestTime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifySettings:
    """Who is told by other ways: Apprise addresses (they may hold tokens, so they are not shown) and a heartbeat."""

    urls: tuple[str, ...] = field(repr=False)
    heartbeat_url: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """A deployment as its `canary.toml` and environment describe it. Every path is absolute.

    Attributes:
        path: the file it was read from.
        annotations: file of dated notes; None = none.
        prices: model -> prices set by hand.
        targets: in file order; may be empty.
    """

    path: Path
    store: StoreSettings
    schedule: ScheduleSettings
    suite: SuiteSettings
    budget: BudgetSettings
    detect: DetectSettings
    reports: ReportSettings
    mail: MailSettings | None
    notify: NotifySettings
    annotations: Path | None
    prices: Mapping[str, PriceOverride]
    targets: tuple[TargetSpec, ...]
