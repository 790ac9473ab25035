"""Reliable transfer on one hop: numbers, acknowledgements, repetition, and no message twice.

A repetition is protected anew (a fresh counter), so that neither the replay window nor the key is
strained; the receiver knows it by its number. The figures are this project's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.replay_window import ReplayWindow

FIRST_REPEAT = 0.2
LONGEST_REPEAT = 1.6
TRIES = 22
"""Sent this often without an answer (over half a minute), a message shows that the hop is gone."""

IN_FLIGHT = 64
SPAN = 512
"""How far the newest unacknowledged number may be from the oldest; below half the receiver's window."""

RECEIVING_WINDOW = 2048


def delay_after(tries: int) -> float:
    """Seconds to wait for an answer after sending for the ``tries``-th time (from 1)."""
    return FIRST_REPEAT if tries == 1 else min(FIRST_REPEAT * 2.0 ** (tries - 1), LONGEST_REPEAT)


@dataclass(slots=True)
class Outgoing:
    """A message on its way: how often it was sent, and when it is due again (None: not sent yet)."""

    number: int
    channel: int
    body: bytes
    tries: int = 0
    due: float | None = None


@dataclass(slots=True)
class Transfers:
    """Both directions of the reliable transfer on one hop."""

    next_number: int = 0
    outgoing: dict[int, Outgoing] = field(default_factory=dict)
    received: ReplayWindow = field(default_factory=lambda: ReplayWindow(RECEIVING_WINDOW))

    def add(self, channel: int, body: bytes) -> None:
        """Queue a message."""
        self.outgoing[self.next_number] = Outgoing(self.next_number, channel, body)
        self.next_number += 1

    def acknowledge(self, number: int) -> None:
        """The peer has ``number``."""
        self.outgoing.pop(number, None)

    def accept(self, number: int) -> bool:
        """Whether a received ``number`` is new; it is not from here on."""
        return self.received.take(number)

    def to_send(self, now: float) -> list[Outgoing]:
        """What is to be sent now: what was never sent, within the limits, and what is due again."""
        ready: list[Outgoing] = []
        if not self.outgoing:
            return ready
        for flying, message in enumerate(self.outgoing.values()):
            if message.due is None:
                oldest = next(iter(self.outgoing))
                if flying >= IN_FLIGHT or message.number - oldest >= SPAN:
                    break
                ready.append(message)
            elif message.due <= now:
                ready.append(message)
        return ready

    def sent(self, message: Outgoing, now: float) -> None:
        """Note that ``message`` was sent."""
        message.tries += 1
        message.due = now + delay_after(message.tries)

    def send_again(self) -> None:
        """Everything is due at once, as after a change of keys."""
        for message in self.outgoing.values():
            message.due = None
            message.tries = 0

    def is_lost(self, now: float) -> bool:
        """Whether some message went unanswered too often."""
        return any(
            message.tries >= TRIES and message.due is not None and message.due <= now
            for message in self.outgoing.values()
        )

    def deadline(self) -> float | None:
        """When something is due again, or None."""
        if not self.outgoing:
            return None
        return min([each.due for each in self.outgoing.values() if each.due is not None], default=None)
