"""The grammar of `canary.toml`: the sections by which it is read, described and documented."""

from typing import Self

from pydantic import Field, model_validator

from canary.config.config_values import (
    ChannelUrl,
    Cron,
    DigestTime,
    FileName,
    Line,
    MailAddress,
    MetricName,
    OptionalUrl,
    SmtpUrl,
    StoreUrl,
    Timezone,
    WebUrl,
)
from canary.config.durations import UNITS, Duration, seconds
from canary.config.problems import Section, refusal
from canary.config.target_grammar import TargetSection, arm_of
from canary.domain.series import METRICS
from canary.domain.target import TargetSpec


class StoreSection(Section):
    """Where everything is kept."""

    url: StoreUrl = Field(
        "sqlite:///canary.db",
        description="SQLite file (relative to the folder of canary.toml) or PostgreSQL address. "
        "CANARY_STORE_URL overrides it, and is the place for an address with a password.",
    )
    responses: bool = Field(True, description="false: keep verdicts and figures, not the texts of answers.")
    retention: Duration = Field("400d", description="How long texts are kept, in whole days; figures stay.")

    @model_validator(mode="after")
    def _whole_days(self) -> Self:
        if seconds(self.retention) < UNITS["d"] or seconds(self.retention) % UNITS["d"]:
            raise refusal("must be whole days", 'write it like "400d"', at=("retention",))
        return self


class ScheduleSection(Section):
    """When `canary schedule` runs."""

    cron: Cron = Field("0 6 * * *", description="Minute, hour, day, month, weekday; weekdays by name.")
    timezone: Timezone = Field("UTC", description="Timezone of the cron expression.")
    jitter: Duration = Field("10m", description="A run starts up to this much after its slot.")


class SuiteSection(Section):
    """What is asked."""

    prompts: FileName | None = Field(
        None, description="Folder or file of the prompt set. Absent: the set that came with canary."
    )
    replicates: int = Field(3, ge=1, le=1000, description="Trials per prompt and target in a run.")
    seed: int = Field(20260301, ge=0, le=2**63 - 1, description="Orders the trials of a run.")


class BudgetSection(Section):
    """What one run may spend."""

    usd_per_run: float | None = Field(
        None,
        gt=0,
        le=10**9,
        description="Hard stop in USD, exceeded at most by the calls in flight. Absent: none.",
    )
    tokens_per_run: int | None = Field(
        None,
        ge=1,
        le=10**15,
        description="Hard stop in tokens. Required when the price of a target is unknown.",
    )


class DetectSection(Section):
    """How surely a change must be seen."""

    false_alarms_per_year: float = Field(
        1.0, gt=0, le=365, description="Opened incidents a year without a change, in the whole deployment."
    )
    confirm: bool = Field(True, description="Ask extra replicates after a suspicion.")
    min_effect: dict[MetricName, float] = Field(
        default_factory=dict,
        description="Smallest effect worth waking for, by metric: proportions in points (0.02), all else as a ratio.",
    )

    @model_validator(mode="after")
    def _effects_are_possible(self) -> Self:
        for name, effect in self.min_effect.items():
            is_proportion = name not in METRICS or METRICS[name].kind == "proportion"
            if effect <= 0 or (is_proportion and effect >= 1):
                allowed = "between 0 and 1" if is_proportion else "greater than 0"
                raise refusal(f"must be {allowed}", "write 0.02 for two points", at=("min_effect", name))
        return self


class ReportsSection(Section):
    """Where pages are written."""

    dir: FileName = Field("reports", description="Folder of the pages.")
    base_url: WebUrl | None = Field(None, description="Where the pages are hosted; mails link there.")
    banner: Line | None = Field(
        None, description="A line over the pages, such as what of them was only simulated."
    )


class MailSection(Section):
    """Who is told by mail."""

    smtp: SmtpUrl = Field(
        description="Mail server: smtp://user@host:587 (STARTTLS) or smtps://. The password is CANARY_SMTP_PASSWORD."
    )
    sender: MailAddress = Field(alias="from", description="Sender.")
    to: list[MailAddress] = Field(min_length=1, description="Recipients.")
    digest: DigestTime = Field("mon 08:00", description='When the weekly digest is sent; "" = never.')


class NotifySection(Section):
    """Who is told by other ways."""

    urls: list[ChannelUrl] = Field(
        default_factory=list,
        description="Apprise addresses. CANARY_NOTIFY_URLS adds more, separated by spaces, and is the place for "
        "addresses with a token.",
    )
    heartbeat_url: OptionalUrl = Field("", description='Called after each complete run; "" = none.')


class AnnotationsSection(Section):
    """What people know: releases, CLI versions, price changes."""

    file: FileName = Field(description="YAML file of dated notes.")


class PriceSection(Section):
    """Prices of one model, USD per million tokens."""

    input: float = Field(
        ge=0, le=10**6, description="Input; also cached input where no cache price is given."
    )
    output: float = Field(ge=0, le=10**6, description="Output, reasoning included.")
    cache_read: float | None = Field(None, ge=0, le=10**6, description="Input read from cache.")
    cache_write: float | None = Field(None, ge=0, le=10**6, description="Input written to cache.")


class ConfigSection(Section):
    """The whole of canary.toml."""

    store: StoreSection = Field(StoreSection.model_validate({}), description=str(StoreSection.__doc__))
    schedule: ScheduleSection = Field(
        ScheduleSection.model_validate({}), description=str(ScheduleSection.__doc__)
    )
    suite: SuiteSection = Field(SuiteSection.model_validate({}), description=str(SuiteSection.__doc__))
    budget: BudgetSection = Field(BudgetSection.model_validate({}), description=str(BudgetSection.__doc__))
    detect: DetectSection = Field(DetectSection.model_validate({}), description=str(DetectSection.__doc__))
    reports: ReportsSection = Field(
        ReportsSection.model_validate({}), description=str(ReportsSection.__doc__)
    )
    mail: MailSection | None = Field(None, description=str(MailSection.__doc__))
    notify: NotifySection = Field(NotifySection.model_validate({}), description=str(NotifySection.__doc__))
    annotations: AnnotationsSection | None = Field(None, description=str(AnnotationsSection.__doc__))
    prices: dict[Line, PriceSection] = Field(default_factory=dict, description=str(PriceSection.__doc__))
    targets: list[TargetSection] = Field(default_factory=list, description="The systems under watch.")

    @model_validator(mode="after")
    def _targets_differ(self) -> Self:
        for index, target in enumerate(self.targets):
            for earlier, other in enumerate(self.targets[:index]):
                if target.name == other.name:
                    raise refusal(
                        f"is also the name of targets[{earlier}]",
                        "choose another",
                        at=("targets", index, "name"),
                    )
                if target.twins is not None and _place(target) == _place(other):
                    raise refusal(
                        f"joins a group in which targets[{earlier}] has the same arm, host, speed and service tier",
                        "give one of them another arm or host, or take it out of the group",
                        at=("targets", index, "twins"),
                    )
        return self


def _place(target: TargetSection) -> tuple[str | None, ...]:
    """What tells twins apart: group, arm and host; a fast mode or tier is held against the standard one besides."""
    spec = TargetSpec(
        name=target.name, provider=target.provider, model=target.model, base_url=target.base_url
    )
    return target.twins, arm_of(target), spec.host, target.speed, target.service_tier
