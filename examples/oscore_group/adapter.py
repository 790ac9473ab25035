"""The target: what the suite is told of Group OSCORE, and how it makes stations."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from hashlib import sha256

from aiocoap import oscore

from examples.oscore_group.engine import (
    TAG_SIZE,
    OscoreChannel,
    OscoreGroupcasts,
    OscoreMembersKeys,
    OscoreOwnersKeys,
    OscoreParty,
    kid_of,
)
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

MASTER_SIZE = 16

STATEMENT = Statement(
    product="Group OSCORE with keys known beforehand",
    version="1",
    patience=Patience(join=6.0, delivery=3.0, rejoin=25.0),
    limits=Limits(payload_most=1024, frame_most=2048, members=32, groups_per_station=4),
    credential_kind="other",
    reports=("sender", "cast"),
    groupcast_integrity=True,
    # The GO signs, for each origin that it has authenticated.
    groupcast_origin=True,
    capabilities=("restart", "secrets"),
)


class OscoreStation(StarStation):
    """One device with a key of its own in each group."""

    hop_class = DatagramHop

    def secrets(self) -> list[Secret]:
        """The keys of the hops and groups that stand, and the device's own."""
        told = []
        for hop in self._hops.values():
            if hop.peer and hop.ended is None and isinstance(hop.channel, OscoreChannel):
                told += [Secret("pairwise key", "hop", key, hop.peer, hop.group) for key in hop.channel.keys]
        stands = [(each.group, each.keys, each.credentials) for each in self._owned.values()]
        joined = [(each.group, each.keys, each.credentials) for each in self._joined.values() if each.joined]
        for group, keys, credentials in (*stands, *joined):
            if credentials:
                told.append(Secret("private key", "device", bytes.fromhex(json.loads(credentials)["key"])))
            if isinstance(keys, OscoreOwnersKeys | OscoreMembersKeys):
                context = keys.party.contexts[keys.party.authority]
                told.append(
                    Secret(
                        "group encryption key", "group", bytes(context.signature_encryption_key), None, group
                    )
                )
        return told


class OscoreTarget(Target):
    """A group whose GO and UEs run Group OSCORE."""

    statement = STATEMENT

    def __init__(self) -> None:
        self._lists = Lists()
        self._masters: dict[tuple[bytes, str], bytes] = {}
        self._credentials: dict[bytes, bytes] = {}
        self._issued: dict[tuple[str, str, str, Role], bytes] = {}

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
        private, credential = oscore.Ed25519().generate_with_ccs()
        public = bytes(oscore.Ed25519().public_from_private(private))
        self._lists.enter(public, identity, group, authority, role, valid_from, valid_until, flaw)
        self._credentials[public] = credential
        holder = (identity, group, authority, role)
        kid = kid_of(self._issued.get(holder, public) if flaw == "without-key" else public)
        if flaw is None:
            self._issued[holder] = public
        tag = _tag(authority)
        master = self._masters.setdefault((tag, group), secrets.token_bytes(MASTER_SIZE))
        data = {
            "name": identity,
            "group": group,
            "kid": kid.hex(),
            "key": private.hex(),
            "credential": credential.hex(),
            "authority": tag.hex(),
            "master": master.hex(),
        }
        return Credentials(json.dumps(data).encode(), (private, master), (public,))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> OscoreStation:
        if offers is not None:
            raise Unsupported("offers")
        trusted = tuple(trusts)
        parties = self._parties(self._lists.of(trusted), trusted)
        return OscoreStation(address, parties, groupcasts=OscoreGroupcasts())

    def secrets(self, station: Station) -> list[Secret]:
        assert isinstance(station, OscoreStation)
        return station.secrets()

    def _parties(self, pins: Pins, trusts: tuple[str, ...]) -> Callable[[bytes, Role], OscoreParty | None]:
        masters = dict(self._masters)
        known: dict[bytes, OscoreParty] = {}

        def make(credentials: bytes, role: Role) -> OscoreParty | None:
            # A device keeps its counters from one session to the next, or its nonces would come again.
            if credentials not in known:
                try:
                    known[credentials] = self._party(credentials, pins, trusts, masters)
                except (ValueError, KeyError, TypeError):
                    return None
            return known[credentials]

        return make

    def _party(
        self, data: bytes, pins: Pins, trusts: tuple[str, ...], masters: dict[tuple[bytes, str], bytes]
    ) -> OscoreParty:
        told = json.loads(data)
        group, own = str(told["group"]), bytes.fromhex(told["authority"])
        tags = {_tag(name) for name in trusts}
        given = {
            tag: master for (tag, its_group), master in masters.items() if its_group == group and tag in tags
        }
        given[own] = bytes.fromhex(told["master"])
        return OscoreParty(
            str(told["name"]),
            bytes.fromhex(told["kid"]),
            bytes.fromhex(told["key"]),
            bytes.fromhex(told["credential"]),
            own,
            given,
            pins,
            self._credentials.__getitem__,
            group,
        )


def _tag(authority: str) -> bytes:
    """What stands for the authority in an asking."""
    return sha256(authority.encode()).digest()[:TAG_SIZE]


def target() -> OscoreTarget:
    """Group OSCORE with pairwise and group keys that nobody replaces: a fault by nature."""
    return OscoreTarget()
