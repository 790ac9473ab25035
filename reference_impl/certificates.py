"""What a certificate says: X.509 with ECDSA P-256, an exact identity, one group, one role, one purpose.

The identity and the membership stand in an extension of this project (its number is under the
documentation arc of RFC 5612), as UTF-8 and to be compared to the octet; the common name is only for
the reader of a dump.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import SignatureAlgorithmOID

from reference_impl.errors import PeerViolation
from reference_impl.octets import Reader, Writer

Role = Literal["owner", "member"]

MEMBERSHIP = x509.ObjectIdentifier("1.3.6.1.4.1.32473.33833.1")
GROUP_MODE_PURPOSE = x509.ObjectIdentifier("1.3.6.1.4.1.32473.33833.2")
SIGNATURE = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_VERIFIED = ec.ECDSA(hashes.SHA256())

_SCALAR_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Membership:
    """Who the subject is, in which group, as what."""

    identity: str
    group: str
    role: Role

    def encode(self) -> bytes:
        """The value of the extension."""
        return Writer().number(self.role == "owner", 1).text(self.identity).text(self.group).done()

    @classmethod
    def decode(cls, octets: bytes) -> Membership:
        """The reverse of :meth:`encode`. Raises :class:`PeerViolation`."""
        reader = Reader(octets)
        role: Role = "owner" if reader.number(1) else "member"
        membership = cls(reader.text(), reader.text(), role)
        reader.end()
        return membership


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the checks need of one certificate. Times are POSIX seconds, both ends included."""

    der: bytes
    subject: bytes
    issuer: bytes
    serial: int
    valid_from: float
    valid_until: float
    public_key: bytes
    is_authority: bool
    purposes: frozenset[str]
    membership: Membership | None
    signed_part: bytes
    signature: bytes


def _facts(der: bytes) -> CertificateFacts:
    certificate = x509.load_der_x509_certificate(der)
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PeerViolation("certificate key is not on P-256")
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        raise PeerViolation("certificate is not signed with ECDSA and SHA-256")
    is_authority = False
    purposes: frozenset[str] = frozenset()
    membership = None
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints):
            is_authority = value.ca
        elif isinstance(value, x509.ExtendedKeyUsage):
            purposes = frozenset(each.dotted_string for each in value)
        elif isinstance(value, x509.UnrecognizedExtension) and extension.oid == MEMBERSHIP:
            membership = Membership.decode(value.value)
        elif extension.critical:
            raise PeerViolation("certificate has an unknown critical extension")
    return CertificateFacts(
        der=der,
        subject=certificate.subject.public_bytes(),
        issuer=certificate.issuer.public_bytes(),
        serial=certificate.serial_number,
        valid_from=certificate.not_valid_before_utc.timestamp(),
        valid_until=certificate.not_valid_after_utc.timestamp(),
        public_key=key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        ),
        is_authority=is_authority,
        purposes=purposes,
        membership=membership,
        signed_part=certificate.tbs_certificate_bytes,
        signature=certificate.signature,
    )


@lru_cache(maxsize=4096)
def _read(der: bytes) -> CertificateFacts | str:
    """The facts, or why there are none. Kept, since the same certificate comes by many times."""
    try:
        return _facts(der)
    except PeerViolation as violation:
        return violation.reason
    except Exception:  # the parser meets octets of any kind, and raises many kinds of error
        return "certificate is malformed"


def read_certificate(der: bytes) -> CertificateFacts:
    """The facts of the certificate ``der``. Raises :class:`PeerViolation` if it is none of ours."""
    facts = _read(der)
    if isinstance(facts, str):
        raise PeerViolation(facts)
    return facts


@lru_cache(maxsize=4096)
def is_issued_by(certificate: CertificateFacts, issuer_key: bytes) -> bool:
    """Whether ``certificate`` was signed with the key of the point ``issuer_key``."""
    try:
        _public_key(issuer_key).verify(certificate.signature, certificate.signed_part, _VERIFIED)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4096)
def _public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


@lru_cache(maxsize=4096)
def _private_key(pkcs8: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_der_private_key(pkcs8, None)
    except UnsupportedAlgorithm as unknown:
        raise ValueError("a key of an unknown kind") from unknown
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key on P-256")
    return key


def private_scalar(pkcs8: bytes) -> bytes:
    """The private scalar, 32 octets. Raises ValueError if ``pkcs8`` holds no P-256 key."""
    return _private_key(pkcs8).private_numbers().private_value.to_bytes(_SCALAR_OCTETS, "big")


def public_point(pkcs8: bytes) -> bytes:
    """The public key that belongs to ``pkcs8``, as an uncompressed point of 65 octets."""
    return (
        _private_key(pkcs8)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )


def sign(pkcs8: bytes, message: bytes) -> bytes:
    """An ECDSA signature r ‖ s of 64 octets, deterministic (RFC 6979)."""
    r, s = decode_dss_signature(_private_key(pkcs8).sign(message, SIGNATURE))
    return r.to_bytes(_SCALAR_OCTETS, "big") + s.to_bytes(_SCALAR_OCTETS, "big")


@lru_cache(maxsize=4096)
def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` (r ‖ s) of ``message`` was made with the key of the point ``public_key``. Kept,
    since all members of a group ask it of one groupcast."""
    r = int.from_bytes(signature[:_SCALAR_OCTETS], "big")
    s = int.from_bytes(signature[_SCALAR_OCTETS:], "big")
    try:
        _public_key(public_key).verify(encode_dss_signature(r, s), message, _VERIFIED)
    except (InvalidSignature, ValueError):
        return False
    return True


def generate_private_key(seed: bytes) -> bytes:
    """A P-256 key as PKCS#8 DER, from a seed of 32 random octets.

    The seed is widened to 64 octets before it is reduced, so that no scalar is favoured.
    """
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    wide = hashlib.sha256(b"high" + seed).digest() + hashlib.sha256(b"low" + seed).digest()
    scalar = 1 + int.from_bytes(wide, "big") % (order - 1)
    return ec.derive_private_key(scalar, ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_private_key(pkcs8: bytes) -> ec.EllipticCurvePrivateKey:
    """The key in ``pkcs8``. Raises ValueError if it is none on P-256."""
    return _private_key(pkcs8)
