"""One side of the overhead benchmark, as a process of its own: `bare` or `canary`, over one SDK. Prints one JSON line.

Both sides ask the same prompts of the same server with the same number in flight and read every streamed event. The
bare side is what a person would write with the SDK alone; the canary side grades, prices and stores each trial too.
"""

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

from canary.domain.suite import Prompt, Suite
from canary.domain.target import PriceOverride, Provider, TargetSpec
from canary.domain.trial import Run

IN_FLIGHT = 50
WARM_UP = 100
MODEL = "sim-large"


def asked(suite: Suite, trials: int) -> list[Prompt]:
    """One single-turn prompt per trial, round and round through the suite."""
    simple = [p for p in suite.prompts if len(p.turns) == 1 and p.environment is None and not p.harness_only]
    return [simple[number % len(simple)] for number in range(trials)]


async def together(calls: list[Callable[[], Awaitable[None]]]) -> None:
    """Every call once, at most IN_FLIGHT at a time."""
    waiting = iter(calls)

    async def serve() -> None:
        for call in waiting:
            await call()

    await asyncio.gather(*(serve() for _ in range(IN_FLIGHT)))


async def bare_anthropic(base_url: str, prompts: list[Prompt]) -> None:
    from anthropic import AsyncAnthropic

    async with AsyncAnthropic(api_key="none", base_url=base_url, max_retries=0) as client:

        async def one(prompt: Prompt) -> None:
            stream = await client.messages.create(
                model=MODEL,
                max_tokens=1024,
                messages=[{"role": "user", "content": prompt.turns[0].user}],
                stream=True,
            )
            async for _ in stream:
                pass

        await together([lambda prompt=prompt: one(prompt) for prompt in prompts])  # type: ignore[misc]


async def bare_openai(base_url: str, prompts: list[Prompt]) -> None:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(api_key="none", base_url=f"{base_url}/v1", max_retries=0) as client:

        async def one(prompt: Prompt) -> None:
            stream = await client.responses.create(model=MODEL, input=prompt.turns[0].user, stream=True)
            async for _ in stream:
                pass

        await together([lambda prompt=prompt: one(prompt) for prompt in prompts])  # type: ignore[misc]


async def canary(provider: Provider, base_url: str, prompts: list[Prompt], folder: Path) -> None:
    """The same trials through the runner: whole replicates of the prompts."""
    from canary.assembly import SystemClock
    from canary.pricing import PriceTable
    from canary.runner.collect import Collector
    from canary.runner.dispatch import LocalDispatcher
    from canary.store.database import open_store
    from canary.targets.registry import build_target

    url = base_url if provider == "anthropic" else f"{base_url}/v1"
    spec = TargetSpec(name="t", provider=provider, model=MODEL, base_url=url, concurrency=IN_FLIGHT)
    distinct = list({prompt.id: prompt for prompt in prompts}.values())
    suite = Suite(prompts=tuple(distinct))
    run = Run(
        id="bench",
        day=date(2026, 3, 1),
        trigger="manual",
        started_at=datetime(2026, 3, 1, tzinfo=UTC),
        suite=suite.digest,
        replicates=-(-len(prompts) // len(distinct)),
        prompts=tuple(suite.by_id),
        targets={"t": spec.identity_digest},
    )
    store = open_store(f"sqlite:///{folder}/bench.db")
    store.open_run(run)
    target = build_target(spec, api_key="", clock=SystemClock())
    collector = Collector(
        suite=suite,
        targets={"t": target},
        store=store,
        dispatcher=LocalDispatcher({"t": IN_FLIGHT}, in_flight=IN_FLIGHT),
        clock=SystemClock(),
        prices=PriceTable(overrides={MODEL: PriceOverride(input=1.0, output=4.0)}),
    )
    collected = await collector.collect(run)
    await target.close()
    kept = store.outcomes("bench")
    store.close()
    assert collected.error is None
    assert all(outcome == "graded" for outcome in kept.values())
    print(len(kept), file=sys.stderr)


def ask(side: str, provider: str, base_url: str, prompts: list[Prompt], folder: Path) -> int:
    """Ask every prompt once; the number of trials made of it."""
    if side == "canary":
        asyncio.run(canary(provider, base_url, prompts, folder))  # type: ignore[arg-type]
        distinct = len({prompt.id for prompt in prompts})
        return distinct * -(-len(prompts) // distinct)
    asyncio.run((bare_anthropic if provider == "anthropic" else bare_openai)(base_url, prompts))
    return len(prompts)


def main() -> None:
    side, provider, base_url, trials, folder = sys.argv[1:]
    from canary.config.prompts import load_suite

    suite = load_suite(None)
    # Imports and first-use caches are start-up, not overhead a trial: both sides warm up first.
    for name in ("warm", "run"):
        place = Path(folder, name)
        place.mkdir(parents=True)
        before = time.perf_counter(), sum(os.times()[:2])
        count = ask(side, provider, base_url, asked(suite, WARM_UP if name == "warm" else int(trials)), place)
    wall, cpu = time.perf_counter() - before[0], sum(os.times()[:2]) - before[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"trials": count, "wall_s": wall, "cpu_ms": 1000 * cpu / count, "peak_mib": peak}))


if __name__ == "__main__":
    main()
