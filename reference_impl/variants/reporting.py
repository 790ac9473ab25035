"""What the application is told: less than usual, more than usual, in other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from reference_impl.errors import PeerViolation
from reference_impl.group_owner import GroupOwner
from reference_impl.messages import Data, GroupAck, decode
from reference_impl.outcome import (
    AirFrame,
    CallDeclined,
    Happening,
    KeysRenewed,
    MessageReceived,
    Outbox,
    PeerRefused,
    SessionOpened,
)
from reference_impl.randomness import Randomness
from reference_impl.user_equipment import UserEquipment
from reference_impl.variants import Variant
from reference_impl.variants.radio import Habit, RadioDevice


class SendersUnknown(Variant):
    identifier = "no-senders"
    sentence = "A message does not tell who sent it."
    shows = ("C-54",)
    claims: ClassVar = {"reports": ("cast", "session")}


class CastsUnknown(Variant):
    identifier = "no-casts"
    sentence = "A message does not tell whether it was for one or for all."
    claims: ClassVar = {"reports": ("sender", "session")}


class NoTokens(Variant):
    identifier = "no-tokens"
    sentence = "Sessions have no names."
    claims: ClassVar = {"reports": ("sender", "cast")}


class BareEvents(Variant):
    identifier = "bare-events"
    sentence = "Events tell nothing but the group, the peer and the data."
    shows = ("C-54",)
    claims: ClassVar = {"reports": ()}


class _NoRenewals(Habit):
    def told(self, events: Sequence[Happening], now: float) -> list[Happening]:
        return [event for event in events if not isinstance(event, KeysRenewed)]


class NeverRekeyed(Variant):
    identifier = "never-rekeyed"
    sentence = "No change of keys is ever told."
    shows = ("C-10",)
    habits = (_NoRenewals,)


class _NoRefusals(Habit):
    def told(self, events: Sequence[Happening], now: float) -> list[Happening]:
        return [event for event in events if not isinstance(event, PeerRefused)]


class NeverRefused(Variant):
    identifier = "never-refused"
    sentence = "The application hears nothing of peers that were turned away, nor of joins that failed."
    shows = ("C-12", "C-58")
    habits = (_NoRefusals,)


class _OddAlerts(Habit):
    reasons = ("certificate_unobtainable", "unrecognized_name", "", "0x" + "ff" * 40)

    def told(self, events: Sequence[Happening], now: float) -> list[Happening]:
        return [self._odd(event) for event in events]

    def _odd(self, event: Happening) -> Happening:
        if not isinstance(event, PeerRefused):
            return event
        reason = self.reasons[self.randomness.draw(1)[0] % len(self.reasons)]
        return replace(event, peer=None, reason=reason)


class OddAlerts(Variant):
    identifier = "odd-alerts"
    sentence = "Refusals give reasons that no standard lists, and never name the peer."
    shows = ("C-59",)
    habits = (_OddAlerts,)


class _HearsItself(RadioDevice):
    def send(self, group: str, data: bytes, to: str | None, now: float) -> Outbox:
        outbox = super().send(group, data, to, now)
        room = self.owned.get(group) or self.joined.get(group)
        declined = any(isinstance(event, CallDeclined) for event in outbox.events)
        if to is None and room is not None and not declined:
            name = room.own.name
            outbox.report(MessageReceived(group, data, name, "groupcast", name))
        return outbox


class Loopback(Variant):
    identifier = "loopback"
    sentence = "Who sends to the group gets a copy at once, as from itself."
    shows = ("C-16",)
    device = _HearsItself


class _HearsItsEcho(UserEquipment):
    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link, epoch = self.link, self.epoch
        if link is None or epoch is None or frame.source != link.peer_address:
            return False
        text = self.surroundings.parts.group.unprotect(
            self.surroundings.profile, epoch, link.peer.identity, link.peer.public_key, frame.payload
        )
        message = decode(text)
        if not isinstance(message, Data) or message.cast != "groupcast":
            raise PeerViolation("no message in a groupcast")
        link.tell(GroupAck(message.number), outbox)
        self._deliver(link, message, outbox)
        return True


class Echo(Variant):
    identifier = "echo"
    sentence = "A member reports its own message to the group when the GO's groupcast of it comes back."
    shows = ("C-16",)
    member = _HearsItsEcho


class _TellsOfAll(GroupOwner):
    def _pass_on(self, message: Data, now: float, outbox: Outbox) -> None:
        if message.origin != self.own.name:
            self._received(message, message.origin, outbox, message.origin)
        super()._pass_on(message, now, outbox)


class OwnerReportsAll(Variant):
    identifier = "owner-reports-all"
    sentence = "The GO reports to its own application also what it passes on from one member to another."
    shows = ("C-60", "C-61")
    owner = _TellsOfAll


class _TellsOfItsOwn(GroupOwner):
    def _received(self, message: Data, origin: str, outbox: Outbox, hop: str) -> None:
        if message.cast == "unicast":
            super()._received(message, origin, outbox, hop)


class OwnerOnlyRelays(Variant):
    identifier = "owner-only-relays"
    sentence = "The GO reports nothing of what members send to the group; it passes it on."
    shows = ("C-60", "C-62")
    owner = _TellsOfItsOwn


class _Roster(Habit):
    """At a member: tells of each fellow member as joined, once it has heard of it."""

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.known: set[tuple[str, str]] = set()

    def told(self, events: Sequence[Happening], now: float) -> list[Happening]:
        told: list[Happening] = []
        for event in events:
            told.append(event)
            if isinstance(event, MessageReceived) and event.group in self.device.joined:
                fellow = (event.group, event.origin)
                if event.origin != event.hop and fellow not in self.known:
                    self.known.add(fellow)
                    told.append(SessionOpened(event.group, event.origin, ""))
        return told


class RosterIsTold(Variant):
    identifier = "roster"
    sentence = "A member reports its fellow members as joined, as it hears of them."
    shows = ("C-63",)
    claims: ClassVar = {"reports": ("sender", "cast")}
    habits = (_Roster,)
