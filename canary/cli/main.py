"""The command and its exit codes."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path, PurePath

import click

from canary.cli import (
    daemon,
    demo,
    doctor,
    drills,
    evidence,
    incidents,
    judging,
    mute,
    pinning,
    planning,
    prune,
    records,
    rehearse,
    reports,
    runs,
    scores,
    setup,
    status,
    suites,
    worker,
)
from canary.cli.invocation import Invocation, set_up_logging
from canary.cli.version import show_version
from canary.domain.errors import CanaryError, StoreError, exit_status

_EVERYWHERE = ("--config", "--log-format")
_EVERYWHERE_FLAGS = ("--debug",)


_HELP = """\
The smoke detector for the models you depend on; it writes the postmortem.

\b
Try it without keys:   canary demo
Start a project:       canary init, canary doctor, canary run
"""


@click.group(
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="--config, --log-format and --debug may stand anywhere on the line.",
    no_args_is_help=True,
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration file. Default: CANARY_CONFIG, else canary.toml here or in a folder above.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Form of log lines.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and its commit.",
)
@click.pass_context
def cli(context: click.Context, config: Path | None, log_format: str, *, debug: bool) -> None:
    """Run one command; `help` says what people read."""
    context.obj = Invocation(config=config, json_logs=log_format == "json", debug=debug)
    set_up_logging(json_logs=log_format == "json", debug=debug)


for _module in (
    setup,
    doctor,
    drills,
    planning,
    runs,
    daemon,
    worker,
    status,
    judging,
    evidence,
    pinning,
    incidents,
    mute,
    reports,
    suites,
    scores,
    records,
    prune,
    rehearse,
    demo,
):
    for _command in _module.COMMANDS:
        cli.add_command(_command)


def entrypoint() -> None:
    """Run the command and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and say its exit code; problems go to stderr as one sentence."""
    try:
        outcome = cli.main(args=hoisted(arguments), prog_name="canary", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.message)
        return 0
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except click.Abort:
        click.echo("canary: stopped", err=True)
        return 130
    except SystemExit:
        # All that click still leaves by itself: the reader went away, as `head` does. It would say 1, a finding.
        return 128 + signal.SIGPIPE
    except Exception as error:  # noqa: BLE001 -- Python's own traceback would leave with 1, which means a finding
        return _told(error, debug="--debug" in arguments)
    return outcome if isinstance(outcome, int) else 0


def _told(error: Exception, *, debug: bool) -> int:
    """Tell a problem as one sentence, with `debug` after the lines of code that led to it, and say its exit code.

    What raised it in its turn is left out: a library's message may repeat a value that holds a key.
    """
    problem = _explained(error)
    if isinstance(error, OSError) and error.filename is None:
        # What could not be written is still in the buffer: Python would try again on leaving, and leave with 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if debug:
        click.echo("".join(traceback.format_tb(error.__traceback__)), err=True, nl=False)
    click.echo(f"canary: {problem}", err=True)
    return exit_status(problem)


def _explained(error: Exception) -> CanaryError:
    if isinstance(error, CanaryError):
        return error
    if isinstance(error, OSError) and error.filename is None:
        return StoreError(f"the answer could not be written ({error.strerror or type(error).__name__})")
    if isinstance(error, OSError):
        return CanaryError(str(error.strerror or type(error).__name__), where=_place(error))
    return CanaryError(
        f"{type(error).__name__}: a defect of canary",
        where=_place(error),
        remedy="report it, with what --debug shows",
    )


def _place(error: Exception) -> str | None:
    """The file that could not be used, else the line of code that failed."""
    if isinstance(error, OSError) and error.filename is not None:
        return str(error.filename)
    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None


def hoisted(arguments: Sequence[str]) -> list[str]:
    """Move the options that every command has to the front, so that they may stand anywhere before `--`."""
    front: list[str] = []
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument == "--":
            rest += [argument, *given]
        elif argument in _EVERYWHERE_FLAGS or argument.startswith(tuple(f"{name}=" for name in _EVERYWHERE)):
            front.append(argument)
        elif argument in _EVERYWHERE:
            front += [argument, *([value] if (value := next(given, None)) is not None else [])]
        else:
            rest.append(argument)
    return front + rest
