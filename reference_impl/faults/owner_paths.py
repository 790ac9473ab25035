"""Faults of a UE that checks its GO, but not each time and not in everything."""

from __future__ import annotations

from dataclasses import replace

from reference_impl.credentials import Expected
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.admission import (
    _AnyDate,
    _AnyIssuer,
    _AnyPurpose,
    _Cached,
    _NameOnly,
    _NeverRevoked,
    _Unproven,
)
from reference_impl.faults.one_sided import of_owners
from reference_impl.handshake import Initiator, session_token
from reference_impl.messages import Command, Kind
from reference_impl.octets import Reader
from reference_impl.outcome import AirFrame, Outbox, SessionOpened
from reference_impl.parts import Parts
from reference_impl.states import State
from reference_impl.user_equipment import UserEquipment


class _RogueOwnerFault(Fault, family=True):
    breaks = "MUTUAL.rogue-owner"
    ability = "rogue GO"


class _FlawedOwnerFault(Fault, family=True):
    breaks = "MUTUAL.flawed-owner"
    ability = "flawed credentials"


class OwnersAuthorityNotChecked(_RogueOwnerFault):
    """An owner's certificate it must be, of whatever authority."""

    identifier = "owners-authority-not-checked"
    sentence = "The UE takes a GO whose certificate was issued by an authority that it does not trust."
    published = "MUTUAL-14"
    # A forged issuer and a member who issues are of no trusted authority either.
    also_breaks = ("MUTUAL.flawed-owner",)
    decisions = Parts(credentials=of_owners(_AnyIssuer()))


class OwnersPossessionNotChecked(_RogueOwnerFault):
    """The GO shows a certificate, and that is all the proof."""

    identifier = "owners-possession-not-checked"
    sentence = "The UE takes a GO that shows a good certificate without proof of its private key."
    published = "MUTUAL-01"
    shown_by = ("MUTUAL.flawed-owner",)
    decisions = Parts(credentials=of_owners(_Unproven()))


class OwnersDatesNotChecked(_FlawedOwnerFault):
    """A UE out of coverage does not know the time, somebody thought."""

    identifier = "owners-dates-not-checked"
    sentence = "The UE takes a GO whose certificate is out of date."
    published = "AUTH-12"
    decisions = Parts(credentials=of_owners(_AnyDate()))


class OwnersPurposeNotChecked(_FlawedOwnerFault):
    """The GO asks for the purpose, the UE does not."""

    identifier = "owners-purpose-not-checked"
    sentence = "The UE takes a GO whose certificate was issued for another service."
    published = "AUTH-13"
    decisions = Parts(credentials=of_owners(_AnyPurpose()))


class OwnersIssuerByName(_FlawedOwnerFault):
    """The name of the authority is looked up, and its signature is not."""

    identifier = "owners-issuer-by-name"
    sentence = "The UE knows the issuer of a GO's certificate by its name, without its signature."
    published = "AUTH-17"
    decisions = Parts(credentials=of_owners(_NameOnly()))


class OwnersRevocationIgnored(_FlawedOwnerFault):
    """Who would withdraw an owner?"""

    identifier = "owners-revocation-ignored"
    sentence = "The UE takes a GO whose certificate it knows as revoked."
    published = "AUTH-18"
    decisions = Parts(credentials=of_owners(_NeverRevoked()))


class OwnerCachedByName(_RogueOwnerFault):
    """The second time it is an old acquaintance."""

    identifier = "owner-cached-by-name"
    sentence = "The UE verifies the certificate of a GO once, and later takes any certificate under its name."
    published = "MUTUAL-11"
    # Another owner's certificate is one of these.
    also_breaks = ("MUTUAL.claimed-name",)

    @classmethod
    def parts(cls) -> Parts:
        return Parts(credentials=of_owners(_Cached()))


def _trusting(attempt: Initiator | None) -> None:
    """Let this set-up take an owner of any authority."""
    if attempt is not None:
        attempt.parts = replace(attempt.parts, credentials=of_owners(_AnyIssuer()))


class _RelievedMember(UserEquipment):
    """Is glad that somebody answers when the hop was lost."""

    def _lose(self, now: float, outbox: Outbox) -> None:
        super()._lose(now, outbox)
        _trusting(self.attempt)

    def _ask(self, now: float, outbox: Outbox, former: Initiator | None) -> None:
        was_trusting = former is not None and former.parts is not self.surroundings.parts
        super()._ask(now, outbox, former)
        if was_trusting:
            _trusting(self.attempt)


class _RelievedDevice(Device):
    member_room = _RelievedMember


class UncheckedAfterLoss(_RogueOwnerFault):
    """The check is in the code of the first join, and not in that of the reconnection."""

    identifier = "owner-unchecked-after-loss"
    sentence = "A UE that has lost its hop takes whichever GO answers it then."
    published = "MUTUAL-10"
    device_class = _RelievedDevice


class _ObedientMember(UserEquipment):
    """Renews its keys with whoever answers."""

    def _renew(self, now: float, outbox: Outbox) -> None:
        super()._renew(now, outbox)
        _trusting(self.attempt)


class _ObedientDevice(Device):
    member_room = _ObedientMember


class UncheckedAtRekeying(_RogueOwnerFault):
    """Anyone may ask for new keys, and then may be the one to give them."""

    identifier = "owner-unchecked-at-rekeying"
    sentence = "A UE that was asked for new keys, which anyone can do, takes whichever GO answers it then."
    published = "MUTUAL-13"
    device_class = _ObedientDevice


class _HastyMember(UserEquipment):
    """Tells its application of the GO when it has seen its certificate."""

    greeted: frozenset[bytes] = frozenset()
    queued: tuple[tuple[bytes, str | None], ...] = ()

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        if self.link is None and self.attempt is not None and self.attempt.request in self.greeted:
            self.queued += ((data, to),)
        else:
            super().send(data, to, now, outbox)

    def _accept(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        taken = super()._accept(frame, now, outbox)
        if taken:
            queued, self.queued = self.queued, ()
            for data, to in queued:
                self.send(data, to, now, outbox)
        return taken

    def _command(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        attempt = self.attempt
        if attempt is not None and attempt.state is State.REQUESTED and frame.source == self.owner_address:
            self._greet(attempt, frame, now, outbox)
        return super()._command(frame, now, outbox)

    def _greet(self, attempt: Initiator, frame: AirFrame, now: float, outbox: Outbox) -> None:
        if attempt.request in self.greeted:
            return
        reader = Reader(frame.payload[1 + self.surroundings.profile.header_octets :])
        if reader.number(1) != Kind.COMMAND:
            raise PeerViolation("not a COMMAND")
        command = Command.read(reader)
        expected = Expected(self.own.group, "owner", command.user, self.own.credentials)
        peer = self.surroundings.parts.credentials.verify(command.chain, self.own.trust, expected, now)
        self.greeted |= {attempt.request}
        outbox.report(SessionOpened(self.own.group, peer.identity, session_token(attempt.request)))


class _HastyDevice(Device):
    member_room = _HastyMember


class JoinedAtCertificate(Fault):
    """The name is known before anything fresh was seen, and so the news goes out."""

    identifier = "joined-at-certificate"
    sentence = "A UE reports that it has joined when it has seen a good certificate of its GO."
    published = "MUTUAL-20"
    breaks = "MUTUAL.fresh-owner"
    ability = "replay"
    device_class = _HastyDevice
