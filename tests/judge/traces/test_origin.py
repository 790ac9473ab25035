"""What a station may report as received: what was sent to it, to the byte, by whom it says, as it says."""

from __future__ import annotations

from tests.judge.story import PATIENCE, Story


def flipped(data: bytes, at: int = 3) -> bytes:
    """The same but for one bit."""
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def test_honest_messages_in_every_direction(story: Story) -> None:
    """Origin: up, down, across and to all."""
    go, alice, bob = story.group("alice", "bob")
    story.arrives(story.sends(alice, to=bob))
    story.arrives(story.sends(alice))
    story.arrives(story.sends(go, to=bob))
    story.arrives(story.sends(go))
    up = story.carried(story.sends(alice, to=go))
    story.reports(go, up)
    story.expects()


def test_a_frame_altered_on_the_way_up_is_relayed(story: Story) -> None:
    """Integrity on hop 1: what the GO passes on differs in a bit from what was sent."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    assert s.up is not None
    story.alters(s.up, go)
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s, data=flipped(s.data))
    story.expects("origin.altered")


def test_a_frame_altered_on_the_way_up_is_reported_by_the_owner(story: Story) -> None:
    """Integrity on hop 1, seen at the GO itself."""
    go, alice = story.group("alice")
    s = story.sends(alice, to=go)
    assert s.up is not None
    story.reports(go, s, data=flipped(s.data), delivery=story.alters(s.up, go))
    story.expects("origin.altered")


def test_a_frame_altered_on_the_way_down_is_reported(story: Story) -> None:
    """Integrity on hop 2."""
    go, _, bob = story.group("alice", "bob")
    s = story.sends(go, to=bob)
    assert s.down is not None
    story.reports(bob, s, data=flipped(s.data), delivery=story.alters(s.down, bob))
    story.expects("origin.altered")


def test_an_altered_frame_turns_into_other_bytes(story: Story) -> None:
    """Integrity: nothing of the payload is left, but it was an altered frame that brought it."""
    go, _, bob = story.group("alice", "bob")
    s = story.sends(go, to=bob)
    assert s.down is not None
    story.reports(bob, s, data=story.payload(), delivery=story.alters(s.down, bob))
    story.expects("origin.altered")


def test_a_groupcast_altered_on_the_owners_hop_is_reported(story: Story) -> None:
    """Integrity of groupcasts, changed on the GO's hop: a kind of its own, for it is claimed apart."""
    go, _, bob = story.group("alice", "bob")
    s = story.sends(go)
    assert s.down is not None
    story.reports(bob, s, data=flipped(s.data), delivery=story.alters(s.down, bob))
    story.expects("origin.altered-groupcast")


def test_a_members_groupcast_altered_on_the_owners_hop_is_reported(story: Story) -> None:
    """Integrity of groupcasts: the same for what the GO relays to all."""
    _, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.sends(alice)
    story.uplinked(s)
    frame = story.relays(s)
    story.downlinked(s, carol)
    story.reports(carol, s)
    story.reports(bob, s, data=flipped(s.data), delivery=story.alters(frame, bob))
    story.expects("origin.altered-groupcast")


def test_a_members_groupcast_altered_on_the_way_up_is_relayed(story: Story) -> None:
    """Integrity on hop 1: a member's groupcast is a unicast as far as the GO."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice)
    assert s.up is not None
    story.alters(s.up, go)
    story.relays(s)
    story.downlinked(s, bob)
    story.reports(bob, s, data=flipped(s.data))
    story.expects("origin.altered")


def test_a_payload_is_cut(story: Story) -> None:
    """A message keeps its boundaries: a part of it is not it."""
    _, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s, data=s.data[:-4])
    story.expects("origin.altered")


def test_a_payload_has_grown(story: Story) -> None:
    """A message keeps its boundaries: padding is not to be reported."""
    _, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s, data=s.data + bytes(8))
    story.expects("origin.altered")


def test_an_altered_frame_is_thrown_away(story: Story) -> None:
    """C-12: nothing reported, nothing alerted, and the link goes on."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    assert s.up is not None
    story.alters(s.up, go)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_an_altered_frame_brings_the_message_unharmed(story: Story) -> None:
    """C-05: a change outside of what is protected may go unseen, if what is reported is as sent."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    assert s.up is not None
    story.alters(s.up, go)
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_an_injected_payload_is_reported(story: Story) -> None:
    """Origin: what the attacker made up."""
    _, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.reports(bob, s, data=story.payload(), delivery=story.injects(bob))
    story.expects("origin.invented")


def test_an_injected_payload_is_reported_by_the_owner(story: Story) -> None:
    """Origin: what the attacker made up, at the GO."""
    go, alice = story.group("alice")
    s = story.arrives(story.sends(alice, to=go))
    story.reports(go, s, data=story.payload(), delivery=story.injects(go))
    story.expects("origin.invented")


def test_a_clear_payload_is_injected_and_reported(story: Story) -> None:
    """Origin, PROT-11: the frame's own bytes come out as a payload."""
    _, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    clear = story.payload(40)
    story.reports(bob, s, data=clear[8:], delivery=story.injects(bob, clear))
    story.expects("origin.invented")


