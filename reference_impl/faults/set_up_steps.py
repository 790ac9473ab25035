"""Faults of the GO in the steps of a set-up: who is admitted, or heard, before or without the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reference_impl.admission import Admission
from reference_impl.credentials import Expected, TrustStore, VerifiedPeer
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.admission import _Credulous
from reference_impl.faults.one_sided import of_members
from reference_impl.group_key import Occasion
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder, Self
from reference_impl.link import Link
from reference_impl.messages import Cause, Data, Request, Transfer
from reference_impl.outcome import AirFrame, Outbox, PeerRefused, SessionOpened
from reference_impl.protection import Channel, key_id_of
from reference_impl.surroundings import Surroundings
from reference_impl.user_equipment import UserEquipment


class _EarlyOwner(GroupOwner):
    """Takes a UE in with the answer to its request, and does not wait for its proof."""

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        known = set(self.admission.pending)
        taken = super().receive(frame, now, outbox)
        for digest, responder in list(self.admission.pending.items()):
            if digest not in known:
                del self.admission.pending[digest]
                self._admit(responder, now, outbox)
        return taken


class _EarlyDevice(Device):
    owner_room = _EarlyOwner


class AdmittedBeforeProof(Fault):
    """The certificate is good, so the proof will be, too."""

    identifier = "admitted-before-proof"
    sentence = "The GO admits a UE when it has answered its request, and does not wait for its proof."
    published = "AUTH-02"
    breaks = "AUTH.without-key"
    # A request that was heard before is as good as a new one.
    also_breaks = ("AUTH.fresh-join",)
    ability = "stolen certificate"
    device_class = _EarlyDevice


def _with_admission(kind: type[Admission]) -> type[Device]:
    """A device whose GO takes set-ups as ``kind`` does."""

    class Owner(GroupOwner):
        @classmethod
        def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
            room = super().found(surroundings, own)
            room.admission = kind(surroundings, own)
            return room

    class Made(Device):
        owner_room = Owner

    return Made


def _concerns(responder: Responder, frame: AirFrame, surroundings: Surroundings) -> bool:
    key_id = key_id_of(surroundings.profile, frame.payload)
    return responder.addresses.member == frame.source and responder.key_id == key_id


class _RoleBlind(Admission):
    """Does not look which of the two roles a message of the set-up is from."""

    def take_complete(self, frame: AirFrame, now: float, outbox: Outbox) -> Responder | None:
        for digest, responder in self.pending.items():
            if responder.addresses.member == frame.source and responder.command == frame.payload:
                del self.pending[digest]
                return responder
        return super().take_complete(frame, now, outbox)


class OwnersOwnMessageCompletes(Fault):
    """What the GO said itself ends the set-up as well as what the UE says."""

    identifier = "own-message-completes"
    sentence = "The GO takes its own message of a set-up, given back, for the one by which the UE ends it."
    published = "AUTH-03"
    breaks = "AUTH.without-key"
    ability = "reflect"
    device_class = _with_admission(_RoleBlind)


@dataclass(slots=True)
class _Repeated(Admission):
    """Keeps a set-up whose proof was wrong, and does not look a second time."""

    tried: list[Responder] = field(default_factory=list)

    def take_complete(self, frame: AirFrame, now: float, outbox: Outbox) -> Responder | None:
        for responder in self.tried:
            if _concerns(responder, frame, self.surroundings):
                self.tried.remove(responder)
                return responder
        pending = dict(self.pending)
        try:
            return Admission.take_complete(self, frame, now, outbox)
        except PeerViolation as violation:
            if violation.peer is not None:
                self.tried += [each for digest, each in pending.items() if digest not in self.pending]
            raise


class SecondProofBelieved(Fault):
    """The state moves on with the message, whatever came of it."""

    identifier = "second-proof-believed"
    sentence = "The GO refuses a wrong proof and takes its repetition without a look."
    published = "AUTH-05"
    breaks = "AUTH.without-key"
    ability = "stolen certificate"
    device_class = _with_admission(_Repeated)


class _ReunitingOwner(GroupOwner):
    """Counts all who went by themselves as back when one of them is."""

    gone: tuple[Link, ...] = ()

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        if occasion == "leave":
            self.gone = (*self.gone, self.links[member])
        super()._part(member, now, outbox, cause, occasion, reason)

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        gone, self.gone = self.gone, ()
        for link in gone:
            name = link.peer.identity
            if name not in self.links:
                self.links[name] = Link(
                    link.parts, link.peer, link.own_address, link.peer_address, link.context, link.token
                )
                outbox.report(SessionOpened(self.own.group, name, link.token))


class _ReunitingDevice(Device):
    owner_room = _ReunitingOwner


class OneProofForSeveral(Fault):
    """The group is back when one of it is."""

    identifier = "one-proof-for-several"
    sentence = "When a UE proves itself the GO counts all members that had left as joined again."
    published = "AUTH-26"
    breaks = "AUTH.fresh-join"
    ability = "insider"
    device_class = _ReunitingDevice


class _ListeningOwner(GroupOwner):
    """Passes on what comes under the keys of a set-up that is not over."""

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if super()._protected(frame, now, outbox):
            return True
        for responder in self.admission.pending.values():
            if _concerns(responder, frame, self.surroundings):
                link = self._link_of(responder)
                message = link.take(frame.payload, now, outbox)
                if isinstance(message, Data):
                    self._relay(link, message, now, outbox)
                return True
        return False


class _EagerMember(UserEquipment):
    """Speaks as soon as it has keys, before it was accepted."""

    early: int = 1 << 20

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        attempt = self.attempt
        if self.link is not None or attempt is None or attempt.context is None:
            super().send(data, to, now, outbox)
            return
        message = Data("groupcast" if to is None else "unicast", self.own.name, to or "", 0, data)
        self.early += 1
        text = Transfer(self.early, message.encode()).encode()
        payload = self.surroundings.parts.hop.protect(attempt.context, Channel.DATA, text)
        outbox.emit(self.surroundings.address, self.owner_address, payload)


class _EagerDevice(Device):
    owner_room = _ListeningOwner
    member_room = _EagerMember


class HeardBeforeAdmission(Fault):
    """The keys are there, so they serve; who has them is not known yet."""

    identifier = "heard-before-admission"
    sentence = "The GO passes on what comes under the keys of a set-up whose proof has not come."
    published = "AUTH-27"
    breaks = "AUTH.admitted-only"
    ability = "drop"
    device_class = _EagerDevice


class _OpenPort(Admission):
    """Reports a refusal and goes on, as if it were somebody else's task to act on it."""

    def _respond(
        self, frame: AirFrame, octets: bytes, request: Request, has_room: bool, now: float
    ) -> Responder:
        try:
            return super()._respond(frame, octets, request, has_room, now)
        except PeerViolation:
            if not has_room:
                raise
        strict = self.surroundings
        self.surroundings = replace(
            strict, parts=replace(strict.parts, credentials=of_members(_Anybody())), rooms=[]
        )
        try:
            return super()._respond(frame, octets, request, has_room, now)
        finally:
            self.surroundings = strict


class _Anybody(_Credulous):
    def verify(
        self, chain: Sequence[bytes], trust: TrustStore, expected: Expected, now: float
    ) -> VerifiedPeer:
        if not chain:
            return self.without_certificate(expected)
        return super().verify(chain, trust, expected, now)


class _OpenPortOwner(GroupOwner):
    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        room.admission = _OpenPort(surroundings, own)
        return room

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        if responder.parts is not self.surroundings.parts:
            told = [each for each in outbox.events if not isinstance(each, SessionOpened)]
            assert responder.request is not None
            told.append(PeerRefused(self.own.group, responder.request.user, "credentials are not good"))
            outbox.events[:] = told


class _OpenPortDevice(Device):
    owner_room = _OpenPortOwner


class RefusedAndLetIn(Fault):
    """The result goes into the log, and the port is open."""

    identifier = "refused-and-let-in"
    sentence = "The GO tells that it refused a UE with bad credentials, and serves it all the same."
    published = "AUTH-29"
    breaks = "AUTH.admitted-only"
    ability = "foreign authority"
    device_class = _OpenPortDevice
