"""mute: maintenance windows, begun, ended and listed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from canary.cli.incidents import casebook_of, reason_of, who
from canary.cli.invocation import Invocation, answer
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from canary.domain.incident import Act


@click.command()
@click.argument("target", metavar="[TARGET]", required=False)
@click.option("--until", metavar="TIME", help="End, UTC, e.g. 2026-03-06 or 2026-03-06T18:00.")
@click.option("--end", is_flag=True, help="End the target's window now.")
@click.option("--list", "listing", is_flag=True, help="Say who is muted, until when and why.")
@click.option("--reason", metavar="TEXT", help="Why; kept in the record.")
@click.option("--by", metavar="NAME", help="Who says so. Default: the user's login name.")
@click.pass_obj
def mute(
    invocation: Invocation,
    target: str | None,
    *,
    until: str | None,
    end: bool,
    listing: bool,
    reason: str | None,
    by: str | None,
) -> None:
    """Keep quiet about a target for a maintenance window.

    What opens or gets worse inside it is kept and shown, and never mailed. What was mailed before is still told
    when it recovers. Of a target, what was said last counts.
    """
    if listing:
        _list(invocation, target)
        return
    if target is None:
        raise UsageError("which target?", where="TARGET", remedy="name it, or use --list")
    if end == (until is not None):
        raise UsageError(
            "say when the window ends, or that it ends now",
            where="--until",
            remedy="use one of --until and --end",
        )
    if reason is None:
        raise UsageError("must say something", where="--reason", remedy="it is kept with the window")
    kept = _keep(invocation, target, until, reason=reason, by=by)
    told = "no longer muted" if end else f"muted until {kept.until:%Y-%m-%d %H:%M} UTC"
    answer(f"{target}: {told}")


def _keep(invocation: Invocation, target: str, until: str | None, *, reason: str, by: str | None) -> "Act":
    """Write a window down; without an end it ends the standing one."""
    from canary.analysis.mutes import in_force
    from canary.domain.incident import Act

    names = [spec.name for spec in invocation.load().targets]
    store, book = casebook_of(invocation)
    try:
        known = dict.fromkeys([*names, *store.targets()])
        if target not in known:
            raise UsageError(
                f"there is no target {target!r}", where="TARGET", remedy=f"use one of: {', '.join(known)}"
            )
        now = _now()
        last = now if until is None else _moment(until)
        if until is not None and last <= now:
            raise UsageError(f"{until} is over already", where="--until")
        if until is None and target not in {act.target for act in in_force(book.acts(), now)}:
            raise UsageError(f"{target} is not muted", where="--end", remedy="canary mute --list says who is")
        act = Act(kind="mute", target=target, at=now, until=last, by=who(by), reason=reason_of(reason))
        book.add_act(act)
        return act
    finally:
        store.close()


def _list(invocation: Invocation, target: str | None) -> None:
    from canary.analysis.mutes import in_force

    store, book = casebook_of(invocation)
    try:
        found = [act for act in in_force(book.acts(), _now()) if target in {None, act.target}]
    finally:
        store.close()
    if not found:
        answer("Nobody is muted.")
    for act in found:
        answer(f"Muted: {told(act)}")


def told(act: "Act") -> str:
    """`opus-api until 2026-03-06 18:00 UTC, by ana: gateway work`."""
    until = f" until {act.until:%Y-%m-%d %H:%M} UTC" if act.until else ""
    return f"{act.target}{until}, by {act.by}: {act.reason}"


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


COMMANDS: Sequence[click.Command] = (mute,)
