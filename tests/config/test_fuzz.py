"""Nothing that a file can hold makes a loader do anything but load it or refuse it with one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary.config.prompts import load_suite
from canary.config.settings import load_config
from canary.domain.errors import CanaryError
from tests.config.samples import CANARY_TOML, PROMPTS_YAML

PLANTED = "sk-ant-api03-PLANTED-0123456789abcdef"

_MARKS = (
    "",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "=",
    ":",
    "-",
    "\n",
    "  ",
    "#",
    "*x",
    "&x ",
    "!!x ",
    "\\",
    "|",
    "on",
)
_VALUES = (
    "null",
    "nan",
    "1e999",
    "true",
    "[]",
    "{}",
    "-1",
    "0",
    "9" * 30,
    "2026-03-01",
    "é",
    "\x00",
    "\ufeff",
    "$ref",
)
_KEYS = (PLANTED, f'"{PLANTED}"', f"{PLANTED}: 1", f"api_key = '{PLANTED}'", "<<: {}")
NOISE = st.sampled_from((*_MARKS, *_VALUES)) | st.text(max_size=8)
KEYS = st.sampled_from(_KEYS)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """A good file with a few passages cut out, repeated or written over, and a key pasted in at last."""
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        put = draw(NOISE | st.just(text[start:end] * 2))
        text = text[:start] + put + text[end:]
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.just("") | KEYS) + text[at:]


@st.composite
def revalued(draw: st.DrawFn, text: str) -> str:
    """A good file of which one value is something else."""
    lines = text.splitlines()
    index = draw(st.integers(0, len(lines) - 1))
    for mark in (" = ", ": "):
        key, found, _ = lines[index].partition(mark)
        if found:
            lines[index] = key + mark + draw(NOISE | KEYS | JSON_TEXT)
            break
    return "\n".join(lines)


JSON_TEXT = st.recursive(
    st.sampled_from(["1", "0.5", '"x"', "true", f'"{PLANTED}"', "''"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
    max_leaves=6,
)

fuzzed = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def refusal(load: Callable[[Path], object], path: Path) -> CanaryError | None:
    try:
        load(path)
    except CanaryError as error:
        return error
    return None


def loads_or_is_refused(load: Callable[[Path], object], path: Path, data: bytes) -> None:
    path.write_bytes(data)
    error = refusal(load, path)
    if error is not None:
        assert error.exit_code == 2
        assert "PLANTED" not in f"{error}{error!r}"
        assert "\n" not in str(error)
        assert str(error).startswith(str(path))


def config(path: Path) -> object:
    return load_config(path, {})


@fuzzed
@given(damaged(CANARY_TOML) | revalued(CANARY_TOML) | st.text(max_size=60))
def test_any_canary_toml_loads_or_is_refused_with_one_sentence(tmp_path: Path, text: str) -> None:
    loads_or_is_refused(config, tmp_path / "canary.toml", text.encode("utf-8", "surrogatepass"))


@fuzzed
@given(damaged(PROMPTS_YAML) | revalued(PROMPTS_YAML) | st.text(max_size=60))
def test_any_prompt_file_loads_or_is_refused_with_one_sentence(tmp_path: Path, text: str) -> None:
    loads_or_is_refused(load_suite, tmp_path / "tools.yaml", text.encode("utf-8", "surrogatepass"))


@fuzzed
@given(st.binary(max_size=80))
@pytest.mark.parametrize("load", [config, load_suite])
def test_any_bytes_load_or_are_refused_with_one_sentence(
    tmp_path: Path, load: Callable[[Path], object], data: bytes
) -> None:
    loads_or_is_refused(load, tmp_path / "file", data)
