"""Faults of the GO in what it passes on: from whom, and for how long."""

from __future__ import annotations

from collections.abc import Collection

from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.group_key import Occasion
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Cause, Data
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.parts import Parts
from reference_impl.relay import RelayRules


class _Believing(RelayRules):
    def origin(self, authenticated: str, data: Data) -> str:
        return data.origin

    def is_true_origin(self, authenticated: str, data: Data) -> bool:
        return True


class ClaimedOriginBelieved(Fault):
    """The hop is authenticated, the name within is not."""

    identifier = "claimed-origin-believed"
    sentence = "The GO passes a message on under the sender's name that stands in it."
    published = "PROT-41"
    in_both_profiles = True
    breaks = "ISO.speaks"
    # A false name at the GO is a false name at every receiver.
    also_breaks = ("ISO.speaks-to-all", "PROT.origin", "MCAST.origin")
    ability = "clone"
    decisions = Parts(relay=_Believing())


class _ToAll(RelayRules):
    def recipients(self, data: Data, members: Collection[str]) -> list[str]:
        return list(members)

    def is_mine(self, identity: str, data: Data) -> bool:
        return True


class UnicastToAll(Fault):
    """A hub."""

    identifier = "unicast-to-all"
    sentence = "The GO passes a unicast on to all members, each of which takes it."
    published = "PROT-43"
    in_both_profiles = True
    breaks = "PROT.right-recipient"
    ability = "insider"
    decisions = Parts(relay=_ToAll())


class _Folding(RelayRules):
    def recipients(self, data: Data, members: Collection[str]) -> list[str]:
        return [member for member in members if member.casefold() == data.destination.casefold()]

    def is_mine(self, identity: str, data: Data) -> bool:
        if data.cast != "unicast":
            return super().is_mine(identity, data)
        return data.destination.casefold() == identity.casefold()


class RecipientWithoutCase(Fault):
    """Two names that differ in their letters' case are two names."""

    identifier = "recipient-without-case"
    sentence = "The receiver's name is looked up without regard to case, so that a like-named member gets the message."
    published = "PROT-43"
    breaks = "PROT.right-recipient"
    ability = "insider"
    decisions = Parts(relay=_Folding())


class _ToUnknown(RelayRules):
    def recipients(self, data: Data, members: Collection[str]) -> list[str]:
        known = list(members)
        return [data.destination] if data.destination in known else known

    def is_mine(self, identity: str, data: Data) -> bool:
        return True


class UnknownRecipientIsAll(Fault):
    """As a switch floods what it has not learned."""

    identifier = "unknown-recipient-is-all"
    sentence = "A unicast to somebody who is not in the group goes to all members, each of which takes it."
    published = "PROT-43"
    breaks = "PROT.right-recipient"
    ability = "insider"
    decisions = Parts(relay=_ToUnknown())


class _AttachedOwner(GroupOwner):
    """Strikes a member off its list and leaves its hop as it is."""

    ghosts: tuple[Link, ...] = ()

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        if occasion == "remove":
            self.ghosts = (*self.ghosts, self.links[member])
        super()._part(member, now, outbox, cause, occasion, reason)

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        for link in self.ghosts:
            if link.concerns(frame.source, frame.payload):
                message = link.take(frame.payload, now, outbox)
                if isinstance(message, Data):
                    self._relay(link, message, now, outbox)
                return True
        return super()._protected(frame, now, outbox)


class _AttachedDevice(Device):
    owner_room = _AttachedOwner


class RemovedMemberKeepsItsHop(Fault):
    """The removal is an entry in a list that the receiving side never reads."""

    identifier = "removed-member-keeps-its-hop"
    sentence = "The GO still takes and passes on what comes by the hop of a removed member."
    published = "ISO-17"
    in_both_profiles = True
    breaks = "ISO.after-removal"
    # Who was removed is not admitted, and is heard.
    also_breaks = ("AUTH.admitted-only",)
    ability = "clone"
    device_class = _AttachedDevice


class _SparingOwner(GroupOwner):
    def drop_revoked(self, now: float, outbox: Outbox) -> None:
        pass


class _SparingDevice(Device):
    owner_room = _SparingOwner


class RevocationSparesSessions(Fault):
    """Revocation is looked at when somebody joins."""

    identifier = "revocation-spares-sessions"
    sentence = "A session goes on when the GO learns that its member's certificate was revoked."
    published = "AUTH-18"
    breaks = "ISO.revoked"
    ability = "clone"
    device_class = _SparingDevice


class _LingeringOwner(GroupOwner):
    """Answers for a hop that it closes, as it must, and takes what comes by it, as it must not."""

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        for link in self.closing:
            if link.concerns(frame.source, frame.payload):
                message = link.take(frame.payload, now, outbox)
                if isinstance(message, Data):
                    self._relay(link, message, now, outbox)
                return True
        return super()._protected(frame, now, outbox)


class _LingeringDevice(Device):
    owner_room = _LingeringOwner


class HeardWhileClosing(Fault):
    """For some seconds the hop of a removed member is kept, so that its farewell is heard."""

    identifier = "heard-while-closing"
    variation_of = "removed-member-keeps-its-hop"
    sentence = "The GO passes on what a removed member sends in the seconds in which it closes its hop."
    published = "ISO-17"
    breaks = "AUTH.admitted-only"
    ability = "removed member"
    device_class = _LingeringDevice
