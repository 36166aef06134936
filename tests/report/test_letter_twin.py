"""The text twin of any incident's mail says what its HTML says first: every word and number of the headline, drawn at random."""

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary.domain.incident import ChangePoint, Incident, Moved, State, Transition
from canary.domain.report import Letter, Report
from canary.domain.series import METRICS
from canary.report.incident_page import Setting, glance
from canary.report.letters import incident_letter
from canary.report.numbers import JOIN
from tests.report.incidents import (
    API,
    CODE,
    MEMBERS,
    NEXT,
    NOW,
    ONSET,
    PINNED,
    analysis_of,
    change,
    evidence,
    incident,
)
from tests.report.markup import figures, read

PAGE = Report(name="x", subject="x", html="x", text="x", data={})
BARE = replace(evidence(), series=(), shifts=())
STATES: tuple[State, ...] = ("opened", "recovered", "withdrawn", "accepted", "closed")


@st.composite
def changes(draw: st.DrawFn) -> ChangePoint:
    """A series that moved by anything from a hair to a thousand times."""
    found = METRICS[draw(st.sampled_from(sorted(METRICS)))]
    share = found.kind == "proportion"
    value = st.floats(0, 1) if share else st.floats(0.001, 5e6)
    before, after = (float(f"{draw(value):.6g}") for _ in range(2))
    effect = after - before if share else after / before - 1
    width = abs(effect) * draw(st.floats(0.01, 2)) + 0.001
    late = timedelta(days=draw(st.integers(0, 400)))
    return change(
        target=draw(st.sampled_from((CODE, API, PINNED))),
        family=draw(st.sampled_from(("all", "code"))),
        metric=found.name,
        kind=draw(st.sampled_from(("level", "spread", "rare"))),
        direction="up" if after > before else "down",
        verdict=draw(st.sampled_from(("degradation", "change", "improvement"))),
        onset=ONSET - late,
        onset_low=ONSET - late - timedelta(days=draw(st.integers(0, 40))),
        onset_high=ONSET - late + timedelta(days=draw(st.integers(0, 2))),
        before=before,
        after=after,
        effect=effect,
        effect_low=effect - width,
        effect_high=effect + width,
        effect_unit="points" if share else "ratio",
    )


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    """Some of them, at any point of its life, with or without task success beside them."""
    found = draw(
        st.lists(changes(), min_size=1, max_size=4, unique_by=lambda c: (c.target, c.family, c.metric))
    )
    state = draw(st.sampled_from(STATES))
    step = Transition(on=NOW.date(), event="opened", changes=tuple(found), state=state)
    low = draw(st.floats(-0.3, 0.3))
    success = Moved(
        target=found[0].target, family="all", metric="pass_rate", before=0.8, after=0.8 + low / 2, effect=low / 2,
        effect_low=low - 0.1, effect_high=low + 0.1, effect_unit="points",
    )  # fmt: skip
    return incident(
        targets=tuple(dict.fromkeys(one.target for one in found)),
        changes=tuple(found),
        transitions=(step,),
        state=state,
        recovered_on=NOW.date() if state == "recovered" else None,
        moved=draw(st.sampled_from(((), (success,)))),
    )


def plain(text: str) -> str:
    """Words with one space between them."""
    return " ".join(text.replace(JOIN, " ").split())


def words(letter: Letter, tag: str) -> list[str]:
    """What stands in the elements of a name."""
    return [plain(piece) for inside, piece in read(letter.html).texts if tag in inside]


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(incidents())
def test_the_twin_says_the_first_screen_word_for_word(one: Incident) -> None:
    """Verdict, who, since when, headline, doubt, where, what to do, cost, next update; and every number of them in both."""
    setting = Setting(members=MEMBERS, next_update=NEXT, hours="daily at 06:00 UTC")
    letter = incident_letter(analysis_of([one]), one, BARE, NOW, setting=setting, page=PAGE)
    twin, html = plain(letter.text), " ".join(words(letter, "body"))
    first = glance(analysis_of([one]), one, BARE, NOW, setting)
    for said in (first.status.word, first.status.certainty, first.product, first.since, first.headline, first.doubt,
                 first.where, first.cost, first.next_update):  # fmt: skip
        assert plain(said) in twin
        assert plain(said) in plain(html)
    assert words(letter, "h1") == [plain(first.headline)]
    head, told = html.partition("What changed in numbers")[0], twin.partition("WHAT CHANGED IN NUMBERS")[0]
    assert set(figures(head)) ^ set(figures(told)) == set(), (head, told)
    signed = re.findall(r"[−+]\d[\d.,]*", head)
    assert set(signed) <= set(re.findall(r"[−+]\d[\d.,]*", told))


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(incidents(), st.sampled_from(STATES))
def test_the_subject_is_the_same_all_its_life(one: Incident, state: State) -> None:
    """Whatever becomes of it, and whatever else moves later; it holds no figure but the id's and those of names."""
    more = replace(
        change(metric="latency_s", raised_on=NOW.date(), before=2.0, after=9.0), target=one.targets[0]
    )
    later = replace(one, state=state, changes=(*one.changes, more))
    setting = Setting(members=MEMBERS)
    letters = [
        incident_letter(analysis_of([each]), each, BARE, NOW, setting=setting, page=PAGE)
        for each in (one, later)
    ]
    assert letters[0].subject == letters[1].subject
    assert letters[0].thread == letters[1].thread
    known = figures(" ".join((one.id, *MEMBERS)))
    assert set(figures(letters[0].subject)) <= set(known)
