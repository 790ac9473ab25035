"""Clocks: virtual time, which makes patience free, and real time, for targets that live in it.

Both show POSIX seconds and never go back.
"""

from __future__ import annotations

import time
from collections.abc import Callable

EPOCH = 1_750_000_000.0
"""Where a virtual clock starts unless told otherwise: a fixed moment, so that runs can be repeated."""


class VirtualClock:
    """Time that stands still until the air moves it on."""

    virtual = True

    def __init__(self, start: float = EPOCH) -> None:
        self.now = start

    def pass_time(self, until: float) -> None:
        """Let the time be ``until``, unless it is later already."""
        if until > self.now:
            self.now = until


class RealClock:
    """The time of day when it was made, counted on by a monotonic source.

    ``monotonic``, ``time_of_day`` and ``sleep`` stand for those of :mod:`time`.
    """

    virtual = False

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        time_of_day: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._offset = time_of_day() - monotonic()

    @property
    def now(self) -> float:
        return self._monotonic() + self._offset

    def pass_time(self, until: float) -> None:
        """Sleep until ``until`` (POSIX seconds); nothing if it is past."""
        remaining = until - self.now
        if remaining > 0:
            self._sleep(remaining)


Clock = VirtualClock | RealClock
