"""Authorities, the certificates that they issue to owners and members, and what is asked of a peer's."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pytest_prose_go.contract import Credentials, Flaw, Role, Unsupported

# Object identifiers under 2.25 need no registration: each is a random UUID.
HOLDER = x509.ObjectIdentifier("2.25.172630921874530928340127645092187345012")
PURPOSE = x509.ObjectIdentifier("2.25.172630921874530928340127645092187345013")

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: it would look at the wall clock, but time here is virtual."""

_DAY = timedelta(days=1)
_BEGINNING, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class CertificateError(Exception):
    """The peer's certificate is not one of a member or owner of this group."""


class Authority:
    """An issuer. ``likeness`` makes one with the names of another but a key of its own."""

    def __init__(self, name: str, likeness: Authority | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        public = (likeness or self).key.public_key()
        self.key_identifier = x509.SubjectKeyIdentifier.from_public_key(public)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_BEGINNING)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(self.key_identifier, critical=False)
            .sign(self.key, hashes.SHA256())
        )


class Issuer:
    """Every authority of one target, by name, and what they issued."""

    def __init__(self) -> None:
        self._authorities: dict[str, Authority] = {}
        self._issued: dict[tuple[str, str, str, Role], x509.Certificate] = {}

    def authority(self, name: str) -> Authority:
        """The authority of that name, made at its first mention."""
        if name not in self._authorities:
            self._authorities[name] = Authority(name)
        return self._authorities[name]

    @property
    def authorities(self) -> list[Authority]:
        """All that were mentioned."""
        return list(self._authorities.values())

    def usages(self, role: Role) -> list[x509.ObjectIdentifier]:
        """What TLS may use a certificate of ``role`` for."""
        return [ExtendedKeyUsageOID.SERVER_AUTH if role == "owner" else ExtendedKeyUsageOID.CLIENT_AUTH]

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None,
    ) -> Credentials:
        """A key with its certificate and chain, PEM. A certificate's dates are whole seconds."""
        if flaw in ("revoked", "explicit-parameters"):
            raise Unsupported(flaw)
        issuer = self.authority(authority)
        key = ec.generate_private_key(ec.SECP256R1())
        dates = (_moment(valid_from), _moment(valid_until))
        chain: list[x509.Certificate] = []
        signer, issuer_name = issuer.key, issuer.subject
        if flaw == "expired":
            dates = (dates[0] - 2 * _DAY, dates[0] - _DAY)
        elif flaw == "not-yet-valid":
            dates = (dates[1] + _DAY, dates[1] + 2 * _DAY)
        elif flaw == "look-alike-issuer":
            likeness = Authority(authority, issuer)
            signer, chain = likeness.key, [likeness.certificate]
        elif flaw == "issued-by-member":
            signer = ec.generate_private_key(ec.SECP256R1())
            member = _issue(
                issuer.key,
                issuer.subject,
                issuer.key_identifier,
                signer,
                "a member",
                group,
                "member",
                dates,
                [*self.usages("member"), PURPOSE],
            )
            issuer_name, chain = member.subject, [member]
        certificate = _issue(
            signer,
            issuer_name,
            None if flaw == "issued-by-member" else issuer.key_identifier,
            key,
            identity,
            group,
            role,
            dates,
            self.usages(role) + ([] if flaw == "wrong-purpose" else [PURPOSE]),
        )
        if flaw == "without-key":
            certificate = self._issued.get((identity, group, authority, role)) or certificate
            stolen_from, key = certificate.public_key(), ec.generate_private_key(ec.SECP256R1())
            assert isinstance(stolen_from, ec.EllipticCurvePublicKey)
            pem = _mismatched(key, stolen_from)
        else:
            pem = _pkcs8(key, serialization.Encoding.PEM)
        if flaw is None:
            self._issued[identity, group, authority, role] = certificate
        for link in (certificate, *chain):
            pem += link.public_bytes(serialization.Encoding.PEM)
        return Credentials(
            data=pem,
            secret_parts=(key.private_numbers().private_value.to_bytes(32, "big"),),
            public_parts=(certificate.public_bytes(serialization.Encoding.DER),),
        )


def _moment(at: float) -> datetime:
    latest = _END - 3 * _DAY
    at = min(max(at, 3 * _DAY.total_seconds()), latest.timestamp())
    return datetime.fromtimestamp(int(at), UTC)


