"""Faults in when the group gets a new key, and in who gets it."""

from __future__ import annotations

import hashlib
from functools import cached_property

from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.group_key import HEADER_OCTETS, GroupEpoch, GroupProtection, Occasion, group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder, Self
from reference_impl.link import Link
from reference_impl.messages import Cause, Data, GroupKey, decode
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.parts import Parts
from reference_impl.protection import Channel, channel_of
from reference_impl.randomness import Randomness
from reference_impl.surroundings import Surroundings
from reference_impl.user_equipment import UserEquipment


class _RemovalFault(Fault, family=True):
    breaks = "MCAST.removed"
    ability = "removed member"


class _KeptAfterRemoval(GroupProtection):
    def renews_on(self, occasion: Occasion) -> bool:
        return occasion != "remove"


class NoRekeyAfterRemoval(_RemovalFault):
    """The member is off the list, and its key still opens everything."""

    identifier = "no-rekey-after-removal"
    sentence = "The group keeps its key when the GO removes a member."
    published = "MCAST-06"
    in_both_profiles = True
    decisions = Parts(group=_KeptAfterRemoval())


_STILL_MANY = 3


class _ThriftyOwner(GroupOwner):
    """Finds a new key too dear where there are many to give it to."""

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion != "remove" or len(self.links) < _STILL_MANY:
            super()._renew(occasion, now, outbox, joiner)


class _ThriftyDevice(Device):
    owner_room = _ThriftyOwner


class NoRekeyWhereManyRemain(_RemovalFault):
    """Right in the smallest group that one tries it with."""

    identifier = "no-rekey-where-many-remain"
    variation_of = "no-rekey-after-removal"
    sentence = "The group keeps its key when the GO removes a member and three or more remain."
    published = "MCAST-06"
    # The state of the removed one opens what is said later.
    also_breaks = ("ISO.later-groupcasts",)
    device_class = _ThriftyDevice


class _KeptAfterJoin(GroupProtection):
    def renews_on(self, occasion: Occasion) -> bool:
        return occasion != "join"


class NoRekeyAtJoin(Fault):
    """Who joins gets the key that is there."""

    identifier = "no-rekey-at-join"
    sentence = "The group keeps its key when a member joins, so that the new one reads what was recorded."
    published = "MCAST-08"
    breaks = "MCAST.future-members"
    ability = "insider"
    decisions = Parts(group=_KeptAfterJoin())


class _FamiliarOwner(GroupOwner):
    """Makes no new key for those whom it knows."""

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if joiner is not None and joiner.peer.identity in self.acquainted:
            return
        if joiner is not None:
            self.acquainted.add(joiner.peer.identity)
        super()._renew(occasion, now, outbox, joiner)

    @cached_property
    def acquainted(self) -> set[str]:
        """Those that have joined before."""
        return set()


class _FamiliarDevice(Device):
    owner_room = _FamiliarOwner


class NoRekeyForWhoReturns(Fault):
    """It was a member before, so what can be new to it?"""

    identifier = "no-rekey-for-who-returns"
    variation_of = "no-rekey-at-join"
    sentence = (
        "The group keeps its key when a former member joins again, which reads what was sent meanwhile."
    )
    published = "MCAST-08"
    breaks = "MCAST.future-members"
    ability = "insider"
    device_class = _FamiliarDevice


class _HospitableOwner(GroupOwner):
    """Awaits an answer of everybody in the group, also of who has just come."""

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        assert responder.peer is not None
        self.links[responder.peer.identity].first_groupcast = 0
        for groupcast in self.waiting.values():
            groupcast.missing += 1


class _HospitableDevice(Device):
    owner_room = _HospitableOwner


class UnansweredGoToNewcomers(Fault):
    """Who has not answered gets a copy."""

    identifier = "unanswered-go-to-newcomers"
    sentence = "A groupcast that was not acknowledged by all goes to who joined in the meantime, too."
    published = "MCAST-08"
    breaks = "MCAST.future-members"
    ability = "insider"
    device_class = _HospitableDevice


