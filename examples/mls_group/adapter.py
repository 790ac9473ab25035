"""The target: what the suite is told of MLS, and how it makes stations."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import mls_rs_uniffi as mls

from examples.mls_group.engine import MlsChannel, MlsGroupcasts, MlsMembersKeys, MlsOwnersKeys, MlsParty
from examples.star.hop import DatagramHop
from examples.star.pins import Lists, Pins
from examples.star.stations import StarStation
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

SUITE = mls.CipherSuite.CURVE25519_AES128
SEED_SIZE = 32
"""Bytes of a private key before its public one, which follows it."""

STATEMENT = Statement(
    product="MLS for the group and each hop",
    version="1",
    patience=Patience(join=6.0, delivery=3.0, rejoin=25.0),
    limits=Limits(payload_most=1024, frame_most=16_384, members=32, groups_per_station=4),
    credential_kind="other",
    reports=("sender", "cast"),
    groupcast_integrity=True,
    # The GO signs, for each origin that it has authenticated.
    groupcast_origin=True,
    forward_secrecy=True,
    capabilities=("restart", "secrets", "rekey"),
)


class MlsStation(StarStation):
    """One device with a signature key of its own in each group."""

    hop_class = DatagramHop

    def secrets(self) -> list[Secret]:
        """Exported secrets of the groups and hops that stand, and the device's own keys."""
        told = []
        for hop in self._hops.values():
            if hop.peer and hop.ended is None and isinstance(hop.channel, MlsChannel) and hop.channel.secret:
                told.append(Secret("secret of the hop", "hop", hop.channel.secret, hop.peer, hop.group))
        for owned in self._owned.values():
            if isinstance(owned.keys, MlsOwnersKeys):
                told.append(Secret("secret of the epoch", "group", owned.keys.secret, None, owned.group))
        for each in self._joined.values():
            if each.joined and isinstance(each.keys, MlsMembersKeys) and each.keys.secret:
                told.append(Secret("secret of the epoch", "group", each.keys.secret, None, each.group))
        shown = [each.credentials for each in self._owned.values()]
        shown += [each.credentials for each in self._joined.values()]
        for data in filter(None, shown):
            key = bytes.fromhex(json.loads(data)["key"])[:SEED_SIZE]
            told.append(Secret("private key", "device", key))
        return told


class MlsTarget(Target):
    """A group whose GO and UEs run MLS."""

    statement = STATEMENT

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
        pair = mls.generate_signature_keypair(SUITE)
        private, public = bytes(pair.secret_key.bytes), bytes(pair.public_key.bytes)
        self._lists.enter(public, identity, group, authority, role, valid_from, valid_until, flaw)
        data = {"name": identity, "key": private.hex(), "public": public.hex()}
        return Credentials(json.dumps(data).encode(), (private[:SEED_SIZE],), (public,))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> MlsStation:
        if offers is not None:
            raise Unsupported("offers")
        return MlsStation(address, self._parties(self._lists.of(tuple(trusts))), groupcasts=MlsGroupcasts())

    def secrets(self, station: Station) -> list[Secret]:
        assert isinstance(station, MlsStation)
        return station.secrets()

    def _parties(self, pins: Pins) -> Callable[[bytes, Role], MlsParty | None]:
        def make(credentials: bytes, role: Role) -> MlsParty | None:
            if not credentials:  # It asks all the same, with a key that nobody knows.
                return MlsParty("nobody", mls.generate_signature_keypair(SUITE), pins)
            try:
                told = json.loads(credentials)
                name = str(told["name"])
                pair = mls.SignatureKeypair(
                    cipher_suite=SUITE,
                    public_key=mls.SignaturePublicKey(bytes=bytes.fromhex(told["public"])),
                    secret_key=mls.SignatureSecretKey(bytes=bytes.fromhex(told["key"])),
                )
                return MlsParty(name, pair, pins)
            except (ValueError, KeyError, TypeError, mls.Error):
                return None

        return make


def target() -> MlsTarget:
    """MLS with keys that were made known beforehand."""
    return MlsTarget()
