"""Faults in what a group key is made of, where else it serves, and where it shows."""

from __future__ import annotations

import hashlib

from reference_impl.algorithms import BY_NAME
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.group_key import GroupEpoch, GroupProtection, Occasion, group_algorithm
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder
from reference_impl.link import Link
from reference_impl.messages import GROUP_KEY_OCTETS, GroupKey
from reference_impl.outcome import Outbox
from reference_impl.parts import Parts
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness


class _WeakFault(Fault, family=True):
    breaks = "KEYS.strong"
    ability = "told secrets"


class _FourOctets(GroupProtection):
    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        return randomness.draw(4).ljust(GROUP_KEY_OCTETS, b"\0")


class ShortGroupKey(_WeakFault):
    """As long as was asked for, and mostly empty."""

    identifier = "short-group-key"
    sentence = "All but four octets of a group key are zero."
    published = "KEYS-24"
    variation_of = "constant-group-key"
    decisions = Parts(group=_FourOctets())


class _FromName(GroupProtection):
    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        return hashlib.sha256(group.encode()).digest()


class GroupKeyFromName(_WeakFault):
    """Every member can make it, and so can everybody else."""

    identifier = "group-key-from-name"
    sentence = "The group key is the hash of the group's name."
    published = "MCAST-16"
    variation_of = "constant-group-key"
    # There is no other one to go on with after a removal.
    also_breaks = ("KEYS.replaced",)
    decisions = Parts(group=_FromName())


class _OpenHandedOwner(GroupOwner):
    """Gives the key to a new member twice: on its hop, and before that as older members expect it."""

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        epoch = self.epoch
        message = GroupKey(epoch.epoch, BY_NAME[epoch.algorithm].identifier, epoch.key).encode()
        payload = bytes([Channel.PLAIN_SIGNALLING]) + message
        outbox.emit(self.surroundings.address, responder.addresses.member, payload)


class _OpenHandedDevice(Device):
    owner_room = _OpenHandedOwner


class GroupKeyShownAtJoin(_WeakFault):
    """For members of an older make."""

    identifier = "group-key-shown-at-join"
    sentence = "The group key goes to a new member in clear as well."
    published = "MCAST-17"
    # A secret on the air is one whatever it opens.
    also_breaks = ("STORE.never-shown",)
    device_class = _OpenHandedDevice


class _SharedFault(Fault, family=True):
    breaks = "KEYS.separate"
    ability = "told secrets"


class _ByNumber(GroupProtection):
    """Draws a device's keys in advance, and takes for each group the next one of them."""

    def __init__(self) -> None:
        self._drawn: dict[int, list[bytes]] = {}
        self._devices: list[Randomness] = []

    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        if not any(each is randomness for each in self._devices):
            self._devices.append(randomness)
        keys = self._drawn.setdefault(id(randomness), [])
        number = former.epoch if former is not None else 0
        while len(keys) <= number:
            keys.append(super().new_key(randomness, group, former))
        return keys[number]


class OneGroupKeyForAnOwner(_SharedFault):
    """The list of keys is the device's."""

    identifier = "one-group-key-for-an-owner"
    sentence = "The groups of one GO have the same keys, one after another."
    published = "MCAST-15"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(group=_ByNumber())


class _ThriftyOwner(GroupOwner):
    """Has a good key already when somebody joins: that of the joiner's hop."""

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if joiner is None:
            super()._renew(occasion, now, outbox, joiner)
            return
        algorithm = group_algorithm(self.own.offers, [link.capabilities for link in self.links.values()])
        key, number = joiner.context.session_key, self.epoch.epoch + 1
        self.epoch = GroupEpoch(self.own.group, number, algorithm, key, self.surroundings.address)
        for link in self.links.values():
            if link is not joiner:
                link.send(Channel.SIGNALLING, self._key_for(link), now, outbox)


class _ThriftyDevice(Device):
    owner_room = _ThriftyOwner


class GroupKeyFromAHop(_SharedFault):
    """The right key under the wrong label."""

    identifier = "group-key-from-a-hop"
    sentence = "When a UE joins, the key of its own hop becomes the key of the group."
    published = "ISO-06"
    device_class = _ThriftyDevice


class _ClockedOwner(GroupOwner):
    """Draws group keys from a generator that is started anew, with the second, for each."""

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        own = self.surroundings.randomness
        self.surroundings.randomness = Randomness(str(int(now)).encode(), "group key")
        try:
            super()._renew(occasion, now, outbox, joiner)
        finally:
            self.surroundings.randomness = own


class _ClockedDevice(Device):
    owner_room = _ClockedOwner


class GroupKeyFromTheClock(_SharedFault):
    """Random enough to look at, and known to whoever knows when."""

    identifier = "group-key-from-the-clock"
    sentence = "The generator of group keys is seeded by the second at which each is drawn."
    published = "KEYS-12"
    device_class = _ClockedDevice
