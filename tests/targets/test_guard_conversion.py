"""An adapter that imports nothing of the suite works by the names of its attributes."""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from pytest_prose_go import contract
from pytest_prose_go.targets.guard import GuardedTarget, TargetError


class Address(enum.IntEnum):
    GO = 7


class Name(enum.StrEnum):
    ALICE = "alice"


class Frame(NamedTuple):
    source: int
    destination: int
    payload: bytes


@dataclass
class Joined:
    group: str
    peer: str
    cipher: str = "own field"


class Received(NamedTuple):
    group: str
    data: bytes
    sender: str | None
    cast: str


class Diagnostic(NamedTuple):
    text: str


@dataclass
class Output:
    frames: Any = field(default_factory=list)
    events: Any = ()


@dataclass
class Credentials:
    data: bytes


class Patience(NamedTuple):
    join: float = 3.0


@dataclass
class Limits:
    payload_most: int = 200


@dataclass
class Statement:
    product: str = "duck"
    version: str = "2"
    reports: tuple[str, ...] = ("sender", "cast")
    limits: Limits = field(default_factory=Limits)
    capabilities: tuple[str, ...] = ()


class Station:
    answer: Any = None

    def own(self, group: str, credentials: Any, now: float) -> Any:
        assert credentials.data == b"opaque"
        return self.answer

    def join(self, group: str, owner_address: int, credentials: Any, now: float) -> Any:
        return self.answer

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Any:
        return self.answer

    def remove(self, group: str, member: str, now: float) -> Any:
        return self.answer

    def leave(self, group: str, now: float) -> Any:
        return self.answer

    def receive(self, frame: Any, now: float) -> Any:
        return self.answer


class Duck:
    def __init__(self, statement: Any = None) -> None:
        self.statement = statement or Statement()
        self.made = Station()

    def credentials(
        self, identity: str, group: str, authority: str, role: str, since: float, until: float
    ) -> Any:
        return Credentials(b"opaque")

    def station(self, label: str, address: int, trusts: Any, seed: bytes) -> Any:
        return self.made


def told(answer: object, **changes: Any) -> contract.Output:
    duck = Duck(Statement(**changes))
    duck.made.answer = answer
    target = GuardedTarget(duck, "duck")
    try:
        credentials = target.credentials("a", "g", "x", "owner", 0, 9)
        assert credentials == contract.Credentials(b"opaque")
        station = target.station("dev", 1, ["x"], bytes(32))
        return station.own("g", credentials, 1.0)
    finally:
        target.close()


def test_own_classes_become_the_contracts() -> None:
    answer = Output(
        deque([Frame(Address.GO, 2, b"p")]),
        [Joined("g", Name.ALICE), Received("g", b"d", Name.ALICE, "unicast"), Diagnostic("x")],
    )
    output = told(answer)
    assert output == contract.Output(
        (contract.Frame(7, 2, b"p"),),
        (
            contract.Joined("g", "alice"),
            contract.Received("g", b"d", "alice", "unicast"),
            contract.Diagnostic("x"),
        ),
    )
    assert type(output.frames[0].source) is int
    assert type(output.events[0].peer) is str  # type: ignore[union-attr]


def test_an_events_kind_may_be_that_of_a_base_class() -> None:
    class Admitted(Joined):
        pass

    assert told(Output(events=[Admitted("g", "a")])).events == (contract.Joined("g", "a"),)


def test_what_has_not_the_names_is_refused() -> None:
    class Arrived(NamedTuple):
        group: str
        data: bytes

    with pytest.raises(TargetError, match="an event is one of"):
        told(Output(events=[Arrived("g", b"d")]))
    with pytest.raises(TargetError, match=r"events\[0\] \(Received\).data missing"):
        told(Output(events=[type("Received", (), {"group": "g"})()]))
    with pytest.raises(TargetError, match="a frame has source, destination and payload"):
        told(Output([type("Frame", (), {"source": 1, "payload": b"p"})()]))
    with pytest.raises(TargetError, match="without cast"):
        told(Output(events=[type("Received", (), {"group": "g", "data": b"d", "sender": "a"})()]))


def test_an_attribute_that_raises_is_told() -> None:
    class Odd(Joined):
        @property
        def group(self) -> str:  # type: ignore[override]
            raise OSError("gone")

        def __init__(self) -> None:
            self.peer = "a"

    with pytest.raises(TargetError, match="whose group raises OSError: gone"):
        told(Output(events=[Odd()]))


def test_optional_methods_may_be_left_out() -> None:
    duck = Duck()
    duck.made.answer = Output()
    target = GuardedTarget(duck, "duck")
    station = target.station("dev", 1, ["x"], bytes(32))
    assert station.listens is None
    assert station.wake(1.0) == contract.NOTHING
    for call in (lambda: station.rekey("g", 1.0), lambda: target.clone(station)):
        with pytest.raises(contract.Unsupported):
            call()
    station.stop()
    target.close()
    assert target.complaints == []


def test_a_wake_up_asked_for_without_a_method_for_it_is_a_breach() -> None:
    class Timed(Output):
        wake_at = 5.0

    with pytest.raises(TargetError, match="has no wake"):
        told(Timed())


def test_a_claim_without_the_method_is_a_breach() -> None:
    with pytest.raises(TargetError, match="without restart"):
        told(Output(), capabilities=("restart",))
    with pytest.raises(TargetError, match="without clone"):
        GuardedTarget(Duck(Statement(capabilities=("clone",))), "duck")
    with pytest.raises(TargetError, match="without credentials, station"):
        GuardedTarget(type("Empty", (), {"statement": Statement()})(), "duck")


def test_a_statement_may_be_a_mapping() -> None:
    target = GuardedTarget(Duck({"product": "p", "version": "1", "patience": {"join": 3}}), "duck")
    assert target.statement == contract.Statement(
        product="p", version="1", patience=contract.Patience(join=3.0)
    )
    target.close()
