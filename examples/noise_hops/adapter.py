"""The target: what the suite is told of Noise on every hop, and how it makes stations."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from examples.noise_hops.channel import KEY_SIZE, KeylessChannel, NoiseChannel, UnpinnedChannel
from examples.star.link import FRAME_MOST
from examples.star.pins import Lists, Pins
from examples.star.stations import PAYLOAD_MOST, StarStation
from pytest_prose_go.contract import (
    Credentials,
    Flaw,
    Limits,
    Patience,
    Role,
    Secret,
    Statement,
    Station,
    Target,
    Unsupported,
)

STATEMENT = Statement(
    product="Noise XX on every hop, keys known beforehand",
    version="1",
    patience=Patience(join=5.0, delivery=3.0, rejoin=25.0),
    limits=Limits(payload_most=PAYLOAD_MOST, frame_most=FRAME_MOST, members=32, groups_per_station=4),
    credential_kind="other",
    reports=("sender", "cast"),
    # A member's traffic has its GO as the only other end of Noise, which attests the origin to the others.
    groupcast_integrity=True,
    groupcast_origin=True,
    forward_secrecy=True,
    capabilities=("restart", "secrets"),
)


class NoiseParty:
    """What a key makes of a device in one role."""

    def __init__(self, private: bytes, identity: str, pins: Pins, channel_class: type[NoiseChannel]) -> None:
        self.identity = identity
        self._private = private
        self._pins = pins
        self._channel_class = channel_class

    def channel(self, group: str, initiator: bool) -> NoiseChannel:
        """A new session."""
        return self._channel_class(self._private, self.identity, self._pins, group, initiator)


class NoiseStation(StarStation):
    """One device with a key of its own in each group."""

    def secrets(self) -> list[Secret]:
        """The keys of the sessions that stand, and the device's own."""
        told = []
        for hop in self._hops.values():
            if hop.peer and hop.ended is None and isinstance(hop.channel, NoiseChannel):
                told += [
                    Secret("session key", "hop", key, hop.peer, hop.group) for key in hop.channel.session_keys
                ]
        shown = [each.credentials for each in self._owned.values()]
        shown += [each.credentials for each in self._joined.values()]
        for data in filter(None, shown):
            told.append(Secret("private key", "device", bytes.fromhex(json.loads(data)["key"])))
        return told


class NoiseHops(Target):
    """A group whose GO and UEs run Noise XX with pinned keys on each hop."""

    statement = STATEMENT
    channel_class: type[NoiseChannel] = NoiseChannel

    def __init__(self) -> None:
        self._lists = Lists()

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
        key = X25519PrivateKey.generate()
        private, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
        self._lists.enter(public, identity, group, authority, role, valid_from, valid_until, flaw)
        data = json.dumps({"name": identity, "key": private.hex()}).encode()
        return Credentials(data, (private,), (public,))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> NoiseStation:
        if offers is not None:
            raise Unsupported("offers")
        return NoiseStation(address, self._parties(self._lists.of(tuple(trusts))))

    def secrets(self, station: Station) -> list[Secret]:
        assert isinstance(station, NoiseStation)
        return station.secrets()

    def _parties(self, pins: Pins) -> Callable[[bytes, Role], NoiseParty | None]:
        def make(credentials: bytes, role: Role) -> NoiseParty | None:
            if not credentials:  # It asks all the same, with a key that nobody knows.
                return NoiseParty(
                    X25519PrivateKey.generate().private_bytes_raw(), "", pins, self.channel_class
                )
            try:
                told = json.loads(credentials)
                private, name = bytes.fromhex(told["key"]), str(told["name"])
            except (ValueError, KeyError, TypeError):
                return None
            if len(private) != KEY_SIZE:
                return None
            return NoiseParty(private, name, pins, self.channel_class)

        return make


class WithoutPins(NoiseHops):
    """The same, but nobody looks up whose key it is."""

    channel_class = UnpinnedChannel


class WithoutKeys(NoiseHops):
    """Noise NN: encryption with whoever is there."""

    channel_class = KeylessChannel


def target() -> NoiseHops:
    """Noise XX with keys that were made known beforehand."""
    return NoiseHops()


def target_without_pins() -> WithoutPins:
    """Noise XX in which each end believes what the other says of itself: a fault by nature."""
    return WithoutPins()


def target_without_keys() -> WithoutKeys:
    """Noise NN, which authenticates nobody: a fault by nature."""
    return WithoutKeys()
