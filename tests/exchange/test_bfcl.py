"""Published function-calling cases become prompts, and calls known to be right or wrong are graded so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from canary.checks.registry import grade
from canary.checks.score import StoredResponse, transcript_of
from canary.domain.errors import RecordError
from canary.domain.suite import Prompt, Turn
from canary.exchange.bfcl import function_name, read_bfcl
from tests.exchange.test_suites import jsonl, reloaded

WEATHER: Mapping[str, Any] = {
    "name": "weather.get",
    "description": "Weather of a place.",
    "parameters": {
        "type": "dict",
        "properties": {
            "place": {"type": "string", "description": "A city.", "enum": ["Rome", "Oslo"]},
            "days": {"type": "integer", "required": True},
            "hours": {"type": "tuple", "items": {"type": "float"}},
            "detail": {"type": "any"},
        },
        "required": ["place", "place"],
    },
}
CASE: Mapping[str, Any] = {
    "id": "simple_python_0",
    "question": [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather in Rome?"}]
    ],
    "function": [WEATHER],
}
TRUTH: Mapping[str, Any] = {
    "id": "simple_python_0",
    "ground_truth": [{"weather.get": {"place": ["Rome"], "days": [1, ""]}}],
}


def verdict(prompt: Prompt, *calls: tuple[str, Mapping[str, Any]]) -> bool:
    data: Mapping[str, Any] = {
        "tool_calls": [{"name": name, "arguments": arguments} for name, arguments in calls]
    }
    return grade(prompt, transcript_of(prompt, StoredResponse(where="t", data=data))).passed


def test_a_function_calling_case_becomes_a_prompt_with_its_tool_and_its_answer(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "cases.json", CASE)
    jsonl(tmp_path / "possible_answer" / "cases.json", TRUTH)
    suite = read_bfcl(file)
    (prompt,) = suite.prompts
    assert (prompt.id, prompt.system, prompt.turns) == (
        "bfcl/simple_python_0",
        "Be brief.",
        (Turn(user="Weather in Rome?"),),
    )
    assert prompt.environment is not None
    (table,) = prompt.environment.tables
    assert table.tool.name == "weather_get"
    assert table.tool.parameters == {
        "type": "object",
        "properties": {
            "place": {"type": "string", "description": "A city.", "enum": ["Rome", "Oslo"]},
            "days": {"type": "integer"},
            "hours": {"type": "array", "items": {"type": "number"}},
            "detail": {},
        },
        "required": ["place"],
    }
    (again,) = reloaded(suite, tmp_path / "out").prompts
    assert again.digest == prompt.digest
    assert verdict(again, ("weather_get", {"place": "rome"}))
    assert verdict(again, ("weather.get", {"place": "Rome", "days": 1}))
    assert not verdict(again, ("weather_get", {"place": "Oslo"}))
    assert not verdict(again, ("weather_get", {"place": "Rome", "days": "1"}))
    assert not verdict(again)


def test_answers_may_stand_in_another_file_or_in_the_case(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "cases.json", CASE)
    answers = jsonl(tmp_path / "answers.json", TRUTH)
    inside = jsonl(tmp_path / "inside.json", {**CASE, "ground_truth": TRUTH["ground_truth"]})
    assert read_bfcl(file, answers).digest == read_bfcl(inside).digest


def test_a_case_of_irrelevance_is_right_when_no_tool_is_called(tmp_path: Path) -> None:
    (prompt,) = read_bfcl(jsonl(tmp_path / "in.json", {**CASE, "id": "live_irrelevance_3-0"})).prompts
    assert verdict(prompt)
    assert not verdict(prompt, ("weather_get", {"place": "Rome"}))


def test_a_case_of_relevance_is_right_when_some_tool_is_called(tmp_path: Path) -> None:
    (prompt,) = read_bfcl(jsonl(tmp_path / "in.json", {**CASE, "id": "live_relevance_3-0"})).prompts
    assert [check.name for check in prompt.checks] == ["calls"]
    assert prompt.checks[0].params == {"at_least": 1}


def test_cases_in_java_take_arguments_as_values_and_as_they_are_written(tmp_path: Path) -> None:
    truth = [
        {"weather.get": {"place": ["Rome"], "days": [3], "hours": [["a", "b"]], "detail": [{"a": [1]}, ""]}}
    ]
    row = {**CASE, "id": "simple_java_1", "ground_truth": truth}
    (prompt,) = read_bfcl(jsonl(tmp_path / "in.json", row)).prompts
    assert prompt.environment is not None
    properties: Any = prompt.environment.tables[0].tool.parameters["properties"]
    assert properties["days"] == {"type": "string", "description": "days (type integer, written as in code)"}
    right = {"place": "Rome", "days": 3, "hours": ["a", "b"]}
    change: Mapping[str, Any]
    for change in (
        {},
        {"days": "3"},
        {"days": "3L"},
        {"days": "3.0"},
        {"hours": '["a", "b"]'},
        {"hours": 'new ArrayList<String>(Arrays.asList("a","b"))'},
        {"hours": 'new String[]{"a", "b"}'},
        {"hours": "List.of('a', 'b')"},
        {"detail": {"a": 1}},
    ):
        assert verdict(prompt, ("weather_get", {**right, **change})), change
    for change in (
        {"days": "4"},
        {"days": True},
        {"hours": '["b", "a"]'},
        {"hours": "new int[]{1}"},
        {"detail": "x"},
    ):
        assert not verdict(prompt, ("weather_get", {**right, **change})), change


def test_truth_in_javascript_may_be_written_in_small_letters(tmp_path: Path) -> None:
    row = {
        **CASE,
        "id": "simple_javascript_1",
        "ground_truth": [{"weather.get": {"place": ["Rome"], "detail": [True]}}],
    }
    (prompt,) = read_bfcl(jsonl(tmp_path / "in.json", row)).prompts
    assert verdict(prompt, ("weather_get", {"place": "Rome", "detail": "true"}))
    assert verdict(prompt, ("weather_get", {"place": "Rome", "detail": True}))
    assert not verdict(prompt, ("weather_get", {"place": "Rome", "detail": "false"}))


def test_the_first_edition_s_plain_question_and_single_function_are_taken(tmp_path: Path) -> None:
    row = {**CASE, **TRUTH, "question": "Weather in Rome?", "function": WEATHER}
    (prompt,) = read_bfcl(jsonl(tmp_path / "in.json", row)).prompts
    assert (prompt.system, prompt.turns) == (None, (Turn(user="Weather in Rome?"),))
    assert verdict(prompt, ("weather_get", {"place": "Rome"}))


def test_a_conversation_that_was_had_before_stands_in_the_user_s_text(tmp_path: Path) -> None:
    talk = [{"role": r, "content": c} for r, c in (("user", "Hi"), ("assistant", "Yes?"), ("user", "Rome?"))]
    (prompt,) = read_bfcl(
        jsonl(tmp_path / "in.json", {**CASE, "id": "irrelevance_1", "question": [talk]})
    ).prompts
    assert prompt.system is None
    assert prompt.turns[0].user == "User: Hi\n\nAssistant: Yes?\n\nUser: Rome?"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({}, "has no ground_truth"),
        ({"ground_truth": []}, "has no ground_truth"),
        ({"ground_truth": ["cd(a)"]}, "has no ground_truth"),
        ({"id": 3}, "has no id and question"),
        ({"question": []}, "has no id and question"),
        ({"question": {"user": "x"}}, "has no id and question"),
        ({"question": [[], []]}, "is a case of several turns"),
        ({"function": None}, "is a case of several turns"),
        ({"question": [["Rome?"]]}, "no list of messages"),
        ({"question": [[{"role": "system", "content": "x"}]]}, "asks nothing"),
        ({"function": [{"name": "f"}]}, "a function without name and parameters"),
        ({"function": ["f"]}, "a function without name and parameters"),
    ],
)
def test_a_case_that_can_t_be_imported_is_refused_with_its_line(
    tmp_path: Path, row: Mapping[str, Any], problem: str
) -> None:
    file = jsonl(tmp_path / "in.json", {**CASE, **row})
    with pytest.raises(RecordError, match=problem) as refused:
        read_bfcl(file)
    assert refused.value.where == f"{file}, line 1"


def test_function_names_are_those_that_providers_take() -> None:
    assert function_name("a.b-c d") == "a_b-c_d"
    assert function_name("3d.turn") == "f_3d_turn"
    assert len(function_name("x" * 100)) == 64


FERRY: Mapping[str, Any] = {
    "name": "ferry.book",
    "description": "Book seats on a ferry.",
    "parameters": {
        "type": "dict",
        "properties": {
            "route": {"type": "string"},
            "seats": {"type": "integer"},
            "fare": {"type": "float"},
            "cabin": {"type": "boolean"},
            "stops": {"type": "array", "items": {"type": "string"}},
            "position": {"type": "tuple", "items": {"type": "float"}},
            "contact": {
                "type": "dict",
                "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            },
            "legs": {"type": "array", "items": {"type": "dict"}},
            "note": {"type": "any"},
        },
        "required": ["route", "seats"],
    },
}
TIDE: Mapping[str, Any] = {
    "name": "tide_table",
    "description": "Tides of a port.",
    "parameters": {"type": "dict", "properties": {"port": {"type": "string"}}, "required": ["port"]},
}
BOOKED: Mapping[str, Any] = {
    "route": ["Marrow Point to Selkie Bay", "Marrow - Selkie"],
    "seats": [2],
    "fare": [12.5, 12, ""],
    "cabin": [False, ""],
    "stops": [["East Quay", "North Pier"], ""],
    "position": [[1.5, 2.0], ""],
    "contact": [{"name": ["Ines Holm", "I. Holm"], "age": [41, ""]}, ""],
    "legs": [[{"to": ["Selkie Bay"], "day": [3, 4]}, {"to": ["Ness"]}], ""],
    "note": ["window", ""],
}
BASE: Mapping[str, Any] = {"route": "Marrow Point to Selkie Bay", "seats": 2}


def case(tmp_path: Path, name: str, *truth: Mapping[str, Any]) -> Prompt:
    row = {**CASE, "id": name, "function": [FERRY, TIDE], "ground_truth": list(truth)}
    return read_bfcl(jsonl(tmp_path / f"{name}.json", row)).prompts[0]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"route": "marrow point to selkie bay."},
        {"route": "Marrow/Selkie"},
        {"fare": 12.5},
        {"fare": 12},
        {"cabin": False},
        {"stops": ["east quay", "North-Pier"]},
        {"position": [1.5, 2.0]},
        {"contact": {"name": "Ines Holm"}},
        {"contact": {"name": "i holm", "age": 41}},
        {"legs": [{"to": "Selkie Bay", "day": 4}, {"to": "Ness"}]},
        {"note": "Window"},
    ],
    ids=str,
)
def test_a_right_call_is_right_in_each_of_its_forms(tmp_path: Path, more: Mapping[str, Any]) -> None:
    prompt = case(tmp_path, "live_simple_1-0-0", {"ferry.book": BOOKED})
    assert verdict(prompt, ("ferry_book", {**BASE, **more}))
    assert verdict(prompt, ("ferry.book", {**BASE, **more}))


@pytest.mark.parametrize(
    "more",
    [
        {"route": "Selkie Bay to Marrow Point"},
        {"route": ["Marrow - Selkie"]},
        {"route": None},
        {"seats": 3},
        {"seats": 2.0},
        {"seats": "2"},
        {"seats": True},
        {"fare": "12.5"},
        {"fare": 12.6},
        {"fare": ""},
        {"cabin": 0},
        {"cabin": "False"},
        {"cabin": True},
        {"stops": ["North Pier", "East Quay"]},
        {"stops": ["East Quay"]},
        {"stops": "East Quay, North Pier"},
        {"stops": []},
        {"position": [2.0, 1.5]},
        {"contact": {"age": 41}},
        {"contact": {"name": "Ines Holm", "age": 40}},
        {"contact": {"name": "Ines Holm", "mail": "x"}},
        {"contact": "Ines Holm"},
        {"legs": [{"to": "Ness"}, {"to": "Selkie Bay", "day": 4}]},
        {"legs": [{"to": "Selkie Bay", "day": 4}]},
        {"legs": [{"to": "Selkie Bay"}, {"to": "Ness"}]},
        {"note": "aisle"},
        {"meal": "soup"},
    ],
    ids=str,
)
def test_a_wrong_value_type_order_key_or_argument_is_wrong(tmp_path: Path, more: Mapping[str, Any]) -> None:
    prompt = case(tmp_path, "simple_python_1", {"ferry.book": BOOKED})
    assert not verdict(prompt, ("ferry_book", {**BASE, **more}))


@pytest.mark.parametrize("left_out", ["route", "seats"])
def test_an_argument_without_the_empty_value_may_not_be_left_out(tmp_path: Path, left_out: str) -> None:
    prompt = case(tmp_path, "multiple_3", {"ferry.book": BOOKED})
    assert not verdict(prompt, ("ferry_book", {key: value for key, value in BASE.items() if key != left_out}))


def test_an_argument_that_the_function_does_not_declare_is_wrong_though_an_answer_names_it(
    tmp_path: Path,
) -> None:
    prompt = case(tmp_path, "live_multiple_4-1-0", {"tide_table": {"port": ["Ness"], "day": ["3"]}})
    assert not verdict(prompt, ("tide_table", {"port": "Ness", "day": "3"}))


@pytest.mark.parametrize(
    "name", ["parallel_5", "parallel_multiple_5", "live_parallel_5-0-0", "live_parallel_multiple_5-0-0"]
)
def test_several_calls_may_come_in_any_order_but_all_and_no_other(tmp_path: Path, name: str) -> None:
    prompt = case(
        tmp_path,
        name,
        {"ferry.book": BOOKED},
        {"tide_table": {"port": ["Ness"]}},
        {"tide_table": {"port": ["Sula"]}},
    )
    ferry, ness, sula = (
        ("ferry_book", BASE),
        ("tide_table", {"port": "Ness"}),
        ("tide_table", {"port": "Sula"}),
    )
    assert verdict(prompt, ferry, ness, sula)
    assert verdict(prompt, sula, ferry, ness)
    assert not verdict(prompt, ferry, ness)
    assert not verdict(prompt, ferry, ness, ness)
    assert not verdict(prompt, ferry, ness, sula, sula)
    assert not verdict(prompt, ("ferry_book", {**BASE, "seats": 9}), ness, sula)
    assert not verdict(prompt)


def test_of_several_functions_the_wrong_one_is_wrong(tmp_path: Path) -> None:
    prompt = case(tmp_path, "multiple_6", {"tide_table": {"port": ["Ness"]}})
    assert verdict(prompt, ("tide_table", {"port": "Ness"}))
    assert not verdict(prompt, ("ferry_book", {"port": "Ness"}))
    assert not verdict(prompt, ("ferry_book", BASE))
