"""Which requests meet which fault, and how a fault is asked for."""

import pytest

from canary.simulate.faults import KINDS, Fault, Faults, Met, asked_fault, retry_headers
from canary.simulate.protocol import Refused


def _met(faults: list[Fault], times: int, *, prompt_id: str = "p") -> list[str | None]:
    state = Faults(faults, seed=0)
    met = [state.meet(protocol="chat", prompt_id=prompt_id, model="m", key=None) for _ in range(times)]
    return [one.kind if one else None for one in met]


def test_first_every_and_selection_say_which_requests_meet_a_fault() -> None:
    assert _met([Fault(kind="cut", first=2)], 4) == ["cut", "cut", None, None]
    assert _met([Fault(kind="cut", every=3)], 6) == [None, None, "cut", None, None, "cut"]
    assert _met([Fault(kind="cut", prompt="other")], 2) == [None, None]
    assert _met([Fault(kind="cut", protocol="messages"), Fault(kind="slow", model="m")], 1) == ["slow"]
    assert _met([Fault(kind="cut", first=1), Fault(kind="slow", first=2)], 3) == ["cut", "slow", None]


def test_a_share_is_kept_and_is_the_same_for_the_same_seed() -> None:
    """4,000 requests at a share of 0.2: within 0.02, three standard errors."""
    once = _met([Fault(kind="cut", share=0.2)], 4000)
    assert once == _met([Fault(kind="cut", share=0.2)], 4000)
    assert once.count("cut") / 4000 == pytest.approx(0.2, abs=0.02)


def test_a_share_goes_by_the_draw_key_and_not_by_arrival_where_there_is_one() -> None:
    keys = [f"trial-{number}.0.1" for number in range(50)]

    def met_by(order: list[str]) -> dict[str, Met | None]:
        state = Faults([Fault(kind="cut", share=0.3)], seed=0)
        return {key: state.meet(protocol="chat", prompt_id="p", model="m", key=key) for key in order}

    assert met_by(keys) == met_by(keys[::-1])
    assert set(map(str, met_by(keys).values())) == {"None", str(Met(kind="cut"))}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_wished_for(kind: str) -> None:
    assert asked_fault(kind) == Met(kind=kind)
    assert asked_fault(f"{kind} 2.5") == Met(kind=kind, seconds=2.5)


def test_a_wish_for_nothing_known_names_the_choices() -> None:
    with pytest.raises(Refused, match="choose one of bad_gateway, cut"):
        asked_fault("storm")


def test_a_fault_that_is_no_rate_limit_says_nothing_about_when_to_come_back() -> None:
    assert list(retry_headers(Met(kind="server_error"), now=0.0)) == []


def test_a_fault_that_does_not_exist_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="no fault is called 'storm'; choose one of bad_gateway"):
        Fault(kind="storm")  # type: ignore[arg-type]
