"""Published data becomes a suite, and a suite becomes prompt files that load back as the same suite."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.config.prompts import load_suite
from canary.domain.errors import RecordError
from canary.domain.suite import CheckSpec, Example, ExampleStep, Prompt, Suite, Turn
from canary.exchange.suite_yaml import suite_files
from canary.exchange.suites import read_ifeval
from tests.checks.ifeval_data import data_file


def jsonl(path: Path, *rows: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def reloaded(suite: Suite, folder: Path) -> Suite:
    folder.mkdir(exist_ok=True)
    for name, text in suite_files(suite).items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_suite(folder)


IFEVAL: Mapping[str, Any] = {
    "key": 1000,
    "prompt": "Write 3 words.",
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
    "kwargs": [{"num_words": None}, {"relation": "at least", "num_words": 3.0, "language": None}],
}


def test_ifeval_keeps_the_file_s_order_and_drops_what_is_null(tmp_path: Path) -> None:
    other = {**IFEVAL, "key": "B 7"}
    suite = read_ifeval(jsonl(tmp_path / "in.jsonl", other, IFEVAL))
    assert [prompt.id for prompt in suite.prompts] == ["ifeval/b-7", "ifeval/1000"]
    prompt = suite.prompts[1]
    assert (prompt.family, prompt.turns) == ("ifeval", (Turn(user="Write 3 words."),))
    assert [(c.name, c.params) for c in prompt.checks] == [
        ("punctuation:no_comma", {}),
        ("length_constraints:number_words", {"relation": "at least", "num_words": 3}),
    ]
    assert isinstance(prompt.checks[1].params["num_words"], int)
    assert reloaded(suite, tmp_path / "out").digest == suite.digest


def test_the_published_file_is_read_and_loads_back(tmp_path: Path) -> None:
    suite = read_ifeval(data_file("input_data.jsonl"))
    assert (len(suite.prompts), sum(len(prompt.checks) for prompt in suite.prompts)) == (541, 834)
    again = reloaded(suite, tmp_path / "out")
    assert [p.digest for p in again.prompts] == [p.digest for p in suite.prompts]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"prompt": "x"}, "has no key and prompt"),
        ({**IFEVAL, "key": True}, "has no key and prompt"),
        ({**IFEVAL, "prompt": None}, "has no key and prompt"),
        ({**IFEVAL, "kwargs": [{}]}, "has no instruction_id_list with as many kwargs"),
        ({**IFEVAL, "instruction_id_list": [], "kwargs": []}, "has no instruction_id_list"),
        ({**IFEVAL, "instruction_id_list": "ab"}, "has no instruction_id_list"),
        ({**IFEVAL, "kwargs": [{}, 3]}, "no name with a mapping"),
        ({**IFEVAL, "instruction_id_list": ["a", 1]}, "no name with a mapping"),
    ],
)
def test_a_row_that_is_no_ifeval_prompt_is_refused_with_its_line(
    tmp_path: Path, row: Mapping[str, Any], problem: str
) -> None:
    file = jsonl(tmp_path / "in.jsonl", IFEVAL, row)
    with pytest.raises(RecordError, match=problem) as refused:
        read_ifeval(file)
    assert refused.value.where == f"{file}, line 2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[1]", "is no JSON object"),
        ("", "has no prompt"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_jsonl_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(RecordError, match=problem):
        read_ifeval(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"none\.jsonl: can't be read"):
        read_ifeval(tmp_path / "none.jsonl")


def test_a_prompt_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="ifeval/1000 stands twice"):
        read_ifeval(jsonl(tmp_path / "in.jsonl", IFEVAL, IFEVAL))


def test_the_shipped_suite_can_be_written_and_loads_back(tmp_path: Path) -> None:
    suite = load_suite(None)
    again = reloaded(suite, tmp_path / "out")
    assert again.by_id.keys() == suite.by_id.keys()
    for prompt in suite.prompts:
        other = again.by_id[prompt.id]
        assert other.digest == prompt.digest
        assert (other.passing, other.failing, other.twin) == (prompt.passing, prompt.failing, prompt.twin)
        assert other.harness_only == prompt.harness_only


TRICKY = [
    "1e3", "0x1F", "yes", "null", "~", "- a", "a: b", "a #b", "'", '"', "\\", "a\nb", "a\nb\n", "\na", "a\n\n", " a\nb",
    "a \nb", "\ta\nb", "a\rb", "a\x85b", "a\u2028b", "\ufeffa", "a\n# b\n--- \n", "---", "...", "%x", "@x", "&a *b",
    "{a}", "[a]", "|", ">", "💥\nb", "a\n\nb\n  c", "a\x00b", "a\nb\x1b", "2026-03-01", "04:10", "<<", "=", "!x", "?",
]  # fmt: skip


@given(
    texts=st.lists(
        st.one_of(st.sampled_from(TRICKY), st.text(min_size=1, max_size=30)), min_size=3, max_size=3
    )
)
@settings(max_examples=150, deadline=None)
def test_every_text_comes_back_as_it_was(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    user, system, exact = texts
    prompt = Prompt(
        id="t/1",
        family="t",
        system=system,
        turns=(Turn(user=user), Turn(user=user, pause_s=90.0)),
        checks=(CheckSpec(name="exact", params={"text": exact}, on="each"), CheckSpec(name="no_comma", on=2)),
        passing=(Example(steps=(ExampleStep(text=exact), ExampleStep(text=exact))),),
        max_output_tokens=7,
    )
    again = reloaded(Suite(prompts=(prompt,)), tmp_path_factory.mktemp("out")).prompts[0]
    assert again.digest == prompt.digest
    assert (again.turns, again.system, again.passing) == (prompt.turns, prompt.system, prompt.passing)


def test_what_yaml_has_no_word_for_is_refused() -> None:
    for value, problem in ((float("nan"), "nan has no place"), ("\ud800", "half a character")):
        check = CheckSpec(name="number", params={"equals": value})
        prompt = Prompt(id="t/1", family="t", turns=(Turn(user="x"),), checks=(check,))
        with pytest.raises(ValueError, match=problem):
            suite_files(Suite(prompts=(prompt,)))


def test_a_written_file_reads_well() -> None:
    prompt = Prompt(
        id="ifeval/7",
        family="ifeval",
        turns=(Turn(user="First line.\nSecond line."),),
        checks=(
            CheckSpec(name="punctuation:no_comma"),
            CheckSpec(name="words", params={"at_least": 3, "at_most": 9}),
            CheckSpec(name="forbidden_words", params={"words": ["sea", "no"]}, on="each"),
        ),
    )
    assert suite_files(Suite(prompts=(prompt,))) == {
        "ifeval.yaml": """\
family: ifeval
prompts:
  - id: ifeval/7
    turns:
      - user: |-
          First line.
          Second line.
    checks:
      - "punctuation:no_comma"
      - words:
          at_least: 3
          at_most: 9
      - forbidden_words:
          words:
            - sea
            - "no"
        on: each
"""
    }
