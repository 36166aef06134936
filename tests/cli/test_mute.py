"""mute: a maintenance window begun, listed and ended by hand."""

import pytest

from tests.cli.conftest import Project


def test_a_window_is_begun_listed_and_ended(project: Project) -> None:
    """And the record keeps who and why."""
    said = ("--reason", "gateway work", "--by", "ana")
    done = project.run("mute", "messages", "--until", "2999-01-01T06:00", *said)
    assert done.stdout == "messages: muted until 2999-01-01 06:00 UTC\n"
    line = "Muted: messages until 2999-01-01 06:00 UTC, by ana: gateway work\n"
    assert project.run("mute", "--list").stdout == line
    assert line in project.run("status").stdout
    assert project.run("mute", "messages", "--end", *said).stdout == "messages: no longer muted\n"
    assert project.run("mute", "--list").stdout == "Nobody is muted.\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("messages", "--until", "soon", "--reason", "x"), "is no time"),
        (("messages", "--until", "2020-01-01", "--reason", "x"), "is over already"),
        (("messages", "--until", "2999-01-01"), "--reason"),
        (("messages", "--reason", "x"), "use one of --until and --end"),
        (("messages", "--end", "--reason", "x"), "messages is not muted; canary mute --list says who is"),
        (("nobody", "--until", "2999-01-01", "--reason", "x"), "there is no target 'nobody'; use one of: messages"),
        ((), "use --list"),
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused_in_one_sentence(
    project: Project, arguments: tuple[str, ...], problem: str
) -> None:
    done = project.run("mute", *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
