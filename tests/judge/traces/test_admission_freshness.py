"""When a GO may admit: on fresh contact with the UE, in a run for its group."""

from __future__ import annotations

from pytest_prose_go.contract import Declined
from tests.judge.story import A_MOMENT, PATIENCE, Story


def test_a_member_that_never_asked_is_admitted(story: Story) -> None:
    """Admission: good credentials are not enough; the UE must have been there."""
    go = story.owner()
    story.ue("alice")
    story.admits(go, "alice")
    story.expects("admission.no-fresh-contact")


def test_a_member_whose_frames_never_arrived_is_admitted(story: Story) -> None:
    """Admission: a frame that the attacker kept away is no contact."""
    go = story.owner()
    alice = story.ue("alice")
    story.drops(story.asks(alice, go), go)
    story.admits(go, alice)
    story.expects("admission.no-fresh-contact")


def test_a_join_is_admitted_on_another_members_frames(story: Story) -> None:
    """Admission, AUTH-26: another member's frames prove nothing of Bob."""
    go, alice = story.group("alice")
    story.ue("bob")
    delivery = story.exchange(alice, go)
    story.admits(go, "bob", delivery=delivery)
    story.expects("admission.no-fresh-contact")


def test_a_whole_join_is_replayed_after_a_leave(story: Story) -> None:
    """Admission, AUTH-24: the recorded frames of a member that left are no contact."""
    go = story.owner()
    alice = story.ue("alice")
    first, _, third = story.joins(alice, go)
    story.leaves(alice)
    story.passes(PATIENCE)
    story.replays_frame(first, go)
    story.admits(go, alice, delivery=story.replays_frame(third, go))
    story.expects("admission.no-fresh-contact")


def test_a_whole_join_is_replayed_and_turned_away(story: Story) -> None:
    """Admission: the same replay, without a report, is nothing."""
    go = story.owner()
    alice = story.ue("alice")
    first, _, third = story.joins(alice, go)
    story.leaves(alice)
    story.passes(PATIENCE)
    story.replays_frame(first, go)
    story.replays_frame(third, go)
    story.expects()


def test_a_whole_join_is_replayed_while_the_member_is_silenced(story: Story) -> None:
    """Admission: one who has been silent for longer than the patience did not join anew."""
    go, alice = story.group("alice")
    frame = story.emits(alice, "wake", go)
    story.delivers(frame, go)
    story.silences(alice)
    story.passes(PATIENCE)
    story.admits(go, alice, delivery=story.replays_frame(frame, go))
    story.expects("admission.no-fresh-contact")


def test_a_whole_join_is_replayed_after_a_removal(story: Story) -> None:
    """Admission: nor did a removed member whose uplink is cut."""
    go = story.owner()
    alice = story.ue("alice")
    first, _, third = story.joins(alice, go)
    story.passes(PATIENCE)
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.replays_frame(first, go)
    story.admits(go, alice, delivery=story.replays_frame(third, go))
    story.expects("admission.no-fresh-contact")


def test_a_removed_member_is_admitted_on_what_it_said_before(story: Story) -> None:
    """Admission: frames older than the removal do not join a member anew, though newer than its join."""
    go, alice = story.group("alice")
    story.exchange(alice, go, by="wake")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.admits(go, alice)
    story.expects("admission.no-fresh-contact")


def test_a_second_joined_with_no_new_frame(story: Story) -> None:
    """Admission: each admission needs contact since the one before."""
    go, alice = story.group("alice")
    story.admits(go, alice)
    story.expects("admission.no-fresh-contact")


def test_a_second_joined_on_a_replayed_frame(story: Story) -> None:
    """Admission: a frame that was delivered before is not fresh, even in a living session."""
    go = story.owner()
    alice = story.ue("alice")
    _, _, third = story.joins(alice, go)
    story.admits(go, alice, delivery=story.replays_frame(third, go))
    story.expects("admission.no-fresh-contact")


