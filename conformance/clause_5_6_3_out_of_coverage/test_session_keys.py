"""pCR clause 5.6.3, fourth requirement: session keys are established securely between the UEs."""

import pytest

from pytest_prose_go.cases import (
    PIECES,
    Attacks,
    CastGroup,
    CastOwner,
    CastUE,
    Judge,
    Laboratory,
    Statement,
    requirement,
)


@requirement("KEYS.separate", case="hops-of-one-group")
def test_each_hop_has_keys_of_its_own(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clauses 5.6.3 and 2.3
    with { a GO and three members that tell of the secrets that they hold }
    ensure that {
      when { all are in session, and again after messages to one and to all }
      then { no two hops, and no hop and the group, share a secret, and no third device holds a long-term one }
    }
    """
    owner, members = group_of(3)
    laboratory.tells_secrets(owner, *members)
    judge.delivers(members[0], members[1])
    judge.delivers(owner, among=members)
    laboratory.tells_secrets(owner, *members)


@requirement("KEYS.separate", case="sessions")
def test_each_session_has_keys_of_its_own(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.6.3
    with { a GO and two members that tell of the secrets that they hold }
    ensure that {
      when { one of them leaves and joins again, twice }
      then { each session has secrets that no earlier one had }
    }
    """
    owner, (alice, bob) = group_of(2)
    for _ in range(2):
        laboratory.tells_secrets(owner, alice, bob)
        alice.leaves()
        judge.outlasts_patience()
        judge.admits(owner, alice)
        judge.delivers(alice, bob)
    laboratory.tells_secrets(owner, alice, bob)


@requirement("KEYS.separate", case="groups-of-one-owner")
def test_each_group_has_keys_of_its_own(judge: Judge, laboratory: Laboratory) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO that owns two groups, with members of each and one of both, which tell of their secrets }
    ensure that {
      when { all are in session }
      then { the hops and the traffic of the two groups share no secret, also between the same two devices }
    }
    """
    owner, other, (alice, alice_there), bob, dave = laboratory.two_groups_of_one_owner()
    judge.admits(owner, alice, bob)
    judge.admits(other, alice_there, dave)
    judge.delivers(owner, among=(alice, bob))
    judge.delivers(other, among=(alice_there, dave))
    laboratory.tells_secrets(owner, alice, bob, dave)


@requirement("KEYS.strong", case="whole-life")
def test_keys_cannot_be_known_or_guessed(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.6.3
    with { a GO and two members that tell of the secrets that they hold }
    ensure that {
      when { they join, exchange messages, leave and join again }
      then { no secret is shorter than 16 bytes, a pattern, public, or a plain hash of what is public }
    }
    """
    owner, (alice, bob) = group_of(2)
    laboratory.tells_secrets(owner, alice, bob)
    judge.delivers(alice, bob)
    judge.delivers(owner, among=(alice, bob))
    alice.leaves()
    judge.outlasts_patience()
    laboratory.tells_secrets(owner, bob)
    judge.admits(owner, alice)
    laboratory.tells_secrets(owner, alice, bob)


