"""What is unusual and conforming: no violation comes of it."""

from __future__ import annotations

from pytest_prose_go.air.trace import Controlled, Noted, RekeyAsked
from pytest_prose_go.contract import Diagnostic, Left, Refused, Rekeyed
from tests.judge.story import A_MOMENT, PATIENCE, Story


def test_loss(story: Story) -> None:
    """Loss: a message that never comes is no violation."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.drops(s.up or 0, go)
    story.passes(PATIENCE)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_reordering(story: Story) -> None:
    """C-18: messages come in another order than they were sent."""
    _, alice, bob = story.group("alice", "bob")
    sent = [story.carried(story.sends(alice, to=bob)) for _ in range(4)]
    for s in reversed(sent):
        story.reports(bob, s)
    story.expects()


def test_a_burst(story: Story) -> None:
    """C-19: messages are held back, then all come at one call."""
    _, alice, bob = story.group("alice", "bob")
    sent = [story.carried(story.sends(alice, to=bob)) for _ in range(4)]
    story.passes(PATIENCE)
    for s in sent:
        story.reports(bob, s, delivery=sent[-1].arrived[bob.number])
    story.expects()


def test_delay(story: Story) -> None:
    """Delay: the attacker holds a frame back for long, and then it comes."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.drops(s.up or 0, go)
    story.passes(2 * PATIENCE)
    story.arrives(s)
    story.expects()


def test_one_message_in_many_frames(story: Story) -> None:
    """C-07: a message in fragments, each hop with its own number of them."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    for _ in range(3):
        story.exchange(alice, go, by="send")
    for _ in range(5):
        story.exchange(go, bob)
    story.reports(bob, s, delivery=story.exchange(go, bob))
    story.expects()


def test_a_groupcast_as_so_many_unicasts(story: Story) -> None:
    """C-14: one frame for each member; the cast is the sending's."""
    go, alice, bob, carol = story.group("alice", "bob", "carol")
    s = story.sends(alice)
    story.uplinked(s)
    for ue in (bob, carol):
        story.reports(ue, s, delivery=story.exchange(go, ue))
    story.expects()


def test_tear_down_after_a_bad_frame(story: Story) -> None:
    """C-11: a session ends at the first bad frame, and the UE joins again."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    bad = story.alters(s.up or 0, go)
    story.tells(go, Refused("red", "alice", "bad record"), bad)
    story.tells(go, Left("red", "alice", "bad record"), bad)
    story.tells(alice, Left("red", None, "told to go"), story.exchange(go, alice))
    story.passes(A_MOMENT)
    story.joins(alice, go)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_tear_down_on_both_sides_without_a_word(story: Story) -> None:
    """C-58: a UE starts anew after a bad frame, and nobody says why."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(go, to=bob)
    story.alters(s.down or 0, bob)
    story.admits(go, bob, delivery=story.exchange(bob, go))
    story.believes(bob, go, delivery=story.exchange(go, bob))
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_rekeying_as_often_as_one_likes(story: Story) -> None:
    """C-09: any number of Rekeyed events is fine."""
    go, alice, bob = story.group("alice", "bob")
    for _ in range(5):
        for party in (go, alice, bob):
            story.tells(party, Rekeyed("red"))
        story.arrives(story.sends(alice))
    story.expects()


def test_a_rekey_that_was_asked_for(story: Story) -> None:
    """C-10: a rekey shows nowhere, and all goes on."""
    go, alice, _ = story.group("alice", "bob")
    story.writes(RekeyAsked(story.now, go.number, "red"))
    story.arrives(story.sends(alice))
    story.expects()


def test_cover_traffic_and_beacons(story: Story) -> None:
    """C-03, C-04: frames with no event behind them, before, between and after."""
    go, alice, bob = story.group("alice", "bob")
    for _ in range(3):
        story.delivers(story.emits(go, "wake"), alice)
        story.exchange(bob, go, by="wake")
        story.passes(A_MOMENT)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_diagnostics_and_refusals_of_all_kinds(story: Story) -> None:
    """C-59: free text is never judged."""
    go, alice = story.group("alice")
    story.tells(go, Diagnostic("alice may be an attacker"), story.exchange(alice, go))
    story.tells(alice, Refused("red", None, "no such thing"))
    story.tells(go, Refused("red", "zoe", "never heard of her"))
    story.expects()


def test_a_left_about_one_who_never_was_there(story: Story) -> None:
    """C-26, C-27: a Left is nobody's admission, and accuses nobody."""
    go, alice = story.group("alice")
    story.tells(go, Left("red", "zoe"))
    story.tells(alice, Left("red"))
    story.expects()


def test_a_forged_leave_that_works(story: Story) -> None:
    """C-26: a session that ends by a replayed good-bye is a loss of service and not of secrecy."""
    go = story.owner()
    alice = story.ue("alice")
    story.joins(alice, go)
    farewell = story.leaves(alice)
    story.delivers(farewell, go)
    story.joins(alice, go)
    story.tells(go, Left("red", "alice"), story.replays_frame(farewell, go))
    story.joins(alice, go)
    story.expects()


def test_an_empty_payload(story: Story) -> None:
    """C-42: an empty message is a message."""
    _, alice, bob = story.group("alice", "bob")
    story.arrives(story.sends(alice, to=bob, data=b""))
    story.expects()


def test_addresses_that_change(story: Story) -> None:
    """C-31: a station is never known by its frames' source."""
    go, alice, bob = story.group("alice", "bob")
    alice.address, bob.address = bob.address, alice.address
    story.arrives(story.sends(alice, to=bob))
    story.arrives(story.sends(bob, to=alice))
    story.joins(alice, go)
    story.expects()


def test_frames_of_an_attacker_that_nobody_minds(story: Story) -> None:
    """C-12: injected, altered, replayed and redirected, and all thrown away."""
    go, alice, bob = story.group("alice", "bob")
    s = story.settles(story.sends(alice, to=bob))
    for to in (go, alice, bob):
        story.injects(to)
        story.alters(s.up or 0, to)
        story.redirects(s.up or 0, to)
        story.replays_frame(s.up or 0, to)
    story.passes(PATIENCE)
    story.arrives(story.sends(alice))
    story.expects()


def test_the_books_of_the_scenario_are_not_judged(story: Story) -> None:
    """Notes and controls in the trace are for the report."""
    _, alice, bob = story.group("alice", "bob")
    story.writes(Controlled(story.now, "twin", (alice.number, bob.number), False, "failed"))
    story.writes(Noted(story.now, "nothing was looked for"))
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_a_stopped_member(story: Story) -> None:
    """A member that is switched off for good leaves the others in peace."""
    _, alice, bob, carol = story.group("alice", "bob", "carol")
    story.stops(carol)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_a_restarted_member_goes_on(story: Story) -> None:
    """A member that kept its session at rest goes on where it was."""
    _, alice, bob = story.group("alice", "bob")
    s = story.carried(story.sends(alice, to=bob))
    story.restarts(bob)
    story.reports(bob, s)
    story.arrives(story.sends(alice))
    story.expects()


def test_all_at_once(story: Story) -> None:
    """A target that shows all of this at once must still pass."""
    go, alice, bob = story.group("alice", "bob")
    s, t = story.carried(story.sends(alice, to=bob)), story.carried(story.sends(alice))
    story.reports(bob, t, sender=None)
    story.reports(bob, s, cast=None)
    story.reports(bob, s, by_timer=True)
    story.reports(go, t)
    story.reports(alice, t, by_timer=True)
    story.believes(alice, bob)
    story.tells(go, Rekeyed("red"))
    story.joins(alice, go)
    story.reports(bob, t)
    story.expects()
