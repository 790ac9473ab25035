"""Group OSCORE by aiocoap: protected CoAP messages, in pairwise mode on a hop and in group mode for all."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from aiocoap import NON, POST, Message, error, oscore
from cryptography.hazmat.primitives import hashes

from examples.star.channel import Channel, PeerRefused
from examples.star.groupcast import KeyMessage, MembersKeys, OwnersKeys
from examples.star.pins import Pins, holder
from pytest_prose_go.contract import Role

ASK, ANSWER, CONFIRM, MESSAGE = b"A", b"B", b"C", b"M"
NONCE_SIZE = 16
TAG_SIZE = 4
KID_SIZE = 6
_REFUSED = (error.Error, ValueError, KeyError, IndexError, TypeError, AttributeError)


def kid_of(public: bytes) -> bytes:
    """The sender ID of who has this public key."""
    return sha256(public).digest()[:KID_SIZE]


class OscoreParty:
    """What a key and the group's secret make of a device in one role: a context for each authority that it knows."""

    def __init__(
        self,
        identity: str,
        kid: bytes,
        private: bytes,
        credential: bytes,
        authority: bytes,
        masters: dict[bytes, bytes],
        pins: Pins,
        credentials_of: Callable[[bytes], bytes],
        group: str,
    ) -> None:
        self.identity = identity
        self.kid = kid
        self.authority = authority
        self.pins = pins
        self.keys = {kid_of(public): public for public, pin in pins.items() if pin.group == group}
        peers = {other: credentials_of(public) for other, public in self.keys.items() if other != kid}
        self.contexts = {
            tag: oscore.SimpleGroupContext(
                oscore.AES_CCM_16_64_128(),
                hashes.SHA256(),
                oscore.Ed25519(),
                oscore.AES_CCM_16_64_128(),
                oscore.EcdhSsHkdf256(),
                sha256(group.encode()).digest()[:TAG_SIZE],
                master,
                b"",
                kid,
                private,
                credential,
                dict(peers),
                None,
            )
            for tag, master in masters.items()
        }
        self._pairwise: dict[tuple[bytes, bytes], Any] = {}

    def channel(self, group: str, initiator: bool) -> OscoreChannel:
        """A new session."""
        return OscoreChannel(self, group, initiator)

    def pairwise(self, tag: bytes, kid: bytes) -> Any:
        """The context with one peer. Raises :class:`KeyError` if it is not known."""
        if (tag, kid) not in self._pairwise:
            self._pairwise[tag, kid] = self.contexts[tag].pairwise_for(kid)
        return self._pairwise[tag, kid]

    def read(self, tag: bytes, data: bytes) -> tuple[bytes, bytes, bool]:
        """The sender's ID, the payload, and whether it was for all. Raises one of :data:`_REFUSED`."""
        message = Message.decode(data)
        if not message.code.is_request():
            raise ValueError("every message is a request here")
        shown = oscore.verify_start(message)
        kid = bytes(shown[oscore.COSE_KID])
        to_all = oscore.COSE_COUNTERSIGNATURE0 in shown
        context = self.contexts[tag].get_oscore_context_for(shown) if to_all else self.pairwise(tag, kid)
        plain, _ = context.unprotect(message)
        return kid, bytes(plain.payload), to_all


def _protected(context: Any, plain: bytes) -> bytes:
    message, _ = context.protect(Message(code=POST, payload=plain))
    message.mtype, message.mid, message.token = NON, 0, b""
    return bytes(message.encode())


