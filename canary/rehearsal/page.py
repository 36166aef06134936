"""docs/drills.md, made from scorecards and from the catalogue. `canary drill --all --fast --markdown` prints it."""

from collections.abc import Iterator, Mapping, Sequence

from canary.rehearsal.drill import Scorecard
from canary.rehearsal.playing import LEAD_DAYS, unplayable, unshown
from canary.rehearsal.scorecard import Row, extra_share, quiet_rate, rows, strays
from canary.simulate.scenarios import Effect, Kind, Scenario

HEAD = """\
# Fire drills

Public incidents of the years 2023 to 2026, replayed against this detector with the shipped prompt set, three replicates and
the default configuration; confounders that must stay silent; and plain changes of a known size. Every scenario is a file in
`canary/simulate/catalogue/`. `canary drill NAME --fast` runs one, and this page is printed by

```console
$ canary drill --all --fast --seeds {seeds} --markdown
```

What a row says. A history is drawn anew for each seed: 60 quiet days, then the change. *Found* is the share of histories in which an
incident was opened for the change; the delay counts from the onset day as 0, median / nine in ten. *Layer* and
*mechanism*: shares of the incidents found that name them right when they open. *Stray*: incidents a history that belong to no
change, all targets together. *Split*: further incidents opened for the same change, a history. `-` means not asked, or that so many
histories did not get there. *Extra*: calls added by confirmations: trials that a suspicion asks for are drawn on the same days, and
looked at only there. **A miss stands in bold.** Rows with the same number of targets begin with the same quiet histories, day by day:
one false alarm in them shows in every such row.

Sizes. Few vendors publish how large a defect was. A row whose sizes are all *assumed* says what would happen if they were
right; it is no history. The last table lists every size with where it is from.
"""

SECTIONS: Mapping[Kind, tuple[str, str]] = {
    "incident": ("## Public incidents", "Days until the public noticed stand beside ours."),
    "negative": (
        "## What must stay silent, or be labelled ours",
        "*Called* is the share of histories in which an incident was opened for it, and not labelled ours.",
    ),
    "synthetic": (
        "## Changes of a known size",
        "The reference suite of docs/statistics.md (40 prompts, three targets, 36 series); the change is in one of the targets.",
    ),
}

_LOUD = {"seldom", "missed", "called", "not reached"}


def drills_page(cards: Sequence[Scorecard]) -> str:
    """The whole page."""
    seeds = max(len(card.seeds) for card in cards)
    parts = [HEAD.format(seeds=seeds)]
    for kind, (title, about) in SECTIONS.items():
        chosen = [card for card in cards if card.scenario.kind == kind]
        if chosen:
            parts += [f"{title}\n\n{about}\n", _table(chosen), *_notes(chosen)]
    parts += [over_http_told([card.scenario for card in cards])]
    parts += ["## Sizes, and where they are from\n", effects_table([card.scenario for card in cards])]
    return "\n".join(parts)


OVER_HTTP = """\
## Over HTTP

Without `--fast` a drill asks a simulated provider through the official SDK, day by day under a virtual clock, and the real pipeline
stores, judges, publishes and lays its mail into `mails`: {lead} quiet days, then the change. Mixtures are drawn a conversation at a time, sticky
ones an account at a time, ramps a day at a time; effects concern the prompts they concern in columns. What moves there moves as far as
here (`pytest -m slow tests/rehearsal/test_wire.py`). Days have no effect of their own, and an agent's arms are the raw API under
their names, asked what an API can be asked.

Not played, each for one reason:
"""


def over_http_told(scenarios: Sequence[Scenario]) -> str:
    """How a drill over HTTP differs, and which scenarios it can't play, each with its reason."""
    refused = [f"- `{one.id}` {why}." for one in scenarios if (why := unplayable(one))]
    parts = [(one.id, unshown(one)) for one in scenarios if not unplayable(one)]
    some = [f"- `{name}`: all but {' and '.join(codes)}; time is virtual." for name, codes in parts if codes]
    return "\n".join([OVER_HTTP.format(lead=LEAD_DAYS), *refused, *some, ""])


