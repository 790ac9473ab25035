"""What every room of a device shares: its address, its randomness, its decisions, and the key identities
in use, which must not collide on one device since a PDU names nothing but its key identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from reference_impl.errors import LocalMisuse
from reference_impl.parts import Parts
from reference_impl.profiles import Profile
from reference_impl.randomness import Randomness

MEMBERS_MOST = 64
GROUPS_MOST = 8
PAYLOAD_MOST = 1024
_OCTETS = frozenset(range(256))


class KeyIdentities(Protocol):
    """A room that holds sessions: which key identities it uses with which peer address."""

    def key_ids(self, peer_address: int) -> set[int]:
        """The key identities of its sessions, as the owner, with that peer."""

    def key_ids_high(self) -> set[int]:
        """The high octets that it chose as a UE."""


@dataclass(slots=True)
class Surroundings:
    """One device, as its rooms see it. ``rooms`` is the device's own list."""

    parts: Parts
    profile: Profile
    randomness: Randomness
    address: int
    rooms: list[KeyIdentities] = field(default_factory=list)

    def choose_high(self) -> int:
        """The high octet of a new session's key identity, used by no other session of this device."""
        used = set().union(*(room.key_ids_high() for room in self.rooms))
        return self._choose(_OCTETS - used)

    def choose_low(self, peer_address: int, high: int) -> int:
        """The low octet that completes ``high`` to an identity unused with this peer, and not 0."""
        used = set().union(*(room.key_ids(peer_address) for room in self.rooms))
        taken = {key_id & 0xFF for key_id in used if key_id >> 8 == high}
        if not high:
            taken.add(0)
        return self._choose(_OCTETS - taken)

    def _choose(self, free: frozenset[int]) -> int:
        if not free:
            raise LocalMisuse("join", "no key identity is free")
        ordered = sorted(free)
        return ordered[int.from_bytes(self.randomness.draw(2), "big") % len(ordered)]


def check_payload(data: bytes) -> None:
    """Raises :class:`LocalMisuse` for a message that is too big."""
    if len(data) > PAYLOAD_MOST:
        raise LocalMisuse("send", f"more than {PAYLOAD_MOST} octets")
