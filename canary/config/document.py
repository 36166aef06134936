"""A long document made of nothing: plain sentences about a harbour, with declared facts hidden in it.

The filler has no digits, no number words, no names and no capitals inside a sentence, so a fact that has one can't
be mistaken for it. The same numbers give the same text on every machine: only `random()` is drawn, which Python keeps
stable from version to version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

_T = TypeVar("_T")

_SUBJECTS = (
    "the harbour office", "the night watch", "the ferry crew", "the dredging team", "the customs desk", "the pilot",
    "the lighthouse keeper", "the fish market", "the rope maker", "the tide clerk", "the crane driver", "the chandler",
    "the lifeboat crew", "the boatyard", "the ice house", "the canteen", "the survey party", "the signal station",
    "the warehouse foreman", "the net mender", "the sail loft", "the weather desk", "the salvage barge", "the archive",
)  # fmt: skip
_VERBS = (
    "checked", "repaired", "moved", "described", "repainted", "counted", "measured", "covered", "cleaned", "inspected",
    "borrowed", "returned", "labelled", "stored", "replaced", "tested", "sketched", "dried", "sorted", "inherited",
)  # fmt: skip
_ADJECTIVES = (
    "old", "spare", "wooden", "narrow", "heavy", "rusty", "quiet", "northern", "lower", "outer", "borrowed", "faded",
    "curved", "temporary", "familiar", "salt-stained", "green", "low", "broken", "new",
)  # fmt: skip
_OBJECTS = (
    "mooring lines", "tide tables", "gangway", "fenders", "lantern", "slipway", "cargo nets", "notice board",
    "breakwater stones", "fog bell", "anchor chain", "loading ramp", "storm shutters", "fuel pump", "harbour charts",
    "winch", "landing stage", "oil drums", "buoys", "ledger", "pontoon", "sea wall", "rain gauge", "tool shed",
)  # fmt: skip
_WHEN = (
    "before the morning tide", "after the last ferry", "during the long fog", "while the rain held off",
    "at the turn of the tide", "in the slack water", "late in the afternoon", "under a grey sky",
    "between the showers", "as the wind dropped", "when the market closed", "in the early dark",
)  # fmt: skip
_CLAUSES = (
    "and nobody thought it remarkable", "because the weather allowed it", "although the work was slow",
    "so the quay stayed clear", "and the log was filled in by hand", "but the paint needed another day",
    "while gulls waited on the rail", "and the tea went cold", "as the rules of the port require",
    "which pleased the older hands", "though the ladder was in the way", "and then the talk turned to fishing",
)  # fmt: skip
_SENTENCES_PER_PARAGRAPH = (4, 5, 6, 7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A sentence to hide: `depth` 0 is the start of the document, 1 its end."""

    depth: float
    text: str


def generated_document(*, words: int, seed: int, facts: Sequence[Fact] = ()) -> str:
    """A document of at least `words` words, facts included, and at most one sentence more.

    Facts of the same depth stand in the order given; each stands word for word, between two sentences.
    """
    draw = Random(seed)  # noqa: S311 - a reproducible text, not a secret
    missing = words - sum(len(fact.text.split()) for fact in facts)
    sentences: list[str] = []
    while missing > 0:
        sentence = _sentence(draw)
        sentences.append(sentence)
        missing -= len(sentence.split())
    return _paragraphs(_with_facts(sentences, facts), draw)


def _sentence(draw: Random) -> str:
    subject, verb, adjective, thing = (
        _pick(draw, pool) for pool in (_SUBJECTS, _VERBS, _ADJECTIVES, _OBJECTS)
    )
    core = f"{subject} {verb} the {adjective} {thing}"
    form = _pick(draw, ("{core} {when}", "{when}, {core}", "{core} {when}, {clause}", "{core}, {clause}"))
    text = form.format(core=core, when=_pick(draw, _WHEN), clause=_pick(draw, _CLAUSES))
    return text[0].upper() + text[1:] + "."


def _with_facts(sentences: Sequence[str], facts: Sequence[Fact]) -> list[str]:
    placed: list[str] = []
    waiting = sorted(facts, key=lambda fact: fact.depth)
    for index, sentence in enumerate([*sentences, None]):
        while waiting and (sentence is None or round(waiting[0].depth * len(sentences)) <= index):
            placed.append(waiting.pop(0).text)
        if sentence is not None:
            placed.append(sentence)
    return placed


def _paragraphs(sentences: Sequence[str], draw: Random) -> str:
    paragraphs: list[str] = []
    start = 0
    while start < len(sentences):
        end = start + _pick(draw, _SENTENCES_PER_PARAGRAPH)
        paragraphs.append(" ".join(sentences[start:end]))
        start = end
    return "\n\n".join(paragraphs)


def _pick(draw: Random, pool: Sequence[_T]) -> _T:
    return pool[int(draw.random() * len(pool))]
