"""Faults in which a frame without protection is taken, or given to the air."""

from __future__ import annotations

from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.group_key import Occasion, group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Cause
from reference_impl.outcome import AirFrame, MessageReceived, Outbox
from reference_impl.protection import Channel
from reference_impl.user_equipment import UserEquipment

UNPROTECTED = 0x01
"""A reserved bit of the first header octet, in which these devices read that the data are as they are."""


def _data_in_clear(link: Link, frame: AirFrame) -> bytes | None:
    """The data of a frame on ``link`` that says of itself that it is not protected, or None."""
    payload = frame.payload
    if payload[0] != Channel.DATA or not payload[1:2] or not payload[1] & UNPROTECTED:
        return None
    return payload[1 + link.context.profile.header_octets :] if link.concerns(frame.source, payload) else None


class _CredulousOwner(GroupOwner):
    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        for member, link in self.links.items():
            data = _data_in_clear(link, frame)
            if data is not None:
                outbox.report(MessageReceived(self.own.group, data, member, "unicast", member))
                return True
        return super()._protected(frame, now, outbox)


class _CredulousMember(UserEquipment):
    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        data = _data_in_clear(self.link, frame) if self.link is not None else None
        if self.link is None or data is None:
            return super()._protected(frame, now, outbox)
        owner = self.link.peer.identity
        outbox.report(MessageReceived(self.own.group, data, owner, "unicast", owner))
        return True


class _CredulousDevice(Device):
    owner_room = _CredulousOwner
    member_room = _CredulousMember


class UnprotectedDataAccepted(Fault):
    """Left from the time before there were keys."""

    identifier = "unprotected-data-accepted"
    sentence = "Data that bear a mark of being unprotected are taken although keys are set."
    published = "PROT-11"
    breaks = "PROT.integrity"
    ability = "inject"
    device_class = _CredulousDevice


class _PlainGroupMember(UserEquipment):
    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link = self.link
        to_group = frame.destination == group_address(self.own.group)
        if link is None or not to_group or frame.payload[:1] != bytes([Channel.DATA]):
            return super().receive(frame, now, outbox)
        if frame.source != link.peer_address:
            return False
        data = frame.payload[1 + link.context.profile.header_octets :]
        owner = link.peer.identity
        outbox.report(MessageReceived(self.own.group, data, owner, "groupcast", owner))
        return True


class _PlainGroupDevice(Device):
    member_room = _PlainGroupMember


class PlainGroupcastAccepted(Fault):
    """What goes to all is for all to read, and who would forge that?"""

    identifier = "plain-groupcast-accepted"
    sentence = "A frame of the data channel is taken as it is where it is addressed to the group."
    published = "MCAST-05"
    breaks = "MCAST.integrity"
    ability = "inject"
    device_class = _PlainGroupDevice


class _FlushingOwner(GroupOwner):
    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        link = self.links[member]
        for message in link.transfers.outgoing.values():
            if message.channel == Channel.DATA:
                payload = bytes([Channel.DATA]) + message.body
                outbox.emit(self.surroundings.address, link.peer_address, payload)
        super()._part(member, now, outbox, cause, occasion, reason)


class _FlushingDevice(Device):
    owner_room = _FlushingOwner


class QueueFlushedInClear(Fault):
    """The keys are gone before the queue is empty."""

    identifier = "queue-flushed-in-clear"
    sentence = "What is still on its way to a member when its session ends goes out once more without keys."
    published = "PROT-37"
    breaks = "PROT.confidential-downlink"
    ability = "eavesdrop"
    device_class = _FlushingDevice
