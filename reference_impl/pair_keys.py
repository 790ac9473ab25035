"""Profile B: a key of 256 bits (LTK) for each pair of a Group Owner and a member, named by its LTK ID.

A request shows the LTK IDs of the UE's keys, one for each owner that it may meet; the owner answers with
the one that it shares. The owner adds a public key of its own making, under which it signs groupcasts: the
pair key vouches for it, since all of the answer stands under the proof.

Beside each key stand whom it is shared with, and from when until when that one's credentials are good.
Either end of a pair can speak as the other to that other, as always where one key serves two; it can to
nobody else.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reference_impl.certificates import (
    GROUP_MODE_PURPOSE,
    CertificateFacts,
    Membership,
    Role,
    generate_private_key,
    is_signed_by,
    private_scalar,
    public_point,
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
from reference_impl.key_hierarchy import pair_proof
from reference_impl.messages import SIGNATURE_OCTETS
from reference_impl.octets import Reader, Writer
from reference_impl.randomness import Randomness

KEY_OCTETS = 32
KEY_NAME_OCTETS = 8
SERIAL_OCTETS = 8
SHOWN_MOST = 16


@dataclass(frozen=True, slots=True)
class PairKey:
    """One LTK at one end: its LTK ID (8 octets), the key, and the other end: its identity, the serial number
    of its credentials and their dates (POSIX seconds)."""

    name: bytes
    key: bytes
    peer: str
    serial: int
    valid_from: float
    valid_until: float

    def write(self, writer: Writer) -> None:
        writer.raw(self.name).raw(self.key).text(self.peer).number(self.serial, SERIAL_OCTETS)
        writer.raw(struct.pack(">dd", self.valid_from, self.valid_until))

    @classmethod
    def read(cls, reader: Reader) -> PairKey:
        name, key, peer = reader.raw(KEY_NAME_OCTETS), reader.raw(KEY_OCTETS), reader.text()
        serial = reader.number(SERIAL_OCTETS)
        valid_from, valid_until = struct.unpack(">dd", reader.raw(16))
        return cls(name, key, peer, serial, valid_from, valid_until)


@dataclass(frozen=True, slots=True)
class PairKeyring(HeldCredentials):
    """All pair keys of one identity in one group, and its role there.

    ``authority`` is the public point of the authority that made them, ``serial`` the number of these
    credentials. ``signing_key`` (PKCS#8) is the device's own and never stored.
    """

    authority: bytes
    holder: str
    group: str
    role: Role
    serial: int
    keys: tuple[PairKey, ...]
    signing_key: bytes = b""

    def encode(self) -> bytes:
        writer = Writer().field(self.authority).text(self.holder).text(self.group)
        writer.number(self.role == "owner", 1).number(self.serial, SERIAL_OCTETS)
        writer.number(len(self.keys), 2)
        for each in self.keys:
            each.write(writer)
        return writer.done()

    @classmethod
    def decode(cls, octets: bytes) -> PairKeyring:
        """The reverse of :meth:`encode`. Raises :class:`LocalMisuse` for anything else."""
        reader = Reader(octets)
        try:
            authority, holder, group = reader.field(), reader.text(), reader.text()
            role: Role = "owner" if reader.number(1) else "member"
            serial, count = reader.number(SERIAL_OCTETS), reader.number(2)
            keys = tuple(PairKey.read(reader) for _ in range(count))
            reader.end()
        except PeerViolation:
            raise LocalMisuse("credentials", "they cannot be read") from None
        return cls(authority, holder, group, role, serial, keys)

    @property
    def identity(self) -> str:
        return self.holder

    @property
    def secret_parts(self) -> tuple[bytes, ...]:
        return tuple(each.key for each in self.keys)

    @property
    def public_parts(self) -> tuple[bytes, ...]:
        return tuple(each.name for each in self.keys)

    def shown(self, peer: VerifiedPeer | None) -> tuple[bytes, ...]:
        if peer is None:
            return self.public_parts[:SHOWN_MOST]
        shared = tuple(each.name for each in self.keys if each.key == peer.pair_key)
        return (*shared[:1], public_point(self.signing_key))

    def prove(self, peer: VerifiedPeer, role: Role, transcript: bytes) -> bytes:
        return pair_proof(peer.pair_key, role, transcript)

    def sign(self, text: bytes) -> bytes:
        return sign(self.signing_key, text)

    def secrets(self) -> list[tuple[str, bytes]]:
        keys = [(f"pair key with {each.peer}", each.key) for each in self.keys]
        return [*keys, ("signing key", private_scalar(self.signing_key))]


class PairKeyTrust(TrustStore):
    """Anchors are the public points of authorities: they sign notices of revocation, and keys of authorities
    that are not among them open nothing."""

    def learn(self, notice: bytes) -> bool:
        try:
            issuer, serials, text = read_notice(notice)
        except PeerViolation:
            return False
        if issuer not in self.anchors or not is_signed_by(issuer, notice[len(text) :], text):
            return False
        self.revoked.update((issuer, serial) for serial in serials)
        self.notices.append(notice)
        return True

    def read(self, shown: Sequence[bytes], expected: Expected, checks: CredentialChecks) -> Shown:
        keyring = expected.verifier
        if not isinstance(keyring, PairKeyring) or len(shown) > SHOWN_MOST:
            raise PeerViolation("no pair key can be looked up", expected.claim)
        shared = self.find(keyring, shown)
        if shared is None:
            raise PeerViolation("no pair key is shared with this peer", expected.claim)
        other: Role = "member" if keyring.role == "owner" else "owner"
        facts = CertificateFacts(
            der=shared.name,
            subject=b"",
            issuer=b"",
            serial=shared.serial,
            valid_from=shared.valid_from,
            valid_until=shared.valid_until,
            public_key=shown[-1] if expected.role == "owner" else b"",
            is_authority=False,
            purposes=frozenset({GROUP_MODE_PURPOSE.dotted_string}),
            membership=Membership(shared.peer, keyring.group, other),
            signed_part=b"",
            signature=b"",
        )
        issuer = keyring.authority if keyring.authority in self.anchors else None
        return Shown((facts,), issuer, shared.key)

    def find(self, keyring: PairKeyring, shown: Sequence[bytes]) -> PairKey | None:
        """The key in ``keyring`` that one of the names shown is of."""
        return next((each for each in keyring.keys if each.name in shown), None)


class PairKeys(CredentialKind):
    """Credentials are pair keys."""

    name = "pair keys"

    def trust(self, anchors: tuple[bytes, ...]) -> TrustStore:
        return PairKeyTrust(anchors)

    def read(self, octets: bytes, randomness: Randomness) -> HeldCredentials:
        keyring = PairKeyring.decode(octets)
        return replace(keyring, signing_key=generate_private_key(randomness.draw(32)))

    def none(self, randomness: Randomness) -> HeldCredentials:
        return PairKeyring(b"", "", "", "member", 0, (), generate_private_key(randomness.draw(32)))


def write_notice(authority_key: bytes, serials: Sequence[int]) -> bytes:
    """A notice of revocation, signed with the authority's private key (PKCS#8)."""
    writer = Writer().raw(b"prose-go revocation").field(public_point(authority_key)).number(len(serials), 2)
    for serial in serials:
        writer.number(serial, SERIAL_OCTETS)
    text = writer.done()
    return text + sign(authority_key, text)


def read_notice(notice: bytes) -> tuple[bytes, list[int], bytes]:
    """The authority's point, the serial numbers, and the signed octets. Raises :class:`PeerViolation`."""
    reader = Reader(notice)
    if reader.raw(19) != b"prose-go revocation":
        raise PeerViolation("no notice of revocation")
    issuer = reader.field()
    serials = [reader.number(SERIAL_OCTETS) for _ in range(reader.number(2))]
    reader.raw(SIGNATURE_OCTETS)
    reader.end()
    return issuer, serials, notice[:-SIGNATURE_OCTETS]
