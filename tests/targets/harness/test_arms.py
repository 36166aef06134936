"""What a twin group can't see, by the arms it lacks."""

from dataclasses import replace

import pytest

from canary.domain.target import Arm, TargetSpec
from canary.runner.plan import applicable
from canary.targets.arms import BLINDS, blind_spots, twin_groups
from tests.targets.harness.trials import prompt, target_spec


def group(*arms: Arm) -> list[TargetSpec]:
    return [replace(target_spec(arm=arm), name=arm, twins="group") for arm in arms]


def test_a_whole_group_is_blind_to_nothing() -> None:
    (found,) = twin_groups(group(*BLINDS))
    assert (found.missing, blind_spots(found), found.alone) == ((), [], False)


@pytest.mark.parametrize("arm", BLINDS)
def test_each_missing_arm_is_named_with_what_it_blinds(arm: Arm) -> None:
    (found,) = twin_groups(group(*(other for other in BLINDS if other != arm)))
    assert blind_spots(found) == [f"no {arm} arm: {BLINDS[arm]}"]


def test_a_group_without_any_agent_says_so_once() -> None:
    (found,) = twin_groups(group("api", "api-defaults"))
    (said,) = blind_spots(found)
    assert said.startswith("no harness arm")


def test_groups_come_in_order_and_targets_without_twins_in_none() -> None:
    others = [replace(spec, twins="second") for spec in group("api")]
    found = twin_groups([target_spec(), *group("api", "harness"), *others])
    assert [(one.name, one.present, one.alone) for one in found] == [
        ("group", ("api", "harness"), False),
        ("second", ("api",), True),
    ]


def test_a_resumed_arm_is_asked_only_what_has_a_session_to_take_up() -> None:
    resumed = target_spec(arm="harness-resumed")
    assert not applicable(prompt("One?"), resumed)
    assert applicable(prompt("One?", "Two?"), resumed)
    assert applicable(prompt("One?"), target_spec())
