"""Faults in what is done when nobody answers: the next try is not protected as the first ones were."""

from __future__ import annotations

from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.group_owner import GroupOwner
from reference_impl.messages import Data, decode
from reference_impl.outcome import Outbox
from reference_impl.parts import Parts
from reference_impl.protection import Channel, HopProtection, SecurityContext

PATIENT = 12
"""After so many tries something else is tried: some fourteen seconds."""


class _Desperate(HopProtection):
    """Counts how often it was asked to protect one message under one key."""

    def __init__(self) -> None:
        self._tries: dict[tuple[bytes, int, bytes], int] = {}

    def protect(self, context: SecurityContext, channel: Channel, data: bytes) -> bytes:
        protected = super().protect(context, channel, data)
        if channel is not Channel.DATA:
            return protected
        message = context.session_key, context.direction, data
        self._tries[message] = self._tries.get(message, 0) + 1
        return protected if self._tries[message] <= PATIENT else bytes([channel]) + data


class ClearAfterRetries(Fault):
    """Maybe the other end has lost its keys."""

    identifier = "clear-after-retries"
    sentence = "A message on a hop that was not answered twelve times is sent on without keys."
    published = "PROT-37"
    breaks = "PROT.confidential-uplink"
    # A groupcast that is not answered goes by the hop, too.
    also_breaks = ("PROT.confidential-downlink", "MCAST.outsiders")
    ability = "drop"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(hop=_Desperate())


class _HelpfulOwner(GroupOwner):
    """Has another key that the member must have, and tries that."""

    def wake(self, now: float, outbox: Outbox) -> None:
        super().wake(now, outbox)
        around = self.surroundings
        for link in self.links.values():
            for waiting in link.transfers.outgoing.values():
                message = decode(waiting.body) if waiting.tries > PATIENT else None
                if isinstance(message, Data) and message.cast == "unicast":
                    payload = around.parts.group.protect(
                        around.profile, self.epoch, self.own.name, self.own.credentials, waiting.body
                    )
                    outbox.emit(around.address, link.peer_address, payload)


class _HelpfulDevice(Device):
    owner_room = _HelpfulOwner


class RetriedUnderGroupKey(Fault):
    """What one member did not answer, all can open."""

    identifier = "retried-under-group-key"
    sentence = (
        "A unicast of the GO that was not answered twelve times is sent under the key of the group, too."
    )
    published = "ISO-05"
    breaks = "ISO.reads"
    ability = "drop"
    device_class = _HelpfulDevice
