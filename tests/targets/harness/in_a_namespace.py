"""Real agent CLIs against the simulated provider, in a network without a way out; prints what became of the trials.

Run as `python -m tests.targets.harness.in_a_namespace`, ORDER (JSON) on standard input: `provider`, `model`, `key`,
`prompts`, and `executable`. Where it may, it first brings up the loopback of the namespace that it was started in.
"""

import asyncio
import fcntl
import json
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from typing import Any

from starlette.types import Send

from canary.assembly import SystemClock
from canary.checks.registry import grade
from canary.config.prompts import load_suite
from canary.domain.ports import Conditions
from canary.domain.suite import Suite
from canary.domain.target import HarnessOptions, PriceOverride, TargetSpec
from canary.domain.trial import TrialKey, Usage
from canary.pricing import PriceTable
from canary.simulate.behaviour import Behaviour
from canary.simulate.delivery import Delivery, Outgoing
from canary.simulate.protocol import Billed
from canary.simulate.server import SimulatedProvider
from canary.targets.registry import build_target
from tests.fakes import FakeMeter

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


class Ledger(Delivery):
    """Delivers replies, and keeps what each of them billed."""

    def __init__(self) -> None:
        super().__init__()
        self.billed: list[Billed] = []

    async def deliver(self, out: Outgoing, send: Send) -> None:
        if out.reply.billed is not None:
            self.billed.append(out.reply.billed)
        await super().deliver(out, send)


def bring_up_loopback() -> None:
    """A fresh namespace has its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(probe, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def way_out() -> bool:
    """Whether a packet would find a way out; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return False
        return True


async def trials(order: dict[str, Any], suite: Suite, provider: SimulatedProvider) -> list[dict[str, Any]]:
    """Put each prompt to the CLI once."""
    codex = order["provider"] == "codex"
    spec = TargetSpec(
        name="agent",
        provider=order["provider"],
        model=order["model"],
        base_url=provider.base_url + ("/v1" if codex else ""),
        arm="harness",
        harness=HarnessOptions(executable=order["executable"]),
        max_attempts=2,
        timeout_s=60.0,
    )
    target = build_target(spec, api_key=order["key"], clock=SystemClock())
    prices = PriceTable(
        overrides={order["model"]: PriceOverride(input=2.0, output=8.0, cache_read=0.2, cache_write=2.5)}
    )
    found = []
    ledger = provider._service.delivery = Ledger()
    for name in order["prompts"]:
        before, billed_before = len(provider.requests), len(ledger.billed)
        prompt = suite.by_id[name]
        key = TrialKey(run="r", target="agent", prompt=name, replicate=0)
        done = await target.attempt(prompt, Conditions(key=key, meter=FakeMeter()))
        graded = None if done.failure else grade(prompt, done)
        cost = prices.cost(spec, done.steps, date(2026, 11, 24))
        found.append(
            {
                "prompt": name,
                "failure": done.failure and asdict(done.failure),
                "passed": graded and graded.passed,
                "tool_calls": graded and graded.measures.tool_calls,
                "reads": graded and graded.measures.reads,
                "usage": asdict(done.usage or Usage()),
                "cost": cost and cost.usd,
                "billed_input": sum(billed.input for billed in ledger.billed[billed_before:]),
                "billed_output": sum(billed.output for billed in ledger.billed[billed_before:]),
                "turns": sorted({step.turn for step in done.steps}),
                "fingerprint": dict(done.fingerprint),
                "requests": [
                    {"path": request.path, "body": request.body}
                    for request in provider.requests[before:]
                    if request.method == "POST"
                ],
            }
        )
    return found


def main() -> None:
    """Serve, ask, tell."""
    bring_up_loopback()
    order = json.load(sys.stdin)
    suite = load_suite(None)
    always = Behaviour(pass_rates=dict.fromkeys(order["prompts"], 1.0))
    with SimulatedProvider(suite, always) as provider:
        found = asyncio.run(trials(order, suite, provider))
    json.dump({"way_out": way_out(), "trials": found}, sys.stdout)


if __name__ == "__main__":
    main()
