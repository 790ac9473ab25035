"""Faults in which the group key goes to whoever has asked under the name of one who was admitted.

The GO answers everybody who asks, and looks at credentials only when a set-up is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reference_impl.admission import COMPLETE_WITHIN, Admission
from reference_impl.agreement import Agreement
from reference_impl.algorithms import BY_IDENTIFIER
from reference_impl.certificates import Membership, read_certificate
from reference_impl.credentials import CredentialChecks, Expected, TrustStore, VerifiedPeer
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.one_sided import of_members
from reference_impl.group_key import GroupEpoch
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Addresses, Responder, Self
from reference_impl.messages import Data, GroupKey, Request, decode
from reference_impl.outcome import AirFrame, MessageReceived, Outbox
from reference_impl.parts import Parts
from reference_impl.protection import Channel, key_id_of
from reference_impl.surroundings import Surroundings
from reference_impl.user_equipment import UserEquipment

ASKED_MOST = 64


class _Later(CredentialChecks):
    """Reads the certificate and does not judge it yet."""

    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        own = read_certificate(chain[0]) if chain else None
        if own is None or own.membership is None:
            raise PeerViolation("no credentials", expected.claim)
        return VerifiedPeer(own.membership.identity, own.public_key, own.serial, b"")


class _LateAdmission(Admission):
    def __init__(self, surroundings: Surroundings, own: Self) -> None:
        super().__init__(surroundings, own)
        self.asked: list[Responder] = []

    def _respond(
        self, frame: AirFrame, octets: bytes, request: Request, has_room: bool, now: float
    ) -> Responder:
        if not has_room:
            raise PeerViolation("the group is full", request.user)
        around = self.surroundings
        addresses = Addresses(member=frame.source, owner=around.address)
        parts = replace(around.parts, credentials=_Later())
        responder = Responder(parts, around.profile, self.own, addresses, now + COMPLETE_WITHIN)
        low = around.choose_low(frame.source, request.key_id_high)
        responder.take_request(octets, request, low, around.randomness, now)
        responder.parts = around.parts
        self.asked = [*self.asked[1 - ASKED_MOST :], responder]
        return responder


class _OwnerByName(GroupOwner):
    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        room.admission = _LateAdmission(surroundings, own)
        return room

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        parts, request = self.surroundings.parts, responder.request
        assert request is not None
        assert isinstance(self.admission, _LateAdmission)
        expected = Expected(self.own.group, "member", request.user, self.own.credentials)
        responder.peer = parts.credentials.verify(request.chain, self.own.trust, expected, now)
        super()._admit(responder, now, outbox)
        for other in self.admission.asked:
            if other is responder or other.context is None or other.request is None:
                continue
            if other.request.user == request.user:
                key = self._key_for(self._link_of(other)).encode()
                payload = parts.hop.protect(other.context, Channel.SIGNALLING, key)
                outbox.emit(self.surroundings.address, other.addresses.member, payload)


class _EarlyMember(UserEquipment):
    """Listens as soon as it has a key."""

    early: tuple[GroupEpoch, VerifiedPeer] | None = None

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        attempt, around = self.attempt, self.surroundings
        if self.link is None and attempt is not None and attempt.context is not None and attempt.peer:
            context = attempt.context
            if key_id_of(around.profile, frame.payload) == context.key_id:
                message = decode(around.parts.hop.peek(context, frame.payload, 1 - context.direction)[1])
                if isinstance(message, GroupKey) and message.algorithm in BY_IDENTIFIER:
                    name = BY_IDENTIFIER[message.algorithm].name
                    owner = attempt.addresses.owner
                    epoch = GroupEpoch(self.own.group, message.epoch, name, message.key, owner)
                    self.early = epoch, attempt.peer
                    return True
        return super()._protected(frame, now, outbox)

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if self.link is not None or self.early is None:
            return super()._groupcast(frame, now, outbox)
        epoch, owner = self.early
        around = self.surroundings
        text = around.parts.group.unprotect(
            around.profile, epoch, owner.identity, owner.public_key, frame.payload
        )
        message = decode(text)
        if isinstance(message, Data) and message.cast == "groupcast":
            told = MessageReceived(self.own.group, message.data, message.origin, "groupcast", owner.identity)
            outbox.report(told)
        return True


class _NameDevice(Device):
    owner_room = _OwnerByName
    member_room = _EarlyMember


class GroupKeyToAllOfAName(Fault):
    """The name was verified, so its device is."""

    identifier = "group-key-to-all-of-a-name"
    sentence = "When a UE is admitted, every device that has asked under its name gets the group key."
    published = "MCAST-13"
    breaks = "MCAST.outsiders"
    ability = "foreign authority"
    device_class = _NameDevice


class _AnyName(CredentialChecks):
    def is_claim(self, membership: Membership, expected: Expected) -> bool:
        return True


class _NameUnbound(Agreement):
    def bound(self, request: bytes) -> bytes:
        message = decode(request)
        return replace(message, user="").encode() if isinstance(message, Request) else request


class GroupKeyByUnprovenName(Fault):
    """The list is kept by the names that stand in the requests, which nobody proves."""

    identifier = "group-key-by-unproven-name"
    sentence = "The group key goes to all who asked under the name in an admitted request, proven or not."
    published = "MCAST-12"
    breaks = "MCAST.outsiders"
    ability = "alter"
    decisions = Parts(credentials=of_members(_AnyName()), agreement=_NameUnbound())
    device_class = _NameDevice
