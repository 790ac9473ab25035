"""The target: what the suite is told of TLS on every hop, and how it makes stations."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from examples.star.groupcast import Groupcasts
from examples.star.link import FRAME_MOST
from examples.star.stations import PAYLOAD_MOST, StarStation
from examples.tls_hops.certificates import Authority, Issuer, context, name_in
from examples.tls_hops.channel import TlsParty
from pytest_prose_go.contract import (
    Credentials,
    Flaw,
    Limits,
    Patience,
    Role,
    Statement,
    Target,
    Unsupported,
)

STATEMENT = Statement(
    product="TLS 1.3 on every hop",
    version="1",
    # One lost frame costs a retransmission; a tampered one costs a new handshake; a GO that forgot its
    # sessions is found out by the next ping.
    patience=Patience(join=5.0, delivery=3.0, rejoin=25.0),
    limits=Limits(payload_most=PAYLOAD_MOST, frame_most=FRAME_MOST, members=32, groups_per_station=4),
    reports=("sender", "cast"),
    # A member's traffic has its GO as the only other end of TLS, which attests the origin to the others.
    groupcast_integrity=True,
    groupcast_origin=True,
    forward_secrecy=True,
    late_issue=True,
    capabilities=("restart",),
)


class TlsHops(Target):
    """A group whose GO and UEs run TLS 1.3 with certificates at both ends of each hop.

    ``wait_for_admission``: whether a UE believes that it has joined only at the GO's word, or already
    when its own handshake is done.
    """

    statement = STATEMENT

    station_class: type[StarStation] = StarStation
    party_class: type[TlsParty] = TlsParty
    issuer_class: type[Issuer] = Issuer
    groupcasts: Groupcasts | None = None

    def __init__(self, wait_for_admission: bool = False) -> None:
        self._wait = wait_for_admission
        self._issuer = self.issuer_class()
        self._folder = TemporaryDirectory(prefix="tls-hops-")
        self._contexts: dict[tuple[bytes, tuple[str, ...], Role], ssl.SSLContext] = {}

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
    ) -> StarStation:
        if offers is not None:
            raise Unsupported("offers")
        parties = self._parties(tuple(trusts))
        return self.station_class(address, parties, wait_for_admission=self._wait, groupcasts=self.groupcasts)

    def close(self) -> None:
        self._contexts.clear()
        self._folder.cleanup()

    def trusted(self, names: Sequence[str], role: Role) -> list[Authority]:
        """The authorities whose certificates a device in ``role`` accepts, of those that it was told to trust."""
        return [self._issuer.authority(name) for name in names]

    def every_authority(self) -> list[Authority]:
        """All authorities that have issued anything."""
        return self._issuer.authorities

    def _parties(self, trusts: tuple[str, ...]) -> Callable[[bytes, Role], TlsParty | None]:
        def make(credentials: bytes, role: Role) -> TlsParty | None:
            wanted = (credentials, trusts, role)
            try:
                if wanted not in self._contexts:
                    trusted = self.trusted(trusts, role)
                    self._contexts[wanted] = context(credentials, trusted, role, Path(self._folder.name))
                return self.party_class(self._contexts[wanted], name_in(credentials))
            except (ssl.SSLError, ValueError):
                return None

        return make


def target() -> TlsHops:
    """A UE has joined, for its application, as soon as its own handshake is done."""
    return TlsHops()


def target_that_waits() -> TlsHops:
    """A UE has joined, for its application, when the GO says that it admitted it."""
    return TlsHops(wait_for_admission=True)
