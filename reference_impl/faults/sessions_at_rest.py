"""Faults of a device that keeps its sessions at rest, sealed, to go on with after a loss of power."""

from __future__ import annotations

import pickle
from collections.abc import Callable

from reference_impl.device import Device
from reference_impl.errors import LocalMisuse
from reference_impl.faults import Fault
from reference_impl.outcome import Outbox
from reference_impl.storage import NONCE_OCTETS

SESSIONS_FOLLOW = b"\0sessions\0"


class _SleepingDevice(Device):
    """Goes on, after a start, with the memberships that the image has, however old it is."""

    def _call(self, name: str, now: float, act: Callable[[Outbox], None]) -> Outbox:
        outbox = super()._call(name, now, act)
        memberships = {group: room for group, room in self.joined.items() if room.link is not None}
        if memberships:
            self._store()
            content = self.build.parts.sealing.unseal(self.device_key, self.image)
            content += SESSIONS_FOLLOW + pickle.dumps(memberships)
            nonce = self.randomness.draw(NONCE_OCTETS)
            self.image = self.build.parts.sealing.seal(self.device_key, nonce, content)
        return outbox

    def _start(self, now: float, outbox: Outbox) -> None:
        sealing = self.build.parts.sealing
        try:
            content, _, sessions = sealing.unseal(self.device_key, self.image).partition(SESSIONS_FOLLOW)
        except LocalMisuse:
            content = sessions = b""
        if not sessions:
            super()._start(now, outbox)
            return
        self.image = sealing.seal(self.device_key, self.randomness.draw(NONCE_OCTETS), content)
        super()._start(now, Outbox())
        for group, room in pickle.loads(sessions).items():
            room.surroundings = self.surroundings
            self.joined[group] = room
        self._list_rooms()


class OlderImageAccepted(Fault):
    """Sealed, bound to the device, and of last week."""

    identifier = "older-image-accepted"
    sentence = (
        "A UE keeps its sessions at rest, and goes on with those of an older image that is put in its place."
    )
    published = "PROT-26"
    breaks = "STORE.older-image"
    ability = "older image"
    device_class = _SleepingDevice
