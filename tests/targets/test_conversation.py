"""The driver's own part, with no protocol and no network behind it."""

from collections.abc import Mapping

import openai
import pytest

from canary.domain.dialogue import Ask
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Failure, Step, ToolCall, TrialKey
from canary.targets.conversation import ApiTarget, Wire, request_id
from canary.targets.failures import Explainer, Unanswered
from canary.targets.redaction import Redactor
from tests.fakes import FakeClock, conditions
from tests.targets.talk import TOOLS, prompt


class FakeWire(Wire):
    """Plays what it is given: steps are answered, exceptions raised."""

    def __init__(self, *script: Step | Exception) -> None:
        self._script = list(script)
        self.asked: list[Ask] = []
        self.closed = False

    @property
    def fingerprint(self) -> Mapping[str, str]:
        return {"sdk": "fake"}

    async def send(self, ask: Ask, prompt: Prompt, request_id: str) -> Step:
        self.asked.append(ask)
        item = self._script.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    async def close(self) -> None:
        self.closed = True


def target(wire: FakeWire, key: str = "canary-secret-key") -> ApiTarget:
    """A target on a fake wire."""
    explainer = Explainer(sdk=openai, redactor=Redactor((key,)), host="host")
    spec = TargetSpec(name="t", provider="openai", model="m")
    return ApiTarget(spec=spec, wire=wire, explainer=explainer, clock=FakeClock())


async def test_a_defect_of_ours_is_the_trials_failure_with_its_place_and_without_the_key() -> None:
    wire = FakeWire(Step(text="one"), ZeroDivisionError("with canary-secret-key"))
    transcript = await target(wire).attempt(prompt("First?", "Second?"), conditions())
    assert transcript.failure is not None
    assert (transcript.failure.kind, transcript.failure.retryable) == ("internal", False)
    assert transcript.failure.message.startswith(
        "ZeroDivisionError: with [redacted] at test_conversation.py:"
    )
    assert [step.text for step in transcript.steps] == ["one"]
    assert [attempt.failure and attempt.failure.kind for attempt in transcript.attempts] == [None, "internal"]
    assert transcript.fingerprint == {"sdk": "fake"}


async def test_a_defect_in_the_tools_keeps_the_answer_that_was_paid_for() -> None:
    unhashable = ToolCall(id="c", name=["no", "name"], arguments={}, arguments_text="{}")  # type: ignore[arg-type]
    wire = FakeWire(Step(text="paid", tool_calls=(unhashable,), stop="tool_use"))
    transcript = await target(wire).attempt(prompt(environment=TOOLS), conditions())
    assert transcript.failure is not None
    assert transcript.failure.kind == "internal"
    assert [step.text for step in transcript.steps] == ["paid"]


async def test_a_call_beyond_the_limit_ends_the_trial_as_answered() -> None:
    call = ToolCall(id="c", name="read_file", arguments={"path": "notes.txt"}, arguments_text="{}")
    wire = FakeWire(*[Step(tool_calls=(call,) * 3, stop="tool_use")] * 2)
    transcript = await target(wire).attempt(prompt(environment=TOOLS), conditions())
    assert (transcript.failure, transcript.stop, len(wire.asked)) == (None, "call_limit", 2)


async def test_a_failure_after_some_answers_keeps_their_tool_results() -> None:
    call = ToolCall(id="c", name="read_file", arguments={"path": "notes.txt"}, arguments_text="{}")
    gone = Unanswered(Failure(kind="authentication", message="no", retryable=False), "req_9")
    wire = FakeWire(Step(tool_calls=(call,), stop="tool_use"), gone)
    transcript = await target(wire).attempt(prompt(environment=TOOLS), conditions())
    assert transcript.failure == gone.failure
    assert transcript.attempts[-1].request_id == "req_9"
    (step,) = transcript.steps
    assert step.tool_calls[0].result is not None
    assert step.tool_calls[0].result.text == "one\n"


async def test_closing_the_target_closes_its_wire() -> None:
    wire = FakeWire()
    await target(wire).close()
    assert wire.closed


@pytest.mark.parametrize("run", ["20260301T060000Z-manual", "märz\n1", ""])
def test_an_id_is_something_a_header_can_carry(run: str) -> None:
    sent = request_id(TrialKey(run=run, target="t", prompt="p/ü", replicate=1), 3)
    assert sent.isascii()
    assert sent.isprintable()
    assert " " not in sent
    assert sent.endswith(".3")


def test_an_ids_middle_is_the_trials_own_whatever_the_run() -> None:
    def middle(run: str, prompt_id: str) -> str:
        return request_id(TrialKey(run=run, target="t", prompt=prompt_id, replicate=1), 1).split(".")[1]

    assert middle("r1", "p/a") == middle("r2", "p/a") != middle("r1", "p/b")
    assert middle("r1", "p/a") == "f40cbb589d4fc5e9"
