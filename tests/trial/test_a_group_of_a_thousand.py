"""Cases of the suite on groups of hundreds, with keys in a tree: what a case asks of three members, out of many."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.clause_5_7_3_group_owner import test_groupcast_is_closed_to_others as cases
from pytest_prose_go.air.trace import Emitted
from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.scenario import GroupOwner, Judge, Scenario, UserEquipment
from pytest_prose_go.scenario.attacks import Attacks
from pytest_prose_go.scenario.troupe import Troupe
from pytest_prose_go.targets.guard import GuardedTarget
from reference_impl.adapter import ReferenceTarget
from reference_impl.group_key import GroupProtection, Occasion
from reference_impl.parts import Parts
from reference_impl.variants import all_variants, composed

Stage = tuple[Scenario, Judge, Attacks, Callable[[int], tuple[GroupOwner, tuple[UserEquipment, ...]]]]


class Filling(GroupProtection):
    """Makes no new keys as long as a group fills: with each join they would go to all who are in already."""

    fills = True

    def renews_on(self, occasion: Occasion) -> bool:
        return not self.fills


def stage(members: int) -> Stage:
    """A scenario in which every standing group has so many members, of which a case sees those it asked for."""
    filling = Filling()
    made = composed([all_variants()["key-tree"]])
    target = ReferenceTarget(Parts(group=filling), made.device_class, claims=made.claims)
    scenario = Scenario(lambda: GuardedTarget(target, "key-tree"), f"a group of {members}", bytes(32))
    judge = Judge(scenario)
    troupe = Troupe(scenario, judge)

    def crowd(asked: int) -> tuple[GroupOwner, tuple[UserEquipment, ...]]:
        owner, ues = troupe.standing_group(members)
        filling.fills = False
        owner.rekeys()
        judge.delivers(owner, among=ues[:asked])
        return owner, ues[-asked:]

    return scenario, judge, Attacks(scenario, judge), crowd


def removed(members: int) -> Scenario:
    scenario, judge, attacker, crowd = stage(members)
    cases.test_a_removed_member_that_missed_its_removal_listens(crowd, attacker.puts_out, judge, attacker)
    return scenario


def left(members: int) -> Scenario:
    scenario, judge, attacker, crowd = stage(members)
    cases.test_a_member_that_left_listens(crowd, judge, attacker)
    return scenario


@pytest.mark.parametrize(
    ("play", "members"),
    [
        (removed, 100),
        pytest.param(removed, 1000, marks=pytest.mark.slow),
        pytest.param(left, 1000, marks=pytest.mark.slow),
    ],
)
def test_a_large_group_is_closed(play: Callable[[int], Scenario], members: int) -> None:
    scenario = play(members)
    conclusion = scenario.conclude(None)

    assert conclusion.verdict is Verdict.PASS, conclusion
    assert len(conclusion.cast) == 1 + members
    news = [
        record
        for record in scenario.trace
        if isinstance(record, Emitted) and record.station == 0 and record.by in ("remove", "rekey")
    ]
    assert 1 <= len(news) <= 4
