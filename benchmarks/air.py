"""How many frames a second the air carries, beside a bare queue that carries as many."""

from __future__ import annotations

import time
from collections import deque

from pytest_prose_go.air.clock import VirtualClock
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.trace import Trace
from pytest_prose_go.contract import NOTHING, Frame, Output, Statement, Station

FRAMES = 50_000
ADDRESSES = (0x000001, 0x000002)
STATEMENT = Statement(product="two stations that answer each other", version="1")


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


def frames_a_second() -> float:
    """Frames between two stations, each emitted, delivered and booked in the trace."""
    air, left = Air(Trace(STATEMENT), VirtualClock()), [FRAMES]
    for number, own in enumerate(ADDRESSES):
        air.attach(number, Answering(own, ADDRESSES[1 - number], left))
    air.inject(bytes(64), ADDRESSES[1], ADDRESSES[0])
    started = time.process_time()
    air.run(lambda: left[0] <= 0, FRAMES)
    return FRAMES / (time.process_time() - started)


def frames_a_second_of_a_queue() -> float:
    """The same frames through a bare queue, for comparison: what Python itself costs."""
    queue: deque[Frame] = deque([Frame(*ADDRESSES, bytes(64))])
    started = time.process_time()
    for _ in range(FRAMES):
        frame = queue.popleft()
        queue.append(Frame(frame.destination, frame.source, frame.payload))
    return FRAMES / (time.process_time() - started)
