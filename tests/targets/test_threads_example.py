"""The threads example keeps the contract: it joins, relays and leaves over the air, in real time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from pytest_prose_go.air.clock import RealClock
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.trace import Reported, Trace
from pytest_prose_go.contract import (
    Credentials,
    Declined,
    Event,
    Flaw,
    Frame,
    Joined,
    Left,
    Received,
    Unsupported,
)
from pytest_prose_go.targets.guard import GuardedStation, GuardedTarget
from pytest_prose_go.targets.naming import find_target
from pytest_prose_go.targets.probe import probe

TARGET = "examples.threads.adapter:target"
LONG = 20.0
"""Seconds; only a failure takes so long."""
SHORT = 0.3
"""Seconds in which what must not happen could have happened several times."""


@dataclass
class Field:
    """Stations 0 (GO), 1 and 2 (UEs) of one group on an air in real time."""

    target: GuardedTarget
    trusts: tuple[str, ...] = ("home",)
    stations: list[GuardedStation] = field(default_factory=list)
    names: tuple[str, ...] = ("owner", "anna", "bert")

    def __post_init__(self) -> None:
        self.trace = Trace(self.target.statement)
        self.air = Air(self.trace, RealClock())
        for number, name in enumerate(self.names):
            self.stations.append(self.target.station(name, 10 + number, self.trusts, bytes(32)))
            self.air.attach(number, self.stations[-1])

    def credentials(self, number: int, authority: str = "home", flaw: Flaw | None = None) -> Credentials:
        role = "owner" if number == 0 else "member"
        now = self.air.now
        name = self.names[number]
        return self.target.credentials(name, "g", authority, role, now - 9, now + 9e6, flaw)  # type: ignore[arg-type]

    def own(self, credentials: Credentials | None = None) -> None:
        good = credentials or self.credentials(0)
        self.air.drive(0, "own", lambda station, now: station.own("g", good, now))

    def join(self, number: int, credentials: Credentials | None = None) -> None:
        good = credentials or self.credentials(number)
        self.air.drive(number, "join", lambda station, now: station.join("g", 10, good, now))

    def send(self, number: int, data: bytes, to: str | None) -> None:
        self.air.drive(number, "send", lambda station, now: station.send("g", data, to, now))

    def leave(self, number: int) -> None:
        self.air.drive(number, "leave", lambda station, now: station.leave("g", now))

    def told(self, number: int, event: Event) -> int:
        return sum(
            isinstance(record, Reported) and record.station == number and record.event == event
            for record in self.trace
        )

    def comes(self, number: int, event: Event, times: int = 1) -> bool:
        return self.air.run(lambda: self.told(number, event) >= times, LONG)

    def joined(self, *numbers: int) -> None:
        self.own()
        for number in numbers:
            self.join(number)
            assert self.comes(number, Joined("g", "owner"))
            assert self.comes(0, Joined("g", self.names[number]))


@pytest.fixture
def there() -> Iterator[Field]:
    target = find_target(TARGET)()
    yield Field(target)
    target.close()
    assert target.complaints == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("station ")]


def test_two_stations_join_relay_and_leave(there: Field) -> None:
    there.joined(1, 2)
    there.send(1, b"to bert", "bert")
    assert there.comes(2, Received("g", b"to bert", "anna", "unicast", "owner"))
    there.send(2, b"to all", None)
    assert there.comes(1, Received("g", b"to all", "bert", "groupcast", "owner"))
    assert there.comes(0, Received("g", b"to all", "bert", "groupcast", "bert"))
    there.send(0, b"from the GO", None)
    assert there.comes(1, Received("g", b"from the GO", "owner", "groupcast", "owner"))
    assert there.comes(2, Received("g", b"from the GO", "owner", "groupcast", "owner"))
    there.leave(1)
    assert there.told(1, Left("g")) == 1
    assert there.comes(0, Left("g", "anna"))
    there.send(0, b"after", None)
    assert there.comes(2, Received("g", b"after", "owner", "groupcast", "owner"))
    assert there.told(1, Received("g", b"after", "owner", "groupcast", "owner")) == 0
    there.join(1)
    assert there.comes(1, Joined("g", "owner"), times=2)


def test_a_removed_member_is_told_and_may_come_again(there: Field) -> None:
    there.joined(1)
    there.air.drive(0, "remove", lambda station, now: station.remove("g", "anna", now))
    assert there.told(0, Left("g", "anna", "removed")) == 1
    assert there.comes(1, Left("g", None, "removed"))
    there.join(1)
    assert there.comes(1, Joined("g", "owner"), times=2)
    assert there.comes(0, Joined("g", "anna"), times=2)


@pytest.mark.parametrize("lost", range(6))
def test_a_join_and_a_message_survive_the_loss_of_any_frame(there: Field, lost: int) -> None:
    there.air.drop(ordinal=lost)
    there.joined(1)
    there.send(1, b"through", "owner")
    assert there.comes(0, Received("g", b"through", "anna", "unicast", "anna"))


def test_a_replayed_message_is_reported_once_and_a_changed_one_never(there: Field) -> None:
    there.joined(1)
    once = Received("g", b"once", "anna", "unicast", "anna")
    with there.air.tap(emitter=1) as tap:
        there.send(1, b"once", "owner")
        assert there.comes(0, once)
    for emission in tap.emissions:
        there.air.deliver(emission, 0)
        there.air.inject(emission.payload[:-1] + bytes([emission.payload[-1] ^ 1]), 11, 10)
    there.send(1, b"marker", "owner")
    assert there.comes(0, Received("g", b"marker", "anna", "unicast", "anna"))
    assert there.told(0, once) == 1


def test_a_replayed_join_admits_nobody(there: Field) -> None:
    with there.air.tap(emitter=1) as tap:
        there.joined(1)
        there.leave(1)
        assert there.comes(0, Left("g", "anna"))
    there.air.silence(1)
    there.air.replay([emission.number for emission in tap.emissions])
    there.air.run(None, SHORT)
    assert there.told(0, Joined("g", "anna")) == 1


FLAWS: tuple[Flaw, ...] = (
    "expired",
    "not-yet-valid",
    "without-key",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
)


@pytest.mark.parametrize("flaw", FLAWS)
def test_flawed_credentials_admit_neither_ue_nor_go(there: Field, flaw: Flaw) -> None:
    there.own()
    there.join(1, there.credentials(1, flaw=flaw))
    there.join(2)
    assert there.comes(2, Joined("g", "owner"))
    there.own(there.credentials(0, flaw=flaw))
    there.leave(2)
    there.join(2)
    there.air.run(None, SHORT)
    assert there.told(0, Joined("g", "anna")) == 0
    assert there.told(2, Joined("g", "owner")) == 1


def test_a_foreign_authority_and_a_members_role_admit_nobody(there: Field) -> None:
    there.own()
    there.join(1, there.credentials(1, "elsewhere"))
    there.air.run(None, SHORT)
    assert there.told(0, Joined("g", "anna")) == 0
    there.own(there.credentials(1))
    there.join(2)
    there.air.run(None, SHORT)
    assert not [r for r in there.trace if isinstance(r, Reported) and isinstance(r.event, Joined)]


def test_what_it_does_not_offer_is_said(there: Field) -> None:
    with pytest.raises(Unsupported):
        there.credentials(1, flaw="revoked")
    with pytest.raises(Unsupported):
        there.target.clone(there.stations[0])
    there.stations[1].receive(Frame(1, 11, b""), there.air.now)
    there.send(1, b"early", None)
    there.air.drive(0, "remove", lambda station, now: station.remove("g", "anna", now))
    declined = [r.by for r in there.trace if isinstance(r, Reported) and isinstance(r.event, Declined)]
    assert declined == ["send", "remove"]


def test_without_credentials_it_asks_in_vain(there: Field) -> None:
    there.own()
    with there.air.tap(emitter=1) as tap:
        there.join(1, Credentials(b"rubbish"))
        there.air.run(None, SHORT)
    assert tap.emissions
    assert not [r for r in there.trace if isinstance(r, Reported) and isinstance(r.event, Joined)]


def test_it_is_fit_to_be_judged() -> None:
    assert probe(find_target(TARGET), bytes(32)) == []
