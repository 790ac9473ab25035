"""All randomness of a device, drawn from one seed, so that a run can be repeated."""

from __future__ import annotations

import hashlib
import hmac

KEY_OCTETS = 32
BLOCK_OCTETS = 272
"""Two blocks of SHAKE-256."""


class Randomness:
    """A stream of bytes that nobody can tell from random without the seed.

    SHAKE-256 of the key gives the next key and a pool to draw from. What was drawn is in it no more, and no
    key leads back to the one before, so that a stolen state does not give away what was drawn before it.
    ``seed`` should carry 256 bits of entropy.
    """

    def __init__(self, seed: bytes, purpose: str) -> None:
        self._key = hmac.digest(hashlib.sha256(seed).digest(), purpose.encode(), "sha256")
        self._pool = b""

    def draw(self, octets: int) -> bytes:
        """The next ``octets`` bytes."""
        while len(self._pool) < octets:
            block = hashlib.shake_256(self._key).digest(BLOCK_OCTETS)
            self._key = block[:KEY_OCTETS]
            self._pool += block[KEY_OCTETS:]
        drawn, self._pool = self._pool[:octets], self._pool[octets:]
        return drawn

    def fork(self, purpose: str) -> Randomness:
        """An independent stream, as a device has that starts from a copied state with fresh entropy."""
        return Randomness(self.draw(KEY_OCTETS), purpose)
