"""Who may report a groupcast: who opened a run for the group, and has not left or been removed before."""

from __future__ import annotations

from pytest_prose_go.contract import Declined
from tests.judge.story import A_MOMENT, FOREIGN, GRACE, PATIENCE, Message, Party, Story


def reads(story: Story, party: Party, message: Message) -> None:
    """The party hears the GO's frame of the message, and reports it."""
    story.downlinked(message, party)
    story.reports(party, message)


def test_an_outsider_that_never_joined_reads_a_groupcast(story: Story) -> None:
    """Membership: good credentials of another group, and no run at all."""
    go, _ = story.group("alice")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    reads(story, oscar, story.sends(go))
    story.expects("membership.outsider")


def test_a_stranger_reads_a_groupcast(story: Story) -> None:
    """Membership: a join with a foreign authority's credentials opens no run that counts."""
    go, _ = story.group("alice")
    mallory = story.ue("mallory", authority=FOREIGN, standing="rogue")
    story.tries(mallory, go)
    reads(story, mallory, story.sends(go))
    story.expects("membership.outsider")


def test_a_stranger_reads_a_members_groupcast(story: Story) -> None:
    """Membership: it is the same for what the GO relays."""
    go, alice, _ = story.group("alice", "bob")
    mallory = story.ue("mallory", standing="rogue", credentialed=False)
    story.tries(mallory, go)
    s = story.arrives(story.sends(alice))
    reads(story, mallory, s)
    story.expects("membership.outsider")


def test_an_outsider_hears_and_does_not_read(story: Story) -> None:
    """C-28: hearing is not reading."""
    go, _ = story.group("alice")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    s = story.arrives(story.sends(go))
    story.downlinked(s, oscar)
    story.expects()


def test_a_member_of_another_group_of_the_owner_reads_a_groupcast(story: Story) -> None:
    """Membership: a member of the same GO's other group."""
    go, _ = story.group("alice")
    story.also_owns(go, "blue")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    story.joins(oscar, go, group="blue")
    reads(story, oscar, story.sends(go, group="red"))
    story.expects("membership.other-group")


def test_a_member_of_another_group_reads_a_groupcast_as_its_own_groups(story: Story) -> None:
    """Membership, MCAST-15: the words of one group come out as the other's."""
    go, _ = story.group("alice")
    story.also_owns(go, "blue")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    story.joins(oscar, go, group="blue")
    s = story.sends(go, group="red")
    story.downlinked(s, oscar)
    story.reports(oscar, s, group="blue")
    story.expects("membership.other-group")


def test_a_member_of_another_owners_group_reads_a_groupcast(story: Story) -> None:
    """Membership: a member of another GO's group."""
    go, _ = story.group("alice")
    hugo = story.owner("hugo", group="blue")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    story.joins(oscar, hugo)
    reads(story, oscar, story.sends(go, group="red"))
    story.expects("membership.other-group")


def test_a_removed_member_reads_a_groupcast(story: Story) -> None:
    """Membership: removed, and the grace long past."""
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    reads(story, alice, story.sends(go))
    story.expects("membership.removed")


def test_a_removed_member_reads_a_members_groupcast(story: Story) -> None:
    """Membership: whoever sent it."""
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    s = story.sends(bob)
    story.uplinked(s)
    story.relays(s)
    reads(story, alice, s)
    story.expects("membership.removed")


def test_a_removed_member_reads_nothing(story: Story) -> None:
    """C-10, C-27: no rekey nor any frame need be seen; what counts is what is read."""
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    s = story.sends(go)
    story.downlinked(s, alice, bob)
    story.reports(bob, s)
    story.expects()


def test_a_removed_member_reads_what_was_sent_before(story: Story) -> None:
    """Membership: a groupcast on its way at the removal, however late it comes."""
    go, alice, _ = story.group("alice", "bob")
    s = story.sends(go)
    story.removes(go, alice)
    story.passes(PATIENCE)
    reads(story, alice, s)
    story.expects()


def test_a_removed_member_reads_within_the_grace(story: Story) -> None:
    """C-29: the old key is good for the grace that the statement grants."""
    story.under(rekey_grace=GRACE)
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(GRACE / 2)
    reads(story, alice, story.sends(go))
    story.expects()


def test_a_removed_member_reads_late_what_was_sent_within_the_grace(story: Story) -> None:
    """C-29: it is the sending that must fall within the grace, not the report."""
    story.under(rekey_grace=GRACE)
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(GRACE / 2)
    s = story.sends(go)
    story.passes(PATIENCE)
    reads(story, alice, s)
    story.expects()


