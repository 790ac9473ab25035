"""The same loop on a real clock, which the tests turn by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from pytest_prose_go.air.clock import RealClock
from pytest_prose_go.air.medium import SLICE, Air
from pytest_prose_go.air.trace import Delivered, Emitted, Reported, Trace
from pytest_prose_go.contract import NOTHING, Diagnostic, Frame, Output, Statement, Unsupported
from tests.air.scripted import LATENCY, START, Scripted, address


class Hands:
    """The hands of a clock."""

    def __init__(self) -> None:
        self.at = 50.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


class Waiting(Scripted):
    """A station of a real-clock target: time passes while it is waited for."""

    def __init__(self, number: int, hands: Hands) -> None:
        super().__init__(number)
        self.hands = hands
        self.asked: list[float] = []
        self.outputs: list[Output] = []
        self.on_wait: Callable[[float], Output] | None = None

    def wait(self, until: float) -> Output:
        self.asked.append(until)
        if self.on_wait is not None:
            return self.on_wait(until)
        if self.outputs:
            return self.outputs.pop(0)
        self.hands.at = max(self.hands.at, until - START + 50.0)
        return NOTHING


class Live:
    def __init__(self) -> None:
        self.hands = Hands()
        clock = RealClock(lambda: self.hands.at, lambda: START, self.hands.sleep)
        self.trace = Trace(Statement(product="scripted", version="1", clock="real"))
        self.air = Air(self.trace, clock, LATENCY)
        self.stations = [Waiting(number, self.hands) for number in range(2)]
        for number, station in enumerate(self.stations):
            self.air.attach(number, station)


def test_the_time_of_day_is_counted_on_by_a_monotonic_source() -> None:
    live = Live()
    live.hands.at += 3.0
    assert live.air.now == START + 3.0


def test_what_comes_up_while_waiting_is_booked_as_such_and_carried() -> None:
    live = Live()
    frame = Frame(address(0), address(1), b"x")
    live.stations[0].outputs = [Output(frames=[frame], events=[Diagnostic("up")])]
    live.air.run(None, 1.0)
    reported, emitted, delivered = live.trace.records
    assert isinstance(reported, Reported)
    assert (reported.by, reported.station, reported.delivery) == ("wait", 0, None)
    assert isinstance(emitted, Emitted)
    assert emitted.by == "wait"
    assert isinstance(delivered, Delivered)
    assert delivered.at >= emitted.at + LATENCY
    assert live.stations[1].payloads == [b"x"]


def test_stations_are_waited_for_in_turn_a_slice_at_most() -> None:
    live = Live()
    live.air.run(None, 1.0)
    assert live.air.now >= START + 1.0
    assert abs(len(live.stations[0].asked) - len(live.stations[1].asked)) <= 1
    asked = sorted(live.stations[0].asked + live.stations[1].asked)
    assert all(later - earlier <= SLICE + 1e-9 for earlier, later in pairwise(asked))
    assert asked[-1] == START + 1.0


def test_a_condition_is_asked_when_something_came_up() -> None:
    live = Live()
    live.stations[1].outputs = [Output(events=[Diagnostic("up")])]
    assert live.air.run(lambda: any(isinstance(r, Reported) for r in live.trace), 1.0)
    assert live.air.now < START + 1.0


def test_timers_go_off_on_a_real_clock_too() -> None:
    live = Live()
    station = live.stations[0]

    def wait(until: float) -> Output:
        live.hands.at += 0.01
        return Output(wake_at=None if station.woken else START + 0.5)

    station.on_wait = wait
    live.air.run(None, 1.0)
    assert len(live.stations[0].woken) == 1
    assert START + 0.5 <= live.stations[0].woken[0] < START + 0.6


def test_stations_that_never_wait_do_not_make_the_air_spin() -> None:
    live = Live()
    for station in live.stations:
        station.on_wait = lambda until: NOTHING
    live.air.run(None, 1.0)
    assert live.air.now >= START + 1.0
    assert len(live.stations[0].asked) <= 2 * round(1.0 / SLICE)
    assert max(live.hands.slept) <= SLICE + 1e-9


def test_time_passes_where_nobody_can_be_waited_for() -> None:
    live = Live()

    def refuse(until: float) -> Output:
        raise Unsupported("wait")

    for station in live.stations:
        station.on_wait = refuse
    live.air.drive(0, "send", lambda station, now: Output(frames=[Frame(address(0), address(1), b"x")]))
    assert not live.air.run(lambda: False, 1.0)
    assert live.stations[1].payloads == [b"x"]
    assert [len(station.asked) for station in live.stations] == [1, 1]
    assert live.air.now == START + 1.0


def test_a_failure_while_waiting_goes_on() -> None:
    live = Live()

    def fail(until: float) -> Output:
        raise RuntimeError("gone")

    live.stations[1].on_wait = fail
    with pytest.raises(RuntimeError, match="gone"):
        live.air.run(None, 1.0)


def test_a_skewed_station_waits_in_its_own_time() -> None:
    live = Live()
    live.air.skew(0, 100.0)
    live.stations[0].outputs = [Output(events=[Diagnostic("up")])]
    assert live.air.run(lambda: len(live.trace.records) > 1, 1.0)
    assert live.stations[0].asked == [pytest.approx(live.air.now + 100.0 + SLICE)]
