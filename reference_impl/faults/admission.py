"""Faults of the GO when it checks the credentials of a UE that asks to join."""

from __future__ import annotations

from collections.abc import Sequence

from reference_impl.certificates import CertificateFacts, Membership, read_certificate
from reference_impl.credentials import CredentialChecks, Expected, TrustStore, VerifiedPeer
from reference_impl.faults import Fault
from reference_impl.faults.one_sided import FOR_EVER, of_members
from reference_impl.parts import Parts


class _Credulous(CredentialChecks):
    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        if not chain:
            return VerifiedPeer(expected.claim, b"", 0, b"", FOR_EVER)
        own = read_certificate(chain[0])
        return VerifiedPeer(expected.claim, own.public_key, own.serial, b"", FOR_EVER)

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
    )
    ability = "foreign authority"
    decisions = Parts(credentials=of_members(_Credulous()))


class _AnyIssuer(CredentialChecks):
    def issuer_of_chain(self, chain: Sequence[CertificateFacts], trust: TrustStore) -> bytes | None:
        return super().issuer_of_chain(chain, trust) or b"unknown"


class ForeignAuthorityAccepted(Fault):
    """The chain is read, but it may end anywhere."""

    identifier = "foreign-authority-accepted"
    sentence = "The GO admits a UE whose certificate was issued by an authority that it does not trust."
    published = "AUTH-17"
    breaks = "AUTH.foreign-authority"
    # Neither a forged issuer nor a member who issues is told from a trusted authority.
    also_breaks = ("AUTH.flawed-credentials",)
    ability = "foreign authority"
    decisions = Parts(credentials=of_members(_AnyIssuer()))


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
    decisions = Parts(credentials=of_members(_Unproven()))


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
    decisions = Parts(credentials=_AnyGroup())


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
    in_both_profiles = True
    breaks = "AUTH.claimed-identity"
    ability = "insider"
    decisions = Parts(credentials=of_members(_AnyClaim()))


class _LenientFault(Fault, family=True):
    """Credentials with one flaw are taken for good."""

    breaks = "AUTH.flawed-credentials"
    ability = "flawed credentials"


class _AnyDate(CredentialChecks):
    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        return True

    def end_of(self, certificates: Sequence[CertificateFacts]) -> float:
        return FOR_EVER


class DatesNotChecked(_LenientFault):
    """Once good, always good."""

    identifier = "dates-not-checked"
    sentence = "The GO admits a UE whose certificate is out of date."
    published = "AUTH-12"
    decisions = Parts(credentials=of_members(_AnyDate()))


class _AnyEnd(CredentialChecks):
    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        return certificate.valid_from <= now

    def end_of(self, certificates: Sequence[CertificateFacts]) -> float:
        return FOR_EVER


class ExpiryNotChecked(_LenientFault):
    """Only the first date is read."""

    identifier = "expiry-not-checked"
    sentence = "The GO admits a UE whose certificate has expired."
    published = "AUTH-12"
    in_both_profiles = True
    variation_of = "dates-not-checked"
    decisions = Parts(credentials=of_members(_AnyEnd()))


class _AnyStart(CredentialChecks):
    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        return now <= certificate.valid_until


class ActivationNotChecked(_LenientFault):
    """Only the second date is read."""

    identifier = "activation-not-checked"
    sentence = "The GO admits a UE whose certificate is not valid yet."
    published = "AUTH-12"
    variation_of = "dates-not-checked"
    decisions = Parts(credentials=of_members(_AnyStart()))


class _IssuerDate(CredentialChecks):
    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        return not certificate.is_authority or super().is_in_date(certificate, now)

    def end_of(self, certificates: Sequence[CertificateFacts]) -> float:
        return FOR_EVER


class OnlyIssuersDated(_LenientFault):
    """The dates of the wrong certificate are read."""

    identifier = "dates-of-issuer-only"
    sentence = "The GO checks the dates of the authorities in a chain and not those of the UE's certificate."
    published = "AUTH-12"
    decisions = Parts(credentials=of_members(_IssuerDate()))


