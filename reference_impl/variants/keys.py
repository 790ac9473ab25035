"""When keys change, who gets them when, and how counters go."""

from __future__ import annotations

from typing import ClassVar

from reference_impl.credentials import CredentialKind
from reference_impl.errors import PeerViolation
from reference_impl.group_key import GroupEpoch, GroupProtection, Occasion
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Initiator, Responder
from reference_impl.link import Link
from reference_impl.messages import Data, GroupKey, Transfer, decode
from reference_impl.outcome import AirFrame, Outbox
from reference_impl.pair_keys import PairKeys
from reference_impl.profiles import NR_33536
from reference_impl.protection import Channel, HopProtection, SecurityContext
from reference_impl.retransmission import Outgoing, Transfers
from reference_impl.user_equipment import UserEquipment
from reference_impl.variants import Variant

ALL_BUT_NEAR_WRAP = (
    "clone",
    "unprotect",
    "protect",
    "secrets",
    "stored",
    "parameters",
    "rekey",
    "revoke",
    "offers",
    "restart",
)


class _RenewsWithEachMessage(GroupOwner):
    def _groupcast(self, origin: str, data: bytes, now: float, outbox: Outbox) -> None:
        self._renew("asked", now, outbox, None)
        super()._groupcast(origin, data, now, outbox)


class KeyOfEachMessage(Variant):
    identifier = "key-of-each-message"
    sentence = "The group gets a new key for every groupcast."
    shows = ("C-09",)
    owner = _RenewsWithEachMessage


class _RenewsByTheClock(GroupOwner):
    period = 3.0
    renew_at = 0.0

    def wake(self, now: float, outbox: Outbox) -> None:
        super().wake(now, outbox)
        if self.links and self.renew_at <= now:
            self.renew_at = now + self.period
            self._renew("asked", now, outbox, None)

    def deadline(self) -> float | None:
        due = self.renew_at if self.links else None
        return min((at for at in (super().deadline(), due) if at is not None), default=None)


class KeyOfEachMoment(Variant):
    identifier = "key-by-the-clock"
    sentence = "The group gets a new key every three seconds."
    shows = ("C-09",)
    owner = _RenewsByTheClock


class _RenewsLater(GroupOwner):
    """After a member is gone the others keep the key of the group for three seconds."""

    delay = 3.0
    renew_at: float | None = None

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion in ("leave", "remove", "lost"):
            if self.renew_at is None:
                self.renew_at = now + self.delay
            return
        self.renew_at = None
        super()._renew(occasion, now, outbox, joiner)

    def wake(self, now: float, outbox: Outbox) -> None:
        super().wake(now, outbox)
        if self.renew_at is not None and self.renew_at <= now:
            self._renew("asked", now, outbox, None)

    def deadline(self) -> float | None:
        return min((at for at in (super().deadline(), self.renew_at) if at is not None), default=None)


class _KeepsFormerKey(UserEquipment):
    """Still takes groupcasts under the former key for two seconds after a new one came."""

    kept_for = 2.0
    former: GroupEpoch | None = None
    former_until = 0.0
    moment = 0.0

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        self.moment = now
        return super().receive(frame, now, outbox)

    def _install(self, link: Link, given: GroupKey) -> bool:
        epoch = self.epoch
        is_newer = super()._install(link, given)
        if is_newer and epoch is not None:
            self.former, self.former_until = epoch, self.moment + self.kept_for
        return is_newer

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        try:
            return super()._groupcast(frame, now, outbox)
        except PeerViolation:
            if self.former is None or now >= self.former_until:
                self.former = None
                raise
        present, self.epoch = self.epoch, self.former
        try:
            return super()._groupcast(frame, now, outbox)
        finally:
            self.epoch = present

    def _end(self, outbox: Outbox, reason: str) -> None:
        self.former = None
        super()._end(outbox, reason)


class OldKeysHold(Variant):
    identifier = "old-keys-hold"
    sentence = (
        "The group gets its new key three seconds after a member has gone, and the old one holds two more."
    )
    shows = ("C-29",)
    claims: ClassVar = {"rekey_grace": 8.0}
    owner = _RenewsLater
    member = _KeepsFormerKey


class _NewcomersWait(GroupOwner):
    """Who joins gets no groupcasts until the group's next key, a second later."""

    delay = 1.0
    renew_at: float | None = None

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if occasion == "join" and joiner is not None:
            self.apart |= {joiner.peer.identity}
            self.renew_at = now + self.delay if self.renew_at is None else self.renew_at
            return
        for newcomer in self.apart & self.links.keys():
            self.links[newcomer].first_groupcast = self.next_groupcast
        self.apart, self.renew_at = frozenset(), None
        super()._renew(occasion, now, outbox, joiner)

    def _key_for(self, link: Link) -> GroupKey:
        if link.peer.identity in self.apart:
            return GroupKey(self.epoch.epoch, 0, b"")
        return super()._key_for(link)

    def _forget(self, member: str) -> Link | None:
        self.apart -= {member}
        return super()._forget(member)

    def wake(self, now: float, outbox: Outbox) -> None:
        super().wake(now, outbox)
        if self.renew_at is not None and self.renew_at <= now:
            self._renew("asked", now, outbox, None)

    def deadline(self) -> float | None:
        return min((at for at in (super().deadline(), self.renew_at) if at is not None), default=None)


class NewcomersWait(Variant):
    identifier = "newcomers-wait"
    sentence = "A new member takes part in groupcasts from the group's next key on, a second after its join."
    shows = ("C-30",)
    owner = _NewcomersWait