def test_a_removed_member_reads_after_the_grace(story: Story) -> None:
    """Membership: after the grace the old key is good for nothing."""
    story.under(rekey_grace=GRACE)
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(GRACE + A_MOMENT)
    reads(story, alice, story.sends(go))
    story.expects("membership.removed")


def test_no_grace_is_longer_than_a_minute(story: Story) -> None:
    """Membership: a statement may grant itself sixty seconds at most."""
    story.under(rekey_grace=600.0)
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(90.0)
    reads(story, alice, story.sends(go))
    story.expects("membership.removed")


def test_a_removed_member_that_joined_again_reads(story: Story) -> None:
    """Membership: a new admission lifts the removal."""
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    reads(story, alice, story.sends(go))
    story.expects()


def test_a_removed_member_that_only_asks_again_reads(story: Story) -> None:
    """Membership: to ask again lifts nothing; it is the GO's Joined that does."""
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.tries(alice, go)
    reads(story, alice, story.sends(go))
    story.expects("membership.removed")


def test_a_removal_that_was_declined(story: Story) -> None:
    """Declined: an honest "not now" counts as nothing happened."""
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.tells(go, Declined("remove", "busy"), by="remove")
    story.passes(PATIENCE)
    reads(story, alice, story.sends(go))
    story.expects()


def test_the_removal_of_another(story: Story) -> None:
    """Membership: whoever stays goes on reading."""
    go, alice, bob = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    reads(story, bob, story.sends(go))
    story.expects()


def test_one_that_left_reads_a_groupcast(story: Story) -> None:
    """Membership: left, and the grace long past."""
    go, alice, _ = story.group("alice", "bob")
    story.leaves(alice)
    story.passes(PATIENCE)
    reads(story, alice, story.sends(go))
    story.expects("membership.left")


def test_one_that_left_reads_what_was_sent_before(story: Story) -> None:
    """Membership: a groupcast that came too late to be read in time."""
    go, alice, _ = story.group("alice", "bob")
    s = story.sends(go)
    story.leaves(alice)
    story.passes(A_MOMENT)
    reads(story, alice, s)
    story.expects()


