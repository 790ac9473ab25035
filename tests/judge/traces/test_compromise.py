"""What one in the attacker's hands may do: what it may do itself, as itself, and no more."""

from __future__ import annotations

from tests.judge.story import PATIENCE, Story


def test_a_clone_is_admitted_as_its_original(story: Story) -> None:
    """Compromise: as M, while M may."""
    go, mike, _ = story.group("mike", "bob")
    clone = story.clones(mike)
    story.joins(clone, go)
    story.expects()


def test_a_clone_is_admitted_as_another(story: Story) -> None:
    """Compromise: as others it may nothing."""
    go, mike = story.group("mike")
    story.ue("bob")
    clone = story.clones(mike)
    story.tries(clone, go, claim="bob")
    story.admits(go, "bob")
    story.expects("admission.false-claim")


def test_a_clone_reads_what_its_original_may(story: Story) -> None:
    """Compromise: groupcasts and M's own unicasts, without a join of its own."""
    go, mike, bob = story.group("mike", "bob")
    clone = story.clones(mike)
    s = story.arrives(story.sends(bob, to=mike))
    story.downlinked(s, clone)
    story.reports(clone, s)
    g = story.arrives(story.sends(go))
    story.downlinked(g, clone)
    story.reports(clone, g)
    story.expects()


def test_a_clone_reads_anothers_unicast(story: Story) -> None:
    """Compromise: what is for Bob is for Bob."""
    _, alice, mike, bob = story.group("alice", "mike", "bob")
    clone = story.clones(mike)
    s = story.arrives(story.sends(alice, to=bob))
    story.downlinked(s, clone)
    story.reports(clone, s)
    story.expects("origin.other-recipient")


def test_a_clone_of_a_removed_member_reads_a_groupcast(story: Story) -> None:
    """Compromise: M may no more, so its clone may not."""
    go, mike, _ = story.group("mike", "bob")
    clone = story.clones(mike)
    story.removes(go, mike)
    story.passes(PATIENCE)
    g = story.arrives(story.sends(go, to=None))
    story.downlinked(g, clone)
    story.reports(clone, g)
    story.expects("membership.removed")


def test_a_clone_of_a_member_that_left_reads_a_groupcast(story: Story) -> None:
    """Compromise: M left, and the GO knows it; so M's clone may read no more than M."""
    go, mike, bob = story.group("mike", "bob")
    clone = story.clones(mike)
    story.delivers(story.leaves(mike), go)
    story.drops_member(go, mike)
    story.passes(PATIENCE)
    g = story.sends(go)
    story.downlinked(g, bob, clone)
    story.reports(bob, g)
    story.reports(clone, g)
    story.expects("membership.left")


def test_a_clone_of_a_member_whose_good_bye_was_lost_reads_a_groupcast(story: Story) -> None:
    """Compromise: of a leave that no GO heard it cannot know; the clone goes on as M."""
    go, mike, _ = story.group("mike", "bob")
    clone = story.clones(mike)
    story.drops(story.leaves(mike), go)
    story.passes(PATIENCE)
    g = story.sends(go)
    story.downlinked(g, clone)
    story.reports(clone, g)
    story.expects()


def test_a_clone_speaks_as_its_original(story: Story) -> None:
    """Compromise: M's words by M's clone are M's."""
    _, mike, bob = story.group("mike", "bob")
    clone = story.clones(mike)
    story.arrives(story.sends(clone, to=bob))
    story.arrives(story.sends(clone))
    story.expects()


def test_a_clone_speaks_in_anothers_name(story: Story) -> None:
    """Compromise: M's words by M's clone are never Alice's."""
    _, alice, mike, bob = story.group("alice", "mike", "bob")
    clone = story.clones(mike)
    s = story.carried(story.sends(clone, to=bob))
    story.reports(bob, s, sender=alice.identity)
    story.expects("origin.sender")


