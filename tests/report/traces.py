"""Traces of a small group, written by hand, for what is drawn and told of them."""

from __future__ import annotations

from pytest_prose_go.air.trace import (
    Asked,
    Controlled,
    Delivered,
    Dropped,
    Emitted,
    Ended,
    Entry,
    Issued,
    Made,
    Moved,
    Owned,
    Reported,
    Sent,
    Trace,
)
from pytest_prose_go.contract import Joined, Received, Statement
from pytest_prose_go.judge.finding import Violation

START = 1_750_000_000.0


def trace_of(records: list[Entry]) -> Trace:
    trace = Trace(Statement(product="Small", version="1"))
    for record in records:
        trace.append(record)
    return trace


def altered(name: str = "alice") -> tuple[Trace, tuple[Violation, ...]]:
    """A member's message is altered, kept, and played again; the GO reports what nobody sent."""
    at = START
    trace = trace_of(
        [
            Issued(at, 0, "gina", "g", "a", "owner", 0, 1),
            Issued(at, 1, name, "g", "a", "member", 0, 1),
            Made(at, 0, "x", "gina", 1, ("a",), "honest"),
            Made(at, 1, "y", name, 2, ("a",), "honest"),
            Owned(at, 0, "g", 0),
            Asked(at + 1, 1, "g", 1, 1),
            Emitted(at + 1, 1, 0, 2, 1, b"hello", "join"),
            Delivered(at + 1.001, 0, 0, 0),
            Reported(at + 1.001, 0, Joined("g", name), "receive", 0),
            Controlled(at + 2, "told", (0, 1), True, "they are joined"),
            Sent(at + 3, 1, "g", 0, b"\x01\x02\x03\x04\x05\x06", "gina"),
            Moved(at + 3, 0, "alter", "flip bit 0 of byte 2"),
            Emitted(at + 3, 1, 1, 2, 1, bytes(6), "send"),
            Delivered(at + 3.001, 1, 0, 1, "altered", 0, bytes([0, 0, 1, 0, 0, 0])),
            Reported(
                at + 3.001, 0, Received("g", b"\x01\x02\x02\x04\x05\x06", name, "unicast"), "receive", 1
            ),
            Moved(at + 4, 1, "drop", "drop all"),
            Emitted(at + 4, 1, 2, 2, 1, b"again", "wake"),
            Dropped(at + 4, 0, 2, 1),
            Moved(at + 5, 2, "replay", "replay frame 2"),
            Delivered(at + 5, 2, 0, 2, "replayed", 2),
            Delivered(at + 6, 3, 0, None, "injected", 2, b"made up", 9, 1),
            Ended(at + 7, "PASS"),
        ]
    )
    violation = Violation(
        kind="origin.altered",
        at=at + 3.001,
        record=14,
        station=0,
        asked="one byte was altered",
        seen=f"gina received 6 bytes that nobody sent, as from {name}",
        ideal="nothing",
        proof="1 of 6 bytes differs, at 2",
    )
    return trace, (violation,)


def long(frames: int) -> Trace:
    """A join, and so many frames after it."""
    trace, _ = altered()
    more: list[Entry] = []
    for number in range(frames):
        more += [
            Emitted(START + 7 + number, 1, 3 + number, 2, 1, b"beat", "wake"),
            Delivered(START + 7 + number, 4 + number, 0, 3 + number),
        ]
    return trace_of([*trace.records[:-1], *more, Ended(START + 8 + frames, "PASS")])
