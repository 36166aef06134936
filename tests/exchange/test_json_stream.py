"""A large JSON file in parts: the same values as read whole, however the bytes come, and nothing without bound."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.exchange.json_stream import EACH, parts

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Dripping(io.BytesIO):
    """Gives a few bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size)


@settings(max_examples=60)
@given(
    before=VALUES,
    items=st.lists(VALUES, max_size=5),
    inner=st.dictionaries(st.text(), VALUES, max_size=3),
    size=st.integers(1, 50),
    indent=st.sampled_from([None, 1]),
    ascii_=st.booleans(),
)
def test_parts_are_the_values_of_the_whole(
    before: Any, items: list[Any], inner: dict[str, Any], size: int, indent: int | None, *, ascii_: bool
) -> None:
    whole = {"before": before, "results": {"rows": items, "inner": inner}, "after": 12}
    data = json.dumps(whole, indent=indent, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    told = list(parts(Dripping(data, size), {("results",), ("results", "rows")}))
    assert [value for path, value in told if path == ("results", "rows", EACH)] == items
    rest = {path: value for path, value in told if path[-1] != EACH}
    assert rest == {("before",): before, ("results", "inner"): inner, ("after",): 12}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"a": 1', "the end"),
        ('{"a": [1, 2', "not JSON"),
        ('{"a": 1} x', "more follows"),
        ('{"a" 1}', "':' belongs"),
        ("{a: 1}", "belongs"),
        ('{"a": 1,}', "belongs"),
        ('{"rows": [1 2]}', "belongs"),
        ('{"a": nope}', "not JSON"),
        ('{"a": ' + "[" * 100_000, "nested too deeply|not JSON"),
    ],
)
def test_what_is_no_json_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        list(parts(io.BytesIO(text.encode()), {("rows",)}))
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="not UTF-8"):
        list(parts(io.BytesIO(b'{"a": "\xff"}'), ()))


def test_a_part_beyond_the_bound_is_refused_and_many_small_ones_are_not() -> None:
    small = b'{"rows": [' + b",".join([b'"' + b"x" * 1000 + b'"'] * 1000) + b"]}"
    assert len(list(parts(io.BytesIO(small), {("rows",)}, largest=100_000))) == 1000
    with pytest.raises(ValueError, match="longer than"):
        list(parts(io.BytesIO(b'{"a": "' + b"x" * 400_000 + b'"}'), (), largest=100_000))


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert list(parts(io.BytesIO(b'\xef\xbb\xbf{"a": 1.5}'), ())) == [(("a",), 1.5)]
