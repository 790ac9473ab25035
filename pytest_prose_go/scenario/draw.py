"""What a scenario draws by lot: names, addresses, labels, seeds and payloads, within the target's limits.

All of it follows from the case's seed, and nothing of it tells a target which case runs.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from pytest_prose_go.contract import ADDRESS_BITS, Limits
from pytest_prose_go.scenario.outcome import Inconclusive

T = TypeVar("T", bound=Hashable)

_LETTERS = string.ascii_lowercase
_SIGNS = _LETTERS + string.digits
_NAME_LENGTH = 9
_USUAL_PAYLOAD = (24, 80)


class Draw:
    """The lots of one scenario."""

    def __init__(self, seed: bytes, limits: Limits) -> None:
        self.random = random.Random(seed)
        self._limits = limits
        self._taken: set[object] = set()
        self._pools: dict[str, list[str]] = {
            kind: self._shuffled(pool)
            for kind, pool in (("identities", limits.identities), ("groups", limits.groups))
            if pool is not None
        }
        self._addresses = None if limits.addresses is None else list(limits.addresses)
        if self._addresses is not None:
            self.random.shuffle(self._addresses)

    def _shuffled(self, pool: Sequence[str]) -> list[str]:
        drawn = list(pool)
        self.random.shuffle(drawn)
        return drawn

    def identity(self) -> str:
        """A name for a station. Raises :class:`Inconclusive` if the target's pool is used up."""
        return self._from_pool("identities")

    def group(self) -> str:
        """A name for a group. Raises :class:`Inconclusive` if the target's pool is used up."""
        return self._from_pool("groups")

    def authority(self) -> str:
        """A name for an authority."""
        return self._name()

    def label(self) -> str:
        """A label for a device's log."""
        return self._name()

    def address(self) -> int:
        """A 24-bit layer-2 ID. Raises :class:`Inconclusive` if the target's pool is used up."""
        if self._addresses is not None:
            if not self._addresses:
                raise Inconclusive(
                    "the target's pool of addresses (limits.addresses) is too small for this case"
                )
            return self._addresses.pop()
        # The lowest and highest IDs are left alone: radios keep them for broadcast and the like.
        return self._unique(lambda: self.random.randrange(0x000100, 1 << ADDRESS_BITS) & 0xFFFFFE)

    def seed(self) -> bytes:
        """32 bytes for a station's own randomness."""
        return self.random.randbytes(32)

    def payload(self, length: int | None = None) -> bytes:
        """A payload that was never drawn before, of ``length`` bytes or of a usual length."""
        limits = self._limits
        if length is None:
            least = min(max(limits.payload_least, _USUAL_PAYLOAD[0]), limits.payload_most)
            most = max(least, min(limits.payload_most, _USUAL_PAYLOAD[1]))
            length = self.random.randint(least, most)
        return self._unique(lambda: self.random.randbytes(length))

    def _from_pool(self, kind: str) -> str:
        pool = self._pools.get(kind)
        if pool is None:
            return self._name()
        if not pool:
            raise Inconclusive(f"the target's pool of {kind} (limits.{kind}) is too small for this case")
        return pool.pop()

    def _name(self) -> str:
        length = min(_NAME_LENGTH, self._limits.identity_most)
        return self._unique(
            lambda: self.random.choice(_LETTERS) + "".join(self.random.choices(_SIGNS, k=length - 1))
        )

    def _unique(self, draw: Callable[[], T]) -> T:
        while (drawn := draw()) in self._taken:
            pass
        self._taken.add(drawn)
        return drawn