def test_an_injected_frame_is_ignored(story: Story) -> None:
    """C-13, C-58: alerts or none: an injected frame without a report is nothing."""
    go, _, bob = story.group("alice", "bob")
    story.injects(bob)
    story.injects(go)
    story.expects()


def test_a_payload_out_of_thin_air(story: Story) -> None:
    """Origin: nobody sent it and no attacker was there."""
    go, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.reports(bob, s, data=story.payload(), delivery=story.exchange(go, bob))
    story.expects("origin.invented")


def test_a_payload_is_reported_before_it_was_sent(story: Story) -> None:
    """Origin: a report is of a sending that has been."""
    go, alice, bob = story.group("alice", "bob")
    data = story.payload()
    earlier = story.arrives(story.sends(alice, to=bob))
    story.reports(bob, earlier, data=data, delivery=story.exchange(go, bob))
    story.passes(PATIENCE)
    story.sends(alice, to=bob, data=data)
    story.expects("origin.invented")


def test_a_unicast_is_reported_under_anothers_name(story: Story) -> None:
    """Sender: Bob hears Alice's words as Carol's."""
    _, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s, sender=carol.identity)
    story.expects("origin.sender")


def test_a_unicast_is_reported_as_the_owners(story: Story) -> None:
    """Sender: the origin is named, not the hop."""
    go, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s, sender=go.identity)
    story.expects("origin.sender")


def test_the_owner_reports_a_message_under_anothers_name(story: Story) -> None:
    """Sender: at the GO, PROT-41."""
    go, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=go))
    story.reports(go, s, sender=bob.identity)
    story.expects("origin.sender")


def test_a_members_message_redirected_into_anothers_session(story: Story) -> None:
    """Sender: the attacker brings Alice's frame with Bob's address, and the GO believes the address."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=go)
    assert s.up is not None
    story.reports(go, s, sender=bob.identity, delivery=story.redirects(s.up, go))
    story.expects("origin.sender")


def test_a_groupcast_changed_on_the_owners_hop_names_another(story: Story) -> None:
    """Sender of a groupcast, changed on the GO's groupcast hop: booked where groupcasts' origin is."""
    _, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.sends(alice)
    story.uplinked(s)
    frame = story.relays(s)
    story.reports(bob, s, sender=carol.identity, delivery=story.alters(frame, bob))
    story.expects("origin.sender-groupcast")


def test_no_sender_is_told(story: Story) -> None:
    """Sender, C-54: None where the protocol does not tell."""
    go, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s, sender=None)
    g = story.carried(story.sends(go))
    story.reports(alice, g, sender=None)
    story.expects()


def test_a_unicast_is_reported_as_a_groupcast(story: Story) -> None:
    """Cast: what was for Bob alone was not for all."""
    _, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s, cast="groupcast")
    story.expects("origin.cast")


def test_a_groupcast_is_reported_as_a_unicast(story: Story) -> None:
    """Cast: what was for all was not for Bob alone, even if n unicasts brought it."""
    _, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice))
    story.reports(bob, s, cast="unicast")
    story.expects("origin.cast")


def test_no_cast_is_told(story: Story) -> None:
    """Cast: None is no lie."""
    go, _, bob = story.group("alice", "bob")
    s = story.carried(story.sends(go))
    story.reports(bob, s, cast=None)
    story.expects()


def test_a_unicast_is_reported_by_another_member(story: Story) -> None:
    """Recipient: a message to Bob comes out at Carol."""
    _, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.arrives(story.sends(alice, to=bob))
    story.reports(carol, s)
    story.expects("origin.other-recipient")


def test_a_unicast_is_redirected_to_another_member(story: Story) -> None:
    """Recipient: the attacker brings Bob's frame to Carol, and she reads it."""
    go, _, bob, carol = story.group("alice", "bob", "carol")
    s = story.sends(go, to=bob)
    assert s.down is not None
    story.reports(carol, s, delivery=story.redirects(s.down, carol))
    story.expects("origin.other-recipient")


