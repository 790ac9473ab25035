"""pCR clause 5.6.3, second requirement: compromise of one UE does not affect the security of the others."""

from pytest_prose_go.cases import (
    Air,
    Attacks,
    CastClone,
    CastGroup,
    CastOwner,
    CastUE,
    Judge,
    Laboratory,
    Troupe,
    requirement,
)


@requirement("ISO.reads", case="others-unicasts")
def test_a_stolen_state_and_the_unicasts_of_others(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and three members, and the state of one of them, stolen }
    ensure that {
      when { the others exchange unicasts, by the GO and with it }
      then { the stolen state opens what was sent to its own member, and nothing of the others' }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    laboratory.steals(carol)
    since = judge.mark
    control = judge.delivers(alice, carol)
    for sender, receiver in ((alice, bob), (bob, alice), (owner, alice), (owner, bob)):
        judge.delivers(sender, receiver)
    laboratory.opens(carol, since, control)


@requirement("ISO.reads", case="recorded-before")
def test_a_stolen_state_and_what_was_recorded_before(
    troupe: Troupe, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members whose joins and unicasts were recorded, and a member that joins later }
    ensure that {
      when { the state of the later member is stolen }
      then { it opens none of the recorded frames that are the others' }
    }
    """
    owner, (alice, bob), carol = troupe.group_and_newcomer(2)
    judge.delivers(alice, bob)
    judge.delivers(bob, alice)
    judge.admits(owner, carol)
    control = judge.delivers(alice, carol)
    laboratory.steals(carol)
    laboratory.opens(carol, 0, control)


@requirement("ISO.reads", case="other-group")
def test_a_stolen_state_and_the_owners_other_group(
    troupe: Troupe, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO that owns two groups, and the state of a member of the second, stolen }
    ensure that {
      when { messages pass in the first group, to one and to all }
      then { the stolen state opens nothing of them }
    }
    """
    owner, (alice, bob), other, dave = troupe.two_groups_of_one_owner(2)
    laboratory.steals(dave)
    since = judge.mark
    judge.delivers(owner, among=(alice, bob))
    judge.delivers(alice, bob)
    control = judge.delivers(other, dave)
    laboratory.opens(dave, since, control)


@requirement("ISO.reads", case="unanswered-unicasts")
def test_a_stolen_state_and_unicasts_that_are_not_answered(
    group_of: CastGroup, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and three members, and the state of one of them, stolen }
    ensure that {
      when { the others exchange unicasts of which one end's answers, then its frames, are lost for as long as the
             other repeats itself }
      then { the stolen state opens what was sent to its own member, and nothing of the others' }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    laboratory.steals(carol)
    since = judge.mark
    control = judge.delivers(alice, carol)
    attacker.speaks_unanswered(owner, bob, bob, owner, alice, witness=bob, down=True)
    attacker.speaks_unanswered(owner, alice, bob, alice, witness=bob, down=False)
    laboratory.opens(carol, since, control)


@requirement("ISO.listens", case="clone-of-a-member")
def test_a_clone_listens_to_the_others(
    group_of: CastGroup, clone: CastClone, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and three members, and a clone in the place of one of them, given every frame under its address }
    ensure that {
      when { the others exchange unicasts }
      then { the clone receives nothing of them, though it is live as the member that it is }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    twin = clone(carol)
    laboratory.is_live(twin, owner, alice)
    with attacker.overhearing(twin, owner, alice, bob):
        for sender, receiver in ((alice, bob), (bob, alice), (owner, alice)):
            judge.delivers(sender, receiver)
        judge.waits()
    laboratory.is_live(twin, owner, alice)


@requirement("ISO.speaks", case="as-another-member")
def test_a_stolen_state_speaks_as_another_member(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and three members, and the state of one of them, stolen }
    ensure that {
      when { unicasts are made with it in the names of the other members, under its own address and theirs }
      then { nobody receives them under those names, though what it makes in its own name is received }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    laboratory.steals(carol)
    laboratory.forges_in_its_own_name(carol, to=bob)
    for claimed, to in ((alice, bob), (bob, alice), (alice, owner)):
        laboratory.forges(carol, claimed, to)
        laboratory.forges(carol, claimed, to, posing_at=claimed)
        judge.passes(1.0)
    judge.waits()
    judge.recovers(owner, carol, bob)
    judge.recovers(owner, alice, bob)


@requirement("ISO.speaks", case="as-the-owner")
def test_a_stolen_state_speaks_as_the_owner(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and the state of one of them, stolen }
    ensure that {
      when { unicasts to the other member are made with it in the GO's name, under its own address and the GO's }
      then { that member does not receive them as from the GO }
    }
    """
    owner, (alice, carol) = group_of(2)
    laboratory.steals(carol)
    laboratory.forges_in_its_own_name(carol, to=alice)
    laboratory.forges(carol, owner, alice)
    laboratory.forges(carol, owner, alice, posing_at=owner)
    judge.waits()
    judge.recovers(owner, alice, carol)
    judge.delivers(owner, alice)


@requirement("ISO.speaks-to-all", case="as-the-owner-and-a-member")
def test_a_stolen_state_speaks_to_the_group_as_others(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and three members, and the state of one of them, stolen, with the keys of the group in it }
    ensure that {
      when { groupcasts are made with it in the names of the GO and of another member }
      then { nobody receives them under those names, though what it makes in its own name is received }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    laboratory.steals(carol)
    laboratory.forges_in_its_own_name(carol, to=None, among=(alice, bob))
    for claimed in (owner, alice):
        laboratory.forges(carol, claimed, None)
        laboratory.forges(carol, claimed, None, posing_at=owner)
        judge.waits()
    judge.recovers(owner, alice, bob)
    judge.delivers(owner, among=(alice, bob))


@requirement("ISO.poses", case="as-another-member")
def test_a_clone_asks_as_another_member(
    go: CastOwner, member: CastUE, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and members, a clone of one of them, and another that is silent }
    ensure that {
      when { the clone asks to join in the silent member's name }
      then { the GO does not admit it so, though it admits the clone as the member that it is }
    }
    """
    owner, alice, bob, carol = go(), member(), member(), member()
    posing = laboratory.identity_of(alice)
    judge.admits(owner, alice, bob, carol)
    clone = laboratory.clones(carol)
    laboratory.is_live(clone, owner, bob)
    judge.silences_for_long(alice)
    laboratory.poses(clone, owner, alice, posing)
    laboratory.is_live(clone, owner, bob)
    judge.brings_back(alice)
    judge.admits_anew(owner, alice)


@requirement("ISO.poses", case="as-the-owner")
def test_a_clone_poses_as_the_owner(
    go: CastOwner, member: CastUE, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and clones of one of them that own the group with what they stole }
    ensure that {
      when { the other member is sent to each of them by discovery, while the true GO is silent }
      then { that member joins none }
    }
    """
    owner, alice, carol = go(), member(), member()
    posing = laboratory.identity_of(owner)
    judge.admits(owner, alice, carol)
    for impostor in laboratory.owners_made_of(carol, owner, posing):
        attacker.meets_instead(alice, owner, impostor)


@requirement("ISO.poses-to-its-victim", case="as-the-owner")
def test_a_clone_poses_as_the_owner_to_its_victim(
    go: CastOwner, member: CastUE, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and a member, and clones of that member that own the group with what they stole }
    ensure that {
      when { the very member that was robbed is sent to each of them, while the true GO is silent }
      then { it joins none: its own credentials prove nothing to it about others }
    }
    """
    owner, carol = go(), member()
    posing = laboratory.identity_of(owner)
    judge.admits(owner, carol)
    for impostor in laboratory.owners_made_of(carol, owner, posing):
        judge.brings_back(carol)
        attacker.meets_instead(carol, owner, impostor)


@requirement("ISO.after-removal", case="clone-of-a-removed-member")
def test_a_clone_of_a_removed_member(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and three members, and a clone of one of them that did not hear of that member's removal }
    ensure that {
      when { the grace is over, the clone speaks with the keys that it stole, and is given every frame }
      then { nobody receives what it says, and it receives none of the group's messages }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    clone = laboratory.clones(carol)
    laboratory.is_live(clone, owner, alice)
    clone.falls_silent()
    owner.removes(carol)
    judge.outlasts_patience()
    clone.speaks_again()
    with air.drop(receiver=clone.number):
        clone.sends(alice)
        clone.sends()
        judge.waits()
    with air.drop(emitter=clone.number):
        attacker.groupcasts_without(owner, clone, alice, bob)


@requirement("ISO.after-leaving", case="copy-of-one-that-left")
def test_a_copy_of_a_member_that_left(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and three members, and a copy of one of them, made before that member left }
    ensure that {
      when { the grace is over, the copy is given every frame, and speaks with the keys that it has }
      then { it receives none of the group's messages, nor do its keys open them, and nobody receives what it says }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    since = judge.mark
    control = judge.delivers(alice, carol)
    copied = laboratory.keeps_a_copy(carol)
    carol.leaves()
    judge.outlasts_patience()
    laboratory.takes_the_place_of(copied, carol)
    with air.drop(emitter=copied.number):
        attacker.groupcasts_without(owner, copied, alice, bob)
        laboratory.opens_if_it_can(copied, since, control)
    with air.drop(receiver=copied.number):
        copied.sends(alice)
        copied.sends()
        judge.waits()
    laboratory.is_live(copied, owner, alice)


@requirement("ISO.later-groupcasts", case="state-of-a-removed-member")
def test_the_state_of_a_removed_member(
    troupe: Troupe, air: Air, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and five members (or as many as a group may have), one of which was removed and did not hear of it,
           so that it kept its keys }
    ensure that {
      when { the grace is over, the GO and a member send to the group, and the removed member's state is stolen }
      then { it opens none of these groupcasts, though it opens what it had received before }
    }
    """
    owner, (alice, carol, *others) = troupe.large_group()
    since = judge.mark
    control = judge.delivers(alice, carol)
    with air.drop(emitter=carol.number), air.drop(receiver=carol.number):
        owner.removes(carol)
        judge.outlasts_patience()
        judge.delivers(owner, among=(alice, *others))
        judge.delivers(alice, among=others)
        laboratory.steals(carol)
        laboratory.opens(carol, since, control)


@requirement("ISO.later-groupcasts", case="at-once")
def test_the_state_of_a_member_that_was_just_removed(
    group_of: CastGroup, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and three members, one of which is removed and does not hear of it, so that it keeps its keys }
    ensure that {
      when { the GO and a member send to the group as soon as the grace is over, and again and again, and the removed
             member's state is stolen }
      then { it opens none of these groupcasts, though it opens what it had received before }
    }
    """
    owner, (carol, alice, bob) = group_of(3)
    since = judge.mark
    control = judge.delivers(alice, carol)
    attacker.groupcasts_from_its_removal_on(owner, carol, alice, bob, unheard=True)
    laboratory.steals(carol)
    laboratory.opens(carol, since, control)


@requirement("ISO.revoked", case="clone-asks-again")
def test_a_clone_of_a_revoked_member_asks(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and a clone of one of them, whose credentials are then withdrawn, as the GO and
           the other member learn }
    ensure that {
      when { the clone speaks with the keys that it stole, and asks to join anew }
      then { it is not heard and not admitted, and the others go on }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    clone = laboratory.clones(carol)
    laboratory.is_live(clone, owner, alice)
    laboratory.revokes(carol, owner, alice, bob)
    judge.outlasts_patience()
    clone.sends(alice)
    judge.attempts(clone, owner)
    judge.admits_anew(owner, bob)
    judge.delivers(alice, bob)
