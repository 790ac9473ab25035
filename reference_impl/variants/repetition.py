"""What is the same again, though nothing wrong follows from it."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.protection import Channel, channel_of
from reference_impl.randomness import Randomness
from reference_impl.variants import Variant


class _AnswersAlike(GroupOwner):
    """Derives what is random in an answer from the request, a secret, and how often somebody proved itself: so
    no proof is good twice."""

    secret = b""
    proofs = 0

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) is not Channel.PLAIN_SIGNALLING:
            return super().receive(frame, now, outbox)
        around = self.surroundings
        own = around.randomness
        self.secret = self.secret or own.draw(32)
        request = hashlib.sha256(self.secret + frame.source.to_bytes(3, "big") + frame.payload).digest()
        around.randomness = Randomness(request, f"answer after {self.proofs}")
        try:
            return super().receive(frame, now, outbox)
        finally:
            around.randomness = own

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        self.proofs += 1
        super()._admit(responder, now, outbox)


class AnswersAlike(Variant):
    identifier = "answers-alike"
    sentence = "A GO answers a request that comes again with the same bytes, and signs without randomness."
    shows = ("C-36",)
    # Who knows its secret can make its half of each agreement again.
    claims: ClassVar = {"forward_secrecy": False}
    owner = _AnswersAlike
