"""What may be reported twice: anything, but for a settled sending of which the attacker re-sent a frame."""

from __future__ import annotations

from tests.judge.story import A_MOMENT, PATIENCE, Message, Story


def replayed_up(story: Story, s: Message) -> None:
    """The sender's frame is replayed to the GO, which relays the message again; it reaches its audience."""
    story.replays(s, to=s.owner)
    story.relays(s)
    story.downlinked(s)


def test_a_settled_unicast_is_replayed_to_its_receiver(story: Story) -> None:
    """No replay: on the GO's hop."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_settled_unicast_is_replayed_to_the_owner(story: Story) -> None:
    """No replay: on the UE's hop, seen at the member to which the GO relays it again."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    replayed_up(story, s)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_settled_message_to_the_owner_is_replayed(story: Story) -> None:
    """No replay: on the UE's hop, seen at the GO."""
    go, alice = story.group("alice")
    s = story.carried(story.sends(alice, to=go))
    story.reports(go, s)
    story.passes(PATIENCE)
    story.replays(s, to=go)
    story.reports(go, s)
    story.expects("replay.hop")


def test_a_replayed_frame_is_thrown_away(story: Story) -> None:
    """C-12: nothing told, nothing found."""
    go, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.replays(s, to=bob)
    story.replays(s, to=go)
    story.passes(PATIENCE)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_a_settled_groupcast_of_the_owner_is_replayed(story: Story) -> None:
    """No replay of groupcasts, on the GO's hop: a kind of its own."""
    go, _, bob = story.group("alice", "bob")
    s = story.settles(story.sends(go))
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.groupcast")


def test_a_settled_groupcast_of_a_member_is_replayed_on_the_owners_hop(story: Story) -> None:
    """No replay of groupcasts: whoever sent it."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice))
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.groupcast")


def test_a_settled_groupcast_of_a_member_is_replayed_on_its_own_hop(story: Story) -> None:
    """No replay: as far as the GO, a member's groupcast is a unicast."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice))
    replayed_up(story, s)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_replay_is_reported_by_a_timer(story: Story) -> None:
    """No replay: whichever call returned the report."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.replays(s, to=bob)
    story.passes(A_MOMENT)
    story.reports(bob, s, by_timer=True)
    story.expects("replay.hop")


def test_a_replay_is_reported_long_after(story: Story) -> None:
    """No replay: no delay makes it good."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.replays(s, to=bob)
    story.passes(PATIENCE)
    story.reports(bob, s, by_timer=True)
    story.expects("replay.hop")


def test_a_replay_across_sessions(story: Story) -> None:
    """No replay: the recorded frame of an old session in a new one."""
    go, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.leaves(bob)
    story.passes(PATIENCE)
    story.joins(bob, go)
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_replay_across_a_restart(story: Story) -> None:
    """No replay: a receiver that forgot what it had received."""
    go, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.restarts(bob)
    story.joins(bob, go)
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_replay_across_a_restart_of_the_owner(story: Story) -> None:
    """No replay: an owner that forgot what it had relayed."""
    go, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.restarts(go)
    story.joins(alice, go)
    story.joins(bob, go)
    story.passes(PATIENCE)
    replayed_up(story, s)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_replay_across_groups(story: Story) -> None:
    """No replay: the frame of one group comes out again as the other's."""
    go, alice, bob = story.group("alice", "bob")
    story.also_owns(go, "blue")
    for ue in (alice, bob):
        story.also_belongs(ue, "blue")
        story.joins(ue, go, group="blue")
    s = story.settles(story.sends(alice, to=bob, group="red"))
    story.replays(s, to=bob)
    story.reports(bob, s, group="blue")
    story.expects("replay.hop")


def test_a_frame_redirected_to_another_makes_the_first_report_again(story: Story) -> None:
    """No replay: the re-sent frame may go to any station."""
    go, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.settles(story.sends(alice, to=bob))
    story.replays(s, to=carol)
    story.exchange(carol, go)
    story.reports(bob, s, delivery=story.exchange(go, bob))
    story.expects("replay.hop")


def test_an_altered_frame_of_a_settled_sending_is_delivered(story: Story) -> None:
    """No replay: re-sent with a bit changed is re-sent."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    assert s.down is not None
    story.reports(bob, s, delivery=story.alters(s.down, bob))
    story.expects("replay.hop")


def test_a_frame_is_reflected_to_its_sender(story: Story) -> None:
    """No replay, a reflection: Alice's own groupcast comes back to her a second time."""
    _, alice, _ = story.group("alice", "bob")
    s = story.arrives(story.sends(alice))
    assert s.down is not None
    story.reports(alice, s, delivery=story.delivers(s.down, alice))
    story.passes(PATIENCE)
    story.reports(alice, s, delivery=story.replays_frame(s.down, alice))
    story.expects("replay.groupcast")


def test_a_first_report_is_never_a_replay(story: Story) -> None:
    """No replay: the frame was lost the first time, and the attacker brings it after all."""
    _, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.uplinked(s)
    story.drops(story.relays(s), bob)
    story.passes(PATIENCE)
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects()


