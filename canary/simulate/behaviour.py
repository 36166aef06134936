"""How a simulated model behaves, as a plain record, and the seeded draw of one conversation from it.

Pure: (behaviour, prompt, seed, key) -> conversation. Each quantity is drawn from its own uniform number, so that
changing one rate moves that quantity alone, and a lower pass rate turns passes into failures without touching the rest
(common random numbers). Nothing here knows a protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeAlias

from canary.domain.suite import Example, ExampleCall, ExampleStep, Prompt
from canary.simulate.chance import log_normal, spread_probability, uniforms
from canary.simulate.habits import PLAIN, Habits, with_a_repeat, without_a_call
from canary.simulate.tokens import ORDINARY_TOKENIZER, Tokenizer

DrawnStop: TypeAlias = Literal["end", "tool_use", "max_tokens", "refusal"]
CacheMode: TypeAlias = Literal["implicit", "asked", "never"]

NEUTRAL = "Noted. There is nothing further to add to this."
"""What a prompt without a fitting example, or beyond its example's end, is answered with."""
REFUSAL = "I can't help with that request."
EFFORTS: Mapping[str, float] = {
    "none": 0.0, "minimal": 0.1, "low": 0.4, "medium": 1.0, "high": 1.8, "xhigh": 2.6, "max": 3.5,
}  # fmt: skip
"""Reasoning tokens at an effort, as a multiple of those at `medium`."""

