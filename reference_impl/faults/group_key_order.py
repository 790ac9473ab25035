"""Faults in which a removal changes the group's key, but not always, not for all, or not for good."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from reference_impl.algorithms import PduInput
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import ComposedSet, GroupWith
from reference_impl.faults.hop_mac import _names_end
from reference_impl.faults.hop_replay import WindowedDevice, WindowedForGroupcasts
from reference_impl.group_key import (
    COUNTERS,
    HEADER_OCTETS,
    GroupEpoch,
    GroupProtection,
    Occasion,
)
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Cause, Data, GroupKey, Kind
from reference_impl.outcome import AirFrame, KeysRenewed, Outbox
from reference_impl.parts import Parts
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness
from reference_impl.replay_window import ReplayWindow
from reference_impl.retransmission import Transfers
from reference_impl.user_equipment import UserEquipment


class _UnchangingOwner(GroupOwner):
    def rekey(self, now: float, outbox: Outbox) -> None:
        outbox.report(KeysRenewed(self.own.group))


class _UnchangingDevice(Device):
    owner_room = _UnchangingOwner


class RekeyInNameOnly(Fault):
    """The application hears of new keys, and goes on with the old ones."""

    identifier = "rekey-in-name-only"
    sentence = "A GO that is asked for new keys of the group says that it made them, and keeps the old ones."
    published = "MCAST-07"
    breaks = "INHERITED.keys-replaced"
    ability = "told secrets"
    device_class = _UnchangingDevice


class _RemovalFault(Fault, family=True):
    breaks = "MCAST.removed"
    # What a removed member can still hear, its stolen state can still open.
    also_breaks: ClassVar[tuple[str, ...]] = ("ISO.later-groupcasts", "KEYS.replaced")
    ability = "removed member"


class _UnhurriedOwner(GroupOwner):
    """Makes no new key so soon after the last."""

    renewed: float | None = None

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion == "remove" and self.renewed is not None and now - self.renewed < 30.0:
            return
        self.renewed = now
        super()._renew(occasion, now, outbox, joiner)


class _UnhurriedDevice(Device):
    owner_room = _UnhurriedOwner


class RekeyTooSoonLeftOut(_RemovalFault):
    """A limit against those who make the GO work, and nobody comes back to what it held up."""

    identifier = "rekey-too-soon-left-out"
    sentence = "A removal within thirty seconds of the group's last new key brings no new one."
    published = "MCAST-07"
    device_class = _UnhurriedDevice


class _SparingOwner(GroupOwner):
    """Takes the newest member's key for new enough."""

    newest: str = ""

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if joiner is not None:
            self.newest = joiner.peer.identity
        if occasion != "remove" or self.newest in self.links:
            super()._renew(occasion, now, outbox, joiner)


class _SparingDevice(Device):
    owner_room = _SparingOwner


class NoRekeyForTheNewest(_RemovalFault):
    """Its key was made when it came, so it cannot be old, somebody thought."""

    identifier = "no-rekey-for-the-newest"
    sentence = "The group keeps its key when the member that joined last is removed."
    published = "MCAST-06"
    device_class = _SparingDevice


class _TwoKeyOwner(GroupOwner):
    """Passes on what members say under the key before the present one, until all can have got that."""

    former: GroupEpoch | None = None

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion == "remove":
            self.former = self.epoch
        elif joiner is not None:
            self.former = None
        super()._renew(occasion, now, outbox, joiner)

    def _groupcast(self, origin: str, data: bytes, now: float, outbox: Outbox) -> None:
        present = self.epoch
        if self.former is not None and origin != self.own.name:
            self.epoch = self.former
        try:
            super()._groupcast(origin, data, now, outbox)
        finally:
            self.epoch = present


class _TwoKeyMember(UserEquipment):
    """Takes a groupcast under the present key or the one before."""

    former: GroupEpoch | None = None

    def _install(self, link: Link, given: GroupKey) -> bool:
        present = self.epoch
        installed = super()._install(link, given)
        if installed:
            self.former = present
        return installed

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        present = self.epoch
        index = frame.payload[1] & 0x1F if len(frame.payload) > HEADER_OCTETS else 0
        if self.former is not None and index == self.former.index:
            self.epoch = self.former
        try:
            return super()._groupcast(frame, now, outbox)
        finally:
            self.epoch = present