def test_one_that_left_and_came_back_reads(story: Story) -> None:
    """Membership: a new admission lifts the leave."""
    go, alice, _ = story.group("alice", "bob")
    story.leaves(alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    reads(story, alice, story.sends(go))
    story.expects()


def test_one_that_left_within_the_grace_reads(story: Story) -> None:
    """C-29: the grace is for those that leave, too."""
    story.under(rekey_grace=GRACE)
    go, alice, _ = story.group("alice", "bob")
    story.leaves(alice)
    story.passes(GRACE / 2)
    reads(story, alice, story.sends(go))
    story.expects()


def test_the_owners_own_left_obliges_nobody(story: Story) -> None:
    """Membership: a GO that drops a session of its own accord need not rekey."""
    go, alice, _ = story.group("alice", "bob")
    story.drops_member(go, alice)
    story.passes(PATIENCE)
    reads(story, alice, story.sends(go))
    story.expects()


def test_a_member_back_from_silence_reads(story: Story) -> None:
    """Membership: silence is neither a leave nor a removal."""
    go, alice, _ = story.group("alice", "bob")
    story.silences(alice)
    story.passes(PATIENCE)
    story.silences(alice, on=False)
    reads(story, alice, story.sends(go))
    story.expects()


def test_a_future_member_reads_what_was_sent_before_its_run(story: Story) -> None:
    """Membership: a groupcast older than its reader's run."""
    go, _ = story.group("alice")
    s = story.arrives(story.sends(go))
    story.passes(PATIENCE)
    bob = story.ue("bob")
    story.joins(bob, go)
    story.passes(A_MOMENT)
    story.reports(bob, s, delivery=story.redirects(s.down or 0, bob))
    story.expects("membership.future")


def test_a_future_member_hears_now_and_reads_later(story: Story) -> None:
    """Membership: what was heard before the run and opened after it is older than it all the same."""
    go, _ = story.group("alice")
    bob = story.ue("bob")
    s = story.sends(go)
    story.downlinked(s, bob)
    story.passes(PATIENCE)
    story.joins(bob, go)
    story.reports(bob, s)
    story.expects("membership.future")


def test_a_groupcast_whose_way_to_the_owner_took_long_goes_to_those_who_are_there_by_then(
    story: Story,
) -> None:
    """Membership: the GO cannot pass on what it has not heard, and then does so to its present members."""
    go, alice, _ = story.group("alice", "carol")
    s = story.sends(alice)
    story.reports(alice, s, by_timer=True)  # its own copy
    story.passes(PATIENCE)
    bob = story.ue("bob")
    story.joins(bob, go)
    story.uplinked(s)
    story.reports(bob, s, delivery=story.delivers(story.relays(s), bob))
    story.expects()


def test_what_another_had_received_before_is_old_though_it_is_sent_anew(story: Story) -> None:
    """Membership: the GO had passed it on, and tells a newcomer of it all the same."""
    go, alice, _ = story.group("alice", "carol")
    s = story.arrives(story.sends(alice))
    story.passes(PATIENCE)
    bob = story.ue("bob")
    story.joins(bob, go)
    story.reports(bob, s, delivery=story.delivers(story.relays(s), bob))
    story.expects("membership.future")


def test_a_member_reads_what_was_sent_while_it_was_away(story: Story) -> None:
    """Membership: a new run opens nothing that was sent between the runs."""
    go, alice, _ = story.group("alice", "bob")
    story.leaves(alice)
    story.passes(PATIENCE)
    s = story.arrives(story.sends(go))
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.reports(alice, s, delivery=story.delivers(s.down or 0, alice))
    story.expects("membership.future")


def test_a_member_reads_in_its_second_run_what_was_sent_in_its_first(story: Story) -> None:
    """Membership: a groupcast that was held back was for a member when it was sent."""
    go, alice, _ = story.group("alice", "bob")
    s = story.sends(go)
    story.leaves(alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    reads(story, alice, s)
    story.expects()


def test_a_member_that_asked_and_is_not_yet_admitted_reads(story: Story) -> None:
    """Membership: the run begins with the asking; the key may come before the GO's Joined."""
    go, _ = story.group("alice")
    bob = story.ue("bob")
    story.tries(bob, go)
    reads(story, bob, story.sends(go))
    story.expects()


def test_a_member_by_flawed_credentials_reads(story: Story) -> None:
    """Membership: credentials with a flaw open no run that counts."""
    go, _ = story.group("alice")
    mallory = story.ue("mallory", standing="rogue", flaw="expired")
    story.tries(mallory, go)
    reads(story, mallory, story.sends(go))
    story.expects("membership.outsider")


def test_a_unicast_to_a_removed_member_is_read(story: Story) -> None:
    """Membership is of groupcasts: what the GO sends to one by name, that one may read."""
    go, alice, _ = story.group("alice", "bob")
    story.removes(go, alice)
    story.passes(PATIENCE)
    story.arrives(story.sends(go, to=alice))
    story.expects()


def test_a_member_of_another_owner_of_that_group_name_reads(story: Story) -> None:
    """Membership: what Hugo admits, who trusts the rogue's authority, is no member of Gina's."""
    gina, _ = story.group("alice")
    both = ("ministry", FOREIGN)
    hugo = story.owner("hugo", trusts=both)
    mallory = story.ue("mallory", authority=FOREIGN, trusts=both, standing="rogue")
    story.joins(mallory, hugo)
    reads(story, mallory, story.sends(gina, owner=gina))
    story.expects("membership.outsider")


def test_the_rogue_reads_what_its_own_owner_sends(story: Story) -> None:
    """Membership: the rogue's control, once more: it is a member where it was admitted."""
    story.group("alice")
    both = ("ministry", FOREIGN)
    hugo = story.owner("hugo", trusts=both)
    mallory = story.ue("mallory", authority=FOREIGN, trusts=both, standing="rogue")
    story.joins(mallory, hugo)
    reads(story, mallory, story.sends(hugo, owner=hugo))
    story.expects()


def test_a_member_whose_credentials_were_withdrawn_reads(story: Story) -> None:
    """Membership: its run was opened with credentials that were good; a withdrawal removes nobody."""
    go, alice = story.group("alice")
    story.revokes(alice, go)
    reads(story, alice, story.sends(go))
    story.expects()


def test_a_leave_that_was_declined(story: Story) -> None:
    """Declined: who could not leave just now is a member still."""
    go, alice = story.group("alice")
    story.leaves(alice)
    story.tells(alice, Declined("leave", "busy"), by="leave")
    story.passes(PATIENCE)
    reads(story, alice, story.sends(go))
    story.expects()


def test_one_that_left_reads_what_was_for_it_before_and_nothing_after(story: Story) -> None:
    """Membership: of two groupcasts in a row only the one after the leave accuses."""
    go, alice = story.group("alice")
    before = story.sends(go)
    story.leaves(alice)
    story.passes(PATIENCE)
    after = story.sends(go)
    reads(story, alice, before)
    reads(story, alice, after)
    story.expects("membership.left")
