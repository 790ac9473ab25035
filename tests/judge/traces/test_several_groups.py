"""Two groups, two owners, one identity in both: each group stands by itself."""

from __future__ import annotations

from tests.judge.story import PATIENCE, Party, Story


def two_groups(story: Story) -> tuple[Party, Party, Party, Party]:
    """One GO of red and blue; Alice in red, Bob in both, Carol in blue."""
    go, alice, bob = story.group("alice", "bob")
    story.also_owns(go, "blue")
    story.also_belongs(bob, "blue")
    carol = story.ue("carol", group="blue")
    story.joins(bob, go, group="blue")
    story.joins(carol, go, group="blue")
    story.passes(PATIENCE)
    return go, alice, bob, carol


def test_two_groups_under_one_owner(story: Story) -> None:
    """Groups: each speaks in its own."""
    go, alice, bob, carol = two_groups(story)
    story.arrives(story.sends(alice, to=bob, group="red"))
    story.arrives(story.sends(carol, group="blue"))
    story.arrives(story.sends(go, group="red"))
    story.arrives(story.sends(bob, group="blue"))
    story.expects()


def test_one_left_one_group_and_reads_in_the_other(story: Story) -> None:
    """Groups: a leave is of one group."""
    go, _, bob, _ = two_groups(story)
    story.leaves(bob, group="red")
    story.passes(PATIENCE)
    story.arrives(story.sends(go, group="blue"))
    story.expects()


def test_one_left_one_group_and_reads_in_it_by_the_other(story: Story) -> None:
    """Groups: membership of one is none of the other."""
    go, _, bob, _ = two_groups(story)
    story.leaves(bob, group="red")
    story.passes(PATIENCE)
    s = story.sends(go, group="red")
    story.downlinked(s, bob)
    story.reports(bob, s)
    story.expects("membership.left")


def test_one_was_removed_from_one_group_and_speaks_in_the_other(story: Story) -> None:
    """Groups: so is a removal."""
    go, _, bob, carol = two_groups(story)
    story.removes(go, bob, group="red")
    story.passes(PATIENCE)
    story.arrives(story.sends(bob, to=carol, group="blue"))
    story.expects()


def test_one_was_removed_from_one_group_and_speaks_in_it_by_the_other(story: Story) -> None:
    """Groups: an admission to one is none to the other."""
    go, alice, bob, _ = two_groups(story)
    story.removes(go, bob, group="red")
    story.passes(PATIENCE)
    s = story.carried(story.sends(bob, to=alice, group="red"))
    story.reports(alice, s)
    story.expects("origin.not-admitted")


def test_frames_of_one_groups_run_admit_to_the_other(story: Story) -> None:
    """Groups: Bob, of red only so far, is admitted to blue on his frames for red."""
    go, bob = story.group("bob")
    story.also_owns(go, "blue")
    story.also_belongs(bob, "blue")
    story.admits(go, bob, group="blue", delivery=story.exchange(bob, go, by="wake"))
    story.expects("admission.no-fresh-contact")


def test_a_ues_join_of_one_group_makes_it_believe_in_the_other(story: Story) -> None:
    """Groups: Alice asked for red, and reports to be in blue, for which she never asked."""
    go = story.owner()
    story.also_owns(go, "blue")
    alice = story.ue("alice")
    story.also_belongs(alice, "blue")
    story.asks(alice, go, group="red")
    story.believes(alice, go, group="blue", delivery=story.exchange(go, alice))
    story.expects("owner.no-fresh-contact")


def test_the_owner_of_one_group_poses_as_that_of_another(story: Story) -> None:
    """Groups: Hugo owns blue; in red he is nobody."""
    story.owner("gina", group="red")
    hugo = story.owner("hugo", group="blue")
    alice = story.ue("alice", group="red")
    story.asks(alice, hugo, group="red")
    story.believes(alice, hugo, group="red", delivery=story.exchange(hugo, alice))
    story.expects("owner.other-group")


def test_one_identity_under_two_owners(story: Story) -> None:
    """Groups: Alice in Gina's red and Hugo's blue at once, with equal words in both."""
    gina, alice = story.group("alice")
    hugo = story.owner("hugo", group="blue")
    story.also_belongs(alice, "blue")
    story.joins(alice, hugo, group="blue")
    data = story.payload()
    story.arrives(story.sends(gina, group="red", data=data))
    story.arrives(story.sends(hugo, group="blue", data=data))
    story.expects()


def test_a_member_is_lost_to_one_owner_and_admitted_by_another(story: Story) -> None:
    """Groups: what is fresh for Hugo is told by what reaches Hugo."""
    gina, alice = story.group("alice")
    hugo = story.owner("hugo", group="blue")
    story.also_belongs(alice, "blue")
    story.leaves(alice, group="red")
    story.passes(PATIENCE)
    story.joins(alice, hugo, group="blue")
    story.admits(gina, alice, group="red")
    story.expects("admission.no-fresh-contact")


def test_an_owner_that_joins_anothers_group(story: Story) -> None:
    """Groups: a GO may be a UE elsewhere."""
    gina, _ = story.group("alice")
    hugo = story.owner("hugo", group="blue")
    story.also_belongs(gina, "blue")
    story.joins(gina, hugo, group="blue")
    story.arrives(story.sends(hugo, group="blue"))
    story.expects()


def test_an_owner_reads_another_owners_group(story: Story) -> None:
    """Groups: a GO may report all of its own group, and nothing of another's."""
    go, alice = story.group("alice")
    hugo = story.owner("hugo", group="blue")
    s = story.arrives(story.sends(alice, to=go))
    story.reports(hugo, s, delivery=story.redirects(s.up or 0, hugo))
    story.expects("origin.other-recipient")


def test_a_unicast_of_one_group_is_for_the_same_name_in_the_other(story: Story) -> None:
    """Groups: two Bobs of different groups are one identity, and each has its own mail."""
    go, alice, bob, carol = two_groups(story)
    story.arrives(story.sends(alice, to=bob, group="red"))
    story.arrives(story.sends(carol, to=bob, group="blue"))
    story.arrives(story.sends(go, to=bob, group="blue"))
    story.expects()


def test_two_groups_settle_by_themselves(story: Story) -> None:
    """Groups: the replay of a blue groupcast is found beside honest red ones."""
    go, _, bob, _ = two_groups(story)
    red = story.settles(story.sends(go, group="red"))
    blue = story.settles(story.sends(go, group="blue"))
    story.replays(blue, to=bob)
    story.reports(bob, blue)
    story.relays(red)
    story.downlinked(red)
    story.expects("replay.groupcast")


def test_frames_of_one_groups_run_admit_to_the_other_that_was_left(story: Story) -> None:
    """Groups: Bob once asked for blue in vain and left it; his frames for red do not bring him there."""
    go = story.owner()
    story.also_owns(go, "blue")
    bob = story.ue("bob")
    story.also_belongs(bob, "blue")
    story.drops(story.asks(bob, go, group="blue"), go)
    story.leaves(bob, group="blue")
    story.passes(PATIENCE)
    story.joins(bob, go, group="red")
    story.admits(go, bob, group="blue", delivery=story.exchange(bob, go, by="wake"))
    story.expects("admission.no-fresh-contact")
