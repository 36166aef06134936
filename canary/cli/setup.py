"""init, doctor, schema."""

import asyncio
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from canary.cli.invocation import BUILT_IN_YEAR, Invocation, answer
from canary.domain.errors import CanaryError, UsageError

if TYPE_CHECKING:
    from canary.config.settings import Config
    from canary.domain.suite import Suite
    from canary.domain.target import TargetSpec

Level: TypeAlias = Literal["ok", "warning", "problem"]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="[DIR]")
def init(folder: Path) -> None:
    """Start a project in a folder.

    Writes canary.toml, a copy of the prompt set, baselines/ and reports/. Overwrites nothing.
    """
    from canary.config.prompts import shipped_prompts
    from canary.config.starter import starter_config

    config, prompts = folder / "canary.toml", folder / "prompts"
    for path in (config, prompts):
        if path.exists():
            raise UsageError("already exists", where=str(path), remedy="name another folder, or move it away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(shipped_prompts(), prompts, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("baselines", "reports"):
            (folder / name).mkdir(exist_ok=True)
        config.write_text(starter_config(), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"can't be written ({error.strerror})", where=str(folder), remedy="name another folder"
        ) from None
    answer(
        f"Wrote {config}, {prompts}/, baselines/ and reports/.\n"
        "Next: name your targets in canary.toml, set their keys in the environment, then `canary doctor`."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that doctor looked at."""

    level: Level
    subject: str
    text: str


@click.command()
@click.option("--live", is_flag=True, help="One tiny call to each target. This costs a little.")
@click.pass_obj
def doctor(invocation: Invocation, *, live: bool) -> int:
    """Say what must be mended before a run.

    Looks at configuration, keys, store, prompts, arms and clock. Exit code 2 where something must be mended.
    """
    found: list[Finding] = []
    for finding in _examined(invocation, live=live):
        found.append(finding)
        answer(f"{finding.level:<8} {finding.subject:<13}  {finding.text}")
    problems = sum(finding.level == "problem" for finding in found)
    if problems:
        click.echo(f"\n{problems} to mend.", err=True)
    return 2 if problems else 0


def _examined(invocation: Invocation, *, live: bool) -> Iterator[Finding]:
    config = invocation.load()
    count = len(config.targets)
    yield Finding(
        level="ok", subject="configuration", text=f"{config.path}, {count} target{'s' * (count != 1)}"
    )
    if not config.targets:
        yield Finding(level="warning", subject="targets", text="none is configured; add a [[targets]] table")
    yield from _keys(config)
    yield from _prompt_set(config)
    yield from _store(config)
    yield from _arms(config)
    yield from _clock()
    if live:
        yield from asyncio.run(_live(config))


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


def _prompt_set(config: "Config") -> Iterator[Finding]:
    from canary.config.examples import check_examples
    from canary.config.prompts import load_suite

    try:
        suite: Suite = load_suite(config.suite.prompts)
    except CanaryError as problem:
        yield Finding(level="problem", subject="prompts", text=str(problem))
        return
    faults = check_examples(suite)
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
    groups: dict[str, list[TargetSpec]] = {}
    for spec in config.targets:
        if spec.twins:
            groups.setdefault(spec.twins, []).append(spec)
    for name, members in groups.items():
        arms = {member.arm for member in members}
        if len(members) == 1:
            text = f"{name} has only {members[0].name}: a move can't be placed in a layer without a twin"
        elif not any(arm.startswith("harness") for arm in arms):
            text = f"{name} has no harness arm: defects of the agent around the model stay unseen"
        elif not any(arm.startswith("api") for arm in arms):
            text = f"{name} has no API arm: harness and model can't be told apart"
        else:
            yield Finding(level="ok", subject="arms", text=f"{name}: {', '.join(sorted(arms))}")
            continue
        yield Finding(level="warning", subject="arms", text=text)
    alone = [spec.name for spec in config.targets if not spec.twins]
    if alone:
        text = f"{', '.join(alone)}: in no twin group, so a move can't be placed in a layer"
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


@click.command()
@click.argument("what", type=click.Choice(["config", "prompt", "record", "run", "status"]))
def schema(what: str) -> None:
    """Print a JSON Schema for editors."""
    from canary.cli.answers import run_schema, status_schema
    from canary.config.schema import config_schema, prompt_schema
    from canary.exchange.trials import record_schema

    schemas = {
        "config": config_schema,
        "prompt": prompt_schema,
        "record": record_schema,
        "run": run_schema,
        "status": status_schema,
    }
    answer(json.dumps(schemas[what](), ensure_ascii=False, indent=2))


COMMANDS: Sequence[click.Command] = (init, doctor, schema)
