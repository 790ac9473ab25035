"""Profile A: a chain of certificates and the private key of the first.

A device trusts authorities by their certificate; a chain must lead from the peer's certificate to one of
them, each issuer being an authority.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.certificates import (
    Role,
    generate_private_key,
    load_private_key,
    private_scalar,
    read_certificate,
    sign,
)
from reference_impl.credentials import (
    CredentialChecks,
    CredentialKind,
    Expected,
    HeldCredentials,
    Shown,
    TrustStore,
    VerifiedPeer,
)
from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.octets import Reader, Writer
from reference_impl.randomness import Randomness

CHAIN_MOST = 3


@dataclass(frozen=True, slots=True)
class CertificateCredentials(HeldCredentials):
    """A chain of certificates, the own one first, and the private key (PKCS#8 DER) for it.

    Without credentials the chain is empty and the key a throw-away one.
    """

    chain: tuple[bytes, ...]
    private_key: bytes

    def encode(self) -> bytes:
        return Writer().fields(self.chain).field(self.private_key).done()

    @classmethod
    def decode(cls, octets: bytes) -> CertificateCredentials:
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
        if not self.chain:
            return ""
        membership = read_certificate(self.chain[0]).membership
        return membership.identity if membership else ""

    @property
    def secret_parts(self) -> tuple[bytes, ...]:
        return private_scalar(self.private_key), self.private_key

    @property
    def public_parts(self) -> tuple[bytes, ...]:
        return self.chain

    def shown(self, peer: VerifiedPeer | None) -> tuple[bytes, ...]:
        return self.chain

    def prove(self, peer: VerifiedPeer, role: Role, transcript: bytes) -> bytes:
        return self.sign(transcript)

    def sign(self, text: bytes) -> bytes:
        return sign(self.private_key, text)

    def secrets(self) -> list[tuple[str, bytes]]:
        return [("credential key", private_scalar(self.private_key))]


class CertificateTrust(TrustStore):
    """Anchors are the certificates (DER) of authorities, notices their revocation lists (X.509 CRL, DER)."""

    def learn(self, notice: bytes) -> bool:
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

    def read(self, shown: Sequence[bytes], expected: Expected, checks: CredentialChecks) -> Shown:
        if len(shown) > CHAIN_MOST:
            raise PeerViolation("chain too long", expected.claim)
        certificates = tuple(read_certificate(der) for der in shown)
        return Shown(certificates, checks.issuer_of_chain(certificates, self))


class Certificates(CredentialKind):
    """Credentials are certificates."""

    name = "certificates"

    def trust(self, anchors: tuple[bytes, ...]) -> TrustStore:
        return CertificateTrust(anchors)

    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        return CertificateCredentials.decode(octets)

    def none(self, randomness: Randomness) -> HeldCredentials:
        return CertificateCredentials((), generate_private_key(randomness.draw(32)))
