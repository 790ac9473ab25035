"""The messages, and how they look in octets.

Those with a number below 0x80 are named and numbered after TS 24.334 (direct communication and direct
security mode); their contents are this project's own where a Group Owner needs more: the group, the
credentials, the ephemeral keys, the proofs. Those from 0x80 on are not 3GPP: reliable transfer on
a hop, relaying by the owner, and the delivery of the group key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from reference_impl.errors import PeerViolation
from reference_impl.octets import Reader, Writer
from reference_impl.outcome import Cast

NONCE_OCTETS = 16
EPHEMERAL_OCTETS = 32
SIGNATURE_OCTETS = 64
GROUP_KEY_OCTETS = 32


class Kind(IntEnum):
    """Message types, one octet."""

    REQUEST = 1
    ACCEPT = 2
    REJECT = 3
    RELEASE = 6
    COMMAND = 12
    COMPLETE = 13
    REKEYING_TRIGGER = 17
    TRANSFER = 0x80
    TRANSFER_ACK = 0x81
    DATA = 0x82
    GROUP_KEY = 0x83
    GROUP_ACK = 0x84
    TREE_KEYS = 0x85
    TREE_KEYS_REQUEST = 0x86


class Cause(IntEnum):
    """Causes of a REJECT (24.334) and of a RELEASE, one octet."""

    NOT_ALLOWED = 1
    AUTHENTICATION_FAILURE = 2
    LACK_OF_RESOURCES = 4
    OTHER = 6


@dataclass(frozen=True, slots=True)
class Request:
    """DIRECT_COMMUNICATION_REQUEST, UE to GO, unprotected.

    ``capabilities`` are the identifiers of the algorithms on offer, the preferred first. ``key_id_high``
    is the high octet of the session's key identity. ``continues`` is the key identity of the session that
    this one is to replace, or None. ``chain`` is what the UE shows: certificates, its own first, or the names
    of its pair keys.
    """

    group: str
    user: str
    nonce_1: bytes
    capabilities: bytes
    key_id_high: int
    ephemeral: bytes
    continues: int | None
    chain: tuple[bytes, ...]

    def encode(self) -> bytes:
        writer = Writer().number(Kind.REQUEST, 1).text(self.group).text(self.user).raw(self.nonce_1)
        writer.field(self.capabilities).number(self.key_id_high, 1).raw(self.ephemeral)
        writer.field(b"" if self.continues is None else self.continues.to_bytes(2, "big"))
        return writer.fields(self.chain).done()

    @classmethod
    def read(cls, reader: Reader) -> Request:
        group, user, nonce_1 = reader.text(), reader.text(), reader.raw(NONCE_OCTETS)
        capabilities, high, ephemeral = reader.field(), reader.number(1), reader.raw(EPHEMERAL_OCTETS)
        continues = reader.field()
        if len(continues) not in (0, 2):
            raise PeerViolation("key identity of a wrong length")
        replaced = int.from_bytes(continues, "big") if continues else None
        return cls(group, user, nonce_1, capabilities, high, ephemeral, replaced, reader.fields())


@dataclass(frozen=True, slots=True)
class Command:
    """DIRECT_SECURITY_MODE_COMMAND, GO to UE: integrity protected, not ciphered.

    ``capabilities`` repeats those of the request. ``chain`` is what the owner shows: certificates, or the name
    of the pair key and the point by which it signs groupcasts. ``signature`` is its proof over the transcript.
    """

    group: str
    user: str
    nonce_2: bytes
    capabilities: bytes
    algorithm: int
    key_id_low: int
    ephemeral: bytes
    chain: tuple[bytes, ...]
    signature: bytes

    def encode(self) -> bytes:
        return self.unsigned() + self.signature

    def unsigned(self) -> bytes:
        """The message up to its proof."""
        writer = Writer().number(Kind.COMMAND, 1).text(self.group).text(self.user).raw(self.nonce_2)
        writer.field(self.capabilities).number(self.algorithm, 1).number(self.key_id_low, 1)
        return writer.raw(self.ephemeral).fields(self.chain).done()

    @classmethod
    def read(cls, reader: Reader) -> Command:
        group, user, nonce_2 = reader.text(), reader.text(), reader.raw(NONCE_OCTETS)
        capabilities, algorithm, low = reader.field(), reader.number(1), reader.number(1)
        ephemeral, chain = reader.raw(EPHEMERAL_OCTETS), reader.fields()
        signature = reader.raw(SIGNATURE_OCTETS)
        return cls(group, user, nonce_2, capabilities, algorithm, low, ephemeral, chain, signature)


@dataclass(frozen=True, slots=True)
class Complete:
    """DIRECT_SECURITY_MODE_COMPLETE, UE to GO: the UE's proof over the whole transcript."""

    signature: bytes

    def encode(self) -> bytes:
        return Writer().number(Kind.COMPLETE, 1).raw(self.signature).done()

    @classmethod
    def read(cls, reader: Reader) -> Complete:
        return cls(reader.raw(SIGNATURE_OCTETS))


