"""A drill over the wire: the official SDKs ask a simulated provider a day at a time, and the real pipeline stores, judges and publishes.

Time is virtual: a day takes as long as its requests. Every target speaks one vendor's protocol and carries the arm of its
part, so that attribution has what it needs; how long an answer takes is not played.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from canary.domain.incident import Policy
from canary.domain.ports import Clock, Store, Target
from canary.domain.suite import Suite
from canary.domain.target import PriceOverride, TargetOptions, TargetSpec
from canary.pipeline.judging import Judge
from canary.pipeline.publishing import Publisher
from canary.pipeline.requests import RunRequest
from canary.pipeline.runs import Pipeline
from canary.pipeline.telling import MAIL, Teller
from canary.pricing import PriceTable
from canary.rehearsal.judging import extra_share
from canary.rehearsal.letterbox import FOLDER, SENDER, TO, Letterbox
from canary.rehearsal.own_changes import Versioned, is_asked, suite_on, versions_on
from canary.rehearsal.playing import LEAD_DAYS, Cast, model_of
from canary.rehearsal.scoring import History, score
from canary.runner.collect import Budget
from canary.simulate.effects import code_of
from canary.simulate.listening import listen
from canary.simulate.multi import TWINS, Drawn, Truth, member_of, window_of
from canary.simulate.scenarios import RUN_AT, Change, Scenario, Site, day_met
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from canary.store.pages import PageFolder
from canary.targets.registry import build_target

TICK = 0.01
"""Seconds that pass between two looks at the clock."""
PRICE = PriceOverride(input=5.0, output=25.0, cache_read=0.5, cache_write=6.25)
TOKENS = 10**10


class VirtualClock(Clock):
    """Time that passes only when somebody waits or looks."""

    def __init__(self) -> None:
        self.moment = datetime(2020, 1, 1, tzinfo=UTC)
        self._ticks = 0.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        self._ticks += TICK
        return self._ticks

    async def sleep(self, seconds: float) -> None:
        self._ticks += seconds
        await asyncio.sleep(0)


def drill_over_http(
    scenario: Scenario,
    suite: Suite,
    seed: int,
    folder: Path,
    policy: Policy | None = None,
    *,
    replicates: int = 3,
    lead_days: int = LEAD_DAYS,
    told: Callable[[date, date], None] = lambda _day, _last: None,
) -> History:
    """Play a scenario day by day through the whole system, and score what was said.

    Args:
        scenario: one that a simulated provider can play.
        suite: the prompts asked.
        seed: of the provider's draws; each day has its own.
        folder: where the store (`drill.db`), the pages and the mail (`mails`) go.
        policy: None = the default configuration.
        replicates: trials per prompt, target and day.
        lead_days: days played before the first onset; below 28 nothing is judged yet.
        told: after each day, with the last one.

    Raises:
        UsageError: the scenario can't be played over HTTP.
    """
    cast, (_, last) = Cast(scenario=scenario, suite=suite, seed=seed), window_of(scenario)
    begun = [change.first_day for change in scenario.changes] + list(scenario.bad_days)
    first = min(begun or [last]) - timedelta(days=lead_days)
    store, clock, ports = open_store(f"sqlite:///{folder / 'drill.db'}"), VirtualClock(), _ports(scenario)
    versions: dict[str, str] = {}
    pipeline = _pipeline(
        scenario, suite, store, clock, folder, policy or Policy(), ports, replicates, versions
    )
    try:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            clock.moment = datetime.combine(day, RUN_AT)
            if is_asked(scenario, day):
                asked = suite_on(scenario, suite, day)
                versions.update(versions_on(scenario, day))
                with ExitStack() as providers:
                    for port in ports.values():
                        behaviour, draws = cast.behaviour(day), 1_000_000 * seed + number
                        providers.enter_context(SimulatedProvider(asked, behaviour, seed=draws, port=port))
                    asyncio.run(_day_of(replace(pipeline, suite=asked), clock))
            told(day, last)
        return _scored(scenario, cast, pipeline, first, last)
    finally:
        store.close()


async def _day_of(pipeline: Pipeline, clock: Clock) -> None:
    """A day's run, the extra trials that a suspicion of the days before asks for, and the mail of the day."""
    request = RunRequest(trigger="schedule", slot=clock.now())
    done = await pipeline.carry_out(pipeline.plan(request))
    extra = None if done is None else pipeline.confirmation(done.run, done.judgement)
    if extra is not None:
        await pipeline.carry_out(extra)
    await pipeline.deliver()


