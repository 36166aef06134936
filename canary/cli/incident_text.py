"""Kept incidents for people, from what was kept of them."""

from collections.abc import Mapping, Sequence

from canary.cli.invocation import table
from canary.domain.canonical import Json
from canary.domain.casebook import KeptIncident
from canary.domain.series import metric

_LISTED = ("incident", "state", "severity", "kind", "verdict", "targets", "opened", "onset", "acknowledged")
_CHANGES = ("found", "target", "series", "kind", "direction", "onset", "before", "after", "effect")
_WHOLE = 1000
"""From which on a figure needs no decimals."""
POINTS = 100
_AS_FOUND = "Figures of the day each was found, never changed since; the page's are those of all days since the onset."
_STEPS = ("on", "event", "what", "by", "reason")


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
    return "\n".join([*lines, "", table([_CHANGES, *changes]), _AS_FOUND, "", table([_STEPS, *steps])])


def _change(change: Mapping[str, Json]) -> tuple[str, ...]:
    return (
        str(change["raised_on"]),
        str(change["target"]),
        f"{change['metric']} ({change['prompt'] or change['family']})",
        str(change["kind"]),
        str(change["direction"]),
        f"{change['onset']} ({change['onset_low']} to {change['onset_high']})",
        _figure(change, change["before"]),
        _figure(change, change["after"]),
        _effect(change),
    )


def _step(step: Mapping[str, Json]) -> tuple[str, ...]:
    moved = dict.fromkeys(_series(_mapping(change)) for change in _items(step["changes"]))
    return (
        str(step["on"]),
        str(step["event"]),
        ", ".join(moved) or "-",
        str(step["by"] or "-"),
        str(step["reason"] or "-"),
    )


def _series(change: Mapping[str, Json]) -> str:
    return f"{change['metric']}{' spread' if change['kind'] == 'spread' else ''}"


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


def _figure(change: Mapping[str, Json], value: Json) -> str:
    """With its unit; a spread is a standard deviation of logs and has none."""
    if value is None or not isinstance(value, int | float):
        return "-" if value is None else str(value)
    what = metric(str(change["metric"]))
    if change["kind"] == "spread":
        return f"{value:.3g}"
    if what.kind == "proportion":
        return f"{POINTS * value:.1f} %"
    figure = f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"
    return f"${figure}" if what.unit == "USD" else f"{figure} {what.unit}".rstrip()


def _effect(change: Mapping[str, Json]) -> str:
    value = change["effect"]
    if not isinstance(value, int | float):
        return "-"
    unit = "points" if change["effect_unit"] == "points" else "%"
    return f"{POINTS * value + 0.0:+.1f} {unit}"
