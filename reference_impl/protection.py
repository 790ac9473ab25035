"""Protection of one hop: the security context of a session, and what may be decided with it.

A PDU on the air is: logical channel (1 octet) ‖ header ‖ data, ciphered ‖ MAC. BEARER is the channel's
identity, so a PDU cannot be moved to another channel, and DIRECTION tells the two ends apart, so it
cannot be sent back to where it came from.

Replay protection is this project's own: TS 36.323 keeps no receive state on the sidelink.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from reference_impl.algorithms import BY_NAME, Algorithms, KeyPair, PduInput
from reference_impl.errors import PeerViolation
from reference_impl.profiles import FROM_COMMAND_SENDER, TO_COMMAND_SENDER, Profile
from reference_impl.replay_window import ReplayWindow


class Channel(IntEnum):
    """Logical channels. 28 to 30 are those of PC5-S (TS 36.321); 1 and 2 are of the ten for data."""

    DATA = 1
    GROUPCAST = 2
    PLAIN_SIGNALLING = 28
    SECURITY_MODE = 29
    SIGNALLING = 30


_CHANNELS: dict[int, Channel] = {int(channel): channel for channel in Channel}
_OCTETS = tuple(bytes([octet]) for octet in range(256))
# To ask the class for a member takes as long as half the work on a header.
_DATA, _SECURITY_MODE = Channel.DATA, Channel.SECURITY_MODE


class KeyIsSpent(Exception):
    """No counter is left under this key: sending once more would repeat one."""


@dataclass(slots=True)
class SecurityContext:
    """The keys of one session at one end, its sending counter and its receiving window.

    ``direction`` is the value of DIRECTION for what this end sends. ``next_counter`` is the counter of
    the next PDU; it only ever rises.
    """

    profile: Profile
    algorithm: str
    key_id: int
    root: bytes
    session_key: bytes
    keys: KeyPair
    direction: int
    next_counter: int = 0
    window: ReplayWindow = field(default_factory=ReplayWindow)

    @property
    def algorithms(self) -> Algorithms:
        """The negotiated set."""
        return BY_NAME[self.algorithm]

    @property
    def counters_left(self) -> int:
        """How many PDUs may still be sent under these keys."""
        return self.profile.counters - self.next_counter


class HopProtection:
    """How PDUs of a hop are made and taken. Each method is one decision."""

    def is_ciphered(self, channel: Channel, from_command_sender: bool) -> bool:
        """Everything but the Security Mode Command, which the receiver cannot yet decipher (TS 36.523-1
        19.1.10): it goes from its sender on the security mode channel."""
        return not (channel is _SECURITY_MODE and from_command_sender)

    def algorithms(self, context: SecurityContext) -> Algorithms:
        """The set that does the work: the negotiated one."""
        return context.algorithms

    def next_counter(self, context: SecurityContext) -> int:
        """A counter never used under this key. Raises :class:`KeyIsSpent` if there is none."""
        counter = context.next_counter
        if counter >= context.profile.counters:
            raise KeyIsSpent
        context.next_counter = counter + 1
        return counter

    def mac_counts(self, is_right: bool) -> bool:
        """Whether a PDU with this result of its MAC check goes on."""
        return is_right

    def is_fresh(self, context: SecurityContext, counter: int) -> bool:
        """Take ``counter`` in the context's window. Asked only after the MAC was right."""
        return context.window.take(counter)

    def protect(self, context: SecurityContext, channel: Channel, data: bytes) -> bytes:
        """The payload of a frame that carries ``data``. Raises :class:`KeyIsSpent`."""
        counter = self.next_counter(context)
        profile, key_id, direction = context.profile, context.key_id, context.direction
        sdu_type = profile.sdu_data if channel is _DATA else profile.sdu_signalling
        header = profile.write_header(sdu_type, key_id, counter)
        body = self.algorithms(context).seal(
            context.keys,
            PduInput(profile.count(key_id, counter), channel, direction),
            header,
            data,
            self.is_ciphered(channel, direction == FROM_COMMAND_SENDER),
            profile.mac_is_ciphered,
        )
        return _OCTETS[channel] + header + body

    def peek(self, context: SecurityContext, payload: bytes, direction: int) -> tuple[int, bytes]:
        """The counter and the data of a PDU sent with ``direction``, without regard to replay.

        Raises :class:`PeerViolation` if it is no PDU of this context or its MAC is wrong.
        """
        profile, algorithms = context.profile, self.algorithms(context)
        end = 1 + profile.header_octets
        if len(payload) < end + algorithms.tag_octets:
            raise PeerViolation("short PDU")
        header, body = payload[1:end], payload[end:]
        channel = channel_of(payload)
        sdu_type, key_id, sn = profile.read_header(header)
        if key_id != context.key_id:
            raise PeerViolation("another key identity")
        counter = profile.infer_counter(sn, context.window.highest)
        data, is_right = algorithms.open(
            context.keys,
            PduInput(profile.count(key_id, counter), channel, direction),
            header,
            body,
            self.is_ciphered(channel, direction == FROM_COMMAND_SENDER),
            profile.mac_is_ciphered,
        )
        if not self.mac_counts(is_right):
            raise PeerViolation("wrong MAC")
        if sdu_type != (profile.sdu_data if channel is _DATA else profile.sdu_signalling):
            raise PeerViolation("SDU type does not belong on this channel")
        return counter, data

    def unprotect(self, context: SecurityContext, payload: bytes) -> bytes:
        """The data of a PDU from the peer. Raises :class:`PeerViolation` for a wrong MAC or a replay."""
        towards_here = TO_COMMAND_SENDER if context.direction == FROM_COMMAND_SENDER else FROM_COMMAND_SENDER
        counter, data = self.peek(context, payload, towards_here)
        if not self.is_fresh(context, counter):
            raise PeerViolation("replayed counter")
        return data


def channel_of(payload: bytes) -> Channel:
    """The logical channel of a frame's payload. Raises :class:`PeerViolation` if there is none."""
    channel = _CHANNELS.get(payload[0]) if payload else None
    if channel is None:
        raise PeerViolation("no such channel")
    return channel


def key_id_of(profile: Profile, payload: bytes) -> int:
    """The key identity in the header of a protected PDU. Raises :class:`PeerViolation` if it is too short."""
    if len(payload) <= profile.header_octets:
        raise PeerViolation("short PDU")
    return profile.read_key_id(payload[1:])
