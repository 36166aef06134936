"""`canary.toml` and the environment -> `Config`: everything a command may want to know, checked."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path

from canary.config.config_grammar import ConfigSection, MailSection, NotifySection, StoreSection
from canary.config.config_records import (
    BudgetSettings,
    Config,
    DetectSettings,
    DigestTime,
    MailSettings,
    NotifySettings,
    ReportSettings,
    ScheduleSettings,
    StoreSettings,
    SuiteSettings,
)
from canary.config.config_values import STORE_REMEDY, channel_problem, store_problem
from canary.config.durations import UNITS, seconds
from canary.config.reading import config_section
from canary.config.target_records import target_spec
from canary.domain.errors import ConfigurationError
from canary.domain.target import PriceOverride, TargetSpec

__all__ = ["Config", "api_key", "find_config", "load_config"]

FILE_NAME = "canary.toml"


def find_config(start: Path, environ: Mapping[str, str]) -> Path:
    """Where the configuration is: CANARY_CONFIG (relative to `start`), else `canary.toml` in `start` or above it.

    Raises:
        ConfigurationError: the variable names no file, or there is no `canary.toml`.
    """
    named = environ.get("CANARY_CONFIG")
    if named:
        path = start / named
        if not path.is_file():
            raise ConfigurationError(
                f"there is no file {path}", where="CANARY_CONFIG", remedy="correct the variable, or unset it"
            )
        return path
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise ConfigurationError(
        f"there is no {FILE_NAME} in {start} or above it",
        remedy="write one with `canary init`, or name one with --config",
    )


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read `canary.toml` and what the environment says beside it.

    CANARY_STORE_URL takes the place of `store.url`, CANARY_NOTIFY_URLS (separated by spaces) adds to `notify.urls`.
    Relative paths, that of a SQLite store too, start at the folder of the file. Nothing else is opened.

    Raises:
        ConfigurationError: the file or one of the variables is not usable.
    """
    section = config_section(path)
    folder = path.absolute().parent
    return Config(
        path=path.absolute(),
        store=_store(section.store, folder, environ),
        schedule=ScheduleSettings(
            cron=section.schedule.cron,
            timezone=section.schedule.timezone,
            jitter_s=seconds(section.schedule.jitter),
        ),
        suite=SuiteSettings(
            prompts=None if section.suite.prompts is None else folder / section.suite.prompts,
            replicates=section.suite.replicates,
            seed=section.suite.seed,
        ),
        budget=BudgetSettings(
            usd_per_run=section.budget.usd_per_run, tokens_per_run=section.budget.tokens_per_run
        ),
        detect=DetectSettings(
            false_alarms_per_year=section.detect.false_alarms_per_year,
            confirm=section.detect.confirm,
            min_effect=section.detect.min_effect,
        ),
        reports=ReportSettings(
            dir=folder / section.reports.dir,
            base_url=section.reports.base_url,
            banner=section.reports.banner or "",
        ),
        mail=None if section.mail is None else _mail(section.mail),
        notify=_notify(section.notify, environ),
        annotations=None if section.annotations is None else folder / section.annotations.file,
        prices=_prices(section),
        targets=tuple(target_spec(target, folder) for target in section.targets),
    )


def api_key(spec: TargetSpec, environ: Mapping[str, str]) -> str:
    """The key of a target; "" where its endpoint takes none.

    Raises:
        ConfigurationError: its variable is unset, empty, or holds what can't be sent in a header.
    """
    if not spec.api_key_env:
        return ""
    key = environ.get(spec.api_key_env, "").strip()
    where = f'target "{spec.name}"'
    if not key:
        remedy = 'set it to the key, or write api_key_env = "" where the endpoint takes none'
        raise ConfigurationError(
            f"the environment variable {spec.api_key_env} is not set", where=where, remedy=remedy
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            f"the environment variable {spec.api_key_env} holds spaces or characters that no key has",
            where=where,
            remedy="set it to the key alone",
        )
    return key


def _store(section: StoreSection, folder: Path, environ: Mapping[str, str]) -> StoreSettings:
    url = environ.get("CANARY_STORE_URL", "").strip()
    problem = store_problem(url) if url else None
    if problem is not None:
        raise ConfigurationError(problem, where="CANARY_STORE_URL", remedy=STORE_REMEDY)
    return StoreSettings(
        url=_placed(url or section.url, folder),
        responses=section.responses,
        retention_days=round(seconds(section.retention) / UNITS["d"]),
    )


def _placed(url: str, folder: Path) -> str:
    """A store's address with its SQLite path made absolute."""
    scheme = "sqlite:///"
    if not url.startswith(scheme):
        return url
    path, mark, query = url.removeprefix(scheme).partition("?")
    return f"{scheme}{folder / path}{mark}{query}"


def _mail(section: MailSection) -> MailSettings:
    weekday, _, at = section.digest.partition(" ")
    return MailSettings(
        smtp=section.smtp,
        sender=section.sender,
        to=tuple(section.to),
        digest=DigestTime(weekday=weekday, at=time.fromisoformat(at)) if section.digest else None,
    )


def _notify(section: NotifySection, environ: Mapping[str, str]) -> NotifySettings:
    added = environ.get("CANARY_NOTIFY_URLS", "").split()
    if any(channel_problem(url) for url in added):
        raise ConfigurationError(
            "must be Apprise addresses", where="CANARY_NOTIFY_URLS", remedy="separate them by spaces"
        )
    return NotifySettings(urls=(*section.urls, *added), heartbeat_url=section.heartbeat_url or None)


def _prices(section: ConfigSection) -> Mapping[str, PriceOverride]:
    return {
        model: PriceOverride(
            input=price.input,
            output=price.output,
            cache_read=price.cache_read,
            cache_write=price.cache_write,
        )
        for model, price in section.prices.items()
    }
