"""pCR clause 5.5.3 (reconstructed): what a group says, its members and its keystreams."""

from pytest_prose_go.cases import (
    Attacks,
    CastGroup,
    CastOwner,
    CastUE,
    Inconclusive,
    Judge,
    Laboratory,
    Scenario,
    Troupe,
    requirement,
)

ALIKE = 96
"""Bytes of a message that all say."""


@requirement("INHERITED.confidential", case="all-speak")
def test_nothing_is_read_of_what_a_group_says(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.5.3, reconstructed
    with { a GO and three members }
    ensure that {
      when { each of them sends to the group, messages of many lengths }
      then { no payload, in any encoding looked for, shows in a frame }
    }
    """
    owner, members = group_of(3)
    lengths = attacker.lengths()
    for place, sender in enumerate((owner, *members)):
        others = [member for member in members if member is not sender]
        for length in lengths[place::2]:
            judge.delivers(sender, among=others, length=length)


@requirement("INHERITED.configured-algorithm", case="each-alone")
def test_a_group_is_closed_under_each_algorithm(
    go: CastOwner, member: CastUE, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.5.3, reconstructed
    with { for each algorithm of the target a GO and two UEs that offer it alone }
    ensure that {
      when { the UEs join, and all send to their group, messages of many lengths }
      then { no payload shows in a frame, and both ends of each hop agree on that algorithm }
    }
    """
    algorithms = laboratory.algorithms()
    if not algorithms:
        raise Inconclusive("not tried: the statement lists no algorithms")
    groups = []
    for algorithm in algorithms:
        owner = go()
        alice, bob = member(owner), member(owner)
        for station in (owner, alice, bob):
            laboratory.offering(station, algorithm)
        groups.append((owner, alice, bob))
    for owner, alice, bob in groups:
        judge.admits(owner, alice, bob)
        for length in attacker.lengths()[::3]:
            judge.delivers(owner, among=(alice, bob), length=length)
            judge.delivers(alice, among=(bob,), length=length)
        laboratory.agrees(owner, alice, bob)


@requirement("INHERITED.members-only", case="two-groups-at-once")
def test_two_groups_talk_at_once(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.5.3, reconstructed
    with { two GOs of one authority, with two members of the one group and one of the other }
    ensure that {
      when { both groups talk, and a member of each is given the frames of the other group, to whatever address }
      then { each receives what its own group says, and nothing of the other }
    }
    """
    owner, (alice, bob), dave, elsewhere = troupe.group_and_outsider(2)
    judge.admits(elsewhere, dave)
    judge.delivers(elsewhere, among=(dave,))
    judge.delivers(owner, among=(alice, bob))
    attacker.carries_groupcasts_to(dave, owner, alice, bob)
    with attacker.overhearing(bob, elsewhere, dave):
        judge.delivers(elsewhere, among=(dave,))
        judge.delivers(dave, elsewhere)
        judge.waits()
    judge.delivers(elsewhere, among=(dave,))
    judge.recovers(owner, owner, alice, bob)


@requirement("INHERITED.members-only", case="strangers-take-part")
def test_strangers_take_no_part(troupe: Troupe, judge: Judge, attacker: Attacks) -> None:
    """pCR clause 5.5.3, reconstructed
    with { a GO and two members, a UE of a foreign authority and one with another group's credentials }
    ensure that {
      when { both ask to join, send to the group, and are given every frame of what it says }
      then { neither is admitted, nobody receives what they send, and they receive nothing }
    }
    """
    owner = troupe.owner()
    alice, bob = troupe.member(owner), troupe.member(owner)
    rogue = troupe.rogue(owner)
    outsider, elsewhere = troupe.outsider(owner)
    judge.fit(rogue)
    judge.admits(elsewhere, outsider)
    judge.delivers(elsewhere, among=(outsider,))
    judge.admits(owner, alice, bob)
    attacker.attempts_from_outside(outsider, elsewhere, owner)
    judge.attempts(rogue, owner)
    for stranger in (rogue, outsider):
        stranger.sends(group=owner.group)
        attacker.groupcasts_without(owner, stranger, alice, bob)


@requirement("INHERITED.keystream", case="all-say-the-same")
def test_all_say_the_same(group_of: CastGroup, scenario: Scenario, judge: Judge) -> None:
    """pCR clause 5.5.3, reconstructed
    with { a GO and three members }
    ensure that {
      when { each of them sends two messages to the group, the same two as the others, and again when a member
             has left and joined }
      then { no two frames betray that one keystream served two senders, or served twice }
    }
    """
    owner, members = group_of(3)
    length = min(ALIKE, scenario.statement.limits.payload_most)
    words = [scenario.draw.payload(length) for _ in range(2)]
    for life in range(2):
        for sender in (owner, *members):
            for word in words:
                others = [member for member in members if member is not sender]
                judge.delivers(sender, among=others, data=word)
        if life == 0:
            members[0].leaves()
            judge.outlasts_patience()
            judge.admits(owner, members[0])
