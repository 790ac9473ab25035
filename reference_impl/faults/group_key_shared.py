"""Faults in which a key of one group serves elsewhere too."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from reference_impl.algorithms import KeyPair
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.group_key import GroupEpoch, GroupProtection, Occasion, group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.key_hierarchy import traffic_key
from reference_impl.messages import Data, decode
from reference_impl.outcome import AirFrame, MessageReceived, Outbox
from reference_impl.parts import Parts
from reference_impl.profiles import Profile
from reference_impl.protection import Channel, channel_of
from reference_impl.randomness import Randomness
from reference_impl.user_equipment import UserEquipment


class _OneForAll(GroupProtection):
    """Groupcasts as in TS 33.303, without a signature, under a key that all devices of this make know."""

    def renews_on(self, occasion: Occasion) -> bool:
        return False

    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        return hashlib.sha256(b"key of all groups").digest()

    def traffic_keys(self, profile: Profile, epoch: GroupEpoch, sender: int, traffic_id: int) -> KeyPair:
        key = traffic_key(profile, epoch.key, 0, traffic_id, 0)
        return self.algorithms(epoch).keys(profile.fc_group_algorithm_key, key)

    def is_owners(self, owner_key: bytes, signature: bytes, text: bytes) -> bool:
        return True


class _AddressBlindMember(UserEquipment):
    """Takes what its key opens: that is what the key is for."""

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) is Channel.GROUPCAST and self.link is not None:
            frame = AirFrame(self.link.peer_address, group_address(self.own.group), frame.payload)
        return super().receive(frame, now, outbox)


class _AddressBlindDevice(Device):
    member_room = _AddressBlindMember


class OneGroupKeyForAll(Fault):
    """Addresses are the only thing that tells groups apart."""

    identifier = "one-group-key-for-all"
    sentence = "All groups have the same key, whoever owns them."
    published = "MCAST-15"
    breaks = "MCAST.other-groups"
    # There is no other key to go on with when a member is removed.
    # Counters of two groups meet under it, and so do unicasts by those who take what they can open.
    also_breaks = ("MCAST.removed", "MCAST.future-members", "MCAST.keystream", "PROT.right-recipient")
    ability = "member of another group"
    claims: ClassVar[dict[str, object]] = {"groupcast_origin": False}
    decisions = Parts(group=_OneForAll())
    device_class = _AddressBlindDevice


class _ThriftyOwner(GroupOwner):
    """Sends a unicast once, under the key that all members have, to the address of one."""

    def _pass_on(self, message: Data, now: float, outbox: Outbox) -> None:
        around = self.surroundings
        for member in around.parts.relay.recipients(message, self.links):
            payload = around.parts.group.protect(
                around.profile, self.epoch, self.own.name, self.own.credentials, message.encode()
            )
            outbox.emit(around.address, self.links[member].peer_address, payload)


class _AddressedMember(UserEquipment):
    """Takes what comes to its address under the key of the group."""

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        around, link, epoch = self.surroundings, self.link, self.epoch
        if channel_of(frame.payload) is not Channel.GROUPCAST or frame.destination != around.address:
            return super().receive(frame, now, outbox)
        if link is None or epoch is None:
            return False
        message = decode(
            around.parts.group.unprotect(
                around.profile, epoch, link.peer.identity, link.peer.public_key, frame.payload
            )
        )
        if not isinstance(message, Data) or message.cast != "unicast":
            raise PeerViolation("no unicast")
        outbox.report(
            MessageReceived(self.own.group, message.data, message.origin, "unicast", link.peer.identity)
        )
        return True


class _ThriftyDevice(Device):
    owner_room = _ThriftyOwner
    member_room = _AddressedMember


class UnicastUnderGroupKey(Fault):
    """Every member can open what is for one of them; only the address says for whom it is."""

    identifier = "unicast-under-group-key"
    sentence = (
        "The GO sends unicasts under the key of the group, and a member takes what comes to its address."
    )
    published = "PROT-43"
    breaks = "PROT.right-recipient"
    ability = "insider"
    device_class = _ThriftyDevice


class _Zero(GroupProtection):
    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        return bytes(32)


class ConstantGroupKey(Fault):
    """The generator was not there yet."""

    identifier = "constant-group-key"
    sentence = "Every group key is all zeros."
    published = "MCAST-01"
    breaks = "KEYS.strong"
    # A key that is always the same is neither a group's own nor a new one.
    also_breaks = ("KEYS.separate", "KEYS.replaced")
    ability = "told secrets"
    decisions = Parts(group=_Zero())
