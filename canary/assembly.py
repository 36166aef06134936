"""Config -> Pipeline: who does the work. Nothing but wiring."""

import asyncio
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import canary
from canary.config.annotations import load_annotations
from canary.config.prompts import load_suite
from canary.config.settings import Config, api_key
from canary.domain.deployment import Annotation
from canary.domain.incident import Policy
from canary.domain.ports import Clock, Store, Target
from canary.domain.target import TargetSpec
from canary.notify.channels import channel_names, channels
from canary.notify.outbox import Carrier
from canary.notify.smtp import SmtpCarrier, server
from canary.pipeline.judging import Judge
from canary.pipeline.publishing import Publisher
from canary.pipeline.runs import Pipeline
from canary.pipeline.telling import MAIL, Teller
from canary.pricing import PriceTable
from canary.runner.collect import Budget
from canary.store.database import open_store
from canary.store.pages import PageFolder
from canary.targets.controls import controls
from canary.targets.registry import build_target


class SystemClock(Clock):
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def assemble(
    config: Config,
    environ: Mapping[str, str],
    *,
    store: Store | None = None,
    next_slot: Callable[[datetime], datetime | None] = lambda _: None,
    hours: str = "",
) -> Pipeline:
    """Wire a pipeline for a configuration.

    Args:
        config: as loaded.
        environ: where keys come from.
        store: an open store; None = the configured one is opened.
        next_slot: when the run after a moment is due, for pages.
        hours: when runs start, as a phrase, for pages.

    Raises:
        ConfigurationError: the prompt set can't be read.
        StoreError: the store can't be opened.
    """
    clock = SystemClock()

    def connect(spec: TargetSpec) -> Target:
        return build_target(spec, api_key=api_key(spec, environ), clock=clock)

    specs = {spec.name: spec for spec in config.targets}
    opened = store or open_store(config.store.url)

    def annotations() -> Sequence[Annotation]:
        return load_annotations(config.annotations, tuple(specs))

    judge = Judge(store=opened, specs=specs, policy=policy_of(config), annotations=annotations)
    pages = PageFolder(config.reports.dir)
    publisher = Publisher(
        store=opened,
        judge=judge,
        publish=pages.write,
        written=pages.names,
        clock=clock,
        next_slot=next_slot,
        hours=hours,
        base_url=config.reports.base_url,
        banner=config.reports.banner,
    )
    return Pipeline(
        config=str(config.path),
        suite=load_suite(config.suite.prompts),
        specs=specs,
        controls={control.name: control for spec in config.targets for control in controls(spec)},
        judge=judge,
        publisher=publisher,
        teller=Teller(
            publisher=publisher,
            casebook=opened.casebook(),
            clock=clock,
            sender="" if config.mail is None else config.mail.sender,
            to=() if config.mail is None else config.mail.to,
            channels=tuple(channel_names(config.notify.urls)),
            place=str(config.path),
        ),
        carriers=lambda: carriers(config, environ),
        replicates=config.suite.replicates,
        seed=config.suite.seed,
        connect=connect,
        store=opened,
        clock=clock,
        prices=PriceTable(overrides=config.prices),
        budget=Budget(usd=config.budget.usd_per_run, tokens=config.budget.tokens_per_run),
        fingerprint=own_stack(),
        keep_texts=config.store.responses,
    )


def carriers(config: Config, environ: Mapping[str, str]) -> Mapping[str, Carrier]:
    """Channel -> who carries messages there.

    Raises:
        ConfigurationError: the mail server's address or password is missing, or an extra that a channel needs.
    """
    made: dict[str, Carrier] = dict(channels(config.notify.urls))
    if config.mail is not None:
        made[MAIL] = SmtpCarrier(server(config.mail.smtp, environ), config.mail.sender)
    return made


def policy_of(config: Config) -> Policy:
    """What is worth waking for, as configured."""
    return Policy(
        false_alarms_per_year=config.detect.false_alarms_per_year,
        confirm=config.detect.confirm,
        min_effect=config.detect.min_effect,
    )


def own_stack() -> Mapping[str, str]:
    """Versions of what is ours and may move a figure: canary, Python, the machine's kind."""
    return {
        "canary": canary.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
