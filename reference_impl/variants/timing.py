"""When things happen: late, in bursts, in another order, evenly spaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from reference_impl.outcome import AirFrame, Happening, MessageReceived
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness
from reference_impl.variants import Variant
from reference_impl.variants.radio import Habit, RadioDevice

SET_UP = (Channel.PLAIN_SIGNALLING, Channel.SECURITY_MODE)


class Queue(Habit):
    """Holds frames, each until a time of its own."""

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.queue: list[tuple[float, int, AirFrame]] = []
        self.count = 0

    def put(self, at: float, frame: AirFrame) -> None:
        self.count += 1
        self.queue.append((at, self.count, frame))

    def due(self, now: float) -> list[AirFrame]:
        """What is due, the earliest first."""
        ready = sorted((at, number, frame) for at, number, frame in self.queue if at <= now)
        self.queue = [each for each in self.queue if each[0] > now]
        return [frame for _, _, frame in ready]

    def deadline(self) -> float | None:
        return min((at for at, _, _ in self.queue), default=None)


class Late(Queue):
    """Sends frames later than the device made them. :meth:`delay` in seconds."""

    def delay(self, frame: AirFrame, now: float) -> float:
        raise NotImplementedError

    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        for frame in frames:
            self.put(now + self.delay(frame, now), frame)
        return self.due(now)


class SlowOwner(Late):
    def delay(self, frame: AirFrame, now: float) -> float:
        is_set_up = bool(self.device.owned) and frame.payload[:1] and frame.payload[0] in SET_UP
        return 2.5 if is_set_up else 0.0


class SlowJoins(Variant):
    identifier = "slow-joins"
    sentence = "The GO takes two and a half seconds for each of its answers in a join."
    shows = ("C-20",)
    claims: ClassVar = {"patience": {"join": 15.0, "rejoin": 40.0}}
    habits = (SlowOwner,)


class AsksServer(Queue):
    """A GO puts each frame of a join to its server, and goes on when the answer is there."""

    def inward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        for frame in frames:
            is_set_up = bool(self.device.owned) and frame.payload[:1] and frame.payload[0] in SET_UP
            self.put(now + (0.9 if is_set_up else 0.0), frame)
        return self.due(now)


class AsksAServer(Variant):
    identifier = "asks-a-server"
    sentence = (
        "The GO waits nearly a second for its server, which is on no air, before it takes a frame of a join."
    )
    shows = ("C-20", "C-45")
    claims: ClassVar = {"patience": {"join": 15.0, "rejoin": 40.0}}
    habits = (AsksServer,)


class LongWay(Late):
    def delay(self, frame: AirFrame, now: float) -> float:
        return 0.35


class LongPatience(Variant):
    identifier = "long-patience"
    sentence = "Every frame takes a third of a second, and the statement asks for much patience."
    shows = ("C-20",)
    claims: ClassVar = {"patience": {"join": 45.0, "delivery": 20.0, "rejoin": 90.0}}
    habits = (LongWay,)


class Shuffled(Late):
    def delay(self, frame: AirFrame, now: float) -> float:
        return self.randomness.draw(1)[0] / 255 * 0.03


class OtherOrder(Variant):
    identifier = "other-order"
    sentence = "Frames wait up to 30 ms, by lot, and so overtake one another."
    shows = ("C-18",)
    habits = (Shuffled,)


class Paced(Late):
    spacing = 0.006

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.last = 0.0

    def delay(self, frame: AirFrame, now: float) -> float:
        self.last = max(now, self.last + self.spacing)
        return self.last - now


class EvenlySpaced(Variant):
    identifier = "evenly-spaced"
    sentence = "A device sends a frame each 6 ms at most; what is more waits."
    shows = ("C-19",)
    habits = (Paced,)


class Burst(Habit):
    """Tells the application of messages every 0.8 s, the newest first."""

    period = 0.8

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.held: list[Happening] = []
        self.due: float | None = None

    def told(self, events: Sequence[Happening], now: float) -> list[Happening]:
        rest: list[Happening] = [
            event for event in super().told(events, now) if not isinstance(event, MessageReceived)
        ]
        self.held += [event for event in events if isinstance(event, MessageReceived)]
        if self.held and self.due is None:
            self.due = now + self.period
        if self.due is None or self.due > now:
            return rest
        burst = self.held[::-1]
        self.held, self.due = [], None
        return [*burst, *rest]

    def deadline(self) -> float | None:
        return self.due


class Bursts(Variant):
    identifier = "bursts"
    sentence = "Messages are held for up to 0.8 s and then told of in a burst, the newest first."
    shows = ("C-18", "C-19")
    habits = (Burst,)


class Sleeps(Queue):
    """Hears what was sent to it when it next wakes up, every 0.25 s."""

    period = 0.25

    def inward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        for frame in frames:
            self.put((now // self.period + 1) * self.period, frame)
        return self.due(now)


class PowerSave(Variant):
    identifier = "power-save"
    sentence = "A device sleeps, and takes what came meanwhile four times a second, all at once."
    shows = ("C-19",)
    claims: ClassVar = {"patience": {"join": 15.0, "delivery": 8.0, "rejoin": 30.0}}
    habits = (Sleeps,)