class _AnyPurpose(CredentialChecks):
    def has_purpose(self, certificate: CertificateFacts) -> bool:
        return True


class PurposeNotChecked(_LenientFault):
    """A certificate is a certificate."""

    identifier = "purpose-not-checked"
    sentence = "The GO admits a UE whose certificate was issued for another service."
    published = "AUTH-13"
    decisions = Parts(credentials=of_members(_AnyPurpose()))


class _LeafIssues(CredentialChecks):
    def may_issue(self, certificate: CertificateFacts) -> bool:
        return True


class MemberMayIssue(_LenientFault):
    """Basic constraints are not read."""

    identifier = "member-may-issue"
    sentence = "The GO admits a UE whose certificate was issued with the key of a mere member."
    published = "AUTH-13"
    decisions = Parts(credentials=of_members(_LeafIssues()))


class _NameOnly(CredentialChecks):
    def issued(self, certificate: CertificateFacts, issuer: CertificateFacts) -> bool:
        return certificate.issuer == issuer.subject


class IssuerByNameOnly(_LenientFault):
    """The signature on the certificate is not verified."""

    identifier = "issuer-by-name-only"
    sentence = "The GO knows the issuer of a UE's certificate by its name, without its signature."
    published = "AUTH-17"
    decisions = Parts(credentials=of_members(_NameOnly()))


class _NeverRevoked(CredentialChecks):
    def is_revoked(self, certificate: CertificateFacts, issuer_key: bytes | None, trust: TrustStore) -> bool:
        return False


class RevocationIgnored(_LenientFault):
    """The list is fetched, kept, and never asked."""

    identifier = "revocation-ignored"
    sentence = "The GO admits a UE whose certificate it knows as revoked."
    published = "AUTH-18"
    in_both_profiles = True
    breaks = "ISO.revoked"
    also_breaks = ("AUTH.flawed-credentials",)
    decisions = Parts(credentials=of_members(_NeverRevoked()))


class _Folded(CredentialChecks):
    def is_claim(self, membership: Membership, expected: Expected) -> bool:
        return membership.identity.casefold() == expected.claim.casefold()

    def name_of(self, membership: Membership, expected: Expected) -> str:
        return membership.identity.casefold()


class IdentityWithoutCase(_LenientFault):
    """Names are made small before they are used."""

    identifier = "identity-without-case"
    sentence = "The GO takes two identities that differ in case for the same."
    published = "AUTH-16"
    decisions = Parts(credentials=of_members(_Folded()))


class _Cached(CredentialChecks):
    """Remembers who was verified, by name. Its memory is the device's, so each target has its own."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, str], VerifiedPeer] = {}

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        key = (id(trust), expected.group, expected.claim)
        if key in self._known and chain:
            known = self._known[key]
            return VerifiedPeer(
                known.identity,
                read_certificate(chain[0]).public_key,
                known.serial,
                known.issuer_key,
                FOR_EVER,
            )
        self._known[key] = super().verify(chain, trust, expected, now)
        return self._known[key]


class CertificateCachedByName(Fault):
    """The second time nobody looks."""

    identifier = "certificate-cached-by-name"
    sentence = (
        "The GO verifies the certificate of a name once, and later takes any certificate under that name."
    )
    published = "MCAST-13"
    breaks = "AUTH.foreign-authority"
    ability = "foreign authority"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_members(_Cached()))


class _Acquainted(CredentialChecks):
    """Remembers by their certificates whom it verified, whatever the group. Its memory is the device's."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[bytes, ...]], VerifiedPeer] = {}

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        key = (id(trust), tuple(chain))
        if key not in self._known or self._known[key].has_expired(now):
            self._known[key] = super().verify(chain, trust, expected, now)
        return self._known[key]


class KnownFromTheOtherGroup(Fault):
    """Who was checked once need not be checked again."""

    identifier = "known-from-the-other-group"
    sentence = "The GO takes a certificate that it found good in one of its groups for good in the others."
    published = "MUTUAL-03"
    breaks = "AUTH.other-group"
    shown_by = ("AUTH.owners-other-group",)
    ability = "outsider"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_members(_Acquainted()))