def _issue(
    signer: ec.EllipticCurvePrivateKey,
    issuer_name: x509.Name,
    issuer_key: x509.SubjectKeyIdentifier | None,
    key: ec.EllipticCurvePrivateKey,
    identity: str,
    group: str,
    role: Role,
    dates: tuple[datetime, datetime],
    usages: Sequence[x509.ObjectIdentifier],
) -> x509.Certificate:
    # The names stand in an extension of their own, exact to the byte: X.509 would limit and fold them.
    holder = json.dumps([identity, group, role]).encode()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, secrets.token_hex(8))]))
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=True)
        .add_extension(x509.UnrecognizedExtension(HOLDER, holder), critical=False)
    )
    if issuer_key is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key)
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _pkcs8(key: ec.EllipticCurvePrivateKey, encoding: serialization.Encoding) -> bytes:
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _mismatched(key: ec.EllipticCurvePrivateKey, public: ec.EllipticCurvePublicKey) -> bytes:
    """A key file with this private and that public key, which OpenSSL loads beside that one's
    certificate without a look at whether the two belong together."""
    own, other = (
        each.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        for each in (key.public_key(), public)
    )
    der = _pkcs8(key, serialization.Encoding.DER).replace(own, other)
    body = base64.encodebytes(der)
    return b"-----BEGIN PRIVATE KEY-----\n" + body + b"-----END PRIVATE KEY-----\n"


def context(credentials: bytes, authorities: Sequence[Authority], role: Role, folder: Path) -> ssl.SSLContext:
    """A TLS 1.3 context that shows ``credentials`` and takes certificates of ``authorities``.

    Empty credentials show nothing. The key stands in a file of ``folder`` for the moment of its loading only. Raises
    :class:`ssl.SSLError` if the credentials cannot be loaded.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if role == "owner" else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    # Names are checked against the group, not against a host.
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags = ssl.VerifyFlags(made.verify_flags | NO_CHECK_TIME)
    made.options |= ssl.OP_NO_TICKET
    if role == "owner":
        made.num_tickets = 0
    for authority in authorities:
        made.load_verify_locations(cadata=authority.certificate.public_bytes(serialization.Encoding.DER))
    if not credentials:
        return made
    file = folder / secrets.token_hex(8)
    file.touch(mode=0o600)
    try:
        file.write_bytes(credentials)
        made.load_cert_chain(file)
    finally:
        file.unlink()
    return made


@dataclass(frozen=True)
class Shown:
    """What a peer's certificate says of its holder."""

    identity: str
    group: str
    role: str
    first: float
    last: float
    purposes: tuple[x509.ObjectIdentifier, ...]


def read(der: bytes) -> Shown:
    """What a certificate says. Raises :class:`CertificateError` if it is none of this service."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        holder = certificate.extensions.get_extension_for_oid(HOLDER).value
        assert isinstance(holder, x509.UnrecognizedExtension)
        identity, group, role = json.loads(holder.value)
    except (
        ValueError,
        TypeError,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        UnsupportedAlgorithm,
    ) as error:
        raise CertificateError("not a certificate of this service") from error
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Shown(identity, group, role, first.timestamp(), last.timestamp(), tuple(usages))


class Checks:
    """What is asked of a peer's certificate whose chain has been verified, one decision a method."""

    def in_time(self, shown: Shown, now: float) -> bool:
        """Whether it is valid at ``now``."""
        return shown.first <= now <= shown.last

    def of_purpose(self, shown: Shown) -> bool:
        """Whether it was issued for this service."""
        return PURPOSE in shown.purposes

    def of_group(self, shown: Shown, group: str, role: Role) -> bool:
        """Whether it was issued for ``group``, where a peer in ``role`` is asked for."""
        return shown.group == group

    def of_role(self, shown: Shown, role: Role) -> bool:
        """Whether it was issued for ``role``."""
        return shown.role == role

    def name(self, shown: Shown) -> str:
        """The identity of its holder."""
        return shown.identity

    def verify(self, der: bytes, group: str, role: Role, now: float) -> str:
        """The identity of the holder. Raises :class:`CertificateError` unless all is as it should be."""
        shown = read(der)
        if not self.in_time(shown, now):
            raise CertificateError("not valid now")
        if not self.of_purpose(shown):
            raise CertificateError("issued for another purpose")
        if not self.of_group(shown, group, role):
            raise CertificateError("issued for another group")
        if not self.of_role(shown, role):
            raise CertificateError("issued for another role")
        if not isinstance(shown.identity, str) or not shown.identity:
            raise CertificateError("without a name")
        return self.name(shown)


def name_in(credentials: bytes) -> str:
    """The identity that credentials of one's own carry, "" if they are empty. Raises :class:`ValueError` if
    they are none."""
    if not credentials:
        return ""
    certificate = x509.load_pem_x509_certificates(credentials)[0]
    try:
        holder = certificate.extensions.get_extension_for_oid(HOLDER).value
    except x509.ExtensionNotFound as error:
        raise ValueError("a certificate of another service") from error
    assert isinstance(holder, x509.UnrecognizedExtension)
    return str(json.loads(holder.value)[0])
