"""A UE in one group: it asks, proves itself, checks the owner, and from then on talks by the owner."""

from __future__ import annotations

import math
from collections.abc import Callable

from reference_impl.credentials import VerifiedPeer
from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.group_key import group_address
from reference_impl.handshake import Addresses, Initiator
from reference_impl.link import Link
from reference_impl.membership import Membership
from reference_impl.messages import (
    Accept,
    Cause,
    Data,
    GroupKey,
    Message,
    Reject,
    RekeyingTrigger,
    Release,
    Transfer,
    TransferAck,
    decode,
)
from reference_impl.outcome import (
    AirFrame,
    KeysRenewed,
    Outbox,
    PeerRefused,
    SessionClosed,
    SessionOpened,
)
from reference_impl.protection import Channel, channel_of, key_id_of
from reference_impl.retransmission import delay_after
from reference_impl.states import State, Step, following
from reference_impl.surroundings import check_payload

JOIN_TIME = 30.0
"""Seconds for which a UE keeps asking after ``join``, and for new keys of a hop."""

REJOIN_TIME = 120.0
"""Seconds for which it keeps asking when a session was lost."""

REQUEST_TIME = 6.0
COMPLETE_TIME = 3.0
"""Seconds after which an unanswered set-up begins anew, with new keys: after the request, the COMPLETE."""

HINT_INTERVAL = 1.0
"""Hints are not proven, so they start a set-up no more often than this."""