@dataclass(frozen=True, slots=True)
class GroupKey:
    """The key of the group for one epoch, GO to member on its hop. Not 3GPP (there the KMF gives it).

    ``epoch`` rises with every new key; its low octet is the PGK ID. ``algorithm`` 0 and an empty key say
    that this member is served by copies on its hop.
    """

    epoch: int
    algorithm: int
    key: bytes

    def encode(self) -> bytes:
        return (
            Writer()
            .number(Kind.GROUP_KEY, 1)
            .number(self.epoch, 4)
            .number(self.algorithm, 1)
            .field(self.key)
            .done()
        )

    @classmethod
    def read(cls, reader: Reader) -> GroupKey:
        epoch, algorithm, key = reader.number(4), reader.number(1), reader.field()
        if len(key) != (GROUP_KEY_OCTETS if algorithm else 0):
            raise PeerViolation("group key of a wrong length")
        return cls(epoch, algorithm, key)


@dataclass(frozen=True, slots=True)
class Accept:
    """DIRECT_COMMUNICATION_ACCEPT, GO to UE, protected. ``continued`` answers the request's ``continues``."""

    continued: bool
    group_key: GroupKey

    def encode(self) -> bytes:
        return Writer().number(Kind.ACCEPT, 1).number(self.continued, 1).raw(self.group_key.encode()).done()

    @classmethod
    def read(cls, reader: Reader) -> Accept:
        continued = reader.number(1)
        if continued > 1 or reader.number(1) != Kind.GROUP_KEY:
            raise PeerViolation("malformed ACCEPT")
        return cls(bool(continued), GroupKey.read(reader))


@dataclass(frozen=True, slots=True)
class Reject:
    """DIRECT_COMMUNICATION_REJECT, unprotected: at most a hint, never believed."""

    group: str
    nonce_1: bytes
    cause: int

    def encode(self) -> bytes:
        return Writer().number(Kind.REJECT, 1).text(self.group).raw(self.nonce_1).number(self.cause, 1).done()

    @classmethod
    def read(cls, reader: Reader) -> Reject:
        return cls(reader.text(), reader.raw(NONCE_OCTETS), reader.number(1))


@dataclass(frozen=True, slots=True)
class Release:
    """DIRECT_COMMUNICATION_RELEASE, protected: this session is over."""

    cause: int

    def encode(self) -> bytes:
        return Writer().number(Kind.RELEASE, 1).number(self.cause, 1).done()

    @classmethod
    def read(cls, reader: Reader) -> Release:
        return cls(reader.number(1))


@dataclass(frozen=True, slots=True)
class RekeyingTrigger:
    """DIRECT_REKEYING_TRIGGER, GO to UE, unprotected: a hint to run the security mode procedure anew.

    ``key_id`` is the session that the owner does not know or that runs out of counters; None means all
    sessions with this owner (it has restarted). It carries no authority: the old session stands until
    a new one is verified.
    """

    key_id: int | None

    def encode(self) -> bytes:
        identity = b"" if self.key_id is None else self.key_id.to_bytes(2, "big")
        return Writer().number(Kind.REKEYING_TRIGGER, 1).field(identity).done()

    @classmethod
    def read(cls, reader: Reader) -> RekeyingTrigger:
        identity = reader.field()
        if len(identity) not in (0, 2):
            raise PeerViolation("key identity of a wrong length")
        return cls(int.from_bytes(identity, "big") if identity else None)


@dataclass(slots=True)
class Transfer:
    """A message that is repeated until acknowledged. ``number`` rises over the life of the hop."""

    number: int
    body: bytes

    def encode(self) -> bytes:
        return _TRANSFER + self.number.to_bytes(4, "big") + self.body

    @classmethod
    def read(cls, reader: Reader) -> Transfer:
        return cls(reader.number(4), reader.rest())


