"""A key of ours, or anything that looks like one, is shown nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.canonical import Json
from canary.targets.redaction import LINE_LIMIT, MARK, TELLING_LENGTH, Redactor, secret_values

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=TELLING_LENGTH, max_size=60)


@given(key=KEYS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_known_key_never_survives(key: str, before: str, after: str) -> None:
    line = Redactor((key,)).line(f"{before} {key} {after}")
    assert key not in line
    assert line == " ".join(line.split())
    assert line.isprintable()


@given(key=KEYS)
def test_what_a_host_echoed_can_be_found_and_taken_out(key: str) -> None:
    redactor = Redactor((key,))
    value: Json = {"a": [f"x{key}y", 1, None], "b": "clean"}
    assert redactor.echoed_in(value)
    assert redactor.scrubbed(value) == {"a": [f"x{MARK}y", 1, None], "b": "clean"}
    assert not redactor.echoed_in({"b": "clean"})
    assert key not in repr(redactor)


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abcdefgh12345678.",
        "Incorrect API key provided: sk-ab*****************wxyz. You can find your key at the site.",
        "Incorrect API key provided: my-sec****************lue.",
        "header Authorization: Bearer abcdef.ghijkl-mnop",
        "x-api-key=abcdef0123456789 is unknown",
        '{"api_key": "abcdef0123456789"}',
        "key AIzaSyA1234567890abcdefghij is invalid",
    ],
)
def test_keys_of_others_are_known_by_their_looks(text: str) -> None:
    line = Redactor(()).line(text)
    assert MARK in line
    for secret in ("abcdef", "wxyz", "my-sec", "A1234567890"):
        assert secret not in line


@pytest.mark.parametrize(
    "text",
    [
        "Rate limit reached for gpt-6 in organization org-abc on tokens per min (TPM): Limit 30000, Used 29000.",
        "max_tokens: 64000 > 32000, which is the maximum allowed",
        "risk-adjusted task-budgets are fine",
    ],
)
def test_a_message_without_a_key_is_left_alone(text: str) -> None:
    assert Redactor(("sk-canary-0123456789",)).line(text) == text


def test_a_key_that_was_echoed_in_part_is_taken_out_too() -> None:
    assert (
        Redactor(("canary-secret-0123456789",)).line("key canary-secret-01... is unknown")
        == f"key {MARK} is unknown"
    )


def test_a_short_key_is_taken_out_as_a_word_alone() -> None:
    assert Redactor(("abc",)).line("abc, abcd and x=abc") == f"{MARK}, abcd and x={MARK}"


def test_a_message_is_one_short_line() -> None:
    line = Redactor(()).line("a\r\n\tb\x1b[31m\x00" + "c" * 10_000)
    assert line.startswith("a b [31m c")
    assert len(line) == LINE_LIMIT


def test_headers_that_may_hold_a_credential_are_known_by_name() -> None:
    headers = {"X-Api-Key": "one", "Proxy-Authorization": "two", "X-Team": "three", "Cookie": "four"}
    assert secret_values(headers) == ("one", "two", "four")
