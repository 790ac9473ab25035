"""Stations that do what a test tells them."""

from __future__ import annotations

from collections.abc import Callable

from pytest_prose_go.air.clock import VirtualClock
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.trace import Delivered, Dropped, Emitted, Entry, Lifted, Moved, Reported, Trace
from pytest_prose_go.contract import NOTHING, Diagnostic, Frame, Output, Statement, Station

START = 1000.0
"""Where the clock of these tests starts: round, so that times can be written down."""

LATENCY = 0.25
"""A power of two, so that sums of times are exact."""

EVERYONE = 0xFFFFFF


def address(number: int) -> int:
    return 0x10 + number


class Scripted(Station):
    """Listens to its own address and to everyone's, and remembers what it heard and when."""

    def __init__(self, number: int, promiscuous: bool = False) -> None:
        self.ears: frozenset[int] | None = None if promiscuous else frozenset((address(number), EVERYONE))
        self.heard: list[tuple[float, Frame]] = []
        self.woken: list[float] = []
        self.on_receive: Callable[[Frame, float], Output] = lambda frame, now: NOTHING
        self.on_wake: Callable[[float], Output] = lambda now: NOTHING

    @property
    def listens(self) -> frozenset[int] | None:
        return self.ears

    @property
    def payloads(self) -> list[bytes]:
        return [frame.payload for _, frame in self.heard]

    def receive(self, frame: Frame, now: float) -> Output:
        self.heard.append((now, frame))
        return self.on_receive(frame, now)

    def wake(self, now: float) -> Output:
        self.woken.append(now)
        return self.on_wake(now)


class Field:
    """An air with scripted stations 0, 1, …, and short words for what tests do to it."""

    def __init__(self, stations: int = 3, promiscuous: bool = False) -> None:
        self.trace = Trace(Statement(product="scripted", version="1"))
        self.air = Air(self.trace, VirtualClock(START), LATENCY)
        self.stations = [Scripted(number, promiscuous) for number in range(stations)]
        for number, station in enumerate(self.stations):
            self.air.attach(number, station)

    def emit(self, number: int, *payloads: bytes, to: int | None = None) -> None:
        """Let a station emit frames to another one, or to everyone."""
        destination = EVERYONE if to is None else address(to)
        frames = [Frame(address(number), destination, payload) for payload in payloads]
        self.air.drive(number, "send", lambda station, now: Output(frames=frames))

    def wake_at(self, number: int, at: float | None) -> None:
        self.air.drive(number, "send", lambda station, now: Output(wake_at=at))

    def tell(self, number: int, *texts: str) -> None:
        events = [Diagnostic(text) for text in texts]
        self.air.drive(number, "send", lambda station, now: Output(events=events))

    def run(self, limit: float = 10.0) -> None:
        self.air.run(None, limit)

    @property
    def deliveries(self) -> list[Delivered]:
        return [record for record in self.trace if isinstance(record, Delivered)]

    @property
    def drops(self) -> list[Dropped]:
        return [record for record in self.trace if isinstance(record, Dropped)]

    @property
    def emissions(self) -> list[Emitted]:
        return [record for record in self.trace if isinstance(record, Emitted)]

    @property
    def reports(self) -> list[Reported]:
        return [record for record in self.trace if isinstance(record, Reported)]

    @property
    def moves(self) -> list[Moved | Lifted]:
        return [record for record in self.trace if isinstance(record, Moved | Lifted)]

    def since(self, mark: int) -> list[Entry]:
        return self.trace.records[mark:]
