"""A target's options in a protocol's places; what has no place is refused, never dropped.

An option that is silently not sent would make two targets look different that are the same.
"""

from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import Json
from canary.domain.environment import offered_tools
from canary.domain.errors import ConfigurationError
from canary.domain.suite import Prompt, Tool
from canary.domain.target import TargetSpec

_NOT_FOR_APIS = {"settings": "it is a harness's; remove it"}


def refuse(spec: TargetSpec, places: Mapping[str, str]) -> None:
    """Refuse the options that a protocol has no place for.

    Args:
        spec: the target.
        places: option -> remedy, for each option the protocol has no place for.

    Raises:
        ConfigurationError: one of them is set.
    """
    for option, remedy in (_NOT_FOR_APIS | dict(places)).items():
        if getattr(spec.options, option) not in (None, {}):
            raise ConfigurationError(
                f'provider "{spec.provider}" has no place for the option {option}',
                where=f'target "{spec.name}"',
                remedy=remedy,
            )


def extra_body(spec: TargetSpec, base: Mapping[str, Any], owned: frozenset[str]) -> dict[str, Json]:
    """The target's `extra_body`, its objects merged with those that options put in the same place.

    Args:
        spec: the target.
        base: the request's fields that come from options.
        owned: fields that the conversation writes.

    Raises:
        ConfigurationError: it names a field that the conversation writes.
    """
    for name in spec.options.extra_body:
        if name in owned:
            raise ConfigurationError(
                f"extra_body.{name} is written by canary itself",
                where=f'target "{spec.name}"',
                remedy="remove it",
            )
    return {name: _merged(base.get(name), value) for name, value in spec.options.extra_body.items()}


def _merged(ours: Any, theirs: Json) -> Json:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return {**ours, **{name: _merged(ours.get(name), value) for name, value in theirs.items()}}
    return theirs


def without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are set; an empty object is not."""
    return {name: value for name, value in fields.items() if value is not None and value != {}}


def tools_of(prompt: Prompt) -> tuple[Tool, ...]:
    """What a prompt offers to call; () where it offers nothing, because hosts refuse an empty list of tools."""
    return tuple(offered_tools(prompt.environment).values()) if prompt.environment else ()
