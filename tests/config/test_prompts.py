"""What prompt files become."""

from pathlib import Path

import pytest

from canary.config.prompts import load_suite, shipped_prompts
from canary.domain.suite import (
    Example,
    ExampleCall,
    ExampleStep,
    Prompt,
    Suite,
    TableAnswer,
    ToolTest,
    Turn,
)
from tests.config.samples import PROMPTS_YAML, write

SMALL = """\
family: small
prompts:
  - id: small/one
    turns: [{user: "Reply with the word ready."}]
    checks: [{exact: ready}]
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return load_suite(write(tmp_path_factory.mktemp("prompts"), {"tools.yaml": PROMPTS_YAML}))


def test_a_prompt_of_one_turn_with_examples_as_texts(suite: Suite) -> None:
    prompt = suite.by_id["tools/band-01"]
    assert (prompt.family, prompt.max_output_tokens, prompt.environment) == ("tools", 400, None)
    assert [(c.name, c.params, c.on) for c in prompt.checks] == [
        ("words", {"at_least": 3, "at_most": 8}, "last"),
        ("forbidden_words", {"words": ["ocean", "sea"]}, "last"),
    ]
    assert all(check.sentence for check in prompt.checks)
    assert prompt.passing == (Example(steps=(ExampleStep(text="Water comes, water goes, crabs wait."),)),)
    assert len(prompt.failing) == 2


def test_a_prompt_of_several_turns_with_a_pause_and_checks_per_turn(suite: Suite) -> None:
    prompt = suite.by_id["tools/signature-01"]
    assert prompt.system == 'Every answer ends with the line "-- harbour desk".'
    assert [turn.pause_s for turn in prompt.turns] == [None, 3900.0]
    assert [check.on for check in prompt.checks] == ["each", 2]
    assert prompt.checks[1].params["texts"] == ["yes"]
    assert [step.text for step in prompt.passing[0].steps] == [
        "Table 3.\n-- harbour desk",
        "yes\n-- harbour desk",
    ]


def test_a_prompt_with_a_simulated_world(suite: Suite) -> None:
    prompt = suite.by_id["tools/read-before-edit-01"]
    world = prompt.environment
    assert world is not None
    assert world.files == {"report.py": "total = 1", "tests/test_report.py": "…"}
    assert world.tools == ("read_file", "edit_file", "list_files", "run_tests")
    assert world.tests == (ToolTest(name="test_empty", path="report.py", pattern="if not rows"),)
    assert world.max_calls == 12
    (table,) = world.tables
    assert (table.tool.name, table.tool.description) == (
        "get_rate",
        "Exchange rate of a currency pair on a date.",
    )
    assert table.answers == (
        TableAnswer(when={"pair": "EURUSD"}, result={"rate": 1.25}),
        TableAnswer(error="unknown pair"),
    )
    first, second, third, last = prompt.passing[0].steps
    assert first == ExampleStep(tool_calls=(ExampleCall(name="read_file", arguments={"path": "report.py"}),))
    assert (second.text, len(second.tool_calls)) == ("Now I fix it.", 1)
    assert third.tool_calls == (ExampleCall(name="run_tests", arguments={}),)
    assert last == ExampleStep(text="Fixed.")


def test_a_declared_document_is_written_out_where_it_stands(suite: Suite) -> None:
    prompt = suite.by_id["tools/long-01"]
    assert (prompt.twin, prompt.harness_only) == ("tools/band-01", True)
    document, question = prompt.turns[0].user.rsplit("\n\n", 1)
    assert 60 <= len(document.split()) < 90
    assert "The blue crate weighs 41 kg." in document
    assert question.startswith("How many kilograms")


def test_another_document_is_another_digest(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        return load_suite(write(tmp_path, {"p.yaml": text})).by_id["tools/long-01"].digest

    base = digest(PROMPTS_YAML)
    assert digest(PROMPTS_YAML) == base
    changes = [
        ("words: 60", "words: 90"),
        ("seed: 7", "seed: 8"),
        ("depth: 0.5", "depth: 0.9"),
        ("weighs 41", "weighs 42"),
    ]
    for old, new in changes:
        assert digest(PROMPTS_YAML.replace(old, new, 1)) != base, new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("about: One turn.", "about: Another note."),
        ('pass: ["Water comes, water goes, crabs wait."]', 'pass: ["Crabs wait for water."]'),
        ("family: tools\nabout: Every part of the grammar once.", "family: tools"),
    ],
)
def test_notes_and_examples_are_no_part_of_a_digest(tmp_path: Path, suite: Suite, old: str, new: str) -> None:
    assert old in PROMPTS_YAML
    changed = load_suite(write(tmp_path, {"p.yaml": PROMPTS_YAML.replace(old, new)}))
    assert changed.digest == suite.digest


def one(folder: Path, checks: str) -> Prompt:
    text = SMALL.replace("[{exact: ready}]", checks)
    return load_suite(write(folder, {"small.yaml": text})).prompts[0]


@pytest.mark.parametrize("checks", ['[{exact: "ready"}]', "[{exact: {text: ready}}]"])
def test_a_check_takes_its_parameters_by_name_or_as_one_bare_value(tmp_path: Path, checks: str) -> None:
    assert one(tmp_path, checks).checks == one(tmp_path, "[{exact: ready}]").checks


@pytest.mark.parametrize(
    "checks", ["[no_comma]", "[{no_comma: }]", "[{no_comma: {}}]", "[{no_comma: {}, on: last}]"]
)
def test_a_check_without_parameters_is_its_name(tmp_path: Path, checks: str) -> None:
    assert one(tmp_path, checks).checks == one(tmp_path, "[no_comma]").checks


def test_a_text_with_the_placeholder_and_no_document_is_sent_as_it_is(tmp_path: Path) -> None:
    text = SMALL.replace("the word ready", "the word {document}")
    suite = load_suite(write(tmp_path, {"a.yaml": text}))
    assert suite.prompts[0].turns == (Turn(user="Reply with the word {document}."),)


def test_a_prompt_without_examples_loads(tmp_path: Path) -> None:
    prompt = load_suite(write(tmp_path, {"a.yaml": SMALL})).prompts[0]
    assert (prompt.passing, prompt.failing) == ((), ())


def test_a_folder_is_read_in_order_of_names_and_everything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.yaml": SMALL.replace("small", "bee"),
            "a.yml": SMALL.replace("small", "ant"),
            "README.md": "[",
            ".hidden.yaml": "[",
            "deeper/c.yaml": "[",
        },
    )
    assert [prompt.id for prompt in load_suite(tmp_path).prompts] == ["ant/one", "bee/one"]


def test_one_file_is_a_suite_whatever_its_ending(tmp_path: Path) -> None:
    write(tmp_path, {"mine.txt": SMALL, "broken.yaml": "["})
    assert len(load_suite(tmp_path / "mine.txt").prompts) == 1


def test_the_shipped_set_is_found_and_loads() -> None:
    assert load_suite(None).digest == load_suite(shipped_prompts()).digest
    assert len(load_suite(None).prompts) >= 16
