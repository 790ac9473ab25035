"""Whose words count: those of members that the GO had admitted at some moment on their way."""

from __future__ import annotations

from tests.judge.story import AUTHORITY, DAY, FOREIGN, PATIENCE, Party, Story


def stranger(story: Story, go: Party) -> Party:
    """One whom the GO does not trust, after a try to join."""
    mallory = story.ue("mallory", authority=FOREIGN, trusts=(AUTHORITY, FOREIGN), standing="rogue")
    story.tries(mallory, go)
    return mallory


def test_the_words_of_one_never_admitted_are_relayed(story: Story) -> None:
    """Right to speak, AUTH-27: a stranger's data come out at a member."""
    go, _, bob = story.group("alice", "bob")
    mallory = stranger(story, go)
    s = story.carried(story.sends(mallory, to=bob, group="red"))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_the_words_of_one_never_admitted_are_reported_by_the_owner(story: Story) -> None:
    """Right to speak: at the GO itself."""
    go, _ = story.group("alice")
    mallory = stranger(story, go)
    s = story.carried(story.sends(mallory, to=go, group="red"))
    story.reports(go, s)
    story.expects("origin.not-admitted")


def test_the_groupcast_of_one_never_admitted_is_relayed(story: Story) -> None:
    """Right to speak: to all."""
    go, _, bob = story.group("alice", "bob")
    mallory = stranger(story, go)
    s = story.carried(story.sends(mallory, group="red"))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_a_member_not_yet_admitted_is_heard(story: Story) -> None:
    """Right to speak: good credentials alone give no voice."""
    go, alice = story.group("alice")
    bob = story.ue("bob")
    story.delivers(story.asks(bob, go), go)
    s = story.carried(story.sends(bob, to=alice))
    story.reports(alice, s)
    story.expects("origin.not-admitted")


def test_words_sent_before_the_admission_and_reported_after_it(story: Story) -> None:
    """C-57: data held until the sender was admitted are as good as any."""
    go, alice = story.group("alice")
    bob = story.ue("bob")
    story.asks(bob, go)
    s = story.sends(bob, to=alice)
    delivery = story.uplinked(s)
    story.admits(go, bob, delivery=delivery)
    story.relays(s)
    story.downlinked(s)
    story.reports(alice, s)
    story.expects()


def test_words_on_their_way_when_the_sender_left(story: Story) -> None:
    """Right to speak: the admission stood when they were sent."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.uplinked(s)
    story.leaves(alice)
    story.drops_member(go, alice)
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_words_held_back_long_after_the_sender_was_removed(story: Story) -> None:
    """Right to speak: the admission stood at some moment, long ago as it may be."""
    go, alice, bob = story.group("alice", "bob")
    s = story.sends(alice, to=bob)
    story.uplinked(s)
    story.removes(go, alice)
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    story.relays(s)
    story.downlinked(s)
    story.reports(bob, s)
    story.expects()


def test_a_removed_members_words_are_relayed(story: Story) -> None:
    """Right to speak: an admission ends with the removal."""
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_a_removed_members_words_are_relayed_without_a_left(story: Story) -> None:
    """Right to speak: a removal needs no event to be one."""
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_a_member_whose_session_ended_is_heard(story: Story) -> None:
    """Right to speak: the GO's own Left ends what its Joined began."""
    go, alice, bob = story.group("alice", "bob")
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_a_member_that_came_back_is_heard(story: Story) -> None:
    """Right to speak: a new admission gives a new voice."""
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_the_owner_needs_no_admission(story: Story) -> None:
    """Right to speak: a GO may send too."""
    go, _, bob = story.group("alice", "bob")
    story.arrives(story.sends(go, to=bob))
    story.arrives(story.sends(go))
    story.expects()


def test_one_admitted_against_the_rules_is_heard(story: Story) -> None:
    """Right to speak: it is the GO's word that admits, and a wrong one is booked once, as admission."""
    go, _, bob = story.group("alice", "bob")
    mallory = stranger(story, go)
    story.admits(go, mallory)
    s = story.carried(story.sends(mallory, to=bob, group="red"))
    story.reports(bob, s)
    story.expects("admission.foreign-authority")


def test_an_insider_speaks_as_itself(story: Story) -> None:
    """Right to speak: an insider is a member like any other."""
    go, _, bob = story.group("alice", "bob")
    ivan = story.ue("ivan", standing="insider")
    story.joins(ivan, go)
    story.arrives(story.sends(ivan, to=bob))
    story.expects()


def test_a_member_of_another_group_is_heard_in_this_one(story: Story) -> None:
    """Right to speak: an admission to one group is none to another of the same GO."""
    go, _, bob = story.group("alice", "bob")
    story.also_owns(go, "blue")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    story.joins(oscar, go, group="blue")
    s = story.carried(story.sends(oscar, to=bob, group="red"))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_words_after_a_second_joined_and_the_end_of_the_first_session(story: Story) -> None:
    """C-25: a Left that follows the second Joined may be the first session's."""
    go, alice, bob = story.group("alice", "bob")
    story.joins(alice, go)
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_words_after_the_end_of_both_sessions(story: Story) -> None:
    """Right to speak: two sessions that ended leave no voice."""
    go, alice, bob = story.group("alice", "bob")
    story.joins(alice, go)
    story.drops_member(go, alice)
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    s = story.carried(story.sends(alice, to=bob))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_one_admitted_by_another_owner_of_that_group_name_is_heard(story: Story) -> None:
    """Right to speak: what Hugo, who trusts the rogue's authority, admits is no member for Gina's Bob."""
    gina, _, bob = story.group("alice", "bob")
    both = (AUTHORITY, FOREIGN)
    hugo = story.owner("hugo", trusts=both)
    mallory = story.ue("mallory", authority=FOREIGN, trusts=both, standing="rogue")
    story.joins(mallory, hugo)
    s = story.carried(story.sends(mallory, to=bob, owner=gina))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_an_owner_whose_credentials_ran_out_in_the_session_goes_on(story: Story) -> None:
    """Right to speak: the GO's session stands, and no sentence asks for its end with its credentials'."""
    go = story.owner(valid=(-DAY, 100.0))
    bob = story.ue("bob")
    story.joins(bob, go)
    story.passes(DAY)
    story.arrives(story.sends(go))
    story.arrives(story.sends(go, to=bob))
    story.expects()


def test_a_member_whose_credentials_were_withdrawn_in_the_session_goes_on(story: Story) -> None:
    """Right to speak: a withdrawal bars the next admission; what stands stands until the GO ends it."""
    go, alice, bob = story.group("alice", "bob")
    story.revokes(alice, go, bob)
    story.arrives(story.sends(alice, to=bob))
    story.expects()
