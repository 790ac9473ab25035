"""TLS on every hop, over the air: it works, it withstands, and the ideal group has nothing against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from examples.star.link import FRAME_MOST
from examples.star.segment import DATA, decode
from examples.tls_hops import target, target_that_waits
from pytest_prose_go.air.frame_changes import flip
from pytest_prose_go.contract import (
    Credentials,
    Declined,
    Event,
    Flaw,
    Joined,
    Left,
    Received,
    Refused,
    Target,
    Unsupported,
)
from tests.examples.group_on_air import DAY, Device, GroupOnAir

PAYLOAD = bytes(range(256)) * 3
SomeEvent = TypeVar("SomeEvent", bound=Event)


@pytest.fixture(params=[target, target_that_waits], ids=["believes-early", "waits"])
def field(request: pytest.FixtureRequest) -> Iterator[GroupOnAir]:
    make: Callable[[], Target] = request.param
    with GroupOnAir(make()) as made:
        yield made
        assert not made.kinds


def got(field: GroupOnAir, device: Device, data: bytes) -> list[Received]:
    return [event for event in field.events(device, Received) if event.data == data]


def arrives(field: GroupOnAir, device: Device, data: bytes) -> bool:
    return field.until(lambda: bool(got(field, device, data)))


def test_unicasts_and_groupcasts_reach_whom_they_are_for_once(field: GroupOnAir) -> None:
    owner, ann, bob, cid = field.group_of("owner", "ann", "bob", "cid")
    field.send(ann, b"to bob" + PAYLOAD, bob)
    field.send(ann, b"to the owner", owner)
    field.send(owner, b"to cid", cid)
    field.send(bob, b"to all")
    field.send(owner, b"from the owner to all")
    field.pass_time(5)

    assert {(e.data, e.sender, e.cast) for e in field.events(bob, Received)} == {
        (b"to bob" + PAYLOAD, "ann", "unicast"),
        (b"from the owner to all", "owner", "groupcast"),
    }
    assert len(field.events(bob, Received)) == 2
    assert {(e.data, e.sender, e.cast) for e in field.events(cid, Received)} == {
        (b"to cid", "owner", "unicast"),
        (b"to all", "bob", "groupcast"),
        (b"from the owner to all", "owner", "groupcast"),
    }
    assert {(e.data, e.sender, e.cast) for e in field.events(owner, Received)} == {
        (b"to the owner", "ann", "unicast"),
        (b"to all", "bob", "groupcast"),
    }
    assert {(e.data, e.sender, e.cast) for e in field.events(ann, Received)} == {
        (b"to all", "bob", "groupcast"),
        (b"from the owner to all", "owner", "groupcast"),
    }


def test_no_frame_is_longer_than_it_may_be(field: GroupOnAir) -> None:
    owner, ann = field.group_of("owner", "ann")
    field.send(ann, PAYLOAD, owner)
    field.pass_time(2)
    lengths = [len(frame.payload) for device in (owner, ann) for frame in field.emissions(device)]
    assert max(lengths) == FRAME_MOST


@pytest.mark.parametrize("every", [1, 3])
def test_lost_frames_recover(field: GroupOnAir, every: int) -> None:
    """Each frame of join and message is lost once (``every`` 1: retransmissions are spared), or many."""
    met: set[bytes] = set()

    def lose(payload: bytes) -> bool:
        segment = decode(payload)
        assert segment is not None
        if not segment.flags & DATA or payload[:17] in met or segment.sequence % every:
            return False
        met.add(payload[:17])
        return True

    field.air.drop(where=lambda passage: lose(passage.payload))
    owner, ann = field.group_of("owner", "ann")
    field.send(ann, PAYLOAD, owner)
    assert arrives(field, owner, PAYLOAD)
    field.pass_time(10)
    assert len(got(field, owner, PAYLOAD)) == 1
    assert met


def test_reordered_doubled_and_delayed_frames_do_no_harm(field: GroupOnAir) -> None:
    field.air.reorder(span=2)
    field.air.delay(0.2, ordinal=range(0, 1000, 7))
    owner, ann = field.group_of("owner", "ann")
    since = len(field.trace)
    field.send(owner, PAYLOAD, ann)
    assert arrives(field, ann, PAYLOAD)
    field.air.replay(field.emissions(owner, since))
    field.pass_time(10)
    assert len(got(field, ann, PAYLOAD)) == 1


def test_a_tampered_record_ends_the_hop_and_the_ue_comes_back(field: GroupOnAir) -> None:
    owner, ann = field.group_of("owner", "ann")
    since = len(field.trace)
    with field.air.alter(flip(-1), ordinal=0, emitter=ann.number):
        field.send(ann, PAYLOAD, owner)
        assert field.until(lambda: field.both_joined(owner, ann, since))
    assert field.events(owner, Left, since)
    assert field.events(ann, Left, since)
    assert not got(field, owner, PAYLOAD)
    field.send(ann, b"again", owner)
    assert arrives(field, owner, b"again")


@pytest.mark.parametrize("bit", range(0, 168, 5))
def test_a_forged_link_header_costs_at_most_the_hop(bit: int) -> None:
    with GroupOnAir(target()) as field:
        owner, ann = field.group_of("owner", "ann")
        with field.air.alter(flip(bit), ordinal=1, emitter=ann.number):
            field.send(ann, PAYLOAD, owner)
            field.pass_time(25)
        field.send(ann, b"afterwards", owner)
        assert arrives(field, owner, b"afterwards")
        assert len(got(field, owner, PAYLOAD)) <= 1
        assert not field.kinds


def test_a_recorded_session_is_worth_nothing(field: GroupOnAir) -> None:
    owner, ann = field.group_of("owner", "ann")
    field.send(ann, PAYLOAD, owner)
    field.pass_time(2)
    recorded = field.emissions(ann)
    field.leave(ann)
    field.pass_time(10)
    since = len(field.trace)
    field.air.replay(recorded)
    field.pass_time(20)
    assert not field.events(owner, Joined, since)
    assert not field.events(owner, Received, since)


def test_a_removed_member_hears_no_more_and_may_come_back(field: GroupOnAir) -> None:
    owner, ann, bob = field.group_of("owner", "ann", "bob")
    field.remove(owner, ann)
    field.pass_time(5)
    assert field.events(ann, Left)
    field.send(owner, b"without ann")
    assert arrives(field, bob, b"without ann")
    field.pass_time(20)
    assert not got(field, ann, b"without ann")

    since = len(field.trace)
    field.join(ann, owner)
    assert field.until(lambda: field.both_joined(owner, ann, since))
    field.send(owner, b"with ann")
    assert arrives(field, ann, b"with ann")


def test_a_member_that_left_hears_no_more(field: GroupOnAir) -> None:
    owner, ann = field.group_of("owner", "ann")
    field.leave(ann)
    assert field.until(lambda: bool(field.events(owner, Left)))
    assert field.send(owner, b"nobody there", ann).events == (Declined("send", "not a member"),)
    assert field.send(ann, b"not there", owner).events == (Declined("send", "not joined"),)


@pytest.mark.parametrize("who", ["owner", "ann"])
def test_who_restarts_is_back_by_a_new_handshake(field: GroupOnAir, who: str) -> None:
    owner, ann = field.group_of("owner", "ann")
    since = len(field.trace)
    field.restart(owner if who == "owner" else ann)
    assert field.until(lambda: field.both_joined(owner, ann, since))
    field.send(owner, PAYLOAD, ann)
    assert arrives(field, ann, PAYLOAD)


def test_the_owner_refuses_a_foreign_authority(field: GroupOnAir) -> None:
    owner = field.device("owner", "owner")
    rogue = field.device("ann", authority="south", trusts=("north", "south"), standing="rogue")
    field.own(owner)
    field.join(rogue, owner)
    assert field.until(lambda: bool(field.events(owner, Refused)))
    field.pass_time(10)
    assert not field.events(owner, Joined)


def test_the_ue_refuses_a_foreign_authority(field: GroupOnAir) -> None:
    rogue = field.device("owner", "owner", authority="south", trusts=("north", "south"), standing="rogue")
    ann = field.device("ann")
    field.own(rogue)
    field.join(ann, rogue)
    assert field.until(lambda: bool(field.events(ann, Refused)))
    field.pass_time(10)
    assert not field.events(ann, Joined)


def test_several_authorities_can_be_trusted(field: GroupOnAir) -> None:
    owner = field.device("owner", "owner", trusts=("north", "south"))
    ann = field.device("ann", authority="south")
    field.own(owner)
    field.join(ann, owner)
    assert field.until(lambda: field.both_joined(owner, ann))


FLAWS: tuple[Flaw, ...] = (
    "expired",
    "not-yet-valid",
    "without-key",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
)


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("honest", ["owner", "member"])
def test_flawed_credentials_are_refused(field: GroupOnAir, flaw: Flaw, honest: str) -> None:
    if flaw == "without-key":  # Whose certificate is shown.
        field.device("ann" if honest == "owner" else "owner", "member" if honest == "owner" else "owner")
    flawed_owner, flawed_member = (None, flaw) if honest == "owner" else (flaw, None)
    owner = field.device("owner", "owner", flaw=flawed_owner, standing="rogue" if flawed_owner else "honest")
    ann = field.device("ann", flaw=flawed_member, standing="rogue" if flawed_member else "honest")
    field.own(owner)
    field.join(ann, owner)
    judge = owner if honest == "owner" else ann
    assert field.until(lambda: bool(field.events(judge, Refused)))
    field.pass_time(10)
    assert not field.events(judge, Joined)


@pytest.mark.parametrize("valid", [(-2 * DAY, -DAY), (DAY, 2 * DAY)])
def test_dates_are_held_against_the_virtual_clock(field: GroupOnAir, valid: tuple[float, float]) -> None:
    owner = field.device("owner", "owner")
    ann = field.device("ann", valid=valid, standing="rogue")
    field.own(owner)
    field.join(ann, owner)
    assert field.until(lambda: bool(field.events(owner, Refused)))
    assert not field.events(owner, Joined)


def test_a_member_is_no_owner(field: GroupOnAir) -> None:
    mallory = field.device("mallory", "member", standing="insider")
    ann = field.device("ann")
    field.own(mallory)
    field.join(ann, mallory)
    field.pass_time(20)
    assert field.events(ann, Refused)
    assert not field.events(ann, Joined)


def test_credentials_of_another_group_do_not_admit(field: GroupOnAir) -> None:
    owner = field.device("owner", "owner")
    ann = field.device("ann", group="blue", standing="outsider")
    field.own(owner)
    field.join(ann, owner)
    assert field.until(lambda: bool(field.events(owner, Refused)))
    assert not field.events(owner, Joined)


def test_who_shows_nothing_is_refused(field: GroupOnAir) -> None:
    owner = field.device("owner", "owner")
    ann = field.device("ann", standing="rogue")
    ann.credentials = Credentials(b"")
    field.own(owner)
    field.join(ann, owner)
    assert field.until(lambda: bool(field.events(owner, Refused)))
    field.pass_time(10)
    assert not field.events(owner, Joined)


def test_what_is_not_offered_is_said_to_be_so() -> None:
    with GroupOnAir(target()) as field, pytest.raises(Unsupported):
        field.device("ann", flaw="revoked")


@pytest.mark.parametrize("waits", [False, True])
def test_a_ue_believes_that_it_has_joined_before_the_owner_decided_unless_it_waits(waits: bool) -> None:
    with GroupOnAir(target_that_waits() if waits else target()) as field:
        owner = field.device("owner", "owner")
        rogue = field.device("ann", authority="south", trusts=("north", "south"), standing="rogue")
        field.own(owner)
        field.join(rogue, owner)
        field.pass_time(10)
        assert bool(field.events(rogue, Joined)) is not waits
        assert not field.events(owner, Joined)
        assert not field.kinds


def test_one_device_has_several_groups(field: GroupOnAir) -> None:
    owner, ann = field.group_of("owner", "ann")
    blue_owner = field.device("owner", "owner", group="blue")
    blue_ann = field.device("ann", group="blue")
    # The same devices, with credentials of the other group.
    owner_in_blue = Device(ann.number, "owner", ann.address, blue_owner.credentials, blue_owner.issue)
    ann_in_blue = Device(owner.number, "ann", owner.address, blue_ann.credentials, blue_ann.issue)
    since = len(field.trace)
    field.own(owner_in_blue, "blue")
    field.join(ann_in_blue, owner_in_blue, "blue")
    assert field.until(lambda: field.both_joined(owner_in_blue, ann_in_blue, since))
    field.send(owner, PAYLOAD, ann)
    assert arrives(field, ann, PAYLOAD)
    assert [event.group for event in field.events(ann, Received)] == ["red"]
