"""A mechanism is named by what moved and by what stayed flat; every signature knows its own picture."""

import re

import pytest

from canary.analysis.mechanisms import EXACT, EXPECTED, Observed, candidates, likelihoods
from canary.analysis.moved import Shift
from canary.analysis.signatures import SIGNATURES
from canary.domain.incident import Moved
from canary.domain.series import METRICS

FAR = {"D": -8.0, "d": -3.5, "0": 0.3, "u": 3.5, "U": 8.0, "e": 4.0, "E": 6.0, "m": 3.0}

EXACTS = {name for name, metric in METRICS.items() if metric.kind == "exact"} | {"unit_price"}


def shift(z: float) -> Shift:
    record = Moved(
        target="t", family="all", metric="m", before=1.0, after=1.0, effect=0.0, effect_low=0.0, effect_high=0.0,
        effect_unit="ratio",
    )  # fmt: skip
    return Shift(record=record, size=z, error=1.0)


def picture(name: str, *, scale: float = 1.0, without: str = "") -> Observed:
    """What a signature predicts, effects scaled."""
    moves = {metric: letter for metric, letter in SIGNATURES[name].moves.items() if metric != without}
    exact = {m: letter == "!" for m, letter in moves.items() if m in EXACTS}
    return Observed(
        shifts={m: shift(FAR[letter] * scale) for m, letter in moves.items() if m not in exact}, exact=exact
    )


@pytest.mark.parametrize("name", SIGNATURES)
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_every_signature_knows_its_own_picture(name: str, scale: float) -> None:
    assert candidates(picture(name, scale=scale))[0].mechanism == name


@pytest.mark.parametrize("name", SIGNATURES)
def test_one_metric_missing_leaves_it_among_the_first_two(name: str) -> None:
    for metric in SIGNATURES[name].moves:
        ranked = [one.mechanism for one in candidates(picture(name, without=metric))[:2]]
        assert name in ranked, metric


def test_where_nothing_was_measured_no_mechanism_is_named() -> None:
    assert candidates(Observed(shifts={}, exact={})) == ()


def test_a_picture_that_no_signature_has_names_none() -> None:
    odd = Observed(shifts={"ttft_s": shift(9.0), "zero_reasoning_rate": shift(9.0)}, exact={})
    assert all(one.score < 0.8 for one in candidates(odd))


def test_seen_against_and_unmeasured_metrics_are_told_apart() -> None:
    observed = Observed(
        shifts={"reasoning_tokens": shift(-9.0), "output_tokens": shift(-4.0), "final_words": shift(-9.0)},
        exact={},
    )
    best = next(one for one in candidates(observed) if one.mechanism == "effort-cut")
    assert best.seen == ("reasoning_tokens", "output_tokens")
    assert best.against == ("final_words",)
    assert "tokenizer" not in best.unmeasured


@pytest.mark.parametrize("z", [0.5, 2.0, 4.0, 20.0])
def test_likelihoods_are_the_same_both_ways(z: float) -> None:
    assert likelihoods(z) == pytest.approx(likelihoods(-z)[::-1])


@pytest.mark.parametrize(("z", "most"), [(-6.0, 0), (0.0, 1), (6.0, 2)])
def test_the_likeliest_direction_is_the_one_seen(z: float, most: int) -> None:
    odds = likelihoods(z)
    assert max(range(3), key=odds.__getitem__) == most


def test_signatures_speak_of_known_metrics_and_letters() -> None:
    for name, signature in SIGNATURES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        for metric, letter in signature.moves.items():
            assert metric in METRICS or metric in EXACTS
            assert letter in (EXACT if metric in EXACTS else EXPECTED), (name, metric)


@pytest.mark.parametrize("odds", [*EXPECTED.values(), *EXACT.values()])
def test_every_expectation_is_a_distribution(odds: tuple[float, ...]) -> None:
    assert sum(odds) == pytest.approx(1.0)


INTENT = re.compile(
    r"\b(deliberate|secret|nerf|intend|purpose|cheat|because|caused?|due to|blame|fault|degraded by|they|vendor)\w*",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", SIGNATURES)
def test_no_signature_claims_a_cause_or_an_intent(name: str) -> None:
    assert not INTENT.search(f"{SIGNATURES[name].title} {SIGNATURES[name].lever}")


@pytest.mark.parametrize("sign", [1, -1])
def test_what_a_test_has_found_counts_as_moved_that_way(sign: int) -> None:
    observed = Observed(
        shifts={"wrong_script_rate": shift(0.4)}, exact={}, alarmed={"wrong_script_rate": sign}
    )
    assert observed.z("wrong_script_rate") * sign >= 5.0
