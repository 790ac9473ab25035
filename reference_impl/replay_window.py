"""A sliding window over numbers that must be taken at most once each."""

from __future__ import annotations


class ReplayWindow:
    """Remembers the last ``size`` numbers below the highest one taken.

    A number is *fresh* if it is above the highest, or inside the window and not taken yet. What
    lies below the window counts as taken. Asking never moves the window: only :meth:`take` does,
    to be called once the number was proven by a MAC.
    """

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._mask = (1 << size) - 1
        self._highest = -1
        self._taken = 0

    @property
    def highest(self) -> int:
        """The highest number taken, or -1."""
        return self._highest

    def is_fresh(self, number: int) -> bool:
        """Whether ``number`` could be taken now."""
        behind = self._highest - number
        if behind < 0:
            return True
        return behind < self._size and not self._taken >> behind & 1

    def take(self, number: int) -> bool:
        """Take ``number``. Returns False, and changes nothing, if it is not fresh."""
        if not self.is_fresh(number):
            return False
        ahead = number - self._highest
        if ahead > 0:
            self._taken = 1 if ahead >= self._size else (self._taken << ahead | 1) & self._mask
            self._highest = number
        else:
            self._taken |= 1 << -ahead
        return True