def test_a_clone_of_a_removed_member_speaks(story: Story) -> None:
    """Compromise: nor has it a voice when M has none."""
    go, mike, bob = story.group("mike", "bob")
    clone = story.clones(mike)
    story.removes(go, mike)
    story.drops_member(go, mike)
    story.passes(PATIENCE)
    s = story.carried(story.sends(clone, to=bob))
    story.reports(bob, s)
    story.expects("origin.not-admitted")


def test_an_evicted_members_clone_joins_again(story: Story) -> None:
    """Compromise: where removal evicts, M's good credentials are good, and its clone has them."""
    go, mike, _ = story.group("mike", "bob")
    clone = story.clones(mike)
    story.removes(go, mike)
    story.passes(PATIENCE)
    story.joins(clone, go)
    story.expects()


def test_a_barred_members_clone_joins_again(story: Story) -> None:
    """Compromise: where removal bars, its clone is barred with it."""
    story.under(removal="bar")
    go, mike, _ = story.group("mike", "bob")
    clone = story.clones(mike)
    story.removes(go, mike)
    story.passes(PATIENCE)
    story.tries(clone, go)
    story.admits(go, mike)
    story.expects("admission.barred")


def test_a_members_clone_as_owner(story: Story) -> None:
    """Compromise, MUTUAL-12: M may own nothing, so its clone may not."""
    go, mike = story.group("mike")
    alice = story.ue("alice")
    clone = story.clones(mike)
    story.silences(go)
    story.owns(clone, "red")
    story.asks(alice, clone)
    story.believes(alice, clone, delivery=story.exchange(clone, alice))
    story.expects("owner.member-as-owner")


def test_the_clone_and_its_original_report_the_same_sending(story: Story) -> None:
    """Compromise, ISO-12: two stations of one name report once each."""
    _, alice, mike = story.group("alice", "mike")
    clone = story.clones(mike)
    s = story.settles(story.sends(alice, to=mike))
    story.replays_frame(s.down or 0, clone)
    story.reports(clone, s, by_timer=True)
    story.expects()


def test_the_others_go_on(story: Story) -> None:
    """Compromise: what M's clone does leaves the others' words untouched."""
    go, mike, alice, bob = story.group("mike", "alice", "bob")
    story.joins(story.clones(mike), go)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_an_insider_reads_a_unicast_between_others(story: Story) -> None:
    """An insider is a member like any other, and no more."""
    go, alice, bob = story.group("alice", "bob")
    ivan = story.ue("ivan", standing="insider")
    story.joins(ivan, go)
    s = story.arrives(story.sends(alice, to=bob))
    story.downlinked(s, ivan)
    story.reports(ivan, s)
    story.expects("origin.other-recipient")


def test_an_insiders_injected_words_come_out_as_anothers(story: Story) -> None:
    """Origin: what an insider makes outside of any sending is the attacker's own."""
    go, alice, bob = story.group("alice", "bob")
    story.joins(story.ue("ivan", standing="insider"), go)
    s = story.arrives(story.sends(alice, to=bob))
    story.reports(bob, s, data=story.payload(), delivery=story.injects(bob))
    story.expects("origin.invented")


def test_the_robbed_member_hears_its_thief_under_every_name(story: Story) -> None:
    """Compromise: with M's keys M alone can be told anything, of anyone's, altered and again."""
    _, mike, bob = story.group("mike", "bob")
    clone = story.clones(mike)
    forged = story.sends(clone, emits=False)
    for sender in (bob.identity, "go"):
        story.reports(mike, forged, sender=sender, delivery=story.injects(mike))
    story.reports(mike, forged, data=b"made up with the stolen keys", delivery=story.injects(mike))
    story.expects()


def test_another_member_hears_the_thief_under_a_third_ones_name(story: Story) -> None:
    """Compromise: M's keys are worth nothing elsewhere."""
    _, mike, bob, _ = story.group("mike", "bob", "carol")
    clone = story.clones(mike)
    forged = story.sends(clone, emits=False)
    story.reports(bob, forged, sender="carol", delivery=story.injects(bob))
    story.expects("origin.sender-groupcast")
