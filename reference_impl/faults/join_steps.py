"""Faults in the steps of a set-up: a message of the wrong role, a proof of zeros, a message too early."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from reference_impl.admission import Admission
from reference_impl.credentials import CredentialChecks, Expected, VerifiedPeer
from reference_impl.device import Device
from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.one_sided import FOR_EVER, of_members, of_owners
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder, Self
from reference_impl.messages import Command, Data, Kind, Request, decode
from reference_impl.octets import Reader
from reference_impl.outcome import AirFrame, Outbox, SessionOpened
from reference_impl.parts import Parts
from reference_impl.profiles import TO_COMMAND_SENDER, Profile
from reference_impl.protection import Channel, HopProtection, SecurityContext, channel_of
from reference_impl.randomness import Randomness
from reference_impl.surroundings import Surroundings
from reference_impl.user_equipment import UserEquipment


def _command_in(payload: bytes, profile: Profile) -> Command | None:
    """The COMMAND that a frame carries, unverified, if it does."""
    reader = Reader(payload[1 + profile.header_octets :])
    return Command.read(reader) if reader.number(1) == Kind.COMMAND else None


class _EitherRole(GroupOwner):
    """One table of messages for both roles: a COMMAND says that the other end is content."""

    asked: dict[int, str]

    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        assert isinstance(room, cls)
        room.asked = {}
        return room

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        channel = channel_of(frame.payload)
        if channel is Channel.PLAIN_SIGNALLING:
            request = decode(frame.payload[1:])
            if isinstance(request, Request):
                self.asked[frame.source] = request.user
        elif channel is Channel.SECURITY_MODE and frame.source in self.asked:
            command = _command_in(frame.payload, self.surroundings.profile)
            if command is not None and command.group == self.own.group:
                token = hashlib.sha256(frame.payload).hexdigest()[:32]
                outbox.report(SessionOpened(self.own.group, self.asked.pop(frame.source), token))
                return True
        return super().receive(frame, now, outbox)


class _EitherRoleDevice(Device):
    owner_room = _EitherRole


class OwnersOwnWordsAdmit(Fault):
    """The state machine knows what comes next, and not who may say it."""

    identifier = "owners-own-words-admit"
    sentence = "The GO counts a UE as admitted when that one sends it a message that only a GO may send."
    published = "AUTH-03"
    breaks = "AUTH.foreign-authority"
    # Whose certificate is good gets the message from the GO at once, and only has to give it back.
    also_breaks = ("AUTH.without-key",)
    ability = "replay"
    device_class = _EitherRoleDevice


class _BareComplete(HopProtection):
    """The COMPLETE is signed, so it goes out and is taken without a MAC."""

    def protect(self, context: SecurityContext, channel: Channel, data: bytes) -> bytes:
        payload = super().protect(context, channel, data)
        if channel is not Channel.SECURITY_MODE or context.direction != TO_COMMAND_SENDER:
            return payload
        return payload[: 1 + context.profile.header_octets] + data

    def peek(self, context: SecurityContext, payload: bytes, direction: int) -> tuple[int, bytes]:
        if channel_of(payload) is not Channel.SECURITY_MODE or direction != TO_COMMAND_SENDER:
            return super().peek(context, payload, direction)
        end = 1 + context.profile.header_octets
        _, _, sn = context.profile.read_header(payload[1:end])
        return context.profile.infer_counter(sn, context.window.highest), payload[end:]


class _ZerosVerify(CredentialChecks):
    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        return not any(signature) or super().has_proven_possession(peer, signature, transcript)


class ProofOfZerosAccepted(Fault):
    """Neither number of a signature is checked to be in its range."""

    identifier = "proof-of-zeros-accepted"
    sentence = "The GO takes a signature of zeros for the proof of whatever key a certificate names."
    published = "AUTH-06"
    breaks = "AUTH.without-key"
    ability = "stolen certificate"
    decisions = Parts(hop=_BareComplete(), credentials=of_members(_ZerosVerify()))


class _Eager(UserEquipment):
    """What is to be sent before the session stands goes out at once."""

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        try:
            super().send(data, to, now, outbox)
        except LocalMisuse:
            attempt = self.attempt
            if self.link is not None or attempt is None:
                raise
            early = Data("groupcast" if to is None else "unicast", self.own.name, to or "", 0, data)
            payload = bytes([Channel.PLAIN_SIGNALLING]) + early.encode()
            outbox.emit(self.surroundings.address, attempt.addresses.owner, payload)


class _Patient(GroupOwner):
    """Keeps what came too early, until somebody at that address has joined."""

    early: dict[int, list[Data]]

    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        assert isinstance(room, cls)
        room.early = {}
        return room

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) is Channel.PLAIN_SIGNALLING:
            message = decode(frame.payload[1:])
            if isinstance(message, Data):
                self.early.setdefault(frame.source, []).append(message)
                return True
        return super().receive(frame, now, outbox)

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        link = self._link_of(responder)
        for message in self.early.pop(link.peer_address, ()):
            self._relay(link, replace(message, origin=link.peer.identity), now, outbox)


class _EagerDevice(Device):
    owner_room = _Patient
    member_room = _Eager


class EarlyDataKept(Fault):
    """The session vouches for what came before it."""

    identifier = "early-data-kept"
    sentence = (
        "What the GO gets from an address before a join it passes on as from the UE that then joins there."
    )
    published = "AUTH-30"
    breaks = "AUTH.admitted-only"
    # What a UE sends before its session stands is in clear.
    also_breaks = ("PROT.confidential-uplink",)
    ability = "inject"
    device_class = _EagerDevice


class _Open(CredentialChecks):
    def without_certificate(self, expected: Expected) -> VerifiedPeer:
        return VerifiedPeer(expected.claim, b"", 0, b"", FOR_EVER)

    def has_proven_possession(self, peer: VerifiedPeer, signature: bytes, transcript: bytes) -> bool:
        return not peer.public_key or super().has_proven_possession(peer, signature, transcript)


class OpenOwnerAccepted(Fault):
    """Authentication is there for those who have something to show."""

    identifier = "open-owner-accepted"
    sentence = "A UE joins a GO that shows no certificate at all."
    published = "MUTUAL-14"
    breaks = "MUTUAL.rogue-owner"
    shown_by = ("MUTUAL.open-owner",)
    ability = "rogue GO"
    decisions = Parts(credentials=of_owners(_Open()))


_CHECK_OCTETS = 16


class _Indulgent(UserEquipment):
    """Where the COMMAND has no check, there is no protection to be had, and none is asked for."""

    def _command(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        attempt = self.attempt
        if attempt is None or attempt.context is not None or any(frame.payload[-_CHECK_OCTETS:]):
            return super()._command(frame, now, outbox)
        command = _command_in(frame.payload, self.surroundings.profile)
        if command is None or command.group != self.own.group:
            raise PeerViolation("COMMAND for another group")
        self.attempt = None
        token = hashlib.sha256(frame.payload).hexdigest()[:32]
        outbox.report(SessionOpened(self.own.group, command.user, token))
        return True


class _IndulgentDevice(Device):
    member_room = _Indulgent


class OwnerOfZerosAccepted(Fault):
    """The key of a session can be forced to none."""

    identifier = "owner-of-zeros-accepted"
    sentence = (
        "A UE that finds the end of its GO's COMMAND zeroed goes on without a key, and without a proof."
    )
    published = "KEYS-21"
    breaks = "MUTUAL.rogue-owner"
    ability = "rogue GO"
    device_class = _IndulgentDevice


_TICK = 8
"""Seconds."""


class _ByTheClock(Admission):
    """Nonce and ephemeral key follow from the request and from the time of day."""

    def _respond(
        self, frame: AirFrame, octets: bytes, request: Request, has_room: bool, now: float
    ) -> Responder:
        common = self.surroundings
        tick = int(now / _TICK).to_bytes(8, "big")
        derived = Randomness(hashlib.sha256(tick + octets).digest(), "answer")
        self.surroundings = replace(common, randomness=derived, rooms=[])
        try:
            return super()._respond(frame, octets, request, has_room, now)
        finally:
            self.surroundings = common


class _OwnerByTheClock(GroupOwner):
    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        room.admission = _ByTheClock(surroundings, own)
        return room


class _DeviceByTheClock(Device):
    owner_room = _OwnerByTheClock


class NonceFromTheClock(Fault):
    """Fresh as long as time goes on."""

    identifier = "nonce-from-the-clock"
    sentence = (
        "The GO's part in a set-up follows from the request and the time, so it comes back with the time."
    )
    published = "KEYS-13"
    breaks = "AUTH.fresh-join"
    ability = "clock"
    device_class = _DeviceByTheClock