def test_a_first_report_after_many_replays(story: Story) -> None:
    """No replay: nor after several frames, if but one report comes of them."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.drops(s.up or 0, go)
    story.passes(PATIENCE)
    for _ in range(3):
        story.replays(s, to=go)
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_a_member_that_missed_a_groupcast_reads_it_from_a_replay(story: Story) -> None:
    """No replay: settled at one member, first read by another."""
    go, _, bob, carol = story.group("alice", "bob", "carol")
    s = story.sends(go)
    story.downlinked(s, bob)
    story.reports(bob, s)
    story.passes(PATIENCE)
    story.replays(s, to=carol)
    story.reports(carol, s)
    story.expects()


def test_a_second_report_before_settlement(story: Story) -> None:
    """No replay: what came twice within the patience may be an honest duplicate: a lead, to be run again."""
    _, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.passes(A_MOMENT)
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects_a_lead()


def test_an_honest_duplicate(story: Story) -> None:
    """C-01: a frame sent again by its owner, and reported again, with no attacker there."""
    _, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.passes(PATIENCE)
    story.expects()


def test_an_honest_duplicate_long_after(story: Story) -> None:
    """Honest duplicates are allowed, however late, where the attacker re-sent nothing."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_the_replay_of_one_message_and_the_duplicate_of_another(story: Story) -> None:
    """No replay: it takes a frame of that very sending."""
    _, alice, bob = story.group("alice", "bob")
    replayed = story.settles(story.sends(alice, to=bob))
    doubled = story.settles(story.sends(alice, to=bob))
    story.replays(replayed, to=bob)
    story.passes(PATIENCE)
    story.relays(doubled)
    story.downlinked(doubled)
    story.reports(bob, doubled)
    story.expects()


def test_an_unsettled_duplicate_and_then_a_replay(story: Story) -> None:
    """No replay: after an honest duplicate the patience begins anew, and then the sending is settled."""
    _, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.passes(A_MOMENT)
    story.reports(bob, s)
    story.passes(PATIENCE)
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_replay_within_the_patience_of_a_duplicate(story: Story) -> None:
    """No replay: a duplicate just before leaves the sending unsettled."""
    _, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.passes(4.5)
    story.reports(bob, s)
    story.passes(A_MOMENT)
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects_a_lead()


def test_equal_sendings_allow_as_many_reports(story: Story) -> None:
    """k equal sendings, k reports."""
    _, alice, bob = story.group("alice", "bob")
    data = story.payload()
    for _ in range(3):
        story.settles(story.sends(alice, to=bob, data=data))
    story.expects()


def test_equal_sendings_and_the_replay_of_a_lost_one(story: Story) -> None:
    """k equal sendings, k reports: one was lost, and what its replay brings is its first."""
    _, alice, bob = story.group("alice", "bob")
    data = story.payload()
    story.settles(story.sends(alice, to=bob, data=data))
    lost = story.sends(alice, to=bob, data=data)
    story.uplinked(lost)
    story.drops(story.relays(lost), bob)
    story.passes(PATIENCE)
    story.replays(lost, to=bob)
    story.reports(bob, lost)
    story.expects()


def test_equal_sendings_and_one_report_too_many(story: Story) -> None:
    """k equal sendings, k reports, all settled; the next one is a replay."""
    _, alice, bob = story.group("alice", "bob")
    data = story.payload()
    s = story.settles(story.sends(alice, to=bob, data=data))
    story.settles(story.sends(alice, to=bob, data=data))
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_loopback_copy_is_no_second_report(story: Story) -> None:
    """C-16: each station's reports are counted by themselves."""
    go, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice))
    story.reports(go, s)
    story.reports(alice, s, by_timer=True)
    story.passes(PATIENCE)
    story.replays(s, to=bob)
    story.expects()


def test_a_first_loopback_copy_after_a_replay(story: Story) -> None:
    """C-16: a first report at a station, even of its own, is never a replay."""
    go, alice, _ = story.group("alice", "bob")
    s = story.settles(story.sends(alice))
    story.replays(s, to=go)
    story.reports(alice, s, by_timer=True)
    story.expects()


def test_a_tap_touches_nothing(story: Story) -> None:
    """No replay: who only listens re-sends nothing."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.lifts(story.move("tap"))
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_a_duplicate_of_an_old_message_after_the_replay_of_a_newer_one(story: Story) -> None:
    """No replay: the frames of what was sent after the settlement are not the settled sending's."""
    _, alice, bob = story.group("alice", "bob")
    doubled = story.settles(story.sends(alice, to=bob))
    replayed = story.settles(story.sends(alice, to=bob))
    story.replays(replayed, to=bob)
    story.relays(doubled)
    story.downlinked(doubled)
    story.reports(bob, doubled)
    story.expects()


def test_a_second_copy_that_was_only_held_back(story: Story) -> None:
    """No replay: a retransmission that was lost on the air and comes at last was never there before: a delay,
    and no re-sending (C-02)."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    move = story.drops(s.up or 0, go)
    held = s.up or 0
    s.up = story.emits(alice, "wake", go)
    story.settles(s)
    story.releases(held, go, move)
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_equal_sendings_and_one_report_too_many_by_the_newest(story: Story) -> None:
    """k equal sendings, k reports: whichever of them is replayed."""
    _, alice, bob = story.group("alice", "bob")
    data = story.payload()
    story.settles(story.sends(alice, to=bob, data=data))
    s = story.settles(story.sends(alice, to=bob, data=data))
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_replay_after_many_settled_messages(story: Story) -> None:
    """No replay: nothing that came between makes an old message new."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    for _ in range(3):
        story.settles(story.sends(alice, to=bob))
    story.replays(s, to=bob)
    story.reports(bob, s)
    story.expects("replay.hop")


def test_a_settled_message_is_told_again_before_the_replay_only(story: Story) -> None:
    """No replay: the second report came before the attacker re-sent anything."""
    _, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    story.reports(bob, s, by_timer=True)
    story.replays(s, to=bob)
    story.expects()
