"""pCR clause 5.7.3, second requirement: data between ProSe UEs are protected (pCR clause 2.3: hop by hop)."""

import pytest

from pytest_prose_go.cases import PIECES, Air, Attacks, CastGroup, Judge, Statement, Troupe, requirement


@requirement("PROT.confidential-uplink", case="many-lengths")
def test_nothing_is_read_on_the_way_to_the_owner(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and an eavesdropper on the air }
    ensure that {
      when { the members send each other messages of many lengths by the GO }
      then { no payload, in any encoding looked for, shows in a frame that a member emitted }
    }
    """
    _owner, (alice, bob) = group_of(2)
    for length in attacker.lengths():
        judge.delivers(alice, bob, length=length)
        judge.delivers(bob, alice, length=length)


@requirement("PROT.confidential-downlink", case="many-lengths")
def test_nothing_is_read_on_the_way_from_the_owner(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and an eavesdropper on the air }
    ensure that {
      when { the GO itself, and each member by the GO, send to a member messages of many lengths }
      then { no payload, in any encoding looked for, shows in a frame that the GO emitted }
    }
    """
    owner, (alice, bob) = group_of(2)
    for length in attacker.lengths():
        judge.delivers(owner, alice, length=length)
        judge.delivers(alice, bob, length=length)


@requirement("PROT.confidential-downlink", case="first-and-last")
def test_nothing_is_read_when_a_session_ends(
    group_of: CastGroup, judge: Judge, attacker: Attacks, statement: Statement
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { the GO and the one send to the other up to the moment when it leaves or is removed, and on }
      then { no payload shows in a frame, be it received or not }
    }
    """
    owner, (alice, bob) = group_of(2)
    for _ in range(2):
        attacker.speaks_to_the_last(alice, owner, bob, ends=alice.leaves)
        judge.admits(owner, alice)
    if statement.removes:
        attacker.speaks_to_the_last(alice, owner, bob, ends=lambda: owner.removes(alice))
    judge.delivers(owner, bob)


@requirement("PROT.confidential-uplink", case="first-and-last")
def test_nothing_is_read_at_the_edges_of_a_session(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { one sends as soon as it has asked to join, and to its last moment before it leaves }
      then { no payload shows in a frame, be it received or not }
    }
    """
    owner, (alice, bob) = group_of(2)
    for _ in range(3):
        alice.sends(bob)
        alice.leaves()
        judge.outlasts_patience()
        alice.asks(owner)
        attacker.speaks_throughout(alice, bob)
        judge.admits(owner, alice)
    judge.delivers(alice, bob)


