"""What an attacker on the air gets from both ends: nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reference_impl.outcome import AirFrame
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, PretendLink, altered

pytestmark = pytest.mark.usefixtures("each_kind")

ANN, BOB, CAT = 0x0B0001, 0x0B0002, 0x0B0003
EVERY_FRAME_OF_A_JOIN = range(5)


def group_of_three() -> PretendLink:
    """An owner, ann, bob and cat."""
    link = PretendLink()
    link.owner()
    for name, address in (("ann", ANN), ("bob", BOB), ("cat", CAT)):
        link.member(name, address)
    return link


def counts(link: PretendLink) -> dict[str, tuple[int, int]]:
    """Sessions and messages that each device reported."""
    return {name: (len(link.opened(name)), len(link.received(name))) for name in link.events}


def replay(link: PretendLink, frames: list[AirFrame]) -> None:
    """Send recorded frames again, leaving time between them."""
    for frame in frames:
        link.carry(frame)
        link.run(0.05)
    link.run(10.0)


def test_a_replay_of_everything_changes_nothing() -> None:
    link = group_of_three()
    link.send("ann", b"one", "bob")
    link.send("ann", b"two", None)
    link.send(OWNER, b"three", None)
    before = counts(link)
    replay(link, list(link.frames))

    assert counts(link) == before
    assert not any(link.closed(name) for name in link.events)


def test_a_replayed_join_of_one_who_left_admits_nobody() -> None:
    link = group_of_three()
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(10.0)
    before = counts(link)
    link.silent.add("ann")
    replay(link, list(link.frames))

    assert counts(link) == before


def test_a_recorded_session_is_dead_in_the_next_one() -> None:
    link = group_of_three()
    link.send("ann", b"old", "bob")
    old = list(link.frames)
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(1.0)
    link.member("ann", ANN)
    before = counts(link)
    replay(link, old)
    link.send("ann", b"new", "bob")

    assert link.texts("bob") == [b"old", b"new"]
    assert counts(link)["cat"] == before["cat"]
    assert counts(link)[OWNER] == before[OWNER]


def test_a_complete_held_back_over_a_removal_admits_nobody() -> None:
    link = PretendLink()
    link.owner()
    link.member("ann", ANN)
    device = link.devices["ann"]
    held: list[AirFrame] = []

    def hold(_: int, frame: AirFrame) -> list[tuple[float, AirFrame]]:
        if frame.payload[0] == 29 and frame.source == ANN:
            held.append(frame)
            return []
        return [(0.0, frame)]

    link.meddle = hold
    link.take("ann", device.join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
    link.run(0.1)
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.silent.add("ann")
    link.meddle = None
    replay(link, held)

    assert held
    assert len(link.opened(OWNER)) == 1


@pytest.mark.parametrize("swap", [False, True], ids=["as it is", "with swapped addresses"])
def test_reflected_frames_admit_and_deliver_nothing(swap: bool) -> None:
    link = group_of_three()
    link.send("ann", b"one", "bob")
    before = counts(link)
    for frame in list(link.frames):
        for name, device in link.devices.items():
            addressed = {frame.source, frame.destination}
            if device.build.address not in addressed:
                continue
            source, destination = frame.destination, frame.source
            back = replace(frame, source=source, destination=destination) if swap else frame
            link.take(name, device.receive(back, link.now))
    link.run(10.0)

    assert counts(link) == before


def test_redirected_frames_reach_nobody_else() -> None:
    link = group_of_three()
    link.meddle = lambda _, frame: [
        (0.0, replace(frame, destination=CAT) if frame.destination == BOB else frame)
    ]
    link.send("ann", b"for bob", "bob")
    link.meddle = lambda _, frame: [(0.0, replace(frame, source=CAT) if frame.source == ANN else frame)]
    link.send("ann", b"from ann", "bob")
    link.meddle = None
    link.run(10.0)

    assert link.texts("cat") == []
    assert all(each.origin == "ann" for each in link.received("bob"))


@pytest.mark.parametrize("ordinal", EVERY_FRAME_OF_A_JOIN)
def test_no_changed_octet_in_a_join_leads_to_disagreement(ordinal: int) -> None:
    probe = PretendLink()
    probe.owner()
    probe.member("ann", ANN)
    length = len(probe.frames[ordinal].payload)

    for at in range(0, length, 7):
        link = PretendLink()
        link.owner()
        link.meddle = lambda number, frame, at=at: [
            (0.0, altered(frame, at, 0x41) if number == ordinal else frame)
        ]
        ann = link.device("ann", ANN)
        link.take("ann", ann.join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
        link.run(5.0)
        assert [each.peer for each in link.opened("ann")] == [OWNER]
        assert {each.peer for each in link.opened(OWNER)} == {"ann"}
        assert link.opened("ann")[-1].token == link.opened(OWNER)[-1].token


def test_a_changed_offer_is_not_accepted() -> None:
    link = PretendLink()
    link.owner()
    ann = link.device("ann", ANN)

    def bid_down(_: int, frame: AirFrame) -> list[tuple[float, AirFrame]]:
        payload = frame.payload
        if payload[0] == 28 and b"\x00\x02\x10\x02" in payload:
            payload = payload.replace(b"\x00\x02\x10\x02", b"\x00\x02\x02\x02", 1)
        return [(0.0, replace(frame, payload=payload))]

    link.meddle = bid_down
    link.take("ann", ann.join(GROUP, OWNER_ADDRESS, link.credentials("ann"), link.now))
    link.run(10.0)

    assert not link.opened("ann")
    assert not link.opened(OWNER)
    assert link.refused("ann")[0].reason == "capabilities were changed on the way"


def test_unprotected_hints_only_make_for_a_fresh_set_up() -> None:
    link = group_of_three()
    token = link.opened("ann")[-1].token
    ann = link.devices["ann"].joined[GROUP].link
    assert ann is not None
    from_owner = bytes([28, 17, 0, 2]) + ann.context.key_id.to_bytes(2, "big")
    for _ in range(5):
        link.carry(AirFrame(OWNER_ADDRESS, ANN, from_owner))
        link.carry(AirFrame(OWNER_ADDRESS, ANN, bytes([28, 17, 0, 0])))
        link.run(2.0)
    link.send("bob", b"still here", "ann")

    assert link.texts("ann") == [b"still here"]
    assert [each.token for each in link.opened("ann")] == [token]
    assert not link.closed("ann")
    assert not link.closed(OWNER)


def test_hints_with_a_silent_owner_leave_the_session_alone() -> None:
    link = group_of_three()
    link.silent.add(OWNER)
    link.carry(AirFrame(OWNER_ADDRESS, ANN, bytes([28, 17, 0, 0])))
    link.run(60.0)
    link.silent.clear()
    link.send(OWNER, b"same session", "ann")

    assert link.texts("ann") == [b"same session"]
    assert len(link.opened("ann")) == 1


def test_a_member_cannot_speak_for_another() -> None:
    link = group_of_three()
    link.devices["cat"].joined[GROUP].own = replace(link.devices["cat"].joined[GROUP].own, name="ann")
    link.send("cat", b"false", "bob")
    link.send("cat", b"false", None)
    link.run(10.0)

    assert link.texts("bob") == []
    assert link.texts(OWNER) == []


def test_data_before_admission_is_not_passed_on() -> None:
    link = group_of_three()
    recorded = [frame for frame in link.frames if frame.source == ANN]
    dan = link.device("dan", 0x0B0009)
    link.take("dan", dan.join(GROUP, OWNER_ADDRESS, link.credentials("dan"), link.now))
    for frame in recorded:
        link.carry(replace(frame, source=0x0B0009))
    link.carry(AirFrame(0x0B0009, OWNER_ADDRESS, b"\x01\x60\x00\x00\x00\x00plain"))
    link.run(5.0)

    assert not any(link.received(name) for name in link.events)
    assert [each.peer for each in link.opened(OWNER)] == ["ann", "bob", "cat", "dan"]


@pytest.mark.parametrize("origin", [OWNER, "bob"])
def test_a_member_cannot_forge_a_groupcast_to_the_others(origin: str) -> None:
    from reference_impl.inspection import forged

    link = group_of_three()
    for frame in forged(link.devices["cat"], GROUP, b"forged", origin, None, "groupcast"):
        link.carry(frame)
    link.run(5.0)

    assert not any(link.received(name) for name in link.events)


def test_the_true_claim_is_accepted() -> None:
    from reference_impl.inspection import forged

    link = group_of_three()
    for frame in forged(link.devices["cat"], GROUP, b"true", "cat", None, "groupcast"):
        link.carry(frame)
    link.run(1.0)

    assert [link.texts(name) for name in (OWNER, "ann", "bob")] == [[b"true"]] * 3


def test_no_message_and_no_key_is_seen_on_the_air() -> None:
    from reference_impl.inspection import secrets

    link = group_of_three()
    words = b"sixteen octets!!"
    link.send("ann", words, "bob")
    link.send("ann", words, None)
    air = b"".join(frame.payload for frame in link.frames)
    held = {secret.value for device in link.devices.values() for secret in secrets(device)}

    assert words not in air
    assert len(held) > 10
    assert not any(value in air for value in held)
