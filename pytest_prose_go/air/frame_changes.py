"""What an attacker can do to the bytes of a frame whose format nobody knows.

A position counts bytes (for :func:`flip`, bits) from 0, or from the end if negative. What lies beyond
the frame changes nothing there: a change that finds nothing to change leaves the frame as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

LENGTH_REACH = 16
"""How many bytes before a rewritten string its own length is looked for."""


@dataclass(frozen=True)
class Change:
    """A change of a payload, with a line that says it."""

    text: str
    apply: Callable[[bytes], bytes]

    def __call__(self, payload: bytes) -> bytes:
        return self.apply(payload)


def _place(at: int, length: int) -> int | None:
    """The index of position ``at`` in ``length`` items, or None beyond them."""
    index = at + length if at < 0 else at
    return index if 0 <= index < length else None


def _shown(data: bytes) -> str:
    return data.hex() if len(data) <= 16 else f"{data[:16].hex()}… ({len(data)} bytes)"


def flip(bit: int) -> Change:
    """Flip one bit; bit 0 is the most significant of the first byte, -1 the least of the last."""

    def apply(payload: bytes) -> bytes:
        index = _place(bit, 8 * len(payload))
        if index is None:
            return payload
        changed = bytearray(payload)
        changed[index // 8] ^= 0x80 >> index % 8
        return bytes(changed)

    byte, within = divmod(bit, 8)
    return Change(f"flip bit {within} of byte {byte}", apply)


def xor(mask: bytes, at: int = 0) -> Change:
    """XOR ``mask`` onto the bytes from ``at`` on; what of it overhangs the end is left out."""

    def apply(payload: bytes) -> bytes:
        start = _place(at, len(payload))
        if start is None:
            return payload
        changed = bytearray(payload)
        for index, byte in enumerate(mask[: len(payload) - start], start):
            changed[index] ^= byte
        return bytes(changed)

    return Change(f"xor {_shown(mask)} at {at}", apply)


def fill(start: int, length: int | None = None, byte: int = 0) -> Change:
    """Overwrite ``length`` bytes (None: all) from ``start`` on with ``byte``."""
    if not 0 <= byte <= 255:
        raise ValueError(f"a byte is 0 to 255, not {byte}")

    def apply(payload: bytes) -> bytes:
        first = _place(start, len(payload))
        if first is None:
            return payload
        room = len(payload) - first
        run = room if length is None else min(length, room)
        return payload[:first] + bytes((byte,)) * run + payload[first + run :]

    return Change(f"fill {'the rest' if length is None else length} from {start} with {byte:#04x}", apply)


def cut(start: int, end: int | None = None) -> Change:
    """Take out the bytes from ``start`` to before ``end`` (None: to the end)."""

    def apply(payload: bytes) -> bytes:
        first, last, _ = slice(start, end).indices(len(payload))
        return payload[:first] + payload[max(first, last) :]

    return Change(f"cut out {start} to {'the end' if end is None else end}", apply)


def truncate(to: int) -> Change:
    """Keep the first ``to`` bytes; negative: take that many off the end."""
    return Change(f"truncate to {to}", lambda payload: payload[:to])


def extend(tail: bytes) -> Change:
    """Append ``tail``."""
    return Change(f"append {_shown(tail)}", lambda payload: payload + tail)


def insert(at: int, data: bytes) -> Change:
    """Put ``data`` before position ``at``."""

    def apply(payload: bytes) -> bytes:
        index = _place(at, len(payload))
        return payload if index is None else payload[:index] + data + payload[index:]

    return Change(f"insert {_shown(data)} at {at}", apply)


def in_turn(*changes: Change) -> Change:
    """All of ``changes``, one after the other."""

    def apply(payload: bytes) -> bytes:
        for change in changes:
            payload = change.apply(payload)
        return payload

    return Change(", then ".join(change.text for change in changes) or "no change", apply)


# --- checksums that an attacker can mend ----------------------------------------------------------


@dataclass(frozen=True)
class Checksum:
    """A cyclic redundancy check in the last bytes of a frame.

    ``width`` in bits, a multiple of 8; ``polynomial`` without its leading term, in normal (not reversed)
    notation; ``reflected``: least significant bit first. The initial value and the final mask make no
    odds: the code is linear, so that the difference of two checks depends on the difference of the
    messages alone. So does what of the message before the first changed byte is covered.
    """

    name: str
    width: int
    polynomial: int
    reflected: bool
    order: Literal["big", "little"]

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        return self.width // 8

    def difference(self, message: bytes) -> bytes:
        """What XORing ``message`` onto any message of its length does to the check."""
        register = 0
        if self.reflected:
            polynomial = int(f"{self.polynomial:0{self.width}b}"[::-1], 2)
            for byte in message:
                register ^= byte
                for _ in range(8):
                    register = register >> 1 ^ (polynomial if register & 1 else 0)
        else:
            top, mask = 1 << self.width - 1, (1 << self.width) - 1
            for byte in message:
                register ^= byte << self.width - 8
                for _ in range(8):
                    register = (register << 1 ^ (self.polynomial if register & top else 0)) & mask
        return register.to_bytes(self.size, self.order)


_POLYNOMIALS: tuple[tuple[str, int, int, bool], ...] = (
    ("CRC-16/CCITT", 16, 0x1021, False),
    ("CRC-16/CCITT reflected", 16, 0x1021, True),
    ("CRC-16/ANSI", 16, 0x8005, False),
    ("CRC-16/ANSI reflected", 16, 0x8005, True),
    ("CRC-24A of TS 36.212", 24, 0x864CFB, False),
    ("CRC-32", 32, 0x04C11DB7, True),
    ("CRC-32 unreflected", 32, 0x04C11DB7, False),
    ("CRC-32C", 32, 0x1EDC6F41, True),
)

CHECKSUMS: tuple[Checksum, ...] = tuple(
    Checksum(f"{name}, {order} endian", width, polynomial, reflected, order)
    for name, width, polynomial, reflected in _POLYNOMIALS
    for order in ("big", "little")
)
"""The checks that are worth a try, each in both byte orders."""


def xor_and_mend(mask: bytes, at: int, checksum: Checksum) -> Change:
    """XOR ``mask`` at ``at`` and the matching difference onto the check in the last bytes.

    Nothing is changed where the mask does not lie wholly before the check.
    """

    def apply(payload: bytes) -> bytes:
        body = len(payload) - checksum.size
        start = _place(at, len(payload))
        if start is None or start + len(mask) > body:
            return payload
        difference = mask + bytes(body - start - len(mask))
        return xor(difference + checksum.difference(difference), start).apply(payload)

    return Change(f"xor {_shown(mask)} at {at}, mending {checksum.name}", apply)


# --- names in flight ----------------------------------------------------------------------------


def rewrite(old: bytes, new: bytes, mend_lengths: bool = False, only: int | None = None) -> Change:
    """Replace every ``old`` by ``new``, which may have another length; with ``only`` just one of them: 0 the
    first, -1 the last.

    With ``mend_lengths`` also the fields of two bytes (big endian) or one that tell how far it is from
    their end to the end of the string or of the frame, and that lie at most :data:`LENGTH_REACH` bytes
    before the string, are set right; so are fields of two bytes anywhere before it that tell the
    distance to the end of the frame. Other fields are taken for something else, and left.

    :raises ValueError: if ``old`` is empty.
    """
    if not old:
        raise ValueError("there is nothing to look for")

    def apply(payload: bytes) -> bytes:
        places = []
        place = payload.find(old)
        while place >= 0:
            places.append(place)
            place = payload.find(old, place + len(old))
        if only is not None:
            chosen = _place(only, len(places))
            places = [] if chosen is None else [places[chosen]]
        changed = bytearray(payload)
        for place in reversed(places):
            if mend_lengths and len(old) != len(new):
                _mend_lengths(changed, place, len(old), len(new) - len(old))
            changed[place : place + len(old)] = new
        return bytes(changed)

    which = "" if only is None else f", only place {only}"
    mending = ", mending lengths" if mend_lengths else ""
    return Change(f"rewrite {_shown(old)} to {_shown(new)}{mending}{which}", apply)


def _mend_lengths(payload: bytearray, place: int, length: int, growth: int) -> None:
    """Add ``growth`` to the length fields of the string at ``place``, before it is replaced."""
    ends = (place + length, len(payload))
    at = place
    while at > 0:
        near = place - at < LENGTH_REACH
        for width in (2, 1):
            first = at - width
            if first < 0 or (width == 1 and not near):
                continue
            value = int.from_bytes(payload[first:at])
            if at + value not in (ends if near else ends[1:]):
                continue
            if 0 <= value + growth < 1 << 8 * width:
                payload[first:at] = (value + growth).to_bytes(width)
            at = first + 1  # no byte serves two fields
            break
        at -= 1
