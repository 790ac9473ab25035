"""Traces written by hand, good and bad, for what is judged of keys, storage and stolen state."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from random import Random

import pytest

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Delivered,
    Dropped,
    Emitted,
    Entry,
    Forged,
    HowDelivered,
    Imaged,
    Issued,
    Made,
    Negotiated,
    Owned,
    Quit,
    RekeyAsked,
    Removed,
    Reported,
    Restored,
    Revoked,
    Sent,
    Silenced,
    Told,
    Trace,
    Unprotected,
)
from pytest_prose_go.contract import (
    Algorithm,
    Cast,
    Declined,
    Event,
    Joined,
    Left,
    Patience,
    Received,
    Role,
    Statement,
)
from pytest_prose_go.judge.controls import Controls
from pytest_prose_go.judge.ideal_group import IdealGroup
from pytest_prose_go.judge.image_search import find_in_image
from pytest_prose_go.judge.key_material import KeyMaterial
from pytest_prose_go.judge.secret_values import PublicKnowledge, digest

GROUP, OTHER_GROUP = "allotment", "orchard"
OLGA, ALICE, BOB, CAROL = 0, 1, 2, 3
NAMES = {OLGA: "olga", ALICE: "alice", BOB: "bob", CAROL: "carol"}
LONG = 100.0
"""Seconds: longer than any patience here."""

ALGORITHMS = (
    Algorithm(name="strong", confidentiality=128, integrity=128),
    Algorithm(name="weak", confidentiality=128, integrity=32),
    Algorithm(name="null", confidentiality=0, integrity=32),
)


def statement(**claims: object) -> Statement:
    """A statement with short patience and three algorithms, and whatever else it ``claims``."""
    return Statement(
        product="paper",
        version="1",
        patience=Patience(join=2.0, delivery=1.0, rejoin=4.0),
        algorithms=ALGORITHMS,
        **claims,  # type: ignore[arg-type]
    )


class Story:
    """A trace of a GO (olga) and three UEs with good credentials, written event by event."""

    def __init__(self, claimed: Statement | None = None) -> None:
        self.trace = Trace(claimed or statement())
        self.ideal = IdealGroup(self.trace.statement)
        self.judge = KeyMaterial(self.trace.statement, self.ideal)
        self.controls = Controls(self.ideal.roster)
        self.trace.listeners += [self.ideal.observe, self.judge.observe, self.controls.observe]
        self.now = 1000.0
        self.random = Random(7)
        self.counts: dict[str, int] = {}
        for station in NAMES:
            self.issue(NAMES[station], "owner" if station == OLGA else "member")
        for station in NAMES:
            self.make(station)
        self.add(Owned(self.now, OLGA, GROUP, OLGA))

    def add(self, record: Entry) -> int:
        self.now += 0.01
        return self.trace.append(record)

    def count(self, what: str) -> int:
        self.counts[what] = self.counts.get(what, -1) + 1
        return self.counts[what]

    def passes(self, seconds: float = LONG) -> None:
        self.now += seconds

    def issue(self, identity: str, role: Role = "member", group: str = GROUP) -> int:
        number = self.count("issue")
        self.add(Issued(self.now, number, identity, group, "authority", role, 0.0, 1e9))
        return number

    def make(
        self,
        station: int,
        identity: str | None = None,
        clone_of: int | None = None,
        image_of: int | None = None,
        offers: tuple[str, ...] | None = None,
    ) -> int:
        standing = "compromised" if clone_of is not None else "rogue" if image_of is not None else "honest"
        name = identity or NAMES[station]
        self.add(
            Made(
                self.now,
                station,
                f"box-{station}",
                name,
                station + 0x100,
                ("authority",),
                standing,  # type: ignore[arg-type]
                clone_of,
                image_of,
                offers,
            )
        )
        return station

    def report(self, station: int, event: Event, delivery: int | None = None) -> None:
        self.add(Reported(self.now, station, event, "receive" if delivery is not None else "wake", delivery))

    def frame(self, station: int, *receivers: int) -> int:
        number = self.count("frame")
        self.add(Emitted(self.now, station, number, station, 0xFFFF, self.random.randbytes(40), "wake"))
        for receiver in receivers:
            self.add(Delivered(self.now, self.count("delivery"), receiver, number))
        return number

    def asks(
        self, station: int, credentials: int | None = None, claim: str | None = None, group: str = GROUP
    ) -> None:
        number = station if credentials is None else credentials
        self.add(Asked(self.now, station, group, 0x100, number, claim))

    def joins(self, *stations: int, name: str | None = None, group: str = GROUP) -> None:
        for station in stations:
            if self.ideal.roster.members[station].run_in(group) is None:
                self.asks(station, group=group)
            self.frame(station, OLGA)
            self.report(OLGA, Joined(group, name or self.name(station)))
            self.frame(OLGA, station)
            self.report(station, Joined(group, NAMES[OLGA]))

    def rejoins(self, station: int) -> None:
        self.add(Quit(self.now, station, GROUP))
        self.report(OLGA, Left(GROUP, self.name(station)))
        self.passes()
        self.asks(station)
        self.joins(station)

    def removes(self, station: int) -> None:
        self.add(Removed(self.now, OLGA, GROUP, self.name(station)))
        self.report(OLGA, Left(GROUP, self.name(station)))

    def name(self, station: int) -> str:
        return self.ideal.roster.members[station].identity

    def sends(self, station: int, to: str | None, group: str = GROUP) -> tuple[bytes, int]:
        """A sending and a frame that carries it: the data and the number of the frame."""
        data = self.random.randbytes(32)
        self.add(Sent(self.now, station, group, self.count("sending"), data, to))
        return data, self.frame(station)

    def tells(
        self,
        station: int,
        label: str,
        value: str,
        scope: str = "hop",
        peer: str | None = None,
        group: str | None = GROUP,
        weak: str = "",
    ) -> None:
        self.add(
            Told(self.now, station, label, scope, peer, group, digest(value.encode()), 32, weak)  # type: ignore[arg-type]
        )

    def opens(self, station: int, carried: tuple[bytes, int]) -> None:
        self.add(Unprotected(self.now, station, carried[1], carried[0]))

    def clones(self, station: int, number: int = 10) -> int:
        self.add(Compromised(self.now, station))
        return self.make(number, self.name(station), clone_of=station)

    def forges(self, station: int, claimed: str, to: str | None, receiver: int, sender: str | None) -> None:
        data = self.random.randbytes(32)
        cast: Cast = "groupcast" if to is None else "unicast"
        self.add(Sent(self.now, station, GROUP, self.count("sending"), data, to))
        self.add(Forged(self.now, station, GROUP, data, claimed, to, cast))
        self.report(receiver, Received(GROUP, data, sender, cast), self.count("delivery"))

    def agree(self, station: int, peer: int, *algorithms: str) -> None:
        self.add(Negotiated(self.now, station, GROUP, self.name(peer), algorithms))

    def kinds(self) -> list[str]:
        return [violation.kind for violation in self.judge.conclude()]


def standing_group(claimed: Statement | None = None) -> Story:
    story = Story(claimed)
    story.joins(ALICE, BOB, CAROL)
    return story


# --- secrets of hops, sessions and groups -----------------------------------------------------------


def test_both_ends_of_a_hop_hold_its_keys() -> None:
    story = standing_group()
    for ue in (ALICE, BOB, CAROL):
        story.tells(OLGA, "PEK", f"hop of {ue}", peer=NAMES[ue])
        story.tells(ue, "PEK", f"hop of {ue}", peer="olga")
        story.tells(ue, "PGK", "group", "group")
    assert story.kinds() == []


def test_two_hops_share_a_key() -> None:
    story = standing_group()
    story.tells(OLGA, "PEK", "one", peer="alice")
    story.tells(OLGA, "PIK", "one", peer="bob")
    assert story.kinds() == ["keys.shared"]


def test_a_hop_and_the_group_share_a_key() -> None:
    story = standing_group()
    story.tells(ALICE, "PEK", "one", peer="olga")
    story.tells(BOB, "PGK", "one", "group")
    assert story.kinds() == ["keys.shared"]


def test_two_groups_share_a_key() -> None:
    story = standing_group()
    story.tells(ALICE, "PGK", "one", "group")
    story.tells(OLGA, "PGK", "one", "group", group=OTHER_GROUP)
    assert story.kinds() == ["keys.shared"]


def test_the_same_two_devices_share_a_key_in_two_groups() -> None:
    story = standing_group()
    story.tells(OLGA, "PEK", "one", peer="alice")
    story.tells(OLGA, "PEK", "one", peer="alice", group=OTHER_GROUP)
    assert story.kinds() == ["keys.shared"]


def test_a_new_session_has_the_keys_of_the_former() -> None:
    story = standing_group()
    story.tells(ALICE, "PEK", "kept", peer="olga")
    story.rejoins(ALICE)
    story.tells(ALICE, "PEK", "kept", peer="olga")
    assert story.kinds() == ["keys.shared"]


def test_a_new_session_has_new_keys() -> None:
    story = standing_group()
    story.tells(ALICE, "PEK", "first", peer="olga")
    story.rejoins(ALICE)
    story.tells(ALICE, "PEK", "second", peer="olga")
    assert story.kinds() == []


def test_keys_of_a_closing_session_are_told_beside_the_new() -> None:
    story = standing_group()
    story.tells(OLGA, "PEK 0x1a", "first", peer="alice")
    story.rejoins(ALICE)
    story.tells(OLGA, "PEK 0x1a", "first", peer="alice")
    story.tells(OLGA, "PEK 0x2b", "second", peer="alice")
    assert story.kinds() == []


def test_keys_of_a_session_that_is_over_are_told_before_the_next_begins() -> None:
    story = standing_group()
    story.tells(OLGA, "PEK", "first", peer="alice")
    story.add(Quit(story.now, ALICE, GROUP))
    story.tells(OLGA, "PEK", "first", peer="alice")
    story.asks(ALICE)
    story.joins(ALICE)
    story.tells(OLGA, "PEK", "second", peer="alice")
    assert story.kinds() == []


def test_a_session_key_is_the_long_term_key() -> None:
    story = standing_group()
    story.tells(ALICE, "pair key", "long-term", "device")
    story.tells(ALICE, "PEK", "long-term", peer="olga")
    assert story.kinds() == ["keys.shared"]


def test_a_pair_holds_one_long_term_key() -> None:
    story = standing_group(statement(credential_kind="pair-key", symmetric=True))
    story.tells(ALICE, "pair key", "of olga and alice", "device")
    story.tells(OLGA, "pair key", "of olga and alice", "device")
    assert story.kinds() == []


def test_three_devices_hold_one_long_term_key() -> None:
    story = standing_group()
    for station in (ALICE, BOB, OLGA):
        story.tells(station, "storage key", "of the fleet", "device")
    assert story.kinds() == ["keys.shared"]


def test_a_device_and_its_clones_count_as_one_holder() -> None:
    story = standing_group()
    clone, another = story.clones(CAROL), story.clones(CAROL, 11)
    for station in (CAROL, clone, another):
        story.tells(station, "credential key", "of carol", "device")
    assert story.kinds() == []


def test_all_members_hold_the_group_key_where_that_is_the_credential() -> None:
    story = standing_group(statement(credential_kind="group-key", symmetric=True))
    for station in NAMES:
        story.tells(station, "group key", "of all", "device")
    assert story.kinds() == []


def test_a_weak_secret() -> None:
    story = standing_group()
    story.tells(ALICE, "PEK", "short", peer="olga", weak="it has 5 bytes")
    assert story.kinds() == ["keys.weak"]
    violation = story.judge.conclude()[0]
    assert digest(b"short")[:16] in violation.proof
    assert b"short".hex() not in violation.proof + violation.seen


def test_a_password_may_be_short() -> None:
    story = standing_group(statement(credential_kind="password"))
    story.tells(ALICE, "password", "short", "device", weak="it has 5 bytes")
    assert story.kinds() == []


def test_a_session_key_may_not_be_short_beside_a_password() -> None:
    story = standing_group(statement(credential_kind="password"))
    story.tells(ALICE, "PEK", "short", peer="olga", weak="it has 5 bytes")
    assert story.kinds() == ["keys.weak"]


# --- new keys of a group are new -----------------------------------------------------------------------


def renewed(*after: str, declined: bool = False, wait: float = LONG, disturbed: bool = False) -> Story:
    """A GO tells of two secrets, is asked for new keys, and tells of those ``after`` it."""
    story = standing_group()
    for secret in ("traffic", "root"):
        story.tells(OLGA, secret, secret, "group")
    story.add(RekeyAsked(story.now, OLGA, GROUP))
    if declined:
        story.add(Reported(story.now, OLGA, Declined("rekey", "too soon"), "rekey"))
    if disturbed:
        story.add(Silenced(story.now, OLGA, True))
    story.passes(wait)
    for secret in after:
        story.tells(OLGA, secret, secret, "group")
    return story


def test_new_keys_are_the_old_ones() -> None:
    assert renewed("traffic", "root").kinds() == ["keys.survive-rekey"]


def test_new_keys_are_some_of_the_old_ones() -> None:
    assert renewed("root").kinds() == ["keys.survive-rekey"]


def test_one_of_the_keys_is_new() -> None:
    assert renewed("another", "root").kinds() == []


def test_new_keys_are_those_of_earlier() -> None:
    story = renewed("another", "root")
    story.add(RekeyAsked(story.now, OLGA, GROUP))
    story.passes()
    story.tells(OLGA, "traffic", "traffic", "group")
    assert story.kinds() == ["keys.survive-rekey"]


def test_new_keys_may_take_their_time() -> None:
    assert renewed("traffic", "root", wait=1.0).kinds() == []


def test_new_keys_may_be_declined() -> None:
    assert renewed("traffic", "root", declined=True).kinds() == []


def test_a_group_may_have_no_secret_to_tell_of() -> None:
    assert renewed().kinds() == []


def test_new_keys_may_fail_where_the_owner_was_cut_off() -> None:
    assert renewed("traffic", "root", disturbed=True).kinds() == []


def test_a_member_may_hold_the_old_keys_that_it_missed_the_end_of() -> None:
    story = renewed("another")
    story.tells(ALICE, "traffic", "traffic", "group")
    assert story.kinds() == []


# --- a removal replaces the group's secrets ----------------------------------------------------------


def removal(told_before: bool = True, wait: float = LONG) -> Story:
    story = standing_group()
    if told_before:
        story.tells(CAROL, "PGK", "held by carol", "group")
    story.removes(CAROL)
    story.passes(wait)
    return story


def test_a_secret_survives_a_removal() -> None:
    story = removal()
    story.tells(ALICE, "PGK", "held by carol", "group")
    assert story.kinds() == ["keys.survive-removal"]


def test_a_removal_replaces_the_secret() -> None:
    story = removal()
    story.tells(ALICE, "PGK", "new", "group")
    assert story.kinds() == []


def test_secrets_that_the_removed_member_never_held_may_stay() -> None:
    story = removal()
    story.tells(ALICE, "key of a subtree", "not carol's", "group")
    assert story.kinds() == []


def test_a_secret_within_the_patience_after_a_removal() -> None:
    story = removal(wait=0.5)
    story.tells(ALICE, "PGK", "held by carol", "group")
    assert story.kinds() == []


def test_a_secret_at_a_member_that_could_not_hear_of_the_removal() -> None:
    story = standing_group()
    story.tells(CAROL, "PGK", "held by carol", "group")
    story.removes(CAROL)
    story.add(Silenced(story.now, BOB, True))
    story.add(Dropped(story.now, ALICE, story.frame(OLGA), 0))
    story.passes()
    story.tells(BOB, "PGK", "held by carol", "group")
    story.tells(ALICE, "PGK", "held by carol", "group")
    assert story.kinds() == []


def test_the_removed_member_itself_keeps_its_secret() -> None:
    story = removal()
    story.tells(CAROL, "PGK", "held by carol", "group")
    assert story.kinds() == []


# --- what a stolen state opens -----------------------------------------------------------------------


def test_a_state_opens_its_own_traffic_and_groupcasts() -> None:
    story = standing_group()
    for carried in (
        story.sends(ALICE, "carol"),
        story.sends(CAROL, "bob"),
        story.sends(OLGA, None),
        story.sends(BOB, None),
    ):
        story.opens(CAROL, carried)
    assert story.kinds() == []


def test_a_state_opens_a_unicast_of_others() -> None:
    story = standing_group()
    story.opens(CAROL, story.sends(ALICE, "bob"))
    assert story.kinds() == ["compromise.opens"]


def test_a_state_opens_a_fragment_of_others() -> None:
    story = standing_group()
    data, frame = story.sends(ALICE, "bob")
    story.opens(CAROL, (data[8:24], frame))
    assert story.kinds() == ["compromise.opens"]


def test_a_few_equal_bytes_prove_nothing() -> None:
    story = standing_group()
    data, frame = story.sends(ALICE, "bob")
    story.opens(CAROL, (data[:8], frame))
    assert story.kinds() == []


def test_a_unicast_to_nobody_honest_is_no_evidence() -> None:
    story = standing_group()
    story.opens(CAROL, story.sends(ALICE, "nobody"))
    assert story.kinds() == []


def test_credentials_that_no_owner_trusts_give_no_right_to_groupcasts() -> None:
    story = standing_group()
    story.add(Issued(story.now, story.count("issue"), "eve", GROUP, "another", "member", 0.0, 1e9))
    story.make(4, "eve")
    story.asks(4, 4)
    story.opens(4, story.sends(OLGA, None))
    assert story.kinds() == ["compromise.opens"]


def test_the_owners_state_opens_what_it_passes_on() -> None:
    story = standing_group()
    story.opens(OLGA, story.sends(ALICE, "bob"))
    assert story.kinds() == []


def test_a_state_opens_a_groupcast_of_another_group() -> None:
    story = standing_group()
    story.add(Owned(story.now, OLGA, OTHER_GROUP, story.issue("olga", "owner", OTHER_GROUP)))
    story.opens(CAROL, story.sends(OLGA, None, OTHER_GROUP))
    assert story.kinds() == ["compromise.opens"]


def test_a_state_opens_a_groupcast_from_before_its_join() -> None:
    story = Story()
    story.joins(ALICE, BOB)
    earlier = story.sends(OLGA, None)
    story.joins(CAROL)
    story.opens(CAROL, earlier)
    assert story.kinds() == ["membership.future"]


def test_a_state_opens_a_groupcast_after_its_removal() -> None:
    story = standing_group()
    story.removes(CAROL)
    story.passes()
    story.opens(CAROL, story.sends(OLGA, None))
    assert story.kinds() == ["compromise.opens-later"]


def test_a_state_opens_a_groupcast_within_the_grace() -> None:
    story = standing_group(statement(rekey_grace=30.0))
    story.removes(CAROL)
    story.passes(20.0)
    story.opens(CAROL, story.sends(OLGA, None))
    assert story.kinds() == []


def test_a_state_opens_what_was_sent_before_its_removal() -> None:
    story = standing_group()
    earlier = story.sends(OLGA, None)
    story.removes(CAROL)
    story.passes()
    story.opens(CAROL, earlier)
    assert story.kinds() == []


def test_a_state_of_a_member_that_was_admitted_anew() -> None:
    story = standing_group()
    story.removes(CAROL)
    story.passes()
    story.joins(CAROL)
    story.opens(CAROL, story.sends(OLGA, None))
    assert story.kinds() == []


@pytest.mark.parametrize("noticed", [False, True])
def test_a_copy_of_one_that_left_opens_a_later_groupcast(noticed: bool) -> None:
    story = standing_group()
    clone = story.clones(ALICE)
    story.add(Quit(story.now, ALICE, GROUP))
    if noticed:
        story.report(OLGA, Left(GROUP, "alice"))
    story.passes()
    story.opens(clone, story.sends(OLGA, None))
    assert story.kinds() == (["compromise.opens-after-leaving"] if noticed else [])


def test_a_session_that_is_told_to_be_over_after_the_next_began_ends_no_membership() -> None:
    story = standing_group()
    clone = story.clones(ALICE)
    story.add(Quit(story.now, ALICE, GROUP))
    story.asks(ALICE)
    story.joins(ALICE)
    story.report(OLGA, Left(GROUP, "alice"))
    story.passes()
    story.opens(clone, story.sends(OLGA, None))
    assert story.kinds() == []


def test_a_withdrawal_ends_a_membership_and_does_not_undo_it() -> None:
    story = standing_group()
    earlier = story.sends(OLGA, None)
    story.add(Revoked(story.now, CAROL, OLGA))
    story.passes()
    story.opens(CAROL, earlier)
    assert story.kinds() == []
    story.opens(CAROL, story.sends(OLGA, None))
    assert story.kinds() == ["compromise.opens-later"]


def test_a_clone_receives_a_unicast_of_others() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    data, _ = story.sends(ALICE, "bob")
    story.report(clone, Received(GROUP, data, "alice", "unicast"), 0)
    assert story.kinds() == ["compromise.opens"]


def test_a_clone_receives_what_its_member_may() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    for to in ("carol", None):
        data, _ = story.sends(ALICE, to)
        story.report(clone, Received(GROUP, data, "alice"), 0)
    assert story.kinds() == []


def test_a_clone_with_anothers_name_has_no_right_to_that_ones_messages() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.asks(clone, ALICE)
    data, _ = story.sends(BOB, "alice")
    story.report(clone, Received(GROUP, data, "bob"), 0)
    assert story.kinds() == ["compromise.opens"]


# --- past sessions -----------------------------------------------------------------------------------


def test_a_state_opens_a_past_session() -> None:
    story = standing_group()
    past = story.sends(BOB, "alice")
    story.rejoins(ALICE)
    story.opens(ALICE, past)
    assert story.kinds() == ["compromise.opens-past"]


def test_a_state_opens_the_present_session_after_new_keys() -> None:
    story = standing_group()
    earlier = story.sends(BOB, "alice")
    story.passes()
    story.opens(ALICE, earlier)
    assert story.kinds() == []


def test_a_state_opens_a_session_that_ended_just_now() -> None:
    story = standing_group()
    carried = story.sends(BOB, "alice")
    story.add(Quit(story.now, ALICE, GROUP))
    story.opens(ALICE, carried)
    assert story.kinds() == []


def test_a_clone_from_before_the_end_of_a_session_opens_it() -> None:
    story = standing_group()
    carried = story.sends(BOB, "alice")
    clone = story.clones(ALICE)
    story.add(Quit(story.now, ALICE, GROUP))
    story.passes()
    story.opens(clone, carried)
    assert story.kinds() == []


def test_a_copied_state_opens_the_next_session() -> None:
    story = standing_group(statement(forward_secrecy=True))
    clone = story.clones(ALICE)
    story.rejoins(ALICE)
    story.opens(clone, story.sends(BOB, "alice"))
    story.opens(clone, story.sends(ALICE, "bob"))
    assert story.kinds() == ["compromise.opens-next"] * 2


def test_a_copied_state_opens_the_session_that_it_was_copied_in() -> None:
    story = standing_group(statement(forward_secrecy=True))
    clone = story.clones(ALICE)
    story.opens(clone, story.sends(BOB, "alice"))
    assert story.kinds() == []


def test_long_term_secrets_alone_open_the_next_session_where_nothing_else_is_claimed() -> None:
    story = standing_group(statement(forward_secrecy=False))
    clone = story.clones(ALICE)
    story.rejoins(ALICE)
    story.opens(clone, story.sends(BOB, "alice"))
    assert story.kinds() == []


def test_a_clone_that_asked_for_a_session_of_its_own_opens_it() -> None:
    story = standing_group(statement(forward_secrecy=True))
    clone = story.clones(ALICE)
    story.rejoins(ALICE)
    story.asks(clone, credentials=ALICE)
    story.joins(clone)
    story.opens(clone, story.sends(BOB, "alice"))
    assert story.kinds() == []


def test_the_present_state_opens_the_session_that_the_device_just_began() -> None:
    story = standing_group(statement(forward_secrecy=True))
    story.add(Compromised(story.now, ALICE))
    story.rejoins(ALICE)
    story.opens(ALICE, story.sends(BOB, "alice"))
    assert story.kinds() == []


def test_the_owners_state_opens_a_past_session() -> None:
    story = standing_group()
    past = story.sends(ALICE, "bob")
    story.rejoins(ALICE)
    story.opens(OLGA, past)
    assert story.kinds() == ["compromise.opens-past"]


@pytest.mark.parametrize("declined", [False, True])
def test_the_owners_state_opens_a_session_before_a_removal(declined: bool) -> None:
    story = standing_group()
    past = story.sends(ALICE, "bob")
    story.add(Removed(story.now, OLGA, GROUP, "alice"))
    if declined:
        story.add(Reported(story.now, OLGA, Declined("remove", "members stay"), "remove"))
    story.passes()
    story.opens(OLGA, past)
    assert story.kinds() == ([] if declined else ["compromise.opens-past"])


@pytest.mark.parametrize("declined", [False, True])
def test_a_secret_survives_a_removal_that_may_be_declined(declined: bool) -> None:
    story = standing_group()
    story.tells(CAROL, "PGK", "held by carol", "group")
    story.add(Removed(story.now, OLGA, GROUP, "carol"))
    if declined:
        story.add(Reported(story.now, OLGA, Declined("remove", "members stay"), "remove"))
    story.passes(LONG)
    story.tells(ALICE, "PGK", "held by carol", "group")
    assert story.kinds() == ([] if declined else ["keys.survive-removal"])


def test_the_owners_state_opens_the_hop_of_one_that_is_still_in() -> None:
    story = standing_group()
    data, _ = story.sends(ALICE, "bob")
    downlink = story.frame(OLGA)
    story.rejoins(ALICE)
    story.opens(OLGA, (data, downlink))
    assert story.kinds() == []


# --- in whose name a stolen state speaks ---------------------------------------------------------------


def test_what_is_made_in_its_own_name_is_received() -> None:
    story = standing_group()
    story.add(Compromised(story.now, CAROL))
    story.forges(CAROL, "carol", "bob", BOB, "carol")
    assert story.kinds() == []


def test_what_is_made_in_anothers_name_is_received_under_it() -> None:
    story = standing_group()
    story.add(Compromised(story.now, CAROL))
    story.forges(CAROL, "alice", "bob", BOB, "alice")
    assert story.kinds() == ["compromise.forges"]


def test_what_is_made_in_anothers_name_is_received_under_the_true_one() -> None:
    story = standing_group()
    story.add(Compromised(story.now, CAROL))
    story.forges(CAROL, "alice", "bob", BOB, "carol")
    story.forges(CAROL, "alice", "bob", BOB, None)
    assert story.kinds() == []


def test_a_groupcast_in_the_owners_name() -> None:
    story = standing_group()
    story.add(Compromised(story.now, CAROL))
    story.forges(CAROL, "olga", None, BOB, "olga")
    assert story.kinds() == ["compromise.forges-groupcast"]


def test_a_groupcast_in_anothers_name_on_the_way_to_the_owner() -> None:
    story = standing_group()
    story.add(Compromised(story.now, CAROL))
    story.forges(CAROL, "alice", None, OLGA, "alice")
    assert story.kinds() == ["compromise.forges"]


def test_a_clone_is_heard_after_the_removal() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.removes(CAROL)
    story.passes()
    story.forges(clone, "carol", "bob", BOB, "carol")
    assert story.kinds() == ["compromise.heard-later"]


def test_what_a_clone_said_before_the_removal_is_reported_late() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    data, _ = story.sends(clone, "bob")
    story.removes(CAROL)
    story.passes()
    story.report(BOB, Received(GROUP, data, "carol", "unicast"), story.count("delivery"))
    assert story.kinds() == []


def test_a_removal_that_is_asked_of_no_owner_ends_nothing() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.add(Removed(story.now, ALICE, GROUP, "carol"))
    story.passes()
    story.forges(clone, "carol", "bob", BOB, "carol")
    story.opens(CAROL, story.sends(OLGA, None))
    assert story.kinds() == []


def test_a_clone_is_heard_while_its_member_is_in() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.forges(clone, "carol", "bob", BOB, "carol")
    assert story.kinds() == []


def test_a_clone_is_admitted_anew_and_heard() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.removes(CAROL)
    story.passes()
    story.asks(clone, CAROL)
    story.joins(clone)
    story.forges(clone, "carol", "bob", BOB, "carol")
    assert story.kinds() == []


def test_a_groupcast_without_integrity_from_outside_is_only_noise() -> None:
    story = standing_group(statement(groupcast_integrity=False))
    clone = story.clones(CAROL)
    story.removes(CAROL)
    story.passes()
    story.forges(clone, "carol", None, BOB, None)
    assert story.kinds() == []


def test_a_clone_is_heard_after_the_withdrawal_of_its_credentials() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.add(Revoked(story.now, CAROL, OLGA))
    story.passes()
    story.forges(clone, "carol", "bob", BOB, "carol")
    assert story.kinds() == ["compromise.revoked"]


# --- what a clone is admitted as -----------------------------------------------------------------------


def test_a_clone_is_admitted_as_its_member() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.asks(clone, CAROL)
    story.joins(clone)
    assert story.kinds() == []


def test_a_clone_is_admitted_as_another_member() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.add(Silenced(story.now, ALICE, True))
    story.passes()
    story.asks(clone, CAROL, claim="alice")
    story.joins(clone, name="alice")
    assert story.kinds() == ["compromise.admitted"]


def test_another_cause_of_a_wrong_admission_is_not_the_clones() -> None:
    story = standing_group()
    story.clones(CAROL)
    story.report(OLGA, Joined(GROUP, "nobody"))
    assert [violation.kind for violation in story.ideal.violations] == ["admission.unknown-identity"]
    assert story.kinds() == []


def test_a_clone_poses_as_the_owner() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.add(Owned(story.now, clone, GROUP, CAROL, "olga"))
    story.add(Silenced(story.now, OLGA, True))
    story.add(Quit(story.now, ALICE, GROUP))
    story.passes()
    story.asks(ALICE)
    story.frame(clone, ALICE)
    story.report(ALICE, Joined(GROUP, "olga"))
    assert story.kinds() == ["compromise.admitted"]


def test_a_clone_is_admitted_after_the_withdrawal_of_its_credentials() -> None:
    story = standing_group()
    clone = story.clones(CAROL)
    story.add(Revoked(story.now, CAROL, OLGA))
    story.passes()
    story.asks(clone, CAROL)
    story.joins(clone)
    assert story.kinds() == ["compromise.revoked"]


# --- what is at rest -----------------------------------------------------------------------------------


def test_a_secret_in_an_image() -> None:
    story = standing_group()
    story.add(Imaged(story.now, ALICE, "00" * 32, "secret part 0, 32 bytes, as it is, at offset 7"))
    story.add(Imaged(story.now, BOB, "11" * 32))
    assert story.kinds() == ["storage.clear"]


def restored(same_device: bool, change: str = "", credentials: int = ALICE, identity: str = "alice") -> Story:
    """Alice is silent for long, and a station that began with her image asks to join."""
    story = standing_group()
    story.add(Silenced(story.now, ALICE, True))
    story.passes()
    story.make(20, identity, image_of=ALICE)
    story.add(Restored(story.now, 20, same_device, change))
    story.asks(20, credentials)
    return story


def test_an_image_works_on_its_own_device() -> None:
    story = restored(same_device=True)
    story.joins(20)
    assert story.kinds() == []


def test_an_image_works_on_another_device() -> None:
    story = restored(same_device=False)
    story.joins(20)
    assert story.kinds() == ["storage.copied"]
    assert story.judge.conclude()[0].station == ALICE


def test_an_image_asks_on_another_device_and_is_not_admitted() -> None:
    story = restored(same_device=False)
    story.frame(20, OLGA)
    assert story.kinds() == []


def test_the_true_device_joins_while_a_copy_of_its_image_asks() -> None:
    story = restored(same_device=False)
    story.add(Silenced(story.now, ALICE, False))
    story.frame(20, OLGA)
    story.frame(ALICE, OLGA)
    story.report(OLGA, Joined(GROUP, "alice"))
    assert story.kinds() == []


def started_from_an_older_image(how: HowDelivered, again: bool = True, same_device: bool = True) -> Story:
    """Alice receives a message, and is given its frame once more when she was started from an image of before."""
    story = standing_group()
    data, frame = story.sends(OLGA, "alice")
    if again:
        story.report(ALICE, Received(GROUP, data, "olga", "unicast"))
    story.make(20, "alice", image_of=ALICE)
    story.add(Restored(story.now, 20, same_device, ""))
    delivery = story.count("delivery")
    story.add(Delivered(story.now, delivery, 20, frame, how))
    story.report(20, Received(GROUP, data, "olga", "unicast"), delivery)
    return story


def test_an_older_image_brings_a_message_back() -> None:
    story = started_from_an_older_image("replayed")
    assert story.kinds() == ["storage.rolled-back"]
    assert story.judge.conclude()[0].station == ALICE


def test_what_an_older_image_brings_back_by_itself_or_for_the_first_time_is_no_breach() -> None:
    assert started_from_an_older_image("passed").kinds() == []
    assert started_from_an_older_image("replayed", again=False).kinds() == []
    assert started_from_an_older_image("replayed", same_device=False).kinds() == []


def test_a_changed_image_makes_somebody_else() -> None:
    story = restored(True, "the credentials of bob in place of its own", BOB, "bob")
    story.add(Silenced(story.now, BOB, True))
    story.joins(20)
    assert story.kinds() == ["storage.tampered"]


def test_a_changed_image_without_effect_is_a_lead() -> None:
    story = restored(True, "bit 5 flipped")
    story.joins(20)
    assert story.kinds() == []
    assert [lead.kind for lead in story.judge.leads] == ["storage"]


def test_an_owners_image_works_on_another_device() -> None:
    story = standing_group()
    story.add(Quit(story.now, ALICE, GROUP))
    story.add(Silenced(story.now, OLGA, True))
    story.passes()
    story.make(20, "olga", image_of=OLGA)
    story.add(Restored(story.now, 20, False))
    story.add(Owned(story.now, 20, GROUP, OLGA))
    story.asks(ALICE)
    story.frame(20, ALICE)
    story.report(ALICE, Joined(GROUP, "olga"))
    assert story.kinds() == ["storage.copied"]


# --- negotiation ---------------------------------------------------------------------------------------


def disturb(story: Story) -> None:
    number = story.count("delivery")
    story.add(Delivered(story.now, number, OLGA, story.frame(ALICE), "altered", 0, b"changed"))


def test_both_ends_agree() -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "strong")
    story.agree(OLGA, ALICE, "strong")
    assert story.kinds() == []


def test_the_ends_disagree() -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "strong")
    story.agree(OLGA, ALICE, "weak")
    assert story.kinds() == ["agreement.parameters"]


def test_what_was_agreed_in_another_session_is_no_disagreement() -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "weak")
    story.rejoins(ALICE)
    story.agree(OLGA, ALICE, "strong")
    assert story.kinds() == []


def test_what_happens_in_another_group_settles_nothing() -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "strong")
    story.report(ALICE, Left(OTHER_GROUP))
    story.agree(OLGA, ALICE, "weak")
    assert story.kinds() == ["agreement.parameters"]


@pytest.mark.parametrize("weaker", ["weak", "null"])
def test_a_disturbed_join_is_weaker(weaker: str) -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "strong")
    story.rejoins(ALICE)
    disturb(story)
    story.agree(ALICE, OLGA, weaker)
    assert story.kinds() == ["downgrade.algorithms"]


def test_a_disturbed_join_is_as_strong() -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "weak")
    story.rejoins(ALICE)
    disturb(story)
    story.agree(ALICE, OLGA, "strong")
    assert story.kinds() == []


def test_a_weaker_join_that_nobody_disturbed_is_a_lead() -> None:
    story = standing_group()
    story.agree(ALICE, OLGA, "strong")
    story.rejoins(ALICE)
    story.agree(ALICE, OLGA, "weak")
    assert story.kinds() == []
    assert [lead.kind for lead in story.judge.leads] == ["downgrade"]


def test_what_is_told_after_a_disturbed_join_is_no_yardstick() -> None:
    story = Story()
    story.asks(ALICE)
    disturb(story)
    story.joins(ALICE)
    story.agree(ALICE, OLGA, "strong")
    story.rejoins(ALICE)
    story.agree(ALICE, OLGA, "weak")
    assert story.kinds() == []
    assert story.judge.leads == []


def test_an_agreement_on_what_was_not_offered() -> None:
    story = Story()
    story.issue("dave")
    story.make(4, "dave", offers=("strong",))
    story.joins(4)
    story.agree(OLGA, 4, "weak")
    assert story.kinds() == ["downgrade.algorithms"]


def test_an_agreement_on_what_was_offered_alone() -> None:
    story = Story()
    story.issue("dave")
    story.make(4, "dave", offers=("weak",))
    story.joins(4)
    story.agree(OLGA, 4, "weak")
    assert story.kinds() == []


# --- the values of secrets -----------------------------------------------------------------------------


def knowledge() -> PublicKnowledge:
    known = PublicKnowledge()
    for index, record in enumerate(standing_group().trace):
        known.observe(index, record)
    return known


FRAME = next(record for record in standing_group().trace if isinstance(record, Emitted))
"""The first frame of the story: public to everybody."""


WEAK = {
    "short": Random(1).randbytes(15),
    "zeros": bytes(32),
    "one byte": b"\x5a" * 16,
    "counting": bytes(range(16)),
    "two bytes over and over": Random(2).randbytes(2) * 16,
    "on the air": FRAME.payload[3:19],
    "SHA-256 of a name": hashlib.sha256(b"alice").digest(),
    "MD5 of a group": hashlib.md5(b"allotment").digest(),
    "SHA-1 of two names, cut": hashlib.sha1(b"alice:olga").digest()[-16:],
    "SHA-256 of a frame, cut": hashlib.sha256(FRAME.payload).digest()[:16],
    "SHA-256 of nothing": hashlib.sha256(b"").digest(),
    "a name, padded": b"alice" + bytes(11),
}


@pytest.mark.parametrize("value", WEAK.values(), ids=WEAK.keys())
def test_no_secret_at_all(value: bytes) -> None:
    assert knowledge().weakness(value)


def test_random_values_are_secrets() -> None:
    known = knowledge()
    lots = Random(3)
    assert [known.weakness(lots.randbytes(16 + turn % 48)) for turn in range(2000)] == [""] * 2000


SECRET = Random(5).randbytes(32)


def repeated(key: bytes, data: bytes) -> bytes:
    return bytes(byte ^ key[place % len(key)] for place, byte in enumerate(data))


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "reversed": lambda secret: secret[::-1],
    "masked": lambda secret: bytes(byte ^ 0x5A for byte in secret),
    "masked hex": lambda secret: bytes(byte ^ 0x5A for byte in secret.hex().encode()),
    "hex under a repeated key": lambda secret: repeated(b"swordfish", secret.hex().encode()),
    "Base64 under a repeated key": lambda secret: repeated(b"swordfish", base64.b64encode(b"k" + secret)),
    "raw under a repeated key": lambda secret: repeated(b"swordfish", secret),
    "hex": lambda secret: secret.hex().encode(),
    "hex with colons": lambda secret: secret.hex(":").upper().encode(),
    "C initialiser": lambda secret: ", ".join(f"0x{byte:02x}" for byte in secret).encode(),
    "hex in UTF-16": lambda secret: secret.hex().encode("utf-16-le"),
    "Base64": lambda secret: base64.b64encode(b"k=" + secret),
    "URL-safe Base64": lambda secret: base64.urlsafe_b64encode(b"k" + secret),
    "Base64 in lines": lambda secret: base64.encodebytes(bytes(40) + secret),
    "Base32": lambda secret: base64.b32encode(b"key" + secret),
    "decimal": lambda secret: str(list(secret)).encode(),
    "hex in compressed JSON": lambda secret: zlib.compress(json.dumps({"key": secret.hex()}).encode()),
    "compressed in Base64": lambda secret: base64.b64encode(zlib.compress(bytes(50) + secret)),
    "swapped words": lambda secret: b"".join(secret[at : at + 4][::-1] for at in range(0, 32, 4)),
    "shifted bits": lambda secret: (int.from_bytes(secret) << 3).to_bytes(33),
    "second half": lambda secret: secret[16:],
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_a_secret_is_found_in_an_image(encode: Callable[[bytes], bytes]) -> None:
    lots = Random(6)
    image = b"\x00" + lots.randbytes(99) + encode(SECRET) + b"\x00" + lots.randbytes(99)
    found = find_in_image(image, {"key": SECRET})
    assert found.startswith("key")
    assert SECRET.hex() not in found


def test_nothing_is_found_in_a_sealed_image() -> None:
    lots = Random(7)
    secrets = {f"key {number}": lots.randbytes(32) for number in range(20)}
    assert find_in_image(lots.randbytes(20_000), secrets) == ""
    assert find_in_image(bytes(20_000), secrets) == ""


# --- controls ------------------------------------------------------------------------------------------


def test_controls_of_the_laboratory() -> None:
    story = standing_group()
    since = len(story.trace) - 1
    whole, pieces = story.sends(ALICE, "carol"), story.sends(BOB, "carol")
    asked = {
        "opened": [(0, CAROL), (1, CAROL)],
        "told": [(ALICE, since)],
        "imaged": [(ALICE, since)],
        "agreed": [(ALICE, since)],
    }
    answers = {kind: [story.controls.holds(kind, o, story.now) for o in ops] for kind, ops in asked.items()}
    assert answers == {"opened": [False, False], "told": [False], "imaged": [False], "agreed": [False]}
    story.opens(CAROL, (b"head" + whole[0], whole[1]))
    story.opens(CAROL, (pieces[0][:12], pieces[1]))
    story.opens(CAROL, (pieces[0][12:20], pieces[1]))
    story.tells(ALICE, "PEK", "key", peer="olga")
    story.add(Imaged(story.now, ALICE, "22" * 32))
    story.agree(ALICE, OLGA, "strong")
    answers = {kind: [story.controls.holds(kind, o, story.now) for o in ops] for kind, ops in asked.items()}
    assert answers == {"opened": [True, True], "told": [True], "imaged": [True], "agreed": [True]}


def test_an_empty_image_and_a_device_secret_are_no_controls() -> None:
    story = standing_group()
    since = len(story.trace) - 1
    story.add(Imaged(story.now, ALICE, hashlib.sha256(b"").hexdigest()))
    story.tells(ALICE, "storage key", "key", "device")
    assert not story.controls.holds("imaged", (ALICE, since), story.now)
    assert not story.controls.holds("told", (ALICE, since), story.now)


def test_a_trace_with_these_records_is_read_back() -> None:
    story = removal()
    story.opens(CAROL, story.sends(ALICE, "bob"))
    story.agree(ALICE, OLGA, "strong")
    story.add(Imaged(story.now, ALICE, "00" * 32, "found"))
    again = Trace.decode(story.trace.encode())
    assert again.records == story.trace.records
    ideal = IdealGroup(again.statement)
    judge = KeyMaterial(again.statement, ideal)
    for index, record in enumerate(again):
        ideal.observe(index, record)
        judge.observe(index, record)
    assert judge.conclude() == story.judge.conclude()
