"""One hop between a Group Owner and a UE: a channel of some engine, over a reliable stream or over datagrams."""

from __future__ import annotations

import math
import struct
from abc import ABC, abstractmethod

from examples.star.channel import Channel
from examples.star.link import FRAME_MOST, RESEND_FIRST, RESEND_MOST, Link
from examples.star.messages import Message, take_message
from examples.star.segment import DATA, EARLY, OPENING, RESET, RESPONDER, Segment

HANDSHAKE_MOST = 8.0
SILENCE_MOST = 60.0
PING_EVERY = 15.0
LINGER = 3.0
"""Seconds for which the last bytes of an ended hop are sent again."""


class Hop(ABC):
    """One session. ``open`` once this end's handshake is done, ``ended`` with a reason once over.

    ``peer`` is set by the owner of this object when it has seen whose session it is.
    """

    frame_most = FRAME_MOST

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
        self.channel, self.session, self.tag, self.initiator = channel, session, tag, initiator
        self.group, self.address = group, address
        self.began = now
        self.peer: str | None = None
        self.ended: str | None = None
        self._linger_until: float | None = None

    @property
    def open(self) -> bool:
        """Whether this end's handshake is done."""
        return self.channel.open

    @abstractmethod
    def take(self, segment: Segment, now: float) -> list[Message]:
        """Take a segment of this session; return the messages that it completes."""

    @abstractmethod
    def tell(self, message: Message) -> None:
        """Send a message to the peer."""

    @abstractmethod
    def poll(self, now: float) -> list[bytes]:
        """The payloads of the frames that are due."""

    @property
    @abstractmethod
    def idle(self) -> bool:
        """True when all that was given has been acknowledged."""

    @abstractmethod
    def broken(self, now: float) -> str | None:
        """Why this session will not carry on, or None."""

    @property
    @abstractmethod
    def timers(self) -> list[float]:
        """When :meth:`poll` or :meth:`broken` may have something to say."""

    @property
    @abstractmethod
    def last_heard(self) -> float:
        """When the peer was last heard."""

    @property
    @abstractmethod
    def last_sent(self) -> float:
        """When something was last sent to it."""

    def end(self, reason: str, now: float) -> None:
        """Close the session, and tell the peer."""
        if self.ended is None:
            self.fail(reason, now)
            if self.open:
                self.channel.close()

    def fail(self, reason: str, now: float) -> None:
        """The session is over, for this reason."""
        self.ended, self._linger_until = reason, now + LINGER

    def over(self, now: float) -> bool:
        """True once nothing more is to be sent or awaited."""
        until = self._linger_until
        return until is not None and (self.idle or until <= now + EARLY)

    def overdue(self, now: float) -> str | None:
        """Why this hop should end now by the clock, or None."""
        if self.ended is not None:
            return None
        if self._limit <= now + EARLY:
            return "nothing heard of the peer" if self.open else "the handshake takes too long"
        return self.broken(now)

    def ping(self, now: float) -> None:
        """Show the GO that this UE is there, and find out whether the GO still is, every so often."""
        if self.initiator and self.open and self.last_sent + PING_EVERY <= now + EARLY:
            self.tell(Message("ping"))

    @property
    def _limit(self) -> float:
        if self.peer is None:
            return self.began + HANDSHAKE_MOST
        # A UE learns by its own pings that its GO is gone.
        return math.inf if self.initiator else self.last_heard + SILENCE_MOST

    @property
    def wake_at(self) -> float:
        """When this hop wants to be looked at again."""
        timers = self.timers
        if self._linger_until is not None:
            timers.append(self._linger_until)
        else:
            timers.append(self._limit)
            if self.initiator and self.open:
                timers.append(self.last_sent + PING_EVERY)
        return min(timers)

    def farewell(self) -> bytes:
        """The payload that tells the peer's link that this session is gone."""
        flags = RESET | (0 if self.initiator else RESPONDER)
        return Segment(flags, self.session, self.tag, 0, 0).encode()


class StreamHop(Hop):
    """A hop whose channel wants all bytes, in order: TLS and its like."""

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
        self._link = Link(session, tag, initiator, now)
        self._plain = bytearray()
        channel.start()
        self._flush()

    def take(self, segment: Segment, now: float) -> list[Message]:
        data = self._link.take(segment, now)
        if not data or self.ended is not None:
            return []
        for plain in self.channel.feed(data):
            self._plain += plain
        if self.channel.failed is not None:
            self.fail(self.channel.failed, now)
        self._flush()
        return self._messages(now)

    def tell(self, message: Message) -> None:
        if self.open and self.ended is None:
            self.channel.protect(message.encode())
            self._flush()

    def end(self, reason: str, now: float) -> None:
        super().end(reason, now)
        self._flush()

    def poll(self, now: float) -> list[bytes]:
        return self._link.poll(now)

    @property
    def idle(self) -> bool:
        return self._link.idle

    def broken(self, now: float) -> str | None:
        return self._link.broken(now)

    @property
    def timers(self) -> list[float]:
        return self._link.timers + ([] if self.ended is not None else self._link.deadlines)

    @property
    def last_heard(self) -> float:
        return self._link.last_heard

    @property
    def last_sent(self) -> float:
        return self._link.last_sent

    def _flush(self) -> None:
        for data in self.channel.outgoing():
            self._link.push(data)

    def _messages(self, now: float) -> list[Message]:
        messages: list[Message] = []
        try:
            while (message := take_message(self._plain)) is not None:
                messages.append(message)
        except ValueError as error:
            self.end(str(error), now)
        return messages


