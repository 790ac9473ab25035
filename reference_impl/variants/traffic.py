"""Frames behind which there is no event: beacons, signs of life, cover, copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reference_impl.group_key import group_address
from reference_impl.outcome import AirFrame
from reference_impl.randomness import Randomness
from reference_impl.variants import Variant
from reference_impl.variants.framing import LARGE_FRAMES
from reference_impl.variants.radio import Habit, RadioDevice

BEACON = 0xBE
SIGN_OF_LIFE = 0xA1
COVER = 0xC0
"""First octets that name no logical channel, so that every device lets the frame go."""


class Periodic(Habit):
    """Does something every ``period`` seconds once the device has been called."""

    period = 1.0

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.next: float | None = None

    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        out = super().outward(frames, now)
        if self.next is None:
            self.next = now + self.period
        elif self.next <= now:
            self.next = now + self.period
            out += self.periodic(now)
        return out

    def periodic(self, now: float) -> list[AirFrame]:
        """The frames of this moment."""
        return []

    def deadline(self) -> float | None:
        return self.next


class Beacons(Periodic):
    """A GO announces each of its groups."""

    period = 0.4

    def periodic(self, now: float) -> list[AirFrame]:
        return [
            AirFrame(
                self.device.build.address,
                group_address(group),
                bytes([BEACON]) + f"{group} is owned by {room.own.name}".encode(),
            )
            for group, room in self.device.owned.items()
        ]


class BeaconsInClear(Variant):
    identifier = "beacons"
    sentence = "The GO announces its groups in clear, by name, more than twice a second."
    shows = ("C-04", "C-32")
    habits = (Beacons,)


class SignsOfLife(Periodic):
    """Sends a random frame to each of the last few devices that it heard."""

    most = 4

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.heard: dict[int, None] = {}

    def inward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        for frame in frames:
            self.heard.pop(frame.source, None)
            self.heard[frame.source] = None
        self.heard = dict.fromkeys(list(self.heard)[-self.most :])
        return super().inward(frames, now)

    def periodic(self, now: float) -> list[AirFrame]:
        payload = bytes([SIGN_OF_LIFE]) + self.randomness.draw(24)
        return [AirFrame(self.device.build.address, other, payload) for other in self.heard]


class KeepAlive(Variant):
    identifier = "signs-of-life"
    sentence = "Every second each device sends a meaningless frame to those that it heard of late."
    shows = ("C-03",)
    habits = (SignsOfLife,)


class Cover(Habit):
    """Lets each frame be followed by another of its length, of random octets, or by none, by lot."""

    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        out: list[AirFrame] = []
        for frame in frames:
            out.append(frame)
            if self.randomness.draw(1)[0] & 1:
                chaff = bytes([COVER]) + self.randomness.draw(len(frame.payload) - 1)
                out.append(replace(frame, payload=chaff))
        return out


class CoverTraffic(Variant):
    identifier = "cover-traffic"
    sentence = "Half of the frames are followed by a random one of the same length."
    shows = ("C-03", "C-53")
    habits = (Cover,)


class EachTwice(Habit):
    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        return [copy for frame in super().outward(frames, now) for copy in (frame, frame)]


class SendsTwice(Variant):
    identifier = "sends-twice"
    sentence = "The radio sends every frame twice, byte by byte."
    shows = ("C-01",)
    habits = (EachTwice,)


class TakenTwice(Habit):
    def inward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        return [copy for frame in super().inward(frames, now) for copy in (frame, frame)]


class HearsTwice(Variant):
    identifier = "hears-twice"
    sentence = "The radio gives every frame up twice, and the device sorts out the copies."
    shows = ("C-01",)
    habits = (TakenTwice,)


class WakesForNothing(Periodic):
    period = 0.1


class Polls(Variant):
    identifier = "polls"
    sentence = "Every device asks to be woken ten times a second, mostly for nothing."
    habits = (WakesForNothing,)


class Repeats(Habit):
    """Sends every frame again, byte by byte, after 0.1 s and after 0.7 s, whether it was heard or not."""

    after = (0.1, 0.7)

    def __init__(self, device: RadioDevice, randomness: Randomness) -> None:
        super().__init__(device, randomness)
        self.waiting: list[tuple[float, AirFrame]] = []

    def outward(self, frames: Sequence[AirFrame], now: float) -> list[AirFrame]:
        due = [frame for at, frame in self.waiting if at <= now]
        self.waiting = [(at, frame) for at, frame in self.waiting if at > now]
        self.waiting += [(now + delay, frame) for frame in frames for delay in self.after]
        return [*frames, *due]

    def deadline(self) -> float | None:
        return min((at for at, _ in self.waiting), default=None)


class RepeatsLater(Variant):
    identifier = "repeats-later"
    sentence = "The radio sends every frame three times within a second, byte by byte."
    shows = ("C-01",)
    habits = (Repeats,)


class HopCount(Habit):
    """Puts a hop count and reserved bits in front of frames, which the receiver ignores."""

    def wrapped(self, frame: AirFrame) -> list[AirFrame]:
        return [replace(frame, payload=b"\x01" + self.randomness.draw(3) + frame.payload)]

    def unwrapped(self, frame: AirFrame) -> list[AirFrame]:
        return [replace(frame, payload=frame.payload[4:])] if len(frame.payload) > 4 else []


class IgnoredHeader(Variant):
    identifier = "ignored-header"
    sentence = (
        "Four octets in front of every frame are read by nobody, so that a join survives their alteration."
    )
    shows = ("C-47", "C-53")
    claims = LARGE_FRAMES
    habits = (HopCount,)
