"""A call that does not come back is broken at its deadline, and the process is left as it was."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import msgspec
import pytest

from pytest_prose_go.contract import Credentials, Output, Received, Statement
from pytest_prose_go.targets import deadline
from pytest_prose_go.targets.deadline import WATCHDOG, Overrun, within
from pytest_prose_go.targets.guard import GuardedTarget, TargetError, guarded
from tests.targets.tiny_target import TinyStation, TinyTarget

GOOD = Received("g", b"data", "a", "unicast")


def wait_for_nothing(*_: object) -> None:
    threading.Event().wait()


def spin(*_: object) -> None:
    while True:
        pass


def read_a_silent_socket(*_: object) -> None:
    one, other = socket.socketpair()
    with one, other:
        one.recv(1)


def swallow_and_wait_again(*_: object) -> None:
    for _again in range(3):
        try:
            threading.Event().wait()
        except BaseException:
            continue
    threading.Event().wait()


def swallow_and_answer(*_: object) -> Output:
    try:
        threading.Event().wait()
    except BaseException:
        return Output((), [GOOD])
    raise AssertionError


def turn_it_into_an_error(*_: object) -> None:
    try:
        threading.Event().wait()
    except BaseException as raised:
        raise RuntimeError("worker died") from raised


def station_target(**calls: Any) -> GuardedTarget:
    class Replaced(TinyTarget):
        station_class = type("Replaced", (TinyStation,), calls)

    return GuardedTarget(Replaced(), "test")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The user's handler is in place again after every test."""
    mine: list[int] = []

    def handler(number: int, frame: FrameType | None) -> None:
        mine.append(number)

    before = signal.signal(signal.SIGUSR1, handler)
    yield
    assert signal.getsignal(signal.SIGUSR1) is handler
    assert mine == []
    assert WATCHDOG.deadline == deadline.NEVER
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    "hang", [wait_for_nothing, spin, read_a_silent_socket, swallow_and_wait_again], ids=lambda f: f.__name__
)
def test_a_hanging_call_is_broken_and_the_place_told(hang: Callable[..., None]) -> None:
    target = station_target(send=hang)
    station = target.station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="had not answered at its deadline") as caught:
        station.send("g", b"d", "a", 1.0)
    target.close()
    assert "call_deadline: 0.2 s" in str(caught.value)
    assert f"in {hang.__name__}" in str(caught.value)
    assert "_on_signal" not in str(caught.value)


def test_swallowing_the_break_is_found_out_but_what_was_reported_is_kept() -> None:
    target = station_target(send=swallow_and_answer)
    station = target.station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="answered later than its deadline") as caught:
        station.send("g", b"d", "a", 1.0)
    target.close()
    assert caught.value.partial == Output((), (GOOD,))


def test_a_break_that_the_adapter_turned_into_its_own_error_is_told_as_a_hang() -> None:
    target = station_target(send=turn_it_into_an_error)
    station = target.station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="had not answered at its deadline"):
        station.send("g", b"d", "a", 1.0)
    target.close()


def test_a_hang_breaks_off_the_whole_target() -> None:
    target = station_target(send=wait_for_nothing)
    one, other = (target.station(label, at, ["x"], bytes(32)) for label, at in (("one", 1), ("other", 2)))
    with pytest.raises(TargetError):
        one.send("g", b"d", "a", 1.0)
    with pytest.raises(TargetError, match="earlier breach: send had not answered"):
        other.wake(1.0)
    target.close()


def test_what_else_hangs_is_broken_too() -> None:
    quick = msgspec.structs.replace(TinyTarget.statement, setup_deadline=0.2)

    class Slow(TinyTarget):
        statement = quick

        def credentials(self, *_: object) -> Credentials:
            wait_for_nothing()
            raise AssertionError

    target = GuardedTarget(Slow(), "test")
    with pytest.raises(TargetError, match=r"credentials had not answered .*setup_deadline: 0.2"):
        target.credentials("a", "g", "x", "owner", 0, 9)
    target.close()

    radio = station_target(listens=property(wait_for_nothing)).station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="listens had not answered"):
        _ = radio.listens
    radio._target.close()


def test_reading_an_answer_is_under_the_deadline_too() -> None:
    class Output:
        events = ()
        frames = property(wait_for_nothing)

    target = station_target(send=lambda *_: Output())
    station = target.station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="had not answered"):
        station.send("g", b"d", "a", 1.0)
    target.close()


