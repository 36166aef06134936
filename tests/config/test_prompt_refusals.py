"""Whatever is wrong with a prompt file is said in one sentence: file, line, prompt, key, remedy."""

from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.domain.errors import ConfigurationError
from tests.config.samples import PROMPTS_YAML, write

# (what stands in the sample, what is written instead, place and problem as told, what the remedy says)
REFUSALS = [
    (
        "max_calls: 12",
        "max_cals: 12",
        "tools/read-before-edit-01: environment.max_cals: unknown key",
        "max_calls",
    ),
    ("about: One turn.", "abuot: One turn.", "tools/band-01: abuot: unknown key", 'did you mean "about"?'),
    (
        "family: tools",
        "famly: tools",
        "famly: unknown key (and 1 more in this file)",
        'did you mean "family"?',
    ),
    (
        "family: tools",
        "family: tools\nfoo: 1",
        "foo: unknown key",
        "the keys here are family, about, prompts",
    ),
    ("family: tools", "family: Tools", "family: must match", "[a-z0-9]"),
    ("family: tools", "family: all", "family: is a reserved name", "choose another"),
    ("family: tools", "family: forms", "tools/band-01: id: is not an id of this file's family", "forms/"),
    ("id: tools/band-01", "id: tools/Band 01", "tools/Band 01: id: must match", ""),
    ("  - id: tools/band-01\n    about", "  - about", "prompts[0]: id: is missing", "add it"),
    (
        "max_output_tokens: 400",
        "max_output_tokens: many",
        "tools/band-01: max_output_tokens: must be a whole",
        "",
    ),
    (
        "max_output_tokens: 400",
        "max_output_tokens: 0",
        "tools/band-01: max_output_tokens: must be at least 1",
        "",
    ),
    ("pause: 65m", "pause: 65", "tools/signature-01: turns[1].pause: must be text in quotes", ""),
    ("pause: 65m", "pause: 65 minutes", "tools/signature-01: turns[1].pause: must be a duration", "10m"),
    ("on: 2", "on: 3", "tools/signature-01: checks[1].on: names no turn", "a turn from 1 to 2"),
    ("on: 2", "on: 0", "tools/signature-01: checks[1].on: names no turn", "a turn from 1 to 2"),
    ("on: 2", "on: true", "tools/signature-01: checks[1].on: names no turn", "last, each"),
    ("on: 2", "on: [1]", "tools/signature-01: checks[1].on: names no turn", "last, each"),
    ("on: each", "on: eech", "tools/signature-01: checks[0].on: names no turn", "last, each"),
    ("on: each", "om: each", "tools/signature-01: checks[0]: must be one check", "write it like"),
    ("- words:", "- wordz:", "tools/band-01: checks[0].wordz: there is no check named 'wordz'", "'words'"),
    (
        "at_most: 8",
        "at_mots: 8",
        "tools/band-01: checks[0].words: check 'words' has no parameter 'at_mots'",
        "",
    ),
    (
        "- words: {at_least: 3, at_most: 8}",
        "- 7",
        "tools/band-01: checks[0]: must be one check",
        "write it like",
    ),
    (
        "- words: {at_least: 3, at_most: 8}",
        "- {}",
        "tools/band-01: checks[0]: must be one check",
        "write it like",
    ),
    (
        "- words: {at_least: 3, at_most: 8}",
        "- {on: last}",
        "tools/band-01: checks[0]: must be one check",
        "write it like",
    ),
    (
        "[read_file, edit",
        "[readfile, edit",
        "tools/read-before-edit-01: environment.tools[0]: unknown",
        "read_file",
    ),
    (
        "[read_file, edit_file, list",
        "[edit_file, edit_file, list",
        "tools/read-before-edit-01: environment: the tool edit_file is offered twice",
        "remove one",
    ),
    (
        "tool: get_rate",
        "tool: read_file",
        "tools/read-before-edit-01: environment: the tool read_file is off",
        "",
    ),
    (
        "tool: get_rate",
        "tool: get rate",
        "tools/read-before-edit-01: environment.tables[0].tool: must match",
        "",
    ),
    (
        'tests: [{name: test_empty, passes_when: {path: report.py, pattern: "if not rows"}}]',
        "tests: []",
        "tools/read-before-edit-01: environment.tools: run_tests is offered but there are no tests",
        "declare tests",
    ),
    (
        'pattern: "if not rows"',
        'pattern: "(if"',
        "tools/read-before-edit-01: environment.tests[0].passes_when.pattern: is no regular",
        "backslash",
    ),
    (
        'pattern: "if not rows"',
        'pattern: "(a+)+$"',
        "tools/read-before-edit-01: environment.tests[0].passes_when.pattern: can take exponential time",
        "",
    ),
    (
        "tests/test_report.py:",
        "../x.py:",
        'tools/read-before-edit-01: environment.files."../x.py": must be',
        "src/",
    ),
    (
        "tests/test_report.py:",
        "/etc/passwd:",
        'tools/read-before-edit-01: environment.files."/etc/pas',
        "relative",
    ),
    (
        "tests/test_report.py:",
        "a/../../b:",
        'tools/read-before-edit-01: environment.files."a/../../b"',
        "relative",
    ),
    (
        "tests/test_report.py:",
        "report.py/x:",
        'tools/read-before-edit-01: environment.files."report.py/x"',
        "lies",
    ),
    (
        "type: object, req",
        "type: array, req",
        "tools/read-before-edit-01: environment.tables[0].parameters: must",
        "",
    ),
    (
        "{pair: {type: string}}",
        "{pair: {type: strng}}",
        "tools/read-before-edit-01: environment.tables[0].parameters: is no valid JSON Schema at properties.pair.type",
        "draft 2020-12",
    ),
    (
        "{pair: {type: string}}",
        '{pair: {$ref: "https://example.org/pair.json"}}',
        "tools/read-before-edit-01: environment.tables[0].parameters: must not use $ref",
        "",
    ),
    (
        "{pair: {type: string}}",
        '{pair: {type: string, pattern: "(x+)+$"}}',
        "tools/read-before-edit-01: environment.tables[0].parameters: can take exponential time",
        "",
    ),
    (
        "{pair: EURUSD}",
        "{par: EURUSD}",
        "tools/read-before-edit-01: environment.tables[0].answers[0].when.par: is",
        "",
    ),
    (
        "{pair: EURUSD}",
        "{}",
        "tools/read-before-edit-01: environment.tables[0].answers[0].when: must not be empty",
        "",
    ),
    (
        "{when: {pair: EURUSD}, result",
        "{otherwise: true, result",
        "tools/read-before-edit-01: environment.tables[0].answers[0].otherwise: hides the rows below",
        "to the end",
    ),
    (
        "{otherwise: true, error",
        "{error",
        "tools/read-before-edit-01: environment.tables[0].answers[1]: needs exactly one of when and otherwise",
        "keep one",
    ),
    (
        "result: {rate: 1.25}",
        "result: 1, error: no",
        "tools/read-before-edit-01: environment.tables[0].answers[0]: needs exactly one of result and error",
        "keep one",
    ),
    ("depth: 0.5", "depth: 1.5", "tools/long-01: document.facts[0].depth: must be at most 1", ""),
    ("words: 60", "words: 5", "tools/long-01: document.words: must be at least 50", ""),
    ("{document}", "the document", "tools/long-01: document: is used by no user turn", "{document}"),
    (
        "twin: tools/band-01",
        "twin: tools/band-02",
        "tools/long-01: twin: there is no other prompt of that id",
        "",
    ),
    (
        "twin: tools/band-01",
        "twin: tools/long-01",
        "tools/long-01: twin: there is no other prompt of that id",
        "",
    ),
    (
        "id: tools/long-01",
        "id: tools/signature-01",
        "the id tools/signature-01 is already taken at ",
        "new id",
    ),
    ("harness_only: true", "harness_only: yes", "tools/long-01: harness_only: must be true or false", ""),
    (
        "pass: [{turns:",
        "pass: [{turnz:",
        "tools/signature-01: examples.pass[0].turnz: unknown key (and 1 more",
        "turns",
    ),
    (
        "pass: [{turns:",
        "past: [{turns:",
        "tools/signature-01: examples.past: unknown key",
        'did you mean "pass"?',
    ),
    (
        "- tool_calls: [{name: read",
        "- toolcalls: [{name: read",
        "tools/read-before-edit-01: examples.pass[0].t",
        "tool",
    ),
    (
        "tool_calls: [{name: run_tests}]",
        "tool_calls: run_tests",
        "tools/read-before-edit-01: examples.pass[0].tu",
        "",
    ),
    (
        '["Water comes, water goes, crabs wait."]',
        "[7]",
        "tools/band-01: examples.pass[0]: must be a table",
        "",
    ),
]


