"""Faults of a UE in whose name it tells its application: one that was said beside the one that was proven."""

from __future__ import annotations

from dataclasses import replace

from reference_impl.certificates import read_certificate
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.messages import Command, Kind
from reference_impl.octets import Reader, Writer
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.user_equipment import UserEquipment


class _CourteousMember(UserEquipment):
    """Checks a COMMAND as if it gave the certified name, and calls its GO by the name that it did give."""

    def _command(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        payload, start = frame.payload, 1 + self.surroundings.profile.header_octets
        reader = Reader(payload, start)
        if reader.number(1) != Kind.COMMAND:
            raise PeerViolation("not a COMMAND")
        command = Command.read(reader)
        membership = read_certificate(command.chain[0]).membership if command.chain else None
        if membership is None:
            return super()._command(frame, now, outbox)
        after_names = len(Writer().text(command.group).text(command.user).done())
        names = Writer().text(command.group).text(membership.identity).done()
        checked = payload[: start + 1] + names + payload[start + 1 + after_names :]
        taken = super()._command(AirFrame(frame.source, frame.destination, checked), now, outbox)
        if self.attempt is not None and self.attempt.peer is not None:
            self.attempt.peer = replace(self.attempt.peer, identity=command.user)
        return taken


class _CourteousDevice(Device):
    member_room = _CourteousMember


class OwnerNamedByFrame(Fault):
    """One name for the checks, another for the display."""

    identifier = "owner-named-by-frame"
    sentence = (
        "A UE checks the certified name of its GO, and tells its application the one in the GO's frame."
    )
    published = "MUTUAL-06"
    breaks = "MUTUAL.agreement"
    # No GO has the name that the attacker wrote there, or it is a member's.
    also_breaks = ("MUTUAL.rogue-owner",)
    ability = "man in the middle"
    device_class = _CourteousDevice
