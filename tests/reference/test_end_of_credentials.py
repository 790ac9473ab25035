"""Credentials that end while their holder is in: by their dates, on the devices' own clock, or by a notice."""

from __future__ import annotations

import pytest

from reference_impl.certificates import Role
from reference_impl.inspection import opened
from reference_impl.outcome import AirFrame
from tests.reference.pretend_link import GROUP, OWNER, OWNER_ADDRESS, START, PretendLink

pytestmark = pytest.mark.usefixtures("each_kind")

ANN, BOB = 0x0B0001, 0x0B0002
UNTIL = START + 100.0
LONG = START + 86_400.0


class Ending(PretendLink):
    """An owner, ann and bob, who have joined; the credentials of ``ending`` last for 100 seconds."""

    def __init__(self, ending: str) -> None:
        super().__init__(cast=False)
        self.given: dict[str, bytes] = {}
        roles: tuple[tuple[str, Role], ...] = ((OWNER, "owner"), ("ann", "member"), ("bob", "member"))
        for name, role in roles:
            self.given[name] = self.hand_out(name, role, until=UNTIL if name == ending else LONG)
        self.given = {name: self.laboratory.completed(octets) for name, octets in self.given.items()}
        self.take(OWNER, self.device(OWNER, OWNER_ADDRESS).own(GROUP, self.given[OWNER], self.now))
        for name, address in (("ann", ANN), ("bob", BOB)):
            self.device(name, address)
            self.ask(name)

    def ask(self, name: str) -> None:
        """Ask to join, and give it time."""
        device = self.devices[name]
        self.take(name, device.join(GROUP, OWNER_ADDRESS, self.given[name], self.now))
        self.run(5.0)

    def hear(self, name: str, of: str) -> None:
        """Tell one device that the credentials of another have been withdrawn."""
        notice = self.laboratory.revoke(self.laboratory.read(self.given[of]), self.now)
        self.take(name, self.devices[name].learn(notice, self.now))
        self.run(2.0)


def test_a_member_is_put_out_when_its_credentials_end_and_no_sooner() -> None:
    link = Ending("ann")
    link.run(UNTIL - link.now - 1.0)
    link.send("ann", b"in time", "bob", seconds=0.5)
    assert not link.closed(OWNER)
    old = link.devices[OWNER].owned[GROUP].epoch

    link.run(2.0)
    assert [(each.peer, each.reason) for each in link.closed(OWNER)] == [("ann", "credentials have expired")]
    assert [each.peer for each in link.closed("ann")] == [None]
    assert link.devices[OWNER].owned[GROUP].epoch.key != old.key
    link.send(OWNER, b"to who is left", None)
    assert link.texts("bob") == [b"in time", b"to who is left"]
    assert link.texts("ann") == []


def test_who_was_put_out_is_not_let_in_again() -> None:
    link = Ending("ann")
    link.run(200.0)
    link.ask("ann")
    link.run(10.0)

    assert len(link.opened("ann")) == 1
    assert link.refused(OWNER)[-1].reason == "credentials are out of date"


def test_a_member_that_does_not_hear_it_is_out_all_the_same() -> None:
    link = Ending("ann")
    link.run(UNTIL - link.now - 1.0)
    link.silent.add("ann")
    link.run(30.0)
    link.silent.clear()
    before = len(link.frames)
    link.send(OWNER, b"not for ann", None)

    assert b"not for ann" in link.texts("bob")
    assert b"not for ann" not in link.texts("ann")
    assert not [data for _, data in opened(link.devices["ann"], link.frames[before:])]


def test_what_comes_at_the_moment_of_the_end_comes_too_late() -> None:
    link = Ending("ann")
    held: list[AirFrame] = []

    def hold(_: int, frame: AirFrame) -> list[tuple[float, AirFrame]]:
        if frame.source == ANN:
            held.append(frame)
            return []
        return [(0.0, frame)]

    link.meddle = hold
    link.run(UNTIL - link.now - 1.0)
    link.take("ann", link.devices["ann"].send(GROUP, b"late", OWNER, link.now))
    outbox = link.devices[OWNER].receive(held[0], UNTIL + 1.0)

    assert [type(each).__name__ for each in outbox.events] == ["SessionClosed"]


def test_a_member_ends_the_session_when_the_owners_credentials_end() -> None:
    link = Ending(OWNER)
    link.run(200.0)

    for name in ("ann", "bob"):
        assert [each.reason for each in link.closed(name)] == ["owner's credentials have expired"]
    assert {each.peer for each in link.closed(OWNER)} == {"ann", "bob"}
    assert not any(device.joined for device in link.devices.values())


@pytest.mark.parametrize("way", ["present", "away"])
def test_an_owner_that_hears_of_it_puts_a_member_out_and_keeps_it_out(way: str) -> None:
    link = Ending("")
    if way == "away":
        link.take("ann", link.devices["ann"].leave(GROUP, link.now))
        link.run(1.0)
    link.hear(OWNER, "ann")
    link.ask("ann")
    link.run(10.0)
    link.send(OWNER, b"to who is left", None)

    assert [each.peer for each in link.opened(OWNER)] == ["ann", "bob"]
    assert [each.peer for each in link.closed(OWNER)] == ["ann"]
    assert link.refused(OWNER)[-1].reason == "credentials were revoked"
    assert link.texts("bob") == [b"to who is left"]
    assert link.texts("ann") == []


def test_a_ue_that_hears_of_it_leaves_its_owner_and_stays_away() -> None:
    link = Ending("")
    link.hear("ann", OWNER)
    assert [each.reason for each in link.closed("ann")] == ["owner's credentials were revoked"]
    link.ask("ann")
    link.run(10.0)

    assert len(link.opened("ann")) == 1
    assert link.refused("ann")[0].reason == "credentials were revoked"
    assert [each.peer for each in link.closed(OWNER)] == ["ann"]
    assert not link.closed("bob")


def test_an_owner_revoked_between_its_command_and_its_accept_gets_no_member() -> None:
    link = Ending("")
    link.take("bob", link.devices["bob"].leave(GROUP, link.now))
    link.run(10.0)
    link.meddle = lambda _, frame: [(0.5, frame)] if frame.payload[0] == 30 else [(0.0, frame)]
    before = len(link.opened("bob"))
    link.take("bob", link.devices["bob"].join(GROUP, OWNER_ADDRESS, link.given["bob"], link.now))
    link.run(0.1)
    link.hear("bob", OWNER)
    link.run(10.0)

    assert len(link.opened("bob")) == before