_MESSAGE, _ACKNOWLEDGEMENT, _BEAT = 0, 1, 2
_NUMBERED = struct.Struct(">BI")


class DatagramHop(Hop):
    """A hop whose channel takes datagrams that may be lost: DTLS and its like.

    The datagrams of a handshake are sent again until something protected was heard; a message is protected
    anew and sent again until it is acknowledged, and given out once, in order.
    """

    frame_most = 1400
    window = 64

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
        self._heard_at = self._sent_at = now
        self._heard = self._confirmed = False
        self._flight: list[bytes] = []
        self._due: list[bytes] = []
        self._unacknowledged: dict[int, Message] = {}
        self._unsent: list[int] = []
        self._next = self._awaited = 0
        self._early: dict[int, Message] = {}
        self._resend_at: float | None = None
        self._resend_after = RESEND_FIRST
        channel.start()
        self._handshake()

    def take(self, segment: Segment, now: float) -> list[Message]:
        if bool(segment.flags & RESPONDER) != self.initiator or not segment.flags & DATA:
            return []
        self._heard = True
        if self.ended is not None:
            return []
        plains = self.channel.feed(segment.body)
        if not self._confirmed:
            self._handshake()
        messages = [message for plain in plains for message in self._unpack(plain, now)]
        if self.channel.failed is not None and self.ended is None:
            self._due += self.channel.outgoing()
            self.fail(self.channel.failed, now)
            self._flight = []
        return messages

    def _unpack(self, plain: bytes, now: float) -> list[Message]:
        self._heard_at = now
        if not self._confirmed:
            self._confirmed, self._flight = True, []
        if len(plain) < _NUMBERED.size:
            return []
        kind, number = _NUMBERED.unpack_from(plain)
        if kind == _ACKNOWLEDGEMENT:
            if self._unacknowledged.pop(number, None) is not None:
                self._resend_after = RESEND_FIRST
            return []
        if kind != _MESSAGE or number >= self._awaited + self.window:
            return []
        self._protect(_NUMBERED.pack(_ACKNOWLEDGEMENT, number))
        try:
            message = take_message(bytearray(plain[_NUMBERED.size :]))
        except ValueError as error:
            self.end(str(error), now)
            return []
        if message is not None and number >= self._awaited:
            self._early.setdefault(number, message)
        ready = []
        while self._awaited in self._early:
            ready.append(self._early.pop(self._awaited))
            self._awaited += 1
        return ready

    def tell(self, message: Message) -> None:
        if self.open and self.ended is None:
            self._unacknowledged[self._next] = message
            self._unsent.append(self._next)
            self._next += 1

    def end(self, reason: str, now: float) -> None:
        if self.ended is None:
            self._send_messages()  # What was told before goes out before the goodbye.
        super().end(reason, now)
        self._due += self.channel.outgoing()
        self._flight = list(self._due)  # The last words, said again for as long as the hop lingers.
        self._unacknowledged.clear()
        self._resend_at, self._resend_after = now + RESEND_FIRST, RESEND_FIRST

    def poll(self, now: float) -> list[bytes]:
        if self._resend_at is not None and self._resend_at <= now + EARLY:
            self._due += self._flight
            self._unsent = sorted({*self._unsent, *list(self._unacknowledged)[:4]})
            self._resend_after = min(2 * self._resend_after, RESEND_MOST)
            self._resend_at = now + self._resend_after
        if self.ended is None:
            self._send_messages()
            waiting = bool(self._flight or self._unacknowledged)
            if not waiting:
                self._resend_at, self._resend_after = None, RESEND_FIRST
            elif self._resend_at is None:
                self._resend_at = now + self._resend_after
        due, self._due = self._due, []
        if due:
            self._sent_at = now
        flags = DATA | (OPENING if self.initiator and not self._heard else 0)
        flags |= 0 if self.initiator else RESPONDER
        return [Segment(flags, self.session, self.tag, 0, 0, body).encode() for body in due]

    def _send_messages(self) -> None:
        for number in self._unsent:
            if (message := self._unacknowledged.get(number)) is not None:
                self._protect(_NUMBERED.pack(_MESSAGE, number) + message.encode())
        self._unsent = []

    def _protect(self, plain: bytes) -> None:
        self.channel.protect(plain)
        self._due += self.channel.outgoing()

    def _handshake(self) -> None:
        fresh = self.channel.outgoing()
        if fresh:
            self._flight, self._resend_at, self._resend_after = fresh, None, RESEND_FIRST
            self._due += fresh

    @property
    def idle(self) -> bool:
        return not self._due and not self._flight

    def broken(self, now: float) -> str | None:
        stale = self._unacknowledged and self._heard_at + 30.0 <= now
        return "messages are not acknowledged" if stale else None

    @property
    def timers(self) -> list[float]:
        return [] if self._resend_at is None else [self._resend_at]

    @property
    def last_heard(self) -> float:
        return self._heard_at

    @property
    def last_sent(self) -> float:
        return self._sent_at
