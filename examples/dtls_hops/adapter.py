"""The target: what the suite is told of DTLS on every hop, and how it makes stations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from examples.dtls_hops.channel import DtlsChannel, DtlsParty, context
from examples.star.hop import DatagramHop
from examples.star.stations import StarStation
from examples.tls_hops.certificates import Issuer, name_in
from pytest_prose_go.contract import (
    Algorithm,
    Credentials,
    Flaw,
    Limits,
    Parameters,
    Patience,
    Role,
    Secret,
    Statement,
    Station,
    Target,
)

SUITES = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
)

STATEMENT = Statement(
    product="DTLS 1.2 on every hop",
    version="1",
    patience=Patience(join=6.0, delivery=3.0, rejoin=25.0),
    limits=Limits(payload_most=1024, frame_most=DatagramHop.frame_most, members=32, groups_per_station=4),
    reports=("sender", "cast"),
    # A member's traffic has its GO as the only other end of DTLS, which attests the origin to the others.
    groupcast_integrity=True,
    groupcast_origin=True,
    forward_secrecy=True,
    late_issue=True,
    algorithms=tuple(
        Algorithm(name=name, confidentiality=128 if "128" in name else 256, integrity=128) for name in SUITES
    ),
    capabilities=("restart", "secrets", "parameters", "offers"),
)


class DtlsStation(StarStation):
    """One device, with datagrams between it and its peers."""

    hop_class = DatagramHop

    def channels(self) -> list[tuple[str, str, DtlsChannel]]:
        """Group, peer and channel of every session that stands."""
        return [
            (hop.group, hop.peer, hop.channel)
            for hop in self._hops.values()
            if hop.peer and hop.ended is None and isinstance(hop.channel, DtlsChannel)
        ]

    def private_keys(self) -> list[bytes]:
        """The private values of the credentials in use, 32 bytes each."""
        shown = [each.credentials for each in self._owned.values()]
        shown += [each.credentials for each in self._joined.values()]
        return [_private_value(pem) for pem in shown if pem]


class DtlsHops(Target):
    """A group whose GO and UEs run DTLS 1.2 with certificates at both ends of each hop."""

    statement = STATEMENT

    def __init__(self) -> None:
        self._issuer = Issuer()
        self._contexts: dict[tuple[bytes, tuple[str, ...], tuple[str, ...]], SSL.Context] = {}

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
        return self._issuer.credentials(identity, group, authority, role, valid_from, valid_until, flaw)

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> DtlsStation:
        return DtlsStation(address, self._parties(tuple(trusts), tuple(offers or SUITES)))

    def secrets(self, station: Station) -> list[Secret]:
        assert isinstance(station, DtlsStation)
        told = [Secret("private key", "device", value) for value in station.private_keys()]
        for group, peer, channel in station.channels():
            told.append(Secret("master secret", "hop", channel.master_secret, peer, group))
        return told

    def parameters(self, station: Station, group: str, peer: str) -> Parameters:
        assert isinstance(station, DtlsStation)
        return Parameters(
            [
                channel.suite
                for its_group, its_peer, channel in station.channels()
                if (its_group, its_peer) == (group, peer)
            ]
        )

    def close(self) -> None:
        self._contexts.clear()

    def _parties(
        self, trusts: tuple[str, ...], suites: tuple[str, ...]
    ) -> Callable[[bytes, Role], DtlsParty | None]:
        def make(credentials: bytes, role: Role) -> DtlsParty | None:
            wanted = (credentials, trusts, suites)
            try:
                if wanted not in self._contexts:
                    trusted = [self._issuer.authority(name) for name in trusts]
                    self._contexts[wanted] = context(credentials, trusted, suites)
                return DtlsParty(self._contexts[wanted], name_in(credentials))
            except (SSL.Error, crypto.Error, ValueError):
                return None

        return make


def _private_value(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.private_numbers().private_value.to_bytes(32, "big")


def target() -> DtlsHops:
    """A UE has joined when its handshake is done, which in DTLS 1.2 is after the GO's."""
    return DtlsHops()
