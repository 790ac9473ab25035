"""Unproven hints of an owner to its members that a fresh set-up is due, and when to say them again.

A hint can be lost, and anyone can forge one; so it is repeated, and it has no other effect than a set-up
in which both ends prove themselves anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_impl.messages import RekeyingTrigger
from reference_impl.protection import Channel

AFTER_RESTART = (0.0, 1.0, 3.0, 6.0, 10.0, 15.0)
"""Seconds after a restart at which the group is told that all sessions are gone."""

AFTER_LOSS = tuple(10.0 * number for number in range(13))
"""Seconds after a hop was given up at which its member, if it is there again, is told."""

WHEN_KEYS_RUN_OUT = tuple(float(number) for number in range(10))
"""Seconds at which a member is asked for new keys while the owner's counters run out."""


HINTS_MOST = 128
"""From so many on, those that were given to the end are forgotten."""


@dataclass(slots=True)
class Hint:
    """Where it goes, which session it is about (None: all), and when it is due, the next first."""

    destination: int
    key_id: int | None
    times: list[float]


@dataclass(slots=True)
class Hints:
    """The hints that an owner still has to give."""

    waiting: dict[tuple[int, int | None], Hint] = field(default_factory=dict)

    def plan(self, destination: int, key_id: int | None, now: float, after: tuple[float, ...]) -> None:
        """Give a hint ``after`` so many seconds each, unless it is planned already."""
        if len(self.waiting) >= HINTS_MOST:
            self.waiting = {key: hint for key, hint in self.waiting.items() if hint.times}
        times = [now + seconds for seconds in after]
        self.waiting.setdefault((destination, key_id), Hint(destination, key_id, times))

    def cancel(self, destination: int, key_id: int) -> None:
        """The hint has served, or has become pointless."""
        self.waiting.pop((destination, key_id), None)

    def cancel_all_for(self, destination: int) -> None:
        """A session with a member at that address stands again."""
        self.waiting = {key: hint for key, hint in self.waiting.items() if hint.destination != destination}

    def is_exhausted(self, destination: int, key_id: int) -> bool:
        """Whether all repetitions of a planned hint were given."""
        hint = self.waiting.get((destination, key_id))
        return hint is not None and not hint.times

    def give(self, now: float, emit: Callable[[int, bytes], None]) -> None:
        """Emit (destination, payload) of all that is due."""
        for hint in self.waiting.values():
            if hint.times and hint.times[0] <= now:
                hint.times = [at for at in hint.times if at > now]
                message = RekeyingTrigger(hint.key_id).encode()
                emit(hint.destination, bytes([Channel.PLAIN_SIGNALLING]) + message)

    def deadline(self) -> float | None:
        """When the next hint is due."""
        if not self.waiting:
            return None
        return min((hint.times[0] for hint in self.waiting.values() if hint.times), default=None)
