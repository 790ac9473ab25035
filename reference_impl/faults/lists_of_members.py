"""Faults of the GO in who is who on its list: those that ask at one time, and those that it put out for good."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from reference_impl.credentials import VerifiedPeer
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder
from reference_impl.link import Link
from reference_impl.outcome import AirFrame, Outbox


class _OneAtATime(GroupOwner):
    """Every set-up has keys of its own, and one variable serves for who is asking."""

    asking: VerifiedPeer | None = None

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        known = len(self.admission.pending)
        taken = super().receive(frame, now, outbox)
        if len(self.admission.pending) > known:
            self.asking = list(self.admission.pending.values())[-1].peer
        return taken

    def _link_of(self, responder: Responder) -> Link:
        link = super()._link_of(responder)
        if self.asking is not None:
            link.peer = replace(link.peer, identity=self.asking.identity)
        return link


class _OneAtATimeDevice(Device):
    owner_room = _OneAtATime


class JoinsMixedUp(Fault):
    """Nobody tried it with two."""

    identifier = "joins-mixed-up"
    sentence = "The GO admits a UE under the name of another that asked to join at the same time."
    published = "AUTH-25"
    breaks = "AUTH.separate-joins"
    ability = "redirect"
    device_class = _OneAtATimeDevice


class RemovalBarsNobody(Fault):
    """The list is for the display."""

    identifier = "removal-bars-nobody"
    sentence = "The GO says that its removals are for good, and admits a removed UE that asks again."
    published = "ISO-17"
    breaks = "AUTH.barred"
    ability = "removed member"
    claims: ClassVar = {"removal": "bar"}
