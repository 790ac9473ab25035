"""Faults in which a frame that proves nothing, or the mere passing of keys, sets a counter back."""

from __future__ import annotations

from reference_impl.algorithms import KeyPair
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.faults.hop_replay import WindowedDevice, WindowedForGroupcasts, WindowedOwner
from reference_impl.group_key import GroupEpoch, Occasion
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder
from reference_impl.link import Link
from reference_impl.messages import GroupKey
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.protection import Channel
from reference_impl.user_equipment import UserEquipment

KEY_OCTETS = 16
ANNOUNCEMENT = b"\x7f"
COUNTERS_A_SESSION = 256
RING = 4
"""After how many keys made on request the first of them comes again."""


class _ReinstallingMember(UserEquipment):
    def _command(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link = self.link
        if self.attempt is None and link is not None and frame.source == link.peer_address:
            link.context.keys = KeyPair(bytes(KEY_OCTETS), bytes(KEY_OCTETS))
            link.context.next_counter = 0
            return True
        return super()._command(frame, now, outbox)


class _ReinstallingDevice(Device):
    member_room = _ReinstallingMember


class KeyWipedByReplayedJoin(Fault):
    """The buffer of the key was cleared when the key was put in the first time."""

    identifier = "key-wiped-by-replayed-join"
    sentence = "A COMMAND that comes again in a session puts in a key of zeros and begins to count anew."
    published = "PROT-02"
    breaks = "PROT.keystream"
    ability = "replay"
    device_class = _ReinstallingDevice


class _AnnouncingOwner(GroupOwner):
    admitted: int = 0

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        self.admitted += 1
        said = (self.admitted * COUNTERS_A_SESSION).to_bytes(2, "big")
        payload = bytes([Channel.PLAIN_SIGNALLING]) + ANNOUNCEMENT + said
        outbox.emit(self.surroundings.address, responder.addresses.member, payload)


class _ObedientMember(UserEquipment):
    def _hint(self, frame: AirFrame, to_group: bool, now: float, outbox: Outbox) -> bool:
        link = self.link
        if frame.payload[1:2] != ANNOUNCEMENT or link is None or frame.source != link.peer_address:
            return super()._hint(frame, to_group, now, outbox)
        link.context.next_counter = int.from_bytes(frame.payload[2:4], "big")
        return True


class _AnnouncedDevice(Device):
    owner_room = _AnnouncingOwner
    member_room = _ObedientMember


class CounterFromAnnouncement(Fault):
    """The network's time is the network's."""

    identifier = "counter-from-announcement"
    sentence = "A UE counts on from the number that its GO announces without protection, however old."
    published = "PROT-40"
    breaks = "PROT.keystream"
    ability = "replay"
    device_class = _AnnouncedDevice


class _RingOwner(WindowedOwner):
    ring: tuple[GroupEpoch, ...] = ()

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion != "asked":
            self.ring = ()
            super()._renew(occasion, now, outbox, joiner)
            return
        if len(self.ring) < RING:
            self.ring += (self.epoch,)
        if len(self.ring) < RING:
            super()._renew(occasion, now, outbox, joiner)
            return
        first, *others = self.ring
        self.ring = (*others, first)
        self.epoch = GroupEpoch(first.group, first.epoch, first.algorithm, first.key, first.owner_address)
        for link in self.links.values():
            link.send(Channel.SIGNALLING, self._key_for(link), now, outbox)


class _RingMember(WindowedForGroupcasts):
    def _install(self, link: Link, given: GroupKey) -> bool:
        if self.epoch is not None and self.epoch.epoch - given.epoch == RING - 1:
            self.epoch = None
        return super()._install(link, given)


class _RingDevice(WindowedDevice):
    owner_room = _RingOwner
    member_room = _RingMember


class GroupKeysComeRound(Fault):
    """A key identity of two bits, and a key for each."""

    identifier = "group-keys-come-round"
    sentence = "Group keys that are made on request are four in turn, each with its counters from the start."
    published = "PROT-25"
    breaks = "MCAST.integrity"
    shown_by = ("INHERITED.keys-replaced",)
    # The counters begin anew with the key, and with them the keystream; and a key that comes round is not replaced.
    also_breaks = ("MCAST.keystream", "INHERITED.keys-replaced")
    ability = "replay"
    device_class = _RingDevice
