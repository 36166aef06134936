"""The documents can fail: their commands are commands, their links lead somewhere, their promises stand in the code."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from canary.cli.main import cli, hoisted
from tests.docs.checks_reference import DOCUMENT, written

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TWO_COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/canary demo",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest",
)


def commands() -> Iterator[tuple[str, str]]:
    """Every `$ canary …` line of a fenced block, with the page it stands on."""
    for page in PAGES:
        for block in re.findall(
            r"^```(?:console|sh|bash)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            for line in block.splitlines():
                if line.startswith("$ canary"):
                    yield page.name, line.removeprefix("$ ")


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_every_command_in_the_documents_is_one_that_canary_takes(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli
    context = command.make_context("canary", hoisted(words))
    while isinstance(command, click.Group):
        name, command_or_none, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert command_or_none is not None, (page, line)
        command = command_or_none
        context = command.make_context(name, rest, parent=context)


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", sorted(leaves(cli)), ids=" ".join)
def test_every_command_has_help_and_stands_in_the_documents(path: tuple[str, ...]) -> None:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    everything = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"canary {' '.join(path)}" in everything


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_first_screen_holds_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    for command in TWO_COMMANDS:
        assert command in first_screen


def test_ci_runs_the_readmes_test_command_verbatim() -> None:
    assert TWO_COMMANDS[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    record = (ROOT / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8")
    for requirement in wanted:
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)
        assert name is not None
        assert name.group().removeprefix("types-").casefold() in record.casefold(), requirement


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_table_of_checks_is_that_of_the_registry() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == written(text), "refresh it with: python -m tests.docs.checks_reference"


def test_every_prompt_that_the_documents_show_is_shipped() -> None:
    from canary.config.prompts import load_suite

    shown = {line.split()[3] for _, line in commands() if line.startswith("canary prompts show ")}
    assert shown
    assert shown <= set(load_suite(None).by_id)
