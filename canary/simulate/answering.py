"""From a request understood to a reply: which words, from which draw. Deterministic but for arrival order."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from canary.domain.suite import Example, ExampleStep, Suite
from canary.simulate.agents import in_tools_of
from canary.simulate.behaviour import Behaviour, Drawn, draw, follow, pass_probability
from canary.simulate.billing import bill_input, compose
from canary.simulate.chance import uniforms
from canary.simulate.faults import Met, drawn_fault
from canary.simulate.protocol import Heard, Reply
from canary.simulate.recognise import Place, Recogniser, consistent

GENERIC = Example(
    steps=(
        ExampleStep(
            text="This is canary's simulated provider. It knows the prompts of its suite; "
            "to anything else it says this."
        ),
    )
)
"""What anything that is no prompt of the suite is answered with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a request is answered with.

    Attributes:
        reply: the words.
        prompt_id: the prompt recognised; "" = none.
        key: what a draw over this very request is made from; None where the client names no draw.
        fault: what goes wrong by the behaviour's own rates; None = nothing.
    """

    reply: Reply
    prompt_id: str
    key: str | None
    fault: Met | None


class Answerer:
    """Answers requests over one suite. Its only state counts arrivals, for clients that send no draw key."""

    def __init__(self, suite: Suite, behaviour: Behaviour, seed: int) -> None:
        self._recogniser = Recogniser(suite)
        self._behaviour = behaviour
        self._seed = seed
        self._arrivals: Counter[str] = Counter()
        self._serial = itertools.count()

    def answer(self, heard: Heard, headers: Mapping[str, str], created: int) -> Answer:
        """Answer one request.

        Args:
            heard: the request.
            headers: its headers, names in lower case; `x-client-request-id` names the draw.
            created: Unix seconds.
        """
        place = self._recogniser.place(heard)
        prompt_id = place.prompt.id if place else ""
        trial, attempt = draw_key(headers.get("x-client-request-id", ""))
        behaviour = self._behaviour.of_model(heard.model).of_trial(prompt_id, seed=self._seed, key=trial)
        drawn = self._drawn(behaviour, place, heard, trial)
        index = place.step(drawn) if place else len(heard.replies)
        serial = next(self._serial)
        key = f"{trial}.{index}.{attempt}" if trial else None
        step = drawn.step(index)
        reply = compose(
            behaviour,
            heard,
            replace(step, tool_calls=in_tools_of(step.tool_calls, heard.tools, place.files if place else {})),
            nonce=_nonce(self._seed, prompt_id, key, serial),
            created=created,
        )
        fault = drawn_fault(behaviour, prompt_id=prompt_id, seed=self._seed, key=key or f"arrival-{serial}")
        return Answer(reply=reply, prompt_id=prompt_id, key=key, fault=fault)

    def input_tokens(self, heard: Heard) -> int:
        """Tokens a request would be billed as input, cached or not."""
        return bill_input(self._behaviour.of_model(heard.model).tokenizer, heard)

    def _drawn(self, behaviour: Behaviour, place: Place | None, heard: Heard, trial: str | None) -> Drawn:
        seed = self._seed
        if place is None:
            return follow(behaviour, "", GENERIC, passing=None, seed=seed, key=trial or self._arrival(""))
        prompt_id = place.prompt.id
        if trial is None and not place.first:
            key = self._arrival(f"{prompt_id} again")
            u = uniforms("history", seed, prompt_id, key)[0]
            example, passing = _guessed(behaviour, place, heard, u)
            return follow(behaviour, prompt_id, example, passing=passing, seed=seed, key=key)
        return draw(behaviour, place.prompt, seed=seed, key=trial or self._arrival(prompt_id))

    def _arrival(self, what: str) -> str:
        self._arrivals[what] += 1
        return f"arrival-{self._arrivals[what]}"


def _guessed(behaviour: Behaviour, place: Place, heard: Heard, u: float) -> tuple[Example, bool | None]:
    """Which conversation goes on, for a client that does not say: one that agrees with the history.

    Where several do, each by the chance that it was drawn at the start, which leaves the shares of whole conversations
    as the behaviour wants them.
    """
    options = consistent(place, heard)
    if not options:
        return Example(steps=()), None
    rate = pass_probability(behaviour, place.prompt)
    sides = {
        True: rate / (len(place.prompt.passing) or 1),
        False: (1 - rate) / (len(place.prompt.failing) or 1),
    }
    left = u * sum(sides[passing] for _, passing in options)
    for example, passing in options:
        left -= sides[passing]
        if left < 0:
            return example, passing
    return options[-1]


def draw_key(request_id: str) -> tuple[str | None, str]:
    """Trial and attempt of a request id `<run>.<trial>.<attempt>`; no trial where the id is not of that form.

    The run is left out: a run that is resumed, or repeated, draws the same.
    """
    before, _, attempt = request_id.rpartition(".")
    _, dot, trial = before.rpartition(".")
    return (trial or None, attempt) if dot else (None, "")


def _nonce(*parts: object) -> str:
    return "".join(f"{int(u * 2**40):010x}" for u in uniforms("nonce", *parts)[:2])
