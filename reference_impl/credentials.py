"""The credentials of one device in one group, and the checks of the other end's.

A device trusts authorities by their public key; a chain must lead from the peer's certificate to one of
them, each issuer being an authority. :class:`CredentialChecks` holds one decision a method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.certificates import (
    GROUP_MODE_PURPOSE,
    CertificateFacts,
    Membership,
    Role,
    is_issued_by,
    is_signed_by,
    load_private_key,
    read_certificate,
    sign,
)
from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.octets import Reader, Writer

CHAIN_MOST = 3


@dataclass(frozen=True, slots=True)
class OwnCredentials:
    """A chain of certificates, the own one first, and the private key (PKCS#8 DER) for it.

    Without credentials the chain is empty and the key a throw-away one.
    """

    chain: tuple[bytes, ...]
    private_key: bytes

    def encode(self) -> bytes:
        """As one octet string: what the authority hands out and the device stores."""
        return Writer().fields(self.chain).field(self.private_key).done()

    @classmethod
    def decode(cls, octets: bytes) -> OwnCredentials:
        """The reverse of :meth:`encode`. Raises :class:`LocalMisuse` for anything else."""
        reader = Reader(octets)
        try:
            credentials = cls(reader.fields(), reader.field())
            reader.end()
            load_private_key(credentials.private_key)
            _ = [read_certificate(der) for der in credentials.chain]
        except (PeerViolation, ValueError, TypeError):
            raise LocalMisuse("credentials", "they cannot be read") from None
        return credentials

    @property
    def identity(self) -> str:
        """The identity in the own certificate, or an empty one."""
        if not self.chain:
            return ""
        membership = read_certificate(self.chain[0]).membership
        return membership.identity if membership else ""

    def sign(self, message: bytes) -> bytes:
        """A signature of 64 octets with the private key."""
        return sign(self.private_key, message)


@dataclass(slots=True)
class TrustStore:
    """The certificates (DER) of the trusted authorities, and what they have withdrawn."""

    anchors: tuple[bytes, ...]
    revoked: set[tuple[bytes, int]] = field(default_factory=set)
    notices: list[bytes] = field(default_factory=list)

    def learn(self, notice: bytes) -> bool:
        """Take a revocation list (X.509 CRL, DER). Returns whether a trusted authority signed it."""
        try:
            revocations = x509.load_der_x509_crl(notice)
            issuer = revocations.issuer.public_bytes()
            serials = [each.serial_number for each in revocations]
        except Exception:  # the notice may be octets of any kind
            return False
        for anchor in map(read_certificate, self.anchors):
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), anchor.public_key)
            if anchor.subject == issuer and revocations.is_signature_valid(key):
                self.revoked.update((anchor.public_key, serial) for serial in serials)
                self.notices.append(notice)
                return True
        return False


@dataclass(frozen=True, slots=True)
class Expected:
    """What the peer must show: this role in this group, under the name that it claims."""

    group: str
    role: Role
    claim: str


@dataclass(frozen=True, slots=True)
class VerifiedPeer:
    """A peer whose certificates are good. Possession of its key is a separate proof."""

    identity: str
    public_key: bytes
    serial: int
    issuer_key: bytes


class CredentialChecks:
    """Every decision on a peer's credentials. Each method says yes or no to one thing."""

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        """The peer behind ``chain``. Raises :class:`PeerViolation` with the reason of the first "no"."""
        if not chain:
            return self.without_certificate(expected)
        if len(chain) > CHAIN_MOST:
            raise PeerViolation("chain too long", expected.claim)
        certificates = [read_certificate(der) for der in chain]
        own = certificates[0]
        issuer_key = self.issuer_of_chain(certificates, trust)
        membership = own.membership
        checks = (
            (issuer_key is not None, "no trusted authority issued the certificate"),
            (all(self.is_in_date(each, now) for each in certificates), "certificate is out of date"),
            (self.has_purpose(own), "certificate serves another purpose"),
            (membership is not None, "certificate names no member"),
            (membership is not None and self.is_group(membership, expected), "certificate of another group"),
            (membership is not None and self.is_role(membership, expected), "certificate of another role"),
            (membership is not None and self.is_claim(membership, expected), "claimed name is not certified"),
            (not self.is_revoked(own, issuer_key, trust), "certificate was revoked"),
        )
        for good, reason in checks:
            if not good:
                raise PeerViolation(reason, expected.claim)
        assert membership is not None
        return VerifiedPeer(self.name_of(membership, expected), own.public_key, own.serial, issuer_key or b"")

    def without_certificate(self, expected: Expected) -> VerifiedPeer:
        """A peer that shows no certificate at all."""
        raise PeerViolation("no certificate", expected.claim)

    def issuer_of_chain(self, chain: Sequence[CertificateFacts], trust: TrustStore) -> bytes | None:
        """The public key that issued the peer's own certificate, if the chain leads to an anchor."""
        anchors = [read_certificate(anchor) for anchor in trust.anchors]
        first_issuer: bytes | None = None
        for position, certificate in enumerate(chain):
            for anchor in anchors:
                if self.issued(certificate, anchor):
                    return first_issuer or anchor.public_key
            following = chain[position + 1] if position + 1 < len(chain) else None
            if following is None or not self.may_issue(following) or not self.issued(certificate, following):
                return None
            first_issuer = first_issuer or following.public_key
        return None

    def issued(self, certificate: CertificateFacts, issuer: CertificateFacts) -> bool:
        """Whether ``issuer`` issued ``certificate``: by name, and by its signature."""
        return certificate.issuer == issuer.subject and is_issued_by(certificate, issuer.public_key)

    def may_issue(self, certificate: CertificateFacts) -> bool:
        """Whether a certificate inside a chain may issue others (basic constraints)."""
        return certificate.is_authority

    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        """Whether ``now`` lies in the certificate's validity."""
        return certificate.valid_from <= now <= certificate.valid_until

    def has_purpose(self, certificate: CertificateFacts) -> bool:
        """Whether it was issued for Group Owner mode (extended key usage)."""
        return GROUP_MODE_PURPOSE.dotted_string in certificate.purposes

    def is_group(self, membership: Membership, expected: Expected) -> bool:
        """Whether it is for this group."""
        return membership.group == expected.group

    def is_role(self, membership: Membership, expected: Expected) -> bool:
        """Whether it is for the role that the peer plays."""
        return membership.role == expected.role

    def is_claim(self, membership: Membership, expected: Expected) -> bool:
        """Whether the name in the User Info is the certified one, to the octet."""
        return membership.identity == expected.claim

    def is_revoked(self, certificate: CertificateFacts, issuer_key: bytes | None, trust: TrustStore) -> bool:
        """Whether its authority withdrew it, as far as this device has heard."""
        return issuer_key is not None and (issuer_key, certificate.serial) in trust.revoked

    def name_of(self, membership: Membership, expected: Expected) -> str:
        """The name that the peer bears from here on."""
        return membership.identity

    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        """Whether the peer holds the private key: its signature over the transcript of this very run."""
        return is_signed_by(peer.public_key, signature, transcript)
