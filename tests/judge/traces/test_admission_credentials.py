"""Whom a GO may admit: credentials of that identity, for that group, that it trusts."""

from __future__ import annotations

import pytest

from pytest_prose_go.contract import Flaw, Refused
from tests.judge.story import A_MOMENT, AUTHORITY, DAY, FOREIGN, PATIENCE, Story


def test_an_honest_join_is_admitted(story: Story) -> None:
    """Admission: good credentials and fresh contact are all that it takes."""
    story.group("alice", "bob")
    story.expects()


def test_a_stranger_without_credentials_is_admitted(story: Story) -> None:
    """Admission: no credentials at all."""
    go = story.owner()
    mallory = story.ue("mallory", standing="rogue", credentialed=False)
    story.tries(mallory, go)
    story.admits(go, mallory)
    story.expects("admission.no-credentials")


def test_a_stranger_without_credentials_is_refused_in_silence(story: Story) -> None:
    """C-12, C-58: neither an alert nor its absence is a verdict."""
    go = story.owner()
    mallory = story.ue("mallory", standing="rogue", credentialed=False)
    story.tries(mallory, go)
    story.passes(PATIENCE)
    story.expects()


def test_credentials_of_a_foreign_authority_are_admitted(story: Story) -> None:
    """Admission: an authority that this GO does not trust."""
    go = story.owner()
    mallory = story.ue("mallory", authority=FOREIGN, standing="rogue")
    story.tries(mallory, go)
    story.admits(go, mallory)
    story.expects("admission.foreign-authority")


def test_a_foreign_authority_that_the_owner_trusts_is_good(story: Story) -> None:
    """Trust is each station's own: no authority is called good."""
    go = story.owner(trusts=(FOREIGN,))
    story.joins(story.ue("alice", authority=FOREIGN), go)
    story.expects()


def test_the_rogues_control_is_no_violation(story: Story) -> None:
    """The rogue's control: an owner of the same group that trusts its authority admits it."""
    story.group("alice")
    admirer = story.owner("hugo", trusts=("ministry", FOREIGN))
    mallory = story.ue("mallory", authority=FOREIGN, trusts=("ministry", FOREIGN), standing="rogue")
    story.joins(mallory, admirer)
    story.expects()


def test_a_control_elsewhere_does_not_open_the_first_owners_door(story: Story) -> None:
    """Trust is each station's own: what the admirer trusts makes no member for the first owner."""
    go, _ = story.group("alice")
    admirer = story.owner("hugo", trusts=("ministry", FOREIGN))
    mallory = story.ue("mallory", authority=FOREIGN, trusts=("ministry", FOREIGN), standing="rogue")
    story.joins(mallory, admirer)
    story.tries(mallory, go)
    story.admits(go, mallory)
    story.expects("admission.foreign-authority")


def test_credentials_of_another_group_are_admitted(story: Story) -> None:
    """Admission: good credentials, but for another group."""
    go = story.owner()
    oscar = story.ue("oscar", group="blue", standing="outsider")
    story.tries(oscar, go, group="red", credentials_of="blue")
    story.admits(go, oscar)
    story.expects("admission.other-group")


def test_credentials_of_another_group_of_the_same_owner_are_admitted(story: Story) -> None:
    """Admission: that the GO owns the other group as well helps nothing."""
    go = story.owner()
    story.also_owns(go, "blue")
    oscar = story.ue("oscar", group="blue", standing="outsider")
    story.joins(oscar, go, group="blue")
    story.tries(oscar, go, group="red", credentials_of="blue")
    story.admits(go, oscar, group="red")
    story.expects("admission.other-group")


def test_a_member_of_another_group_is_admitted_there(story: Story) -> None:
    """Admission: an outsider is good in its own group."""
    go = story.owner()
    story.also_owns(go, "blue")
    story.joins(story.ue("oscar", group="blue", standing="outsider"), go, group="blue")
    story.expects()