@dataclass(slots=True)
class TransferAck:
    """Acknowledges the transfer ``number``."""

    number: int

    def encode(self) -> bytes:
        return _TRANSFER_ACK + self.number.to_bytes(4, "big")

    @classmethod
    def read(cls, reader: Reader) -> TransferAck:
        return cls(reader.number(4))


@dataclass(frozen=True, slots=True)
class GroupAck:
    """A member has groupcast ``number``."""

    number: int

    def encode(self) -> bytes:
        return Writer().number(Kind.GROUP_ACK, 1).number(self.number, 4).done()

    @classmethod
    def read(cls, reader: Reader) -> GroupAck:
        return cls(reader.number(4))


@dataclass(frozen=True, slots=True)
class TreeKeys:
    """The keys of a member in a key tree over the group, from its ``leaf`` up to the root, whose key is that of
    the group in ``epoch``. Only between an owner and members that keep such a tree."""

    epoch: int
    algorithm: int
    leaf: int
    keys: tuple[bytes, ...]

    def encode(self) -> bytes:
        writer = Writer().number(Kind.TREE_KEYS, 1).number(self.epoch, 4).number(self.algorithm, 1)
        return writer.number(self.leaf, 4).fields(self.keys).done()

    @classmethod
    def read(cls, reader: Reader) -> TreeKeys:
        epoch, algorithm, leaf, keys = reader.number(4), reader.number(1), reader.number(4), reader.fields()
        if not keys or any(len(key) != GROUP_KEY_OCTETS for key in keys):
            raise PeerViolation("keys of a tree of a wrong length")
        return cls(epoch, algorithm, leaf, keys)


@dataclass(frozen=True, slots=True)
class TreeKeysRequest:
    """A member misses keys of its tree."""

    def encode(self) -> bytes:
        return Writer().number(Kind.TREE_KEYS_REQUEST, 1).done()

    @classmethod
    def read(cls, reader: Reader) -> TreeKeysRequest:
        return cls()


@dataclass(slots=True)
class Data:
    """A message of the application on a hop or in a groupcast.

    ``origin`` and ``destination`` are identities; the destination of a groupcast is empty. ``number`` is
    the owner's number of the groupcast, and 0 otherwise.
    """

    cast: Cast
    origin: str
    destination: str
    number: int
    data: bytes

    def encode(self) -> bytes:
        writer = Writer().number(Kind.DATA, 1).number(self.cast == "groupcast", 1).text(self.origin)
        return writer.text(self.destination).number(self.number, 4).raw(self.data).done()

    @classmethod
    def read(cls, reader: Reader) -> Data:
        casts: tuple[Literal["unicast"], Literal["groupcast"]] = ("unicast", "groupcast")
        code = reader.number(1)
        if code > 1:
            raise PeerViolation("neither unicast nor groupcast")
        return cls(casts[code], reader.text(), reader.text(), reader.number(4), reader.rest())


Message = (
    Request
    | Command
    | Complete
    | Accept
    | Reject
    | Release
    | RekeyingTrigger
    | Transfer
    | TransferAck
    | GroupKey
    | GroupAck
    | TreeKeys
    | TreeKeysRequest
    | Data
)

_TRANSFER = bytes([Kind.TRANSFER])
_TRANSFER_ACK = bytes([Kind.TRANSFER_ACK])

_CLASSES: dict[int, type[Message]] = {
    Kind.REQUEST: Request,
    Kind.ACCEPT: Accept,
    Kind.REJECT: Reject,
    Kind.RELEASE: Release,
    Kind.COMMAND: Command,
    Kind.COMPLETE: Complete,
    Kind.REKEYING_TRIGGER: RekeyingTrigger,
    Kind.TRANSFER: Transfer,
    Kind.TRANSFER_ACK: TransferAck,
    Kind.DATA: Data,
    Kind.GROUP_KEY: GroupKey,
    Kind.GROUP_ACK: GroupAck,
    Kind.TREE_KEYS: TreeKeys,
    Kind.TREE_KEYS_REQUEST: TreeKeysRequest,
}


def decode(octets: bytes) -> Message:
    """The message in ``octets``, which it must fill to the last. Raises :class:`PeerViolation`."""
    form = _CLASSES.get(octets[0]) if octets else None
    if form is None:
        raise PeerViolation("no such message")
    reader = Reader(octets, 1)
    message = form.read(reader)
    reader.end()
    return message