class _TwoKeyDevice(Device):
    owner_room = _TwoKeyOwner
    member_room = _TwoKeyMember


class RelayedUnderTheFormerKey(_RemovalFault):
    """The GO's own words change their key, the members' do not."""

    identifier = "relayed-under-the-former-key"
    sentence = "After a removal the GO multicasts under the former key what members send to the group."
    published = "MCAST-07"
    also_breaks = ("ISO.later-groupcasts",)
    device_class = _TwoKeyDevice


class _CopyingOwner(GroupOwner):
    """Serves by copies whoever has no key, also those that are to have none."""

    struck: tuple[Link, ...] = ()

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        if occasion == "remove":
            link = self.links[member]
            kept = Link(
                link.parts,
                link.peer,
                link.own_address,
                link.peer_address,
                link.context,
                link.token,
                transfers=Transfers(next_number=link.transfers.next_number + 1),
            )
            self.struck = (*self.struck, kept)
        super()._part(member, now, outbox, cause, occasion, reason)

    def _groupcast(self, origin: str, data: bytes, now: float, outbox: Outbox) -> None:
        number = self.next_groupcast
        super()._groupcast(origin, data, now, outbox)
        for link in self.struck:
            if link.peer.identity not in self.links:
                link.send(Channel.DATA, Data("groupcast", origin, "", number, data), now, outbox)


class _CopyingDevice(Device):
    owner_room = _CopyingOwner


class CopiesToTheRemoved(_RemovalFault):
    """The list for the key and the list for copies are two."""

    identifier = "copies-to-the-removed"
    sentence = "The GO goes on to send copies of groupcasts to a removed member on its old hop."
    published = "ISO-17"
    also_breaks = ("ISO.later-groupcasts",)
    device_class = _CopyingDevice


class _BackwardChain(GroupProtection):
    """Draws the last key of a group first: each one is the hash of the one that follows it."""

    LENGTH = 512

    def __init__(self) -> None:
        self._last: dict[str, bytes] = {}

    def new_key(self, randomness: Randomness, group: str, former: GroupEpoch | None) -> bytes:
        key = self._last.setdefault(group, super().new_key(randomness, group, former))
        for _ in range(self.LENGTH - (former.epoch if former is not None else 0)):
            key = before(key)
        return key


def before(key: bytes) -> bytes:
    """The group key that was in use before ``key``."""
    return hashlib.sha256(b"former group key" + key).digest()


class _LookingBack(UserEquipment):
    """Makes former keys by itself where a frame is under one."""

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        present = self.epoch
        index = frame.payload[1] & 0x1F if len(frame.payload) > HEADER_OCTETS else 0
        if present is not None and 0 < (present.index - index) % 32 < 4:
            key = present.key
            for _ in range((present.index - index) % 32):
                key = before(key)
            number = present.epoch - (present.index - index) % 32
            self.epoch = GroupEpoch(present.group, number, present.algorithm, key, present.owner_address)
        try:
            return super()._groupcast(frame, now, outbox)
        finally:
            self.epoch = present


class _LookingBackDevice(Device):
    member_room = _LookingBack


class GroupKeyChainBackwards(Fault):
    """Whoever missed a key can make it up, and so can whoever was not there."""

    identifier = "group-key-chain-backwards"
    sentence = "From each group key follow those before it, so that a new member reads what was recorded."
    published = "MCAST-09"
    breaks = "MCAST.future-members"
    ability = "insider"
    device_class = _LookingBackDevice

    @classmethod
    def parts(cls) -> Parts:
        return Parts(group=_BackwardChain())


class _OldKeyMember(WindowedForGroupcasts):
    """Keeps former keys for stragglers, each with a new window."""

    former: GroupEpoch | None = None

    def _install(self, link: Link, given: GroupKey) -> bool:
        present = self.epoch
        installed = super()._install(link, given)
        if installed and present is not None:
            self.former = present
            self.former.window = ReplayWindow()
        return installed

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        present = self.epoch
        index = frame.payload[1] & 0x1F if len(frame.payload) > HEADER_OCTETS else 0
        if self.former is not None and index == self.former.index:
            self.epoch = self.former
        try:
            return super()._groupcast(frame, now, outbox)
        finally:
            self.epoch = present


