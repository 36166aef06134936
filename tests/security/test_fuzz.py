"""Whatever bytes come from outside, a parser gives records or one clear sentence; never another exception."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.domain.errors import CanaryError
from tests.security.parsers import PARSERS

every_parser = pytest.mark.parametrize("name", PARSERS)

TOKENS = (
    *(
        b"",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b":",
        b",",
        b"\n",
        b"\n\n",
        b"\r",
        b"\\",
        b"\\u",
        b"\x00",
        b"  ",
        b"---\n",
    ),
    *(
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b'"\\ud800"',
        b"\xf4\x90\x80\x80",
        b"PK\x05\x06",
        b"PK\x01\x02",
    ),
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'""',
        b"0",
        b"-1",
        b"1.5",
        b"1e999",
        b"-1e999",
        b"NaN",
        b"Infinity",
        b"1" * 30,
    ),
    *(
        b"9" * 5000,
        b"1e400",
        b"[" * 2000,
        b'{"a":' * 2000,
        b"2026-13-41T99:99:99Z",
        b"2026-03-01T00:00:00",
        b"9999-12-31",
    ),
    *(
        b"0001-01-01T00:00:00+23:59",
        b"&a *a",
        b"*a",
        b"!!python/object:os.system",
        b"<<: 1",
        b"data: ",
        b"event: ",
        b"data: [DONE]",
    ),
)
"""What breaks parsers: the marks of each format, numbers and moments at their ends, halves of characters."""


@st.composite
def mangled(draw: st.DrawFn, sample: bytes) -> bytes:
    """Good data with a few passages cut out, moved or written over."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(sample)))
        gone = draw(st.one_of(st.integers(0, 12), st.integers(0, 400)))
        put = draw(
            st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6), st.just(sample[at : at + gone] * 2))
        )
        sample = sample[:at] + put + sample[at + gone :]
    return sample


def refusal(name: str, data: bytes) -> str | None:
    """What a parser says against these bytes; None where it reads them."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            PARSERS[name].read(data, Path(folder))
        except CanaryError as error:
            return str(error)
    return None


def held(name: str, data: bytes) -> None:
    """The law."""
    said = refusal(name, data)
    if said is not None:
        assert said.strip()
        assert said.isprintable(), repr(said)
        assert len(said) < 1000


@every_parser
def test_a_good_sample_is_read(name: str, tmp_path: Path) -> None:
    assert PARSERS[name].read(PARSERS[name].sample, tmp_path) is not None


@every_parser
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_mangled_data_are_read_or_refused_in_one_sentence(name: str, data: st.DataObject) -> None:
    held(name, data.draw(mangled(PARSERS[name].sample)))


@every_parser
@pytest.mark.parametrize("data", TOKENS, ids=range(len(TOKENS)))
@pytest.mark.slow
def test_each_mark_alone_is_read_or_refused_in_one_sentence(name: str, data: bytes) -> None:
    held(name, data)


@every_parser
@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(data=st.data())
def test_a_long_siege(name: str, data: st.DataObject) -> None:
    held(name, data.draw(st.one_of(mangled(PARSERS[name].sample), st.binary(max_size=200))))