@requirement("PROT.confidential-uplink", case="unanswered")
def test_nothing_is_read_when_the_owner_does_not_answer(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { one sends to the other while the GO's answers to it are lost, then while its own frames are, for as long
             as it repeats itself }
      then { no payload shows in a frame, however often it was sent in vain }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.speaks_unanswered(owner, alice, bob, alice, witness=bob, down=False)


@requirement("PROT.confidential-downlink", case="unanswered")
def test_nothing_is_read_when_a_member_does_not_answer(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { the GO and one send to the other while its answers to the GO are lost, then while the GO's frames to it
             are, for as long as the GO repeats itself }
      then { no payload shows in a frame, however often it was sent in vain }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.speaks_unanswered(owner, bob, bob, owner, alice, witness=bob, down=True)


@requirement("PROT.keystream", case="both-ends-at-once")
def test_both_ends_of_a_hop_speak_at_once(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { the GO and a member send each other messages of several lengths at one moment, in two sessions }
      then { no two frames betray that one keystream served both ways }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.speak_at_one_moment(owner, alice)
    judge.admits_anew(owner, alice)
    attacker.speak_at_one_moment(alice, owner)
    judge.recovers(owner, alice, bob)


@requirement("PROT.keystream", case="equal-and-other-messages")
def test_no_keystream_is_used_twice(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members }
    ensure that {
      when { they send equal and other messages, to one and to all, in two sessions }
      then { no two frames betray that one keystream, or one deterministic cipher, served both }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    for _ in range(2):
        attacker.sends_alike(alice, bob)
        attacker.sends_alike(bob, alice)
        attacker.sends_alike(alice, None, among=(bob, carol))
        attacker.sends_alike(owner, alice)
        alice.leaves()
        judge.outlasts_patience()
        judge.admits(owner, alice)
    judge.delivers(alice, bob)


@requirement("PROT.keystream", case="join-played-again")
def test_a_join_is_played_again_to_the_one_who_joined(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, one of which joins anew, and the GO's frames in that join, recorded }
    ensure that {
      when { the attacker gives it these frames again in the midst of its session, before equal and other messages,
             in two sessions }
      then { no two frames betray that one keystream served both, as under a key put in again or wiped }
    }
    """
    owner, (alice, bob) = group_of(2)
    for _ in range(2):
        since = judge.mark
        judge.admits_anew(owner, alice)
        joined = judge.frames_of(owner, since)
        for _ in range(2):
            attacker.plays_again(joined, alice)
            attacker.says_alike(alice, bob)
    judge.recovers(owner, alice, bob)


@requirement("PROT.keystream", case="old-announcements")
def test_what_the_owner_said_in_an_earlier_session_is_sent_again(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and all frames of the GO in an earlier session of one of them, recorded }
    ensure that {
      when { the attacker sends them to it again before equal and other messages in the next session }
      then { no two frames betray that one keystream served both, as under a time or number that was set back }
    }
    """
    owner, (alice, bob) = group_of(2)
    judge.delivers(owner, alice)
    recorded = judge.frames_of(owner)
    judge.admits_anew(owner, alice)
    for _ in range(2):
        attacker.plays_again(recorded, alice)
        attacker.says_alike(alice, bob)
        attacker.says_alike(owner, alice)
    judge.recovers(owner, alice, bob)


@requirement("PROT.keystream", case="many-messages")
def test_no_keystream_comes_again(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { one sends the other hundreds of messages in a row }
      then { no two frames betray that a nonce came again }
    }
    """
    _owner, (alice, bob) = group_of(2)
    attacker.sends_many(alice, bob)


@pytest.mark.parametrize("piece", range(PIECES))
@requirement("PROT.integrity", case="altered-uplink")
def test_frames_are_altered_on_the_way_to_the_owner(
    group_of: CastGroup, air: Air, attacker: Attacks, piece: int
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { the attacker alters every frame from a member to the GO, in one way of a sample at a time }
      then { nobody receives anything but, to the byte, what the member sent }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sweeps(
        owner,
        alice,
        bob,
        lambda change: air.alter(change, direction=(alice.number, owner.number)),
        piece,
        PIECES,
    )


@pytest.mark.parametrize("piece", range(PIECES))
@requirement("PROT.integrity", case="altered-downlink")
def test_frames_are_altered_on_the_way_from_the_owner(
    group_of: CastGroup, air: Air, attacker: Attacks, piece: int
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { the attacker alters every frame from the GO to a member, in one way of a sample at a time }
      then { that member receives nothing but, to the byte, what was sent to it }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sweeps(
        owner,
        alice,
        bob,
        lambda change: air.alter(change, direction=(owner.number, bob.number)),
        piece,
        PIECES,
    )


@pytest.mark.parametrize("way", ["uplink", "downlink"])
@requirement("PROT.integrity", case="one-frame-of-many")
def test_one_frame_of_many_is_altered(group_of: CastGroup, attacker: Attacks, way: str) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { a member sends long messages, and the attacker alters one frame alone of each, another every time }
      then { nobody receives anything but, to the byte, what the member sent }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.sweeps_each_frame(owner, alice, bob, (alice, owner) if way == "uplink" else (owner, bob))


@requirement("PROT.integrity", case="spliced")
def test_frames_of_two_messages_are_crossed(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames of two messages, withheld }
    ensure that {
      when { the attacker sends heads of the one's frames with tails of the other's, and then the frames }
      then { nobody receives anything but, to the byte, what was sent }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.splices(owner, alice, bob)


@requirement("PROT.integrity", case="mixed")
def test_frames_of_two_long_messages_are_mixed(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames of two messages of the greatest length, withheld }
    ensure that {
      when { the attacker lets some frames of the one through and then others of the other, on either hop }
      then { nobody receives anything but, to the byte, what was sent }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.mixes(owner, alice, bob)
    attacker.mixes(owner, owner, bob)


@requirement("PROT.integrity", case="injected")
def test_the_attackers_own_frames_are_ignored(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members }
    ensure that {
      when { the attacker sends plain payloads in frames of his own: bare, and in the shape of frames seen
             before and after security was set up, any bit of their heads flipped }
      then { nobody receives them }
    }
    """
    owner, (alice, bob) = group_of(2)
    judge.delivers(alice, bob)
    attacker.injects(owner, alice, bob)
    judge.waits()
    judge.recovers(owner, alice, bob)


@requirement("PROT.integrity", case="forged-by-chance")
def test_one_frame_is_forged_by_chance(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and on either hop a frame of a message that did not arrive }
    ensure that {
      when { the attacker sends it many times, changed in another way each time }
      then { nobody receives anything but, to the byte, what the member sent }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.forges_by_chance(owner, alice, bob)


@requirement("PROT.replay", case="uplink")
def test_frames_to_the_owner_are_replayed(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames to the GO that carried a message which was received }
    ensure that {
      when { the attacker sends them again, at once, after more traffic and in the member's next session }
      then { nobody receives the message once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    usual = judge.carrier(alice, bob, owner, on="uplink")
    long = judge.carrier(alice, bob, owner, on="uplink", length=attacker.long)
    judge.delivers(alice, bob)
    attacker.replays(usual, owner)
    attacker.replays(long, owner, after=1100)
    alice.leaves()
    judge.outlasts_patience()
    judge.admits_anew(owner, alice)
    attacker.replays(usual, owner)
    attacker.replays(long, owner)


@requirement("PROT.replay", case="downlink")
def test_frames_from_the_owner_are_replayed(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames from the GO that carried a message which was received }
    ensure that {
      when { the attacker sends them again, at once, after more traffic and in the member's next session }
      then { the member does not receive the message once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    usual = judge.carrier(alice, bob, owner, on="downlink")
    long = judge.carrier(alice, bob, owner, on="downlink", length=attacker.long)
    judge.delivers(alice, bob)
    attacker.replays(usual, owner)
    attacker.replays(long, owner, after=1100)
    bob.leaves()
    judge.outlasts_patience()
    judge.admits_anew(owner, bob)
    attacker.replays(usual, owner)
    attacker.replays(long, owner)


@requirement("PROT.replay", case="every-distance-uplink")
def test_each_of_many_messages_is_replayed_to_the_owner(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames to the GO of many messages that were received }
    ensure that {
      when { the attacker sends the frames of each again, the newest message's first }
      then { nobody receives any of them once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.replays_all(owner, alice, bob, alice, (bob,))


@requirement("PROT.replay", case="every-distance-downlink")
def test_each_of_many_messages_is_replayed_from_the_owner(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames from the GO of many messages that were received }
    ensure that {
      when { the attacker sends the frames of each again, the newest message's first }
      then { the member does not receive any of them once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    attacker.replays_all(owner, alice, bob, owner, (bob,))


@requirement("PROT.replay", case="after-a-gap-and-new-keys")
def test_frames_are_replayed_after_a_gap_and_new_keys(
    group_of: CastGroup, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members, and the frames that carried a message which was received, on each hop }
    ensure that {
      when { many messages are lost in a row, or a member leaves so that the keys of the group are new, and the
             attacker sends the frames again }
      then { nobody receives the message once more }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    carriers = [judge.carrier(alice, bob, owner, on=hop) for hop in ("uplink", "downlink")]
    carol.leaves()
    judge.outlasts_patience()
    for carrier in carriers:
        attacker.replays(carrier, owner)
    carrier = judge.carrier(alice, bob, owner, on="uplink")
    attacker.loses_many(owner, alice, bob)
    attacker.replays(carrier, owner)


@requirement("PROT.replay", case="disguised")
def test_frames_are_replayed_in_disguise(group_of: CastGroup, judge: Judge, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members, and the frames that carried a message which was received, on each hop }
    ensure that {
      when { the attacker sends them again from the third member's address, with bits of their heads changed, and
             after minutes of silence }
      then { nobody receives the message once more }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    for hop in ("uplink", "downlink"):
        carrier = judge.carrier(alice, bob, owner, on=hop)
        attacker.replays_disguised(carrier, owner, stranger=carol)


@requirement("PROT.right-recipient", case="alike-names")
def test_names_are_alike(troupe: Troupe, judge: Judge) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and members whose names begin alike, one of which is the beginning of another }
    ensure that {
      when { a member and the GO send unicasts to each of them }
      then { each is received by its receiver alone }
    }
    """
    owner, alice, namesakes = troupe.group_of_namesakes()
    for namesake in namesakes:
        judge.delivers(alice, namesake)
        judge.delivers(owner, namesake)
    judge.waits()


@requirement("PROT.right-recipient", case="redirected")
def test_a_unicast_is_redirected(group_of: CastGroup, air: Air, judge: Judge) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members }
    ensure that {
      when { the attacker brings the frames of a unicast from one member to another also to the third }
      then { the third does not receive it }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    with air.redirect(
        to=carol.number, destination=carol.address, keep=True, emitter=(alice.number, owner.number)
    ) as redirecting:
        for _ in range(3):
            judge.delivers(alice, bob)
        judge.waits()
    judge.acted(redirecting)
    judge.delivers(alice, carol)


@requirement("PROT.right-recipient", case="overheard")
def test_a_unicast_is_only_for_its_receiver(group_of: CastGroup, judge: Judge) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members }
    ensure that {
      when { they send unicasts to one another and the GO sends to one of them }
      then { each is received by its receiver alone, under its sender's true name }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    for sender, receiver in ((alice, bob), (bob, carol), (carol, alice), (owner, bob)):
        judge.delivers(sender, receiver)
    judge.waits()


@requirement("PROT.right-recipient", case="to-nobody")
def test_a_unicast_to_one_who_is_not_there(troupe: Troupe, judge: Judge) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, a third that has left, and a UE that has not joined }
    ensure that {
      when { a member sends unicasts to the UE and to the one that has left }
      then { nobody else receives them }
    }
    """
    owner, (alice, bob, carol), dave = troupe.group_and_newcomer(3)
    carol.leaves()
    judge.outlasts_patience()
    alice.sends(dave)
    alice.sends(carol)
    owner.sends(dave)
    judge.waits()
    judge.recovers(owner, alice, bob)


@requirement("PROT.right-recipient", case="to-an-absent-namesake")
def test_a_unicast_to_an_absent_namesake(troupe: Troupe, judge: Judge) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and UEs that have not joined, named like one of these but for the case, the end or
           one more sign }
    ensure that {
      when { the other member and the GO send unicasts to each of these UEs }
      then { the member of the like name receives none of them }
    }
    """
    owner, alice, bob, absent = troupe.group_and_absent_namesakes()
    for namesake in absent:
        alice.sends(namesake)
        owner.sends(namesake)
    judge.waits()
    judge.recovers(owner, alice, bob)


@requirement("PROT.origin", case="names-rewritten")
def test_names_are_rewritten_in_data(group_of: CastGroup, attacker: Attacks) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members }
    ensure that {
      when { the attacker rewrites names in the frames of a message: the sender's, the receiver's, the GO's }
      then { what is received bears its true sender's name and is received by its receiver alone }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    attacker.sends_rewritten(owner, alice, bob, carol)


@requirement("PROT.origin", case="spliced-and-reflected")
def test_frames_are_given_back_and_crossed(
    group_of: CastGroup, air: Air, judge: Judge, attacker: Attacks
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and three members }
    ensure that {
      when { the attacker gives stations their own frames back, and brings one member's frames to the GO as
             another's, beside the member's own or in their place }
      then { what is received bears its true sender's name }
    }
    """
    owner, (alice, bob, carol) = group_of(3)
    with air.reflect(emitter=(alice.number, owner.number), swap=True):
        attacker.delivers_anyhow(alice, bob)
    for also_its_own in (True, False):
        with air.redirect(
            to=owner.number,
            source=carol.address,
            keep=also_its_own,
            emitter=alice.number,
            receiver=owner.number,
        ) as crossing:
            attacker.delivers_anyhow(alice, bob)
        judge.acted(crossing)
        judge.waits()
        judge.recovers(owner, alice, bob)


@requirement("PROT.replay-after-restart", case="frames")
@pytest.mark.parametrize("who", ["owner", "member"])
def test_frames_are_replayed_after_a_restart(
    group_of: CastGroup, judge: Judge, attacker: Attacks, who: str
) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members, and the frames that carried a message which was received }
    ensure that {
      when { the GO or the member loses power and starts again, and the attacker sends the frames again, before
             and after the members have joined anew }
      then { nobody receives the message once more }
    }
    """
    owner, (alice, bob) = group_of(2)
    carriers = [judge.carrier(alice, bob, owner, on=hop) for hop in ("uplink", "downlink")]
    (owner if who == "owner" else bob).restarts(power_loss=True)
    for carrier in carriers:
        attacker.replays(carrier, owner)


@requirement("PROT.keystream-after-restart", case="messages")
@pytest.mark.parametrize("who", ["owner", "member"])
def test_no_keystream_is_used_twice_over_a_restart(group_of: CastGroup, judge: Judge, who: str) -> None:
    """pCR clauses 5.7.3 and 2.3
    with { a GO and two members that have exchanged many messages }
    ensure that {
      when { the GO or a member loses power and starts again, and more messages are sent, before and after the
             members have joined anew }
      then { no two frames betray that one keystream served both }
    }
    """
    owner, (alice, bob) = group_of(2)
    for _ in range(20):
        judge.delivers(bob, alice)
        judge.delivers(owner, bob)
    (owner if who == "owner" else bob).restarts(power_loss=True)
    for _ in range(10):
        bob.sends(alice)
        owner.sends(bob)
        judge.passes(0.05)
    judge.outlasts_patience()
    judge.admits_anew(owner, alice, bob)
    judge.delivers(bob, alice)
    judge.delivers(owner, bob)
