"""How an answer was reached is counted from its transcript."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from canary.checks.phrases import PHRASE_FAMILIES
from canary.checks.process import PHRASE_CHARACTERS, measures
from canary.checks.registry import check_spec
from canary.checks.score import StoredResponse, transcript_of
from canary.domain.canonical import Json
from canary.domain.suite import EnvironmentSpec, Prompt, Turn
from canary.domain.trial import Measures, Step, ToolCall, Transcript
from tests.checks.case import BAD_RATE, FIX, MISSED_EDIT, RATE, RATE_CALL, READ, TEST, WORLD, Call, said

PROMPT = Prompt(
    id="t/1",
    family="t",
    turns=(Turn(user="Mend it."),),
    environment=WORLD,
    checks=(check_spec("calls", {"at_least": 1}),),
)


def measured(*messages: str | Mapping[str, Json] | list[Call], prompt: Prompt = PROMPT) -> Measures:
    turns = [said("", *m) if isinstance(m, list) else m for m in messages]
    return measures(prompt, transcript_of(prompt, StoredResponse(where="t", data={"turns": turns})))


def test_calls_are_counted_valid_or_not() -> None:
    found = measured([READ, ("nope", {})], [("read_file", {}), ("read_file", "{")], [BAD_RATE], "Done.")
    assert (found.tool_calls, found.invalid_tool_calls, found.repeated_tool_calls) == (5, 3, 0)


def test_a_call_with_the_same_arguments_is_a_repeat_until_something_was_edited() -> None:
    assert measured([READ], [READ], [READ], "x").repeated_tool_calls == 2
    assert measured([TEST], [READ], [FIX], [TEST], "x").repeated_tool_calls == 0
    assert measured([TEST], [MISSED_EDIT], [TEST], "x").repeated_tool_calls == 1
    one: Call = ("get_rate", {"days": 1, "pair": "EURUSD"})
    other: Call = ("get_rate", {"pair": "EURUSD", "days": 1})
    assert measured([one, other], "x").repeated_tool_calls == 1
    assert measured([("get_rate", "{")], [("get_rate", "{")], "x").repeated_tool_calls == 1
    assert measured([("get_rate", "{")], [("get_rate", "{ ")], "x").repeated_tool_calls == 0


def test_reads_and_edits_are_counted_and_an_edit_of_an_unread_file_is_blind() -> None:
    found = measured([READ], [FIX], [("write_file", {"path": "notes.md", "text": ""})], "x")
    assert (found.reads, found.edits, found.blind_edits) == (1, 2, 1)
    assert measured([MISSED_EDIT], [READ], [FIX], "x").blind_edits == 1


def test_a_new_file_and_one_that_was_written_in_full_are_known() -> None:
    new: Call = ("write_file", {"path": "new.py", "text": "a"})
    again: Call = ("edit_file", {"path": "./new.py", "old_text": "a", "new_text": "b"})
    found = measured([new], [again], [again], "x")
    assert (found.edits, found.blind_edits) == (3, 0)


def test_invalid_reads_and_edits_are_neither() -> None:
    found = measured([("read_file", {}), ("edit_file", {"path": "report.py"})], "x")
    assert (found.reads, found.edits, found.blind_edits) == (0, 0, 0)


def test_work_on_files_is_not_measured_where_no_such_tool_is_offered() -> None:
    tables = replace(PROMPT, environment=EnvironmentSpec(tables=(RATE,)))
    for bare in (tables, replace(PROMPT, environment=None)):
        found = measured("x", prompt=bare)
        assert (found.reads, found.edits, found.blind_edits) == (None, None, None)
    reading = replace(PROMPT, environment=EnvironmentSpec(files={"a": ""}, tools=("read_file",)))
    assert measured("x", prompt=reading).reads == 0


def test_words_between_tools_are_a_mean_over_the_gaps_of_a_turn() -> None:
    found = measured(
        said("A long text before the first", READ), said("two words", TEST), said("", TEST), "The end of it."
    )
    assert (found.words_between_tools, found.final_words) == (1.0, 4)
    assert measured([READ], "x").words_between_tools is None
    assert measured("x").words_between_tools is None
    two = replace(PROMPT, turns=(*PROMPT.turns, Turn(user="And?")))
    assert measured([READ], "one two", said("three", TEST), "x", prompt=two).words_between_tools is None


def test_an_empty_answer_has_0_words_and_a_missing_one_none() -> None:
    assert measures(PROMPT, Transcript(steps=(Step(),))).final_words == 0
    assert measures(PROMPT, Transcript()).final_words is None


def test_letters_of_a_script_nobody_used_are_told() -> None:
    assert measured("All in Latin, π and naïve.").wrong_script is False
    assert measured("Latin and слово.").wrong_script is True
    assert measured([RATE_CALL], "Done.").wrong_script is False
    assert measures(PROMPT, Transcript(steps=(Step(text=" "),))).wrong_script is None


@pytest.mark.parametrize(
    "source",
    [
        {"system": "слово"},
        {"turns": (Turn(user="слово"),)},
        {"environment": EnvironmentSpec(files={"a": "слово"})},
        {"checks": (check_spec("contains", ["слово"]),)},
        {"checks": (check_spec("language", "ru"),)},
        {"checks": (check_spec("language:response_language", {"language": "bg"}),)},
        {"checks": (check_spec("script", ["cyrillic"]),)},
        {"checks": (check_spec("no_wrong_script", {"allow": ["cyrillic"]}),)},
    ],
)
def test_a_script_that_the_prompt_uses_or_asks_for_is_right(source: dict[str, object]) -> None:
    assert measured("Latin and слово.", prompt=replace(PROMPT, **source)).wrong_script is False  # type: ignore[arg-type]


PHRASES = {
    "farewell": "Enjoy the rest of your weekend!",
    "minimal_fix": "I made a minimal fix; the rest is out of scope.",
    "placeholder": "# your implementation goes here",
    "permission": "Would you like me to go on? Should I proceed?",
    "budget": "I'm running low on context, so I stop.",
}


@pytest.mark.parametrize("family", PHRASE_FAMILIES)
def test_watched_phrases_are_counted_by_family(family: str) -> None:
    found = measured(said(PHRASES[family], READ), "The total is right now.").phrases
    assert found.get(family, 0) >= 1
    assert set(found) == {family}


def test_curly_apostrophes_make_no_difference_and_counts_add_up() -> None:
    assert measured("If you’d like, I can go on. If you'd like, I can stop.").phrases == {"permission": 2}
    assert measured("Nothing of that kind.").phrases == {}


def test_phrases_are_sought_in_the_beginning_of_a_long_conversation() -> None:
    assert measured("x " * PHRASE_CHARACTERS + "Enjoy your weekend!").phrases == {}


def test_arguments_that_json_can_t_say_are_compared_all_the_same() -> None:
    call = ToolCall(id="1", name="a", arguments={"x": float("nan")}, arguments_text="{}")
    assert measures(PROMPT, Transcript(steps=(Step(tool_calls=(call, call)),))).repeated_tool_calls == 1
