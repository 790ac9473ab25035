"""How many bits a coincidence must explain before it is a proof.

A match counts only if the bits in it that the suite chose at random, and that nothing else explains,
are at least 64 + log2(comparisons made). The chance that bytes which have nothing to do with a payload
match it somewhere in one trace is then at most 2**-64.
"""

from __future__ import annotations

from itertools import pairwise
from math import log2

SAFETY_BITS = 64
"""log2 of one over the chance of a false alarm in one trace."""


def needed_bits(comparisons: float) -> float:
    """The bits that a match must explain where ``comparisons`` pairs of windows were compared."""
    return SAFETY_BITS + log2(max(comparisons, 1.0))


def unexplained_bits(window: bytes) -> int:
    """How many bits of ``window`` can have been chosen at random: 8 a byte, but less in a pattern.

    Runs, repeated blocks and counting bytes hold few choices, whatever their length. Counted are the
    different pairs of neighbours, among the bytes and among their differences; up to one repetition,
    or one in 16, is what random bytes show too.
    """
    size = len(window)
    if size < 3:
        return 8 * len(set(window))
    steps = [(b - a) & 0xFF for a, b in pairwise(window)]
    pairs = len(set(pairwise(window)))
    turns = len(set(pairwise(steps)))
    allowance = max(1, size // 16)
    if pairs >= size - 1 - allowance and turns >= size - 2 - allowance:
        return 8 * size
    return 8 * min(pairs + 1, turns + 2, size)


def key_period(key: bytes, most: int) -> int:
    """The shortest period of ``key``: 0 if it is all zero, ``most`` + 1 if none up to ``most``."""
    if not any(key):
        return 0
    size = len(key)
    for period in range(1, most + 1):
        if key[period:] == key[: max(size - period, 0)]:
            return period
    return most + 1
