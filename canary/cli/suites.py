"""prompts."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, table
from canary.domain.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from canary.domain.canonical import Json
    from canary.domain.suite import Example, Prompt, Suite

_PROMPTS = click.option(
    "--prompts",
    "folder",
    type=click.Path(path_type=Path),
    help="Prompt files. Default: those of canary.toml, else the shipped set.",
)


@click.group()
def prompts() -> None:
    """Look at the prompts and prove them."""


def suite_in_use(invocation: Invocation, folder: Path | None) -> "Suite":
    """The prompts of `--prompts`, else those of the configuration, else the shipped set."""
    from canary.config.prompts import load_suite

    return load_suite(_source(invocation, folder))


def _source(invocation: Invocation, folder: Path | None) -> Path | None:
    """Where the prompts in use are; None = the shipped set."""
    from canary.config.settings import load_config

    if folder is not None:
        return folder
    try:
        config = invocation.config_path
    except ConfigurationError:
        if invocation.config is not None or "CANARY_CONFIG" in os.environ:
            raise
        return None
    return load_config(config, os.environ).suite.prompts


@prompts.command()
@_PROMPTS
@click.pass_obj
def check(invocation: Invocation, *, folder: Path | None) -> int:
    """Prove the examples.

    Each must pass or fail as labelled, and every check must be failed by some example.
    """
    from canary.config.examples import check_examples
    from canary.config.prompts import read_suite
    from canary.domain.suite import Suite

    suite, places = read_suite(_source(invocation, folder))
    proven = Suite(prompts=tuple(p for p in suite.prompts if p.passing or p.failing))
    told = [f"{places[fault.prompt].of(fault.path)}: {fault}" for fault in check_examples(proven)]
    if bare := [prompt.id for prompt in suite.prompts if not (prompt.passing or prompt.failing)]:
        prompts_have = "1 prompt has" if len(bare) == 1 else f"{len(bare)} prompts have"
        told.append(
            f"{places[bare[0]].of()}: {prompts_have} no examples, the first is {bare[0]}, so nothing proves their checks; "
            "add some, or leave them as imported"
        )
    for fault in told:
        click.echo(f"canary: {fault}", err=True)
    examples = sum(len(prompt.passing) + len(prompt.failing) for prompt in suite.prompts)
    checks = sum(len(prompt.checks) for prompt in suite.prompts)
    if told:
        answer(f"{len(told)} to mend in {len(suite.prompts)} prompts.")
        return 2
    answer(
        f"{len(suite.prompts)} prompts, {checks} checks, {examples} examples: every example is graded as labelled, "
        f"and every check is failed by some example.\nSuite digest {suite.digest}"
    )
    return 0


@prompts.command("list")
@_PROMPTS
@click.option("--family", metavar="NAME", help="Only this family.")
@click.pass_obj
def list_prompts(invocation: Invocation, *, folder: Path | None, family: str | None) -> None:
    """List the prompts, one a line."""
    suite = suite_in_use(invocation, folder)
    if family is not None and family not in suite.families:
        raise UsageError(
            f"no prompt has the family {family!r}",
            where="--family",
            remedy=f"use one of {', '.join(suite.families)}",
        )
    rows = [("prompt", "digest", "turns", "checks")]
    for prompt in suite.prompts:
        if family in (None, prompt.family):
            checks = Counter(spec.name for spec in prompt.checks)
            told = ", ".join(name if n == 1 else f"{name} x {n}" for name, n in checks.items())
            rows.append((prompt.id, prompt.digest, str(len(prompt.turns)), told))
    answer(table(rows, right=(2,)))
    of = f" of {len(suite.prompts)}" if family else f" in {len(suite.families)} families"
    answer(f"\n{len(rows) - 1} prompts{of}, suite digest {suite.digest}")


@prompts.command()
@click.argument("prompt_id", metavar="PROMPT")
@_PROMPTS
@click.pass_obj
def show(invocation: Invocation, prompt_id: str, *, folder: Path | None) -> None:
    """Show one prompt whole.

    What is asked, what must hold, and the examples.
    """
    from difflib import get_close_matches

    suite = suite_in_use(invocation, folder)
    if prompt_id not in suite.by_id:
        close = get_close_matches(prompt_id, list(suite.by_id), n=3, cutoff=0.4)
        remedy = f"did you mean {' or '.join(close)}?" if close else "list them with `canary prompts list`"
        raise UsageError(f"there is no prompt {prompt_id!r}", where="prompts show", remedy=remedy)
    answer(prompt_text(suite.by_id[prompt_id]))


@prompts.command("import")
@click.option(
    "--format", "form", type=click.Choice(["ifeval", "bfcl"]), required=True, help="What the file holds."
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), required=True, help="Folder for the prompt files."
)
@click.option(
    "--answers", type=click.Path(path_type=Path), help="BFCL: the file of right calls. Default: beside it."
)
def import_suite(*, form: str, file: Path, folder: Path, answers: Path | None) -> None:
    """Make a prompt set of published data.

    IFEval's input_data.jsonl, or single-turn cases of the Berkeley Function Calling Leaderboard.
    """
    from canary.config.prompts import load_suite
    from canary.exchange.bfcl import read_bfcl
    from canary.exchange.suite_yaml import suite_files
    from canary.exchange.suites import read_ifeval

    if answers is not None and form == "ifeval":
        raise UsageError("IFEval has no file of answers", where="--answers", remedy="leave it out")
    files = suite_files(read_ifeval(file) if form == "ifeval" else read_bfcl(file, answers))
    for name in files:
        if (folder / name).exists():
            raise UsageError(
                "already exists", where=str(folder / name), remedy="name another folder with --out"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"can't be written ({error.strerror})", where=str(folder), remedy="name another folder"
        ) from None
    suite = load_suite(folder)
    checks = sum(len(prompt.checks) for prompt in suite.prompts)
    answer(f"{folder}: {len(suite.prompts)} prompts, {checks} checks, suite digest {suite.digest}")


def prompt_text(prompt: "Prompt") -> str:
    """A prompt for people to read."""
    from canary.domain.environment import offered_tools

    lines = [f"{prompt.id}   digest {prompt.digest}", ""]
    if prompt.system:
        lines += ["system", _indented(prompt.system), ""]
    for number, turn in enumerate(prompt.turns, start=1):
        pause = f", after a pause of {turn.pause_s:.0f} s" if turn.pause_s else ""
        lines += [f"user, turn {number}{pause}", _indented(turn.user), ""]
    if prompt.environment:
        lines.append(f"tools: {', '.join(offered_tools(prompt.environment))}")
        if prompt.environment.files:
            lines.append(f"files: {', '.join(sorted(prompt.environment.files))}")
        lines.append("")
    lines.append("must hold")
    for spec in prompt.checks:
        scope = {"last": "", "each": " (in every turn)"}.get(str(spec.on), f" (in turn {spec.on})")
        lines.append(f"  - {spec.sentence}{scope}   [{spec.name}]")
    for title, examples in (("passes", prompt.passing), ("fails", prompt.failing)):
        for example in examples:
            lines += ["", f"example that {title}", _indented(_example_text(example))]
    return "\n".join(lines)


def _example_text(example: "Example") -> str:
    parts: list[str] = []
    for step in example.steps:
        parts += [f"-> {call.name} {_told(call.arguments)}" for call in step.tool_calls]
        parts += [step.text] if step.text else []
    return "\n".join(parts)


def _told(arguments: "Mapping[str, Json]") -> str:
    """Arguments as a model writes them, a text of several lines as a block below."""
    blocks = {key: value for key, value in arguments.items() if isinstance(value, str) and "\n" in value}
    short = {key: f"({key} below)" if key in blocks else value for key, value in arguments.items()}
    below = [f"   {key}:\n" + _indented(text) for key, text in blocks.items()]
    return "\n".join([json.dumps(short, ensure_ascii=False), *map(str, below)])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


COMMANDS: Sequence[click.Command] = (prompts,)
