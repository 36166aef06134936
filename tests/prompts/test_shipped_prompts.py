"""The shipped prompt set keeps its promises: one law at a time, run over every prompt or file of it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canary.checks.registry import grade
from canary.config.examples import check_examples
from canary.config.prompts import load_suite
from canary.config.yaml_text import read_yaml
from canary.domain.dialogue import play
from canary.domain.suite import Prompt

PROMPTS = Path(__file__).parents[2] / "prompts"
FILES = sorted(PROMPTS.glob("*.yaml"))
SUITE = load_suite(PROMPTS)
FAMILIES = {
    "agentic",
    "code",
    "fingerprint",
    "format",
    "grounding",
    "instructions",
    "intent",
    "long-context",
    "memory-file",
    "multilingual",
    "reasoning",
    "retention",
    "sycophancy",
    "tools",
}
_ID = re.compile(r"[a-z]+(-[a-z]+)*/[a-z0-9]+(-[a-z0-9]+)*-\d\d")
_DOCUMENTED = re.compile(r'\bI-\d\d\b|"[^"]+"')
"""How a family names the failure it watches: an incident of the catalogue, or a complaint in quotation marks."""
_MOVING_DATE = re.compile(
    r"\b(today|tonight|yesterday|tomorrow|(this|next|last) (week|month|year)|current (date|day|year))\b",
    re.IGNORECASE,
)

each_prompt = pytest.mark.parametrize("prompt", SUITE.prompts, ids=lambda prompt: prompt.id)
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def _documents() -> Iterator[tuple[str, Any]]:
    for file in FILES:
        yield file.stem, read_yaml(file.read_text(encoding="utf-8"), file.name).data


ABOUT = {name: " ".join(str(data.get("about") or "").split()) for name, data in _documents()}


def test_every_family_of_the_design_has_prompts() -> None:
    assert set(SUITE.families) == FAMILIES


@each_prompt
def test_every_passing_example_passes_every_check(prompt: Prompt) -> None:
    assert prompt.passing
    for number, example in enumerate(prompt.passing):
        verdict = grade(prompt, play(prompt, example))
        missed = [f"{result.check}: {result.detail}" for result in verdict.results if not result.strict]
        assert verdict.passed, (number, missed)


@each_prompt
def test_no_failing_example_passes(prompt: Prompt) -> None:
    passed = [n for n, example in enumerate(prompt.failing) if grade(prompt, play(prompt, example)).passed]
    assert passed == []


@each_prompt
def test_every_check_is_failed_by_some_failing_example(prompt: Prompt) -> None:
    grades = [grade(prompt, play(prompt, example)) for example in prompt.failing]
    never = [
        f"{spec.name} on {spec.on}: {spec.sentence}"
        for spec, *results in zip(prompt.checks, *(verdict.results for verdict in grades), strict=True)
        if all(result.strict for result in results)
    ]
    assert never == []


def test_the_command_that_checks_examples_finds_nothing_to_mend() -> None:
    assert list(check_examples(SUITE)) == []


@each_prompt
def test_an_id_is_the_family_and_a_name_in_kebab_case_with_a_number(prompt: Prompt) -> None:
    assert _ID.fullmatch(prompt.id)
    assert prompt.id.partition("/")[0] == prompt.family


def test_no_two_prompts_share_an_id() -> None:
    repeated = [name for name, number in Counter(prompt.id for prompt in SUITE.prompts).items() if number > 1]
    assert repeated == []


def test_no_two_prompts_ask_and_check_the_same() -> None:
    by_digest: dict[str, list[str]] = {}
    for prompt in SUITE.prompts:
        by_digest.setdefault(prompt.digest, []).append(prompt.id)
    assert [ids for ids in by_digest.values() if len(ids) > 1] == []


@each_file
def test_a_file_is_named_after_the_one_family_it_holds(file: Path) -> None:
    assert set(load_suite(file).families) == {file.stem}


@each_file
def test_a_family_names_the_documented_failure_it_watches_and_its_expected_difficulty(file: Path) -> None:
    about = ABOUT[file.stem]
    assert _DOCUMENTED.search(about)
    assert "Expected difficulty:" in about
    assert "design estimate" in about


@each_prompt
def test_no_prompt_leans_on_the_day_it_is_run(prompt: Prompt) -> None:
    asked = "\n".join([prompt.system or "", *(turn.user for turn in prompt.turns)])
    assert _MOVING_DATE.search(asked) is None


def test_prompts_over_memory_files_are_for_harnesses_only_and_no_others_are() -> None:
    assert {prompt.family for prompt in SUITE.prompts if prompt.harness_only} == {"memory-file"}
    assert all(prompt.harness_only for prompt in SUITE.prompts if prompt.family == "memory-file")


def test_an_unstated_need_and_its_explicit_twin_are_checked_alike() -> None:
    pairs = [(prompt, SUITE.by_id[prompt.twin]) for prompt in SUITE.prompts if prompt.twin]
    assert len([one for one, _ in pairs if one.family == "intent"]) >= 3
    for one, twin in pairs:
        assert one.family == twin.family
        assert one.checks == twin.checks, one.id
