"""The changes that a sweep tries on frames: which bits, which lengths, which checks, in which pieces."""

from __future__ import annotations

import random

from pytest_prose_go.air.frame_changes import (
    CHECKSUMS,
    Change,
    cut,
    extend,
    fill,
    flip,
    truncate,
    xor,
    xor_and_mend,
)

PIECES = 4
"""Into how many cases a sweep is cut, so that workers can share it."""

_HEAD = {"quick": 5, "standard": 10}
"""From how many bytes of the head one bit each is flipped."""

_FLAGS = {"quick": 0, "standard": 16}
"""From how many bytes of the head the lowest bit is flipped: where flags stand."""

_TAIL = {"quick": 3, "standard": 8}
"""From how many bytes of the tail one bit each is flipped: where integrity checks stand."""

_BEFORE = {"quick": (16,), "standard": (10, 12, 16, 20, 32)}
"""Bytes of the usual checks: of the byte before each, the message's last, one bit is flipped."""

_STEPS = {"quick": 4, "standard": 14}
"""At how many places, evenly over the frame, the highest bit or a lower one is flipped, in turn."""

_PAIRS = {"quick": 2, "standard": 8}
"""How many changes of two bytes are tried that cancel in a sum or a parity."""

_PAIR_FROM_HEAD = (6, 40)
_PAIR_FROM_TAIL = (33, 57)
_DISTANCES = (16, 1, 4, 8)
"""Where the first of two changed bytes is from the head, the second one from the tail (before an integrity check,
behind names and addresses), and how many bytes lie between them."""

_CHECK_SIZES = (1, 2, 4, 8, 16)
_LEFT = {"quick": (4, 12), "standard": (1, 4, 8, 12, 20)}
"""How many bytes of the head are left alone of a frame: part of a header, or a header and less than a check."""

_RUNS = (16, 32, 64)
_GLUED = 40

_PROOFS = (48, 64, 72, 96, 132)
"""Bytes of a signature at the usual strengths: two numbers of 24, 32, 48 or 66 bytes, or DER of two of 32."""

_BEHIND = {"quick": (0,), "standard": (0, 4, 16)}
"""How many bytes stand behind the proof: a check, if any."""


def changes(depth: str, longest: int, lots: random.Random) -> list[Change]:
    """The changes to try on frames of at most ``longest`` bytes.

    One flipped bit at a sample of places, among them the last octet before a check (``exhaustive``: every
    bit); the tail cut, or all but a few bytes (exhaustive: to every length); the tail zeroed and extended; a
    byte cut out; a flipped byte with every common checksum mended; two changes that cancel in a sum or a parity.
    """
    if depth == "exhaustive":
        bits = list(range(8 * longest))
        lengths = list(range(longest))
    else:
        steps = max(longest // _STEPS[depth], 1)
        bits = [8 * place + lots.randrange(8) for place in range(min(_HEAD[depth], longest))]
        bits += [8 * place + 7 for place in range(min(_FLAGS[depth], longest))]
        bits += [-1, -8]  # the last octet's lowest and highest bit
        bits += [-8 * size - 1 - lots.randrange(8) for size in _BEFORE[depth] if size < longest]
        bits += [-9 - 8 * place - lots.randrange(8) for place in range(min(_TAIL[depth], longest))]
        # The last octet of the text before a check of each usual size: an off-by-one leaves it out.
        bits += [-8 * size - 1 - lots.randrange(8) for size in (8, 12, 16) if size < longest]
        for number, place in enumerate(range(steps, longest, steps)):
            # In text the highest bit alone would be refused for not being text.
            bits.append(8 * place + (lots.randrange(1, 8) if number % 2 else 0))
        lengths = [-size for size in _CHECK_SIZES]
    tried = [flip(bit) for bit in bits]
    tried += [truncate(length) for length in lengths]
    tried += [fill(-size, byte=byte) for size in _CHECK_SIZES for byte in (0x00, 0xFF)]
    tried += [extend(b"\x00"), extend(bytes(16)), extend(lots.randbytes(_GLUED)), cut(-24, -20)]
    tried += [
        xor_and_mend(b"\x01", -16, check) for check in (CHECKSUMS[::4] if depth == "quick" else CHECKSUMS)
    ]
    pairs = _PAIRS.get(depth, 4 * _PAIRS["standard"])
    tried += [_pair(number, lots) for number in range(pairs)]
    return tried + [truncate(length) for length in _LEFT.get(depth, ()) if length < longest]


def _pair(number: int, lots: random.Random) -> Change:
    """The same bit of two bytes, some bytes apart: where the check is a sum or a parity they may cancel. Four
    pairs near the tail, four near the head, and so on."""
    distance = _DISTANCES[number % 4]
    from_head, from_tail = lots.randrange(*_PAIR_FROM_HEAD), -distance - lots.randrange(*_PAIR_FROM_TAIL)
    at = from_tail if number % 8 < 4 else from_head
    return xor(b"\x01" + bytes(distance - 1) + b"\x01", at)


def by_lot(lots: random.Random) -> Change:
    """A change that is another each time: two bits in the middle half of a frame, before or behind any check."""

    def apply(payload: bytes) -> bytes:
        changed = bytearray(payload)
        middle = range(len(payload) // 4, 3 * len(payload) // 4)
        for place in lots.sample(middle, min(2, len(middle))):
            changed[place] ^= 1 << lots.randrange(7)
        return bytes(changed)

    return Change("flip two bits by lot", apply)


def blanks(depth: str, longest: int) -> list[Change]:
    """Runs of zeros, ones and all bits over the parts of frames, and cuts: what a prover without a key sends
    when checks of ranges, lengths or presence are missing."""
    step = {"quick": longest, "standard": max(longest // 4, 1), "exhaustive": 8}[depth]
    starts = range(0, longest, max(step, 1))
    tried = [fill(start, run, byte) for run in _RUNS for start in starts for byte in (0x00, 0xFF)]
    tried += [truncate(-size) for size in (*_CHECK_SIZES, 32, 64)]
    tried += [truncate(longest * part // 4) for part in (1, 2, 3)]
    return tried


def blank_proofs(depth: str, longest: int) -> list[Change]:
    """Zeros where a signature stands: at the end of a frame, or a check's length before it (exhaustive: at every
    place)."""
    behind = _BEHIND.get(depth, range(longest))
    return [fill(-size - after, size) for size in _PROOFS for after in behind]


def headed(frame: bytes, upto: int, number: int) -> Change:
    """Give a frame the head of another (of that ``number``), up to byte ``upto``."""
    return Change(f"head of frame {number} up to byte {upto}", lambda payload: frame[:upto] + payload[upto:])


def tailed(frame: bytes, since: int, number: int) -> Change:
    """Give a frame the tail of another (of that ``number``), from byte ``since`` on."""
    return Change(
        f"tail of frame {number} from byte {since}", lambda payload: payload[:since] + frame[since:]
    )


def places(length: int, depth: str) -> list[int]:
    """Where to cut a frame of ``length`` bytes."""
    if depth == "exhaustive":
        return list(range(1, length))
    parts = 4 if depth == "quick" else 12
    near_the_ends = [4, 5, 8, length - 16, length - 8, length - 4, length - 1]
    return sorted(
        {*(length * part // parts for part in range(1, parts)), *near_the_ends} & set(range(1, length))
    )
