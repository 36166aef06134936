"""The catalogue of scenarios, read from its files: one TOML file each, held against a strict schema."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources

from pydantic import TypeAdapter, ValidationError

from canary.domain.errors import ConfigurationError, UsageError
from canary.simulate.effects import CODES
from canary.simulate.scenarios import Scenario

FOLDER = "catalogue"

_SCHEMA: TypeAdapter[Scenario] = TypeAdapter(Scenario)


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Scenario]:
    """Every scenario by id, in the catalogue's order of names.

    Raises:
        ConfigurationError: a file breaks the schema.
    """
    folder = resources.files("canary.simulate") / FOLDER
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    plain = {}
    for file in files:
        scenario = read_scenario(file.read_text(encoding="utf-8"), file.name)
        plain[scenario.id] = scenario
    return {name: _composed(scenario, plain) for name, scenario in plain.items()}


def find_scenario(name: str) -> Scenario:
    """The scenario of a name.

    Raises:
        UsageError: there is none.
    """
    import difflib

    known = catalogue()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"one of: {', '.join(known)}"
    raise UsageError(f"there is no scenario {name!r}", where="SCENARIO", remedy=remedy)


def read_scenario(text: str, name: str) -> Scenario:
    """One scenario from a file's text; `name` is the file in messages.

    Raises:
        ConfigurationError: it is no TOML, or breaks the schema.
    """
    try:
        scenario = _SCHEMA.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"is no TOML: {error}", where=name) from None
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {first['msg']}", where=name) from None
    _refuse_unknown(scenario, name)
    return scenario


def _refuse_unknown(scenario: Scenario, name: str) -> None:
    if f"{scenario.id}.toml" != name:
        raise ConfigurationError(f"the id is {scenario.id!r}", where=name, remedy="name the file after it")
    targets = {site.name for site in scenario.targets}
    for change in scenario.changes:
        for effect in change.effects:
            if effect.metric not in CODES and not effect.metric.startswith("PHR_"):
                raise ConfigurationError(f"{change.name}: unknown metric {effect.metric!r}", where=name)
        for rollout in change.rollout:
            if rollout.target not in targets:
                raise ConfigurationError(f"{change.name}: unknown target {rollout.target!r}", where=name)


def _composed(scenario: Scenario, plain: Mapping[str, Scenario]) -> Scenario:
    """A scenario with what it is composed of put into it."""
    parts = [plain[name] for name in scenario.compose]
    return replace(
        scenario,
        changes=tuple(change for part in parts for change in part.changes) + scenario.changes,
        annotations=tuple(note for part in parts for note in part.annotations) + scenario.annotations,
    )
