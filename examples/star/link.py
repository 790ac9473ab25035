"""A reliable byte stream over frames of at most 200 bytes, with acknowledgement and retransmission."""

from __future__ import annotations

from collections import deque

from examples.star.segment import DATA, EARLY, HEADER_SIZE, OPENING, RESPONDER, Segment

FRAME_MOST = 200
BODY_MOST = FRAME_MOST - HEADER_SIZE

WINDOW = 64
RESENT_AT_ONCE = 4
ACKNOWLEDGE_EVERY = 8
ACKNOWLEDGE_WITHIN = 0.05
RESEND_FIRST, RESEND_MOST = 0.3, 2.4
GIVE_UP = 30.0
GAP_MOST = 5.0


class Link:
    """One end of the stream of one session."""

    def __init__(self, session: bytes, tag: bytes, initiator: bool, now: float) -> None:
        self.session, self.tag, self.initiator = session, tag, initiator
        self.last_heard = self.last_sent = now
        self._own_flag = 0 if initiator else RESPONDER
        self._heard = False
        self._unsent: deque[bytes] = deque()
        self._flight: dict[int, bytes] = {}
        self._next = self._awaited = self._unacknowledged = 0
        self._early: dict[int, bytes] = {}
        self._resend_at: float | None = None
        self._resend_after = RESEND_FIRST
        self._acknowledge_at: float | None = None
        self._gap_since: float | None = None
        self._stalled_since: float | None = None

    @property
    def idle(self) -> bool:
        """True when all that was given has been acknowledged."""
        return not self._unsent and not self._flight

    def push(self, data: bytes) -> None:
        """Queue bytes for the peer."""
        self._unsent.extend(data[start : start + BODY_MOST] for start in range(0, len(data), BODY_MOST))

    def take(self, segment: Segment, now: float) -> bytes:
        """Take a segment of the peer; return what is now next in the stream."""
        if segment.flags & RESPONDER == self._own_flag:
            return b""
        self._heard = True
        self.last_heard = now
        self._take_acknowledgement(segment.acknowledged, now)
        if not segment.flags & DATA:
            return b""
        if self._awaited <= segment.sequence < self._awaited + WINDOW:
            self._early.setdefault(segment.sequence, segment.body)
        ready = bytearray()
        in_order = segment.sequence == self._awaited
        while self._awaited in self._early:
            ready += self._early.pop(self._awaited)
            self._awaited += 1
            self._unacknowledged += 1
        if not self._early:
            self._gap_since = None
        elif self._gap_since is None or ready:
            self._gap_since = now
        at_once = not in_order or self._early or self._unacknowledged >= ACKNOWLEDGE_EVERY
        if self._acknowledge_at is None or at_once:
            self._acknowledge_at = now if at_once else now + ACKNOWLEDGE_WITHIN
        return bytes(ready)

    def _take_acknowledgement(self, acknowledged: int, now: float) -> None:
        if acknowledged > self._next:
            return
        done = [sequence for sequence in self._flight if sequence < acknowledged]
        for sequence in done:
            del self._flight[sequence]
        if done:
            self._resend_after = RESEND_FIRST
            self._resend_at = now + RESEND_FIRST if self._flight else None
            self._stalled_since = now if self._flight else None

    def poll(self, now: float) -> list[bytes]:
        """The payloads of the frames that are due."""
        due: list[int] = []
        if self._resend_at is not None and self._resend_at <= now + EARLY:
            due += list(self._flight)[:RESENT_AT_ONCE]
            self._resend_after = min(2 * self._resend_after, RESEND_MOST)
            self._resend_at = now + self._resend_after
        while self._unsent and len(self._flight) < WINDOW:
            self._flight[self._next] = self._unsent.popleft()
            due.append(self._next)
            self._next += 1
        if self._flight and self._resend_at is None:
            self._resend_at = now + self._resend_after
            self._stalled_since = now
        flags = self._own_flag | (OPENING if self.initiator and not self._heard else 0)
        payloads = [self._segment(flags | DATA, number, self._flight[number]) for number in due]
        if not payloads and self._acknowledge_at is not None and self._acknowledge_at <= now + EARLY:
            payloads.append(self._segment(flags, 0, b""))
        if payloads:
            self._acknowledge_at = None
            self._unacknowledged = 0
            self.last_sent = now
        return payloads

    def _segment(self, flags: int, number: int, body: bytes) -> bytes:
        return Segment(flags, self.session, self.tag, number, self._awaited, body).encode()

    def broken(self, now: float) -> str | None:
        """Why this link will not carry on, or None."""
        return "segments stay away" if min(self.deadlines, default=now + 1) <= now + EARLY else None

    @property
    def timers(self) -> list[float]:
        """When :meth:`poll` has something to give."""
        return [at for at in (self._resend_at, self._acknowledge_at) if at is not None]

    @property
    def deadlines(self) -> list[float]:
        """When :meth:`broken` will have a reason, if nothing comes before."""
        stalled = [] if self._stalled_since is None else [self._stalled_since + GIVE_UP]
        return stalled if self._gap_since is None else [*stalled, self._gap_since + GAP_MOST]
