"""A grade says what held, on which turn, and never takes silence for an answer."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.checks.grading import DETAIL_CHARACTERS, TEXT_NOT_RECORDED, grade, printable
from canary.checks.registry import check_spec
from canary.checks.table import BY_NAME
from canary.domain.suite import On, Prompt, Turn
from canary.domain.trial import CheckResult, Failure, Step, Stop, ToolCall, Transcript
from tests.checks.case import WORLD, Case
from tests.checks.test_checks import CASES

BY_CHECK = {case.check: case for case in reversed(CASES)}


def prompt(*checks: tuple[str, object, On], turns: int = 1) -> Prompt:
    return Prompt(
        id="tests/one",
        family="tests",
        turns=(Turn(user="Say it."),) * turns,
        environment=WORLD,
        checks=tuple(check_spec(name, params, on) for name, params, on in checks),  # type: ignore[arg-type]
    )


def said(*texts: str, stop: Stop = "end") -> Transcript:
    return Transcript(
        steps=tuple(Step(text=text, turn=turn, stop=stop) for turn, text in enumerate(texts)), stop=stop
    )


def test_a_prompt_is_passed_when_every_check_passes_and_its_score_is_the_share_that_does() -> None:
    asked = prompt(
        ("exact", "yes", "last"), ("no_comma", None, "last"), ("characters", {"at_most": 2}, "last")
    )
    half = grade(asked, said("yes"))
    assert [result.strict for result in half.results] == [True, True, False]
    assert (half.passed, half.score) == (False, 2 / 3)
    whole = grade(prompt(("exact", "yes", "last")), said("yes"))
    assert (whole.passed, whole.score, whole.turns_passed) == (True, 1.0, ())


@pytest.mark.parametrize("stop", ["refusal", "max_tokens", "context_window"])
def test_a_refused_or_cut_off_answer_is_never_passed_but_its_checks_are_judged(stop: Stop) -> None:
    cut = grade(prompt(("exact", "yes", "last")), said("yes", stop=stop))
    assert cut.results[0].strict
    assert (cut.passed, cut.score) == (False, 1.0)


def test_a_conversation_ended_by_its_call_limit_is_not_passed() -> None:
    ended = replace(said("yes"), stop="call_limit")
    assert not grade(prompt(("exact", "yes", "last")), ended).passed


def test_a_failed_call_is_not_passed() -> None:
    failed = replace(said("yes"), failure=Failure(kind="timeout", message="late", retryable=True))
    assert not grade(prompt(("exact", "yes", "last")), failed).passed


@pytest.mark.parametrize("name", sorted(BY_NAME))
@pytest.mark.parametrize(
    ("transcript", "reason"),
    [
        (Transcript(stop="end"), "no answer: the turn was not reached"),
        (said(""), "no answer: "),
        (said(" \n\t"), "no answer: "),
    ],
    ids=["nothing", "empty", "blank"],
)
def test_silence_passes_no_check_and_says_so(name: str, transcript: Transcript, reason: str) -> None:
    case = replace(BY_CHECK[name], asked=("Do it.",), on="last")
    (result,) = grade(case.prompt(), transcript).results
    assert (result.strict, result.loose) == (False, False)
    assert (result.detail or "").startswith(reason)


def test_calls_without_a_text_are_an_answer_to_a_check_of_calls_alone() -> None:
    call = ToolCall(id="1", name="run_tests", arguments={}, arguments_text="{}")
    calling = Transcript(steps=(Step(tool_calls=(call,)),), stop="tool_use")
    graded = grade(prompt(("calls", {"exactly": 1}, "last"), ("words", {"at_most": 9}, "last")), calling)
    assert [result.strict for result in graded.results] == [True, False]
    assert graded.results[1].detail == "no answer: the text is empty"


def test_calls_that_were_recorded_as_none_are_an_answer() -> None:
    recorded = Transcript(steps=(Step(flags=(TEXT_NOT_RECORDED,)),), stop="end")
    assert grade(prompt(("no_calls", None, "last")), recorded).passed


def test_a_check_reads_the_last_turn_unless_it_names_another() -> None:
    asked = prompt(("exact", "b", "last"), ("exact", "a", 1), ("exact", "b", 2), ("exact", "a", 2), turns=2)
    assert [r.strict for r in grade(asked, said("a", "b")).results] == [True, True, True, False]


def test_a_check_on_each_turn_passes_when_every_turn_does_and_tells_the_first_that_does_not() -> None:
    asked = prompt(
        ("ends_with", "!", "each"), ("no_comma", None, "each"), ("words", {"at_least": 1}, 1), turns=3
    )
    graded = grade(asked, said("a!", "b, c!", "d"))
    assert graded.turns_passed == (True, False, False)
    assert [r.strict for r in graded.results] == [False, False, True]
    assert (graded.results[0].detail or "").startswith("turn 3: ")
    assert (graded.results[1].detail or "").startswith("turn 2: 1 comma")


def test_a_turn_that_was_never_reached_is_not_passed() -> None:
    asked = prompt(("ends_with", "!", "each"), turns=3)
    graded = grade(asked, said("a!", "b!"))
    assert graded.turns_passed == (True, True, False)
    assert graded.results[0].detail == "turn 3: no answer: the turn was not reached"


def test_each_turn_is_judged_loosely_on_its_own() -> None:
    asked = prompt(("exact", "yes", "each"), turns=2)
    assert [(r.strict, r.loose) for r in grade(asked, said("yes", "**yes**")).results] == [(False, True)]
    assert [(r.strict, r.loose) for r in grade(asked, said("**yes**", "no")).results] == [(False, False)]


def test_the_last_reply_of_a_turn_is_its_answer() -> None:
    steps = (Step(text="a", turn=0), Step(text="b", turn=0))
    assert grade(prompt(("exact", "b", "last")), Transcript(steps=steps, stop="end")).passed


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\ud800b", "a\u202eb", "a\x1b[31mb", "a\nb", "a\x85b", "a\u2028b"]
)
def test_what_is_shown_of_a_model_s_text_is_one_line_without_characters_that_act(text: str) -> None:
    shown = printable(text)
    assert shown.encode()
    assert shown.isprintable()
    assert shown.split()[0].startswith("a")


def test_what_is_shown_is_short() -> None:
    assert printable("x" * 1000) == "x" * (DETAIL_CHARACTERS - 1) + "…"
    assert printable("x" * DETAIL_CHARACTERS) == "x" * DETAIL_CHARACTERS
    assert printable(" " * 10_000 + "x").endswith("…")


@given(text=st.text(st.characters(exclude_categories=[]), max_size=80), data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_text_gets_a_grade_from_any_check(text: str, data: st.DataObject) -> None:
    case: Case = data.draw(st.sampled_from(CASES))
    result = replace(case, says=text, asked=("Do it.",), on="last").result()
    assert result.loose or not result.strict
    assert result.detail
    assert len(result.detail) <= DETAIL_CHARACTERS


NASTY = {
    "surrogates": "\ud800\udfff",
    "null bytes": "\x00",
    "deep JSON": "[",
    "deep JSON objects": '{"a":',
    "words": "word ",
    "newlines": "\n",
    "lines": "a\n",
    "open fences": "```\n",
    "brackets": "[<(*",
    "digits": "9",
    "digits and commas": "1,",
    "abbreviations": "A. b. Mr. e.g. ",
    "dots": ". ",
    "tables": "|a|b|\n|-|-|\n",
    "combining marks": "e\u0301",
    "quotes": "a'\"",
    "asterisks": "*a ",
    "blocks": "<<<<<<< SEARCH\nb\n=======\nb\n>>>>>>> REPLACE\n",
    "hunks": "@@ -1 +1 @@\n+a\n",
}


def hostile_results(name: str, length: int) -> list[CheckResult]:
    case = replace(BY_CHECK[name], asked=("Do it.",), on="last")
    texts = [(unit * length)[:length] + end for unit in NASTY.values() for end in ("", "x")]
    return [replace(case, says=text).result() for text in texts]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_no_check_raises_on_hostile_texts(name: str) -> None:
    assert all(result.detail for result in hostile_results(name, 3_000))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_no_check_stalls_on_a_million_hostile_characters(name: str) -> None:
    """A check that took quadratic time on one of them would not come back."""
    assert all(result.detail for result in hostile_results(name, 1_000_000))


@given(
    calls=st.lists(
        st.tuples(
            st.text(max_size=8),
            st.one_of(st.none(), st.dictionaries(st.text(max_size=4), st.text(max_size=9), max_size=3)),
        ),
        max_size=5,
    ),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_any_transcript_gets_a_grade_from_any_check(
    calls: list[tuple[str, dict[str, str] | None]], data: st.DataObject
) -> None:
    case: Case = data.draw(st.sampled_from(CASES))
    made = tuple(ToolCall(id="1", name=name, arguments=a, arguments_text=str(a)) for name, a in calls)
    steps = (Step(text="x", tool_calls=made), Step(text="y", turn=data.draw(st.integers(0, 3))))
    graded = grade(replace(case, on="last").prompt(), Transcript(steps=steps, stop="end"))
    assert len(graded.results) == 1


def test_the_same_answer_always_gets_the_same_grade() -> None:
    for case in CASES[::7]:
        assert case.grade() == case.grade()
