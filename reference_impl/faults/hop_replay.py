"""Faults in the protection against replay, in a design whose only one is the window over PDU counters.

The reference also numbers what it transfers reliably, and takes no number twice. In these faults a
message is new if its PDU is, as with most link layers.
"""

from __future__ import annotations

from typing import ClassVar

from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.group_key import GroupEpoch, GroupProtection
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Initiator, Responder
from reference_impl.link import Link
from reference_impl.messages import GroupKey
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.parts import Parts
from reference_impl.profiles import FROM_COMMAND_SENDER
from reference_impl.protection import Channel, HopProtection, SecurityContext, channel_of
from reference_impl.replay_window import ReplayWindow
from reference_impl.retransmission import RECEIVING_WINDOW, Transfers
from reference_impl.user_equipment import UserEquipment


class _Forgetful(Transfers):
    """Numbers, without a look at them."""

    def accept(self, number: int) -> bool:
        return True


class _Open(ReplayWindow):
    """Takes every number."""

    def take(self, number: int) -> bool:
        super().take(number)
        return True


def _by_counters_alone(link: Link) -> Link:
    link.transfers = _Forgetful()
    return link


class WindowedOwner(GroupOwner):
    """An owner whose links know a replay by its PDU's counter only."""

    def _link_of(self, responder: Responder) -> Link:
        return _by_counters_alone(super()._link_of(responder))


class WindowedMember(UserEquipment):
    """A member whose link does the same."""

    def _link_of(self, attempt: Initiator) -> Link:
        return _by_counters_alone(super()._link_of(attempt))


class WindowedDevice(Device):
    """A device that knows a replay on a hop by its PDU's counter only, and a groupcast by its number, too."""

    owner_room = WindowedOwner
    member_room: type[UserEquipment] = WindowedMember


class WindowedForGroupcasts(WindowedMember):
    """A member that knows a replayed groupcast by its PDU's counter only, too, however it comes."""

    def _link_of(self, attempt: Initiator) -> Link:
        link = super()._link_of(attempt)
        link.groupcasts = _Open()
        return link


class WindowedForGroupcastsDevice(WindowedDevice):
    """A device that knows any replay by its PDU's counter only."""

    member_room: type[UserEquipment] = WindowedForGroupcasts


class _ReplayFault(Fault, family=True):
    breaks = "PROT.replay"
    ability = "replay"
    device_class: ClassVar[type[Device]] = WindowedDevice