def _table(cards: Sequence[Scorecard]) -> str:
    head = "| scenario | sizes | result | found | delay, days | in public, days | layer | mechanism | split | stray | quiet, a year | extra |"
    lines = [head, "|---" * head.count(" | ") + "|---|"]
    for card in cards:
        lines += _lines(card)
    return "\n".join(lines) + "\n"


def _lines(card: Scorecard) -> Iterator[str]:
    told = f"{strays(card):.2f} | {quiet_rate(card):.1f} | {extra_share(card):.1%}"
    if not card.scenario.changes:
        result = "silent" if not strays(card) else "**called**"
        yield f"| `{card.scenario.id}` | - | {result} | - | - | - | - | - | - | {told} |"
    for row in rows(card):
        name = (
            card.scenario.id
            if row.change.name == card.scenario.id
            else f"{card.scenario.id}: {row.change.name}"
        )
        cells = (
            f"`{name}`", sizes(row.change.effects), _result(row), f"{row.found:.0%}", _delay(row),
            _days(row.change.noticed_days), _share(row.layer_right), _share(row.mechanism_right), f"{row.split:.1f}",
        )  # fmt: skip
        yield f"| {' | '.join(cells)} | {told} |"
        told = " | | "


def _result(row: Row) -> str:
    word: str = row.result
    if row.joined > row.found:
        word = f"{word}; told inside another incident"
    if row.reached not in {0.0, 1.0}:
        word = f"{word}; met {row.reached:.0%} of accounts"
    return f"**{word}**" if row.result in _LOUD else word


def _delay(row: Row) -> str:
    return "-" if row.median_delay is None else f"{row.median_delay:.0f} / {_days(row.p90_delay)}"


def _days(days: float | None) -> str:
    return "-" if days is None else f"{days:.0f}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def sizes(effects: Sequence[Effect]) -> str:
    """Whether the drawn sizes of a change were published."""
    known = {effect.src for effect in effects if effect.drawn}
    return "-" if not known else known.pop() if len(known) == 1 else "partly published"


def _notes(cards: Sequence[Scorecard]) -> Iterator[str]:
    for card in cards:
        if card.scenario.notes:
            yield f"- `{card.scenario.id}`: {card.scenario.notes}"
    yield ""


def effects_table(scenarios: Sequence[Scenario]) -> str:
    """Every size of the catalogue with its source: the same on every machine."""
    lines = [
        "| scenario | metric | size | published or assumed | source, and what it is |",
        "|---|---|---|---|---|",
    ]
    seen = set()
    for scenario in scenarios:
        for change in scenario.changes:
            if change.name in seen or scenario.compose:
                continue
            seen.add(change.name)
            lines += [_effect(change.name, effect) for effect in change.effects]
    return "\n".join(lines) + "\n"


def _effect(name: str, effect: Effect) -> str:
    told = [effect.source or "", effect.note or "", "" if effect.drawn else "stated, not drawn"]
    return f"| `{name}` | {effect.metric} | {size(effect)} | {effect.src} | {'; '.join(part for part in told if part)} |"


def size(effect: Effect) -> str:
    """The size of an effect, in a few words."""
    told = ""
    if effect.after is not None:
        told = f"{effect.before:g} to {effect.after:g}"
    elif effect.x is not None:
        told = f"x {effect.x:g}"
    elif effect.add is not None:
        told = f"{effect.add:+g}"
    elif effect.per_turn_add is not None:
        told = f"{effect.per_turn_add:+g} a turn"
    elif effect.cap is not None:
        told = f"at most {effect.cap:g}"
    elif effect.name is not None:
        told = f"{effect.was or 'as asked'} to {effect.name}"
    elif effect.scripts:
        told = ", ".join(f"{script} x {factor:g}" for script, factor in effect.scripts.items())
    elif effect.spikes:
        told = f"{effect.set:g} at {', '.join(map(str, effect.spikes))}"
    else:
        told = f"{effect.set:g}"
    where = [*effect.families, *([f"{effect.share:.0%} of them"] if effect.share < 1 else [])]
    return f"{told} ({', '.join(where)})" if where else told
