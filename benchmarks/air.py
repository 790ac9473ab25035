"""How many frames a second the air carries, with a judge that watches and without, beside a plain queue of calls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from pytest_prose_go.air.clock import VirtualClock
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.trace import Made, Trace
from pytest_prose_go.contract import NOTHING, Frame, Output, Statement, Station
from pytest_prose_go.judge.controls import Controls
from pytest_prose_go.judge.eavesdropper import Eavesdropper
from pytest_prose_go.judge.ideal_group import IdealGroup
from pytest_prose_go.judge.key_material import KeyMaterial

FRAMES = 20_000
ADDRESSES = (0x000001, 0x000002)
STATEMENT = Statement(product="stations that answer each other", version="1")


class Answering(Station):
    """Answers each frame with one, until so many are out."""

    def __init__(self, own: int, peer: int, left: list[int]) -> None:
        self._heard = frozenset({own})
        self._answer = Output((Frame(own, peer, bytes(64)),))
        self._left = left

    @property
    def listens(self) -> frozenset[int]:
        return self._heard

    def receive(self, frame: Frame, now: float) -> Output:
        self._left[0] -= 1
        return self._answer if self._left[0] > 0 else NOTHING


def frames_a_second(stations: int = 2, judged: bool = False) -> float:
    """Frames between two stations of so many, each emitted, delivered and booked in the trace; ``judged``: with all
    that watches a trace, up to what it finds at the end."""
    trace = Trace(STATEMENT)
    ideal = IdealGroup(STATEMENT)
    keys, eavesdropper = KeyMaterial(STATEMENT, ideal), Eavesdropper(STATEMENT)
    if judged:
        watchers = (ideal.handlers, *keys.handlers, Controls(ideal.roster).handlers, eavesdropper.handlers)
        for handlers in watchers:
            trace.watch(handlers)
    air, left = Air(trace, VirtualClock()), [FRAMES]
    for number in range(stations):
        own = number + 1
        trace.append(Made(0.0, number, "", str(own), own, ("authority",), "honest"))
        air.attach(number, Answering(own, ADDRESSES[1 - number] if number < 2 else own, left))
    air.inject(bytes(64), ADDRESSES[1], ADDRESSES[0])
    started = time.process_time()
    air.run(lambda: left[0] <= 0, FRAMES)
    if judged:
        eavesdropper.conclude()
    return FRAMES / (time.process_time() - started)


def calls_a_second() -> float:
    """As many calls through a plain queue, each of which puts the next in: what Python itself costs."""
    queue: deque[tuple[Callable[[Frame], None], Frame]] = deque()
    frame = Frame(*ADDRESSES, bytes(64))
    left = FRAMES

    def one(given: Frame) -> None:
        queue.append((other, Frame(given.destination, given.source, given.payload)))

    def other(given: Frame) -> None:
        queue.append((one, Frame(given.destination, given.source, given.payload)))

    queue.append((one, frame))
    started = time.process_time()
    for _ in range(left):
        call, given = queue.popleft()
        call(given)
    return FRAMES / (time.process_time() - started)