class OscoreChannel(Channel):
    """One end of a hop. Each proves its key over the other's nonce; both nonces stand before every message."""

    def __init__(self, party: OscoreParty, group: str, initiator: bool) -> None:
        self.group = group
        self._party = party
        self._initiator = initiator
        self._nonce = secrets.token_bytes(NONCE_SIZE)
        self._tag = party.authority
        self._kid = b""
        self._session = b""
        self._outgoing: list[bytes] = []

    def start(self) -> None:
        if self._initiator:
            self._outgoing.append(ASK + self._tag + self._party.kid + self._nonce)

    def feed(self, data: bytes) -> list[bytes]:
        kind, body = data[:1], data[1:]
        try:
            if kind == ASK and not self._initiator and not self._session:
                self._answer(body)
            elif kind == ANSWER and self._initiator and not self._session:
                self._confirm(body)
            elif kind in (CONFIRM, MESSAGE) and self._session:
                return self._read(kind, body)
        except _REFUSED:
            pass  # What is none of this session's is dropped.
        return []

    def protect(self, plain: bytes) -> None:
        if self._session:
            self._say(MESSAGE, self._session + plain)

    def outgoing(self) -> list[bytes]:
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def peer(self, role: Role, now: float) -> str:
        public = self._party.keys.get(self._kid)
        if public is None:
            raise PeerRefused("nobody")
        return holder(self._party.pins, public, self.group, role, now)

    @property
    def peers_kid(self) -> bytes:
        """The sender ID at the other end."""
        return self._kid

    @property
    def keys(self) -> list[bytes]:
        """The keys of both directions, once a peer is known."""
        context = self._party.pairwise(self._tag, self._kid)
        return [bytes(context.sender_key), bytes(context.recipient_key)]

    def _answer(self, body: bytes) -> None:
        tag, kid, nonce = body[:TAG_SIZE], body[TAG_SIZE : TAG_SIZE + KID_SIZE], body[TAG_SIZE + KID_SIZE :]
        if tag not in self._party.contexts or len(nonce) != NONCE_SIZE:
            return
        self._tag, self._kid = tag, kid
        self._party.pairwise(tag, kid)
        self._session = nonce + self._nonce
        self._say(ANSWER, self._session)

    def _confirm(self, body: bytes) -> None:
        kid, session, to_all = self._party.read(self._tag, body)
        if to_all or len(session) != 2 * NONCE_SIZE or session[:NONCE_SIZE] != self._nonce:
            return
        self._kid, self._session = kid, session
        self.open = True
        self._say(CONFIRM, session)

    def _read(self, kind: bytes, body: bytes) -> list[bytes]:
        kid, plain, to_all = self._party.read(self._tag, body)
        size = len(self._session)
        if to_all or kid != self._kid or plain[:size] != self._session:
            return []
        self.open = True
        return [plain[size:]]

    def _say(self, kind: bytes, plain: bytes) -> None:
        self._outgoing.append(kind + _protected(self._party.pairwise(self._tag, self._kid), plain))


class OscoreGroupcasts:
    """Group mode, at both of its ends."""

    def owner(self, group: str, party: OscoreParty) -> OscoreOwnersKeys:
        """For the owner of ``group``."""
        return OscoreOwnersKeys(party)

    def member(self, group: str, party: OscoreParty, channel: OscoreChannel) -> OscoreMembersKeys:
        """For a member of ``group`` in the session of ``channel``."""
        return OscoreMembersKeys(party, channel)


class OscoreOwnersKeys(OwnersKeys):
    """The GO's end. The keys are those that were made known beforehand, whoever comes and goes."""

    def __init__(self, party: OscoreParty) -> None:
        self.party = party

    def admitted(self, member: str, channel: Channel) -> list[KeyMessage]:
        return [KeyMessage(member, self.party.authority)]

    def told(self, member: str, data: bytes) -> list[KeyMessage]:
        return []

    def gone(self, member: str) -> list[KeyMessage]:
        return []

    def replace(self) -> list[KeyMessage]:
        return []

    def seal(self, origin: str, data: bytes) -> bytes:
        name = origin.encode()
        plain = len(name).to_bytes(2, "big") + name + data
        return _protected(self.party.contexts[self.party.authority], plain)


class OscoreMembersKeys(MembersKeys):
    """A member's end: it knows the groupcasts of the owner of its session."""

    def __init__(self, party: OscoreParty, channel: OscoreChannel) -> None:
        self.party = party
        self._channel = channel
        self._tag: bytes | None = None

    def introduction(self) -> bytes | None:
        return None

    def told(self, data: bytes) -> bool:
        self._tag = data if data in self.party.contexts else None
        return self._tag is not None

    def open(self, sealed: bytes) -> tuple[str, bytes] | None:
        if self._tag is None:
            return None
        try:
            kid, plain, to_all = self.party.read(self._tag, sealed)
        except _REFUSED:
            return None
        if not to_all or kid != self._channel.peers_kid:
            return None
        size = int.from_bytes(plain[:2], "big")
        return plain[2 : 2 + size].decode(errors="replace"), plain[2 + size :]