def test_hanging_in_stop_and_close_is_only_noted() -> None:
    class Slow(TinyTarget):
        statement = msgspec.structs.replace(TinyTarget.statement, setup_deadline=0.2)
        station_class = type("Slow", (TinyStation,), {"stop": wait_for_nothing})

        def close(self) -> None:
            wait_for_nothing()

    target = GuardedTarget(Slow(), "test")
    target.station("dev-7", 1, ["x"], bytes(32))
    target.close()
    assert [text.split(" had not answered")[0] for text in target.complaints] == [
        "target test, station dev-7: stop",
        "target test: close",
    ]


def test_waiting_is_allowed_until_its_moment_and_the_deadline_more() -> None:
    class Waiting(TinyTarget):
        statement = msgspec.structs.replace(TinyTarget.statement, clock="real")
        station_class = type(
            "Waiting", (TinyStation,), {"wait": lambda *_: threading.Event().wait(1.2) or Output()}
        )

    target = GuardedTarget(Waiting(), "test")
    station = target.station("dev-7", 1, ["x"], bytes(32))
    now = 1000.0  # the station's own time, whatever the clock on the wall says
    station.leave("g", now)
    assert station.wait(now + 3) == Output()
    with pytest.raises(TargetError, match="wait had not answered at its deadline"):
        station.wait(now)
    target.close()


def test_off_the_main_thread_a_late_answer_is_found_out_after_it() -> None:
    target = station_target(send=lambda *_: threading.Event().wait(1.2) or Output())
    station = target.station("dev-7", 1, ["x"], bytes(32))
    caught: list[TargetError] = []

    def call() -> None:
        try:
            station.send("g", b"d", "a", 1.0)
        except TargetError as error:
            caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    target.close()
    assert "answered later than its deadline" in str(caught[0])


def test_without_deadlines_a_slow_call_may_take_its_time() -> None:
    class Slow(TinyTarget):
        station_class = type(
            "Slow", (TinyStation,), {"send": lambda *_: threading.Event().wait(0.4) or Output()}
        )

    target = GuardedTarget(Slow(), "test", deadlines=False)
    assert target.station("dev-7", 1, ["x"], bytes(32)).send("g", b"d", "a", 1.0) == Output()
    target.close()


def test_a_factory_that_hangs_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_prose_go.targets.guard.OPENING_DEADLINE", 0.1)
    with pytest.raises(TargetError, match="making the target took longer") as caught:
        guarded(wait_for_nothing, "test")
    assert "in wait_for_nothing" in str(caught.value)


def test_the_former_handler_still_gets_other_signals_while_a_target_is_open() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    target = station_target()
    assert signal.getsignal(signal.SIGUSR1) == WATCHDOG._on_signal
    signal.raise_signal(signal.SIGUSR1)
    target.close()
    signal.raise_signal(signal.SIGUSR1)
    assert heard == [signal.SIGUSR1] * 2
    signal.signal(signal.SIGUSR1, before)


def test_a_handler_set_meanwhile_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    target = station_target()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    target.close()
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
    signal.signal(signal.SIGUSR1, before)


def test_a_handler_taken_away_is_back_for_the_next_target() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    forgotten = station_target()
    signal.signal(signal.SIGUSR1, before)
    target = station_target(send=wait_for_nothing)
    station = target.station("dev-7", 1, ["x"], bytes(32))
    with pytest.raises(TargetError, match="had not answered"):
        station.send("g", b"d", "a", 1.0)
    target.close()
    forgotten.close()


def test_a_target_that_was_never_closed_gives_the_handler_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    target: GuardedTarget | None = station_target()
    assert signal.getsignal(signal.SIGUSR1) != before
    del target
    assert signal.getsignal(signal.SIGUSR1) == before


def test_the_alarm_of_other_tools_works_during_a_call() -> None:
    class Alarm(Exception):
        pass

    def ring(number: int, frame: FrameType | None) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    running = signal.setitimer(signal.ITIMER_REAL, 0.05)
    target = station_target(send=wait_for_nothing)
    station = target.station("dev-7", 1, ["x"], bytes(32))
    try:
        with pytest.raises(TargetError, match="raised Alarm"):
            station.send("g", b"d", "a", 1.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *running)
        signal.signal(signal.SIGALRM, before)
        target.close()


def test_a_deadline_within_a_deadline_is_the_nearer_one() -> None:
    target = station_target()

    def inner() -> None:
        within(60.0, wait_for_nothing)

    with pytest.raises(Overrun):
        within(0.1, inner)
    target.close()


def test_a_statement_that_hangs_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(TinyTarget):
        @property
        def statement(self) -> Statement:  # type: ignore[override]
            wait_for_nothing()
            raise AssertionError

    monkeypatch.setattr("pytest_prose_go.targets.guard.OPENING_DEADLINE", 0.1)
    with pytest.raises(TargetError, match="the statement had not answered"):
        guarded(Slow, "test")
