"""Whoever installs canary gets nothing whose licence asks more of them than canary's own does.

What is known to be unsafe is asked of a database on the network: the command stands in docs/security.md.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOR_TESTS = {"dev", "bench"}

PERMISSIVE = (
    *(
        "MIT",
        "BSD",
        "0BSD",
        "Apache",
        "ISC",
        "PSF",
        "Python Software Foundation",
        "Unlicense",
        "Zlib",
        "CC0",
        "HPND",
    ),
    "MPL",
)
"""MPL binds the files under it alone: they are used as they come."""
LESSER = {
    "psycopg": "LGPL: a library used as it comes, by whoever asks for PostgreSQL",
    "psycopg-binary": "LGPL: the same",
}
"""Extras whose licence asks for more than a notice, and why that binds nobody here."""


def asked(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def runtime() -> Iterator[Requirement]:
    """What canary and its extras ask for here, those for tests left out."""
    extras = (ones for name, ones in PROJECT["optional-dependencies"].items() if name not in FOR_TESTS)
    for text in (*PROJECT["dependencies"], *(one for ones in extras for one in ones)):
        if asked(requirement := Requirement(text)):
            yield requirement


@cache
def closure() -> dict[str, Distribution | None]:
    """Everything that comes along, by name; None = not installed here."""
    found: dict[str, Distribution | None] = {}
    waiting = list(runtime())
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        try:
            known = distribution(name)
        except PackageNotFoundError:
            found[name] = None
            continue
        found[name] = known
        for text in known.requires or ():
            further = Requirement(text)
            wanted = [
                extra
                for extra in ("", *requirement.extras)
                if further.marker is None or further.marker.evaluate({"extra": extra})
            ]
            if wanted and canonicalize_name(further.name) not in found:
                waiting.append(further)
    return found


def licence(known: Distribution) -> str:
    """What a package says of its licence: the expression, else its classifiers, else its file."""
    meta = known.metadata
    classes = [one for one in meta.get_all("Classifier") or () if one.startswith("License ::")]
    (expression, named) = (
        next(iter(meta.get_all(key) or ()), "") for key in ("License-Expression", "License")
    )
    said = expression or "; ".join(one.rpartition(":: ")[2] for one in classes)
    return said or named.strip().partition("\n")[0] or _by_its_text(known)


def _by_its_text(known: Distribution) -> str:
    texts = (
        known.read_text(f"licenses/{name}") or "" for name in known.metadata.get_all("License-File") or ()
    )
    return "MIT" if any("Permission is hereby granted, free of charge" in text for text in texts) else ""


def test_all_that_is_asked_for_is_installed_where_the_tests_run() -> None:
    assert [name for name, known in closure().items() if known is None] == []


@pytest.mark.parametrize("name", sorted(closure()))
def test_a_licence_asks_for_no_more_than_a_notice(name: str) -> None:
    known = closure()[name]
    assert known is not None
    said = licence(known)
    assert name in LESSER or any(one in said for one in PERMISSIVE), f"{name}: {said!r}"
    assert "GPL" not in said or name in LESSER, f"{name}: {said!r}"
