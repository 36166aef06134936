"""Kept incidents for people, from what was kept of them."""

from collections.abc import Mapping, Sequence

from canary.cli.invocation import table
from canary.domain.canonical import Json
from canary.domain.casebook import KeptIncident

_LISTED = ("incident", "state", "severity", "kind", "verdict", "targets", "opened", "onset", "acknowledged")
_CHANGES = ("found", "target", "series", "kind", "direction", "onset", "before", "after", "effect")
_STEPS = ("on", "event", "by", "reason")


def listed(kept: Sequence[KeptIncident]) -> str:
    """Incidents as lines."""
    return table([_LISTED, *(_row(one) for one in kept)])


def _row(one: KeptIncident) -> tuple[str, ...]:
    body = one.body
    names = body["targets"]
    assert isinstance(names, Sequence)
    return (
        one.id,
        one.state + (", muted" if body["muted"] else ""),
        str(body["severity"]),
        str(body["kind"]),
        str(body["verdict"]),
        ", ".join(map(str, names)),
        one.opened_on.isoformat(),
        str(body["onset"]),
        str(body["acknowledged_by"] or "-"),
    )


def shown(one: KeptIncident) -> str:
    """Everything of an incident as indented lines, the life and the changes as tables."""
    body = one.body
    lines = [f"{one.id}  {one.state}  {body['severity']} severity  {body['kind']}  {body['verdict']}"]
    lines.append(f"targets: {', '.join(map(str, _items(body['targets'])))}   opened {one.opened_on}")
    found = body["attribution"]
    assert isinstance(found, Mapping)
    lines.append(f"layer: {found['layer'] or 'not known'}   most like: {_mechanisms(found)}")
    lines += [
        f"{name.replace('_', ' ')}: {', '.join(map(str, _items(found[name])))}"
        for name in ("moved", "flat", "unclear", "missing_arms")
        if _items(found[name])
    ]
    changes = [_change(_mapping(change)) for change in _items(body["changes"])]
    steps = [_step(_mapping(step)) for step in _items(body["transitions"])]
    return "\n".join([*lines, "", table([_CHANGES, *changes]), "", table([_STEPS, *steps])])


def _change(change: Mapping[str, Json]) -> tuple[str, ...]:
    return (
        str(change["raised_on"]),
        str(change["target"]),
        f"{change['metric']} ({change['prompt'] or change['family']})",
        str(change["kind"]),
        str(change["direction"]),
        f"{change['onset']} ({change['onset_low']} to {change['onset_high']})",
        _figure(change["before"]),
        _figure(change["after"]),
        _figure(change["effect"]),
    )


def _step(step: Mapping[str, Json]) -> tuple[str, ...]:
    return (str(step["on"]), str(step["event"]), str(step["by"] or "-"), str(step["reason"] or "-"))


def _mechanisms(found: Mapping[str, Json]) -> str:
    named = [str(_mapping(one)["mechanism"]) for one in _items(found["candidates"])][:2]
    return ", then ".join(named) or "nothing known"


def _items(value: Json) -> Sequence[Json]:
    assert isinstance(value, Sequence)
    assert not isinstance(value, str)
    return value


def _mapping(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, Mapping)
    return value


def _figure(value: Json) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, int | float) else str(value)
