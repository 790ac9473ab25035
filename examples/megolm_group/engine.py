"""Olm and Megolm by vodozemac: a session of Olm for each hop, one of Megolm for what is said to the group."""

from __future__ import annotations

import vodozemac as engine

from examples.star.channel import Channel, PeerRefused
from examples.star.groupcast import KeyMessage, MembersKeys, OwnersKeys
from examples.star.pins import Pins, holder
from pytest_prose_go.contract import Role

ASK, OFFER, FIRST, MESSAGE = b"A", b"O", b"F", b"M"
KEY_SIZE = 32
PREKEY = 0
_REFUSED = (
    engine.DecodeException,
    engine.KeyException,
    engine.MegolmDecryptionException,
    engine.OlmDecryptionException,
    engine.SessionCreationException,
    engine.SessionKeyDecodeException,
    ValueError,
)


class OlmParty:
    """What an identity key makes of a device in one role."""

    def __init__(self, identity: str, account: engine.Account, pins: Pins) -> None:
        self.identity = identity
        self.account = account
        self.pins = pins

    def channel(self, group: str, initiator: bool) -> OlmChannel:
        """A new session."""
        return OlmChannel(self, group, initiator)

    def one_time_key(self) -> bytes:
        """A new public key for one session."""
        self.account.generate_one_time_keys(1)
        (key,) = self.account.one_time_keys.values()
        self.account.mark_keys_as_published()
        return bytes(key.to_bytes())


class OlmChannel(Channel):
    """One end of a session of Olm. The UE asks, the GO offers a one-time key, the UE opens the session under it; the
    GO knows the UE by that, and the UE the GO by its first answer."""

    def __init__(self, party: OlmParty, group: str, initiator: bool) -> None:
        self.group = group
        self._party = party
        self._initiator = initiator
        self._session: engine.Session | None = None
        self._outgoing: list[bytes] = []
        self._offered = False
        self._peer_key = b""

    def start(self) -> None:
        if self._initiator:
            self._outgoing.append(ASK)

    def feed(self, data: bytes) -> list[bytes]:
        kind, body = data[:1], data[1:]
        try:
            if kind == ASK and not self._initiator and not self._offered:
                self._offered = True
                own = bytes(self._party.account.curve25519_key.to_bytes())
                self._outgoing.append(OFFER + own + self._party.one_time_key())
            elif kind == OFFER and self._initiator and self._session is None:
                self._open_to(body[:KEY_SIZE], body[KEY_SIZE:])
            elif kind == FIRST and self._offered and self._session is None:
                self._open_from(body[:KEY_SIZE], body[KEY_SIZE:])
            elif kind == MESSAGE and self._session is not None and len(body) > 1:
                plain = self._session.decrypt(engine.AnyOlmMessage.from_parts(body[0], body[1:]))
                self.open = True
                return [bytes(plain)]
        except _REFUSED:
            pass  # What is none of this session's is dropped.
        return []

    def protect(self, plain: bytes) -> None:
        if self._session is not None:
            kind, message = self._session.encrypt(plain).to_parts()
            self._outgoing.append(MESSAGE + bytes([kind]) + message)

    def outgoing(self) -> list[bytes]:
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def peer(self, role: Role, now: float) -> str:
        if not self._peer_key:
            raise PeerRefused("nobody")
        return holder(self._party.pins, self._peer_key, self.group, role, now)

    def _open_to(self, owner_key: bytes, one_time_key: bytes) -> None:
        account = self._party.account
        session = account.create_outbound_session(
            engine.Curve25519PublicKey.from_bytes(owner_key),
            engine.Curve25519PublicKey.from_bytes(one_time_key),
        )
        kind, message = session.encrypt(self.group.encode()).to_parts()
        assert kind == PREKEY
        self._session, self._peer_key = session, owner_key
        self._outgoing.append(FIRST + bytes(account.curve25519_key.to_bytes()) + message)

    def _open_from(self, member_key: bytes, message: bytes) -> None:
        first = engine.AnyOlmMessage.from_parts(PREKEY, message).to_pre_key()
        assert first is not None
        session, plain = self._party.account.create_inbound_session(
            engine.Curve25519PublicKey.from_bytes(member_key), first
        )
        if bytes(plain) != self.group.encode():
            return
        self._session, self._peer_key = session, member_key
        self.open = True
        self.protect(b"")


class MegolmGroupcasts:
    """The sessions of Megolm of both roles."""

    remembers = True
    """Whether a member remembers which messages it has read: Megolm does not."""
    renews = True
    """Whether the session is new when somebody goes."""

    def owner(self, group: str, party: OlmParty) -> MegolmOwnersKeys:
        """For the owner of ``group``."""
        return MegolmOwnersKeys(self.renews)

    def member(self, group: str, party: OlmParty, channel: OlmChannel) -> MegolmMembersKeys:
        """For a member of ``group``."""
        return MegolmMembersKeys(self.remembers)


class MegolmOwnersKeys(OwnersKeys):
    """The GO's end: one session, given to each member from its present place on."""

    def __init__(self, renews: bool) -> None:
        self._renews = renews
        self._session = engine.GroupSession()
        self._members: set[str] = set()

    def admitted(self, member: str, channel: Channel) -> list[KeyMessage]:
        self._members.add(member)
        return [self._word_for(member)]

    def told(self, member: str, data: bytes) -> list[KeyMessage]:
        return []

    def gone(self, member: str) -> list[KeyMessage]:
        self._members.discard(member)
        return self.replace() if self._renews else []

    def replace(self) -> list[KeyMessage]:
        self._session = engine.GroupSession()
        return [self._word_for(member) for member in sorted(self._members)]

    def seal(self, origin: str, data: bytes) -> bytes:
        name = origin.encode()
        plain = len(name).to_bytes(2, "big") + name + data
        return bytes(self._session.encrypt(plain).to_bytes())

    def _word_for(self, member: str) -> KeyMessage:
        return KeyMessage(member, self._session.session_key.to_base64().encode())


class MegolmMembersKeys(MembersKeys):
    """A member's end: the present session, and the last for what was on its way."""

    def __init__(self, remembers: bool) -> None:
        self._remembers = remembers
        self._sessions: list[engine.InboundGroupSession] = []
        self._read: set[tuple[str, int]] = set()

    def introduction(self) -> bytes | None:
        return None

    def told(self, data: bytes) -> bool:
        try:
            session = engine.InboundGroupSession(engine.SessionKey(data.decode()))
        except _REFUSED:
            return False
        self._sessions = [session, *self._sessions[:1]]
        return True

    def open(self, sealed: bytes) -> tuple[str, bytes] | None:
        try:
            message = engine.MegolmMessage.from_bytes(sealed)
        except _REFUSED:
            return None
        for session in self._sessions:
            try:
                read = session.decrypt(message)
            except _REFUSED:
                continue
            place = (session.session_id, read.message_index)
            if self._remembers and place in self._read:
                return None
            self._read.add(place)
            size = int.from_bytes(read.plaintext[:2], "big")
            return bytes(read.plaintext[2 : 2 + size]).decode(errors="replace"), bytes(
                read.plaintext[2 + size :]
            )
        return None
