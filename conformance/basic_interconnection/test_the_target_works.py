"""Basic interconnection: each function that the other cases rest on."""

from pytest_prose_go.cases import CastGroup, CastOwner, CastUE, Judge, Statement, requirement


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
