"""Stored responses are graded as a model's would be, and none is dropped in silence."""

from collections.abc import Mapping

import pytest

from canary.checks.registry import check_spec
from canary.checks.score import StoredResponse, score, transcript_of
from canary.domain.canonical import Json
from canary.domain.errors import RecordError
from canary.domain.suite import CheckSpec, Prompt, Suite, Turn
from tests.checks.case import WORLD


def prompt(name: str, *checks: CheckSpec, turns: int = 1) -> Prompt:
    return Prompt(
        id=name,
        family=name.partition("/")[0],
        turns=(Turn(user="Say it."),) * turns,
        environment=WORLD,
        checks=checks,
    )


YES = prompt("a/1", check_spec("exact", "yes"), check_spec("no_comma"))
CALL = prompt("b/2", check_spec("calls", {"tool": "get_rate", "exactly": 1}))
TALK = prompt("b/3", check_spec("exact", "yes", "each"), turns=2)
SUITE = Suite(prompts=(YES, CALL, TALK))


def stored(*rows: Mapping[str, Json]) -> list[StoredResponse]:
    return [StoredResponse(where=f"file, line {n}", data=row) for n, row in enumerate(rows, start=1)]


RATE: Json = [{"name": "get_rate", "arguments": {"pair": "EURUSD"}}]
ALL: tuple[Mapping[str, Json], ...] = (
    {"prompt": "b/3", "turns": ["yes", "no"]},
    {"key": 1, "response": "**yes**", "model": "m"},
    {"prompt": "b/2", "tool_calls": RATE},
)


def test_the_answer_is_that_of_the_contract_in_the_suite_s_order() -> None:
    assert score(SUITE, stored(*ALL)).record() == {
        "schema": 1,
        "prompts": 3,
        "prompt_strict": 1 / 3,
        "prompt_loose": 2 / 3,
        "instruction_strict": 2 / 4,
        "instruction_loose": 3 / 4,
        "results": [
            {
                "prompt": "a/1",
                "strict": [False, True],
                "loose": [True, True],
                "checks": ["exact", "no_comma"],
            },
            {"prompt": "b/2", "strict": [True], "loose": [True], "checks": ["calls"]},
            {"prompt": "b/3", "strict": [False], "loose": [False], "checks": ["exact"]},
        ],
    }


def test_a_share_of_nothing_is_unknown() -> None:
    record = score(SUITE, [], partial=True).record()
    assert (record["prompts"], record["prompt_strict"], record["instruction_loose"]) == (0, None, None)


def test_a_null_response_fails_every_check() -> None:
    card = score(Suite(prompts=(YES,)), stored({"prompt": "a/1", "response": None}))
    assert [r.strict or r.loose for r in card.scored[0].results] == [False, False]


def test_responses_that_do_not_match_the_suite_are_refused_unless_partial() -> None:
    missing, strange = ALL[:2], (*ALL, {"prompt": "x/9", "response": "a"})
    with pytest.raises(RecordError, match="1 of 3 prompts have no response, the first is b/2; add them"):
        score(SUITE, stored(*missing))
    with pytest.raises(RecordError, match="file, line 4: there is no prompt 'x/9'"):
        score(SUITE, stored(*strange))
    assert len(score(SUITE, stored(*missing), partial=True).scored) == 2
    assert len(score(SUITE, stored(*strange), partial=True).scored) == 3


def test_responses_none_of_which_has_a_prompt_are_refused_even_if_partial() -> None:
    with pytest.raises(
        RecordError, match="no response belongs to a prompt of the suite; the first is to 'x/9'"
    ):
        score(SUITE, stored({"prompt": "x/9", "response": "a"}, {"key": 7, "response": "b"}), partial=True)


def test_a_short_name_that_two_prompts_share_names_neither() -> None:
    twice = Suite(prompts=(YES, prompt("c/1", check_spec("exact", "no"))))
    with pytest.raises(RecordError, match="there is no prompt '1'"):
        score(twice, stored({"key": 1, "response": "yes"}))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"response": "yes"}, "names no prompt"),
        ({"prompt": None, "key": True, "response": "yes"}, "names no prompt"),
        ({"prompt": "a/1"}, "has none of response, turns and tool_calls"),
        ({"prompt": "a/1", "response": "yes", "turns": ["yes"]}, "has response and turns"),
        ({"prompt": "a/1", "response": 1}, "`response` must be a text"),
        ({"prompt": "a/1", "turns": []}, "`turns` must be a list of messages"),
        ({"prompt": "a/1", "turns": "yes"}, "`turns` must be a list of messages"),
        ({"prompt": "a/1", "turns": [1]}, "a message must be a text"),
        ({"prompt": "a/1", "turns": [{"text": 1}]}, "a message must be a text"),
        ({"prompt": "a/1", "turns": ["yes", "yes"]}, "has 2 messages, the conversation ends after 1"),
        ({"prompt": "b/3", "turns": ["yes"]}, "has 1 messages, the conversation of b/3 wants more"),
        ({"prompt": "b/3", "tool_calls": RATE}, "wants more"),
        ({"prompt": "b/2", "tool_calls": "x"}, "`tool_calls` must be a list"),
        ({"prompt": "b/2", "tool_calls": ["x"]}, "a tool call must have a name"),
        ({"prompt": "b/2", "tool_calls": [{"arguments": {}}]}, "a tool call must have a name"),
    ],
)
def test_a_response_that_can_t_be_read_is_refused_with_its_line(
    row: Mapping[str, Json], problem: str
) -> None:
    with pytest.raises(RecordError, match=problem) as refused:
        score(SUITE, stored(row))
    assert refused.value.where == "file, line 1"


def test_two_responses_to_one_prompt_are_refused() -> None:
    with pytest.raises(RecordError, match="a/1 has a response already"):
        score(SUITE, stored({"key": 1, "response": "a"}, {"prompt": "a/1", "response": "b"}), partial=True)


def test_tool_calls_are_answered_by_the_environment_and_need_no_closing_message() -> None:
    row: dict[str, Json] = {"prompt": "b/2", "turns": [{"text": "Let me see.", "tool_calls": RATE}]}
    (response,) = stored(row)
    transcript = transcript_of(CALL, response)
    (step,) = transcript.steps
    (call,) = step.tool_calls
    assert step.text == "Let me see."
    assert call.result is not None
    assert call.result.text == '{"rate": 1.25}'


def test_arguments_may_be_the_text_a_provider_sends() -> None:
    def call(arguments: Json) -> Json:
        row: dict[str, Json] = {"prompt": "b/2", "tool_calls": [{"name": "get_rate", "arguments": arguments}]}
        return transcript_of(CALL, stored(row)[0]).tool_calls[0].arguments

    assert call('{"pair": "EURUSD"}') == {"pair": "EURUSD"}
    assert [call(bad) for bad in ("{", "[1]", "[" * 100_000, 5, None)] == [None] * 5


def test_no_tool_calls_recorded_as_an_empty_list_are_an_answer() -> None:
    abstain = prompt("d/1", check_spec("no_calls"))
    card = score(Suite(prompts=(abstain,)), stored({"prompt": "d/1", "tool_calls": []}))
    assert card.prompt_strict == 1.0
    silent = score(Suite(prompts=(abstain,)), stored({"prompt": "d/1", "response": ""}))
    assert silent.prompt_strict == 0.0


def test_a_turn_s_text_may_be_null_beside_its_calls() -> None:
    row: dict[str, Json] = {"prompt": "b/2", "turns": [{"text": None, "tool_calls": RATE}, "Done."]}
    assert score(Suite(prompts=(CALL,)), stored(row)).prompt_strict == 1.0
