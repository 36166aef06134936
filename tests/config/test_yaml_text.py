"""YAML as canary reads it: JSON values by the 1.2 core rules, with lines, and nothing that multiplies."""

import json
import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from canary.config.yaml_text import read_yaml
from canary.domain.errors import ConfigurationError

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(string.printable + "äß港😀", max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("ab:-#<", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_json_is_read_as_it_stands(value: object) -> None:
    assert read_yaml(json.dumps(value, ensure_ascii=False), "f").data == value


@given(st.text(string.ascii_letters + string.digits + " .:/+-_é", max_size=12))
def test_quoted_text_is_always_text(text: str) -> None:
    assert read_yaml(f'a: "{text}"', "f").data == {"a": text}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("04:10", "04:10"),
        ("2026-03-01", "2026-03-01"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("017", 17),
        ("-3", -3),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("'null'", "null"),
        ('"7"', "7"),
        ("=", "="),
    ],
)
def test_plain_scalars_follow_yaml_1_2_so_that_no_text_turns_into_something_else(
    written: str, value: object
) -> None:
    data = read_yaml(f"a: {written}", "f").data
    assert data == {"a": value}
    assert isinstance(data, dict)
    assert type(data["a"]) is type(value)


def test_keys_are_text_also_when_they_look_like_something_else() -> None:
    assert read_yaml("on: 1\n7: 2\ntrue: 3\n2026-03-01: 4\nnull: 5", "f").data == {
        "on": 1,
        "7": 2,
        "true": 3,
        "2026-03-01": 4,
        "null": 5,
    }


def test_lines_are_known_for_every_key_and_for_what_lies_below_an_unknown_one() -> None:
    source = read_yaml("a: 1\nb:\n  - c: 2\n    d: |\n      x\n      y\n  - e\n", "f")
    assert source.line(("b", 0, "d")) == 4
    assert source.line(("b", 1)) == 7
    assert source.line(("b", 0, "zzz", 9)) == 3
    assert source.line(()) == 1


def test_an_anchor_repeats_its_value() -> None:
    assert read_yaml("a: &x {b: [1]}\nc: *x\nd: [*x]", "f").data == {
        "a": {"b": [1]},
        "c": {"b": [1]},
        "d": [{"b": [1]}],
    }


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
    for old, new in zip(string.ascii_lowercase, string.ascii_lowercase[1:20], strict=False)
)
LONG_TEXT_BOMB = "a: &a " + "x" * 100_000 + "\n" + "b: [" + "*a, " * 1000 + "]"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' stands twice in one place"),
        ("a: {b: 1, b: 2}", 1, "the key 'b' stands twice in one place"),
        ("a:\n  - [", 2, "is not valid YAML"),
        ("a: 'x", 1, "is not valid YAML"),
        ("a: b: c", 1, "is not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", 1, "YAML tags (!…) are not supported"),
        ("a: !!str 7", 1, "YAML tags (!…) are not supported"),
        ("x: &x {a: 1}\ny:\n  <<: *x", 3, "merge keys (<<) are not supported"),
        ("a: *x", 1, "the alias *x names no earlier value"),
        ("a: &x [*x]", 1, "the alias *x names no earlier value"),
        ("? [a]\n: b", 1, "a key must be plain text"),
        ("a: 1\n---\nb: 2", 2, "holds more than one YAML document"),
        ("a: 1234567890123456789", 1, "a whole number has more than 18 digits"),
        ("a: 1e999", 1, "a number is too large"),
        ("a: \x07", 1, "a character is not allowed in YAML"),
        ("a: \ud800", 1, "a character is not allowed in YAML"),
        ("[" * 100_000, 1, "is nested deeper than 60 levels"),
        ("- " * 1000 + "x", 1, "is nested deeper than 60 levels"),
        (BOMB, 8, "the file grows too large when its aliases are expanded"),
        (LONG_TEXT_BOMB, 2, "the file grows too large when its aliases are expanded"),
    ],
)
def test_what_is_refused_is_refused_with_file_and_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_yaml(text, "f.yaml")
    assert str(caught.value).startswith(f"f.yaml:{line}: {problem}")
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "--- ~"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert read_yaml(text, "f").data is None


@given(st.text("abé:- \n[]{}&*!|>'\"#%@?,~0.<\t", max_size=60))
def test_any_text_is_read_or_refused_with_one_sentence(text: str) -> None:
    try:
        data = read_yaml(text, "f").data
    except ConfigurationError as error:
        told = str(error)
    else:
        told = ""
        json.dumps(data, allow_nan=False)
    assert "\n" not in told


@given(st.text("abc:- \n[]{}'\"#,0", max_size=40))
def test_whatever_is_read_has_the_shape_that_pyyaml_gives_it(text: str) -> None:
    try:
        data = read_yaml(text, "f").data
    except ConfigurationError:
        return
    assert _shape(data) == _shape(yaml.load(text, Loader=yaml.BaseLoader))


def _shape(value: object) -> object:
    """Nesting and keys, scalars left out: those are read by other rules on purpose."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else None
