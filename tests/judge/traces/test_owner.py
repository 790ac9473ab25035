"""Whom a UE may take for the owner of its group."""

from __future__ import annotations

import pytest

from pytest_prose_go.contract import Flaw
from tests.judge.story import FOREIGN, PATIENCE, Party, Story


def falls_for(story: Story, alice: Party, rogue: Party, name: str | None = None) -> None:
    """Alice exchanges the frames of a join with the rogue, and reports to be its member."""
    story.asks(alice, rogue)
    delivery = story.exchange(rogue, alice)
    story.believes(alice, rogue if name is None else name, delivery=delivery)


def test_a_rogue_owner_without_credentials(story: Story) -> None:
    """Owner: no credentials at all."""
    rogue = story.owner("mallory", standing="rogue", credentialed=False)
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.no-credentials")


def test_a_rogue_owner_of_a_foreign_authority(story: Story) -> None:
    """Owner: an authority that this UE does not trust."""
    rogue = story.owner("mallory", authority=FOREIGN, standing="rogue")
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.foreign-authority")


def test_a_rogue_owner_under_the_true_owners_name(story: Story) -> None:
    """Owner: the name of the true owner, which is far away, helps the rogue nothing."""
    story.owner("gina")
    rogue = story.owner("gina", authority=FOREIGN, standing="rogue")
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.foreign-authority")