class _OldKeyDevice(WindowedDevice):
    member_room = _OldKeyMember


class FormerGroupKeyWithNewWindow(Fault):
    """The key is kept for what comes late, the counters are the new key's."""

    identifier = "former-group-key-with-new-window"
    sentence = "A UE still takes groupcasts under the former key, and has forgotten which it took."
    published = "MCAST-04"
    breaks = "MCAST.integrity"
    shown_by = ("INHERITED.keys-replaced",)
    ability = "replay"
    device_class = _OldKeyDevice


class _WrappingGroupCounter(GroupProtection):
    def next_count(self, epoch: GroupEpoch) -> tuple[int, int]:
        if epoch.next_sn >= COUNTERS:
            epoch.next_sn = 0
        return super().next_count(epoch)

    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        if epoch.window.highest - count > COUNTERS // 2:
            epoch.window = ReplayWindow()
        return super().is_fresh(epoch, count)


class GroupcastCounterWraps(Fault):
    """Sixteen bits, and then the same sixteen bits."""

    identifier = "groupcast-counter-wraps"
    sentence = "The counter of groupcasts begins anew at its end, under the same keys."
    published = "PROT-27"
    breaks = "MCAST.keystream"
    shown_by = ("KEYS.wrap",)
    # What was recorded at the same counters before is taken again.
    also_breaks = ("MCAST.integrity",)
    ability = "near wrap"
    decisions = Parts(group=_WrappingGroupCounter())


class _NamesBefore(ComposedSet):
    """The names stand before the ciphered part, as a header of the relay."""

    def encipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        end = _names(data)
        return data[:end] + super().encipher(key, pdu, data[end:])

    def decipher(self, key: bytes, pdu: PduInput, body: bytes) -> bytes:
        end = _names(body)
        return body[:end] + super().decipher(key, pdu, body[end:])

    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, data[_names(data) :])


def _names(data: bytes) -> int:
    """Where the names before a groupcast's message end."""
    return max(_names_end(bytes([Kind.TRANSFER, 0, 0, 0, 0]) + data) - 5, 0)


class _SignedWithoutNames(GroupWith):
    def signed_text(self, epoch: GroupEpoch, owner: str, header: bytes, data: bytes) -> bytes:
        return super().signed_text(epoch, owner, header, data[_names(data) :])


class GroupcastNamesOutside(Fault):
    """Who speaks stands in a header of the relay, which nothing protects."""

    identifier = "groupcast-names-outside"
    sentence = "The sender's name of a groupcast stands outside what its MAC and its signature are over."
    published = "ISO-02"
    breaks = "MCAST.origin"
    shown_by = ("PROT.origin",)
    ability = "alter"
    decisions = Parts(group=_SignedWithoutNames(_NamesBefore()))


TARDY_SECONDS = 3.0


class _TardyOwner(GroupOwner):
    """Makes the new key a while after a removal, so that several removals cost one."""

    renew_at: float | None = None

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion == "remove":
            self.renew_at = now + TARDY_SECONDS
            return
        self.renew_at = None
        super()._renew(occasion, now, outbox, joiner)

    def wake(self, now: float, outbox: Outbox) -> None:
        if self.renew_at is not None and self.renew_at <= now:
            self._renew("lost", now, outbox, None)
        super().wake(now, outbox)

    def deadline(self) -> float | None:
        due = super().deadline()
        return due if self.renew_at is None else self.renew_at if due is None else min(due, self.renew_at)


class _TardyDevice(Device):
    owner_room = _TardyOwner


class RekeyAWhileAfterRemoval(_RemovalFault):
    """Rekeying in batches, of which the statement says nothing."""

    identifier = "rekey-a-while-after-removal"
    sentence = "The group keeps its key for three seconds after a removal, though no grace is claimed."
    published = "MCAST-21"
    also_breaks = ("ISO.later-groupcasts",)
    device_class = _TardyDevice