@requirement("KEYS.replaced", case="after-a-removal")
def test_keys_that_a_removed_member_held(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and three members that tell of the secrets that they hold }
    ensure that {
      when { one of them is removed, and the grace is over }
      then { no secret of the group that it held is still held by the GO or another member }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(owner, among=(alice, bob, carol))
    laboratory.tells_secrets(owner, alice, bob, carol)
    owner.removes(carol)
    judge.outlasts_patience()
    judge.delivers(owner, among=(alice, bob))
    judge.outlasts_patience()
    laboratory.tells_secrets(owner, alice, bob)


@requirement("KEYS.agreed", case="both-ends")
def test_both_ends_agree_on_algorithms(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.6.3
    with { a GO and two members that tell of the algorithms that they agreed on }
    ensure that {
      when { they have joined, and when one has left and joined again }
      then { the two ends of each hop tell of the same }
    }
    """
    owner, (alice, bob) = group_of(2)
    laboratory.agrees(owner, alice, bob)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    laboratory.agrees(owner, alice, bob)
    judge.delivers(alice, bob)


@pytest.mark.parametrize("piece", range(PIECES))
@requirement("KEYS.no-downgrade", case="changed-offers")
def test_a_join_with_changed_offers_is_no_weaker(
    go: CastOwner, member: CastUE, judge: Judge, laboratory: Laboratory, piece: int
) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { a UE and its GO that have joined undisturbed and told of the algorithms that they agreed on }
    ensure that {
      when { they join again, and a man in the middle alters the first frame of either side at one place of its
             head at a time, so that what is offered or chosen there becomes something else }
      then { where both still join, what they agree on is no weaker, and the same at both ends }
    }
    """
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, alice, bob)
    laboratory.agrees(owner, alice)
    laboratory.joins_though_offers_are_changed(owner, alice, piece, PIECES)
    judge.delivers(alice, bob)


@requirement("KEYS.no-downgrade", case="lost-frames")
def test_a_join_on_a_bad_air_is_no_weaker(
    go: CastOwner, member: CastUE, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.2
    with { a UE and its GO that have joined undisturbed and told of the algorithms that they agreed on }
    ensure that {
      when { they join again and the attacker keeps back the first frames, one more each time, of either side }
      then { where both still join, what they agree on is no weaker: there is no fallback to something older }
    }
    """
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, alice, bob)
    laboratory.agrees(owner, alice)
    laboratory.joins_though_frames_are_lost(owner, alice)
    judge.delivers(alice, bob)


@requirement("KEYS.offers", case="each-alone")
def test_only_what_is_offered_is_agreed_on(
    go: CastOwner, member: CastUE, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO that offers all its algorithms, and for each of them a UE that offers it alone }
    ensure that {
      when { each asks to join }
      then { where it joins, the two ends agree on that algorithm }
    }
    """
    owner = go()
    restricted = [member() for _ in laboratory.algorithms()[:3]]
    for ue, algorithm in zip(restricted, laboratory.algorithms(), strict=False):
        laboratory.offering(ue, algorithm)
    judge.admits(owner, *restricted)
    laboratory.agrees(owner, *restricted)


@requirement("KEYS.forward-secrecy", case="past-session-of-a-member")
def test_a_stolen_state_and_a_past_session(group_of: CastGroup, judge: Judge, laboratory: Laboratory) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and a recorded session of one of them that has ended }
    ensure that {
      when { that member is in session again and its state is stolen, long-term secrets and all }
      then { the state opens nothing of the recorded session, though it opens the present one }
    }
    """
    owner, (alice, bob) = group_of(2)
    judge.delivers(alice, bob)
    judge.delivers(bob, alice)
    judge.delivers(owner, among=(alice, bob))
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    control = judge.delivers(bob, alice)
    laboratory.steals(alice)
    laboratory.opens(alice, 0, control)


@requirement("KEYS.forward-secrecy", case="past-session-of-the-owner")
def test_a_stolen_state_of_the_owner_and_a_past_session(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory, statement: Statement
) -> None:
    """pCR clause 5.6.3
    with { a GO and three members, and a recorded session of one of them that has ended, as the GO knows }
    ensure that {
      when { that member is in session again, unless it is barred, and the GO's whole state is stolen }
      then { the state opens nothing of the recorded session, though it opens the present one }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    judge.delivers(alice, bob)
    judge.delivers(bob, alice)
    owner.removes(alice)
    judge.outlasts_patience()
    barred = statement.removal == "bar"
    if not barred:
        judge.admits_anew(owner, alice)
    control = judge.delivers(bob, carol if barred else alice)
    laboratory.steals(owner)
    laboratory.opens(owner, 0, control)


@requirement("KEYS.later-sessions", case="copied-state")
def test_a_copied_state_and_a_later_session(
    group_of: CastGroup, judge: Judge, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, and the state of one of them, copied, with the secrets of its session }
    ensure that {
      when { that member leaves, joins again and exchanges unicasts }
      then { the copied state opens nothing of the new session, though it opens the one that it was copied in }
    }
    """
    owner, (alice, bob) = group_of(2)
    since = judge.mark
    control = judge.delivers(bob, alice)
    copied = laboratory.keeps_a_copy(alice)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits(owner, alice)
    judge.delivers(bob, alice)
    judge.delivers(alice, bob)
    laboratory.opens(copied, since, control)


@requirement("KEYS.wrap", case="hops")
def test_the_counters_of_a_hop_near_their_wrap(
    group_of: CastGroup, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clause 5.6.3
    with { a GO and two members, frames recorded, and the sending counters of all set forward and then brought near
           their wrap }
    ensure that {
      when { the recorded frames are sent again at each, and more messages are sent than remain }
      then { no keystream serves twice, nothing recorded is received again, and the messages go on }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sends_alike(alice, bob)
    carriers = [judge.carrier(alice, bob, owner, on=hop) for hop in ("uplink", "downlink")]
    laboratory.skips_counters(owner, alice, bob)
    judge.delivers(alice, bob)
    for carrier in carriers:
        attacker.replays(carrier, owner)
    for _ in range(laboratory.nears_wrap(owner, alice, bob)):
        judge.delivers(alice, bob)
    attacker.sends_alike(alice, bob)
    for carrier in carriers:
        attacker.replays(carrier, owner)
    judge.recovers(owner, alice, bob)


@requirement("KEYS.wrap", case="groupcasts")
def test_the_counters_of_groupcasts_near_their_wrap(
    group_of: CastGroup, judge: Judge, attacker: Attacks, laboratory: Laboratory
) -> None:
    """pCR clauses 5.6.3 and 5.7.3
    with { a GO and two members, a groupcast recorded, and the sending counters set forward and then brought near
           their wrap }
    ensure that {
      when { the recorded frames are sent again at each, and more groupcasts are sent than remain }
      then { no keystream serves twice, nothing recorded is received again, and the groupcasts go on }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sends_alike(owner, None, among=(alice, bob))
    carrier = judge.carrier(owner, None, owner, on="downlink", among=(alice, bob))
    laboratory.skips_counters(owner)
    judge.delivers(owner, among=(alice, bob))
    attacker.replays(carrier, owner)
    for _ in range(laboratory.nears_wrap(owner)):
        judge.delivers(owner, among=(alice, bob))
    attacker.sends_alike(owner, None, among=(alice, bob))
    attacker.replays(carrier, owner)
    judge.delivers(owner, among=(alice, bob))
