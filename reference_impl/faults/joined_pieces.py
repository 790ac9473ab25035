"""Faults of a design that sends long messages in two pieces, each protected by itself, and joins them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reference_impl.device import Build, Device
from reference_impl.faults import Fault
from reference_impl.outcome import KeysRenewed, MessageReceived, Outbox
from reference_impl.randomness import Randomness

WHOLE, FIRST, LAST = 0, 1, 2
LONG = 200
"""Octets from which a message goes in two pieces."""


class _PiecesDevice(Device):
    """Before each piece stand an octet that says which it is, and one with its message's number."""

    def __init__(self, build: Build, randomness: Randomness) -> None:
        super().__init__(build, randomness)
        self.number = 0
        self.begun: dict[tuple[str, str, str], tuple[int, bytes]] = {}
        """The first pieces that wait for their last, by group, origin and way."""

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Outbox:
        self.number = (self.number + 1) % 256
        if len(data) < LONG:
            return super().send(group, bytes([WHOLE, self.number]) + data, to, now)
        half = len(data) // 2
        outbox = super().send(group, bytes([FIRST, self.number]) + data[:half], to, now)
        last = super().send(group, bytes([LAST, self.number]) + data[half:], to, now)
        outbox.frames += last.frames
        outbox.events += last.events
        return outbox

    def belong_together(self, first: int, last: int) -> bool:
        """Whether pieces that say these numbers of themselves are of one message."""
        return first == last

    def _call(self, name: str, now: float, act: Callable[[Outbox], None]) -> Outbox:
        outbox = super()._call(name, now, act)
        events, outbox.events = outbox.events, []
        for event in events:
            if isinstance(event, MessageReceived):
                self._join(event, outbox)
            else:
                outbox.report(event)
        return outbox

    def _join(self, event: MessageReceived, outbox: Outbox) -> None:
        kind, number, data = event.data[0], event.data[1], event.data[2:]
        place = (event.group, event.origin, event.cast)
        if kind == WHOLE:
            outbox.report(replace(event, data=data))
        elif kind == FIRST:
            self.begun[place] = (number, data)
        elif place in self.begun:
            first, head = self.begun[place]
            if self.belong_together(first, number):
                del self.begun[place]
                outbox.report(replace(event, data=head + data))


class _BlindDevice(_PiecesDevice):
    def belong_together(self, first: int, last: int) -> bool:
        return True


class PiecesJoinedBlindly(Fault):
    """Each piece is genuine."""

    identifier = "pieces-joined-blindly"
    sentence = "The last piece of a message is joined to whatever first piece is there."
    published = "PROT-12"
    breaks = "PROT.integrity"
    ability = "drop"
    device_class = _BlindDevice


class _RestartingDevice(_PiecesDevice):
    def _call(self, name: str, now: float, act: Callable[[Outbox], None]) -> Outbox:
        outbox = super()._call(name, now, act)
        if any(isinstance(event, KeysRenewed) for event in outbox.events):
            self.number = 0
        return outbox


class PiecesJoinedOverNewKeys(Fault):
    """The number is of a message under the keys of then."""

    identifier = "pieces-joined-over-new-keys"
    sentence = "Numbers of messages begin anew with new keys, and pieces of before wait for those of after."
    published = "PROT-13"
    breaks = "PROT.integrity"
    ability = "drop"
    shown_by = ("INHERITED.keys-replaced",)
    device_class = _RestartingDevice
