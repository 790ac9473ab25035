"""One hop with a verified peer: its security context, its reliable transfer, and its end.

A link outlives its keys: when a new session replaces the old one with the same peer, the numbers of the
transfers go on, so that no message gets lost or is taken twice over the change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.credentials import VerifiedPeer
from reference_impl.errors import PeerViolation
from reference_impl.messages import Cause, Message, Release, Transfer, TransferAck, decode
from reference_impl.outcome import Outbox
from reference_impl.parts import Parts
from reference_impl.protection import Channel, KeyIsSpent, SecurityContext, key_id_of
from reference_impl.replay_window import ReplayWindow
from reference_impl.retransmission import RECEIVING_WINDOW, Transfers
from reference_impl.states import State, Step, following

RENEW_BELOW = 1024
"""With fewer counters than this left, new keys are due."""

CLOSING_TIME = 8.0
"""Seconds for which a closed link still answers a repeated RELEASE."""


@dataclass(slots=True)
class Link:
    """A hop from ``own_address`` to ``peer_address``. Made when the session is OPEN.

    ``capabilities`` are the peer's, as its signature vouches for them. ``groupcasts`` are the numbers of
    the owner's groupcasts taken, by multicast or by a copy on the hop; ``first_groupcast``, at the owner, that of
    the first that is for this member. ``rank`` is its place among the owner's, who learns from ``stirred`` where
    there is something to look after.
    """

    parts: Parts
    peer: VerifiedPeer
    own_address: int
    peer_address: int
    context: SecurityContext
    token: str
    capabilities: bytes = b""
    state: State = State.OPEN
    transfers: Transfers = field(default_factory=Transfers)
    groupcasts: ReplayWindow = field(default_factory=lambda: ReplayWindow(RECEIVING_WINDOW))
    closes_at: float | None = None
    first_groupcast: int = 0
    rank: int = 0
    stirred: set[int] | None = field(default=None, repr=False)

    def concerns(self, source: int, payload: bytes) -> bool:
        """Whether a protected frame from ``source`` belongs to this session."""
        return source == self.peer_address and key_id_of(self.context.profile, payload) == self.context.key_id

    @property
    def needs_keys(self) -> bool:
        """Whether the counters of this end run out."""
        return self.context.counters_left < RENEW_BELOW

    def send(self, channel: Channel, message: Message, now: float, outbox: Outbox) -> None:
        """Send a message until it is acknowledged."""
        self.transfers.add(channel, message.encode())
        self.flush(now, outbox)

    def flush(self, now: float, outbox: Outbox) -> None:
        """Emit what is due. With a spent key nothing goes out; it waits for the next one."""
        for message in self.transfers.to_send(now):
            text = Transfer(message.number, message.body).encode()
            if not self._emit(Channel(message.channel), text, outbox):
                return
            self.transfers.sent(message, now)

    def tell(self, message: Message, outbox: Outbox) -> None:
        """Send a signalling message once, unacknowledged."""
        self._emit(Channel.SIGNALLING, message.encode(), outbox)

    def _emit(self, channel: Channel, text: bytes, outbox: Outbox) -> bool:
        if self.stirred is not None:
            self.stirred.add(self.rank)
        try:
            payload = self.parts.hop.protect(self.context, channel, text)
        except KeyIsSpent:
            return False
        outbox.emit(self.own_address, self.peer_address, payload)
        return True

    def take(self, payload: bytes, now: float, outbox: Outbox) -> Message | None:
        """The peer's new message in a protected frame, acknowledged if it asked for that.

        None for an acknowledgement or a repetition. Raises :class:`PeerViolation`.
        """
        message = decode(self.parts.hop.unprotect(self.context, payload))
        if self.stirred is not None:
            self.stirred.add(self.rank)
        if isinstance(message, TransferAck):
            self.transfers.acknowledge(message.number)
            self.flush(now, outbox)
            return None
        if not isinstance(message, Transfer):
            return message
        self.tell(TransferAck(message.number), outbox)
        if not self.transfers.accept(message.number):
            return None
        inner = decode(message.body)
        if isinstance(inner, Transfer | TransferAck):
            raise PeerViolation("transfer within a transfer")
        return inner

    def renew(self, newer: Link) -> None:
        """Go on under the keys of a newer session with the same peer."""
        self.context, self.token, self.capabilities = newer.context, newer.token, newer.capabilities
        self.peer, self.peer_address = newer.peer, newer.peer_address
        self.transfers.send_again()

    def close(self, now: float, outbox: Outbox, cause: Cause | None) -> None:
        """End the session. With a ``cause`` the peer is told, until it answers or time is up."""
        self.state = following(self.state, Step.RELEASE)
        self.transfers.outgoing.clear()
        self.closes_at = now + CLOSING_TIME
        if cause is not None:
            self.send(Channel.SIGNALLING, Release(cause), now, outbox)

    def linger(self, payload: bytes, now: float, outbox: Outbox) -> None:
        """Answer for a closed link: acknowledge, so that the peer's RELEASE comes to rest. Nothing else
        is taken. Raises :class:`PeerViolation`."""
        self.take(payload, now, outbox)

    def is_forgotten(self, now: float) -> bool:
        """Whether a closed link has nothing more to do."""
        return self.closes_at is not None and self.closes_at <= now

    def deadline(self) -> float | None:
        """When the link wants to be woken. With a spent key there is nothing to repeat."""
        repeat = None
        if self.transfers.outgoing and self.context.counters_left > 0:
            repeat = self.transfers.deadline()
        if repeat is None or self.closes_at is None:
            return self.closes_at if repeat is None else repeat
        return min(repeat, self.closes_at)
