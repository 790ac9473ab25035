"""All randomness of a device, drawn from one seed, so that a run can be repeated."""

from __future__ import annotations

import hashlib
import hmac


class Randomness:
    """A stream of bytes that nobody can tell from random without the seed.

    Block i is HMAC-SHA-256(key, i), and the key moves on with every draw, so that a stolen state
    does not give away what was drawn before it. ``seed`` should carry 256 bits of entropy.
    """

    def __init__(self, seed: bytes, purpose: str) -> None:
        self._key = hmac.digest(hashlib.sha256(seed).digest(), purpose.encode(), "sha256")

    def draw(self, octets: int) -> bytes:
        """The next ``octets`` bytes."""
        blocks = b"".join(
            hmac.digest(self._key, b"out" + index.to_bytes(4, "big"), "sha256")
            for index in range((octets + 31) // 32)
        )
        self._key = hmac.digest(self._key, b"next", "sha256")
        return blocks[:octets]

    def fork(self, purpose: str) -> Randomness:
        """An independent stream, as a device has that starts from a copied state with fresh entropy."""
        return Randomness(self.draw(32), purpose)
