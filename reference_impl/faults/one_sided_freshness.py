"""Faults of a set-up to which one end brings nothing that is new: it can be played again to that end."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from reference_impl.admission import Admission
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Initiator, Responder, Self
from reference_impl.messages import Cause, Request
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.randomness import Randomness
from reference_impl.surroundings import Surroundings
from reference_impl.user_equipment import UserEquipment


class _Stateless(Admission):
    """Everything in the answer follows from the request, so that none has to be remembered."""

    def _respond(
        self, frame: AirFrame, octets: bytes, request: Request, has_room: bool, now: float
    ) -> Responder:
        common = self.surroundings
        derived = Randomness(hashlib.sha256(octets).digest(), "answer")
        self.surroundings = replace(common, randomness=derived, rooms=[])
        try:
            return super()._respond(frame, octets, request, has_room, now)
        finally:
            self.surroundings = common


class _StatelessOwner(GroupOwner):
    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        room.admission = _Stateless(surroundings, own)
        return room


class _StatelessDevice(Device):
    owner_room = _StatelessOwner


class ReplayedJoinAccepted(Fault):
    """The GO's nonce and ephemeral key are functions of the request."""

    identifier = "replayed-join-accepted"
    sentence = "The GO's part in a set-up follows from the request, so a recorded join is good again."
    published = "AUTH-24"
    in_both_profiles = True
    breaks = "AUTH.fresh-join"
    # Session keys come back with the join, and with them everything recorded under them.
    also_breaks = ("PROT.replay",)
    ability = "replay"
    device_class = _StatelessDevice


_REMEMBERED = 30.0
"""Seconds for which a request is known again."""


class _ShortMemory(_Stateless):
    """Answers no request twice, as far as it remembers."""

    def __init__(self, surroundings: Surroundings, own: Self) -> None:
        super().__init__(surroundings, own)
        self._answered: dict[bytes, float] = {}

    def _respond(
        self, frame: AirFrame, octets: bytes, request: Request, has_room: bool, now: float
    ) -> Responder:
        answered_at = self._answered.setdefault(octets, now)
        if now - answered_at > _REMEMBERED:
            self._answered[octets] = now
        elif now > answered_at:
            raise PeerViolation("answered already", request.user)
        return super()._respond(frame, octets, request, has_room, now)

    def _note_refusal(self, digest: bytes, cause: Cause) -> None:
        pass


class _ShortMemoryOwner(GroupOwner):
    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        room.admission = _ShortMemory(surroundings, own)
        return room


class _ShortMemoryDevice(Device):
    owner_room = _ShortMemoryOwner


class ReplayedJoinAcceptedLater(Fault):
    """Requests are remembered, so that none is answered twice, and then forgotten."""

    identifier = "replayed-join-accepted-later"
    sentence = "The GO's part in a set-up follows from the request, which it remembers for half a minute."
    published = "AUTH-24"
    breaks = "AUTH.fresh-join"
    # A stranger that poses as the member beside the recorded join counts as admitted.
    may_break = ("AUTH.foreign-authority", "AUTH.without-key")
    ability = "replay"
    device_class = _ShortMemoryDevice


class _UnchangingMember(UserEquipment):
    def _ask(self, now: float, outbox: Outbox, former: Initiator | None) -> None:
        common = self.surroundings
        constant = Randomness(hashlib.sha256(self.own.name.encode()).digest(), "ask")
        self.surroundings = replace(common, randomness=constant, rooms=[])
        try:
            super()._ask(now, outbox, former)
        finally:
            self.surroundings = common


class _UnchangingDevice(Device):
    member_room = _UnchangingMember


class ReplayedOwnerAccepted(Fault):
    """The UE's nonce and ephemeral key are the same in every set-up."""

    identifier = "replayed-owner-accepted"
    sentence = (
        "The UE asks with the same nonce and key each time, so a recorded answer of its GO is good again."
    )
    published = "MUTUAL-21"
    breaks = "MUTUAL.fresh-owner"
    # The session's keys come back with the owner's recorded answer.
    also_breaks = ("PROT.replay",)
    ability = "replay"
    device_class = _UnchangingDevice