def refusal(path: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_suite(path)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("old", "new", "told", "remedy"), REFUSALS, ids=[f"{r[1]}" for r in REFUSALS])
def test_a_mistake_is_told_with_file_line_prompt_key_and_remedy(
    tmp_path: Path, old: str, new: str, told: str, remedy: str
) -> None:
    assert old in PROMPTS_YAML
    text = PROMPTS_YAML.replace(old, new, 1)
    error = refusal(write(tmp_path, {"tools.yaml": text}) / "tools.yaml")
    file, line, rest = str(error).split(":", 2)
    assert file == str(tmp_path / "tools.yaml")
    assert rest.strip().startswith(told)
    assert remedy in str(error)
    assert 1 <= int(line) <= len(text.splitlines())


def test_the_line_is_that_of_the_mistake(tmp_path: Path) -> None:
    text = PROMPTS_YAML.replace("max_calls: 12", "max_cals: 12")
    line = text[: text.index("max_cals")].count("\n") + 1
    assert str(refusal(write(tmp_path, {"t.yaml": text}))).startswith(f"{tmp_path}/t.yaml:{line}: ")


def test_of_several_mistakes_the_first_in_the_file_is_told(tmp_path: Path) -> None:
    text = PROMPTS_YAML.replace("max_calls: 12", "max_calls: 0").replace("pause: 65m", "pause: x")
    error = refusal(write(tmp_path, {"t.yaml": text}))
    assert "turns[1].pause: must be a duration (and 1 more in this file)" in str(error)