def _pipeline(
    scenario: Scenario,
    suite: Suite,
    store: Store,
    clock: Clock,
    folder: Path,
    policy: Policy,
    ports: Mapping[str | None, int],
    replicates: int,
    versions: Mapping[str, str],
) -> Pipeline:
    specs = {site.name: spec_of(site, ports[site.host]) for site in scenario.targets}

    def connect(spec: TargetSpec) -> Target:
        return Versioned(build_target(spec, api_key="", clock=clock), versions)

    # The provider tells targets apart by the model they ask for; who judges is to see them as the scenario has them.
    known = {site.name: replace(specs[site.name], model=site.model or "") for site in scenario.targets}
    judge = Judge(store=store, specs=known, policy=policy, annotations=lambda: scenario.annotations)
    letterbox = Letterbox(folder / FOLDER, clock)
    publisher = Publisher(
        store=store,
        judge=judge,
        publish=PageFolder(folder).write,
        clock=clock,
        banner=f"A drill, simulated on this machine: {scenario.title}.",
    )
    return Pipeline(
        config="drill",
        suite=suite,
        specs=specs,
        judge=judge,
        replicates=replicates,
        seed=1,
        connect=connect,
        store=store,
        publisher=publisher,
        teller=Teller(publisher=publisher, casebook=store.casebook(), clock=clock, sender=SENDER, to=TO),
        carriers=lambda: {MAIL: letterbox},
        clock=clock,
        prices=PriceTable(overrides={spec.model: PRICE for spec in specs.values()}),
        budget=Budget(usd=None, tokens=TOKENS),
    )


def _ports(scenario: Scenario) -> Mapping[str | None, int]:
    """A port for each host of a scenario, used on all days: it is part of a target's identity, and tells hosts apart."""
    hosts = list(dict.fromkeys(site.host for site in scenario.targets))
    with ExitStack() as open_ones:
        listeners = [open_ones.enter_context(listen(0)) for _ in hosts]
        return {host: one.getsockname()[1] for host, one in zip(hosts, listeners, strict=True)}


def spec_of(site: Site, port: int) -> TargetSpec:
    """A scenario's target as one that the simulated provider answers: it may reason, or no cut of it could be seen."""
    return TargetSpec(
        name=site.name,
        provider="anthropic",
        model=model_of(site),
        base_url=f"http://127.0.0.1:{port}",
        arm=site.arm or "api",
        twins=TWINS,
        options=TargetOptions(thinking="adaptive"),
        identity=site.identity,
        max_attempts=2,
    )


def _scored(scenario: Scenario, cast: Cast, pipeline: Pipeline, first: date, last: date) -> History:
    judgement = pipeline.judge.judge()
    records = pipeline.judge.records()
    drawn = Drawn(
        records=records,
        members={site.name: member_of(site) for site in scenario.targets},
        annotations=scenario.annotations,
        truth=tuple(_truth(change, cast, first, last) for change in scenario.changes),
        first_day=first,
        last_day=last,
    )
    days = (last - first).days + 1
    requests = sum(float(np.nansum(columns.graded)) for columns in records.values()) / days
    extra = extra_share(judgement.examined, last)
    return score(drawn, judgement.analysis, requests, extra_calls=extra)


def _truth(change: Change, cast: Cast, first: date, last: date) -> Truth:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    met = {
        site.name: [day for day in days if cast.meets(change, site, day)] for site in cast.scenario.targets
    }
    series = {name for effect in change.effects for name in code_of(effect.metric).series}
    return Truth(
        change=change,
        targets=tuple(name for name, hit in met.items() if hit),
        onset=change.first_day,
        end=None if change.end is None else day_met(change.end),
        first_hit=min((hit[0] for hit in met.values() if hit), default=None),
        series=frozenset(series),
    )
