"""Habits that a scenario gives a simulated model besides its rates: how it talks, reads, calls tools and spends. Pure.

Each is drawn for a whole conversation or for each call, from chance of its own, so that one habit leaves all others as they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from canary.domain.environment import READING_TOOLS
from canary.domain.suite import ExampleCall, ExampleStep, Prompt
from canary.simulate.chance import log_normal, uniforms

_TALK = tuple(
    "Next comes one more step, so that all that is known here can be held against what the files say.".split()  # noqa: SIM905
)
"""What is said between two tool calls, over and over: plain words that no check looks for."""
_TALK_SPREAD = 0.25
_BELOW_CAP = (0.7, 1.0)
"""A model that keeps to a limit on words stops a little below it."""
FOREIGN = "\u0e1c\u0e25\u0e25\u0e31\u0e1e\u0e18\u0e4c"
"""Letters of a script (Thai) that no prompt asks for."""
MALFORMED: Mapping[str, bool] = {"unexpected": True}
"""Arguments that no tool with a required one takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """How a model goes about its work. Every rate is a share, 0..1.

    Attributes:
        words_between: median words said with a message that calls tools; 0 = what the example says.
        between_cap, final_cap: words that are not exceeded there, and in a turn's answer; None = no limit.
        reads_kept: reads of a file that are made.
        blind_rate: conversations in which no file is read before it is edited.
        invalid_call_rate: tool calls whose arguments the tool refuses.
        wrong_script_rate: conversations whose last answer holds letters of a foreign script.
        sentences: sentence -> conversations whose last answer ends with it.
        spikes, spike_rate: reasoning that went beyond one of these counts ends on it so often.
        cache_kept: part of the common beginning that is still read from cache.
        input_factor, input_added: billed input tokens are multiplied, and added to, for each request.
    """

    words_between: float = 0.0
    between_cap: float | None = None
    final_cap: float | None = None
    reads_kept: float = 1.0
    blind_rate: float = 0.0
    invalid_call_rate: float = 0.0
    wrong_script_rate: float = 0.0
    sentences: Mapping[str, float] = field(default_factory=dict)
    spikes: tuple[int, ...] = ()
    spike_rate: float = 0.0
    cache_kept: float = 1.0
    input_factor: float = 1.0
    input_added: float = 0.0

    def __post_init__(self) -> None:
        rates = {f.name: getattr(self, f.name) for f in fields(self) if f.name.endswith(("_rate", "_kept"))}
        for name, rate in {**rates, **self.sentences}.items():
            if not 0.0 <= rate <= 1.0:
                raise ValueError(f"{name}: a rate is a share from 0 to 1, not {rate}")

    def shaped(self, steps: Sequence[ExampleStep], *seeds: object) -> tuple[ExampleStep, ...]:
        """A conversation as a model of these habits has it; `seeds` name its chance."""
        made = self._calls(steps, seeds)
        talk = [self._talked(step, number, seeds) for number, step in enumerate(made)]
        return tuple(self._ended(talk, seeds))

    def _calls(self, steps: Sequence[ExampleStep], seeds: tuple[object, ...]) -> list[ExampleStep]:
        """Calls left out or spoilt; a step that has none left is not made."""
        if self.reads_kept == 1.0 and not self.blind_rate and not self.invalid_call_rate:
            return list(steps)
        blind = uniforms("blind", *seeds)[0] < self.blind_rate
        made = []
        for number, step in enumerate(steps):
            kept = [
                call
                if u[1] >= self.invalid_call_rate
                else ExampleCall(name=call.name, arguments=dict(MALFORMED))
                for place, call in enumerate(step.tool_calls)
                if (u := uniforms("call", *seeds, number, place))
                and not (call.name in READING_TOOLS and (blind or u[0] >= self.reads_kept))
            ]
            if kept or not step.tool_calls:
                made.append(replace(step, tool_calls=tuple(kept)))
        return made

    def _talked(self, step: ExampleStep, number: int, seeds: tuple[object, ...]) -> ExampleStep:
        u = uniforms("talk", *seeds, number)
        if not step.tool_calls:
            return replace(step, text=_capped(step.text, self.final_cap, u[1]))
        wanted = round(self.words_between * log_normal(u[0], _TALK_SPREAD))
        text = step.text if len(step.text.split()) >= wanted else _talk(step.text, wanted)
        return replace(step, text=_capped(text, self.between_cap, u[1]))

    def _ended(self, steps: list[ExampleStep], seeds: tuple[object, ...]) -> list[ExampleStep]:
        added = [
            sentence
            for number, (sentence, rate) in enumerate(sorted(self.sentences.items()))
            if uniforms("sentence", *seeds, number)[0] < rate
        ]
        if uniforms("script", *seeds)[0] < self.wrong_script_rate:
            added.append(FOREIGN)
        if steps and added:
            steps[-1] = replace(steps[-1], text=" ".join([steps[-1].text, *added]))
        return steps

    def reasoning(self, tokens: int, u: float) -> int:
        """Reasoning tokens after the spikes: `u` decides whether those that went beyond one end on it."""
        passed = [spike for spike in self.spikes if spike < tokens]
        return max(passed) if passed and u < self.spike_rate else tokens

    def billed_input(self, tokens: int) -> int:
        """Billed input of a request that counts so many tokens."""
        return round(tokens * self.input_factor + self.input_added)


PLAIN = Habits()
"""No habits: conversations are as the examples have them."""


def _talk(text: str, words: int) -> str:
    said = text.split()
    return " ".join([*said, *(_TALK[n % len(_TALK)] for n in range(words - len(said)))])


def _capped(text: str, cap: float | None, u: float) -> str:
    words = text.split()
    if cap is None or len(words) <= cap:
        return text
    low, high = _BELOW_CAP
    return " ".join(words[: round(cap * (low + (high - low) * u))])


def without_a_call(steps: tuple[ExampleStep, ...], u: float) -> tuple[ExampleStep, ...]:
    """Leave out one step's calls, and the step with them."""
    places = [index for index, step in enumerate(steps) if step.tool_calls]
    if not places:
        return steps
    left_out = places[int(u * len(places))]
    return steps[:left_out] + steps[left_out + 1 :]


def with_a_repeat(steps: tuple[ExampleStep, ...], u: float, prompt: Prompt) -> tuple[ExampleStep, ...]:
    """Make one step's calls once more, where the environment's limit allows it."""
    left = prompt.environment.max_calls if prompt.environment else 0
    left -= sum(len(step.tool_calls) for step in steps)
    places = [index for index, step in enumerate(steps) if 0 < len(step.tool_calls) <= left]
    if not places:
        return steps
    again = places[int(u * len(places))]
    return steps[: again + 1] + steps[again:]
