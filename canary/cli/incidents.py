"""incidents, mute."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from canary.cli.incident_text import listed, shown
from canary.cli.invocation import Invocation, answer, answer_json
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from canary.domain.casebook import Casebook, KeptIncident
    from canary.domain.incident import ActKind
    from canary.domain.ports import Store

STANDING = frozenset({"opened", "recovered"})
"""States from which a person may still end an incident."""
_BY = click.option("--by", metavar="NAME", help="Who says so. Default: the user's login name.")
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; kept with the incident.")


@click.group("incidents", no_args_is_help=True)
def incidents_group() -> None:
    """List incidents, and say what became of them."""


@incidents_group.command("list")
@click.option("--all", "everything", is_flag=True, help="Ended ones too.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def list_incidents(invocation: Invocation, *, everything: bool, as_json: bool) -> None:
    """List incidents as they were last judged."""
    kept = [one for one in _book(invocation)[1].incidents() if everything or one.state in STANDING]
    if as_json:
        answer_json({"schema": 1, "incidents": [one.body for one in kept]})
        return
    if not kept:
        answer("No incident." if everything else "No open incident. (--all lists ended ones.)")
        return
    answer(listed(kept[::-1]))


@incidents_group.command()
@click.argument("incident", metavar="INCIDENT")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def show(invocation: Invocation, incident: str, *, as_json: bool) -> None:
    """Show one incident: changes, life, layer and mechanism."""
    kept = _named(_book(invocation)[1], incident)
    if as_json:
        answer_json({"schema": 1, **kept.body})
    else:
        answer(shown(kept))


def _acting(kind: "ActKind", name: str, text: str) -> click.Command:
    """A command that keeps what a person says of an incident."""

    @click.command(name, help=text)
    @click.argument("incident", metavar="INCIDENT")
    @_REASON
    @_BY
    @click.pass_obj
    def act(invocation: Invocation, incident: str, *, reason: str, by: str | None) -> None:
        from canary.domain.incident import Act

        store, book = _book(invocation)
        try:
            kept = _named(book, incident)
            if kind != "acknowledge" and kept.state not in STANDING:
                raise UsageError(f"{kept.id} is {kept.state} already", where="INCIDENT")
            known = Act(kind=kind, incident=kept.id, at=_now(), by=_who(by), reason=_line("--reason", reason))
            book.add_act(known, key=kept.key)
        finally:
            store.close()
        _judge_again(invocation)
        answer(f"{kept.id}: {_DONE[kind]} by {known.by}")

    return act


_DONE: Mapping[str, str] = {
    "acknowledge": "acknowledged",
    "accept": "accepted as the new normal",
    "withdraw": "withdrawn",
    "close": "closed",
}
for _kind, _name, _text in (
    ("acknowledge", "acknowledge", "Say that somebody has it in hand."),
    ("accept", "accept", "Take the new level as normal, from the onset on."),
    ("withdraw", "withdraw", "Say that it was none: noise, or ours."),
    ("close", "close", "End it."),
):
    incidents_group.add_command(_acting(_kind, _name, _text))  # type: ignore[arg-type]


@click.command()
@click.argument("target", metavar="TARGET")
@click.option("--until", required=True, metavar="TIME", help="End, UTC, e.g. 2026-03-06 or 2026-03-06T18:00.")
@_REASON
@_BY
@click.pass_obj
def mute(invocation: Invocation, target: str, *, until: str, reason: str, by: str | None) -> None:
    """Keep quiet about a target for a maintenance window.

    Incidents that open inside it are kept and shown, and never mailed.
    """
    from canary.domain.incident import Act

    names = [spec.name for spec in invocation.load().targets]
    store, book = _book(invocation)
    try:
        known = dict.fromkeys([*names, *store.targets()])
        if target not in known:
            raise UsageError(
                f"there is no target {target!r}", where="TARGET", remedy=f"use one of: {', '.join(known)}"
            )
        now, end = _now(), _moment(until)
        if end <= now:
            raise UsageError(f"{until} is over already", where="--until")
        text = _line("--reason", reason)
        book.add_act(Act(kind="mute", target=target, at=now, until=end, by=_who(by), reason=text))
    finally:
        store.close()
    answer(f"{target}: muted until {end:%Y-%m-%d %H:%M} UTC")


def _book(invocation: Invocation) -> "tuple[Store, Casebook]":
    from canary.store.database import open_store

    store = open_store(invocation.load().store.url)
    return store, store.casebook()


def _judge_again(invocation: Invocation) -> None:
    """So that lists and pages say at once what a person has just said."""
    pipeline = invocation.pipeline()
    try:
        pipeline.judge.judge()
    finally:
        pipeline.store.close()


def _named(book: "Casebook", name: str) -> "KeptIncident":
    kept = book.incidents()
    for one in kept:
        if one.id.lower() == name.lower():
            return one
    known = ", ".join(one.id for one in kept[-5:]) or "there is none yet"
    raise UsageError(f"there is no incident {name!r}", where="INCIDENT", remedy=f"the latest: {known}")


def _now() -> datetime:
    from canary.assembly import SystemClock

    return SystemClock().now()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time", where="--until", remedy="write it as 2026-03-06T18:00"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _line(option: str, text: str) -> str:
    """What a person wrote, on one line."""
    line = " ".join(text.split())
    if not line:
        raise UsageError("must say something", where=option)
    return line


def _who(by: str | None) -> str:
    if by is not None:
        return _line("--by", by)
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("this user has no name here", where="--by", remedy="name who says so") from None


COMMANDS: Sequence[click.Command] = (incidents_group, mute)