class _FollowingMember(UserEquipment):
    """Makes the next key by itself when the owner uses it."""

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        epoch = self.epoch
        index = frame.payload[1] & 0x1F if len(frame.payload) > HEADER_OCTETS else 0
        if epoch is None or (index - epoch.index) % 32 not in (1, 2, 3):
            return super()._groupcast(frame, now, outbox)
        for _ in range((index - epoch.index) % 32):
            key = _next_in_chain(epoch.key)
            epoch = GroupEpoch(epoch.group, epoch.epoch + 1, epoch.algorithm, key, epoch.owner_address)
        former, self.epoch = self.epoch, epoch
        try:
            return super()._groupcast(frame, now, outbox)
        except PeerViolation:
            self.epoch = former
            raise


class _FollowingDevice(Device):
    member_room = _FollowingMember


def _next_in_chain(key: bytes) -> bytes:
    return hashlib.sha256(b"next group key" + key).digest()


class _Chain(GroupProtection):
    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        return super().new_key(randomness, group, former) if former is None else _next_in_chain(former.key)


class KeyChainForwards(_RemovalFault):
    """Saves sending it."""

    identifier = "group-key-chain"
    sentence = "Each group key follows from the one before it, so that a removed member can go on."
    published = "MCAST-09"
    decisions = Parts(group=_Chain())
    device_class = _FollowingDevice


class _BroadcastingOwner(GroupOwner):
    """Gives the new key to all at once, under the old one, before it makes sure on each hop."""

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        around, former = self.surroundings, self.epoch
        super()._renew(occasion, now, outbox, joiner)
        message = GroupKey(self.epoch.epoch, self.epoch.algorithms.identifier, self.epoch.key).encode()
        payload = around.parts.group.protect(
            around.profile, former, self.own.name, self.own.credentials, message
        )
        outbox.emit(around.address, group_address(self.own.group), payload)


class _ListeningMember(UserEquipment):
    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link, epoch, around = self.link, self.epoch, self.surroundings
        if link is None or epoch is None or frame.source != link.peer_address:
            return False
        group = around.parts.group
        _, text, signature = group.peek(around.profile, epoch, epoch.owner_address, frame.payload)
        message = decode(text)
        signed = group.signed_text(epoch, link.peer.identity, frame.payload[1 : 1 + HEADER_OCTETS], text)
        if isinstance(message, GroupKey) and group.is_owners(link.peer.public_key, signature, signed):
            return self._install(link, message)
        return super()._groupcast(frame, now, outbox)


class _BroadcastingDevice(Device):
    owner_room = _BroadcastingOwner
    member_room = _ListeningMember


class NewKeyUnderOldKey(_RemovalFault):
    """The one who is out has the old key, and so the new one."""

    identifier = "new-group-key-under-old-key"
    sentence = "The new group key is multicast under the old one, which a removed member still has."
    published = "MCAST-10"
    device_class = _BroadcastingDevice


class _HastyOwner(GroupOwner):
    """First the key, then the list."""

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        if occasion == "remove":
            super()._renew(occasion, now, outbox, None)
        super()._part(member, now, outbox, cause, occasion, reason)

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion != "remove":
            super()._renew(occasion, now, outbox, joiner)


class _HastyDevice(Device):
    owner_room = _HastyOwner


class RekeyBeforeRemoval(_RemovalFault):
    """The right steps in the wrong order."""

    identifier = "rekey-before-removal"
    sentence = "The GO gives out the new group key before it strikes the removed member off the list."
    published = "MCAST-21"
    # A member that heard nothing of its removal but the frame with the new key has it in its state.
    also_breaks = ("ISO.later-groupcasts",)
    device_class = _HastyDevice


class _ForgivingOwner(GroupOwner):
    """Strikes off its list the one whom it removes now, and remembers all whom it ever had a hop with."""

    put_out: list[Link]

    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        assert isinstance(room, cls)
        room.put_out = []
        return room

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        link = self.links.get(member)
        super()._part(member, now, outbox, cause, occasion, reason)
        if occasion != "remove" or link is None:
            return
        for former in self.put_out:
            former.tell(self._key_for(former), outbox)
        self.put_out.append(link)


