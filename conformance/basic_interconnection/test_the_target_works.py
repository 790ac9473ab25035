"""Basic interconnection: each function that the other cases rest on."""

import pytest

from pytest_prose_go.cases import (
    CastGroup,
    CastOwner,
    CastUE,
    GroupOwner,
    Judge,
    Laboratory,
    Statement,
    Troupe,
    UserEquipment,
    requirement,
)


@requirement("BASE.admit", case="joins")
def test_a_ue_joins(go: CastOwner, member: CastUE, judge: Judge) -> None:
    """pCR clause 5.7.1
    with { a GO that owns a group, and a UE with good credentials for it }
    ensure that {
      when { the UE asks to join }
      then { the GO admits it, and the UE is a member }
    }
    """
    owner, alice = go(), member()
    judge.admits(owner, alice)


@requirement("BASE.unicast", case="both-ways")
def test_members_exchange_messages(group_of: CastGroup, judge: Judge, statement: Statement) -> None:
    """pCR clause 5.7.1
    with { a GO and two members }
    ensure that {
      when { each sends the other messages of the least, a middle and the greatest length }
      then { the other receives them }
    }
    """
    _owner, (alice, bob) = group_of(2)
    limits = statement.limits
    for length in (max(limits.payload_least, 1), (limits.payload_most + 1) // 2, limits.payload_most):
        judge.delivers(alice, bob, length=length)
        judge.delivers(bob, alice, length=length)


@requirement("BASE.groupcast", case="from-member-and-owner")
def test_groupcasts_reach_every_member(group_of: CastGroup, judge: Judge) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { a member and then the GO send to the group }
      then { every other member receives it }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(alice, among=(bob, carol))
    judge.delivers(owner, among=(alice, bob, carol))


@requirement("BASE.leave", case="others-go-on")
def test_a_member_leaves(group_of: CastGroup, judge: Judge) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { one of them leaves }
      then { the others still exchange messages }
    }
    """
    _owner, (alice, bob, carol) = group_of(3)
    carol.leaves()
    judge.outlasts_patience()
    judge.delivers(alice, bob)
    judge.delivers(bob, alice)


@requirement("BASE.remove", case="others-go-on")
def test_the_owner_removes_a_member(group_of: CastGroup, judge: Judge) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { the GO removes one of them }
      then { the others still exchange messages }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    owner.removes(carol)
    judge.outlasts_patience()
    judge.delivers(alice, bob)
    judge.delivers(bob, alice)


@requirement("BASE.rejoin", case="leaves-and-joins")
def test_a_ue_joins_again(group_of: CastGroup, judge: Judge) -> None:
    """pCR clause 5.7.1
    with { a GO and two members, one of which has left }
    ensure that {
      when { the UE asks to join again }
      then { it is admitted again and exchanges messages with the other }
    }
    """
    owner, (alice, bob) = group_of(2)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    judge.delivers(alice, bob)
    judge.delivers(bob, alice)


def _leaves_and_comes_back(
    judge: Judge, ue: UserEquipment, owner: GroupOwner, partner: UserEquipment, stays_in: GroupOwner
) -> None:
    """``ue`` leaves the group of ``owner``, is still heard in the other, and joins the former again."""
    ue.leaves(owner)
    judge.outlasts_patience()
    judge.delivers_in(stays_in, ue)
    judge.admits(owner, ue)
    judge.delivers(ue, partner, group=owner.group)
    judge.delivers_in(stays_in, ue)


@requirement("BASE.groups", case="one-owner")
def test_a_ue_is_in_both_groups_of_one_owner(judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.7.1
    with { a GO that owns two groups, a UE that is in both, and a member of each }
    ensure that {
      when { messages pass in both, and the UE leaves one of them and joins it again }
      then { each message is received in its group, and the other group goes on meanwhile }
    }
    """
    owner, other, (alice, alice_there), bob, dave = laboratory.two_groups_of_one_owner()
    judge.admits(owner, alice, bob)
    judge.admits(other, alice_there, dave)
    judge.delivers(owner, among=(alice, bob))
    judge.delivers(other, among=(alice_there, dave))
    judge.delivers(alice, bob)
    judge.delivers(alice_there, dave)
    _leaves_and_comes_back(judge, alice, owner, bob, stays_in=other)


@requirement("BASE.groups", case="two-owners")
def test_a_ue_is_in_the_groups_of_two_owners(troupe: Troupe, judge: Judge) -> None:
    """pCR clause 5.7.1
    with { two GOs, each of its own group, and a UE that is in both }
    ensure that {
      when { messages pass in both, and the UE leaves one of them and joins it again }
      then { each message is received in its group, and the other group goes on meanwhile }
    }
    """
    owner, elsewhere, (alice, _), both = troupe.two_groups_and_a_ue_of_both()
    judge.admits(owner, both.here)
    judge.admits(elsewhere, both.there)
    judge.delivers(both.here, alice)
    judge.delivers_in(elsewhere, both.there)
    _leaves_and_comes_back(judge, both.here, owner, alice, stays_in=elsewhere)


@pytest.mark.parametrize("power_loss", [False, True], ids=["switched-off", "power-loss"])
@requirement("BASE.restart", case="comes-back")
def test_a_station_is_switched_off_and_on(group_of: CastGroup, judge: Judge, power_loss: bool) -> None:
    """pCR clause 5.7.1
    with { a GO and two members }
    ensure that {
      when { the GO, and then a member, is switched off, or loses power, and starts again }
      then { the members exchange messages, by the target's own timers or by joining again }
    }
    """
    owner, (alice, bob) = group_of(2)
    for station in (owner, bob):
        station.restarts(power_loss)
        judge.outlasts_patience()
        judge.recovers(owner, alice, bob)
        judge.recovers(owner, bob, alice)
