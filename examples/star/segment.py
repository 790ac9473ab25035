"""The header of every frame. It stands outside all protection: who forges one can hold bytes back, put wrong
ones in (which the engine then refuses) or end a hop, and no more."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import NamedTuple

_HEADER = struct.Struct(">B8s4sII")
HEADER_SIZE = _HEADER.size

DATA, RESET, RESPONDER, OPENING, GROUPCAST = 1, 2, 4, 8, 16
"""Flags: the segment carries data; the session is unknown or over; it comes from the responder; the
initiator has heard nothing yet in this session, so that it may be opened; it belongs to a group and no session."""

EARLY = 0.001
"""A timer counts as due this many seconds early: clocks that are skewed round."""


class Segment(NamedTuple):
    """What one frame carries. ``tag`` stands for the group, ``acknowledged`` is the next one awaited."""

    flags: int
    session: bytes
    tag: bytes
    sequence: int
    acknowledged: int
    body: bytes = b""

    def encode(self) -> bytes:
        """The payload of the frame."""
        return _HEADER.pack(*self[:5]) + self.body


def decode(payload: bytes) -> Segment | None:
    """The segment in a frame's payload, or None if it is none."""
    if len(payload) < HEADER_SIZE:
        return None
    flags, session, tag, sequence, acknowledged = _HEADER.unpack_from(payload)
    return Segment(flags, session, tag, sequence, acknowledged, payload[HEADER_SIZE:])


def tag_of(group: str) -> bytes:
    """What stands for the group in the header: a hint, bound by the credentials of who takes part."""
    return sha256(group.encode()).digest()[:4]


def address_of(group: str) -> int:
    """The layer-2 ID to which the groupcasts of ``group`` go."""
    return int.from_bytes(sha256(b"groupcast" + group.encode()).digest()[:3], "big")
