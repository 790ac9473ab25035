"""Faults of a hop at its edges: one field, one way, one moment that the protection leaves out."""

from __future__ import annotations

import hmac

from reference_impl.agreement import Agreement
from reference_impl.algorithms import BY_IDENTIFIER, KeyPair, PduInput
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import TAG_OCTETS, ComposedSet, GroupWith, HopWith, on_hops
from reference_impl.faults.hop_mac import _Excused
from reference_impl.faults.hop_replay import WindowedDevice, WindowedForGroupcastsDevice, _by_counters_alone
from reference_impl.group_key import GroupEpoch
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Initiator, Responder
from reference_impl.link import Link
from reference_impl.messages import Command, Kind, Message, Request
from reference_impl.outcome import Outbox
from reference_impl.parts import Parts
from reference_impl.profiles import Profile
from reference_impl.protection import HopProtection, SecurityContext, key_id_of
from reference_impl.replay_window import ReplayWindow
from reference_impl.user_equipment import UserEquipment

_CAST = 6
"""Where in a message of the application, within its transfer, stands whether it is for one or for all."""


def _is_data(data: bytes) -> bool:
    return len(data) > _CAST and data[0] == Kind.TRANSFER and data[5] == Kind.DATA


class _CastOutside(ComposedSet):
    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        if _is_data(data):
            data = data[:_CAST] + b"\0" + data[_CAST + 1 :]
        return super().covered(pdu, header, data)


class CastOutsideMac(Fault):
    """All fields but one."""

    identifier = "cast-outside-mac"
    sentence = "Whether a message is for one or for all stands outside what the MAC on a hop is over."
    published = "PROT-15"
    breaks = "PROT.origin"
    shown_by = ("PROT.integrity",)
    ability = "alter"
    decisions = on_hops(_CastOutside())


class _OwnNonce(ComposedSet):
    """Brings its nonce along, and leaves the counter to the replay window."""

    tag_octets = 2 * TAG_OCTETS

    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return bytes([pdu.bearer, pdu.direction]) + data

    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        text = super().covered(pdu, header, data)
        nonce = hmac.digest(keys.integrity, b"nonce" + text, "sha256")[:TAG_OCTETS]
        body = self._with(nonce).cipher(keys.encryption, pdu, data) if ciphered else data
        return body + nonce + self.mac(keys.integrity, nonce + self.covered(pdu, header, data))

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        data, nonce = body[: -2 * TAG_OCTETS], body[-2 * TAG_OCTETS : -TAG_OCTETS]
        tag = body[-TAG_OCTETS:]
        if ciphered:
            data = self._with(nonce).cipher(keys.encryption, pdu, data)
        expected = self.mac(keys.integrity, nonce + self.covered(pdu, header, data))
        return data, hmac.compare_digest(expected, tag)

    @staticmethod
    def _with(nonce: bytes) -> ComposedSet:
        class Fixed(ComposedSet):
            def first_block(self, pdu: PduInput) -> bytes:
                return nonce

        return Fixed()


class CounterOutsideMac(Fault):
    """The counter that the window looks at is the one field that nobody protects."""

    identifier = "counter-outside-mac"
    sentence = "The counter of a message on a hop, by which a replay is known, is not under the MAC."
    published = "PROT-17"
    breaks = "PROT.replay"
    ability = "replay"
    decisions = on_hops(_OwnNonce())
    device_class = WindowedDevice


class _GroupsOwnNonce(GroupWith):
    def signed_text(self, epoch: GroupEpoch, owner: str, header: bytes, data: bytes) -> bytes:
        return super().signed_text(epoch, owner, b"", data)


class GroupcastCounterOutsideMac(Fault):
    """The same of groupcasts, where neither MAC nor signature protects it."""

    identifier = "groupcast-counter-outside-mac"
    sentence = "The counter of a groupcast, by which a replay is known, is under no MAC and no signature."
    published = "MCAST-04"
    breaks = "MCAST.integrity"
    ability = "replay"
    decisions = Parts(group=_GroupsOwnNonce(_OwnNonce()))
    device_class = WindowedForGroupcastsDevice


class _CopiesExcused(_Excused):
    def matters(self, pdu: PduInput, data: bytes) -> bool:
        return pdu.direction == 0 or not _is_data(data) or data[_CAST] == 0


class GroupcastCopiesWithoutMac(Fault):
    """The way of a copy is another than that of a unicast."""

    identifier = "groupcast-copies-without-mac"
    sentence = "A UE does not check the MAC of the copy of a groupcast that comes by its hop."
    published = "PROT-10"
    breaks = "MCAST.integrity"
    # The sender's name in the copy can be changed as well.
    also_breaks = ("MCAST.origin",)
    ability = "alter"
    decisions = on_hops(_CopiesExcused())


_PATIENCE = 8


class _Weary(_Excused):
    """Counts what was wrong in a row. Its memory is the device's, so each target has its own."""

    def __init__(self) -> None:
        self._wrong = 0

    def matters(self, pdu: PduInput, data: bytes) -> bool:
        self._wrong += 1
        return self._wrong <= _PATIENCE

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        before = self._wrong
        data, is_right = super().open(keys, pdu, header, body, ciphered, cipher_mac)
        if self._wrong == before:
            self._wrong = 0
        return data, is_right


class MacGivenUp(Fault):
    """Rather than lose the hop, it goes on without."""

    identifier = "mac-given-up-after-failures"
    sentence = "After eight wrong MACs in a row on a hop the next message is taken whatever its MAC."
    published = "PROT-08"
    breaks = "PROT.integrity"
    also_breaks = ("PROT.origin", "MCAST.integrity", "MCAST.origin")
    ability = "alter"

    @classmethod
    def parts(cls) -> Parts:
        return on_hops(_Weary())


