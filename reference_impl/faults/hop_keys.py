"""Faults in the keys of a hop: where they come from, whom they belong to, how long they live."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from reference_impl.agreement import Agreement
from reference_impl.algorithms import BY_IDENTIFIER
from reference_impl.device import Device
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Initiator, Responder
from reference_impl.key_hierarchy import session_key
from reference_impl.link import Link
from reference_impl.messages import NONCE_OCTETS, Command, Request
from reference_impl.parts import Parts
from reference_impl.profiles import Profile
from reference_impl.protection import HopProtection, SecurityContext
from reference_impl.replay_window import ReplayWindow
from reference_impl.user_equipment import UserEquipment


class _SeparationFault(Fault, family=True):
    breaks = "KEYS.separate"
    ability = "clone"


class _WithoutNonces(Agreement):
    """The keys are those of the root, session after session."""

    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        context = super().context(profile, root, request, command, direction)
        algorithms = BY_IDENTIFIER[command.algorithm]
        context.session_key = session_key(profile, root, bytes(NONCE_OCTETS), bytes(NONCE_OCTETS))
        context.keys = algorithms.keys(profile.fc_algorithm_key, context.session_key)
        return context


class _Remembering(_WithoutNonces):
    """Keeps the root of the first session for whoever ``key`` makes equal."""

    def __init__(self) -> None:
        self._roots: dict[tuple[str, ...], bytes] = {}

    def owners(self, group: str, member: str, owner: str) -> tuple[str, ...]:
        """Whose root it is."""
        return group, member, owner

    def root(self, agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
        fresh = super().root(agreed, group, member, owner, transcript)
        return self._roots.setdefault(self.owners(group, member, owner), fresh)


class SessionKeyKept(_SeparationFault):
    """The set-up proves who is there, and then the old key is used."""

    identifier = "session-key-kept"
    sentence = "All sessions of one member with one GO have the keys of the first."
    published = "KEYS-09"
    # What opens one session opens those before it and after it.
    also_breaks = ("KEYS.forward-secrecy", "KEYS.later-sessions")

    @classmethod
    def parts(cls) -> Parts:
        return Parts(agreement=_Remembering())


class _ForBothGroups(_Remembering):
    def owners(self, group: str, member: str, owner: str) -> tuple[str, ...]:
        return member, owner


class GroupNotInTheKey(_SeparationFault):
    """One key for two groups of the same pair."""

    identifier = "group-not-in-the-key"
    sentence = "A UE that is in two groups of one GO has the same hop keys in both."
    published = "MUTUAL-03"
    # The one key stays from session to session, too.
    also_breaks = ("KEYS.forward-secrecy", "KEYS.later-sessions")

    @classmethod
    def parts(cls) -> Parts:
        return Parts(agreement=_ForBothGroups())


class _ForAllMembers(_Remembering):
    def owners(self, group: str, member: str, owner: str) -> tuple[str, ...]:
        return group, owner


class _AnyKeyIdentity(HopProtection):
    """Where all keys are one, its identity says nothing."""

    def peek(self, context: SecurityContext, payload: bytes, direction: int) -> tuple[int, bytes]:
        profile = context.profile
        header = payload[1 : 1 + profile.header_octets]
        if len(header) < profile.header_octets:
            raise PeerViolation("short PDU")
        same = replace(context, key_id=profile.read_key_id(header))
        return super().peek(same, payload, direction)


class OneHopKeyForAll(_SeparationFault):
    """A shared secret in place of separate ones."""

    identifier = "one-hop-key-for-all"
    sentence = "All members of a group have the same keys on their hops to the GO."
    published = "ISO-05"
    # Whoever holds one member's state holds the keys of all, in every session, and so the group keys that are
    # given to the others after its removal.
    also_breaks = ("ISO.reads", "ISO.later-groupcasts", "KEYS.forward-secrecy", "KEYS.later-sessions")

    @classmethod
    def parts(cls) -> Parts:
        return Parts(agreement=_ForAllMembers(), hop=_AnyKeyIdentity())


class _WeakFault(Fault, family=True):
    breaks = "KEYS.strong"
    ability = "told secrets"


class _Short(Agreement):
    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        context = super().context(profile, root, request, command, direction)
        context.session_key = context.session_key[:5] + bytes(27)
        algorithms = BY_IDENTIFIER[command.algorithm]
        context.keys = algorithms.keys(profile.fc_algorithm_key, context.session_key)
        return context


class ShortSessionKey(_WeakFault):
    """Forty bits, as once was the law."""

    identifier = "short-session-key"
    sentence = "All but five octets of a session's key are zero."
    published = "KEYS-20"
    decisions = Parts(agreement=_Short())


class _FromNames(Agreement):
    def root(self, agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
        return hashlib.sha256(member.encode()).digest()


class KeyFromNames(_WeakFault):
    """What everybody knows, hashed."""

    identifier = "key-from-names"
    sentence = "The root of a hop's keys is the hash of the member's name."
    published = "ISO-06"
    # The root is the same in every session and group of a member.
    also_breaks = ("KEYS.separate",)
    decisions = Parts(agreement=_FromNames())


class _Zero(Agreement):
    def root(self, agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
        return bytes(32)


class ZeroHopKey(_WeakFault):
    """The buffer was wiped before it was used."""

    identifier = "zero-hop-key"
    sentence = "The root of a hop's keys is all zeros."
    published = "PROT-02"
    in_both_profiles = True
    also_breaks = ("KEYS.separate",)
    decisions = Parts(agreement=_Zero())


class _KeptLink(Link):
    """Never forgotten, only done with."""

    __slots__ = ()

    def is_forgotten(self, now: float) -> bool:
        return False

    def deadline(self) -> float | None:
        return super().deadline() if self.closes_at is None else None


def _kept(link: Link) -> Link:
    return _KeptLink(
        link.parts,
        link.peer,
        link.own_address,
        link.peer_address,
        link.context,
        link.token,
        link.capabilities,
    )


class _KeepingOwner(GroupOwner):
    def _link_of(self, responder: Responder) -> Link:
        return _kept(super()._link_of(responder))


class _KeepingMember(UserEquipment):
    def _link_of(self, attempt: Initiator) -> Link:
        return _kept(super()._link_of(attempt))


class _KeepingDevice(Device):
    owner_room = _KeepingOwner
    member_room = _KeepingMember


class OldSessionKeysKept(Fault):
    """Deleting is somebody else's task."""

    identifier = "old-session-keys-kept"
    sentence = "The keys of a session stay in the device after its end."
    published = "ISO-13"
    breaks = "KEYS.forward-secrecy"
    ability = "clone"
    device_class = _KeepingDevice


