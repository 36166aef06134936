"""A page tells what a solved task costs with its interval, use and prices apart, and never $0 for what is unknown."""

from dataclasses import replace

from canary.domain.cost import CostChange, SolvedCost
from canary.report.cost_view import cost_facts
from canary.report.incident_page import Setting, incident_page
from canary.report.numbers import JOIN
from tests.report.incidents import NOW, SAMPLES

BEFORE = SolvedCost(
    usd=41.0, solved=100, value=0.41, low=0.38, high=0.44, trials=128, unpriced=0, silent=0, unknown=()
)
AFTER = replace(BEFORE, usd=36.0, value=0.36, low=0.33, high=0.39)
CHANGE = CostChange(before=BEFORE, after=AFTER, change=-0.122, low=-0.19, high=-0.05, usage=-0.122, price=0.0)


def told(change: CostChange) -> dict[str, str]:
    return {fact.label: fact.text.replace(JOIN, " ") for fact in cost_facts(change)}


def test_levels_and_change_have_their_intervals_and_use_stands_apart_from_prices() -> None:
    assert told(CHANGE) == {
        "Cost per solved task": "$0.41 ($0.38 to $0.44) → $0.36 ($0.33 to $0.39), −12 % (−19.0 to −5.0 %)",
        "Use and prices apart": "use −12 %, prices 0 %",
    }


def test_an_uncertain_change_says_so() -> None:
    assert told(replace(CHANGE, high=0.02))["Cost per solved task"].endswith("+2.0 %, not certain)")


def test_what_has_no_price_is_named_and_makes_a_lower_bound() -> None:
    bound = replace(AFTER, value=0.2, low=None, high=None, unpriced=7, unknown=("kimi\u202ek2.6",))
    facts = told(replace(CHANGE, after=bound, change=None, low=None, high=None, usage=None, price=None))
    assert facts["Cost per solved task"] == "$0.41 ($0.38 to $0.44) → at least $0.20"
    assert "\u202e" not in facts["Unknown prices"]
    assert facts["Unknown prices"].startswith("7 trials of kimi")
    gone = replace(bound, usd=None, value=None)
    facts = told(replace(CHANGE, after=gone, change=None, usage=None, price=None))
    assert facts["Cost per solved task"] == "$0.41 ($0.38 to $0.44) → unknown"


def test_where_nothing_is_solved_no_cost_is_told() -> None:
    nothing = replace(AFTER, solved=0, value=None, low=None, high=None)
    facts = told(replace(CHANGE, after=nothing, change=None, usage=None, price=None))
    assert facts["Cost per solved task"].endswith("→ no task solved")


def test_the_page_of_an_incident_tells_use_and_prices_apart_and_the_cost_once() -> None:
    sample = SAMPLES["effort"]()
    target = sample.incident.targets[0]
    proof = replace(sample.evidence, costs={target: CHANGE})
    page = incident_page(sample.analysis, sample.incident, proof, NOW, Setting(members=sample.members))
    facts = [fact.label for fact in page.impact]
    assert facts.count("Cost per solved task") == 1
    assert "Use and prices apart" in facts
