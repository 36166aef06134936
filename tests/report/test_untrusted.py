"""Text from outside is bounded, and nothing in it is unseen; ordinary text of any script stays as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.report.untrusted import LABEL, SENTENCE, excerpt, label, one_line, visible

ORDINARY = [
    "plain text, with\ttabs\nand newlines",
    "قبل الميلاد، كانت الأسعار 12 درهمًا",
    "می\u200cخواهم",
    "潮の満ち引きは月の引力によって起こります。",
    "हिन्दी में उत्तर",
    "ภาษาไทย",
    "e\u0301 a\u0308 decomposed",
    "👨\u200d👩\u200d👧 ❤\ufe0f 👍🏽 🏳\ufe0f\u200d🌈",
    "{{ 7*7 }} <b>&amp;</b> ${x} `code`",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_of_any_script_is_left_alone(text: str) -> None:
    """Joiners inside words and emoji, accents and right-to-left letters are no attack."""
    assert visible(text, 200) == (text, len(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("pass\u200bword", "pass⟨U+200B⟩word"),
        ("soft\u00adhyphen", "soft⟨U+00AD⟩hyphen"),
        ("ab\u200dcd", "ab⟨U+200D⟩cd"),
        ("\ufeffstart", "⟨U+FEFF⟩start"),
        ("\x1b[31mred", "␛[31mred"),
        ("nul\x00", "nul␀"),
        ("bell\x07 del\x7f", "bell␇ del␡"),
        ("c1\x85", "c1⟨U+0085⟩"),
        ("half\ud83d", "half⟨U+D83D⟩"),
        ("tag\U000e0041\U000e0042", "tag⟨U+E0041⟩⟨U+E0042⟩"),
        ("filler\u3164", "filler⟨U+3164⟩"),
        ("x" + "\u200b" * 50, "x⟨50 unseen characters⟩"),
        ("z" + "\u0335" * 40, "z\u0335\u0335⟨38 marks⟩"),
        ("dos\r\nline\u2028sep\rlone", "dos\nline\nsep␍lone"),
    ],
)
def test_what_a_reader_could_not_see_is_written_out(text: str, shown: str) -> None:
    """Direction overrides, zero width, controls, halves of characters, hidden tags, piled marks."""
    assert shown == visible(text, 200)[0]


@given(st.text(st.characters(), max_size=300), st.integers(1, 120))
def test_no_text_gets_through_unseen_or_too_long(text: str, limit: int) -> None:
    """Nothing of the categories that are drawn as nothing, but for joiners and selectors; encodable; bounded."""
    shown, used = visible(text, limit)
    assert len(shown) <= limit
    assert 0 <= used <= len(text)
    shown.encode()
    kinds = {unicodedata.category(c) for c in shown if c not in "\n\t\u200c\u200d"}
    assert kinds.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b"
    )


def test_a_megabyte_on_one_line_is_cut_and_the_rest_counted() -> None:
    """1,000 shown, 999,000 counted."""
    cut = excerpt("x" * 1_000_000, head=300, limit=1000)
    assert (len(cut.head), len(cut.rest), cut.omitted) == (300, 700, 999_000)


def test_the_beginning_ends_between_words_and_within_its_lines() -> None:
    """A cut never falls into a word that has a gap near, and eight lines are enough at once."""
    assert excerpt("word " * 100, head=52, limit=400).head.endswith("word")
    assert excerpt("line\n" * 100, head=300, limit=400).head.count("\n") == 7
    assert excerpt("def f():\n" + "    x = 1\n" * 20, head=300, limit=400).rest.startswith("    x")


def test_nothing_is_lost_between_the_beginning_and_the_rest() -> None:
    """What is shown on demand continues what is shown at once."""
    text = " ".join(f"word{n}" for n in range(100))
    cut = excerpt(text, head=200, limit=10_000)
    assert f"{cut.head} {cut.rest}" == text


def test_names_and_messages_are_single_short_lines() -> None:
    """Newlines become spaces, what is cut off ends in an ellipsis, and no name is empty."""
    assert one_line("two\nlines\t and  gaps") == "two lines and gaps"
    assert one_line("m" * 1000) == "m" * SENTENCE + " …"
    assert label("n" * 1000) == "n" * LABEL + " …"
    assert label("  ") == "(no name)"
