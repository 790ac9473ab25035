"""TLS for keys and short messages, and long ones beside it: each a datagram of its own under AES-GCM.

Each end makes the key under which it sends, new for every session, and gives it to the other inside TLS.
"""

from __future__ import annotations

import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from examples.star.channel import Channel
from examples.star.hop import StreamHop
from examples.star.messages import Message, take_message
from examples.star.segment import RESPONDER, Segment

BULK = 32
"""Flag of a segment that carries one message beside the stream."""
LONG = 192
"""Messages of so many bytes go beside the stream."""
KEY_SIZE = 16
_NUMBER = struct.Struct(">Q")


class BulkHop(StreamHop):
    """A hop with two ways. Nothing is repeated on the second: what is lost there is lost."""

    frame_most = 4096

    def __init__(
        self,
        channel: Channel,
        session: bytes,
        tag: bytes,
        initiator: bool,
        group: str,
        address: int,
        now: float,
    ) -> None:
        super().__init__(channel, session, tag, initiator, group, address, now)
        self._key, self._peers_key = self.new_key(), b""
        self._given = self._taken = False
        self._number = 0
        self._seen: set[int] = set()
        self._due: list[bytes] = []

    def new_key(self) -> bytes:
        """The key under which this end sends."""
        return secrets.token_bytes(KEY_SIZE)

    def tell(self, message: Message) -> None:
        if self.open and not self._given:
            self._given = True
            super().tell(Message("keys", data=self._key))
        long = message.kind == "data" and not message.to_group and len(message.data) >= LONG
        if long and self._taken and self.ended is None:
            self._due.append(self.seal(message.encode()))
        else:
            super().tell(message)

    def take(self, segment: Segment, now: float) -> list[Message]:
        if segment.flags & BULK:
            if bool(segment.flags & RESPONDER) != self.initiator or not self._peers_key:
                return []
            plain = self.unseal(segment.body)
            try:
                message = None if plain is None else take_message(bytearray(plain))
            except ValueError:
                message = None
            return [] if message is None else [message]
        messages = super().take(segment, now)
        for message in messages:
            if message.kind == "keys" and message.data:
                self._peers_key = message.data
                self.tell(Message("keys"))
            elif message.kind == "keys":
                self._taken = True
        return [message for message in messages if message.kind != "keys"]

    def poll(self, now: float) -> list[bytes]:
        due, self._due = self._due, []
        flags = BULK | (0 if self.initiator else RESPONDER)
        return super().poll(now) + [
            Segment(flags, self.session, self.tag, 0, 0, body).encode() for body in due
        ]

    def nonce(self, number: int) -> bytes:
        """The nonce of the message of that number, 12 bytes."""
        return number.to_bytes(12, "big")

    def fresh(self, number: int) -> bool:
        """Whether the message of that number has not been taken before."""
        return number not in self._seen

    def seal(self, plain: bytes) -> bytes:
        """The number, and the message under it."""
        self._number += 1
        head = _NUMBER.pack(self._number)
        return head + AESGCM(self._key).encrypt(self.nonce(self._number), plain, head)

    def unseal(self, sealed: bytes) -> bytes | None:
        """The message, or None if it is not whole or was there before."""
        if len(sealed) < _NUMBER.size:
            return None
        number = _NUMBER.unpack_from(sealed)[0]
        if not self.fresh(number):
            return None
        try:
            plain = AESGCM(self._peers_key).decrypt(
                self.nonce(number), sealed[_NUMBER.size :], sealed[: _NUMBER.size]
            )
        except InvalidTag:
            return None
        self._seen.add(number)
        return plain
