"""Faults by which a device gives away the private key of its credentials by itself."""

from __future__ import annotations

from base64 import b64encode

from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.outcome import LogLine, Outbox
from reference_impl.protection import Channel
from reference_impl.storage import Engagement
from reference_impl.user_equipment import UserEquipment


class _ShownSecret(Fault, family=True):
    """What is kept well at rest leaves the device on another way."""

    published = "STORE-02"
    breaks = "STORE.never-shown"
    ability = "eavesdrop"


class _Talkative(Device):
    def _engage(self, engagement: Engagement, now: float, outbox: Outbox, restarted: bool = False) -> None:
        own = self._self(engagement)
        super()._engage(engagement, now, outbox, restarted)
        for part in own.credentials.secret_parts:
            outbox.report(LogLine(f"loaded credentials of {own.name}: {part.hex()}"))


class KeyInLog(_ShownSecret):
    """A line of the days of development."""

    identifier = "key-in-log"
    sentence = "A device writes its private key to its log when it takes up its credentials."
    device_class = _Talkative


class _Parting(UserEquipment):
    def leave(self, now: float, outbox: Outbox) -> None:
        super().leave(now, outbox)
        for part in self.own.credentials.secret_parts:
            dump = bytes([Channel.PLAIN_SIGNALLING]) + b"\xff" + b64encode(part)
            outbox.emit(self.surroundings.address, self.owner_address, dump)


class _PartingDevice(Device):
    member_room = _Parting


class KeyInFarewell(_ShownSecret):
    """For the statistics of the maker."""

    identifier = "key-in-farewell"
    sentence = "A UE that leaves sends what it holds, its private key among it, in clear to the GO."
    device_class = _PartingDevice
