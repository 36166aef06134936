"""report: any page again from the store, and the mail as it would be sent."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from canary.exchange.trials import write_jsonl
from tests.cli.conftest import Project
from tests.pipeline.test_judging import trials


@pytest.fixture
def told(project: Project, tmp_path: Path) -> Project:
    """A project whose store holds one incident, and whose mail is configured."""
    with Path(project.folder, "canary.toml").open("a") as file:
        file.write(
            '\n[mail]\nsmtp = "smtp://127.0.0.1:1"\nfrom = "canary@example.org"\nto = ["team@example.org"]\n'
        )
    with (tmp_path / "records.jsonl").open("wb") as sink:
        write_jsonl(trials("messages", range(70), 60), sink)
    assert project.run("import", str(tmp_path / "records.jsonl")).returncode == 0
    return project


def test_all_pages_are_written_again_from_the_store(told: Project) -> None:
    done = told.run("report")
    assert done.returncode == 0, done.stderr
    pages = Path(told.folder, "reports")
    for name in ("index", "incidents/INC-0001"):
        assert (pages / f"{name}.html").stat().st_size > 1000
        assert (pages / f"{name}.json").is_file()
    assert "INC-0001" in (pages / "index.html").read_text()


def test_an_incidents_mail_is_written_as_it_would_be_sent(told: Project, tmp_path: Path) -> None:
    eml = tmp_path / "mail.eml"
    done = told.run("report", "--incident", "inc-0001", "--out", str(tmp_path / "out"), "--eml", str(eml))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "incidents" / "INC-0001.html").is_file()
    mail = message_from_bytes(eml.read_bytes(), policy=default)
    assert (mail["From"], mail["To"]) == ("canary <canary@example.org>", "team@example.org")
    assert "INC-0001" in mail["Subject"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--incident", "INC-0009"), "there is no incident 'INC-0009'"),
        (("--run", "nothing"), "there is no run 'nothing'"),
        (("--digest", "spring"), "'spring' is no week"),
        (("--eml", "x.eml"), "which incident's mail?"),
        (("--run", "a", "--incident", "b"), "name one of"),
    ],
)
def test_what_does_not_exist_is_one_sentence(told: Project, options: tuple[str, ...], problem: str) -> None:
    done = told.run("report", *options)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
