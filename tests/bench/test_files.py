"""The files that are measured are files that are read: every form holds as many distinct trials as it says."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from canary.domain.trial import Trial
from canary.exchange.inspect_logs import read_inspect
from canary.exchange.promptfoo import read_promptfoo
from canary.exchange.trials import read_trials
from tests.bench.files import FORMS, written

READERS: Mapping[str, Callable[[Path], Iterator[Trial]]] = {
    "jsonl": read_trials,
    "csv": read_trials,
    "promptfoo": read_promptfoo,
    "inspect": read_inspect,
    "eval": read_inspect,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_the_trials_it_says(tmp_path: Path, form: str) -> None:
    path, _ = written(form, tmp_path, 600)
    trials = list(READERS[form](path))
    assert len({(one.target, one.prompt, one.replicate) for one in trials}) == 600
