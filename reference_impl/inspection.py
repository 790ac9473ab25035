"""What somebody who holds a device's whole state could read, forge and take from it.

This is the thief's view: it uses the keys of a device and none of its checks of replay, address, origin
or membership. It also serves the bench: what was negotiated, and counters brought near their end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reference_impl.algorithms import BY_IDENTIFIER
from reference_impl.device import Device
from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.group_key import COUNTERS, GroupEpoch, group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.link import Link
from reference_impl.messages import Accept, Data, GroupKey, Message, Transfer, TreeKeys, decode
from reference_impl.outcome import AirFrame, Cast
from reference_impl.protection import Channel, SecurityContext, channel_of, key_id_of
from reference_impl.user_equipment import UserEquipment


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """A secret that the device holds now."""

    label: str
    scope: Literal["device", "hop", "group"]
    value: bytes
    peer: str | None = None
    group: str | None = None


def _rooms(device: Device) -> Iterator[GroupOwner | UserEquipment]:
    yield from device.owned.values()
    yield from device.joined.values()


def _contexts(room: GroupOwner | UserEquipment) -> Iterator[tuple[str, SecurityContext]]:
    """Every security context in a room with the name of the peer, also those of set-ups under way."""
    for link in room.all_links():
        yield link.peer.identity, link.context
    pending = list(room.admission.pending.values()) if isinstance(room, GroupOwner) else [room.attempt]
    for half in pending:
        if half is not None and half.context is not None and half.peer is not None:
            yield half.peer.identity, half.context


def _epochs(room: GroupOwner | UserEquipment) -> list[GroupEpoch]:
    return [room.epoch] if room.epoch is not None else []


# --- reading ---------------------------------------------------------------------------------------


def opened(device: Device, frames: Sequence[AirFrame]) -> list[tuple[int, bytes]]:
    """(index of the frame, message) of every message of an application in ``frames`` that the keys of the
    device open, with the group keys that other frames bring along."""
    found: list[tuple[int, bytes]] = []
    for room in _rooms(device):
        epochs = _epochs(room) + room.epochs_in(frames)
        for index, frame in enumerate(frames):
            for _, context in _contexts(room):
                message = _open_hop(device, context, frame)
                if isinstance(message, Data):
                    found.append((index, message.data))
                given = message.group_key if isinstance(message, Accept) else message
                if isinstance(message, TreeKeys):
                    given = GroupKey(message.epoch, message.algorithm, message.keys[-1])
                if isinstance(given, GroupKey) and given.algorithm in BY_IDENTIFIER:
                    name = BY_IDENTIFIER[given.algorithm].name
                    epochs.append(GroupEpoch(room.own.group, given.epoch, name, given.key, frame.source))
        for index, frame in enumerate(frames):
            found += [(index, data) for epoch in epochs for data in _open_groupcast(device, epoch, frame)]
    return sorted(set(found))


def _open_hop(device: Device, context: SecurityContext, frame: AirFrame) -> Message | None:
    """What a hop frame carries, tried for both directions, whatever key identity it names."""
    for direction in (0, 1):
        try:
            if channel_of(frame.payload) in (Channel.PLAIN_SIGNALLING, Channel.GROUPCAST):
                return None
            as_named = replace(context, key_id=key_id_of(context.profile, frame.payload))
            _, text = device.build.parts.hop.peek(as_named, frame.payload, direction)
            message = decode(text)
            return decode(message.body) if isinstance(message, Transfer) else message
        except PeerViolation:
            continue
    return None


def _open_groupcast(device: Device, epoch: GroupEpoch, frame: AirFrame) -> list[bytes]:
    try:
        if channel_of(frame.payload) is not Channel.GROUPCAST:
            return []
        sender = frame.source
        _, text, _ = device.build.parts.group.peek(device.build.profile, epoch, sender, frame.payload)
        message = decode(text)
    except PeerViolation:
        return []
    return [message.data] if isinstance(message, Data) else []


# --- forging ---------------------------------------------------------------------------------------


def forged(
    device: Device, group: str, data: bytes, origin: str, to: str | None, cast: Cast
) -> list[AirFrame]:
    """Frames with ``data`` under a claimed ``origin``, by every way that the device's keys allow.

    At a member: up to the owner on its hop, and for a groupcast also straight to the group under the
    group key, with the only signature that it can make. At an owner: as it would pass the message on.
    Raises :class:`LocalMisuse` if the device holds no keys of the group.
    """
    owner, member = device.owned.get(group), device.joined.get(group)
    number = 0
    message = Data(cast, origin, to or "", number, data)
    frames: list[AirFrame] = []
    if owner is not None:
        for link in owner.links.values():
            if cast == "unicast" and link.peer.identity == to:
                frames.append(_hop_frame(device, link, message))
        if cast == "groupcast":
            frames.append(_group_frame(device, owner, owner.epoch, message, owner.next_groupcast))
            owner.next_groupcast += 1
    elif member is not None and member.link is not None:
        frames.append(_hop_frame(device, member.link, message))
        if cast == "groupcast" and member.epoch is not None:
            number = member.link.groupcasts.highest + 1
            frames.append(_group_frame(device, member, member.epoch, message, number))
    else:
        raise LocalMisuse("protect", "no keys of this group")
    return frames


def _hop_frame(device: Device, link: Link, message: Data) -> AirFrame:
    text = Transfer(link.transfers.next_number, message.encode()).encode()
    link.transfers.next_number += 1
    payload = device.build.parts.hop.protect(link.context, Channel.DATA, text)
    return AirFrame(link.own_address, link.peer_address, payload)


def _group_frame(
    device: Device, room: GroupOwner | UserEquipment, epoch: GroupEpoch, message: Data, number: int
) -> AirFrame:
    owner = room.own.name
    if isinstance(room, UserEquipment):
        assert room.link is not None
        owner = room.link.peer.identity
        highest = max(epoch.window.highest, epoch.traffic_id << 16 | max(epoch.next_sn - 1, 0))
        epoch.traffic_id, epoch.next_sn = highest >> 16, (highest & 0xFFFF) + 1
    text = Data(message.cast, message.origin, message.destination, number, message.data).encode()
    parts, profile = device.build.parts, device.build.profile
    payload = parts.group.protect(profile, epoch, owner, room.own.credentials, text)
    return AirFrame(epoch.owner_address, group_address(room.own.group), payload)


# --- taking ----------------------------------------------------------------------------------------


def secrets(device: Device) -> list[HeldSecret]:
    """Every secret that the device holds now: credentials, storage key, keys of hops and of groups."""
    held = [HeldSecret("storage key", "device", device.device_key)]
    for room in _rooms(device):
        group = room.own.group
        held += [
            HeldSecret(label, "device", value, None, group) for label, value in room.own.credentials.secrets()
        ]
        for peer, context in _contexts(room):
            held += [
                HeldSecret("KD", "hop", context.root, peer, group),
                HeldSecret("KD-sess", "hop", context.session_key, peer, group),
                HeldSecret("PEK", "hop", context.keys.encryption, peer, group),
                HeldSecret("PIK", "hop", context.keys.integrity, peer, group),
            ]
        held += [HeldSecret(label, "group", value, None, group) for label, value in room.group_secrets()]
        if isinstance(room, UserEquipment) and room.attempt is not None and room.attempt.private:
            held.append(HeldSecret("ephemeral key", "device", room.attempt.private, None, group))
    return held


# --- the bench -------------------------------------------------------------------------------------


def algorithm(device: Device, group: str, peer: str) -> str:
    """The name of the set negotiated with ``peer``. Raises :class:`LocalMisuse` if there is no session."""
    for room in _rooms(device):
        if room.own.group == group:
            for link in room.all_links():
                if link.peer.identity == peer and link.closes_at is None:
                    return link.context.algorithm
    raise LocalMisuse("parameters", "no session with this peer")


def bring_near_wrap(device: Device, messages_left: int, others: Iterable[Device]) -> None:
    """Set every sending counter so that ``messages_left`` PDUs remain before it wraps.

    Where the air carries only the low bits of a counter the receiver, one of ``others``, has to know the rest:
    it is brought to where it would stand had it heard all PDUs up to there.
    """
    ends = [context for other in others for room in _rooms(other) for _, context in _contexts(room)]
    for room in _rooms(device):
        for _, context in _contexts(room):
            skipped = max(context.counters_left - messages_left, 0)
            context.next_counter += skipped
            if not skipped or context.profile.sn_bits >= context.profile.counter_bits:
                continue
            for end in ends:
                if end.session_key == context.session_key and end.direction != context.direction:
                    end.window.take(context.next_counter - 1)
        if isinstance(room, GroupOwner):
            room.links.stir()
            room.epoch.next_sn = max(COUNTERS - messages_left, room.epoch.next_sn)
