"""The prompt set on the command line: shown for people, proved with file and line, imported, and scored offline."""

import json
from pathlib import Path

import pytest

from canary.cli.suites import prompt_text
from canary.config.prompts import load_suite
from tests.cli.conftest import Project

ASKED = {
    "key": 7,
    "prompt": "Write three words, without commas.",
    "instruction_id_list": ["length_constraints:number_words", "punctuation:no_comma"],
    "kwargs": [{"num_words": 3, "relation": "at least"}, {}],
}


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def scored(tmp_path: Path) -> Project:
    """A folder with one imported prompt."""
    project = Project(folder=tmp_path)
    lines(tmp_path / "in.jsonl", ASKED)
    done = project.run("prompts", "import", "--format", "ifeval", "in.jsonl", "--out", "out")
    assert done.returncode == 0, done.stderr
    return project


def test_a_prompt_is_shown_without_a_word_of_python() -> None:
    """Arguments stand as the JSON a model writes, a text of several lines as a block."""
    suite = load_suite(None)
    for prompt in suite.prompts:
        shown = prompt_text(prompt)
        for example in (*prompt.passing, *prompt.failing):
            for call in (call for step in example.steps for call in step.tool_calls):
                assert f"-> {call.name} {{" in shown
                told = json.dumps(call.arguments, ensure_ascii=False)
                assert told in shown or "below)" in shown


def test_a_text_of_several_lines_is_shown_below_its_call(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        """\
family: a
about: x
prompts:
  - id: a/b-01
    turns: [{user: Write it.}]
    environment: {tools: [write_file]}
    checks: [{file_exists: x.py}]
    examples:
      pass: [{turns: [{tool_calls: [{name: write_file, arguments: {path: x.py, text: "a\\n  b"}}]}, Done.]}]
      fail: [Done.]
"""
    )
    shown = prompt_text(load_suite(tmp_path).by_id["a/b-01"])
    assert (
        '    -> write_file {"path": "x.py", "text": "(text below)"}\n       text:\n        a\n          b\n    Done.'
        in shown
    )


def test_prompts_without_examples_are_told_with_the_place_of_the_first(scored: Project) -> None:
    done = scored.run("prompts", "check", "--prompts", "out")
    assert done.returncode == 2
    assert "ifeval.yaml:3: 1 prompt has no examples, the first is ifeval/7" in done.stderr


def test_scored_answers_need_prompts_even_where_some_may_be_missing(scored: Project) -> None:
    def score(*rows: object) -> tuple[int, str, str]:
        lines(scored.folder / "r.jsonl", *rows)
        done = scored.run("score", "--prompts", "out", "--responses", "r.jsonl", "--partial", "--json")
        return done.returncode, done.stdout, done.stderr

    code, told, _ = score({"key": 7, "response": "one two three"}, {"key": 8, "response": "x"})
    assert (code, json.loads(told)["instruction_strict"]) == (0, 1.0)
    code, told, problem = score({"key": 8, "response": "x"}, {"key": 9, "response": "x"})
    assert (code, told) == (2, "")
    assert "r.jsonl, line 1: no response belongs to a prompt of the suite; the first is to '8'" in problem
    code, told, problem = score()
    assert (code, told) == (2, "")
    assert "r.jsonl: holds no response" in problem