def test_a_second_joined_without_a_left(story: Story) -> None:
    """C-25: a member that joins again replaces its session, and no Left need come between."""
    go, alice = story.group("alice")
    story.joins(alice, go)
    story.expects()


def test_a_second_joined_on_any_new_frame(story: Story) -> None:
    """C-25: the target's own rejoining stays within the run: a fresh frame of it is enough."""
    go, alice = story.group("alice")
    story.admits(go, alice, delivery=story.exchange(alice, go, by="wake"))
    story.expects()


def test_a_frame_that_arrives_altered_is_contact(story: Story) -> None:
    """C-47: a join that survives an altered frame is a lead at most: any form of the frame is contact."""
    go = story.owner()
    alice = story.ue("alice")
    story.admits(go, alice, delivery=story.alters(story.asks(alice, go), go))
    story.expects()


def test_a_frame_that_was_held_back_is_contact_when_it_arrives(story: Story) -> None:
    """Admission: a frame is fresh by its first delivery, however the attacker brought it."""
    go = story.owner()
    alice = story.ue("alice")
    frame = story.asks(alice, go)
    story.drops(frame, go)
    story.passes(PATIENCE)
    story.admits(go, alice, delivery=story.replays_frame(frame, go))
    story.expects()


def test_a_rejoin_after_a_leave(story: Story) -> None:
    """Admission: who left may come again."""
    go, alice = story.group("alice")
    story.leaves(alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.expects()


def test_a_rejoin_after_an_eviction(story: Story) -> None:
    """Admission: an evicted member with good credentials may be admitted anew."""
    go, alice = story.group("alice")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.expects()


def test_an_evicted_member_comes_back_by_itself(story: Story) -> None:
    """Admission: the run goes on over a removal, and the target's own rejoining stays within it."""
    go, alice = story.group("alice")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.admits(go, alice, delivery=story.exchange(alice, go, by="wake"))
    story.expects()


def test_a_barred_member_is_admitted_again(story: Story) -> None:
    """Admission: where the statement says that removal bars, good credentials help no more."""
    story.under(removal="bar")
    go, alice = story.group("alice")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.tries(alice, go)
    story.admits(go, alice)
    story.expects("admission.barred")


def test_removal_bars_the_removed_member_only(story: Story) -> None:
    """Admission: others go on joining."""
    story.under(removal="bar")
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.joins(bob, go)
    story.joins(story.ue("carol"), go)
    story.expects()


def test_a_removal_that_was_declined_bars_nobody(story: Story) -> None:
    """Declined: an honest "not now" counts as nothing happened."""
    story.under(removal="bar")
    go, alice = story.group("alice")
    story.removes(go, alice)
    story.tells(go, Declined("remove", "busy"), by="remove")
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.expects()


def test_a_member_that_left_within_a_moment_of_its_join(story: Story) -> None:
    """Admission: a leave younger than the patience hinders no admission that was on its way."""
    go = story.owner()
    alice = story.ue("alice")
    first, second, third = (story.asks(alice, go), story.emits(go, to=alice), story.emits(alice, to=go))
    story.delivers(first, go)
    story.delivers(second, alice)
    story.leaves(alice)
    story.passes(A_MOMENT)
    story.admits(go, alice, delivery=story.delivers(third, go))
    story.expects()


def test_a_member_that_was_silenced_within_a_moment_of_its_join(story: Story) -> None:
    """Admission: nor does a silence younger than the patience."""
    go = story.owner()
    alice = story.ue("alice")
    story.delivers(story.asks(alice, go), go)
    story.silences(alice)
    story.passes(A_MOMENT)
    story.admits(go, alice)
    story.expects()


def test_a_good_bye_is_taken_for_a_join(story: Story) -> None:
    """Admission: the frames that `leave` returned are no contact, late as they may arrive."""
    go, alice = story.group("alice")
    farewell = story.leaves(alice)
    story.passes(PATIENCE)
    story.admits(go, alice, delivery=story.delivers(farewell, go))
    story.expects("admission.no-fresh-contact")


def test_a_member_that_is_back_from_silence_joins_again(story: Story) -> None:
    """Admission: when the silence is lifted and the UE asked again, all is as it was."""
    go, alice = story.group("alice")
    story.silences(alice)
    story.passes(PATIENCE)
    story.silences(alice, on=False)
    story.joins(alice, go)
    story.expects()


def test_a_member_comes_back_from_silence_by_itself(story: Story) -> None:
    """Admission: a link restored by the target itself, once it is heard again, is an honest rejoin."""
    go, alice = story.group("alice")
    story.silences(alice)
    story.passes(PATIENCE)
    story.silences(alice, on=False)
    story.admits(go, alice, delivery=story.exchange(alice, go, by="wake"))
    story.expects()


def test_a_join_of_one_message(story: Story) -> None:
    """C-21: one frame may be a whole join."""
    go = story.owner()
    alice = story.ue("alice")
    story.admits(go, alice, delivery=story.delivers(story.asks(alice, go), go))
    story.expects()


def test_a_join_of_many_messages_over_seconds(story: Story) -> None:
    """C-20, C-22: a join may take twenty messages and its time."""
    go = story.owner()
    alice = story.ue("alice")
    delivery = story.delivers(story.asks(alice, go), go)
    for _ in range(10):
        story.passes(A_MOMENT)
        story.exchange(go, alice)
        delivery = story.exchange(alice, go)
    story.admits(go, alice, delivery=delivery)
    story.expects()


def test_a_join_after_the_loss_of_its_first_frames(story: Story) -> None:
    """C-01, C-48: what was lost is sent again."""
    go = story.owner()
    alice = story.ue("alice")
    story.drops(story.asks(alice, go), go)
    story.alters(story.emits(alice, "wake", go), go)
    story.admits(go, alice, delivery=story.exchange(alice, go, by="wake"))
    story.expects()


def test_an_owner_that_restarted_admits_on_old_frames(story: Story) -> None:
    """Admission: a restart makes nothing fresh."""
    go = story.owner()
    alice = story.ue("alice")
    first, _, third = story.joins(alice, go)
    story.silences(alice)
    story.passes(PATIENCE)
    story.restarts(go)
    story.replays_frame(first, go)
    story.admits(go, alice, delivery=story.replays_frame(third, go))
    story.expects("admission.no-fresh-contact")


def test_an_owner_that_restarted_admits_its_members_anew(story: Story) -> None:
    """Admission: after a restart members join again, on frames of their own."""
    go, alice = story.group("alice")
    story.restarts(go)
    story.admits(go, alice, delivery=story.exchange(alice, go, by="wake"))
    story.expects()


def test_a_member_that_left_is_admitted_on_what_it_said_before(story: Story) -> None:
    """Admission: frames older than the leave do not join a member anew, though newer than its join."""
    go, alice = story.group("alice")
    story.exchange(alice, go, by="wake")
    story.leaves(alice)
    story.passes(PATIENCE)
    story.admits(go, alice)
    story.expects("admission.no-fresh-contact")


def test_a_member_that_left_just_when_it_was_admitted(story: Story) -> None:
    """Admission: what was heard before a leave younger than the patience may still end in a Joined."""
    go = story.owner()
    alice = story.ue("alice")
    story.delivers(story.asks(alice, go), go)
    story.leaves(alice)
    story.passes(A_MOMENT)
    story.admits(go, alice)
    story.expects()


def test_a_member_that_left_and_still_sends_beacons_is_admitted(story: Story) -> None:
    """Admission: a frame emitted in no run is no wish to be in the group."""
    go, alice = story.group("alice")
    story.leaves(alice)
    story.passes(PATIENCE)
    story.admits(go, alice, delivery=story.exchange(alice, go, by="wake"))
    story.expects("admission.no-fresh-contact")
