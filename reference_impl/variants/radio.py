"""The radio edge of a device: a row of habits through which its frames, and its news, go out and come in.

A habit knows nothing of keys. What it does to a frame on the way out its peer's undoes on the way in, as
both ends of a target have the same habits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from reference_impl import inspection
from reference_impl.device import Build, Device
from reference_impl.outcome import AirFrame, Cast, Happening, MessageReceived, Outbox
from reference_impl.randomness import Randomness


class Habit:
    """One habit of a radio. Of itself it changes nothing."""

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        self.device = device
        self.randomness = randomness

    # --- the form of frames: the same for everybody, a thief included --------------------------------

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        """What goes on the air for a frame of the device."""
        return [frame]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        """The device's frames that are whole with this frame off the air."""
        return [frame]

    def disguised(self, data: bytes) -> bytes:
        """What an application's message becomes before it enters the device."""
        return data

    def plain(self, data: bytes) -> bytes:
        """The reverse of :meth:`disguised`."""
        return data

    # --- what this device does, and when -------------------------------------------------------------

    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        """What goes out now of ``frames`` that the device emits, or because its time has come."""
        return [out for frame in frames for out in self.wrapped(frame)]

    def inward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        """What goes up to the device now of ``frames`` off the air, or because its time has come."""
        return [up for frame in frames for up in self.unwrapped(frame)]

    def told(self, events: Sequence[Happening], now: float) -> list[Happening]:
        """What the application is told of ``events`` now, or because its time has come."""
        return list(events)

    def answers(self, frame: AirFrame, outbox: Outbox, now: float) -> list[AirFrame]:
        """Frames of its own in answer to a frame off the air, of which the device made ``outbox``."""
        return []

    def deadline(self) -> float | None:
        """When its time has come, or None."""
        return None


class RadioDevice(Device):
    """A device with habits at its radio edge, the first of ``habit_classes`` nearest to the device."""

    habit_classes: ClassVar[tuple[type[Habit], ...]] = ()
    hears_all: ClassVar[bool] = False
    """Whether its radio passes up all frames, and the device picks those that are meant for it."""

    def __init__(self, build: Build, randomness: Randomness) -> None:
        super().__init__(build, randomness)
        self._take_up_habits()

    def _take_up_habits(self) -> None:
        own = self.randomness.fork("radio")
        self.habits = [make(self, own.fork(make.__name__)) for make in self.habit_classes]

    def become_copy(self, purpose: str, address: int | None) -> None:
        super().become_copy(purpose, address)
        for habit in self.habits:
            habit.randomness = habit.randomness.fork(purpose)

    def restart(self, now: float) -> Outbox:
        self._take_up_habits()
        return super().restart(now)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Outbox:
        for habit in self.habits:
            data = habit.disguised(data)
        return super().send(group, data, to, now)

    def receive(self, frame: AirFrame, now: float) -> Outbox:
        reached = [frame]
        for habit in reversed(self.habits):
            reached = habit.inward(reached, now)
        whole = Outbox()
        for each in reached:
            _add(whole, super().receive(each, now))
        if not reached:
            _add(whole, self._call("receive", now, lambda outbox: None))
        for place, habit in enumerate(self.habits):
            answers = habit.answers(frame, whole, now)
            whole.frames += self._outward(answers, place + 1, now)
        return whole

    def deadline(self) -> float | None:
        times = [super().deadline(), *(habit.deadline() for habit in self.habits)]
        return min((at for at in times if at is not None), default=None)

    def _call(self, name: str, now: float, act: Callable[[Outbox], None]) -> Outbox:
        inner = super()._call(name, now, act)
        for place, habit in enumerate(self.habits):
            due = habit.deadline()
            if due is not None and due <= now:
                reached = habit.inward((), now)
                for nearer in reversed(self.habits[:place]):
                    reached = nearer.inward(reached, now)
                for each in reached:
                    _add(inner, super()._call("receive", now, self._taking(each, now)))
        events = [self._in_plain(event) for event in inner.events]
        for habit in self.habits:
            events = habit.told(events, now)
        return Outbox(self._outward(inner.frames, 0, now), events)

    def _taking(self, frame: AirFrame, now: float) -> Callable[[Outbox], None]:
        return lambda outbox: self._receive(frame, now, outbox)

    def _outward(self, frames: Sequence[AirFrame], first: int, now: float) -> list[AirFrame]:
        out = list(frames)
        for habit in self.habits[first:]:
            out = habit.outward(out, now)
        return out

    def _in_plain(self, event: Happening) -> Happening:
        if not isinstance(event, MessageReceived):
            return event
        return replace(event, data=in_plain(self.habits, event.data))


def in_plain(habits: Iterable[Habit], data: bytes) -> bytes:
    """An application's message as it was before ``habits`` disguised it."""
    for habit in reversed(list(habits)):
        data = habit.plain(data)
    return data


def _add(whole: Outbox, more: Outbox) -> None:
    whole.frames += more.frames
    whole.events += more.events


def _strangers_habits(device: RadioDevice) -> list[Habit]:
    """Habits that know nothing yet, as a thief has them who reads what was recorded."""
    return [make(device, Randomness(b"", "thief")) for make in device.habit_classes]


def opened(device: Device, frames: Sequence[AirFrame]) -> list[tuple[int, bytes]]:
    """See :func:`reference_impl.inspection.opened`. Of a message in several frames it names the last."""
    if not isinstance(device, RadioDevice):
        return inspection.opened(device, frames)
    habits = _strangers_habits(device)
    places: list[int] = []
    inner: list[AirFrame] = []
    for place, frame in enumerate(frames):
        reached = [frame]
        for habit in reversed(habits):
            reached = [up for each in reached for up in habit.unwrapped(each)]
        places += [place] * len(reached)
        inner += reached
    return [(places[index], in_plain(habits, data)) for index, data in inspection.opened(device, inner)]


def forged(
    device: Device, group: str, data: bytes, origin: str, to: str | None, cast: Cast
) -> list[AirFrame]:
    """See :func:`reference_impl.inspection.forged`."""
    if not isinstance(device, RadioDevice):
        return inspection.forged(device, group, data, origin, to, cast)
    for habit in device.habits:
        data = habit.disguised(data)
    room = device.joined.get(group)
    early = [link for link in room.all_links() if link.closes_at is None] if room is not None else []
    if room is not None and room.link is None and early:
        # The keys of a session that is not yet in use serve a thief as well.
        room.link = early[0]
        frames = inspection.forged(device, group, data, origin, to, cast)
        room.link = None
    else:
        frames = inspection.forged(device, group, data, origin, to, cast)
    for habit in device.habits:
        frames = [out for frame in frames for out in habit.wrapped(frame)]
    return frames


def listens(device: Device) -> frozenset[int] | None:
    """The layer-2 IDs that the radio passes up, or None for all."""
    return None if isinstance(device, RadioDevice) and device.hears_all else device.listens
