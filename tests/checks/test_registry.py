"""A check is named and given parameters in a prompt file; what can't be used is refused there, with a hint."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from canary.checks.registry import (
    check_main_parameter,
    check_names,
    check_parameters,
    check_spec,
    find_check,
)
from canary.checks.table import BY_NAME, CHECKS
from canary.domain.canonical import Json
from tests.checks.test_checks import CASES

IFEVAL_IDS = {name for name in check_names() if ":" in name}


def test_names_are_unique_and_hold_all_instruction_types_of_ifeval() -> None:
    assert len(BY_NAME) == len(CHECKS)
    assert len(IFEVAL_IDS) == 25


@pytest.mark.parametrize("name", check_names())
def test_every_check_says_in_its_first_line_what_must_hold(name: str) -> None:
    first, *_ = (find_check(name).decide.__doc__ or "").splitlines()
    assert first.endswith(".")
    assert first[0].isupper()


def test_a_sentence_has_every_gap_filled() -> None:
    for case in CASES:
        sentence = case.prompt().checks[0].sentence
        assert sentence[0].islower()
        given = json.dumps(case.params, ensure_ascii=False)
        for gap in ("{", "}", "[", "]", "?", "!", "None"):
            assert gap not in sentence or gap in given, sentence


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("words", {"at_least": 90, "at_most": 110}, "has between 90 and 110 words"),
        ("words", {"at_least": 1}, "has at least 1 word"),
        ("words", {"at_least": 3, "at_most": 3}, "has exactly 3 words"),
        ("forbidden_words", ["ocean", "sea"], "uses none of the words “ocean”, “sea”"),
        ("required_words", ["a", "b", "c"], "uses “a”, “b” and “c”"),
        ("any_word", ["a", "b"], "uses “a” or “b”"),
        ("ends_with", {"text": "-- desk"}, "ends with “-- desk”"),
        ("calls", {"tool": "run_tests", "at_least": 1}, "calls run_tests at least once"),
        ("calls", {"exactly": 2}, "calls tools exactly twice"),
        ("calls", {"at_most": 3}, "calls tools at most 3 times"),
        ("contains", {"texts": ["x"], "ignore_case": True}, "contains “x”, in any case"),
        ("read_before_edit", {"path": "report.py"}, "reads report.py before editing it"),
        ("read_before_edit", None, "reads each file before editing it"),
        ("language", "de", "is written in German"),
        ("yes_no", False, "answers “no” with its first word"),
        ("json_equals", {"a": 1}, 'is the JSON value {"a": 1}'),
        ("table", {"columns": ["a", "b"]}, "has one Markdown table with the columns “a”, “b”"),
        ("table", {"at_least": 2}, "has one Markdown table of at least 2 rows"),
        ("has_line", {"line": "x", "at": "last"}, "has the line “x” as its last"),
        ("checklist", [{"tool": "t", "arguments": {"a": 1}}, {"tool": "u"}], 'carries out every step: t{"a": 1} and u'),
        ("expected_calls", [{"f": {"a": [1]}}, {"g": {}}], "makes the calls f and g in its first message, in any order and no other"),
        ("facts", [["a", "b"], ["c"]], "states “a” or “b” and “c”"),
        ("sorted_lines", None, "has its lines in ascending alphabetical order"),
        ("calls_after", {"tool": "t", "result": "ok", "at_most": 1}, "makes at most 1 call after t has answered “ok”"),
        ("no_phrases", ["minimal_fix", "budget"], "uses no watched phrase of the family minimal_fix and budget"),
        ("starts_with", "a" * 100, f"starts with “{'a' * 69}…”"),
        ("length_constraints:number_words", {"num_words": 300, "relation": "at least"}, "has at least 300 words"),
    ],
)  # fmt: skip
def test_a_sentence_reads_as_one(name: str, params: Json, sentence: str) -> None:
    assert check_spec(name, params).sentence == sentence


@pytest.mark.parametrize(
    ("name", "params", "problem"),
    [
        ("word", None, "there is no check named 'word'; did you mean 'words'?"),
        ("zzz", None, "there is no check named 'zzz'; `canary schema prompt` lists them"),
        ("words", {"at_leest": 3}, "check 'words' has no parameter 'at_leest'; did you mean 'at_least'?"),
        ("no_comma", {"zzz": 1}, "check 'no_comma' has no parameter 'zzz'; it takes none"),
        ("words", {"zzz": 1}, "check 'words' has no parameter 'zzz'; it takes at_least, at_most, exactly"),
        ("words", {"at_least": 5, "at_most": 3}, "check 'words' can't hold: at_least 5 is more than at_most 3"),
        ("words", {"exactly": 5, "at_most": 7}, "check 'words' takes either 'exactly' or a range, not both"),
        ("words", None, "check 'words' needs 'at_least', 'at_most' or 'exactly'"),
        ("words", {"at_least": "5"}, "check 'words' parameter 'at_least' must be a whole number, not '5'"),
        ("words", {"at_least": True}, "check 'words' parameter 'at_least' must be a whole number, not True"),
        ("words", {"at_least": -1}, "check 'words' parameter 'at_least' must be at least 0, not -1"),
        ("words", 5, "check 'words' takes a mapping of parameters, not 5"),
        ("exact", None, "check 'exact' needs the parameter 'text'"),
        ("exact", 42, "check 'exact' parameter 'text' must be a text, not 42"),
        ("exact", "", "check 'exact' parameter 'text' must not be empty"),
        ("forbidden_words", "sea", "check 'forbidden_words' parameter 'words' must be a list, not 'sea'"),
        ("forbidden_words", [], "check 'forbidden_words' parameter 'words' must not be empty"),
        ("forbidden_words", ["a", 1], "check 'forbidden_words' parameter 'words' must be a text, not 1 (item 1)"),
        ("letter_count", {"letter": "ab", "at_least": 1}, "check 'letter_count' parameter 'letter' must be 1 character long, not 'ab'"),
        ("matches", "(", "check 'matches' parameter 'pattern' is no regular expression: missing ), unterminated subpattern at position 0"),
        ("matches", "(a+)+$", "check 'matches' parameter 'pattern' can take exponential time: '(a+)+$' repeats inside a repeat; make the inner one possessive (`++`)"),
        ("json", {"schema": {"type": "objekt"}}, "check 'json' parameter 'schema' is no JSON Schema: 'objekt' is not valid under any of the given schemas"),
        ("json", {"schema": 1}, "check 'json' parameter 'schema' must be a mapping, not 1"),
        ("has_line", {"line": "x", "at": "frist"}, "check 'has_line' parameter 'at' must be one of 'any', 'first', 'last', not 'frist'; did you mean 'first'?"),
        ("choice", {"label": "D", "among": ["A", "B"]}, "check 'choice' can't hold: the label 'D' is not among ['A', 'B']"),
        ("checklist", [{"tol": "x"}], "check 'checklist' parameter 'calls' must have a tool and may have arguments, as in {tool: name, arguments: {key: value}} (item 0)"),
        ("checklist", [{"tool": "x", "args": {}}], "check 'checklist' parameter 'calls' has no place for 'args'; it takes tool and arguments (item 0)"),
        ("expected_calls", [{"f": {}, "g": {}}], "check 'expected_calls' parameter 'calls' must name one function, as in {function: {argument: [allowed values]}} (item 0)"),
        ("expected_calls", [{"f": {"a": 1}}], "check 'expected_calls' parameter 'calls' must be a list, not 1 (at 'a') (at 'f') (item 0)"),
        ("read_before_edit", "./a.py", "check 'read_before_edit' parameter 'path' must be written 'a.py', not './a.py'"),
        ("no_phrases", ["farewel"], "check 'no_phrases' parameter 'families' must be one of 'farewell', 'minimal_fix', 'placeholder', 'permission', 'budget', not 'farewel'; did you mean 'farewell'? (item 0)"),
        ("number", "4", "check 'number' parameter 'equals' must be a number, not '4'"),
        ("number", {"equals": 4, "tolerance": -1}, "check 'number' parameter 'tolerance' must be at least 0, not -1"),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "a"}, "check 'length_constraints:nth_paragraph_first_word' can't hold: there is no paragraph 3 among 2"),
        ("length_constraints:number_words", {"num_words": 2, "relation": "atleast"}, "check 'length_constraints:number_words' parameter 'relation' must be one of 'less than', 'at least', not 'atleast'; did you mean 'at least'?"),
        ("starts_with", {"text": ["x" * 80]}, f"check 'starts_with' parameter 'text' must be a text, not ['{'x' * 55}..."),
        ("questions", {}, "check 'questions' needs 'at_least', 'at_most' or 'exactly'"),
    ],
)  # fmt: skip
def test_what_can_t_be_used_is_refused_with_a_hint(name: str, params: Json, problem: str) -> None:
    with pytest.raises(ValueError, match=r".+") as refused:
        check_spec(name, params)
    assert str(refused.value) == problem


@pytest.mark.parametrize("on", [0, -1, True, "first", 1.5, None])
def test_on_is_last_each_or_a_turn_from_1(on: object) -> None:
    with pytest.raises(ValueError, match="'on' must be last, each or a turn's number from 1"):
        check_spec("no_comma", None, on)  # type: ignore[arg-type]
    assert [check_spec("no_comma", None, good).on for good in ("last", "each", 2)] == ["last", "each", 2]


@pytest.mark.parametrize(
    "pattern", ["(a+)*", "(?:x*y)+", "((ab){1,}){2,}", "(?=(a+)+)b", "(a|b+)+", "(a{0,99})*", r"(\w+\s?)+"]
)
def test_patterns_that_can_take_exponential_time_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="exponential"):
        check_spec("matches", pattern)


@pytest.mark.parametrize("pattern", ["(a++)+", "a+b+", "(ab)+", "(a{1,3})+", "(?:a|b)*c", "(?>a+)+"])
def test_patterns_that_can_not_are_taken(pattern: str) -> None:
    assert check_spec("matches", pattern).params == {"pattern": pattern}


def test_a_bare_value_stands_for_the_main_parameter() -> None:
    assert check_spec("exact", "42") == check_spec("exact", {"text": "42"})
    assert check_spec("json_equals", {"a": 1}).params == {"value": {"a": 1}}
    assert check_spec("json_equals", {"value": {"a": 1}}).params == {"value": {"a": 1}}
    assert check_main_parameter("exact") == "text"
    assert check_main_parameter("words") is None


def test_an_argument_that_is_null_is_no_argument() -> None:
    assert check_spec("words", {"at_least": 1, "at_most": None}).params == {"at_least": 1}
    assert check_spec("json_equals", {"value": None}).params == {"value": None}


@pytest.mark.parametrize("name", check_names())
def test_editors_are_told_every_parameter_as_a_json_schema(name: str) -> None:
    from jsonschema import Draft202012Validator

    schema = check_parameters(name)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for case in CASES:
        if case.check == name:
            assert validator.is_valid(check_spec(name, case.params).params)
    assert not validator.is_valid({"no such parameter": 1})


def _property(check: str, name: str) -> Mapping[str, Any]:
    schema: Any = check_parameters(check)
    found: Mapping[str, Any] = schema["properties"][name]
    return found


def test_a_schema_says_what_a_value_may_be() -> None:
    assert _property("words", "at_least") == {"type": "integer", "minimum": 0}
    assert check_parameters("matches")["required"] == ["pattern"]
    assert _property("matches", "pattern") == {"type": "string", "minLength": 1, "format": "regex"}
    assert _property("matches", "whole") == {"type": "boolean"}
    assert _property("contains", "texts") == {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
    }
    assert _property("letter_count", "letter") == {"type": "string", "minLength": 1, "maxLength": 1}
    assert _property("yes_no", "says") == {"anyOf": [{"enum": ["yes", "no"]}, {"type": "boolean"}]}
    assert "farewell" in _property("no_phrases", "families")["items"]["enum"]
    assert _property("number", "equals") == {"type": "number"}
    assert _property("call_arguments", "equals") == {"type": "object", "additionalProperties": {}}


def test_the_registry_is_read_without_what_a_check_needs() -> None:
    """Loading a prompt set must not pay for JSON Schema where no check needs it."""
    import subprocess
    import sys

    code = "import sys, canary.checks.registry as r; r.check_spec('exact', 'x'); print('jsonschema' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
