"""Faults in a short way back for those whom the GO knows: none is in the reference, and here it is too short."""

from __future__ import annotations

import hashlib

from reference_impl.device import Build, Device
from reference_impl.faults import Fault
from reference_impl.group_key import Occasion
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Cause
from reference_impl.outcome import AirFrame, Outbox, SessionOpened
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness

TICKET = b"\x7e"
"""The kind of the message that shows a ticket: one that the reference has not."""


def _ticket(link: Link) -> bytes:
    proof = hashlib.sha256(b"the way back" + link.context.session_key).digest()
    return bytes([Channel.PLAIN_SIGNALLING]) + TICKET + proof


class _KnowingOwner(GroupOwner):
    """Knows those who left by their last session, and takes their ticket for their coming back."""

    former: dict[bytes, str]

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        link = self.links.get(member)
        if occasion == "leave" and link is not None:
            self.former = {**getattr(self, "former", {}), _ticket(link): member}
        super()._part(member, now, outbox, cause, occasion, reason)

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        member = getattr(self, "former", {}).get(frame.payload)
        if member is None:
            return super().receive(frame, now, outbox)
        outbox.report(SessionOpened(self.own.group, member, frame.payload[2:18].hex()))
        return True


class _ReturningDevice(Device):
    """Shows the ticket of its last session beside its request."""

    owner_room = _KnowingOwner

    def __init__(self, build: Build, randomness: Randomness) -> None:
        super().__init__(build, randomness)
        self.tickets: dict[str, bytes] = {}

    def leave(self, group: str, now: float) -> Outbox:
        room = self.joined.get(group)
        if room is not None and room.link is not None:
            self.tickets[group] = _ticket(room.link)
        return super().leave(group, now)

    def join(
        self, group: str, owner_address: int, credentials: bytes, now: float, claim: str | None = None
    ) -> Outbox:
        outbox = super().join(group, owner_address, credentials, now, claim)
        if group in self.tickets:
            outbox.emit(self.build.address, owner_address, self.tickets[group])
        return outbox


class WayBackWithoutFreshness(Fault):
    """A ticket that nothing wears out."""

    identifier = "way-back-without-freshness"
    sentence = (
        "The GO admits whoever shows the ticket of a session that a member left, as often as it is shown."
    )
    published = "AUTH-24"
    breaks = "AUTH.fresh-join"
    ability = "replay"
    device_class = _ReturningDevice
