"""Which prompt of the suite a request is about, and which reply of its conversation comes next. Stateless."""

from collections.abc import Mapping
from dataclasses import dataclass

from canary.domain.canonical import canonical_json
from canary.domain.environment import offered_tools
from canary.domain.suite import Example, ExampleStep, Prompt, Suite
from canary.simulate.agents import in_tools_of
from canary.simulate.behaviour import Drawn
from canary.simulate.protocol import Heard, Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a prompt's conversation a request stands.

    Attributes:
        prompt: the prompt.
        turn: index of the user turn in hand, from 0.
        rounds: tool results sent back since that turn.
    """

    prompt: Prompt
    turn: int
    rounds: int

    @property
    def files(self) -> Mapping[str, str]:
        """The prompt's file tree."""
        return self.prompt.environment.files if self.prompt.environment else {}

    @property
    def first(self) -> bool:
        """Whether it is the conversation's first request."""
        return self.turn == 0 and self.rounds == 0

    def step(self, drawn: Drawn) -> int:
        """Index of the reply asked for; beyond the drawn ones where the conversation has run off its example.

        Counted by user turns and tool rounds, not by replies: an empty reply that a client leaves out of the history
        does not shift what follows.
        """
        index = 0
        for _ in range(self.turn):
            while index < len(drawn.steps) and drawn.steps[index].stop == "tool_use":
                index += 1
            index += 1
        return index + self.rounds


class Recogniser:
    """An index over a suite's prompts by the text of their first turn."""

    def __init__(self, suite: Suite) -> None:
        by_opening: dict[str, list[Prompt]] = {}
        for prompt in suite.prompts:
            by_opening.setdefault(prompt.turns[0].user.strip(), []).append(prompt)
        self._by_opening: Mapping[str, list[Prompt]] = by_opening

    def place(self, heard: Heard) -> Place | None:
        """Find the prompt: by its user texts, then by system text and tools where several share them.

        A user text is a whole message or one part of it, so that a client that adds reminders of its own is
        understood; white space at its ends does not count.
        """
        users = [said for said in heard.said if said.role == "user"]
        if not users or heard.said[-1].role == "assistant":
            return None
        candidates = [prompt for text in _spellings(users) for prompt in self._by_opening.get(text, ())]
        ranked = [
            (self._fit(prompt, turns, heard), turns, prompt) for prompt, turns in _matched(candidates, users)
        ]
        if not ranked:
            return None
        _, turns, prompt = max(ranked, key=lambda entry: entry[0])
        return Place(prompt=prompt, turn=turns - 1, rounds=_rounds(heard))

    @staticmethod
    def _fit(prompt: Prompt, turns: int, heard: Heard) -> tuple[bool, bool, int]:
        offered = set(offered_tools(prompt.environment)) if prompt.environment else set()
        return (heard.system.strip() == (prompt.system or "").strip(), offered == set(heard.tools), turns)


def _spellings(users: list[Said]) -> dict[str, None]:
    """Every text that may be an opening turn, without repeats, in order."""
    return dict.fromkeys(text.strip() for said in users for text in (said.text, *said.texts))


def _matched(candidates: list[Prompt], users: list[Said]) -> list[tuple[Prompt, int]]:
    """Candidates whose turns were asked in order, the newest one last; with the number of turns asked."""
    out = []
    for prompt in {prompt.id: prompt for prompt in candidates}.values():
        turns = 0
        newest = False
        for said in users:
            newest = False
            for text in dict.fromkeys((said.text, *said.texts)):
                if turns < len(prompt.turns) and text.strip() == prompt.turns[turns].user.strip():
                    turns += 1
                    newest = True
        if turns and newest:
            out.append((prompt, turns))
    return out


def _rounds(heard: Heard) -> int:
    rounds = 0
    for said in reversed(heard.said):
        if said.role == "user":
            break
        rounds += said.role == "tool"
    return rounds


def consistent(place: Place, heard: Heard) -> tuple[tuple[Example, bool], ...]:
    """The examples that agree with most of the replies so far, and whether each is a passing one.

    For clients that send no draw key: what was said tells which conversations this can be.
    """
    replies = heard.replies
    options = [(example, True) for example in place.prompt.passing]
    options += [(example, False) for example in place.prompt.failing]
    agreement = [_agreement(example.steps, replies, heard.tools, place.files) for example, _ in options]
    return tuple(
        option for option, agreed in zip(options, agreement, strict=True) if agreed == max(agreement)
    )


def _agreement(
    steps: tuple[ExampleStep, ...],
    replies: tuple[Said, ...],
    tools: tuple[str, ...],
    files: Mapping[str, str],
) -> int:
    return sum(
        _says(step, tools, files) == (reply.text.strip(), _calls(reply))
        for step, reply in zip(steps, replies, strict=False)
    )


def _calls(reply: Said) -> tuple[tuple[str, str], ...]:
    return tuple((call.name, call.arguments) for call in reply.calls)


def _says(
    step: ExampleStep, tools: tuple[str, ...], files: Mapping[str, str]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    calls = in_tools_of(step.tool_calls, tools, files)
    return step.text.strip(), tuple((call.name, canonical_json(call.arguments)) for call in calls)
