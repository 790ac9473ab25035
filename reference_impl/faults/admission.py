"""Faults of the GO when it checks the credentials of a UE that asks to join."""

from __future__ import annotations

from collections.abc import Sequence

from reference_impl.certificates import CertificateFacts, Membership, read_certificate
from reference_impl.credentials import CredentialChecks, Expected, TrustStore, VerifiedPeer
from reference_impl.faults import Fault
from reference_impl.faults.one_sided import of_members
from reference_impl.parts import Parts


class _Credulous(CredentialChecks):
    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        if not chain:
            return VerifiedPeer(expected.claim, b"", 0, b"")
        own = read_certificate(chain[0])
        return VerifiedPeer(expected.claim, own.public_key, own.serial, b"")

    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        return not peer.public_key or super().has_proven_possession(peer, signature, transcript)


class NoCertificateCheck(Fault):
    """The certificate is only where the key is read from."""

    identifier = "no-certificate-check"
    sentence = "The GO admits a UE under whatever name it gives, with any certificate or none."
    published = "AUTH-21"
    breaks = "AUTH.flawed-credentials"
    # Nothing that a certificate says is looked at, so that every check of its contents is missing.
    also_breaks = (
        "AUTH.no-credentials",
        "AUTH.foreign-authority",
        "AUTH.other-group",
        "AUTH.claimed-identity",
        "AUTH.admitted-only",
    )
    ability = "foreign authority"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_members(_Credulous()))


class _AnyIssuer(CredentialChecks):
    def issuer_of_chain(self, chain: Sequence[CertificateFacts], trust: TrustStore) -> bytes | None:
        return super().issuer_of_chain(chain, trust) or b"unknown"


class ForeignAuthorityAccepted(Fault):
    """The chain is read, but it may end anywhere."""

    identifier = "foreign-authority-accepted"
    sentence = "The GO admits a UE whose certificate was issued by an authority that it does not trust."
    published = "AUTH-17"
    breaks = "AUTH.foreign-authority"
    # Neither a forged issuer nor a member who issues is told from a trusted authority, and who was so
    # admitted is heard.
    also_breaks = ("AUTH.flawed-credentials", "AUTH.admitted-only")
    ability = "foreign authority"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_members(_AnyIssuer()))


class _Unproven(CredentialChecks):
    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        return True


class PossessionNotChecked(Fault):
    """The certificate is checked, the signature is not."""

    identifier = "possession-not-checked"
    sentence = "The GO admits a UE that shows a good certificate without proof of its private key."
    published = "AUTH-04"
    breaks = "AUTH.without-key"
    ability = "stolen certificate"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_members(_Unproven()))


class _AnyGroup(CredentialChecks):
    def is_group(self, membership: Membership, expected: Expected) -> bool:
        return True


class GroupNotChecked(Fault):
    """Any group of the same authority will do."""

    identifier = "group-not-checked"
    sentence = "Neither end looks for which group the other's certificate was issued."
    published = "MUTUAL-03"
    breaks = "AUTH.other-group"
    also_breaks = ("MUTUAL.owner-of-another-group",)
    ability = "member of another group"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=_AnyGroup())


class _AnyClaim(CredentialChecks):
    def is_claim(self, membership: Membership, expected: Expected) -> bool:
        return True

    def name_of(self, membership: Membership, expected: Expected) -> str:
        return expected.claim


class ClaimNotChecked(Fault):
    """The certificate is good, but who it is for is taken from the request."""

    identifier = "claim-not-checked"
    sentence = "The GO admits a UE under the name that it claims and not under the certified one."
    published = "AUTH-01"
    breaks = "AUTH.claimed-identity"
    ability = "insider"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_members(_AnyClaim()))