class _Unicasts(GroupOwner):
    """Sends what is for the group to each member on its hop, and gives nobody a key of the group."""

    def _key_for(self, link: Link) -> GroupKey:
        return GroupKey(self.epoch.epoch, 0, b"")

    def _groupcast(self, origin: str, data: bytes, now: float, outbox: Outbox) -> None:
        message = Data("groupcast", origin, "", self.next_groupcast, data)
        self.next_groupcast += 1
        self._copy(message, [member for member in self.links if member != origin], now, outbox)
        self._mind_keys(now, outbox)


class GroupcastsAsUnicasts(Variant):
    identifier = "groupcasts-as-unicasts"
    sentence = (
        "A groupcast travels as one unicast to each member, under the keys of its hop; there is no group key."
    )
    shows = ("C-10", "C-14", "C-17")
    owner = _Unicasts


# --- counters -----------------------------------------------------------------------------------------


class _HopSkips(HopProtection):
    def next_counter(self, context: SecurityContext) -> int:
        counter = super().next_counter(context)
        context.next_counter += counter * 7 % 5
        return counter


class _GroupSkips(GroupProtection):
    def next_count(self, epoch: GroupEpoch) -> tuple[int, int]:
        traffic_id, sn = super().next_count(epoch)
        epoch.next_sn += sn * 3 % 4
        return traffic_id, sn


class CountersSkip(Variant):
    identifier = "counters-skip"
    sentence = "Counters skip up to four numbers at a time, on hops and in groupcasts."
    shows = ("C-38",)
    hop = _HopSkips
    group = _GroupSkips


class _HopRises(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return counter > context.window.highest and super().is_fresh(context, counter)


class _GroupRises(GroupProtection):
    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        return count > epoch.window.highest and super().is_fresh(epoch, count)


class CountersRise(Variant):
    identifier = "counters-rise"
    sentence = (
        "A frame is taken only if its counter is higher than all before, so what was overtaken is lost."
    )
    shows = ("C-40", "C-64")
    hop = _HopRises
    group = _GroupRises


class _HopLooksBackLittle(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return counter > context.window.highest - 4 and super().is_fresh(context, counter)


class _GroupLooksBackLittle(GroupProtection):
    def is_fresh(self, epoch: GroupEpoch, count: int) -> bool:
        return count > epoch.window.highest - 4 and super().is_fresh(epoch, count)


class TinyWindow(Variant):
    identifier = "tiny-window"
    sentence = "The replay windows are four frames wide."
    shows = ("C-64",)
    hop = _HopLooksBackLittle
    group = _GroupLooksBackLittle


class _RefusesGaps(HopProtection):
    gap = 300

    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        return counter <= context.window.highest + self.gap and super().is_fresh(context, counter)


class RefusesGaps(Variant):
    identifier = "refuses-gaps"
    sentence = "A frame whose counter is more than 300 ahead of the last is refused."
    shows = ("C-39",)
    claims: ClassVar = {"capabilities": ALL_BUT_NEAR_WRAP}
    hop = _RefusesGaps


# --- repetition ---------------------------------------------------------------------------------------


class _Insistent(Transfers):
    """Each message goes out three times over, each time protected anew."""

    def to_send(self, now: float) -> list[Outgoing]:
        return [message for message in super().to_send(now) for _ in range(3)]


class _OwnerInsists(GroupOwner):
    def _link_of(self, responder: Responder) -> Link:
        link = super()._link_of(responder)
        link.transfers = _Insistent()
        return link


class _MemberInsists(UserEquipment):
    def _link_of(self, attempt: Initiator) -> Link:
        link = super()._link_of(attempt)
        link.transfers = _Insistent()
        return link


class SendsThrice(Variant):
    identifier = "sends-thrice"
    sentence = "Every message on a hop goes out three times over, each time under a fresh counter."
    shows = ("C-02",)
    owner = _OwnerInsists
    member = _MemberInsists


class _SameBytes(HopProtection):
    """A message that is repeated is the same frame again. A repetition is known by its number as a transfer,
    so it may come under a counter that was taken before."""

    most = 4096

    def __init__(self) -> None:
        self.made: dict[tuple[bytes, int, Channel, bytes], bytes] = {}

    @staticmethod
    def _is_transfer(text: bytes) -> bool:
        try:
            return isinstance(decode(text), Transfer)
        except PeerViolation:
            return False

    def protect(self, context: SecurityContext, channel: Channel, data: bytes) -> bytes:
        if not self._is_transfer(data):
            return super().protect(context, channel, data)
        key = (context.session_key, context.direction, channel, data)
        if key not in self.made:
            if len(self.made) >= self.most:
                del self.made[next(iter(self.made))]
            self.made[key] = super().protect(context, channel, data)
        return self.made[key]

    def unprotect(self, context: SecurityContext, payload: bytes) -> bytes:
        counter, data = self.peek(context, payload, 1 - context.direction)
        if not self.is_fresh(context, counter) and not self._is_transfer(data):
            raise PeerViolation("replayed counter")
        return data


class RepeatsSameBytes(Variant):
    identifier = "repeats-same-bytes"
    sentence = "What is not acknowledged is sent again as the very same frame."
    shows = ("C-01",)
    hop = _SameBytes


# --- credentials and algorithms -----------------------------------------------------------------------


class NewRadio(Variant):
    identifier = "nr-33536"
    sentence = "The hops are those of NR: 12-bit sequence numbers, and MACs that are ciphered."
    shows = ("C-37",)
    profile = NR_33536


class SharedKeys(Variant):
    identifier = "shared-keys"
    sentence = "Each member shares a key with its GO; there are no certificates."
    shows = ("C-46",)
    kind: ClassVar[type[CredentialKind]] = PairKeys
