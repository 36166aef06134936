"""doctor."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from canary.cli.invocation import BUILT_IN_YEAR, Invocation, answer
from canary.cli.reachability import reachability, sent_test
from canary.domain.errors import CanaryError

if TYPE_CHECKING:
    from canary.config.settings import Config
    from canary.domain.target import TargetSpec

Level: TypeAlias = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that doctor looked at."""

    level: Level
    subject: str
    text: str


@click.command()
@click.option("--live", is_flag=True, help="One tiny call to each target. This costs a little.")
@click.option("--mail", is_flag=True, help="Send a test message to whoever would be told.")
@click.pass_obj
def doctor(invocation: Invocation, *, live: bool, mail: bool) -> int:
    """Say what must be mended before a run.

    Looks at configuration, keys, store, prompts, arms, mail and clock. Exit code 2 where something must be mended.
    """
    found: list[Finding] = []
    for finding in _examined(invocation, live=live, mail=mail):
        found.append(finding)
        answer(f"{finding.level:<8} {finding.subject:<13}  {finding.text}")
    problems = sum(finding.level == "problem" for finding in found)
    if problems:
        click.echo(f"\n{problems} to mend.", err=True)
    return 2 if problems else 0


def _examined(invocation: Invocation, *, live: bool, mail: bool) -> Iterator[Finding]:
    config = invocation.load()
    count = len(config.targets)
    yield Finding(
        level="ok", subject="configuration", text=f"{config.path}, {count} target{'s' * (count != 1)}"
    )
    if not config.targets:
        yield Finding(level="problem", subject="targets", text="none is configured; add a [[targets]] table")
    yield from _keys(config)
    yield from _targets(config)
    yield from _prompt_set(config)
    yield from _store(config)
    yield from _reports(config)
    yield from _arms(config)
    yield from _told(reachability(config))
    yield from _clock()
    if live:
        yield from asyncio.run(_live(config))
    if mail:
        yield from _told(sent_test(config))


def _told(facts: Iterator[tuple[Level, str, str]]) -> Iterator[Finding]:
    return (Finding(level=level, subject=subject, text=text) for level, subject, text in facts)


def _keys(config: "Config") -> Iterator[Finding]:
    from canary.config.settings import api_key

    for spec in config.targets:
        try:
            present = api_key(spec, os.environ)
        except CanaryError as problem:
            yield Finding(level="problem", subject="key", text=f"{spec.name}: {problem}")
        else:
            yield Finding(
                level="ok",
                subject="key",
                text=f"{spec.name}: {f'{spec.api_key_env} is set' if present else 'none needed'}",
            )


def _targets(config: "Config") -> Iterator[Finding]:
    """What a run would refuse before its first request: targets that can't be built, a run that nothing bounds."""
    from canary.assembly import SystemClock
    from canary.pricing import PriceTable
    from canary.runner.plan import demand_bounded
    from canary.targets.harness import HarnessTarget
    from canary.targets.registry import build_target

    clock = SystemClock()
    for spec in config.targets:
        try:
            target = build_target(spec, api_key="", clock=clock)
        except CanaryError as problem:
            yield Finding(level="problem", subject="targets", text=str(problem))
        else:
            if isinstance(target, HarnessTarget):
                versions = target.fingerprint
                text = f"{spec.name}: {versions['harness']} {versions['harness_version']}"
                yield Finding(level="ok", subject="harness", text=text)
            asyncio.run(target.close())
    prices, day = PriceTable(overrides=config.prices), clock.now().date()
    try:
        demand_bounded(config.targets, prices, day, config.budget.tokens_per_run, str(config.path))
    except CanaryError as problem:
        yield Finding(level="problem", subject="budget", text=str(problem))


def _reports(config: "Config") -> Iterator[Finding]:
    folder = config.reports.dir
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        yield Finding(
            level="problem", subject="reports", text=f"{folder} can't be written; change reports.dir"
        )


