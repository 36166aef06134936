"""Files that Inspect 0.3.285 and promptfoo 0.121.20 wrote: the counts and scores that they print, errors kept as failed.

Both asked the simulated provider eight tiny prompts; the files are cut down to a few results (`data/`). What the tools
printed of them stands in the tests.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from canary.domain.errors import RecordError
from canary.domain.trial import Trial
from canary.exchange.inspect_logs import read_inspect
from canary.exchange.promptfoo import read_promptfoo

DATA = Path(__file__).parent / "data"
EVAL, LOG, PROMPTFOO = (
    DATA / f"{name}" for name in ("inspect-words.eval", "inspect-words.json", "promptfoo-words.json")
)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def by_prompt(trials: list[Trial], check: str) -> list[float]:
    """Inspect's reduction: the mean over epochs of each sample."""
    found: dict[str, list[float]] = {}
    for trial in trials:
        for one in trial.checks or ():
            if one.check == check:
                found.setdefault(trial.prompt, []).append(float(one.strict))
    return [mean(values) for values in found.values()]


@pytest.mark.parametrize("path", [EVAL, LOG], ids=["eval", "json"])
def test_inspect_gives_what_inspect_printed(path: Path) -> None:
    """Printed: exact 0.667, 1 of 6 samples had errors, 1,313 tokens [I: 90, O: 1,223, R: 1,206]."""
    trials = list(read_inspect(path))
    graded = [trial for trial in trials if trial.outcome == "graded"]
    assert (len(trials), len(graded)) == (6, 5)
    assert mean(by_prompt(graded, "exact")) == pytest.approx(0.667, abs=5e-4)
    assert sum(trial.input_tokens or 0 for trial in trials) == 90
    assert sum(trial.output_tokens or 0 for trial in trials) == 1223
    assert sum(trial.reasoning_tokens or 0 for trial in trials) == 1206


def test_both_forms_of_a_log_give_the_same_trials() -> None:
    told = [sorted(read_inspect(path), key=lambda trial: trial.key) for path in (EVAL, LOG)]
    assert told[0] == told[1]


def test_an_inspect_sample_is_a_trial_of_its_task() -> None:
    trials = {(trial.prompt, trial.replicate): trial for trial in read_inspect(EVAL)}
    assert set(trials) == {(f"words/word-{n}", epoch) for n in (1, 2, 3) for epoch in (0, 1)}
    failed = trials["words/word-2", 0]
    assert failed.outcome == "failed"
    assert failed.error is not None
    assert failed.error.message == "RuntimeError('the tool broke')"
    assert (failed.passed, failed.score, failed.checks, failed.latency_s) == (None, None, None, None)
    good = trials["words/word-1", 0]
    assert good.latency_s is not None
    assert good.latency_s > 0
    assert (good.target, good.family, good.served_model) == ("openai/sim-small", "words", "sim-small")
    assert len({trial.prompt_digest for trial in trials.values()}) == 3


def test_a_partial_score_is_told_and_does_not_pass() -> None:
    partial = [trial for trial in read_inspect(EVAL) if trial.score is not None and 0 < trial.score < 1]
    assert partial
    for trial in partial:
        assert trial.passed is False
        assert trial.checks is not None
        told = {one.check: one for one in trial.checks}["shortness"]
        assert told.strict is False
        assert told.detail is not None
        assert 0 < float(told.detail.partition(":")[0]) < 1


def test_promptfoo_gives_what_promptfoo_printed() -> None:
    """Printed for all 16 results: 6 passed, 2 failed, 8 errors; of these four of each target are kept: 2, 2 and 4."""
    trials = list(read_promptfoo(PROMPTFOO))
    assert sum(trial.passed is True for trial in trials) == 2
    assert sum(trial.passed is False for trial in trials) == 2
    failed = [trial for trial in trials if trial.outcome == "failed"]
    assert {trial.target for trial in failed} == {"dead"}
    assert len(failed) == 4
    assert {trial.error.kind for trial in failed if trial.error} == {"connection"}


