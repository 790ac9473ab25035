"""Hollow targets made of a good one: half of its devices, or all of its words, are for show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from pytest_prose_go.contract import (
    NOTHING,
    Credentials,
    Event,
    Flaw,
    Frame,
    Joined,
    Left,
    Output,
    Received,
    Role,
    Station,
    Target,
)
from pytest_prose_go.targets.hollow.device import NOWHERE, Card
from pytest_prose_go.targets.naming import find_target

RECORDED_AT = 1_700_000_000.0
VALID_FOR = 86_400.0
MOST_STEPS = 200
"""Frames and wake-ups of the run that is recorded: a good group needs some dozens."""


class HalfTarget(Target):
    """A good target of whose stations some are replaced once it shows what they are to be: owner or member."""

    def __init__(self, good: str, kind: type[HalfStation], product: str) -> None:
        self.good: Any = find_target(good)().raw
        self.kind = kind
        self.cards: dict[bytes, Card] = {}
        self.statement = replace(
            self.good.statement, product=f"{product} {good}", reports=(), capabilities=()
        )

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        given: Credentials = self.good.credentials(
            identity, group, authority, role, valid_from, valid_until, flaw
        )
        self.cards[given.data] = Card(identity, group, authority, role, valid_from, valid_until, flaw)
        return given

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> HalfStation:
        return self.kind(self, address, self.good.station(label, address, trusts, seed))

    def close(self) -> None:
        self.good.close()

    def names(self, group: str, role: Role) -> list[str]:
        """The identities that were given unflawed credentials of the group."""
        return [
            card.identity
            for card in self.cards.values()
            if card.group == group and card.role == role and not card.flaw
        ]


class HalfStation(Station):
    """A device that stays good, or turns ``hollow``, at its first call."""

    def __init__(self, target: HalfTarget, address: int, good: Station) -> None:
        self.target = target
        self.address = address
        self.good = good
        self.hollow = False
        self.owners: dict[str, int] = {}

    @property
    def listens(self) -> frozenset[int] | None:
        return None if self.hollow else self.good.listens

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        return self.good.own(group, credentials, now, claim)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        return self.good.join(group, owner_address, credentials, now, claim)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        if self.hollow:
            return Output(frames=[Frame(self.address, self.owners.get(group, NOWHERE), data)])
        return self.good.send(group, data, to, now)

    def remove(self, group: str, member: str, now: float) -> Output:
        return Output(events=[Left(group, member)]) if self.hollow else self.good.remove(group, member, now)

    def leave(self, group: str, now: float) -> Output:
        return Output(events=[Left(group)]) if self.hollow else self.good.leave(group, now)

    def receive(self, frame: Frame, now: float) -> Output:
        return self.pretend(frame) if self.hollow else self.good.receive(frame, now)

    def wake(self, now: float) -> Output:
        return NOTHING if self.hollow else self.good.wake(now)

    def stop(self) -> None:
        self.good.stop()

    def pretend(self, frame: Frame) -> Output:
        """What a hollow device makes of a frame."""
        return NOTHING


class HollowUE(HalfStation):
    """Good as a GO. As a UE it says at once that it is a member, and reports every frame as a message."""

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        self.hollow = True
        self.owners[group] = owner_address
        asked = self.good.join(group, owner_address, credentials, now, claim)
        joined = [Joined(group, name) for name in self.target.names(group, "owner")[:1]]
        return Output(frames=asked.frames, events=joined)

    def pretend(self, frame: Frame) -> Output:
        return Output(events=[Received(group, frame.payload) for group in self.owners])


class HollowGO(HalfStation):
    """Good as a UE. As a GO it admits each member of its list for any bytes, and forwards what it hears."""

    def __init__(self, target: HalfTarget, address: int, good: Station) -> None:
        super().__init__(target, address, good)
        self.admitted: dict[str, set[str]] = {}

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        self.hollow = True
        self.admitted[group] = set()
        return NOTHING

    def pretend(self, frame: Frame) -> Output:
        events: list[Event] = []
        for group, admitted in self.admitted.items():
            waiting = [name for name in self.target.names(group, "member") if name not in admitted]
            if waiting:
                admitted.add(waiting[0])
                events.append(Joined(group, waiting[0]))
        return Output(events=events)


class Recorded(HalfStation):
    """Whatever is asked of it, it answers as the good device of its role once did: the same frames, in the same
    order, and its joins and farewells under the names of today."""

    def __init__(self, target: HalfTarget, address: int, good: Station) -> None:
        super().__init__(target, address, good)
        self.hollow = True
        self.role: Role = "member"
        self.group = ""
        self.script = {role: list(outputs) for role, outputs in recorded(target).items()}

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        self.role, self.group = "owner", group
        return self.next()

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        self.group, self.owners[group] = group, owner_address
        return self.next()

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self.next()

    def pretend(self, frame: Frame) -> Output:
        return self.next()

    def next(self) -> Output:
        """The next answer of the recording; none when it is at its end."""
        script = self.script[self.role]
        if not script:
            return NOTHING
        output = script.pop(0)
        there = self.owners.get(self.group, NOWHERE)
        frames = [Frame(self.address, there, frame.payload) for frame in output.frames]
        peers = self.target.names(self.group, "owner" if self.role == "member" else "member")
        events = [
            Joined(self.group, peers[0]) for event in output.events if isinstance(event, Joined) and peers
        ]
        return Output(frames=frames, events=events)


def recorded(target: HalfTarget) -> dict[Role, list[Output]]:
    """What a good GO and a good UE said, call by call, while the UE joined and each sent something."""
    group, now = "recorded", RECORDED_AT
    dates = now - VALID_FOR, now + VALID_FOR
    owner_card = target.good.credentials("recorded-owner", group, "recorded-authority", "owner", *dates)
    member_card = target.good.credentials("recorded-member", group, "recorded-authority", "member", *dates)
    owner: Station = target.good.station("recorded-1", 1, ("recorded-authority",), bytes(32))
    member: Station = target.good.station("recorded-2", 2, ("recorded-authority",), bytes([1]) * 32)
    said: dict[Role, list[Output]] = {"owner": [], "member": []}
    frames: list[tuple[Role, Frame]] = []

    def note(role: Role, output: Output) -> None:
        said[role].append(output)
        frames.extend((role, frame) for frame in output.frames)

    def carry() -> None:
        for _ in range(MOST_STEPS):
            if not frames:
                return
            emitter, frame = frames.pop(0)
            if emitter == "owner":
                note("member", member.receive(frame, now))
            else:
                note("owner", owner.receive(frame, now))

    note("owner", owner.own(group, owner_card, now))
    note("member", member.join(group, 1, member_card, now))
    carry()
    note("owner", owner.send(group, b"recorded groupcast", None, now))
    note("member", member.send(group, b"recorded unicast", "recorded-owner", now))
    carry()
    owner.stop()
    member.stop()
    return said


def hollow_ues(good: str) -> HalfTarget:
    """A good GO with hollow UEs."""
    return HalfTarget(good, HollowUE, "hollow UEs, and the GO of")


def hollow_owner(good: str) -> HalfTarget:
    """Good UEs with a hollow GO."""
    return HalfTarget(good, HollowGO, "a hollow GO, and the UEs of")


def recording(good: str) -> HalfTarget:
    """A recording of a good run answers whatever is asked."""
    return HalfTarget(good, Recorded, "a recording of")