def test_a_rogue_owner_under_the_true_owners_name_is_turned_away(story: Story) -> None:
    """Owner: the UE tries the rogue, says nothing, and then joins the true owner."""
    go = story.owner("gina")
    rogue = story.owner("gina", authority=FOREIGN, standing="rogue")
    alice = story.ue("alice")
    story.asks(alice, rogue)
    story.exchange(rogue, alice)
    story.leaves(alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.expects()


def test_an_owner_of_an_authority_that_the_ue_trusts(story: Story) -> None:
    """Trust is each station's own: the rogue's control admits and is believed."""
    story.owner("gina")
    both = ("ministry", FOREIGN)
    rogue = story.owner("gina", authority=FOREIGN, trusts=both, standing="rogue")
    story.joins(story.ue("carol", trusts=both), rogue)
    story.expects()


def test_anothers_trust_is_not_the_ues_own(story: Story) -> None:
    """Trust is each station's own: that Carol trusts the rogue's authority does not help Alice's case."""
    both = ("ministry", FOREIGN)
    rogue = story.owner("mallory", authority=FOREIGN, trusts=both, standing="rogue")
    story.joins(story.ue("carol", trusts=both), rogue)
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.foreign-authority")


def test_an_owner_of_another_group(story: Story) -> None:
    """Owner: good owner's credentials, but for another group."""
    rogue = story.owner("oscar", credentials_for="blue", standing="outsider")
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.other-group")


FLAWS: tuple[Flaw, ...] = (
    "expired",
    "revoked",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
    "explicit-parameters",
)


@pytest.mark.parametrize("flaw", FLAWS)
def test_an_owner_of_flawed_credentials(story: Story, flaw: Flaw) -> None:
    """Owner: each flaw spoils an owner's credentials too."""
    rogue = story.owner("mallory", standing="rogue", flaw=flaw)
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.flawed-credentials")


def test_an_owner_that_holds_the_public_part_only(story: Story) -> None:
    """Owner: without the private key the true owner's credentials prove nothing."""
    story.owner("gina")
    rogue = story.owner("gina", standing="rogue", flaw="without-key")
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.without-key")


def test_a_member_as_owner(story: Story) -> None:
    """Owner: a member's credentials make no owner where owners are distinguished."""
    rogue = story.owner("ivan", role="member", standing="insider")
    falls_for(story, story.ue("alice"), rogue)
    story.expects("owner.member-as-owner")


def test_a_member_as_owner_where_any_member_may_own(story: Story) -> None:
    """Owner: the statement may say that any member may own."""
    story.under(owners="any-member")
    ivan = story.owner("ivan", role="member", standing="insider")
    story.joins(story.ue("alice"), ivan)
    story.expects()


def test_a_member_claims_to_be_the_owner(story: Story) -> None:
    """Owner: where any member may own, none may own under another's name."""
    story.under(owners="any-member")
    story.owner("gina", role="member")
    ivan = story.owner("ivan", role="member", standing="insider", claim="gina")
    falls_for(story, story.ue("alice"), ivan, "gina")
    story.expects("owner.false-claim")


def test_an_owner_that_nobody_knows(story: Story) -> None:
    """Owner: a name for which no credentials were ever made."""
    go = story.owner()
    falls_for(story, story.ue("alice"), go, "zoe")
    story.expects("owner.unknown-identity")


def test_an_owner_that_said_nothing(story: Story) -> None:
    """Owner: a UE that hears nothing has joined nobody."""
    go = story.owner()
    alice = story.ue("alice")
    story.drops(story.asks(alice, go), go)
    story.passes(PATIENCE)
    story.believes(alice, go)
    story.expects("owner.no-fresh-contact")


def test_a_silenced_owners_old_frames_are_replayed(story: Story) -> None:
    """Owner: frames that the owner emitted before this join do not bring it about."""
    go = story.owner()
    alice = story.ue("alice")
    _, second, _ = story.joins(alice, go)
    story.leaves(alice)
    story.passes(PATIENCE)
    story.silences(go)
    story.asks(alice, go)
    story.believes(alice, go, delivery=story.replays_frame(second, alice))
    story.expects("owner.no-fresh-contact")


def test_a_silenced_owners_frames_to_another_are_replayed(story: Story) -> None:
    """Owner: nor do old frames that this UE has never heard."""
    go, _ = story.group("bob")
    alice = story.ue("alice")
    frame = story.emits(go)
    story.silences(go)
    story.passes(PATIENCE)
    story.asks(alice, go)
    story.believes(alice, go, delivery=story.redirects(frame, alice))
    story.expects("owner.no-fresh-contact")


def test_a_silenced_owners_old_frames_convince_nobody(story: Story) -> None:
    """Owner: the same replay, without a report, is nothing."""
    go = story.owner()
    alice = story.ue("alice")
    _, second, _ = story.joins(alice, go)
    story.leaves(alice)
    story.silences(go)
    story.passes(PATIENCE)
    story.asks(alice, go)
    story.replays_frame(second, alice)
    story.expects()


def test_another_takes_a_silent_owners_place(story: Story) -> None:
    """Owner: a UE that joins again by itself does so with its GO, not with one that bears its name."""
    gina, alice = story.owner("gina"), story.ue("alice")
    story.joins(alice, gina)
    story.silences(gina)
    story.passes(60.0)
    rogue = story.owner("gina", authority=FOREIGN, standing="rogue")
    story.believes(alice, "gina", delivery=story.exchange(rogue, alice))
    story.expects("owner.foreign-authority")


def test_a_ue_joins_again_by_itself_after_a_silence(story: Story) -> None:
    """Owner: a GO that is back after a long silence may be joined again, unasked."""
    gina, alice = story.owner("gina"), story.ue("alice")
    story.joins(alice, gina)
    story.silences(gina)
    story.passes(60.0)
    story.silences(gina, on=False)
    story.believes(alice, "gina", delivery=story.exchange(gina, alice))
    story.expects()


def test_the_ues_own_frames_are_reflected(story: Story) -> None:
    """Owner, MUTUAL-04: a UE's own frames are no owner's."""
    go = story.owner()
    alice = story.ue("alice")
    frame = story.asks(alice, go)
    story.drops(frame, go)
    story.believes(alice, go, delivery=story.redirects(frame, alice))
    story.expects("owner.no-fresh-contact")


def test_a_ue_that_was_never_asked_is_a_member(story: Story) -> None:
    """Owner: there is no membership without a join."""
    go = story.owner()
    alice = story.ue("alice")
    story.believes(alice, go, delivery=story.exchange(go, alice, by="own"))
    story.expects("owner.no-fresh-contact")


def test_a_ue_that_believes_it_has_joined_before_the_owner_decided(story: Story) -> None:
    """Agreement: it is the owner's word that admits; the UE may believe so before (TLS 1.3)."""
    go = story.owner()
    alice = story.ue("alice")
    story.delivers(story.asks(alice, go), go)
    story.believes(alice, go, delivery=story.exchange(go, alice))
    story.drops(story.emits(alice, to=go), go)
    story.passes(PATIENCE)
    story.expects()


def test_a_ue_that_reports_its_membership_again(story: Story) -> None:
    """C-25: a second Joined without a Left, at the UE."""
    go, alice = story.group("alice")
    story.believes(alice, go, delivery=story.exchange(go, alice, by="wake"))
    story.expects()


def test_an_owners_frame_that_arrives_altered(story: Story) -> None:
    """C-47: a join that survives an altered frame is a lead at most."""
    go = story.owner()
    alice = story.ue("alice")
    story.delivers(story.asks(alice, go), go)
    story.believes(alice, go, delivery=story.alters(story.emits(go, to=alice), alice))
    story.expects()


def test_a_member_that_hears_of_another_member(story: Story) -> None:
    """C-63: a Joined at a UE about a fellow member is a roster's news, and no evidence."""
    go, alice, bob = story.group("alice", "bob")
    story.believes(alice, bob, delivery=story.exchange(go, alice))
    story.expects()


def test_a_member_that_hears_of_one_long_gone(story: Story) -> None:
    """C-63: nor is it evidence when the fellow member has left."""
    go, alice, bob = story.group("alice", "bob")
    story.leaves(bob)
    story.passes(PATIENCE)
    story.believes(alice, bob, delivery=story.exchange(go, alice))
    story.expects()


def test_a_join_where_discovery_named_another_address(story: Story) -> None:
    """Discovery is not authenticated: who answers with good credentials is the owner, wherever it is."""
    go = story.owner()
    decoy = story.owner("mallory", authority=FOREIGN, standing="rogue")
    alice = story.ue("alice")
    story.delivers(story.asks(alice, decoy), go)
    story.believes(alice, go, delivery=story.exchange(go, alice))
    story.expects()


def test_a_member_that_hears_of_an_insider(story: Story) -> None:
    """C-63: an insider is a fellow member like any other."""
    go, alice = story.group("alice")
    ivan = story.ue("ivan", standing="insider")
    story.joins(ivan, go)
    story.believes(alice, ivan, delivery=story.exchange(go, alice))
    story.expects()


def test_a_member_that_hears_of_one_who_is_still_to_come(story: Story) -> None:
    """C-63: a fixed roster tells of all its members; a Joined at a UE about a UE is no evidence."""
    go, alice = story.group("alice")
    carol = story.ue("carol")
    story.believes(alice, carol, delivery=story.exchange(go, alice))
    story.expects()


def test_a_member_that_hears_of_one_whose_state_was_stolen(story: Story) -> None:
    """C-63: nor does a theft make a fellow member an owner."""
    go, alice, mike = story.group("alice", "mike")
    story.joins(story.clones(mike), go)
    story.believes(alice, mike, delivery=story.exchange(go, alice))
    story.expects()
