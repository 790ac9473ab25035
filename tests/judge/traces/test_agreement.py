"""Who shares a session: equal tokens, equal names."""

from __future__ import annotations

from tests.judge.story import PATIENCE, Story


def test_both_ends_name_each_other(story: Story) -> None:
    """Agreement: one token, the names of both ends."""
    go = story.owner()
    story.joins(story.ue("alice"), go, session="s1")
    story.joins(story.ue("bob"), go, session="s2")
    story.expects()


def test_one_session_under_two_members_names(story: Story) -> None:
    """Agreement, AUTH-25: the GO says Bob where Alice holds the other end."""
    go = story.owner()
    alice, bob = story.ue("alice"), story.ue("bob")
    story.tries(alice, go)
    story.tries(bob, go)
    story.believes(alice, go, session="s1")
    story.admits(go, bob, session="s1")
    story.expects("agreement.joins")


def test_one_session_under_two_owners_names(story: Story) -> None:
    """Agreement, MUTUAL-06: Alice says Hugo where Gina holds the other end."""
    gina, hugo = story.owner("gina"), story.owner("hugo")
    alice = story.ue("alice")
    story.tries(alice, gina)
    story.exchange(hugo, alice)
    story.believes(alice, hugo, session="s1")
    story.admits(gina, alice, session="s1")
    story.expects("agreement.names")


def test_one_session_under_two_groups_names(story: Story) -> None:
    """Agreement, MUTUAL-03: the ends hold the same session for two groups."""
    go = story.owner()
    story.also_owns(go, "blue")
    alice = story.ue("alice")
    story.also_belongs(alice, "blue")
    story.tries(alice, go, group="red")
    story.tries(alice, go, group="blue")
    story.believes(alice, go, group="red", session="s1")
    story.admits(go, alice, group="blue", session="s1")
    story.expects("agreement.names")


def test_one_session_with_two_members(story: Story) -> None:
    """Agreement: a token is equal at both ends of one session and nowhere else."""
    go = story.owner()
    story.joins(story.ue("alice"), go, session="s1")
    story.joins(story.ue("bob"), go, session="s1")
    story.expects("agreement.joins")


def test_one_session_with_two_members_one_after_the_other(story: Story) -> None:
    """Agreement: where the two did not ask at one time, no join was taken for another."""
    go = story.owner()
    story.joins(story.ue("alice"), go, session="s1")
    story.passes(PATIENCE)
    story.joins(story.ue("bob"), go, session="s1")
    story.expects("agreement.names")


def test_ends_without_tokens(story: Story) -> None:
    """Agreement: a token is optional, and None equals nothing."""
    go = story.owner()
    for name in ("alice", "bob", "carol"):
        story.joins(story.ue(name), go)
    story.expects()


def test_a_token_at_one_end_only(story: Story) -> None:
    """Agreement: a token that nobody else tells proves nothing."""
    go = story.owner()
    alice = story.ue("alice")
    story.tries(alice, go)
    story.believes(alice, go, session="s1")
    story.admits(go, alice)
    story.expects()


def test_a_member_joins_again_under_a_new_token(story: Story) -> None:
    """Agreement: another session, another token."""
    go = story.owner()
    alice = story.ue("alice")
    story.joins(alice, go, session="s1")
    story.passes(PATIENCE)
    story.joins(alice, go, session="s2")
    story.expects()


def test_both_ends_tell_their_session_twice(story: Story) -> None:
    """Agreement, C-25: one session told again under the same names is no other session."""
    go = story.owner()
    alice = story.ue("alice")
    story.joins(alice, go, session="s1")
    story.believes(alice, go, session="s1", delivery=story.exchange(go, alice))
    story.admits(go, alice, session="s1", delivery=story.exchange(alice, go))
    story.expects()


def test_the_ends_wait_for_different_sessions(story: Story) -> None:
    """Agreement: under loss each end may hold another attempt for the last one."""
    go = story.owner()
    alice = story.ue("alice")
    story.tries(alice, go)
    story.believes(alice, go, session="s1")
    story.exchange(alice, go, by="wake")
    story.admits(go, alice, session="s2")
    story.expects()


def test_an_owner_names_another_than_it_talks_to(story: Story) -> None:
    """Agreement, without tokens: Bob's join succeeds in Bob's and Alice's name by turns, and all of both is
    honest contact: no ideal group forbids it."""
    go = story.owner()
    alice, bob = story.ue("alice"), story.ue("bob")
    story.tries(alice, go)
    story.tries(bob, go)
    story.admits(go, bob)
    story.admits(go, alice)
    story.believes(bob, go)
    story.believes(alice, go)
    story.expects()


def test_lowes_relay(story: Story) -> None:
    """Admission, MUTUAL-08: Alice's run is in Mallory's group only, and Gina admits her to hers."""
    gina = story.owner("gina", group="red")
    mallory = story.owner("mallory", group="blue", standing="insider")
    alice = story.ue("alice", group="red")
    story.also_belongs(alice, "blue")
    first = story.asks(alice, mallory, group="blue")
    story.delivers(first, mallory)
    story.redirects(first, gina)
    story.redirects(story.emits(gina, to=mallory), alice)
    story.admits(gina, alice, delivery=story.redirects(story.emits(alice, to=mallory), gina))
    story.expects("admission.no-fresh-contact")


def test_lowes_relay_in_vain(story: Story) -> None:
    """Admission: the same relay, where Gina sees that Alice meant another."""
    gina = story.owner("gina", group="red")
    mallory = story.owner("mallory", group="blue", standing="insider")
    alice = story.ue("alice", group="red")
    story.also_belongs(alice, "blue")
    first, _, _ = story.joins(alice, mallory, group="blue")
    story.redirects(first, gina)
    story.passes(PATIENCE)
    story.expects()


def test_a_relay_within_one_group_is_a_wire(story: Story) -> None:
    """Agreement: who only carries frames between Alice and her owner is part of the air."""
    go = story.owner()
    alice, ivan = story.ue("alice"), story.ue("ivan", standing="insider")
    first = story.asks(alice, go)
    story.redirects(first, ivan)
    story.redirects(first, go)
    story.believes(alice, go, delivery=story.redirects(story.emits(go), alice))
    story.admits(go, alice, delivery=story.redirects(story.emits(alice), go))
    story.expects()