class _ForgivingDevice(Device):
    owner_room = _ForgivingOwner


class SecondRemovalUndoesTheFirst(_RemovalFault):
    """The new key goes to everybody but the one who is put out."""

    identifier = "second-removal-undoes-first"
    sentence = (
        "When the GO removes a member, it gives the new group key to those whom it removed before, too."
    )
    published = "ISO-10"
    device_class = _ForgivingDevice


class _LenientLeave(UserEquipment):
    """Keeps the group key when it leaves, and its ears open."""

    kept: tuple[GroupEpoch, Link] | None = None

    def leave(self, now: float, outbox: Outbox) -> None:
        if self.epoch is not None and self.link is not None:
            self.kept = self.epoch, self.link
        super().leave(now, outbox)

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if self.kept is None or self.link is not None or channel_of(frame.payload) is not Channel.GROUPCAST:
            return super().receive(frame, now, outbox)
        epoch, link = self.kept
        around = self.surroundings
        message = decode(
            around.parts.group.unprotect(
                around.profile, epoch, link.peer.identity, link.peer.public_key, frame.payload
            )
        )
        if isinstance(message, Data) and message.cast == "groupcast":
            self._deliver(link, message, outbox)
        return True

    @property
    def is_over(self) -> bool:
        return self.kept is None and super().is_over


class _KeptAfterLeave(GroupProtection):
    def renews_on(self, occasion: Occasion) -> bool:
        return occasion != "leave"


class _LenientDevice(Device):
    member_room = _LenientLeave


class MemberListensAfterLeaving(Fault):
    """The GO trusts those that leave to forget."""

    identifier = "no-rekey-after-leave"
    sentence = "The group keeps its key when a member leaves, and the member does not forget it."
    published = "MCAST-06"
    breaks = "MCAST.left"
    ability = "removed member"
    decisions = Parts(group=_KeptAfterLeave())
    device_class = _LenientDevice


class LeavesUnheard(Fault):
    """The GO's new key shuts its ears, if the GO hears that it left."""

    identifier = "listens-until-keys-are-new"
    sentence = "A UE that leaves goes on receiving until the GO has given new keys to the others."
    published = "MCAST-06"
    breaks = "MCAST.left"
    ability = "drop"
    device_class = _LenientDevice


class NoRekeyForWhoLeaves(Fault):
    """Who leaves forgets, but for what was copied of it before."""

    identifier = "no-rekey-for-who-leaves"
    variation_of = "no-rekey-after-leave"
    sentence = "The group keeps its key when a member leaves, which forgets it."
    published = "MCAST-06"
    in_both_profiles = True
    breaks = "MCAST.left"
    shown_by = ("ISO.after-leaving",)
    # The copied key opens what is said later.
    also_breaks = ("ISO.after-leaving",)
    ability = "clone"
    decisions = Parts(group=_KeptAfterLeave())


class _ForgetfulOwner(_ForgivingOwner):
    """Strikes off its list whom it removes, and when it is asked for new keys goes by whom it ever had a hop with."""

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        link = self.links.get(member)
        GroupOwner._part(self, member, now, outbox, cause, occasion, reason)
        if link is not None:
            self.put_out.append(link)

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        super()._renew(occasion, now, outbox, joiner)
        if occasion == "asked":
            for former in self.put_out:
                former.tell(self._key_for(former), outbox)


class _ForgetfulDevice(Device):
    owner_room = _ForgetfulOwner


class RekeyOnRequestUndoesRemovals(_RemovalFault):
    """New keys by hand are given out by another list."""

    identifier = "asked-rekey-undoes-removals"
    variation_of = "second-removal-undoes-first"
    sentence = "New group keys that are made on request go to those whom the GO removed before, too."
    published = "ISO-10"
    shown_by = ("INHERITED.excluded-by-rekeying",)
    device_class = _ForgetfulDevice
