"""The layer follows from which arms moved and which stayed flat; what an arm can't tell is not said."""

import pytest

from canary.analysis.layers import Standing, Status, layer_of, missing_arms
from canary.domain.deployment import Member
from canary.domain.target import Arm

M: Status = "moved"
F: Status = "flat"
U: Status = "unclear"


def group(**arms: Status) -> list[Standing]:
    names: dict[str, Arm] = {
        "api": "api",
        "defaults": "api-defaults",
        "h": "harness",
        "hp": "harness-pinned",
        "hi": "harness-resumed",
    }
    return [
        Standing(target=name, member=Member(arm=names[name], twins="t"), status=status)
        for name, status in arms.items()
    ]


@pytest.mark.parametrize(
    ("arms", "layer"),
    [
        ({"h": M, "hp": F, "api": F}, "harness-default"),
        ({"h": M, "hp": F, "hi": M, "api": F}, "harness-default"),
        ({"h": M, "hp": M, "api": F}, "harness-code"),
        ({"h": M, "hp": M, "hi": M, "api": F}, "harness-code"),
        ({"h": F, "hp": F, "hi": M, "api": F}, "harness-state"),
        ({"h": F, "hi": M, "api": F}, "harness-state"),
        ({"h": M, "hp": M, "hi": M, "api": M}, "model-or-serving"),
        ({"api": M, "h": U}, "model-or-serving"),
        ({"api": M}, "model-or-serving"),
        ({"defaults": M, "api": F}, "api-default"),
        ({"defaults": M, "api": M}, "model-or-serving"),
        # What is missing or unclear leaves layers that can't be told apart.
        ({"h": M}, "not-separable"),
        ({"h": M, "api": F}, "not-separable"),
        ({"h": M, "hp": F}, "not-separable"),
        ({"h": M, "hp": U, "api": F}, "not-separable"),
        ({"h": M, "hp": F, "api": U}, "not-separable"),
        ({"hi": M}, "not-separable"),
        ({"hi": M, "h": U, "api": F}, "not-separable"),
        ({"defaults": M}, "not-separable"),
    ],
)
def test_arms_tell_the_layer(arms: dict[str, Status], layer: str) -> None:
    assert layer_of(group(**arms)) == layer


def test_without_an_arm_nothing_is_said() -> None:
    assert layer_of([Standing(target="a", member=Member(), status="moved")]) is None


@pytest.mark.parametrize("name", ["host", "identity"])
@pytest.mark.parametrize(
    ("rest", "layer"), [(F, "special"), (U, "model-or-serving"), (M, "model-or-serving")]
)
def test_one_host_or_account_of_several(name: str, rest: Status, layer: str) -> None:
    first, second = (
        Standing(target=value, member=Member(arm="api", twins="t", **{name: value}), status=status)
        for value, status in (("one", M), ("two", rest))
    )
    assert layer_of([first, second]) == (name if layer == "special" else layer)


@pytest.mark.parametrize(
    ("arms", "missing"),
    [
        ({"h": M}, {"api", "harness-pinned"}),
        ({"h": M, "api": F}, {"harness-pinned"}),
        ({"h": M, "hp": F, "api": F}, set()),
        ({"hi": M, "hp": F, "api": F}, {"harness"}),
        ({"defaults": M}, {"api"}),
        ({"api": M}, set()),
    ],
)
def test_arms_that_would_tell_more_are_named(arms: dict[str, Status], missing: set[str]) -> None:
    assert set(missing_arms(group(**arms))) == missing
