"""A name from outside is a name: no path, no statement, no header, no member of an archive that lands somewhere."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from canary.config.settings import load_config
from canary.domain.errors import CanaryError
from canary.domain.trial import Trial
from canary.exchange.inspect_logs import read_inspect
from canary.exchange.trials import read_trials
from canary.report.page import run_page
from canary.report.render import render_run
from canary.store.baselines import baseline_file
from canary.store.database import open_store
from canary.store.pages import PageFolder
from tests.exchange.test_foreign import LOG
from tests.report.samples import NOW, sample_run
from tests.security.parsers import BASELINE

NAMES = (
    *("../../etc/passwd", "a/../../b", "/etc/passwd", "..", ".", "x\\..\\y", "~root", "%2e%2e%2f", "CON"),
    *(
        "'; DROP TABLE trials; --",
        '" OR 1=1 --',
        "x') UNION SELECT url FROM runs --",
        "%",
        "_",
        "\\",
        "100%",
    ),
    *(
        "<script>alert(1)</script>",
        "{{7*7}}",
        "a b",
        "e\u0301",
        "\u202egnp.exe",
        "=HYPERLINK(0)",
        "$(reboot)",
        "`id`",
    ),
)
RECORD: Mapping[str, object] = {
    "schema": 1,
    "started_at": "2026-03-01T06:00:00Z",
    "target": "t",
    "prompt": "p",
    "replicate": 0,
    "outcome": "graded",
    "passed": True,
}


def records(folder: Path, *rows: Mapping[str, object]) -> list[Trial]:
    path = folder / "t.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return list(read_trials(path))


def below(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_every_name_is_kept_and_asked_for_as_it_is_and_no_statement_of_it_runs(tmp_path: Path) -> None:
    trials = records(
        tmp_path, *({**RECORD, "target": name, "prompt": name, "family": name} for name in NAMES)
    )
    url = f"sqlite:///{tmp_path / 'canary.db'}"
    store, engine = open_store(url), create_engine(url)
    try:
        tables = set(inspect(engine).get_table_names())
        assert store.import_trials(trials) == (len(NAMES), 0)
        assert set(store.targets()) == set(NAMES)
        for name in NAMES:
            (found,) = store.trials(target=name)
            assert (found.prompt, found.family) == (name, name)
            assert store.columns(name).prompts == (name,)
            assert store.run(name) is None
        assert set(inspect(engine).get_table_names()) == tables
    finally:
        engine.dispose()
        store.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_run_s_name_that_could_be_a_path_is_refused_or_stays_a_page_of_the_folder(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "deep" / "reports"
    sample = sample_run()
    hostile = replace(sample.run, id=name, label=name)
    page = run_page(
        hostile, [replace(one, run=name, target=name) for one in sample.trials], sample.prompts, NOW
    )
    before = below(tmp_path)
    try:
        PageFolder(folder).write(render_run(page))
    except CanaryError:
        assert below(tmp_path) == before
        with pytest.raises(CanaryError):
            records(tmp_path, {**RECORD, "run": name})
    else:
        made = {path for path in below(tmp_path) - before if (tmp_path / path).is_file()}
        assert all(path.is_relative_to("deep/reports/runs") for path in made)
        assert len(made) == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_baseline_is_written_beside_the_others_or_not_at_all(tmp_path: Path, name: str) -> None:
    try:
        path = baseline_file(tmp_path, replace(BASELINE, target=name))
    except CanaryError:
        return
    assert path.parent == tmp_path


def test_members_of_an_archive_are_read_and_never_laid_down(tmp_path: Path) -> None:
    head = json.loads(LOG.read_text(encoding="utf-8"))
    sample = json.dumps(head.pop("samples")[0])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("header.json", json.dumps(head))
        for name in ("samples/../../../evil.json", "samples//evil.json", "samples/C:\\evil.json"):
            archive.writestr(name, sample.replace('"epoch": 1', f'"epoch": {len(archive.namelist())}'))
    path = tmp_path / "deep" / "er" / "log.eval"
    path.parent.mkdir(parents=True)
    path.write_bytes(out.getvalue())
    before = below(tmp_path)
    assert len(list(read_inspect(path))) == 3
    assert below(tmp_path) == before


TARGET = '[[targets]]\nname = "a"\nprovider = "openai"\nmodel = "m"\n'
MAIL = '[mail]\nsmtp = "smtp://u@h:25"\nfrom = "a@b.c"\nto = ["c@d.e"]\n'


@pytest.mark.parametrize(
    "text",
    [
        TARGET + 'extra_headers = {"X-A" = "a\\r\\nB: c"}',
        TARGET + 'extra_headers = {"X-A\\r\\nB" = "c"}',
        TARGET.replace('"m"', '"m\\r\\nX: y"'),
        TARGET.replace('"a"', '"../x"'),
        TARGET + 'identity = "a\\nb"',
        MAIL.replace("a@b.c", "a@b.c\\r\\nBcc: x@y.z"),
        MAIL.replace("c@d.e", "c@d.e\\nBcc: x@y.z"),
        '[reports]\nbase_url = "https://x\\r\\ny"',
        '[reports]\nbase_url = "javascript:alert(1)"',
    ],
)
def test_a_configuration_can_put_no_line_into_a_header_and_no_script_into_a_link(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "canary.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CanaryError):
        load_config(path, {})
