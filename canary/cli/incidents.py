"""incidents."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import datetime
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
    kept = [one for one in casebook_of(invocation)[1].incidents() if everything or one.state in STANDING]
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
    kept = _named(casebook_of(invocation)[1], incident)
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

        store, book = casebook_of(invocation)
        try:
            kept = _named(book, incident)
            if kind != "acknowledge" and kept.state not in STANDING:
                raise UsageError(f"{kept.id} is {kept.state} already", where="INCIDENT")
            known = Act(kind=kind, incident=kept.id, at=_now(), by=who(by), reason=reason_of(reason))
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


def casebook_of(invocation: Invocation) -> "tuple[Store, Casebook]":
    """The store, to be closed, and its casebook."""
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


def reason_of(text: str) -> str:
    """Why, on one line."""
    return _line("--reason", text)


def _line(option: str, text: str) -> str:
    """What a person wrote, on one line."""
    line = " ".join(text.split())
    if not line:
        raise UsageError("must say something", where=option)
    return line


def who(by: str | None) -> str:
    """Who says so: the one named, else whoever is logged in."""
    if by is not None:
        return _line("--by", by)
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("this user has no name here", where="--by", remedy="name who says so") from None


COMMANDS: Sequence[click.Command] = (incidents_group,)
