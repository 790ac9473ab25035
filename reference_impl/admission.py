"""The owner's side of set-ups under way: who has asked, and was not admitted yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from reference_impl.errors import PeerViolation
from reference_impl.handshake import Addresses, Responder, Self
from reference_impl.messages import Cause, Reject, Request
from reference_impl.outcome import AirFrame, Outbox, PeerRefused
from reference_impl.protection import Channel, key_id_of
from reference_impl.surroundings import Surroundings

COMPLETE_WITHIN = 5.0
"""T4111: seconds from the COMMAND to the COMPLETE. A repeated request does not prolong it."""

PENDING_MOST = 128
PENDING_PER_SOURCE = 8
REFUSED_MOST = 64


@dataclass(slots=True)
class Admission:
    """Requests that were answered with a COMMAND, and those refused of late, by the hash of the request."""

    surroundings: Surroundings
    own: Self
    pending: dict[bytes, Responder] = field(default_factory=dict)
    refused: dict[bytes, Cause] = field(default_factory=dict)

    def take_request(
        self, frame: AirFrame, request: Request, has_room: bool, now: float, outbox: Outbox
    ) -> None:
        """Answer with a COMMAND, or refuse; the same request gets the same answer."""
        octets = frame.payload[1:]
        digest = hashlib.sha256(frame.source.to_bytes(3, "big") + octets).digest()
        if digest in self.refused:
            self._reject(frame, request, self.refused[digest], outbox)
            return
        responder = self.pending.get(digest)
        if responder is None:
            try:
                responder = self._respond(frame, octets, request, has_room, now)
            except PeerViolation as violation:
                cause = Cause.AUTHENTICATION_FAILURE if has_room else Cause.LACK_OF_RESOURCES
                self._note_refusal(digest, cause)
                outbox.report(PeerRefused(self.own.group, request.user, violation.reason))
                self._reject(frame, request, cause, outbox)
                return
            self._make_room(frame.source)
            self.pending[digest] = responder
        outbox.emit(self.surroundings.address, frame.source, responder.command)

    def _respond(
        self, frame: AirFrame, octets: bytes, request: Request, has_room: bool, now: float
    ) -> Responder:
        if not has_room:
            raise PeerViolation("the group is full", request.user)
        around = self.surroundings
        addresses = Addresses(member=frame.source, owner=around.address)
        responder = Responder(around.parts, around.profile, self.own, addresses, now + COMPLETE_WITHIN)
        low = around.choose_low(frame.source, request.key_id_high)
        responder.take_request(octets, request, low, around.randomness, now)
        return responder

    def take_complete(self, frame: AirFrame, now: float, outbox: Outbox) -> Responder | None:
        """The set-up that this COMPLETE finishes, or None if it belongs to none here.

        Raises :class:`PeerViolation` if it belongs to one and is not good.
        """
        key_id = key_id_of(self.surroundings.profile, frame.payload)
        for digest, responder in self.pending.items():
            if responder.addresses.member != frame.source or responder.key_id != key_id:
                continue
            try:
                responder.take_complete(frame.payload, now)
            except PeerViolation as violation:
                if violation.peer is not None:
                    del self.pending[digest]
                    outbox.report(PeerRefused(self.own.group, violation.peer, violation.reason))
                raise
            del self.pending[digest]
            return responder
        return None

    def forget(self, identity: str) -> None:
        """Drop the set-ups of ``identity``: what it began before it left or was removed admits it no more."""
        self.pending = {
            digest: each
            for digest, each in self.pending.items()
            if each.peer is None or each.peer.identity != identity
        }

    def expire(self, now: float) -> None:
        """Drop the set-ups that took too long."""
        self.pending = {digest: each for digest, each in self.pending.items() if each.expires > now}

    def deadline(self) -> float | None:
        """When the next set-up expires."""
        if not self.pending:
            return None
        return min(each.expires for each in self.pending.values())

    def _make_room(self, source: int) -> None:
        """The oldest set-ups give way, those of the same source first."""
        same = [digest for digest, each in self.pending.items() if each.addresses.member == source]
        if len(same) >= PENDING_PER_SOURCE:
            del self.pending[same[0]]
        elif len(self.pending) >= PENDING_MOST:
            del self.pending[next(iter(self.pending))]

    def _note_refusal(self, digest: bytes, cause: Cause) -> None:
        if len(self.refused) >= REFUSED_MOST:
            del self.refused[next(iter(self.refused))]
        self.refused[digest] = cause

    def _reject(self, frame: AirFrame, request: Request, cause: Cause, outbox: Outbox) -> None:
        message = Reject(self.own.group, request.nonce_1, cause).encode()
        payload = bytes([Channel.PLAIN_SIGNALLING]) + message
        outbox.emit(self.surroundings.address, frame.source, payload)