def _device_with(kind: type[Link]) -> type[Device]:
    """A device that knows a replay by its PDU's counter only, with links of this kind."""

    def made(link: Link) -> Link:
        return _by_counters_alone(
            kind(
                link.parts,
                link.peer,
                link.own_address,
                link.peer_address,
                link.context,
                link.token,
                link.capabilities,
            )
        )

    class Owner(GroupOwner):
        def _link_of(self, responder: Responder) -> Link:
            return made(super()._link_of(responder))

    class Member(UserEquipment):
        def _link_of(self, attempt: Initiator) -> Link:
            return made(super()._link_of(attempt))

    class Made(Device):
        owner_room = Owner
        member_room = Member

    return Made


class _WindowByAddress(Link):
    """Keeps a window for each address that frames come from."""

    windows: dict[int, ReplayWindow] | None = None

    def concerns(self, source: int, payload: bytes) -> bool:
        if key_id_of(self.context.profile, payload) != self.context.key_id:
            return False
        self.windows = self.windows or {self.peer_address: self.context.window}
        self.context.window = self.windows.setdefault(source, ReplayWindow())
        return True


class WindowByAddress(Fault):
    """The state is looked up by the address, the key by its identity."""

    identifier = "replay-window-by-address"
    sentence = "The counters of a session are remembered for each source address by itself."
    published = "PROT-22"
    breaks = "PROT.replay"
    ability = "replay"
    device_class = _device_with(_WindowByAddress)


_IDLE = 60.0


class _IdleLink(Link):
    """Clears its window when nothing came for a while."""

    last: float | None = None

    def take(self, payload: bytes, now: float, outbox: Outbox) -> Message | None:
        if self.last is not None and now - self.last > _IDLE:
            self.context.window = ReplayWindow()
        self.last = now
        return super().take(payload, now, outbox)


class WindowForgottenWhenIdle(Fault):
    """State that was not used for a minute is thrown away; the key is not."""

    identifier = "replay-window-forgotten-when-idle"
    sentence = "The counters of a session are forgotten when nothing came for a minute."
    published = "PROT-22"
    breaks = "PROT.replay"
    ability = "replay"
    device_class = _device_with(_IdleLink)


class _BackToZero(HopProtection):
    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        fresh = super().is_fresh(context, counter)
        if not fresh:
            context.next_counter = 0
        return fresh


class CounterSetBackByReplay(Fault):
    """A frame that was heard before means that the other end has begun anew."""

    identifier = "counter-set-back-by-replay"
    sentence = "An end that hears an old frame counts its own messages from zero again, under the same key."
    published = "PROT-01"
    breaks = "PROT.keystream"
    shown_by = ("PROT.replay",)
    ability = "replay"
    decisions = Parts(hop=_BackToZero())


class _TwoCalls(Agreement):
    """Integrity keys are new in each session; the cipher's key is that of the pair's first."""

    def __init__(self) -> None:
        self._ciphering: dict[tuple[str, str, str], bytes] = {}
        self._roots: dict[bytes, tuple[str, str, str]] = {}

    def root(self, agreed: bytes, group: str, member: str, owner: str, transcript: bytes) -> bytes:
        root = super().root(agreed, group, member, owner, transcript)
        self._roots[root] = group, member, owner
        return root

    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        context = super().context(profile, root, request, command, direction)
        made = BY_IDENTIFIER[command.algorithm].keys(profile.fc_algorithm_key, context.session_key)
        first = self._ciphering.setdefault(self._roots[root], made.encryption)
        context.keys = KeyPair(first, made.integrity)
        return context


class _CountFromZero(ComposedSet):
    """The number of the session is no input of the cipher."""

    def first_block(self, pdu: PduInput) -> bytes:
        return (pdu.count & 0xFFFF).to_bytes(4, "big") + bytes([pdu.bearer, pdu.direction]) + bytes(10)


class KeystreamOfTheFormerSession(Fault):
    """Two calls, one bearer, and the counter begins where it began."""

    identifier = "keystream-of-the-former-session"
    sentence = "The next session of a member ciphers with the same key and the same counters as the former."
    published = "PROT-04"
    breaks = "PROT.keystream"
    also_breaks = ("KEYS.separate",)
    ability = "eavesdrop"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(agreement=_TwoCalls(), hop=HopWith(_CountFromZero()))


class _Sleeper(WindowedDevice):
    """Goes on with its sessions after a restart, as if only the counters had been in memory."""

    def restart(self, now: float) -> Outbox:
        for room in self.rooms:
            for link in room.all_links():
                link.context.window = ReplayWindow()
        return self._call("restart", now, _nothing)


def _nothing(outbox: Outbox) -> None:
    pass


class WindowLostAtRestart(Fault):
    """Keys are at rest, counters are in memory."""

    identifier = "replay-window-lost-at-restart"
    sentence = "Sessions outlive a loss of power, and the counters of what was received do not."
    published = "PROT-26"
    breaks = "PROT.replay"
    shown_by = ("PROT.replay-after-restart",)
    ability = "restart"
    device_class = _Sleeper


class _Amnesiac(Device):
    """As above, and what it sends is counted from zero again."""

    def restart(self, now: float) -> Outbox:
        for room in self.rooms:
            for link in room.all_links():
                link.context.next_counter = 0
        return self._call("restart", now, _nothing)


class CounterLostAtRestart(Fault):
    """The key is kept for a quick start, its counter is not."""

    identifier = "counter-lost-at-restart"
    sentence = (
        "Sessions outlive a loss of power, and what is then sent is counted from zero under the same key."
    )
    published = "PROT-26"
    breaks = "PROT.keystream"
    shown_by = ("PROT.keystream-after-restart",)
    ability = "restart"
    device_class = _Amnesiac
