"""What a run asks: which trials, in which order, and what they are likely to cost. Pure."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from canary.domain.dialogue import play
from canary.domain.environment import offered_tools
from canary.domain.errors import CanaryError, ConfigurationError, UsageError
from canary.domain.suite import Prompt, Suite
from canary.domain.target import TargetSpec
from canary.domain.trial import Run, Step, TrialKey, UnitPrices
from canary.pricing import PriceTable

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text, used before a run only; a run counts what is billed."""

DEFAULT_OUTPUT_TOKENS = 400
"""Guess for an answer without an example or a limit."""


def applicable(prompt: Prompt, spec: TargetSpec) -> bool:
    """Whether a target can be asked a prompt.

    Planted memory files reach an agent harness alone, and only a prompt of several turns has a session to take up again.
    """
    if spec.arm == "harness-resumed" and len(prompt.turns) == 1:
        return False
    return spec.is_harness or not prompt.harness_only


def planned_keys(run: Run, suite: Suite, specs: Mapping[str, TargetSpec]) -> list[TrialKey]:
    """Every trial of a run, in an order drawn from its seed.

    The order mixes targets, prompts and replicates, so that an hour of trouble at a provider does not fall on one
    family, and twins are asked side by side.
    """
    keys = [
        TrialKey(run=run.id, target=target, prompt=prompt, replicate=replicate)
        for target in sorted(run.targets)
        for prompt in run.prompts
        if applicable(suite.by_id[prompt], specs[target])
        for replicate in range(run.replicates)
    ]
    random.Random(run.seed).shuffle(keys)  # noqa: S311 -- an order, not a secret
    return keys


def selected(suite: Suite, families: Iterable[str]) -> Suite:
    """The prompts of some families; all of them where none is named.

    Raises:
        UsageError: a family has no prompt.
    """
    wanted = list(families)
    for family in wanted:
        if family not in suite.families:
            raise UsageError(
                f"no prompt has the family {family!r}",
                where="--family",
                remedy=f"use one of {', '.join(suite.families)}",
            )
    if not wanted:
        return suite
    return Suite(prompts=tuple(prompt for prompt in suite.prompts if prompt.family in wanted))


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What one target would be asked, before anything is spent.

    Attributes:
        target: its name.
        trials: trials planned.
        calls: requests, retries not included.
        input_tokens: tokens sent, guessed from the texts' length.
        output_tokens: tokens answered, guessed from the passing examples.
        cost_usd: at today's prices; None = the model's price is unknown.
    """

    target: str
    trials: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


def estimate(
    spec: TargetSpec, suite: Suite, keys: Iterable[TrialKey], prices: PriceTable, day: date
) -> Estimate:
    """Guess what these trials come to for one target, from the prompts' own texts and passing examples."""
    counts = Counter(key.prompt for key in keys if key.target == spec.name)
    sizes = {prompt: _size(suite.by_id[prompt]) for prompt in counts}
    calls, tokens_in, tokens_out = (
        sum(n * sizes[prompt][i] for prompt, n in counts.items()) for i in range(3)
    )
    # Not priced as one request of that many tokens: it would reach price tiers that no single request reaches.
    unit = prices.unit_prices(spec, day)
    return Estimate(
        target=spec.name,
        trials=counts.total(),
        calls=calls,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cost_usd=None if unit is None else _dollars(unit, tokens_in, tokens_out),
    )


def _dollars(unit: UnitPrices, tokens_in: int, tokens_out: int) -> float | None:
    if unit.input is None or unit.output is None:
        return None
    return (tokens_in * unit.input + tokens_out * unit.output) / 1e6


def _size(prompt: Prompt) -> tuple[int, int, int]:
    """Calls, input tokens and output tokens of one trial; each call sends all that was said before again."""
    fixed = len(prompt.system or "") + sum(
        len(tool.name) + len(tool.description) + len(str(tool.parameters))
        for tool in (offered_tools(prompt.environment).values() if prompt.environment else ())
    )
    said, sent, calls, answered, turn = fixed, 0, 0, 0, -1
    for step in _example_steps(prompt):
        if step.turn != turn:
            turn = step.turn
            said += len(prompt.turns[turn].user)
        sent += said
        calls += 1
        written = len(step.text) + sum(len(call.arguments_text) + len(call.name) for call in step.tool_calls)
        answered += written
        said += written + sum(len(call.result.text) for call in step.tool_calls if call.result)
    return calls, -(-sent // CHARACTERS_PER_TOKEN), -(-answered // CHARACTERS_PER_TOKEN)


def _example_steps(prompt: Prompt) -> Sequence[Step]:
    if prompt.passing:
        try:
            return play(prompt, prompt.passing[0]).steps
        except CanaryError:
            pass  # `prompts check` reports a broken example; an estimate goes on without it
    guess = (
        "x"
        * CHARACTERS_PER_TOKEN
        * min(prompt.max_output_tokens or DEFAULT_OUTPUT_TOKENS, DEFAULT_OUTPUT_TOKENS)
    )
    return [Step(turn=index, text=guess) for index in range(len(prompt.turns))]


def demand_bounded(
    specs: Iterable[TargetSpec], prices: PriceTable, day: date, tokens_per_run: int | None, config: str
) -> None:
    """Refuse a run that no budget would stop.

    Raises:
        ConfigurationError: a target's price is unknown and there is no token budget.
    """
    if tokens_per_run is not None:
        return
    for spec in specs:
        if prices.unit_prices(spec, day) is None:
            raise ConfigurationError(
                f"the price of {spec.model!r} (target {spec.name!r}) is unknown and no token budget is set",
                where=f"{config}: budget.tokens_per_run",
                remedy=f'set tokens_per_run, or give [prices."{spec.model}"] input and output',
            )
