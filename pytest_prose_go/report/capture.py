"""The air of a case as a pcapng capture: what stations emitted and, with a comment each, what the attacker made of it.

A packet begins with a header of 16 bytes, big-endian, that says what a layer-2 frame alone does not: version (1), what
happened (1: see :data:`HOW`), emitter (2), receiver (2: 65535 for the air), source (3), destination (3), number of
the frame (4: 4294967295 for none). Link type 147 (USER0): the dissector beside this module reads it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pytest_prose_go.air.trace import Delivered, Dropped, Emitted, Moved, Trace
from pytest_prose_go.report.story import difference

LINK_TYPE = 147
VERSION = 1
HOW = ("emitted", "altered", "replayed", "redirected", "injected", "dropped")
"""What happened, by its number in the header."""

NOBODY = 0xFFFF
_NO_FRAME = 0xFFFFFFFF
_ATTACKER = 0xFFFE

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _NAME, _RESOLUTION = 1, 2, 9


def capture(trace: Trace, comment: str = "") -> bytes:
    """The capture of ``trace``, a pcapng file; ``comment`` is said of the whole."""
    return b"".join(_blocks(trace, comment))


def _blocks(trace: Trace, comment: str) -> Iterator[bytes]:
    yield _block(
        _SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options((_COMMENT, comment.encode()))
    )
    nanoseconds = (_RESOLUTION, bytes([9]))
    yield _block(_INTERFACE, struct.pack("<HHI", LINK_TYPE, 0, 0) + _options((_NAME, b"air"), nanoseconds))
    emitted: dict[int, Emitted] = {}
    moves: dict[int, str] = {}
    for record in trace.records:
        match record:
            case Moved():
                moves[record.number] = record.text
            case Emitted():
                emitted[record.number] = record
                yield _packet(
                    record.at,
                    0,
                    record.station,
                    NOBODY,
                    (record.source, record.destination),
                    record.number,
                    record.payload,
                    "",
                )
            case Delivered() if record.how != "passed":
                yield _delivered(record, emitted, moves)
            case Dropped():
                frame = emitted[record.emission]
                words = f"attacker: kept from station {record.station} ({moves.get(record.move, '')})"
                yield _packet(
                    record.at,
                    HOW.index("dropped"),
                    frame.station,
                    record.station,
                    (frame.source, frame.destination),
                    record.emission,
                    frame.payload,
                    words,
                )
            case _:
                pass


def _delivered(record: Delivered, emitted: dict[int, Emitted], moves: dict[int, str]) -> bytes:
    frame = None if record.emission is None else emitted[record.emission]
    payload = record.payload
    words = f"attacker: {record.how}"
    if frame is not None:
        if payload is None:
            payload = frame.payload
        else:
            words += f", {difference(frame.payload, payload)}"
    if record.move is not None:
        words += f" ({moves.get(record.move, '')})"
    source = record.source if record.source is not None or frame is None else frame.source
    destination = record.destination if record.destination is not None or frame is None else frame.destination
    return _packet(
        record.at,
        HOW.index(record.how),
        _ATTACKER if frame is None else frame.station,
        record.station,
        (source or 0, destination or 0),
        _NO_FRAME if record.emission is None else record.emission,
        payload or b"",
        words,
    )


def _packet(
    at: float,
    how: int,
    emitter: int,
    receiver: int,
    addresses: tuple[int, int],
    number: int,
    payload: bytes,
    comment: str,
) -> bytes:
    source, destination = (address.to_bytes(3) for address in addresses)
    data = struct.pack(">BBHH", VERSION, how, emitter & 0xFFFF, receiver & 0xFFFF)
    data += source + destination + number.to_bytes(4) + payload
    # Times are told to the microsecond: a float has no more of so large a number.
    stamp = round(at * 1_000_000) * 1000
    head = struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data))
    return _block(_PACKET, head + _padded(data) + _options((_COMMENT, comment.encode())))


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _options(*options: tuple[int, bytes]) -> bytes:
    told = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options if value]
    return b"".join([*told, bytes(4)]) if told else b""


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
