"""Certificate authorities of a laboratory: they issue certificates, good ones and flawed ones.

All keys follow from the seed of the laboratory and from names, so that a run can be repeated. That is
right for a bench and for nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_impl.certificate_credentials import CertificateCredentials
from reference_impl.certificates import (
    GROUP_MODE_PURPOSE,
    MEMBERSHIP,
    Membership,
    generate_private_key,
    load_private_key,
    read_certificate,
)
from reference_impl.credentials import HeldCredentials
from reference_impl.orders import DAY, FLAWS, Flaw, Order
from reference_impl.randomness import Randomness

EARLIEST = 0.0
LATEST = 253_402_300_799.0
"""The last second that a certificate can name (RFC 5280: the year 9999)."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Something that signs certificates: its name, its private key (PKCS#8), its own certificate (DER),
    and what a holder of its certificates has to show beside them."""

    name: x509.Name
    private_key: bytes
    certificate: bytes
    shown: tuple[bytes, ...]


def _common_name(text: str) -> x509.Name:
    """A name of a fixed length for any text: the exact names stand in the membership extension."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hashlib.sha256(text.encode()).hexdigest())])


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(int(min(max(at, EARLIEST), LATEST)), UTC)


class Laboratory:
    """All authorities of a target, made at their first mention."""

    flaws: tuple[Flaw, ...] = FLAWS

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._authorities: dict[tuple[str, str], Issuer] = {}
        self._issued: dict[str, CertificateCredentials] = {}
        self._counts: dict[str, int] = {}
        self._withdrawn: dict[str, list[int]] = {}

    def anchor(self, authority: str) -> bytes:
        """The certificate (DER) by which a device trusts ``authority``."""
        return self._authority(authority).certificate

    def issue(self, order: Order, flaw: Flaw | None = None) -> CertificateCredentials:
        """Credentials as ordered, with ``flaw`` if one is asked for."""
        authority = self._authority(order.authority)
        if flaw == "without-key":
            good = self._issued.get(order.names) or self._make(order, authority)
            return CertificateCredentials(good.chain, self._key(f"thief {order.names}"))
        if flaw == "issued-by-member":
            return self._make(order, self._member_as_issuer(order))
        if flaw == "look-alike-issuer":
            return self._make(order, self._authority(order.authority, "look-alike"))
        order = order.with_dates_of(flaw)
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if flaw == "wrong-purpose" else GROUP_MODE_PURPOSE
        credentials = self._make(order, authority, purpose)
        if flaw == "revoked":
            self._withdraw(order.authority, credentials)
        elif flaw is None:
            self._issued[order.names] = credentials
        return credentials

    def completed(self, octets: bytes) -> bytes:
        """Credentials as they are when a device is given them: the same."""
        return octets

    def read(self, octets: bytes) -> CertificateCredentials:
        """Credentials that were handed out."""
        return CertificateCredentials.decode(octets)

    def revoke(self, credentials: HeldCredentials, at: float) -> bytes:
        """Withdraw credentials: the revocation list of their authority. Raises KeyError if none of
        these authorities issued them."""
        assert isinstance(credentials, CertificateCredentials)
        issuer = read_certificate(credentials.chain[0]).issuer
        for name, kind in self._authorities:
            if kind == "true" and read_certificate(self.anchor(name)).subject == issuer:
                self._withdraw(name, credentials)
                return self._revocation_list(name, at)
        raise KeyError("no such authority")

    def notice(self, authority: str, at: float) -> bytes | None:
        """The revocation list (X.509 CRL, DER) of ``authority``, or None if it withdrew nothing yet."""
        return self._revocation_list(authority, at) if self._withdrawn.get(authority) else None

    def _withdraw(self, authority: str, credentials: CertificateCredentials) -> None:
        serial = read_certificate(credentials.chain[0]).serial
        serials = self._withdrawn.setdefault(authority, [])
        if serial not in serials:
            serials.append(serial)

    def _revocation_list(self, authority: str, at: float) -> bytes:
        issuer = self._authority(authority)
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.name)
        builder = builder.last_update(_moment(at)).next_update(_moment(at + DAY))
        for serial in self._withdrawn[authority]:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_moment(at))
            builder = builder.add_revoked_certificate(entry.build())
        signed = builder.sign(load_private_key(issuer.private_key), hashes.SHA256(), ecdsa_deterministic=True)
        return signed.public_bytes(Encoding.DER)

    def _key(self, purpose: str) -> bytes:
        return generate_private_key(Randomness(self._seed, purpose).draw(32))

    def _authority(self, name: str, kind: str = "true") -> Issuer:
        """The authority of that name; the ``look-alike`` has the same name and another key."""
        known = self._authorities.get((name, kind))
        if known:
            return known
        subject = _common_name(name)
        key = self._key(f"authority {kind} {name}")
        builder = self._builder(subject, subject, key, f"authority {kind} {name}", EARLIEST, LATEST)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        signed = builder.sign(load_private_key(key), hashes.SHA256(), ecdsa_deterministic=True)
        certificate = signed.public_bytes(Encoding.DER)
        issuer = Issuer(subject, key, certificate, shown=() if kind == "true" else (certificate,))
        self._authorities[name, kind] = issuer
        return issuer

    def _member_as_issuer(self, order: Order) -> Issuer:
        """A member of the same group, whose good certificate is no licence to issue."""
        sibling = replace(order, identity=f"{order.identity}-sibling", role="member")
        credentials = self._make(sibling, self._authority(order.authority))
        name = x509.load_der_x509_certificate(credentials.chain[0]).subject
        return Issuer(name, credentials.private_key, credentials.chain[0], shown=credentials.chain)

    def _make(
        self, order: Order, issuer: Issuer, purpose: x509.ObjectIdentifier = GROUP_MODE_PURPOSE
    ) -> CertificateCredentials:
        count = self._counts.get(order.names, 0)
        self._counts[order.names] = count + 1
        title = f"subject {count} {order.names}"
        key = self._key(title)
        builder = self._builder(
            _common_name(order.names), issuer.name, key, title, order.valid_from, order.valid_until
        )
        membership = Membership(order.identity, order.group, order.role).encode()
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
            .add_extension(x509.UnrecognizedExtension(MEMBERSHIP, membership), critical=True)
        )
        signed = builder.sign(load_private_key(issuer.private_key), hashes.SHA256(), ecdsa_deterministic=True)
        return CertificateCredentials((signed.public_bytes(Encoding.DER), *issuer.shown), key)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: bytes, title: str, start: float, end: float
    ) -> x509.CertificateBuilder:
        number = int.from_bytes(Randomness(self._seed, f"serial {title}").draw(16), "big") >> 1 | 1
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(load_private_key(key).public_key())
            .serial_number(number)
            .not_valid_before(_moment(start))
            .not_valid_after(_moment(end))
        )