SPEEDS: Mapping[str, float] = {"fast": 2.5}
"""What a fast mode is sold as."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """What one simulated model does. A scenario replaces it by day and by arm. Every rate is a share, 0..1.

    Attributes:
        pass_rate: mean probability over prompts that a conversation is one of the prompt's passing examples.
        pass_rates: overrides of that mean: by family, or exactly for one prompt by its id.
        spread: how far prompts differ: 0 = all alike, above 1 = U-shaped, most near 0 or 1.
        output_spread: standard deviation of the log of billed visible tokens over those counted in the text.
        verbosity: multiple of billed visible tokens.
        reasoning_tokens: median reasoning tokens of a reply at medium effort, where it may reason.
        reasoning_spread: standard deviation of their log.
        zero_reasoning_rate: replies that reason not at all although they may.
        efforts: effort -> multiple of the reasoning tokens.
        default_effort: the effort of a request that names none.
        repeated_call_rate: conversations that make one step's tool calls twice.
        skipped_call_rate: conversations that leave out one step of tool calls.
        refusal_rate: conversations refused at once.
        truncation_rate: conversations cut off in their last reply.
        failure_rates: kind of fault (`canary.simulate.faults`) -> requests that meet it.
        cache: `implicit` = later requests of a conversation read their common beginning from cache; `asked` =
            requests of Anthropic's protocol do so only where they ask; `never`. Requests that ask also write.
        cache_min_tokens: a shorter beginning is not cached.
        latency_s: median seconds to the first token.
        latency_spread: standard deviation of their log.
        tokens_per_s: billed output tokens a second.
        speeds: requested speed mode, else tier -> multiple of `tokens_per_s`.
        time_scale: multiple of all times; 0 = immediate.
        served_suffix: appended to the requested model in what is said to have served.
        service_tier: the tier said to have served; None = the one asked for.
        backend: what Chat Completions' `system_fingerprint` is made of.
        reasoning_content: Chat Completions carry their reasoning as `reasoning_content`, as compatible endpoints do.
        tokenizer: what texts bill.
        habits: how it goes about its work.
        variants: requested model -> the behaviour that takes this one's place.
        prompts: prompt id -> the behaviour that takes this one's place.
        mixtures: what some conversations meet in this one's place; the first that hits one has it whole.
    """

    pass_rate: float = 0.85
    pass_rates: Mapping[str, float] = field(default_factory=dict)
    spread: float = 1.6
    output_spread: float = 0.18
    verbosity: float = 1.0
    reasoning_tokens: float = 240.0
    reasoning_spread: float = 0.45
    zero_reasoning_rate: float = 0.04
    efforts: Mapping[str, float] = field(default_factory=lambda: EFFORTS)
    default_effort: str = "medium"
    repeated_call_rate: float = 0.0
    skipped_call_rate: float = 0.0
    refusal_rate: float = 0.0
    truncation_rate: float = 0.0
    failure_rates: Mapping[str, float] = field(default_factory=dict)
    cache: CacheMode = "implicit"
    cache_min_tokens: int = 0
    latency_s: float = 0.8
    latency_spread: float = 0.25
    tokens_per_s: float = 70.0
    speeds: Mapping[str, float] = field(default_factory=lambda: SPEEDS)
    time_scale: float = 0.0
    served_suffix: str = ""
    service_tier: str | None = None
    backend: str = "one"
    reasoning_content: bool = False
    tokenizer: Tokenizer = ORDINARY_TOKENIZER
    habits: Habits = PLAIN
    variants: Mapping[str, "Behaviour"] = field(default_factory=dict)
    prompts: Mapping[str, "Behaviour"] = field(default_factory=dict)
    mixtures: tuple["Mixture", ...] = ()

    def __post_init__(self) -> None:
        rates = {f.name: getattr(self, f.name) for f in fields(self) if f.name.endswith("_rate")}
        for name, rate in {**rates, **self.pass_rates, **self.failure_rates}.items():
            if not 0.0 <= rate <= 1.0:
                raise ValueError(f"{name}: a rate is a share from 0 to 1, not {rate}")
        for name, speed in {"tokens_per_s": self.tokens_per_s, **self.speeds}.items():
            if speed <= 0:
                raise ValueError(f"{name}: a speed is above 0, not {speed}")

    def of_model(self, model: str) -> "Behaviour":
        """The behaviour of one requested model."""
        return self.variants.get(model, self)

    def of_trial(self, prompt_id: str, *, seed: int, key: str | None) -> "Behaviour":
        """The behaviour of one conversation: its prompt's, or that of the first mixture that hits it.

        Without a key a conversation can't be told from the next, and no mixture hits it.
        """
        behaviour = self.prompts.get(prompt_id, self)
        for number, one in enumerate(behaviour.mixtures if key is not None else ()):
            if uniforms("mixture", seed, prompt_id, key, number)[0] < one.rate:
                return one.behaviour
        return behaviour


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """What a share of all conversations meets."""

    rate: float
    behaviour: Behaviour


ORDINARY = Behaviour()
"""A good model on a quiet day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnStep:
    """One reply as drawn.

    Attributes:
        text: visible text.
        tool_calls: in order.
        stop: why it stops.
        length: billed visible tokens over the tokens counted in text and calls.
        reasoning: reasoning tokens at medium effort; 0 = none.
        latency_s: seconds to the first token, before `time_scale`.
        stops: chance that decides whether its reasoning stops at a spike.
    """

    text: str
    tool_calls: tuple[ExampleCall, ...]
    stop: DrawnStop
    length: float
    reasoning: float
    latency_s: float
    stops: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One conversation as drawn.

    Attributes:
        passing: whether it is a passing example; None where it is neither (refused, or no prompt of the suite).
        steps: the replies in order.
        beyond: the reply to whatever is asked after them.
    """

    passing: bool | None
    steps: tuple[DrawnStep, ...]
    beyond: DrawnStep

    def step(self, index: int) -> DrawnStep:
        """The reply that comes after `index` replies."""
        return self.steps[index] if index < len(self.steps) else self.beyond


def pass_probability(behaviour: Behaviour, prompt: Prompt) -> float:
    """Probability that a conversation over this prompt is a passing one; the prompt's difficulty is its id's alone."""
    exact = behaviour.pass_rates.get(prompt.id)
    if exact is not None:
        return exact
    mean = behaviour.pass_rates.get(prompt.family, behaviour.pass_rate)
    return spread_probability(mean, behaviour.spread, uniforms("difficulty", prompt.id)[0])


def draw(behaviour: Behaviour, prompt: Prompt, *, seed: int, key: str) -> Drawn:
    """Draw one conversation: always the same for the same behaviour, prompt, seed and key."""
    u = uniforms("conversation", seed, prompt.id, key)
    dealt = _Dealt(behaviour=behaviour, prompt_id=prompt.id, seed=seed, key=key)
    if u[0] < behaviour.refusal_rate:
        refused = dealt.conversation(None, (ExampleStep(text=REFUSAL),))
        return replace(refused, steps=(replace(refused.steps[0], stop="refusal"),))
    passing = u[1] < pass_probability(behaviour, prompt)
    examples = prompt.passing if passing else prompt.failing
    neutral = Example(steps=(ExampleStep(text=NEUTRAL),) * len(prompt.turns))
    steps = (examples[int(u[2] * len(examples))] if examples else neutral).steps
    if u[3] < behaviour.skipped_call_rate:
        steps = without_a_call(steps, u[4])
    if u[5] < behaviour.repeated_call_rate:
        steps = with_a_repeat(steps, u[4], prompt)
    drawn = dealt.conversation(passing, behaviour.habits.shaped(steps, seed, prompt.id, key))
    if u[6] < behaviour.truncation_rate and drawn.steps:
        drawn = replace(drawn, steps=(*drawn.steps[:-1], _cut_off(drawn.steps[-1], u[7])))
    return drawn


def follow(
    behaviour: Behaviour, prompt_id: str, example: Example, *, passing: bool | None, seed: int, key: str
) -> Drawn:
    """The conversation over a given example, whatever the rates say."""
    dealt = _Dealt(behaviour=behaviour, prompt_id=prompt_id, seed=seed, key=key)
    return dealt.conversation(passing, example.steps)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dealt:
    """What every number of one conversation depends on."""

    behaviour: Behaviour
    prompt_id: str
    seed: int
    key: str

    def conversation(self, passing: bool | None, steps: tuple[ExampleStep, ...]) -> Drawn:
        return Drawn(
            passing=passing,
            steps=tuple(self.step(step, index) for index, step in enumerate(steps)),
            beyond=self.step(ExampleStep(text=NEUTRAL), len(steps)),
        )

    def step(self, step: ExampleStep, index: int) -> DrawnStep:
        b = self.behaviour
        u = uniforms("reply", self.seed, self.prompt_id, self.key, index)
        reasons = u[2] >= b.zero_reasoning_rate
        return DrawnStep(
            text=step.text,
            tool_calls=step.tool_calls,
            stop="tool_use" if step.tool_calls else "end",
            length=b.verbosity * log_normal(u[0], b.output_spread),
            reasoning=b.reasoning_tokens * log_normal(u[1], b.reasoning_spread) if reasons else 0.0,
            latency_s=b.latency_s * log_normal(u[3], b.latency_spread),
            stops=u[4],
        )


def _cut_off(step: DrawnStep, u: float) -> DrawnStep:
    """Keep the first fifth to four fifths of the text."""
    kept = step.text[: int(len(step.text) * (0.2 + 0.6 * u))]
    return replace(step, text=kept, tool_calls=(), stop="max_tokens")