FLAWS: tuple[Flaw, ...] = (
    "expired",
    "not-yet-valid",
    "revoked",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
    "explicit-parameters",
)


@pytest.mark.parametrize("flaw", FLAWS)
def test_flawed_credentials_are_admitted(story: Story, flaw: Flaw) -> None:
    """Admission: each flaw spoils credentials."""
    go = story.owner()
    mallory = story.ue("mallory", standing="rogue", flaw=flaw)
    story.tries(mallory, go)
    story.admits(go, mallory)
    story.expects("admission.flawed-credentials")


@pytest.mark.parametrize("valid", [(-2 * DAY, -DAY), (DAY, 2 * DAY)])
def test_credentials_out_of_their_dates_are_admitted(story: Story, valid: tuple[float, float]) -> None:
    """Admission: expired or not yet valid by the dates alone."""
    go = story.owner()
    alice = story.ue("alice", valid=valid)
    story.tries(alice, go)
    story.admits(go, alice)
    story.expects("admission.flawed-credentials")


def test_credentials_that_became_valid_are_good(story: Story) -> None:
    """Admission: the dates count at the join, not when the credentials were made."""
    go = story.owner()
    alice = story.ue("alice", valid=(DAY, 30 * DAY))
    story.passes(2 * DAY)
    story.joins(alice, go)
    story.expects()


def test_credentials_that_run_out_in_a_session_end_nothing(story: Story) -> None:
    """Admission is at the join: no sentence asks for a session's end with its credentials'."""
    go = story.owner()
    alice, bob = (story.ue(name, valid=(-DAY, 100.0)) for name in ("alice", "bob"))
    story.joins(alice, go)
    story.joins(bob, go)
    story.passes(DAY)
    story.arrives(story.sends(alice, to=bob))
    story.expects()


def test_credentials_that_ran_out_in_a_session_open_no_other(story: Story) -> None:
    """Admission: that they were good for an earlier join, which is long over, does not count."""
    go = story.owner()
    alice = story.ue("alice", valid=(-DAY, 100.0))
    story.joins(alice, go)
    story.passes(DAY)
    story.leaves(alice)
    story.passes(PATIENCE)
    story.joins(alice, go)
    story.expects("admission.flawed-credentials")


def test_credentials_that_run_out_as_their_holder_joins_may_open_a_session(story: Story) -> None:
    """Admission: a join that began in time, and was only just given up for another, may still be told of."""
    go = story.owner()
    alice = story.ue("alice", valid=(-DAY, 1.0))
    story.tries(alice, go)
    story.passes(A_MOMENT)
    story.tries(alice, go)
    story.admits(go, alice)
    story.expects()


def test_a_public_part_without_its_key_is_admitted(story: Story) -> None:
    """Admission: the victim's public part and another private key."""
    go = story.owner()
    story.ue("alice")
    mallory = story.ue("alice", standing="rogue", flaw="without-key")
    story.tries(mallory, go)
    story.admits(go, "alice")
    story.expects("admission.without-key")


def test_the_true_alice_is_admitted_while_another_has_only_her_public_part(story: Story) -> None:
    """Admission: that a thief tries at the same time makes no fault of an honest join."""
    go = story.owner()
    alice = story.ue("alice")
    mallory = story.ue("alice", standing="rogue", flaw="without-key")
    story.tries(mallory, go)
    story.joins(alice, go)
    story.expects()


def test_an_insider_is_admitted_under_anothers_name(story: Story) -> None:
    """Admission: an insider's false claim."""
    go = story.owner()
    story.ue("alice")
    ivan = story.ue("ivan", standing="insider")
    story.tries(ivan, go, claim="alice")
    story.admits(go, "alice")
    story.expects("admission.false-claim")


def test_an_insider_with_a_false_claim_is_admitted_under_its_own_name(story: Story) -> None:
    """Admission: a GO that takes the name from the credentials admits whom it may."""
    go = story.owner()
    story.ue("alice")
    ivan = story.ue("ivan", standing="insider")
    story.tries(ivan, go, claim="alice")
    story.admits(go, ivan)
    story.expects()


