"""pCR clause 5.7.3, third requirement: what the GO multicasts is protected from UEs outside its group."""

import pytest

from pytest_prose_go.cases import (
    PIECES,
    Air,
    Attacks,
    CastGroup,
    CastOwner,
    CastRemoved,
    CastUE,
    Judge,
    Laboratory,
    Troupe,
    requirement,
)


@requirement("MCAST.outsiders", case="passive-outsider")
def test_an_outsider_listens(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 5.7.2
    with { a GO and two members, and a UE of another group that is given every frame }
    ensure that {
      when { the GO and a member send to the group, messages of many lengths }
      then { the outsider receives nothing of it, and no payload shows in a frame that the GO emitted }
    }
    """
    owner, (alice, bob), outsider, elsewhere = troupe.group_and_outsider(2)
    judge.admits(elsewhere, outsider)
    since = judge.mark
    with attacker.overhearing(outsider, owner, alice):
        for length in attacker.lengths():
            judge.delivers(owner, among=(alice, bob), length=length)
            judge.delivers(alice, among=(bob,), length=length)
        judge.waits()
    attacker.was_given_frames(outsider, since)


@requirement("MCAST.outsiders", case="unanswered")
def test_no_groupcast_is_read_when_a_member_does_not_answer(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 5.7.2
    with { a GO and two members }
    ensure that {
      when { the GO and one send to the group while the other's answers to the GO are lost, then while the GO's frames
             to it are, for as long as the GO repeats itself }
      then { no payload shows in a frame, however often it was sent in vain }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.speaks_unanswered(owner, bob, None, owner, alice, witness=bob, down=True)


@requirement("MCAST.outsiders", case="refused-ue")
def test_a_refused_ue_listens(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 5.7.2
    with { a GO and two members, and a UE of a foreign authority that asked to join and was not admitted }
    ensure that {
      when { the GO and a member send to the group, and that UE is given every frame }
      then { it receives nothing of it }
    }
    """
    owner, (alice, bob), stranger = troupe.group_and_rogue(2)
    judge.fit(stranger)
    stranger.asks(owner)
    judge.waits()
    since = judge.mark
    with attacker.overhearing(stranger, owner, alice):
        judge.delivers(owner, among=(alice, bob))
        judge.delivers(alice, among=(bob,))
        judge.waits()
    attacker.was_given_frames(stranger, since)


@requirement("MCAST.outsiders", case="named-in-a-join")
def test_a_stranger_is_named_in_a_members_join(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 5.7.2
    with { a GO and three members, one of which has left, and a UE of a foreign authority }
    ensure that {
      when { both ask to join, the member's name rewritten to the stranger's in flight, and the GO and a member send
             to the group }
      then { the stranger, which is given every frame, receives nothing of it }
    }
    """
    owner, (alice, bob, carol), stranger = troupe.group_and_rogue(3)
    judge.fit(stranger)
    alice.leaves()
    judge.outlasts_patience()
    attacker.is_named_in_the_join_of(alice, stranger, owner, bob, carol)


@requirement("MCAST.outsiders", case="under-a-members-name")
def test_a_stranger_asks_beside_a_member(
    go: CastOwner, member: CastUE, troupe: Troupe, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 5.7.2
    with { a GO and three members, and UEs that bear the name of one of them, of a foreign authority or without its
           key }
    ensure that {
      when { each asks to join before that member joins anew, and the GO and a member send to the group }
      then { that UE, which is given every frame, receives nothing of it }
    }
    """
    owner, alice, bob, carol = go(), member(), member(), member()
    thieves = troupe.thieves(alice)
    judge.admits(owner, alice, bob, carol)
    judge.settles()
    for thief in thieves:
        attacker.asks_beside(thief, alice, owner, bob, carol)


@requirement("MCAST.groups-of-one-owner", case="same-owner")
def test_a_member_of_the_owners_other_group_listens(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO that owns two groups, with members in each }
    ensure that {
      when { it sends to one of the groups, and a member of the other is given every frame, to whatever address
             its own group's frames go }
      then { that member receives nothing of it, though it receives what is sent to its own group }
    }
    """
    owner, (alice, bob), other, dave = troupe.two_groups_of_one_owner(2)
    judge.delivers_in(other, dave)
    attacker.carries_groupcasts_to(dave, owner, alice, bob)
    judge.delivers_in(other, dave)


@requirement("MCAST.groups-of-one-owner", case="removed-from-the-second")
def test_a_member_removed_from_the_owners_second_group_listens(
    troupe: Troupe, removed_member: CastRemoved, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO that owns two groups, and a member that was removed from the second and did not hear of it }
    ensure that {
      when { the grace is over, it hears again, and the GO and a member send to that group }
      then { it receives nothing of it, though the others do }
    }
    """
    other, (alice, carol, bob) = troupe.second_group_of_its_owner(3)
    judge.delivers(other, among=(alice, bob, carol))
    removed_member(other, carol)
    attacker.groupcasts_without(other, carol, alice, bob)


@requirement("MCAST.removed", case="misses-its-removal")
def test_a_removed_member_that_missed_its_removal_listens(
    group_of: CastGroup, removed_member: CastRemoved, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which is removed and does not hear of it }
    ensure that {
      when { the grace is over, it hears again, and the GO and a member send to the group }
      then { it receives nothing of it, though the others do }
    }
    """
    owner, (carol, alice, bob) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    removed_member(owner, carol)
    attacker.groupcasts_without(owner, carol, alice, bob)


@requirement("MCAST.removed", case="at-once")
def test_a_removed_member_listens_at_once(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and five members (or as many as a group may have), one of which is removed and does not hear of it }
    ensure that {
      when { the GO and a member send to the group as soon as the grace is over, and again and again }
      then { that one, which is given every frame and is not heard, receives nothing of it }
    }
    """
    owner, (carol, *others) = troupe.large_group()
    judge.delivers(owner, among=(carol, *others))
    attacker.groupcasts_from_its_removal_on(owner, carol, *others)


@requirement("MCAST.removed", case="misses-a-part")
def test_a_removed_member_that_missed_a_part_of_its_removal_listens(
    group_of: CastGroup, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which is removed and misses what is said to itself or, each time, another
           frame of what follows }
    ensure that {
      when { the grace is over, and the GO and a member send to the group }
      then { it receives nothing of it, though the others do }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    attacker.misses_parts_of_its_removal(owner, carol, alice, bob)


@requirement("MCAST.removed", case="two-together")
def test_two_removed_members_listen_together(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 5.6.3
    with { a GO and three members, two of which are removed, one after the other, and do not hear of it }
    ensure that {
      when { each is given what the other was given, the grace is over, and the GO sends to the group }
      then { neither receives anything of it, though the third does }
    }
    """
    owner, (carol, dave, alice) = group_of(3)
    attacker.removes_two_unheard(owner, carol, dave, alice)


@requirement("MCAST.removed", case="hears-everything")
def test_a_removed_member_that_hears_everything_listens(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which is removed, hears all and cannot be heard }
    ensure that {
      when { the grace is over, and the GO and a member send to the group }
      then { it receives nothing of it, though the others do }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    with air.drop(emitter=carol.number):
        owner.removes(carol)
        judge.outlasts_patience()
        attacker.groupcasts_without(owner, carol, alice, bob)


@requirement("MCAST.removed", case="told-late")
def test_a_removed_member_is_told_late(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which is removed while all that the GO says to it is withheld }
    ensure that {
      when { the grace is over, it is given the withheld frames one after another, and after each the GO and a member
             send to the group }
      then { it receives nothing of it, though the others do }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    attacker.is_told_late(owner, carol, alice, bob)


@requirement("MCAST.left", case="listens-on")
def test_a_member_that_left_listens(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which has left }
    ensure that {
      when { the grace is over, and the GO and a member send to the group }
      then { it receives nothing of it, though the others do }
    }
    """
    owner, (alice, carol, bob) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    carol.leaves()
    judge.outlasts_patience()
    attacker.groupcasts_without(owner, carol, alice, bob)


@requirement("MCAST.left", case="farewell-lost")
def test_a_member_whose_farewell_is_lost_listens(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which has left without being heard }
    ensure that {
      when { the grace is over, and the GO, which knows nothing of it, and a member send to the group }
      then { the one that left receives nothing of it, though the others do }
    }
    """
    owner, (alice, carol, bob) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    with air.drop(emitter=carol.number):
        carol.leaves()
        judge.outlasts_patience()
        attacker.groupcasts_without(owner, carol, alice, bob)


@requirement("MCAST.future-members", case="joins-meanwhile")
def test_a_new_member_joins_while_groupcasts_are_on_their_way(
    troupe: Troupe, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, one of which is silent, and another UE }
    ensure that {
      when { that UE joins right after the GO and the other member sent to the group, so that the silent one has not
             received it }
      then { it does not receive what was sent before it asked, and later groupcasts it does }
    }
    """
    owner, (alice, bob), carol = troupe.group_and_newcomer(2)
    judge.delivers(owner, among=(alice, bob))
    alice.falls_silent()
    attacker.speaks_just_before_the_join_of(carol, owner, bob)
    judge.brings_back(alice)
    judge.recovers(owner, owner, alice, bob, carol)


@requirement("MCAST.future-members", case="recorded")
def test_a_new_member_is_given_old_groupcasts(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, a groupcast that they received, recorded, and a UE that joins later }
    ensure that {
      when { the attacker gives the recorded frames to the new member, before and after its join }
      then { it does not receive what was sent before it joined }
    }
    """
    owner, (alice, bob), carol = troupe.group_and_newcomer(2)
    carrier = judge.carrier(owner, None, owner, on="downlink", among=(alice, bob))
    carol.asks(owner)
    attacker.gives(carol, carrier.emissions)
    judge.admits(owner, carol)
    attacker.gives(carol, carrier.emissions)
    judge.recovers(owner, owner, alice, bob, carol)


@requirement("MCAST.future-members", case="returning")
def test_a_member_returns_to_what_was_said_without_it(
    group_of: CastGroup, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, one of which has left, and groupcasts that the others received, recorded }
    ensure that {
      when { it joins anew, the attacker gives it the recorded frames, and its state is stolen where that can be tried }
      then { it does not receive what was sent while it was away, nor does its state open it }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    carol.leaves()
    judge.outlasts_patience()
    since = judge.mark
    judge.delivers(owner, among=(alice, bob))
    judge.delivers(alice, among=(bob,))
    recorded = judge.frames_of(owner, since)
    judge.admits(owner, carol)
    attacker.gives(carol, recorded)
    judge.recovers(owner, alice, carol)
    laboratory.steals_and_opens_if_it_can(carol, since, judge.delivers(alice, carol))


@requirement("MCAST.keystream", case="equal-and-other-messages")
def test_no_groupcast_keystream_is_used_twice(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and two members }
    ensure that {
      when { the GO and a member send equal and other messages to the group and, as unicasts, to a member }
      then { no two frames betray that one keystream, or one deterministic cipher, served both }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sends_alike(owner, None, among=(alice, bob))
    attacker.sends_alike(alice, None, among=(bob,))
    attacker.sends_alike(owner, bob)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    attacker.sends_alike(owner, None, among=(alice, bob))


@pytest.mark.parametrize("piece", range(PIECES))
@requirement("MCAST.integrity", case="altered")
def test_groupcasts_are_altered(group_of: CastGroup, air: Air, attacker: Attacks, piece: int) -> None:
    """pCR clause 5.7.3
    with { a GO and two members }
    ensure that {
      when { the attacker alters every frame from the GO to a member, in one way of a sample at a time, while
             the GO sends to the group }
      then { that member receives nothing but, to the byte, what was sent }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sweeps_groupcast(
        owner,
        alice,
        bob,
        lambda change: air.alter(change, direction=(owner.number, bob.number)),
        piece,
        PIECES,
    )


@requirement("MCAST.integrity", case="injected")
def test_the_attackers_own_groupcasts_are_ignored(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, and a groupcast that they received }
    ensure that {
      when { the attacker sends plain payloads to the group in frames of his own: bare, and in the shape of frames
             of a groupcast and of others, any bit of their heads flipped }
      then { nobody receives them }
    }
    """
    owner, (alice, bob) = group_of(2)
    judge.delivers(owner, bob)
    judge.delivers(owner, among=(alice, bob))
    attacker.injects(owner, alice, bob)
    judge.waits()
    judge.recovers(owner, owner, alice, bob)


@requirement("MCAST.integrity", case="every-distance")
def test_each_of_many_groupcasts_is_replayed(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, and the frames of many groupcasts that they received }
    ensure that {
      when { the attacker sends the frames of each again, the newest one's first }
      then { nobody receives any of them once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.replays_all(owner, owner, None, owner, (alice, bob))


@requirement("MCAST.integrity", case="replayed")
def test_groupcasts_are_replayed(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, and the frames of a groupcast that they received }
    ensure that {
      when { the attacker sends them again, at once, after more traffic and after the keys of the group are new }
      then { nobody receives the groupcast once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    carrier = judge.carrier(owner, None, owner, on="downlink", among=(alice, bob))
    attacker.replays(carrier, owner)
    attacker.replays(carrier, owner, after=1100)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits_anew(owner, alice)
    attacker.replays(carrier, owner)


@requirement("MCAST.integrity", case="disguised")
def test_groupcasts_are_replayed_in_disguise(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and three members, and the frames of a groupcast that two of them received }
    ensure that {
      when { the attacker sends them again from the third's address, with bits of their heads changed, and after
             minutes of silence }
      then { nobody receives the groupcast once more }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    carrier = judge.carrier(owner, None, owner, on="downlink", among=(alice, bob))
    attacker.replays_disguised(carrier, owner, stranger=carol)


@requirement("MCAST.integrity", case="original-after-its-copy")
def test_a_groupcast_comes_after_its_copy(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { a GO and two members, and a groupcast that one of them missed and then received by a copy of its own }
    ensure that {
      when { the attacker gives it the frames that it missed }
      then { it does not receive the groupcast once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    judge.delivers(owner, among=(alice, bob))
    attacker.brings_the_original_after_its_copy(owner, alice, bob)


@requirement("MCAST.other-groups", case="other-owner")
def test_a_member_of_another_owners_group_listens(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { two GOs of one authority, each with members of its own group }
    ensure that {
      when { one sends to its group, and a member of the other is given every frame, to whatever address }
      then { that member receives nothing of it, though it receives what is sent to its own group }
    }
    """
    owner, (alice, bob), dave, elsewhere = troupe.group_and_outsider(2)
    judge.admits(elsewhere, dave)
    judge.delivers_in(elsewhere, dave)
    attacker.carries_groupcasts_to(dave, owner, alice, bob)
    judge.delivers_in(elsewhere, dave)


@requirement("MCAST.origin", case="many-senders")
def test_all_send_to_the_group(group_of: CastGroup, air: Air, judge: Judge) -> None:
    """pCR clause 5.7.3
    with { a GO and three members }
    ensure that {
      when { each sends to the group, while the attacker gives every frame another's source address as well }
      then { what is received bears its true sender's name }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    for sender, posing_as, others in ((owner, carol, (alice, bob)), (alice, owner, (bob, carol))):
        with air.redirect(source=posing_as.address, keep=True, emitter=sender.number) as crossing:
            judge.delivers(sender, among=others)
        judge.acted(crossing)
    judge.waits()


@requirement("MCAST.other-groups", case="ue-of-both")
def test_a_ue_of_two_groups_is_removed_from_one(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.7.3
    with { two GOs of one authority, and a UE that is a member of both groups and is removed from one }
    ensure that {
      when { the grace is over, and both GOs send to their groups }
      then { the UE receives what is sent to the group that it is still in, and nothing of the other }
    }
    """
    owner, elsewhere, (alice, bob), both = troupe.two_groups_and_a_ue_of_both()
    judge.admits(owner, both.here)
    judge.admits(elsewhere, both.there)
    judge.delivers(owner, among=(alice, bob, both.here))
    judge.delivers(elsewhere, among=(both.there,))
    attacker.removes_unheard(owner, both.here)
    attacker.groupcasts_without(owner, both.here, alice, bob)
    judge.delivers(elsewhere, among=(both.there,))
