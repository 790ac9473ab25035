"""The changes that a sweep tries on the frames of an exchange: which bits, which lengths, which checks."""

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
    xor_and_mend,
)

_HEAD = {"quick": 6, "standard": 20, "exhaustive": 400}
"""From how many bytes of the head one bit each is flipped."""

_TAIL = {"quick": 6, "standard": 20, "exhaustive": 400}
"""From how many bytes of the tail one bit each is flipped: where integrity checks stand."""

_MIDDLE = {"quick": 2, "standard": 6, "exhaustive": 60}
"""How many bits are flipped at places drawn by lot."""

_MIDDLE_BYTES = (20, 120)

_CHECK_SIZES = (1, 2, 4, 8, 16)


def sample_of_changes(depth: str, lots: random.Random) -> list[Change]:
    """One flipped bit at a sample of places; the tail cut, zeroed and extended; a byte cut out; a flipped
    byte with every common checksum mended."""
    changes = [flip(8 * place + lots.randrange(8)) for place in range(_HEAD[depth])]
    changes += [flip(-1 - 8 * place - lots.randrange(8)) for place in range(_TAIL[depth])]
    changes += [flip(8 * lots.randrange(*_MIDDLE_BYTES)) for _ in range(_MIDDLE[depth])]
    changes += [fill(-size, byte=0) for size in _CHECK_SIZES]
    changes += [truncate(-size) for size in _CHECK_SIZES]
    changes += [extend(b"\x00"), extend(bytes(16)), cut(-24, -20)]
    mended = CHECKSUMS if depth != "quick" else CHECKSUMS[::4]
    changes += [xor_and_mend(b"\x01", -16, checksum) for checksum in mended]
    return changes
