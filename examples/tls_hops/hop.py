"""One hop between a Group Owner and a UE: a TLS 1.3 session over a link, and the messages in it."""

from __future__ import annotations

import math
import ssl
import struct
from contextlib import suppress
from typing import Literal, NamedTuple

from examples.tls_hops.link import EARLY, RESET, RESPONDER, Link, Segment

MessageKind = Literal["data", "admitted", "removed", "leaving", "ping"]
_KINDS: tuple[MessageKind, ...] = ("data", "admitted", "removed", "leaving", "ping")
_HEAD = struct.Struct(">BBHH")

HANDSHAKE_MOST = 8.0
SILENCE_MOST = 60.0
PING_EVERY = 15.0
LINGER = 3.0
"""Seconds for which the last bytes of an ended hop are sent again."""


class Message(NamedTuple):
    """What travels inside TLS.

    ``name`` is the destination on the way to the GO and the origin on the way from it; ``to_group``
    tells a groupcast. A GO never believes an origin that a UE writes: there is no field for it.
    """

    kind: MessageKind
    name: str = ""
    to_group: bool = False
    data: bytes = b""

    def encode(self) -> bytes:
        """The message with its lengths before it."""
        name = self.name.encode()
        return (
            _HEAD.pack(_KINDS.index(self.kind), self.to_group, len(name), len(self.data)) + name + self.data
        )


class Hop:
    """One TLS session. ``open`` once this end's handshake is done, ``ended`` with a reason once over.

    ``peer`` is set by the owner of this object when it has checked the peer's certificate.
    """

    def __init__(self, context: ssl.SSLContext, link: Link, group: str, address: int, now: float) -> None:
        self.link, self.group, self.address = link, group, address
        self.began = now
        self.open = False
        self.peer: str | None = None
        self.ended: str | None = None
        self._linger_until: float | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=not link.initiator)
        self._plain = bytearray()
        self._step(now)

    @property
    def certificate(self) -> bytes:
        """The peer's certificate, DER; its chain has been verified."""
        return self._tls.getpeercert(binary_form=True) or b""

    def take(self, segment: Segment, now: float) -> list[Message]:
        """Take a segment; return the messages that it completes."""
        data = self.link.take(segment, now)
        if not data or self.ended is not None:
            return []
        self._incoming.write(data)
        self._step(now)
        return self._messages(now)

    def tell(self, message: Message) -> None:
        """Send a message to the peer."""
        if self.open and self.ended is None:
            self._tls.write(message.encode())
            self.link.push(self._outgoing.read())

    def end(self, reason: str, now: float) -> None:
        """Close the session, and tell the peer."""
        if self.ended is not None:
            return
        self.ended, self._linger_until = reason, now + LINGER
        if self.open:
            with suppress(ssl.SSLError):  # The peer's own closing is not waited for.
                self._tls.unwrap()
            self.link.push(self._outgoing.read())

    def over(self, now: float) -> bool:
        """True once nothing more is to be sent or awaited."""
        until = self._linger_until
        return until is not None and (self.link.idle or until <= now + EARLY)

    def overdue(self, now: float) -> str | None:
        """Why this hop should end now by the clock, or None."""
        if self.ended is not None:
            return None
        if self._limit <= now + EARLY:
            return "nothing heard of the peer" if self.open else "the handshake takes too long"
        return self.link.broken(now)

    def ping(self, now: float) -> None:
        """Show the GO that this UE is there, and find out whether the GO still is, every so often."""
        if self.link.initiator and self.open and self.link.last_sent + PING_EVERY <= now + EARLY:
            self.tell(Message("ping"))

    @property
    def _limit(self) -> float:
        if self.peer is None:
            return self.began + HANDSHAKE_MOST
        # A UE learns by its own pings that its GO is gone.
        return math.inf if self.link.initiator else self.link.last_heard + SILENCE_MOST

    @property
    def wake_at(self) -> float:
        """When this hop wants to be looked at again."""
        timers = list(self.link.timers)
        if self._linger_until is not None:
            timers.append(self._linger_until)
        else:
            timers += [self._limit, *self.link.deadlines]
            if self.link.initiator and self.open:
                timers.append(self.link.last_sent + PING_EVERY)
        return min(timers)

    def farewell(self) -> bytes:
        """The payload that tells the peer's link that this session is gone."""
        flags = RESET | (0 if self.link.initiator else RESPONDER)
        return Segment(flags, self.link.session, self.link.tag, 0, 0).encode()

    def _step(self, now: float) -> None:
        ended: str | None = None
        try:
            if not self.open:
                self._tls.do_handshake()
                self.open = True
            while chunk := self._tls.read(65_536):
                self._plain += chunk
            ended = "closed by the peer"
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            ended = error.reason or "TLS failed"
        self.link.push(self._outgoing.read())
        if ended is not None:
            self.ended, self._linger_until = ended, now + LINGER

    def _messages(self, now: float) -> list[Message]:
        messages: list[Message] = []
        while len(self._plain) >= _HEAD.size:
            kind, to_group, name_size, data_size = _HEAD.unpack_from(self._plain)
            whole = _HEAD.size + name_size + data_size
            if kind >= len(_KINDS):
                self.end("a message of no known kind", now)
                break
            if len(self._plain) < whole:
                break
            name = self._plain[_HEAD.size : _HEAD.size + name_size].decode(errors="replace")
            data = bytes(self._plain[_HEAD.size + name_size : whole])
            messages.append(Message(_KINDS[kind], name, bool(to_group), data))
            del self._plain[:whole]
        return messages
