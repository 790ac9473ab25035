"""What faults in the checks of credentials share: a mistake at one end only.

The reference's checks are the same code at the GO and at a UE. A fault is to break one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reference_impl.certificates import Role
from reference_impl.credentials import CredentialChecks, Expected, TrustStore, VerifiedPeer

FOR_EVER = 253_402_300_799.0
"""The end of the year 9999, the last moment that a certificate can name: until then may stay whose dates
nobody looked at."""


class ChecksOf(CredentialChecks):
    """Checks peers of ``role`` by ``lenient`` and all others as the reference does."""

    def __init__(self, role: Role, lenient: CredentialChecks) -> None:
        self._role = role
        self._lenient = lenient

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        if expected.role != self._role:
            return super().verify(chain, trust, expected, now)
        peer = self._lenient.verify(chain, trust, expected, now)
        return LenientlyVerified(
            peer.identity,
            peer.public_key,
            peer.serial,
            peer.issuer_key,
            peer.valid_until,
            peer.pair_key,
            peer.role,
        )

    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        if isinstance(peer, LenientlyVerified):
            return self._lenient.has_proven_possession(peer, signature, transcript)
        return super().has_proven_possession(peer, signature, transcript)


@dataclass(frozen=True, slots=True)
class LenientlyVerified(VerifiedPeer):
    """A peer of the role with the mistake, so that its signature is judged with it, too."""


def of_members(lenient: CredentialChecks) -> ChecksOf:
    """The mistake at the GO."""
    return ChecksOf("member", lenient)


def of_owners(lenient: CredentialChecks) -> ChecksOf:
    """The mistake at the UE."""
    return ChecksOf("owner", lenient)
