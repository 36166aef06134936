"""Nothing that a model or a host writes is taken on trust."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.trial import Usage
from canary.targets.faults import Fault
from canary.targets.pace import Pace
from canary.targets.replies import (
    DEEPEST_ARGUMENTS,
    DEEPEST_JSON,
    MOST_TOKENS,
    arguments_of,
    count,
    plain,
    usage_of_totals,
    whole,
)

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(ANY_TEXT)
def test_a_text_can_always_be_encoded_and_is_left_alone_where_it_could_be(text: str) -> None:
    whole(text).encode()
    if all(not 0xD800 <= ord(char) < 0xE000 for char in text):
        assert whole(text) == text


def test_halves_of_one_character_are_joined() -> None:
    assert whole("a\ud83d" + "\ude00b") == "a\U0001f600b"
    assert whole("a\ud83d") == "a\ufffd"


@given(JSON)
def test_anything_becomes_json_that_a_store_takes(value: Any) -> None:
    json.dumps(plain(value), allow_nan=False, ensure_ascii=False).encode()


def test_what_is_nested_without_end_is_no_answer() -> None:
    deep: Any = "bottom"
    for _ in range(DEEPEST_JSON):
        deep = {"down": [deep]}
    with pytest.raises(Fault, match="nested deeper"):
        plain(deep)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8")), st.integers() | st.text(st.characters(codec="utf-8"))
    )
)
def test_arguments_are_the_object_they_spell(value: dict[str, Any]) -> None:
    assert arguments_of(json.dumps(value)) == value
    assert arguments_of(json.dumps(value, ensure_ascii=False)) == value


@given(ANY_TEXT | JSON.map(json.dumps))
def test_no_text_is_too_odd_to_be_read_as_arguments(text: str) -> None:
    found = arguments_of(text)
    assert found is None or json.dumps(found, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"a": ' + "[" * (DEEPEST_ARGUMENTS - 1) + "]" * (DEEPEST_ARGUMENTS - 1) + "}", True),
        ('{"a": ' + "[" * DEEPEST_ARGUMENTS + "]" * DEEPEST_ARGUMENTS + "}", False),
        ('{"a": ' + "[" * 100_000, False),
        ('{"a": [' + "[]," * 1000 + "[]]}", True),
        ('{"a": ' + "9" * 5000 + "}", False),
        ('{"a": NaN}', False),
        ('{"a": 1e999}', False),
        ('{"a": 1', False),
        ("[]", False),
        ("", False),
    ],
)
def test_arguments_beyond_reason_are_no_object(text: str, read: bool) -> None:
    assert (arguments_of(text) is not None) is read


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        (0, 0),
        (7, 7),
        (7.0, 7),
        (7.5, None),
        (-1, None),
        (True, None),
        ("7", None),
        (None, None),
        (MOST_TOKENS, MOST_TOKENS),
        (MOST_TOKENS + 1, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_a_count_is_a_count_or_not_measured(value: object, counted: int | None) -> None:
    assert count(value) == counted


tokens = st.none() | st.integers(0, 1000)


@given(total=st.integers(0, 3000), read=tokens, write=tokens)
def test_parts_of_the_input_never_add_up_to_more_than_was_sent(
    total: int, read: int | None, write: int | None
) -> None:
    usage = usage_of_totals(input_total=total, cache_read=read, cache_write=write, output=1, reasoning=None)
    cached = (read or 0) + (write or 0)
    assert usage.input_tokens == (total - cached if cached <= total else total)
    assert (usage.cache_read_tokens, usage.cache_write_tokens) == (read, write)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=20),
    rate=st.floats(1.0, 500.0),
)
def test_a_stream_of_one_token_a_character_has_the_pace_it_was_sent_at(sizes: list[int], rate: float) -> None:
    pace, sent = Pace(), 0
    for size in sizes:
        sent += size
        pace.saw(10.0 + sent / rate, size)
    measured = pace.tokens_per_s(Usage(output_tokens=sum(sizes)))
    assert measured == pytest.approx(rate)


@pytest.mark.parametrize(
    "seen",
    [[], [(1.0, 5)], [(1.0, 5), (1.0, 5)], [(1.0, 5), (1.0001, 5)], [(1.0, 5), (9.0, 0)]],
    ids=["nothing", "one piece", "all at once", "out of one buffer", "emptiness later"],
)
def test_a_pace_that_can_not_be_measured_is_none(seen: list[tuple[float, int]]) -> None:
    pace = Pace()
    for at, size in seen:
        pace.saw(at, size)
    assert pace.tokens_per_s(Usage(output_tokens=10)) is None


def test_without_a_token_count_there_is_no_pace() -> None:
    pace = Pace()
    pace.saw(1.0, 5)
    pace.saw(2.0, 5)
    assert pace.tokens_per_s(None) is None
    assert pace.tokens_per_s(Usage(input_tokens=3)) is None
    assert pace.tokens_per_s(Usage(output_tokens=10, reasoning_tokens=10)) is None
    assert pace.tokens_per_s(Usage(output_tokens=10)) == pytest.approx(5.0)