class UserEquipment(Membership):
    """A membership at work: it asks, keeps asking, renews its keys, and ends."""

    # --- what the application asks ----------------------------------------------------------------

    def join(self, now: float, outbox: Outbox, patience: float = JOIN_TIME) -> None:
        """Start asking the owner, and keep at it for ``patience`` seconds."""
        self.give_up_at = now + patience
        self._ask(now, outbox, None)

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        """Send to one identity or to the group (None), by the owner. Raises :class:`LocalMisuse`."""
        check_payload(data)
        if self.link is None:
            raise LocalMisuse("send", "not joined")
        if to == self.own.name:
            raise LocalMisuse("send", "this is the sender itself")
        message = Data("groupcast" if to is None else "unicast", self.own.name, to or "", 0, data)
        self.link.send(Channel.DATA, message, now, outbox)
        self._mind_keys(now, outbox)

    def leave(self, now: float, outbox: Outbox) -> None:
        """Tell the owner, forget all keys of the group, stop asking. Raises :class:`LocalMisuse`."""
        if self.link is None and self.attempt is None:
            raise LocalMisuse("leave", "not joined")
        if self.attempt is not None and self.attempt.state is State.COMPLETED:
            self._retire(self._link_of(self.attempt), now, outbox, Cause.NOT_ALLOWED)
        if self.link is not None:
            self._retire(self.link, now, outbox, Cause.NOT_ALLOWED)
        self._end(outbox, "left")

    def drop_revoked(self, now: float, outbox: Outbox) -> None:
        """End the session if the owner's credentials have been withdrawn."""
        self._drop(self.own.trust.has_revoked, "owner's credentials were revoked", now, outbox)

    def drop_expired(self, now: float, outbox: Outbox) -> None:
        """End the session if the owner's credentials are no longer good."""
        self._drop(lambda peer: peer.has_expired(now), "owner's credentials have expired", now, outbox)

    def _drop(self, is_bad: Callable[[VerifiedPeer], bool], reason: str, now: float, outbox: Outbox) -> None:
        if self.link is not None and is_bad(self.link.peer):
            self._retire(self.link, now, outbox, Cause.NOT_ALLOWED)
            self._end(outbox, reason)
        elif self.attempt is not None and self.attempt.peer is not None and is_bad(self.attempt.peer):
            self._ask(now, outbox, self.attempt)

    # --- what the air brings ----------------------------------------------------------------------

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        """Take a frame if it is for this membership. Raises :class:`PeerViolation` if it is bad."""
        channel = channel_of(frame.payload)
        to_group = frame.destination == group_address(self.own.group)
        if channel is Channel.GROUPCAST:
            taken = to_group and self._groupcast(frame, now, outbox)
            self._mind_keys(now, outbox)
            return taken
        if channel is Channel.PLAIN_SIGNALLING:
            return self._hint(frame, to_group, now, outbox)
        if channel is Channel.SECURITY_MODE:
            return self._command(frame, now, outbox)
        return self._protected(frame, now, outbox)

    def _hint(self, frame: AirFrame, to_group: bool, now: float, outbox: Outbox) -> bool:
        """Unprotected signalling: nothing in it is believed."""
        message = decode(frame.payload[1:])
        if isinstance(message, Reject) and self.attempt is not None:
            self.attempt.take_reject(message, frame.source)
            return False
        if not isinstance(message, RekeyingTrigger) or self.link is None or self.attempt is not None:
            return False
        meant = self.link.context.key_id if message.key_id is not None else None
        if frame.source == self.link.peer_address and message.key_id == meant and now >= self.next_hint:
            self._renew(now, outbox)
        return not to_group

    def _command(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        attempt = self.attempt
        if attempt is None or attempt.state is not State.REQUESTED or frame.source != attempt.addresses.owner:
            return False
        if key_id_of(self.surroundings.profile, frame.payload) >> 8 != attempt.key_id_high:
            return False
        if not attempt.is_new_command(frame.payload):
            return True
        try:
            attempt.take_command(frame.payload, now)
        except PeerViolation as violation:
            if violation.peer is not None:
                attempt.cause = violation.reason
                outbox.report(PeerRefused(self.own.group, violation.peer, violation.reason))
            raise
        attempt.started, attempt.tries = now, 0
        self._repeat(attempt, now, outbox)
        return True

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if self.link is not None and self.link.concerns(frame.source, frame.payload):
            message = self.link.take(frame.payload, now, outbox)
            if message is not None:
                self._act(self.link, message, now, outbox)
            self._mind_keys(now, outbox)
            return True
        for link in self.closing:
            if link.concerns(frame.source, frame.payload):
                link.linger(frame.payload, now, outbox)
                return True
        return self._accept(frame, now, outbox)

    def _accept(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        """The owner's ACCEPT ends a set-up; nothing else is taken under its keys before."""
        attempt = self.attempt
        if attempt is None or attempt.context is None or frame.source != attempt.addresses.owner:
            return False
        if key_id_of(self.surroundings.profile, frame.payload) != attempt.context.key_id:
            return False
        transfer = decode(self.surroundings.parts.hop.unprotect(attempt.context, frame.payload))
        accept = decode(transfer.body) if isinstance(transfer, Transfer) else None
        if not isinstance(transfer, Transfer) or not isinstance(accept, Accept):
            raise PeerViolation("not an ACCEPT")
        attempt.state = following(attempt.state, Step.ACCEPT)
        fresh = self._link_of(attempt)
        self.attempt = None
        former = self.link
        if accept.continued and former is not None and self._replaces(attempt, former):
            former.renew(fresh)
            outbox.report(KeysRenewed(self.own.group))
        else:
            self.link, self.epoch = fresh, None
            outbox.report(SessionOpened(self.own.group, fresh.peer.identity, fresh.token))
        link = self.link
        assert link is not None
        link.transfers.accept(transfer.number)
        link.tell(TransferAck(transfer.number), outbox)
        self._install(link, accept.group_key)
        link.flush(now, outbox)
        return True

    @staticmethod
    def _replaces(attempt: Initiator, former: Link) -> bool:
        """Whether a set-up was for new keys of this hop, and with the same owner."""
        assert attempt.peer is not None
        same_owner = attempt.peer.identity == former.peer.identity
        return same_owner and attempt.continues == former.context.key_id

    def _act(self, link: Link, message: Message, now: float, outbox: Outbox) -> None:
        """Carry out what the owner said on the hop."""
        if isinstance(message, Data):
            self._deliver(link, message, outbox)
        elif isinstance(message, GroupKey):
            if self._install(link, message):
                outbox.report(KeysRenewed(self.own.group))
        elif isinstance(message, Release):
            self._retire(link, now, outbox, None)
            self._end(outbox, "released by the owner")
        elif not isinstance(message, Accept):
            raise PeerViolation("message is out of place")

    # --- time -------------------------------------------------------------------------------------

    def wake(self, now: float, outbox: Outbox) -> None:
        """Repeat, begin anew, or give up, whatever is due."""
        self.drop_expired(now, outbox)
        attempt = self.attempt
        if attempt is not None:
            limit = REQUEST_TIME if attempt.state is State.REQUESTED else COMPLETE_TIME
            if now >= self.give_up_at:
                self._give_up(attempt, now, outbox)
            elif now >= attempt.started + limit:
                self._ask(now, outbox, attempt)
            elif now >= attempt.due:
                self._repeat(attempt, now, outbox)
        for link in self.closing:
            link.flush(now, outbox)
        self.closing = [link for link in self.closing if not link.is_forgotten(now)]
        if self.link is not None:
            if self.link.transfers.is_lost(now):
                self._lose(now, outbox)
            else:
                self.link.flush(now, outbox)
                self._mind_keys(now, outbox)

    def deadline(self) -> float | None:
        """When :meth:`wake` is wanted, or None."""
        link, attempt = self.link, self.attempt
        soonest = math.inf
        if link is not None:
            soonest = link.peer.expires_at
            due = link.deadline()
            if due is not None and due < soonest:
                soonest = due
        if attempt is not None:
            soonest = min(soonest, attempt.due, self.give_up_at)
            if attempt.peer is not None:
                soonest = min(soonest, attempt.peer.expires_at)
        elif link is not None and link.needs_keys:
            soonest = min(soonest, self.next_hint)
        for each in self.closing:
            due = each.deadline()
            if due is not None and due < soonest:
                soonest = due
        return None if soonest == math.inf else soonest

    # --- steps ------------------------------------------------------------------------------------

    def _ask(self, now: float, outbox: Outbox, former: Initiator | None) -> None:
        """Begin a set-up, in place of ``former``."""
        own, around = self.own, self.surroundings
        attempt = Initiator(
            around.parts, around.profile, own, Addresses(around.address, self.owner_address), now
        )
        if former is not None:
            attempt.cause = former.cause
        self.attempt = None
        continues = self.link.context.key_id if self.link is not None else None
        attempt.ask(around.randomness, around.choose_high(), continues)
        self.attempt = attempt
        self._repeat(attempt, now, outbox)

    def _repeat(self, attempt: Initiator, now: float, outbox: Outbox) -> None:
        payload = attempt.complete() if attempt.state is State.COMPLETED else attempt.request_payload
        outbox.emit(self.surroundings.address, attempt.addresses.owner, payload)
        attempt.tries += 1
        attempt.due = now + delay_after(attempt.tries)

    def _give_up(self, attempt: Initiator, now: float, outbox: Outbox) -> None:
        """Stop asking. A session in use goes on, unless its keys are spent."""
        self.attempt = None
        if self.link is None:
            outbox.report(PeerRefused(self.own.group, None, attempt.cause))
        elif self.link.context.counters_left <= 0:
            self._lose(now, outbox)
        else:
            self.next_hint = now + HINT_INTERVAL

    def _renew(self, now: float, outbox: Outbox) -> None:
        """New keys for the hop: a new set-up beside the session in use."""
        self.next_hint = now + HINT_INTERVAL
        self.give_up_at = now + JOIN_TIME
        self._ask(now, outbox, None)

    def _mind_keys(self, now: float, outbox: Outbox) -> None:
        if self.link is not None and self.link.needs_keys and self.attempt is None and now >= self.next_hint:
            self._renew(now, outbox)

    def _lose(self, now: float, outbox: Outbox) -> None:
        """The hop is gone: say so, and ask to join again."""
        self.link, self.epoch = None, None
        outbox.report(SessionClosed(self.own.group, None, "hop lost"))
        self.give_up_at = now + REJOIN_TIME
        self._ask(now, outbox, self.attempt)
