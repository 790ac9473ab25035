"""Faults of a UE when it checks the credentials of the GO."""

from __future__ import annotations

from collections.abc import Sequence

from reference_impl.certificates import Membership, read_certificate
from reference_impl.credentials import CredentialChecks, Expected, TrustStore, VerifiedPeer
from reference_impl.faults import Fault
from reference_impl.faults.one_sided import FOR_EVER, of_owners
from reference_impl.parts import Parts


class _Trusting(CredentialChecks):
    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        if not chain:
            return VerifiedPeer(expected.claim, b"", 0, b"", FOR_EVER)
        own = read_certificate(chain[0])
        return VerifiedPeer(expected.claim, own.public_key, own.serial, b"", FOR_EVER)

    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        return True


class OwnerNotAuthenticated(Fault):
    """Only the UE proves anything."""

    identifier = "owner-not-authenticated"
    sentence = "The UE proves itself to the GO and takes whoever answers for its GO."
    published = "MUTUAL-02"
    breaks = "MUTUAL.rogue-owner"
    also_breaks = (
        "MUTUAL.claimed-name",
        "MUTUAL.flawed-owner",
        "MUTUAL.owner-of-another-group",
        "MUTUAL.member-as-owner",
        "MUTUAL.agreement",
    )
    ability = "rogue GO"
    decisions = Parts(credentials=of_owners(_Trusting()))


class _AnyRole(CredentialChecks):
    def is_role(self, membership: Membership, expected: Expected) -> bool:
        return True


class RoleNotChecked(Fault):
    """Credentials for the group are enough to own it."""

    identifier = "role-not-checked"
    sentence = "The UE takes a GO whose certificate makes it a mere member of the group."
    published = "ISO-04"
    breaks = "MUTUAL.member-as-owner"
    ability = "insider"
    decisions = Parts(credentials=of_owners(_AnyRole()))


class _AnyClaim(CredentialChecks):
    """Certified is that it may own the group; how it is called is its own affair."""

    def is_claim(self, membership: Membership, expected: Expected) -> bool:
        return True

    def name_of(self, membership: Membership, expected: Expected) -> str:
        return expected.claim


class OwnersClaimBelieved(Fault):
    """Who may own this group may be any of its owners."""

    identifier = "owners-claim-believed"
    sentence = "The UE calls a GO with good credentials by the name that it gives, not by the certified one."
    published = "MUTUAL-06"
    breaks = "MUTUAL.claimed-name"
    ability = "rogue GO"
    decisions = Parts(credentials=of_owners(_AnyClaim()))


class _OwnCertificateAsOwners(CredentialChecks):
    """Takes whoever shows this UE's own certificate and proves its key: who else could that be?"""

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        if expected.verifier is not None and tuple(chain) == expected.verifier.shown(None):
            own = read_certificate(chain[0])
            return VerifiedPeer(expected.claim, own.public_key, own.serial, b"", FOR_EVER)
        return super().verify(chain, trust, expected, now)


class OwnerProvesNothingOfItsOwn(Fault):
    """Who has stolen this UE's key can be anybody to it."""

    identifier = "owner-proves-nothing-of-its-own"
    sentence = "A UE takes for its GO whoever proves to have the UE's own key."
    published = "ISO-03"
    breaks = "MUTUAL.member-as-owner"
    shown_by = ("ISO.poses-to-its-victim",)
    also_breaks = ("ISO.poses", "MUTUAL.claimed-name")
    ability = "clone"
    decisions = Parts(credentials=of_owners(_OwnCertificateAsOwners()))
