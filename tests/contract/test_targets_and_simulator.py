"""The targets against a provider written by other hands: what one side says the other understands."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from canary.domain.dialogue import play
from canary.domain.suite import (
    EnvironmentSpec,
    Example,
    ExampleCall,
    ExampleStep,
    Prompt,
    Suite,
    Turn,
)
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Transcript
from canary.simulate.behaviour import Behaviour
from canary.simulate.faults import Fault, FaultKind
from canary.simulate.models import RETIRING_MODEL
from canary.simulate.server import SimulatedProvider
from canary.targets.registry import build_target
from tests.fakes import FakeClock, conditions
from tests.targets.dialects import DIALECTS, Dialect

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.provider)

READING = (
    ExampleCall(name="list_files", arguments={}),
    ExampleCall(name="read_file", arguments={"path": "a.txt"}),
)
PROMPTS = (
    Prompt(
        id="plain/one",
        family="plain",
        system="Be brief.",
        turns=(Turn(user="Say hello in two words."), Turn(user="Now shorter.")),
        checks=(),
        passing=(
            Example(
                steps=(ExampleStep(text="Hello there."), ExampleStep(text="Hi ☃ \U0001f600.")),
            ),
        ),
    ),
    Prompt(
        id="tools/two",
        family="tools",
        turns=(Turn(user="What is in a.txt?"), Turn(user="Write it to b.txt.")),
        environment=EnvironmentSpec(
            files={"a.txt": "alpha\n"}, tools=("list_files", "read_file", "write_file")
        ),
        checks=(),
        passing=(
            Example(
                steps=(
                    ExampleStep(text="Let me look.", tool_calls=READING),
                    ExampleStep(text="It says alpha."),
                    ExampleStep(
                        tool_calls=(
                            ExampleCall(name="write_file", arguments={"path": "b.txt", "text": "alpha"}),
                        )
                    ),
                    ExampleStep(text="Written."),
                )
            ),
        ),
    ),
)
THOUGHTFUL = {"anthropic": TargetOptions(thinking="adaptive")}
SUITE = Suite(prompts=PROMPTS)
PERFECT = Behaviour(pass_rate=1.0, reasoning_content=True, zero_reasoning_rate=0.0)


async def attempt(
    dialect: Dialect,
    provider: SimulatedProvider,
    *,
    prompts: Sequence[Prompt] = PROMPTS[:1],
    api_key: str = "sk-canary-0123456789",
    model: str = "model-1",
    strict: bool = True,
) -> list[Transcript]:
    """One trial of each prompt."""
    spec = TargetSpec(
        name="t",
        provider=dialect.provider,
        model=model,
        base_url=provider.base_url + dialect.root,
        options=THOUGHTFUL.get(dialect.provider, TargetOptions()),
        timeout_s=20,
    )
    system = build_target(spec, api_key=api_key, clock=FakeClock(), strict=strict)
    try:
        return [await system.attempt(prompt, conditions(prompt=prompt.id)) for prompt in prompts]
    finally:
        await system.close()


@every_dialect
async def test_a_perfect_model_gives_the_very_transcript_of_the_passing_example(dialect: Dialect) -> None:
    with SimulatedProvider(SUITE, PERFECT) as provider:
        transcripts = await attempt(dialect, provider, prompts=PROMPTS)
    for prompt, got in zip(PROMPTS, transcripts, strict=True):
        wanted = play(prompt, prompt.passing[0])
        assert got.failure is None, got.failure
        assert [step.text for step in got.steps] == [step.text for step in wanted.steps]
        assert [(c.name, c.arguments, c.result) for c in got.tool_calls] == [
            (c.name, c.arguments, c.result) for c in wanted.tool_calls
        ]
        assert (got.stop, got.files) == (wanted.stop, wanted.files)
        assert all(step.usage and step.usage.reasoning_tokens for step in got.steps)
        assert all(step.flags == () and step.served_model == "model-1" for step in got.steps)
    assert all(request.body["stream"] for request in provider.requests)


PASSING: Sequence[FaultKind] = (
    "rate_limited",
    "rate_limited_date",
    "rate_limited_ms",
    "rate_limited_bare",
    "overloaded",
    "unavailable",
    "server_error",
    "bad_gateway",
    "cut",
    "malformed",
    "error_event",
    "failed",
    "html",
)


@every_dialect
async def test_what_goes_wrong_twice_is_got_over(dialect: Dialect) -> None:
    faults = [Fault(kind=kind, first=2, model=kind) for kind in PASSING]
    with SimulatedProvider(SUITE, PERFECT, faults=faults) as provider:
        for kind in PASSING:
            (transcript,) = await attempt(dialect, provider, model=kind)
            assert transcript.failure is None, (kind, transcript.failure)
            assert [a.failure is None for a in transcript.attempts] == [False, False, True, True], kind


@every_dialect
@pytest.mark.parametrize(
    ("kind", "failure", "attempts"),
    [("quota", "quota", 1), ("rate_limited_long", "rate_limited", 1), ("overloaded", "overloaded", 4)],
)
async def test_what_does_not_pass_is_a_failed_trial(
    dialect: Dialect, kind: FaultKind, failure: str, attempts: int
) -> None:
    with SimulatedProvider(SUITE, PERFECT, faults=[Fault(kind=kind)]) as provider:
        (transcript,) = await attempt(dialect, provider)
    assert transcript.failure is not None
    assert (transcript.failure.kind, len(transcript.attempts)) == (failure, attempts)


@every_dialect
@pytest.mark.parametrize("kind", ["no_usage", "unknown_block"])
async def test_oddities_are_kept_and_flagged(dialect: Dialect, kind: FaultKind) -> None:
    with SimulatedProvider(SUITE, PERFECT, faults=[Fault(kind=kind)]) as provider:
        (transcript,) = await attempt(dialect, provider, strict=False)
    assert transcript.failure is None
    assert any(flag.startswith(kind) for step in transcript.steps for flag in step.flags)


@every_dialect
async def test_a_wrong_key_and_an_unknown_model_are_told_apart(dialect: Dialect) -> None:
    with SimulatedProvider(SUITE, PERFECT) as provider:
        (refused,) = await attempt(dialect, provider, api_key="sk-wrong-0123456789")
        (missing,) = await attempt(dialect, provider, model="no-such-model")
    assert refused.failure is not None
    assert missing.failure is not None
    assert (refused.failure.kind, missing.failure.kind) == ("authentication", "not_found")
    assert "sk-wrong" not in repr(refused)


@every_dialect
async def test_a_refusal_is_graded(dialect: Dialect) -> None:
    with SimulatedProvider(SUITE, replace(PERFECT, refusal_rate=1.0)) as provider:
        (transcript,) = await attempt(dialect, provider)
    assert transcript.failure is None
    assert transcript.refused


@every_dialect
async def test_when_the_model_is_retired_is_told_with_every_trial_and_asked_once(dialect: Dialect) -> None:
    with SimulatedProvider(SUITE, PERFECT) as provider:
        told = await attempt(dialect, provider, prompts=PROMPTS, model=RETIRING_MODEL)
        asked = provider.lookups
    assert [transcript.fingerprint["model_retires"] for transcript in told] == ["2027-01-31", "2027-01-31"]
    assert len(asked) == 1


@every_dialect
async def test_a_model_that_stays_is_told_so_where_the_list_has_a_place_for_it(dialect: Dialect) -> None:
    with SimulatedProvider(SUITE, PERFECT) as provider:
        (told,) = await attempt(dialect, provider)
    assert told.fingerprint["model_retires"] == "none"
