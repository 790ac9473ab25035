"""What a device cannot or will not do, and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from reference_impl.certificates import CertificateFacts, Membership
from reference_impl.credentials import CredentialChecks, Expected
from reference_impl.device import Build
from reference_impl.errors import LocalMisuse
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Cause, Request, decode
from reference_impl.outcome import AirFrame, Outbox, PeerRefused
from reference_impl.protection import Channel, channel_of
from reference_impl.randomness import Randomness
from reference_impl.storage import Engagement
from reference_impl.user_equipment import UserEquipment
from reference_impl.variants import Variant
from reference_impl.variants.radio import RadioDevice


def _declining(call: str, reason: str) -> Callable[[Outbox], None]:
    def act(outbox: Outbox) -> None:
        raise LocalMisuse(call, reason)

    return act


class _Sizes(RadioDevice):
    least = 0
    most = 1024

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Outbox:
        if self.least <= len(data) <= self.most:
            return super().send(group, data, to, now)
        reason = f"messages have {self.least} to {self.most} octets"
        return self._call("send", now, _declining("send", reason))


class _NotShort(_Sizes):
    least = 16


class RefusesShortMessages(Variant):
    identifier = "refuses-short-messages"
    sentence = "Messages of fewer than 16 octets, the empty one among them, are declined."
    shows = ("C-42",)
    claims: ClassVar = {"limits": {"payload_least": 16}}
    device = _NotShort


class _NotLong(_Sizes):
    most = 64


class ShortMessagesOnly(Variant):
    identifier = "short-messages-only"
    sentence = "Messages of more than 64 octets are declined."
    shows = ("C-43",)
    claims: ClassVar = {"limits": {"payload_most": 64}}
    device = _NotLong


class _OneGroup(RadioDevice):
    def _engage(self, engagement: Engagement, now: float, outbox: Outbox, restarted: bool = False) -> None:
        if self.engagements and engagement.group not in self.engagements:
            raise LocalMisuse("join", "one group at a time")
        super()._engage(engagement, now, outbox, restarted)


class OneGroupAtATime(Variant):
    identifier = "one-group-at-a-time"
    sentence = "A device is in one group at a time."
    shows = ("C-67",)
    claims: ClassVar = {"limits": {"groups_per_station": 1}}
    device = _OneGroup


class FixedRoster(Variant):
    identifier = "fixed-roster"
    sentence = "All credentials are issued before the first device is made."
    shows = ("C-67",)
    claims: ClassVar = {"late_issue": False}


class _Bars(GroupOwner):
    barred: frozenset[str] = frozenset()

    def remove(self, member: str, now: float, outbox: Outbox, reason: str = "removed") -> None:
        super().remove(member, now, outbox, reason)
        self.barred |= {member}

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) is Channel.PLAIN_SIGNALLING:
            request = decode(frame.payload[1:])
            if (
                isinstance(request, Request)
                and request.group == self.own.group
                and request.user in self.barred
            ):
                outbox.report(PeerRefused(self.own.group, request.user, "removed for good"))
                return True
        return super().receive(frame, now, outbox)


class RemovalBars(Variant):
    identifier = "removal-bars"
    sentence = "Who was removed is not admitted again."
    claims: ClassVar = {"removal": "bar"}
    owner = _Bars


class _AnyMemberOwns(CredentialChecks):
    def is_role(self, membership: Membership, expected: Expected) -> bool:
        return expected.role == "owner" or super().is_role(membership, expected)


class AnyMemberMayOwn(Variant):
    identifier = "any-member-may-own"
    sentence = "Any member may own the group, with the credentials that it has."
    claims: ClassVar = {"owners": "any-member"}
    checks = _AnyMemberOwns


class _SmallGroup(GroupOwner):
    most = 4

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) is Channel.PLAIN_SIGNALLING and len(self.links) >= self.most:
            request = decode(frame.payload[1:])
            if (
                isinstance(request, Request)
                and request.group == self.own.group
                and request.user not in self.links
            ):
                outbox.report(PeerRefused(self.own.group, request.user, "the group is full"))
                return True
        return super().receive(frame, now, outbox)


class SmallGroups(Variant):
    identifier = "small-groups"
    sentence = "A group has four members at most."
    claims: ClassVar = {"limits": {"members": 4}}
    owner = _SmallGroup


class NoBench(Variant):
    identifier = "no-capabilities"
    sentence = "The target offers a laboratory nothing."
    claims: ClassVar = {"capabilities": ()}


class ShortNames(Variant):
    identifier = "short-names"
    sentence = "Names have four octets at most."
    claims: ClassVar = {"limits": {"identity_most": 4}}


class FixedNames(Variant):
    identifier = "fixed-names"
    sentence = "Names, groups and layer-2 IDs come from short lists."
    claims: ClassVar = {
        "limits": {
            "identities": tuple(f"ue-{number}" for number in range(1, 100)),
            "groups": tuple(f"talk-group-{number}" for number in range(1, 20)),
            "addresses": tuple(range(0x3000, 0x3080)),
        }
    }


class _RemovesNobody(RadioDevice):
    def remove(self, group: str, member: str, now: float) -> Outbox:
        return self._call("remove", now, _declining("remove", "members stay until they leave"))


class NobodyIsRemoved(Variant):
    identifier = "nobody-is-removed"
    sentence = "A GO cannot put a member out."
    claims: ClassVar = {"removes": False}
    device = _RemovesNobody


class _UnicastsOnly(RadioDevice):
    def send(self, group: str, data: bytes, to: str | None, now: float) -> Outbox:
        if to is None:
            return self._call("send", now, _declining("send", "there are no groupcasts"))
        return super().send(group, data, to, now)


class UnicastsOnly(Variant):
    identifier = "unicasts-only"
    sentence = "There are no groupcasts."
    claims: ClassVar = {"groupcast": False}
    device = _UnicastsOnly


class PromisesLittle(Variant):
    identifier = "promises-little"
    sentence = "The statement claims neither integrity nor origin of groupcasts, nor forward secrecy."
    claims: ClassVar = {"groupcast_integrity": False, "groupcast_origin": False, "forward_secrecy": False}


class _Restricted(RadioDevice):
    only = ""

    def __init__(self, build: Build, randomness: Randomness) -> None:
        offers = tuple(name for name in build.offers if name == self.only)
        super().__init__(replace(build, offers=offers), randomness)


class _GcmOnly(_Restricted):
    only = "aes-gcm"


class OneAlgorithm(Variant):
    identifier = "aes-gcm-only"
    sentence = "There is one set of algorithms, AES-GCM, and nothing to negotiate."
    claims: ClassVar = {"algorithms": ("aes-gcm",)}
    device = _GcmOnly


class _EeaOnly(_Restricted):
    only = "eea2-eia2"


class ShortMacs(Variant):
    identifier = "eea2-eia2-only"
    sentence = "There is one set of algorithms, EEA2 with EIA2, whose MACs have four octets."
    claims: ClassVar = {"algorithms": ("eea2-eia2",)}
    device = _EeaOnly


class _ToleratesClocks(CredentialChecks):
    slack = 300.0

    def is_in_date(self, certificate: CertificateFacts, now: float) -> bool:
        return certificate.valid_from - self.slack <= now <= certificate.valid_until + self.slack


class ToleratesClocks(Variant):
    identifier = "tolerates-clocks"
    sentence = "The dates of credentials are read with five minutes' tolerance."
    checks = _ToleratesClocks


class _Promiscuous(RadioDevice):
    hears_all = True


class HearsAll(Variant):
    identifier = "hears-all"
    sentence = "The radio passes up every frame, and the device picks those that are meant for it."
    shows = ("C-28",)
    device = _Promiscuous


# --- ends ---------------------------------------------------------------------------------------------


class _LeavesSilently(UserEquipment):
    def _retire(self, link: Link, now: float, outbox: Outbox, cause: Cause | None) -> None:
        """Forget the link; its owner will notice that nobody answers."""


class LeavesSilently(Variant):
    identifier = "leaves-silently"
    sentence = "A UE leaves without a frame; its GO finds out when it stays unanswered."
    shows = ("C-27", "C-58")
    member = _LeavesSilently


class _RemovesSilently(GroupOwner):
    def remove(self, member: str, now: float, outbox: Outbox, reason: str = "removed") -> None:
        if member not in self.links:
            raise LocalMisuse("remove", "no such member")
        self._part(member, now, outbox, None, "remove", reason)


class RemovesSilently(Variant):
    identifier = "removes-silently"
    sentence = "A member that is removed is not told so."
    shows = ("C-27", "C-58")
    owner = _RemovesSilently
