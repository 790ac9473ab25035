"""The target: what the suite is told of TLS on every hop, and how it makes stations."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from examples.tls_hops.certificates import Issuer, context
from examples.tls_hops.link import FRAME_MOST
from examples.tls_hops.stations import PAYLOAD_MOST, TlsStation
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

    def __init__(self, wait_for_admission: bool = False) -> None:
        self._wait = wait_for_admission
        self._issuer = Issuer()
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
    ) -> TlsStation:
        if offers is not None:
            raise Unsupported("offers")
        return TlsStation(address, self._context_maker(tuple(trusts)), self._wait)

    def close(self) -> None:
        self._contexts.clear()
        self._folder.cleanup()

    def _context_maker(self, trusts: tuple[str, ...]) -> Callable[[bytes, Role], ssl.SSLContext]:
        def make(credentials: bytes, role: Role) -> ssl.SSLContext:
            wanted = (credentials, trusts, role)
            if wanted not in self._contexts:
                authorities = [self._issuer.authority(name) for name in trusts]
                self._contexts[wanted] = context(credentials, authorities, role, Path(self._folder.name))
            return self._contexts[wanted]

        return make


def target() -> TlsHops:
    """A UE has joined, for its application, as soon as its own handshake is done."""
    return TlsHops()


def target_that_waits() -> TlsHops:
    """A UE has joined, for its application, when the GO says that it admitted it."""
    return TlsHops(wait_for_admission=True)