def test_an_insider_is_admitted_under_a_members_name_while_it_is_silent(story: Story) -> None:
    """Admission: the false claim of one who is a member and has gone silent."""
    go, alice, _ = story.group("alice", "bob")
    ivan = story.ue("ivan", standing="insider")
    story.silences(alice)
    story.passes(PATIENCE)
    story.tries(ivan, go, claim="alice")
    story.admits(go, "alice")
    story.expects("admission.false-claim")


def test_a_claim_of_ones_own_name_is_true(story: Story) -> None:
    """Admission: a claim that equals the credentials' own identity is no lie."""
    go = story.owner()
    story.joins(story.ue("alice"), go, claim="alice")
    story.expects()


def test_the_holder_of_a_name_variant_is_admitted_as_the_other(story: Story) -> None:
    """Admission: credentials of "alice " admit nobody as "alice"."""
    go = story.owner()
    story.ue("alice")
    mallory = story.ue("alice ", standing="rogue", flaw="name-variant")
    story.tries(mallory, go)
    story.admits(go, "alice")
    story.expects("admission.flawed-credentials")


def test_an_identity_that_nobody_has_is_admitted(story: Story) -> None:
    """Admission: a name for which no credentials were ever made."""
    go, alice = story.group("alice")
    story.exchange(alice, go)
    story.admits(go, "zoe")
    story.expects("admission.unknown-identity")


def test_an_owner_admits_the_join_that_it_began_itself(story: Story) -> None:
    """C-23: either side may speak first."""
    go = story.owner()
    alice = story.ue("alice")
    story.delivers(story.emits(go, "own", alice), alice)
    story.joins(alice, go)
    story.expects()


def test_a_refusal_before_a_success(story: Story) -> None:
    """C-51: a first refusal followed by a join is conforming."""
    go = story.owner()
    alice = story.ue("alice")
    story.tries(alice, go)
    story.tells(go, Refused("red", "alice", "come again"))
    story.joins(alice, go)
    story.expects()


def test_the_holder_of_a_name_variant_is_admitted_as_itself(story: Story) -> None:
    """Admission, AUTH-16: "alice " as "alice " deceives nobody."""
    go = story.owner()
    mallory = story.ue("alice ", standing="rogue", flaw="name-variant")
    story.tries(mallory, go)
    story.admits(go, mallory)
    story.expects()


def test_a_replayed_join_beside_a_rogue_that_tried_elsewhere(story: Story) -> None:
    """Admission: the rogue of the same name was never heard by this GO; what broke is fresh contact."""
    go = story.owner()
    alice = story.ue("alice")
    _, _, third = story.joins(alice, go)
    story.leaves(alice)
    both = (AUTHORITY, FOREIGN)
    admirer = story.owner("hugo", trusts=both)
    rogue = story.ue("alice", authority=FOREIGN, trusts=both, standing="rogue")
    story.joins(rogue, admirer)
    story.passes(PATIENCE)
    story.admits(go, "alice", delivery=story.replays_frame(third, go))
    story.expects("admission.no-fresh-contact")


def test_credentials_that_the_owner_knows_to_be_withdrawn_are_admitted(story: Story) -> None:
    """Admission: a notice of revocation that this GO was told."""
    go = story.owner()
    alice = story.ue("alice")
    story.revokes(alice, go)
    story.tries(alice, go)
    story.admits(go, alice)
    story.expects("admission.flawed-credentials")


def test_credentials_whose_withdrawal_the_owner_does_not_know_are_admitted(story: Story) -> None:
    """Admission: out of coverage, a GO cannot know what it was not told."""
    go, bob = story.group("bob")
    alice = story.ue("alice")
    story.revokes(alice, bob)
    story.joins(alice, go)
    story.expects()