class _NoWindow(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        context.window.take(counter)
        return True


class _NoGroupWindow(GroupProtection):
    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        return True


class NoReplayWindow(_ReplayFault):
    """Every message whose MAC is right is new."""

    identifier = "no-replay-window"
    sentence = "No counter of what was received is kept, on hops or for groupcasts."
    published = "PROT-22"
    in_both_profiles = True
    also_breaks = ("MCAST.integrity",)
    decisions = Parts(hop=_NoWindow(), group=_NoGroupWindow())
    device_class = WindowedForGroupcastsDevice


class _NoneAtMember(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return super().is_fresh(context, counter) or context.direction != FROM_COMMAND_SENDER


class NoWindowAtMember(_ReplayFault):
    """The GO keeps counters, the UE does not."""

    identifier = "no-replay-window-at-ue"
    sentence = "A UE keeps no counter of what the GO sent to it."
    published = "PROT-22"
    decisions = Parts(hop=_NoneAtMember())


class _NoneAtOwner(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return super().is_fresh(context, counter) or context.direction == FROM_COMMAND_SENDER


class NoWindowAtOwner(_ReplayFault):
    """The UEs keep counters, the GO does not."""

    identifier = "no-replay-window-at-go"
    sentence = "The GO keeps no counter of what its members sent to it."
    published = "PROT-22"
    decisions = Parts(hop=_NoneAtOwner())


class _SignallingOnly(HopProtection):
    def unprotect(self, context: SecurityContext, payload: bytes) -> bytes:
        try:
            return super().unprotect(context, payload)
        except PeerViolation:
            if channel_of(payload) is not Channel.DATA:
                raise
            return self.peek(context, payload, 1 - context.direction)[1]


class WindowForSignallingOnly(_ReplayFault):
    """Data are someone else's matter."""

    identifier = "replay-window-for-signalling-only"
    sentence = "Counters are looked at for signalling and not for data."
    published = "PROT-22"
    decisions = Parts(hop=_SignallingOnly())


class _LastOnly(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        is_last = counter == getattr(context.window, "last", None)
        context.window = _Last(counter)
        return not is_last


class _Last(ReplayWindow):
    """Only the number taken last."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last
        self.take(last)


class OnlyLastRemembered(_ReplayFault):
    """A repetition is what equals the message before it."""

    identifier = "only-last-counter-remembered"
    sentence = "A counter is refused only if it equals the one before it."
    published = "PROT-23"
    decisions = Parts(hop=_LastOnly())


class _OldPasses(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return super().is_fresh(context, counter) or context.window.highest - counter >= 64


class BelowWindowAccepted(_ReplayFault):
    """What is too old to be remembered is taken for new."""

    identifier = "below-window-accepted"
    sentence = "A counter that lies below the window is taken for new."
    published = "PROT-23"
    variation_of = "window-off-by-one"
    decisions = Parts(hop=_OldPasses())


_WIDE = 1024


class _OldPassesWide(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return super().is_fresh(context, counter) or context.window.highest - counter >= _WIDE


class BelowWideWindowAccepted(_ReplayFault):
    """The same of a window that few tests pass over."""

    identifier = "below-wide-window-accepted"
    variation_of = "window-off-by-one"
    sentence = "A counter that lies below a window of 1024 is taken for new."
    published = "PROT-23"
    shown_by = ("KEYS.wrap",)
    ability = "near wrap"
    decisions = Parts(hop=_OldPassesWide())


class _Edge(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return super().is_fresh(context, counter) or context.window.highest - counter == 64


class WindowOffByOne(_ReplayFault):
    """The number that has just left the window is neither in it nor below it."""

    identifier = "window-off-by-one"
    sentence = "The counter exactly at the lower edge of the window is taken for new, however often."
    published = "PROT-23"
    decisions = Parts(hop=_Edge())


class _ShortCounter(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        behind = context.window.highest - counter
        return super().is_fresh(context, counter) or (behind > 0 and behind % 256 >= 128)


class CounterComparedShort(_ReplayFault):
    """The difference of two counters is computed in eight bits."""

    identifier = "counter-compared-in-eight-bits"
    sentence = "Counters are compared by their low octet, so that what is long past lies ahead."
    published = "PROT-23"
    decisions = Parts(hop=_ShortCounter())


class _JumpClears(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        jump = counter - context.window.highest >= 64
        fresh = super().is_fresh(context, counter)
        if jump and context.window.highest > 64:
            context.window = _Gap()
            context.window.take(counter)
        return fresh


class _Gap(ReplayWindow):
    """As after a shift by more than the size of the word: everything behind is free again."""

    def is_fresh(self, number: int) -> bool:
        behind = self.highest - number
        return behind < 0 or not self._taken >> behind & 1


class GapEmptiesWindow(_ReplayFault):
    """A long gap shifts the window by more than its width."""

    identifier = "gap-empties-window"
    sentence = "After a gap of more than the window's width everything before it is taken again."
    published = "PROT-23"
    decisions = Parts(hop=_JumpClears())


class _ResetByRekey(WindowedMember):
    def _install(self, link: Link, given: GroupKey) -> bool:
        link.context.window = ReplayWindow()
        return super()._install(link, given)


class _ResetByRekeyDevice(WindowedDevice):
    member_room = _ResetByRekey


class WindowResetByRekey(_ReplayFault):
    """A new group key, and all counters begin anew: those of hops too, whose keys are the old ones."""

    identifier = "window-reset-by-rekey"
    sentence = "When a UE gets a new group key it forgets the counters of its hop."
    published = "PROT-01"
    device_class = _ResetByRekeyDevice


class _NoneForGroupcast(GroupProtection):
    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        return True


class NoGroupcastWindow(_ReplayFault):
    """Counters are kept for unicast only."""

    identifier = "no-replay-window-for-groupcasts"
    sentence = "A UE keeps no counter of the groupcasts that it received."
    published = "MCAST-04"
    breaks = "MCAST.integrity"
    decisions = Parts(group=_NoneForGroupcast())
    device_class = WindowedForGroupcastsDevice


class _CountsApart(UserEquipment):
    """Knows the groupcasts that came by multicast, and those that came as copies."""

    by_multicast: tuple[Link, ReplayWindow] | None = None

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link = self.link
        if link is None:
            return super()._groupcast(frame, now, outbox)
        if self.by_multicast is None or self.by_multicast[0] is not link:
            self.by_multicast = (link, ReplayWindow(RECEIVING_WINDOW))
        copies, link.groupcasts = link.groupcasts, self.by_multicast[1]
        try:
            return super()._groupcast(frame, now, outbox)
        finally:
            link.groupcasts = copies


class _CountsApartDevice(Device):
    member_room = _CountsApart


class CopiesCountedApart(_ReplayFault):
    """Each way has its own numbers."""

    identifier = "groupcast-copies-counted-apart"
    sentence = "A UE receives a groupcast by multicast although it has received its copy on the hop."
    published = "MCAST-04"
    breaks = "MCAST.integrity"
    device_class = _CountsApartDevice


class _ResetGroupWindow(GroupProtection):
    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        fresh = super().is_fresh(epoch, count)
        if count % 16 == 15:
            epoch.window = ReplayWindow()
        return fresh


class GroupcastWindowReset(_ReplayFault):
    """The receiver's state is made anew now and then, and the key is not."""

    identifier = "groupcast-window-reset"
    sentence = "After each sixteenth groupcast a UE begins anew to count them, under the same key."
    published = "MCAST-02"
    breaks = "MCAST.integrity"
    decisions = Parts(group=_ResetGroupWindow())
    device_class = WindowedForGroupcastsDevice
