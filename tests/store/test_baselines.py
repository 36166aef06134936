"""Pinned baselines as files that read well in a diff and come back as they were."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from canary.domain.baseline import Baseline, DayNoise, Figure, PinnedPrompt
from canary.domain.errors import ConfigurationError
from canary.store.baselines import read_baseline, read_baselines, write_baseline

PROMPT = PinnedPrompt(
    prompt="small/one",
    digest="0123456789abcdef",
    family="small",
    figures={
        "pass_rate": Figure(n=84, mean=0.940476, sd=0.238095),
        "output_tokens": Figure(n=84, mean=5.12345, sd=0.2),
    },
    input_tokens=112.0,
)
BASELINE = Baseline(
    target="opus-4.7-api",
    suite="fedcba9876543210",
    first_day=date(2026, 3, 1),
    last_day=date(2026, 3, 28),
    days=27,
    trials=85,
    graded=84,
    levels={"pass_rate": 0.940476},
    noise={"pass_rate": DayNoise(days=27, sd=0.021, sampling_sd=0.018)},
    names={"served_model": {"m-1": 84}},
    prompts=(PROMPT, replace(PROMPT, prompt="small/two", digest="", input_tokens=None)),
)


def test_a_baseline_comes_back_as_it_was_under_its_own_name(tmp_path: Path) -> None:
    path = write_baseline(tmp_path / "baselines", BASELINE)
    assert path.name == "opus-4.7-api@fedcba9876543210.json"
    assert read_baseline(path) == BASELINE
    assert read_baselines(tmp_path / "baselines", "opus-4.7-api") == [(path, BASELINE)]
    assert read_baselines(tmp_path / "baselines", "opus-4.7") == []


def test_pinning_twice_gives_the_same_bytes_and_leaves_no_other_file(tmp_path: Path) -> None:
    first = write_baseline(tmp_path, BASELINE).read_bytes()
    turned = replace(BASELINE, prompts=BASELINE.prompts[::-1])
    assert write_baseline(tmp_path, turned).read_bytes() == first
    assert len(list(tmp_path.iterdir())) == 1


def test_one_figure_that_moves_is_one_line_of_the_diff(tmp_path: Path) -> None:
    before = write_baseline(tmp_path, BASELINE).read_text(encoding="utf-8").splitlines()
    figures = {**PROMPT.figures, "pass_rate": Figure(n=84, mean=0.952381, sd=0.214)}
    moved = replace(BASELINE, prompts=(replace(PROMPT, figures=figures), BASELINE.prompts[1]))
    after = write_baseline(tmp_path, moved).read_text(encoding="utf-8").splitlines()
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "target": "t"}'])
def test_what_is_no_baseline_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t@s.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="pin it again"):
        read_baseline(path)


def test_a_target_that_is_no_file_name_is_never_written_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file name"):
        write_baseline(tmp_path, replace(BASELINE, target="../outside"))
    assert list(tmp_path.iterdir()) == []
