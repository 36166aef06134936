"""The README's ten-minute path, line by line as it stands there: by default with a small prompt set, nightly with the shipped one."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.simulate.server import SimulatedProvider
from tests.cli.conftest import Project, write_prompts
from tests.docs.test_docs import ROOT
from tests.notify.test_smtp import Sink, Station

README = (ROOT / "README.md").read_text(encoding="utf-8")
PATH = README.split("## A first target in ten minutes\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PATH, re.DOTALL | re.MULTILINE)
PROVIDER, SINK = "127.0.0.1:8765", "127.0.0.1:8025"
LONG = ("drill", "plan", "schedule")
"""Carried out nightly alone."""


def lines() -> Iterator[list[str]]:
    """What is typed into the first terminal, a line's words at a time."""
    for kind, text in BLOCKS:
        if kind == "console":
            yield from (shlex.split(line.removeprefix("$ "), comments=True) for line in text.splitlines())


def test_the_other_terminals_serve_where_the_target_and_the_mail_point() -> None:
    kinds = [kind for kind, _ in BLOCKS]
    assert kinds.count("toml") == 1
    served = dict(BLOCKS)["sh"]
    assert "canary simulate\n" in served
    assert f"aiosmtpd -n -l {SINK}\n" in served
    assert f'base_url = "http://{PROVIDER}"' in dict(BLOCKS)["toml"]
    assert f'smtp = "smtp://{SINK}"' in dict(BLOCKS)["toml"]


def stay(project: Project, words: list[str]) -> None:
    """A command that stays is told to end once it has said that it is there."""
    staying = project.start(*words)
    assert staying.stderr is not None
    said = staying.stderr.readline()
    staying.terminate()
    rest = staying.communicate(timeout=60)[1]
    assert (staying.returncode, "Watching" in said) == (0, True), said + rest


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["small", "whole"])
def test_every_line_of_the_ten_minute_path_works(tmp_path: Path, *, whole: bool) -> None:
    sink = Sink()
    station = Station(sink)
    station.start()
    shipped = load_suite(None) if whole else None
    if not whole:
        write_prompts(tmp_path / "small", 8)
    try:
        with SimulatedProvider(shipped or load_suite(tmp_path / "small")) as provider:
            toml = dict(BLOCKS)["toml"].replace(f"http://{PROVIDER}", provider.base_url)
            walk(tmp_path, toml.replace(SINK, f"127.0.0.1:{station.port}"), whole=whole)
    finally:
        station.stop()
    assert [b"Subject: [canary] test message" in mail.content for mail in sink.envelopes] == [True]


def walk(folder: Path, toml: str, *, whole: bool) -> None:
    project = Project(folder=folder, environ={})
    for words in lines():
        if words[0] == "source":
            continue
        if words[0] == "cd":
            project = Project(folder=folder / words[1], environ={})
            with (project.folder / "canary.toml").open("a", encoding="utf-8") as file:
                file.write(f"\n{toml}")
            if not whole:
                shutil.rmtree(project.folder / "prompts")
                shutil.copytree(folder / "small", project.folder / "prompts")
            continue
        assert words[0] == "canary", words
        if words[1] in LONG and not whole:
            continue
        if words[1] == "schedule":
            stay(project, words[1:])
            continue
        done = project.run(*words[1:])
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