def test_a_message_to_the_owner_is_reported_by_a_member(story: Story) -> None:
    """Recipient: what was for the GO alone is no groupcast."""
    go, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=go))
    story.reports(bob, s, delivery=story.exchange(go, bob))
    story.expects("origin.other-recipient")


def test_the_owner_reports_what_its_members_send_each_other(story: Story) -> None:
    """C-60, C-61: the GO may report all that it relays."""
    go, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.reports(go, s)
    g = story.arrives(story.sends(bob))
    story.reports(go, g)
    story.expects()


def test_the_owner_reports_nothing_of_what_it_relays(story: Story) -> None:
    """C-62: nor need it."""
    _, alice, bob = story.group("alice", "bob")
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_a_loopback_copy(story: Story) -> None:
    """C-16: a sender may report its own groupcast, as its own."""
    go, alice, _ = story.group("alice", "bob")
    s = story.arrives(story.sends(alice))
    assert s.down is not None
    story.reports(alice, s, delivery=story.delivers(s.down, alice))
    g = story.arrives(story.sends(go))
    story.reports(go, g, by_timer=True)
    story.expects()


def test_a_loopback_copy_of_a_unicast(story: Story) -> None:
    """A loopback copy is allowed, of whatever one has sent."""
    _, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob))
    story.reports(alice, s, by_timer=True)
    story.expects()


def test_equal_bytes_from_two_senders(story: Story) -> None:
    """Origin: where two sent the same, either name is true."""
    _, alice, bob, carol = story.group("alice", "bob", "carol")
    data = story.payload()
    story.arrives(story.sends(alice, to=carol, data=data))
    story.arrives(story.sends(bob, to=carol, data=data))
    story.expects()


def test_a_short_payload_resembles_nothing(story: Story) -> None:
    """Origin: one invented byte is as wrong as many."""
    go, alice, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(alice, to=bob, data=b"\x5a"))
    story.reports(bob, s, data=b"\xc3", delivery=story.exchange(go, bob))
    story.expects("origin.invented")


def test_a_members_groupcast_redirected_into_anothers_session(story: Story) -> None:
    """Sender: the GO believed an address on hop 1; that all were told of it makes it no groupcast's fault."""
    go, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.sends(alice)
    story.redirects(s.up or 0, go)
    story.relays(s)
    story.downlinked(s, carol)
    story.reports(carol, s, sender=bob.identity)
    story.expects("origin.sender")


def test_an_injected_groupcast_is_reported(story: Story) -> None:
    """Origin of groupcasts: made up on the GO's hop, and booked where groupcasts' integrity is."""
    go, _, bob = story.group("alice", "bob")
    s = story.arrives(story.sends(go))
    story.reports(bob, s, data=story.payload(), delivery=story.injects(bob))
    story.expects("origin.invented-groupcast")


def test_a_groupcast_altered_beyond_recognition_by_a_target_that_tells_no_cast(story: Story) -> None:
    """Integrity of groupcasts: it is the frame that was changed which says of which hop it is."""
    go, _, bob = story.group("alice", "bob")
    s = story.sends(go)
    story.reports(bob, s, cast=None, data=story.payload(), delivery=story.alters(s.down or 0, bob))
    story.expects("origin.altered-groupcast")


def test_a_groupcast_altered_on_the_way_up_amid_other_attacks(story: Story) -> None:
    """Integrity on hop 1: what the attacker does to others meanwhile moves the fault to no other hop."""
    go, alice, bob, carol = story.group("alice", "bob", "carol")
    earlier = story.arrives(story.sends(go, to=carol))
    s = story.sends(alice)
    story.alters(s.up or 0, go)
    story.replays(earlier, to=carol)
    story.relays(s)
    story.downlinked(s, bob)
    story.reports(bob, s, data=flipped(s.data))
    story.expects("origin.altered")


def test_a_unicast_altered_amid_attacks_on_groupcasts(story: Story) -> None:
    """Integrity on hop 2: nor is a unicast a groupcast because groupcasts were attacked."""
    go, _, bob = story.group("alice", "bob")
    g = story.arrives(story.sends(go))
    s = story.sends(go, to=bob)
    story.replays(g, to=bob)
    story.reports(bob, s, data=flipped(s.data), delivery=story.alters(s.down or 0, bob))
    story.expects("origin.altered")