class _WrappingLink(Link):
    __slots__ = ()

    @property
    def needs_keys(self) -> bool:
        return False


class _WrappingCounter(HopProtection):
    def next_counter(self, context: SecurityContext) -> int:
        if context.counters_left <= 0:
            context.next_counter = 0
        return super().next_counter(context)

    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        if context.window.highest - counter > 1 << 15:
            context.window = ReplayWindow()
        return super().is_fresh(context, counter)


def _wrapping(link: Link) -> Link:
    return _WrappingLink(
        link.parts,
        link.peer,
        link.own_address,
        link.peer_address,
        link.context,
        link.token,
        link.capabilities,
    )


class _WrappingOwner(GroupOwner):
    def _link_of(self, responder: Responder) -> Link:
        return _wrapping(super()._link_of(responder))


class _WrappingMember(UserEquipment):
    def _link_of(self, attempt: Initiator) -> Link:
        return _wrapping(super()._link_of(attempt))


class _WrappingDevice(Device):
    owner_room = _WrappingOwner
    member_room = _WrappingMember


class CounterWraps(Fault):
    """Sixteen bits, and then the same sixteen bits."""

    identifier = "counter-wraps"
    sentence = "A hop's counter begins anew at its end, under the same keys."
    published = "PROT-27"
    breaks = "PROT.keystream"
    shown_by = ("KEYS.wrap",)
    ability = "near wrap"
    decisions = Parts(hop=_WrappingCounter())
    device_class = _WrappingDevice