def _prompt_set(config: "Config") -> Iterator[Finding]:
    from canary.config.examples import check_examples
    from canary.config.prompts import load_suite
    from canary.domain.suite import Suite

    try:
        suite = load_suite(config.suite.prompts)
    except CanaryError as problem:
        yield Finding(level="problem", subject="prompts", text=str(problem))
        return
    proven = Suite(prompts=tuple(p for p in suite.prompts if p.passing or p.failing))
    faults = check_examples(proven)
    if bare := len(suite.prompts) - len(proven.prompts):
        text = f"{bare} prompts have no examples, so nothing proves their checks"
        yield Finding(level="warning", subject="prompts", text=text)
    if faults:
        more = f" (and {len(faults) - 1} more: canary prompts check)" if len(faults) > 1 else ""
        yield Finding(level="problem", subject="prompts", text=f"{faults[0]}{more}")
    else:
        text = f"{len(suite.prompts)} prompts, every example graded as labelled, digest {suite.digest}"
        yield Finding(level="ok", subject="prompts", text=text)


def _store(config: "Config") -> Iterator[Finding]:
    from canary.store.database import open_store

    try:
        store = open_store(config.store.url)
        runs = len(store.runs())
        store.close()
    except CanaryError as problem:
        yield Finding(level="problem", subject="store", text=str(problem))
    else:
        yield Finding(level="ok", subject="store", text=f"opens, {runs} run{'s' * (runs != 1)} kept")


def _arms(config: "Config") -> Iterator[Finding]:
    from canary.targets.arms import blind_spots, twin_groups

    for group in twin_groups(config.targets):
        if group.alone:
            text = f"{group.name} has only {group.targets[0]}: without a twin nothing tells a harness, a host or an account from the model"
            yield Finding(level="warning", subject="arms", text=text)
            continue
        yield Finding(level="ok", subject="arms", text=f"{group.name}: {', '.join(group.present)}")
        for blind in blind_spots(group):
            yield Finding(level="warning", subject="arms", text=f"{group.name} has {blind}")
    alone = [spec.name for spec in config.targets if not spec.twins]
    if alone:
        text = f"{', '.join(alone)}: in no twin group: nothing tells a harness, a host or an account from the model"
        yield Finding(level="warning", subject="arms", text=text)


def _clock() -> Iterator[Finding]:
    from canary.assembly import SystemClock

    now = SystemClock().now()
    if now.year < BUILT_IN_YEAR:
        text = f"says {now:%Y-%m-%d %H:%M} UTC, before this version existed: set the machine's clock"
        yield Finding(level="problem", subject="clock", text=text)
    else:
        yield Finding(level="ok", subject="clock", text=f"{now:%Y-%m-%d %H:%M} UTC")


async def _live(config: "Config") -> list[Finding]:
    from canary.config.settings import api_key

    return [
        await _one_call(config, spec)
        for spec in config.targets
        if not spec.api_key_env or os.environ.get(spec.api_key_env)
        if api_key(spec, os.environ) is not None
    ]


async def _one_call(config: "Config", spec: "TargetSpec") -> Finding:
    """Ask one word of a target, within the run's own budget rules."""
    from canary.assembly import SystemClock
    from canary.config.settings import api_key
    from canary.domain.ports import Conditions
    from canary.domain.suite import Prompt, Turn
    from canary.domain.trial import TrialKey
    from canary.pricing import PriceTable
    from canary.runner.budget import BudgetMeter
    from canary.targets.registry import build_target

    clock = SystemClock()
    prompt = Prompt(
        id="doctor/live", family="doctor", turns=(Turn(user="Reply with the single word: ok"),), checks=()
    )
    meter = BudgetMeter(
        prices=PriceTable(overrides=config.prices),
        day=clock.now().date(),
        usd=config.budget.usd_per_run,
        tokens=None,
    )
    key = TrialKey(run="doctor", target=spec.name, prompt=prompt.id, replicate=0)
    try:
        target = build_target(spec, api_key=api_key(spec, os.environ), clock=clock)
    except CanaryError as problem:
        return Finding(level="problem", subject="live", text=f"{spec.name}: {problem}")
    try:
        transcript = await target.attempt(prompt, Conditions(key=key, meter=meter))
    finally:
        await target.close()
    if transcript.failure:
        return Finding(
            level="problem",
            subject="live",
            text=f"{spec.name}: {transcript.failure.kind}: {transcript.failure.message}",
        )
    step = transcript.steps[-1]
    served = step.served_model or "a model it does not name"
    took = f" in {step.latency_s:.1f} s" if step.latency_s is not None else ""
    level: Level = "ok" if served.startswith(spec.model) else "warning"
    return Finding(level=level, subject="live", text=f"{spec.name}: answered{took}, served by {served}")


COMMANDS: Sequence[click.Command] = (doctor,)