def test_a_repeated_promptfoo_test_is_a_replicate() -> None:
    keys = {(trial.target, trial.prompt, trial.replicate) for trial in read_promptfoo(PROMPTFOO)}
    assert keys == {
        (target, f"word/word {n}", replicate)
        for target in ("dead", "openai:chat:sim-small")
        for n in (1, 4)
        for replicate in (0, 1)
    }


def test_a_price_that_promptfoo_does_not_know_is_unknown_and_not_0() -> None:
    trials = list(read_promptfoo(PROMPTFOO))
    assert all(trial.cost_usd is None for trial in trials)
    assert any(trial.output_tokens for trial in trials)


def changed(tmp_path: Path, change: Callable[[Any], None], source: Path = PROMPTFOO) -> Path:
    data = json.loads(source.read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_cached_answer_was_asked_of_nobody(tmp_path: Path) -> None:
    def cache(data: Any) -> None:
        graded = next(one for one in data["results"]["results"] if one["gradingResult"])
        graded["response"]["cached"] = True

    path = changed(tmp_path, cache)
    with pytest.raises(RecordError, match="--no-cache"):
        list(read_promptfoo(path))
    left_out: list[RecordError] = []
    assert len(list(read_promptfoo(path, skip_bad=left_out.append))) == 7
    assert len(left_out) == 1


def test_tests_of_one_name_and_another_text_are_other_prompts(tmp_path: Path) -> None:
    def rename(data: Any) -> None:
        for one in data["results"]["results"]:
            one["testCase"]["description"] = "the same"

    prompts = {trial.prompt for trial in read_promptfoo(changed(tmp_path, rename))}
    assert prompts == {"word/the same", "word/the same#2"}


def test_cached_input_is_not_counted_twice(tmp_path: Path) -> None:
    def cached(data: Any) -> None:
        for one in data["results"]["results"]:
            one["tokenUsage"] |= {"prompt": 100, "total": 110}
            one["tokenUsage"]["completionDetails"]["cacheReadInputTokens"] = 60
            one["cost"] = 0.25

    trials = list(read_promptfoo(changed(tmp_path, cached)))
    assert {(trial.input_tokens, trial.cache_read_tokens, trial.cost_usd) for trial in trials} == {
        (40, 60, 0.25)
    }


def test_an_invalidated_sample_makes_no_trial(tmp_path: Path) -> None:
    def invalidate(data: Any) -> None:
        data["samples"][0]["invalidation"] = {"reason": "wrong target"}

    path = changed(tmp_path, invalidate, LOG)
    with pytest.raises(RecordError, match="declared invalid"):
        list(read_inspect(path))
    assert len(list(read_inspect(path, skip_bad=lambda _: None))) == 5


@pytest.mark.parametrize(
    ("value", "passed"),
    [
        ("C", True),
        ("I", False),
        ("P", False),
        ("N", False),
        (1, True),
        (0.99, False),
        (True, True),
        ("yes", True),
    ],
)
def test_every_kind_of_score_is_read_as_inspect_reads_it(
    tmp_path: Path, value: object, passed: object
) -> None:
    def score(data: Any) -> None:
        for sample in data["samples"]:
            if sample.get("scores"):
                sample["scores"] = {"one": {"value": value}}

    graded = [trial for trial in read_inspect(changed(tmp_path, score, LOG)) if trial.outcome == "graded"]
    assert {trial.passed for trial in graded} == {passed}


@pytest.mark.parametrize("value", ["a word", [1, 0], None, 7.5])
def test_a_score_that_is_no_share_says_nothing(tmp_path: Path, value: object) -> None:
    def score(data: Any) -> None:
        for sample in data["samples"]:
            if sample.get("scores"):
                sample["scores"] = {"one": {"value": value}}

    graded = [trial for trial in read_inspect(changed(tmp_path, score, LOG)) if trial.outcome == "graded"]
    assert {(trial.passed, trial.score, trial.checks) for trial in graded} == {(None, None, None)}


def test_an_eval_that_still_runs_is_refused(tmp_path: Path) -> None:
    def started(data: Any) -> None:
        data["status"] = "started"

    with pytest.raises(RecordError, match="not finished"):
        list(read_inspect(changed(tmp_path, started, LOG)))


def other_files(tmp_path: Path) -> Iterator[tuple[Path, Callable[..., Iterator[Trial]]]]:
    for name, text in {
        "empty": "",
        "list": "[]",
        "object": "{}",
        "text": "hello",
        "cut": LOG.read_text()[:5000],
    }.items():
        path = tmp_path / f"{name}.json"
        path.write_text(text, encoding="utf-8")
        yield path, read_inspect
        yield path, read_promptfoo
    archive = tmp_path / "no.eval"
    archive.write_text("no archive", encoding="utf-8")
    yield archive, read_inspect
    yield LOG, read_promptfoo
    yield PROMPTFOO, read_inspect
    yield tmp_path / "missing.json", read_inspect
    yield tmp_path / "missing.eval", read_inspect


def test_a_file_of_another_kind_is_refused_with_its_name(tmp_path: Path) -> None:
    for path, read in other_files(tmp_path):
        with pytest.raises(RecordError) as caught:
            list(read(path))
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    data = EVAL.read_bytes()
    with zipfile.ZipFile(EVAL) as archive:
        member = archive.getinfo("samples/word-1_epoch_1.json")
    path = tmp_path / "damaged.eval"
    for place in range(member.header_offset + 60, member.header_offset + member.compress_size, 97):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        with pytest.raises(RecordError):
            list(read_inspect(path))


@pytest.mark.parametrize("lies", [False, True], ids=["told", "lied about"])
def test_a_decompression_bomb_is_refused(tmp_path: Path, *, lies: bool) -> None:
    """Whether the archive tells how much it unpacks to, or says that it is little."""
    path = tmp_path / "bomb.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        head = json.loads(LOG.read_text(encoding="utf-8"))
        archive.writestr(
            "header.json", json.dumps({name: head[name] for name in ("version", "status", "eval")})
        )
        archive.writestr("samples/bomb_epoch_1.json", b" " * 5_000_000)
    if lies:
        data = bytearray(path.read_bytes())
        size, little = (5_000_000).to_bytes(4, "little"), (50_000).to_bytes(4, "little")
        path.write_bytes(bytes(data).replace(size, little))
    with pytest.raises(RecordError):
        list(read_inspect(path, largest=100_000))


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b'{"id": "\xff"}', "not UTF-8"),
        (b'{"id": ', "not JSON: expecting value at character 8"),
        (b"[]", "not the form"),
    ],
)
def test_a_member_that_is_no_sample_is_refused_with_its_name(
    tmp_path: Path, sample: bytes, reason: str
) -> None:
    path = tmp_path / "odd.eval"
    head = json.loads(LOG.read_text(encoding="utf-8"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "header.json", json.dumps({name: head[name] for name in ("version", "status", "eval")})
        )
        archive.writestr("samples/odd_epoch_1.json", sample)
    with pytest.raises(RecordError, match=f"samples/odd_epoch_1.json: .*{reason}"):
        list(read_inspect(path))


def test_importing_is_all_or_nothing_and_nothing_twice(tmp_path: Path) -> None:
    from canary.store.database import open_store

    store = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    try:
        assert store.import_trials(read_inspect(EVAL)) == (6, 0)
        assert store.import_trials(read_inspect(LOG)) == (0, 6)
        assert store.import_trials(read_promptfoo(PROMPTFOO)) == (8, 0)

        def spoil(data: Any) -> None:
            data["results"]["results"][-1]["provider"] = {}
            data["results"]["timestamp"] = "2026-12-01T00:00:00Z"

        with pytest.raises(RecordError, match="result 8"):
            store.import_trials(read_promptfoo(changed(tmp_path, spoil)))
        assert sum(1 for _ in store.trials()) == 14
    finally:
        store.close()


def test_the_command_knows_an_archive_by_its_name_and_each_format_by_its_own(tmp_path: Path) -> None:
    from canary.cli.records import _reader
    from tests.cli.conftest import Project

    project = Project(folder=tmp_path)
    project.config("")
    shutil.copy(EVAL, tmp_path / "nightly.eval")
    done = project.run("import", "nightly.eval")
    assert done.returncode == 0, done.stderr
    assert "6 trials kept" in done.stdout
    assert (_reader("promptfoo"), _reader("inspect")) == (read_promptfoo, read_inspect)
