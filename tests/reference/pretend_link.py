"""Devices joined by a pretend air: every frame reaches every device that listens, after 1 ms of pretend time.

Credentials are certificates, or pair keys where a test (or the fixture ``each_kind``) says so. Pair keys
are handed out for everybody in the cast before the first device is made.

A test may look at, drop, delay, copy or change each frame by ``meddle``: it gets the frame with its
ordinal and gives back (delay, frame) pairs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import replace

from reference_impl.algorithms import ALGORITHMS
from reference_impl.authority import Laboratory
from reference_impl.certificate_credentials import Certificates
from reference_impl.certificates import Role
from reference_impl.credentials import CredentialKind
from reference_impl.device import Build, Device
from reference_impl.orders import DAY, Order
from reference_impl.outcome import (
    AirFrame,
    Happening,
    MessageReceived,
    Outbox,
    PeerRefused,
    SessionClosed,
    SessionOpened,
)
from reference_impl.pair_key_authority import PairKeyLaboratory
from reference_impl.pair_keys import PairKeys
from reference_impl.parts import Parts
from reference_impl.profiles import LTE_33303, Profile
from reference_impl.randomness import Randomness

GROUP = "watch"
LATENCY = 0.001
START = 1_700_000_000.0
OWNER = "owner"
OWNER_ADDRESS = 0x0A0000
GROUPS = (GROUP, "red", "blue", "own")
CAST = ("ann", "bob", "cat", "dan")
ALL_ALGORITHMS = tuple(each.name for each in ALGORITHMS)

Meddle = Callable[[int, AirFrame], Iterable[tuple[float, AirFrame]]]

usual_kind: CredentialKind = Certificates()


class PretendLink:
    """The air, the clock, the laboratory and the devices of one test."""

    def __init__(
        self,
        parts: Parts | None = None,
        profile: Profile = LTE_33303,
        kind: CredentialKind | None = None,
        cast: bool = True,
    ) -> None:
        self.now = START
        self.kind = kind or usual_kind
        self.has_pair_keys = isinstance(self.kind, PairKeys)
        self.laboratory: Laboratory | PairKeyLaboratory = (
            PairKeyLaboratory if self.has_pair_keys else Laboratory
        )(b"tests of the reference")
        self.devices: dict[str, Device] = {}
        self.events: dict[str, list[Happening]] = {}
        self.frames: list[AirFrame] = []
        self.meddle: Meddle | None = None
        self.silent: set[str] = set()
        self._parts = replace(parts or Parts(), kind=self.kind)
        self._profile = profile
        self._queue: list[tuple[float, int, str, AirFrame]] = []
        self._order = 0
        self._handed_out: dict[Order, bytes] = {}
        if self.has_pair_keys and cast:
            for group in GROUPS:
                for name in (OWNER, *CAST):
                    self.hand_out(name, "member", group)
                self.hand_out("ann" if group == "own" else OWNER, "owner", group)

    def credentials(
        self, name: str, role: Role = "member", group: str = GROUP, authority: str = "A"
    ) -> bytes:
        """Good credentials, valid for a day either way. With pair keys, those that were handed out."""
        order = Order(name, group, authority, role, START - DAY, START + DAY)
        if not self.has_pair_keys:
            return self.laboratory.issue(order).encode()
        return self.laboratory.completed(self._handed_out[order])

    def hand_out(
        self,
        name: str,
        role: Role = "member",
        group: str = GROUP,
        authority: str = "A",
        until: float = START + DAY,
    ) -> bytes:
        """Make credentials now, to be had from :meth:`credentials` if they last for a day."""
        order = Order(name, group, authority, role, START - DAY, until)
        return self._handed_out.setdefault(order, self.laboratory.issue(order).encode())

    def device(
        self,
        name: str,
        address: int,
        trusts: tuple[str, ...] = ("A",),
        offers: tuple[str, ...] = ALL_ALGORITHMS,
    ) -> Device:
        """A new device."""
        anchors = tuple(self.laboratory.anchor(authority) for authority in trusts)
        build = Build(address, anchors, offers, self._parts, self._profile)
        return self.attach(name, Device(build, Randomness(name.encode(), "test")))

    def attach(self, name: str, device: Device) -> Device:
        """Put a device on the air."""
        self.devices[name] = device
        self.events.setdefault(name, [])
        return device

    def owner(self, group: str = GROUP, name: str = OWNER, address: int = OWNER_ADDRESS) -> Device:
        """A device that owns ``group``; the same one again for another group."""
        device = self.devices.get(name) or self.device(name, address)
        self.take(name, device.own(group, self.credentials(name, "owner", group), self.now))
        return device

    def member(self, name: str, address: int, group: str = GROUP) -> Device:
        """A device that has been admitted by the group's owner."""
        device = self.devices.get(name) or self.device(name, address)
        self.take(name, device.join(group, OWNER_ADDRESS, self.credentials(name, "member", group), self.now))
        self.run(2.0)
        assert any(isinstance(each, SessionOpened) for each in self.events[name]), self.events
        return device

    def take(self, name: str, outbox: Outbox) -> Outbox:
        """Put a call's frames on the air and its events on record."""
        self.events[name] += outbox.events
        if name not in self.silent:
            for frame in outbox.frames:
                self.carry(frame, name)
        return outbox

    def carry(self, frame: AirFrame, sender: str = "") -> None:
        """Put a frame on the air, whoever made it."""
        ordinal = len(self.frames)
        self.frames.append(frame)
        for delay, each in self.meddle(ordinal, frame) if self.meddle else [(0.0, frame)]:
            self._order += 1
            heapq.heappush(self._queue, (self.now + LATENCY + delay, self._order, sender, each))

    def run(self, seconds: float) -> None:
        """Let pretend time pass."""
        end = self.now + seconds
        while True:
            wakes = {name: device.deadline() for name, device in self.devices.items()}
            due = [(at, name) for name, at in wakes.items() if at is not None]
            next_frame = self._queue[0][0] if self._queue else end
            next_wake = max(min(due)[0], self.now) if due else end
            moment = min(next_frame, next_wake)
            if moment >= end:
                self.now = end
                return
            self.now = moment
            if self._queue and self._queue[0][0] <= moment:
                _, _, sender, frame = heapq.heappop(self._queue)
                self._deliver(sender, frame)
                continue
            for at, name in due:
                if at <= moment:
                    self.take(name, self.devices[name].wake(self.now))
                    again = self.devices[name].deadline()
                    assert again is None or again > self.now, f"{name} wants to be woken at once, again"

    def _deliver(self, sender: str, frame: AirFrame) -> None:
        for name, device in list(self.devices.items()):
            if name != sender and name not in self.silent and frame.destination in device.listens:
                self.take(name, device.receive(frame, self.now))

    # --- what a test asks --------------------------------------------------------------------------

    def received(self, name: str, group: str | None = None) -> list[MessageReceived]:
        """What a device delivered to its application."""
        return [
            each
            for each in self.events[name]
            if isinstance(each, MessageReceived) and group in (None, each.group)
        ]

    def texts(self, name: str) -> list[bytes]:
        """The messages that a device delivered."""
        return [each.data for each in self.received(name)]

    def opened(self, name: str) -> list[SessionOpened]:
        """The sessions that a device reported."""
        return [each for each in self.events[name] if isinstance(each, SessionOpened)]

    def closed(self, name: str) -> list[SessionClosed]:
        """The ends of sessions that a device reported."""
        return [each for each in self.events[name] if isinstance(each, SessionClosed)]

    def refused(self, name: str) -> list[PeerRefused]:
        """The refusals that a device reported."""
        return [each for each in self.events[name] if isinstance(each, PeerRefused)]

    def send(self, name: str, data: bytes, to: str | None, group: str = GROUP, seconds: float = 1.0) -> None:
        """Send, and let time pass."""
        self.take(name, self.devices[name].send(group, data, to, self.now))
        self.run(seconds)


def altered(frame: AirFrame, at: int, mask: int) -> AirFrame:
    """The frame with one octet of its payload changed."""
    payload = bytearray(frame.payload)
    payload[at] ^= mask
    return replace(frame, payload=bytes(payload))
