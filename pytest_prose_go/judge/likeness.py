"""When a message that nobody sent is a changed form of one that somebody did, and how it differs."""

from __future__ import annotations

LEAST = 4
"""Bytes below which likeness says nothing."""

SHOWN = 8
BEFORE = 4
"""How many bytes are shown from where two messages differ, and how many before."""


def alike(data: bytes, other: bytes) -> bool:
    """Whether one is a changed form of the other: contained, or of equal length and mostly equal."""
    if min(len(data), len(other)) >= LEAST and (data in other or other in data):
        return True
    if len(data) != len(other) or len(data) < LEAST:
        return False
    return 2 * _differing(data, other) <= len(data)


def difference(received: bytes, sent: bytes) -> str:
    """In a line, what of ``received`` is ``sent`` and what is not. The two are :func:`alike`."""
    if received in sent:
        start = sent.index(received)
        return f"received is bytes {start} to {start + len(received) - 1} of the {len(sent)} that were sent"
    if sent in received:
        start = received.index(sent)
        stray = received[:start] + received[start + len(sent) :]
        return (
            f"all {len(sent)} bytes that were sent stand from byte {start} of the {len(received)} received; "
            f"beside them {_hex(stray)}"
        )
    first = next(place for place, (one, other) in enumerate(zip(received, sent, strict=True)) if one != other)
    return (
        f"{_differing(received, sent)} of {len(sent)} bytes differ (in brackets), the first at {first}: "
        f"received {_marked(received, sent, first)}, sent {_marked(sent, received, first)}"
    )


def _marked(data: bytes, other: bytes, first: int) -> str:
    """The bytes of ``data`` about ``first`` in hex, those that are not ``other``'s in brackets."""
    start = max(first - BEFORE, 0)
    end = min(first + SHOWN, len(data))
    shown = "".join(
        f"[{data[place]:02x}]" if data[place] != other[place] else f"{data[place]:02x}"
        for place in range(start, end)
    ).replace("][", "")
    return ("…" if start else "") + shown + ("…" if end < len(data) else "")


def _differing(data: bytes, other: bytes) -> int:
    return sum(one != another for one, another in zip(data, other, strict=True))


def _hex(data: bytes) -> str:
    return data[:SHOWN].hex() + ("…" if len(data) > SHOWN else "")
