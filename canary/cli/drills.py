"""drill."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, answer_json, table
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from canary.rehearsal.drill import Scorecard
    from canary.rehearsal.scorecard import Row

SEEDS = 5


@click.command()
@click.argument("scenario", required=False)
@click.option("--all", "every", is_flag=True, help="All scenarios.")
@click.option("--list", "listed", is_flag=True, help="Name the scenarios and leave.")
@click.option("--fast", is_flag=True, help="In process, drawn in columns, instead of over HTTP day by day.")
@click.option(
    "--seeds",
    type=click.IntRange(1, 10_000),
    help=f"Histories of each.  [default: {SEEDS} with --fast, else 1]",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("canary-drill"),
    show_default=True,
    help="Without --fast: where store and pages go.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option("--markdown", is_flag=True, help="Answer as the page docs/drills.md.")
@click.pass_obj
def drill(
    invocation: Invocation,
    *,
    scenario: str | None,
    every: bool,
    listed: bool,
    fast: bool,
    seeds: int | None,
    folder: Path,
    as_json: bool,
    markdown: bool,
) -> None:
    """Replay a public incident.

    Would it have been seen, when, under which name? Over HTTP day by day, or with --fast in process.
    """
    from canary.rehearsal.scorecard import drill_json

    if listed:
        answer(_catalogue_text())
        return
    if every and not fast:
        raise UsageError("takes hours over HTTP", where="--all", remedy="add --fast")
    if every == (scenario is not None):
        raise UsageError("name one scenario, or --all", where="SCENARIO", remedy="canary drill --list")
    cards = (
        _fast_cards(invocation, scenario, seeds or SEEDS)
        if fast
        else [_played_card(invocation, scenario, seeds or 1, folder)]
    )
    if as_json:
        answer_json(drill_json(cards))
    elif markdown:
        from canary.rehearsal.page import drills_page

        answer(drills_page(cards))
    else:
        answer(drill_text(cards))


def _catalogue_text() -> str:
    from canary.simulate.scenario_files import catalogue

    rows = [["SCENARIO", "KIND", "WHAT"]]
    rows += [[one.id, one.kind, one.title] for one in catalogue().values()]
    return table(rows)


def _fast_cards(invocation: Invocation, name: str | None, seeds: int) -> "list[Scorecard]":
    from canary.config.prompts import load_suite
    from canary.rehearsal.drill import drill as put_through
    from canary.rehearsal.drill import seeds_of
    from canary.simulate.scenario_files import catalogue, find_scenario

    chosen = list(catalogue().values()) if name is None else [find_scenario(name)]
    suite, cards = load_suite(None), []
    for number, scenario in enumerate(chosen, start=1):
        if len(chosen) > 1:
            invocation.note(
                "drill_progress",
                f"{number} of {len(chosen)}: {scenario.id} ...",
                scenario=scenario.id,
                number=number,
                scenarios=len(chosen),
            )
        cards.append(put_through(scenario, suite, seeds_of(seeds)))
    return cards


def _played_card(invocation: Invocation, name: str | None, seeds: int, folder: Path) -> "Scorecard":
    from canary.config.prompts import load_suite
    from canary.rehearsal.drill import Scorecard, seeds_of
    from canary.rehearsal.letterbox import FOLDER
    from canary.rehearsal.playing import unshown
    from canary.rehearsal.wire import drill_over_http
    from canary.simulate.scenario_files import find_scenario

    scenario, suite = find_scenario(name or ""), load_suite(None)
    left_out = unshown(scenario)
    if left_out:
        codes = ", ".join(left_out)
        invocation.note(
            "drill_left_out", f"Time is virtual over HTTP; not shown: {codes}.", codes=list(left_out)
        )

    def told(day: "date", last: "date") -> None:
        invocation.note("drill_day", f"{day} of {last}", day=day.isoformat(), last_day=last.isoformat())

    histories = []
    for seed in seeds_of(seeds):
        place = folder / scenario.id / str(seed)
        _claim(place)
        histories.append(drill_over_http(scenario, suite, seed, place, told=told))
        mails = len(list((place / FOLDER).glob("*.eml")))
        invocation.note(
            "drill_pages", f"Pages, store and mail ({mails}): {place}", folder=str(place), mails=mails
        )
    return Scorecard(scenario=scenario, seeds=seeds_of(seeds), histories=tuple(histories))


def _claim(place: Path) -> None:
    """A drill begins with an empty store, and deletes none."""
    if (place / "drill.db").exists():
        raise UsageError("holds an earlier drill", where=str(place), remedy="name another folder with --out")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"can't be written ({error.strerror})", where=str(place), remedy="name another with --out"
        ) from None


def drill_text(cards: "Sequence[Scorecard]") -> str:
    """Scorecards for a terminal; misses are called misses."""
    from canary.rehearsal.scorecard import quiet_rate, rows, strays

    lines = [["SCENARIO", "CHANGE", "RESULT", "FOUND", "DELAY", "PUBLIC", "LAYER", "MECHANISM", "STRAY"]]
    for card in cards:
        told = rows(card)
        stray = f"{strays(card):.2f}"
        if not told:
            result = "silent" if not strays(card) else "CALLED"
            lines.append([card.scenario.id, "none", result, "", "", "", "", "", stray])
        lines += [_line(card, row, stray) for row in told]
    seeds, rate = sum(len(card.seeds) for card in cards), [quiet_rate(card) for card in cards]
    return (
        f"{table(lines, right=(3, 4, 5, 6, 7, 8))}\n\n"
        f"{seeds} histories drawn; {sum(rate) / len(rate):.2f} incidents opened a year without a change. "
        "FOUND, LAYER, MECHANISM: shares of histories, and of incidents opened. DELAY: days, median / nine in ten. "
        "STRAY: incidents of no change, a history. Sizes are partly assumed: docs/drills.md says which."
    )


def _line(card: "Scorecard", row: "Row", stray: str) -> list[str]:
    loud = row.result in {"missed", "seldom", "called"}
    delay = "-" if row.median_delay is None else f"{row.median_delay:.0f}"
    late = "-" if row.p90_delay is None else f"{row.p90_delay:.0f}"
    return [
        card.scenario.id,
        row.change.name if row.change.name != card.scenario.id else "",
        row.result.upper() if loud else row.result,
        f"{row.found:.0%}",
        f"{delay} / {late}",
        "" if row.change.noticed_days is None else str(row.change.noticed_days),
        _percent(row.layer_right),
        _percent(row.mechanism_right),
        stray,
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


COMMANDS: Sequence[click.Command] = (drill,)
