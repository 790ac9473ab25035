"""The thief's view: what a device's state opens, and what it does not."""

from __future__ import annotations

import copy

import pytest

from reference_impl.inspection import opened, secrets
from reference_impl.outcome import AirFrame
from tests.reference.pretend_link import GROUP, OWNER, PretendLink

pytestmark = pytest.mark.usefixtures("each_kind")

ANN, BOB = 0x0B0001, 0x0B0002


def pair() -> PretendLink:
    """An owner, ann and bob, who have talked."""
    link = PretendLink()
    link.owner()
    link.member("ann", ANN)
    link.member("bob", BOB)
    link.send("ann", b"to bob", "bob")
    link.send("bob", b"to ann", "ann")
    link.send("ann", b"to all", None)
    return link


def texts(link: PretendLink, name: str, frames: list[AirFrame] | None = None) -> set[bytes]:
    return {data for _, data in opened(link.devices[name], frames or link.frames)}


def test_each_device_opens_its_own_hops_and_the_groupcasts() -> None:
    link = pair()

    assert texts(link, OWNER) == {b"to bob", b"to ann", b"to all"}
    assert texts(link, "ann") == {b"to bob", b"to ann", b"to all"}


def test_a_member_does_not_open_another_members_hop() -> None:
    link = pair()
    link.send("ann", b"for the owner", OWNER)

    assert b"for the owner" not in texts(link, "bob")
    assert b"for the owner" in texts(link, "ann")


def test_a_state_opens_neither_earlier_sessions_nor_later_epochs() -> None:
    link = pair()
    link.take("ann", link.devices["ann"].leave(GROUP, link.now))
    link.run(10.0)
    link.member("ann", ANN)
    assert not {b"to bob", b"to ann", b"to all"} & texts(link, "ann")

    stolen = copy.deepcopy(link.devices["ann"])
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.run(1.0)
    link.send(OWNER, b"after the removal", None)
    assert b"after the removal" not in {data for _, data in opened(stolen, link.frames)}
    assert b"after the removal" in texts(link, "bob")


def test_secrets_are_shared_by_two_ends_of_a_hop_and_by_no_other() -> None:
    link = pair()
    hops = {
        name: {each.value for each in secrets(device) if each.scope == "hop"}
        for name, device in link.devices.items()
    }

    assert hops["ann"] < hops[OWNER]
    assert hops["bob"] < hops[OWNER]
    assert not hops["ann"] & hops["bob"]


def test_a_removed_members_group_key_is_held_by_nobody() -> None:
    link = pair()
    held = {each.value for each in secrets(link.devices["ann"]) if each.scope == "group"}
    link.take(OWNER, link.devices[OWNER].remove(GROUP, "ann", link.now))
    link.run(1.0)

    assert held
    for device in link.devices.values():
        assert not held & {each.value for each in secrets(device)}
