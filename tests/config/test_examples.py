"""Whether examples prove their checks."""

from dataclasses import replace

import pytest

from canary.config.examples import check_examples
from canary.config.prompts import load_suite
from canary.domain.suite import Example, ExampleCall, ExampleStep, Prompt, Suite
from tests.config.samples import PROMPTS_YAML, write


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return load_suite(write(tmp_path_factory.mktemp("prompts"), {"tools.yaml": PROMPTS_YAML}))


def text(*messages: str) -> Example:
    return Example(steps=tuple(ExampleStep(text=message) for message in messages))


def told(prompt: Prompt) -> list[str]:
    return [str(finding) for finding in check_examples(Suite(prompts=(prompt,)))]


def test_examples_that_prove_every_check_leave_nothing_to_say(suite: Suite) -> None:
    assert check_examples(suite) == []


def test_a_prompt_without_examples_is_told_so(suite: Suite) -> None:
    bare = replace(suite.by_id["tools/band-01"], passing=(), failing=())
    assert told(bare) == [
        "tools/band-01: examples.pass: there is no example; add an answer that must pass",
        "tools/band-01: examples.fail: there is no example; add an answer that must fail",
    ]


def test_a_passing_example_that_fails_is_told_with_the_check_and_what_it_found(suite: Suite) -> None:
    prompt = replace(suite.by_id["tools/band-01"], passing=(text("Short, but about the sea."), text("Sea.")))
    first, second, third = told(prompt)
    assert first.startswith("tools/band-01: examples.pass[0]: fails checks[1] forbidden_words (")
    assert "sea" in first
    assert second.startswith("tools/band-01: examples.pass[1]: fails checks[0] words (1 word")
    assert third.startswith("tools/band-01: examples.pass[1]: fails checks[1] forbidden_words (")
    assert first.endswith("; correct the example or the check")


def test_a_failing_example_that_passes_is_told(suite: Suite) -> None:
    prompt = suite.by_id["tools/band-01"]
    prompt = replace(prompt, failing=(*prompt.failing, text("Four words are enough.")))
    (finding,) = told(prompt)
    assert finding.startswith("tools/band-01: examples.fail[2]: passes every check; make it break one")


def test_a_check_that_no_failing_example_fails_is_told(suite: Suite) -> None:
    prompt = suite.by_id["tools/band-01"]
    prompt = replace(prompt, failing=prompt.failing[:1])
    assert told(prompt) == [
        "tools/band-01: checks[1] forbidden_words: no failing example fails it; add one that does, or remove the check"
    ]


def test_an_example_of_the_wrong_number_of_messages_is_told(suite: Suite) -> None:
    prompt = suite.by_id["tools/signature-01"]
    short, long = text("a"), text("a", "b", "c")
    findings = told(replace(prompt, passing=(short, *prompt.passing), failing=(*prompt.failing, long)))
    assert [finding.split("; ")[0] for finding in findings] == [
        "tools/signature-01: examples.pass[0]: the example has 1 assistant messages, the conversation wants more",
        "tools/signature-01: examples.fail[1]: the example has 3 assistant messages, the conversation ends after 2",
    ]


def test_a_passing_example_beyond_the_call_limit_is_told(suite: Suite) -> None:
    prompt = suite.by_id["tools/read-before-edit-01"]
    world = prompt.environment
    assert world is not None
    calls = (
        ExampleCall(name="read_file", arguments={"path": "report.py"}),
        ExampleCall(name="run_tests", arguments={}),
        ExampleCall(name="run_tests", arguments={}),
    )
    cut = Example(steps=(ExampleStep(tool_calls=calls),))
    prompt = replace(prompt, passing=(cut,), environment=replace(world, max_calls=2))
    assert any("examples.pass[0]" in finding for finding in told(prompt))


def test_every_finding_names_its_prompt_and_is_one_line(suite: Suite) -> None:
    broken = Suite(
        prompts=tuple(
            replace(prompt, passing=prompt.failing, failing=prompt.passing) for prompt in suite.prompts
        )
    )
    findings = check_examples(broken)
    assert {finding.prompt for finding in findings} == set(suite.by_id)
    assert not any("\n" in str(finding) for finding in findings)