def test_of_several_wrong_checks_the_first_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    text = PROMPTS_YAML.replace("- words:", "- wordz:").replace("- exact:", "- exacct:")
    error = refusal(write(tmp_path, {"t.yaml": text}))
    assert "tools/band-01: checks[0].wordz" in str(error)
    assert "(and 1 more in this file)" in str(error)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("- a", ":1: must be a table of keys and values"),
        ("hello", ":1: must be a table of keys and values"),
        ("family: a\nprompts: []", "prompts: must not be empty"),
        ("family: a\nprompts: {}", "prompts: must be a list"),
        ("family: a\nprompts: [7]", "prompts[0]: must be a table"),
        ("family: a\nprompts: [{id: 7}]", "id: must be text"),
        ("family: a\nprompts: [\n", "is not valid YAML"),
    ],
)
def test_a_file_of_another_shape_is_told_so(tmp_path: Path, text: str, told: str) -> None:
    assert told in str(refusal(write(tmp_path, {"a.yaml": text}) / "a.yaml"))


def test_an_id_taken_in_another_file_is_told_with_both_places(tmp_path: Path) -> None:
    text = "family: a\nprompts:\n  - id: a/x\n    turns: [{user: u}]\n    checks: [no_comma]\n"
    error = refusal(write(tmp_path, {"1.yaml": text, "2.yaml": text}))
    assert str(error) == (
        f"{tmp_path}/2.yaml:3: the id a/x is already taken at {tmp_path}/1.yaml:3; choose a new id"
    )


def test_a_path_that_is_missing_is_an_error_and_never_the_shipped_set(tmp_path: Path) -> None:
    error = refusal(tmp_path / "gone")
    assert str(error) == f"{tmp_path}/gone: there is no such file; check the path"


def test_a_folder_without_prompts_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"notes.md": "x"})
    assert "the folder has no prompt file (*.yaml)" in str(refusal(tmp_path))


def test_a_file_that_is_not_utf_8_is_an_error_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"family: a\nabout: \xe9t\xe9\n")
    assert str(refusal(tmp_path)) == f"{tmp_path}/a.yaml:2: the file is not UTF-8 text; save it as UTF-8"


def test_a_dangling_link_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "gone.yaml")
    assert "there is no such file" in str(refusal(tmp_path))


def test_a_key_pasted_into_a_prompt_file_is_not_repeated(tmp_path: Path) -> None:
    key = "sk-ant-api03-PLANTED-0123456789"
    for old, new in [("at_most: 8", f"{key}: 8"), ("- words:", f"- {key}:"), ("about: One", f"{key}: One")]:
        error = refusal(write(tmp_path, {"a.yaml": PROMPTS_YAML.replace(old, new)}))
        assert "PLANTED" not in str(error)
        assert "[redacted]" in str(error)
