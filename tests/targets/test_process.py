"""A target in programs: time that is real, processes of stations, and what is told unasked."""

from __future__ import annotations

import base64
import shlex
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from pytest_prose_go.air.clock import RealClock
from pytest_prose_go.contract import Diagnostic, Received
from pytest_prose_go.targets.breach import TargetError
from pytest_prose_go.targets.guard import GuardedStation, GuardedTarget
from pytest_prose_go.targets.naming import find_target
from tests.targets import talkative_shim

LONG = 30.0


def opened(*flags: str) -> GuardedTarget:
    words = [sys.executable, "-I", str(Path(talkative_shim.__file__)), *flags]
    return find_target(f"exec:{shlex.join(words)}")()


def own_words(target: GuardedTarget, number: int) -> str:
    """What a new station says when it is asked to own a group."""
    card = target.credentials(f"ue{number}", "g", "a1", "owner", 0.0, 9.0)
    station = target.station(f"label{number}", number, ["a1", "a2"], bytes(32))
    (event,) = station.own("g", card, 1.0).events
    assert isinstance(event, Diagnostic)
    return event.text


def test_one_process_is_all_stations() -> None:
    target = opened()
    processes = {own_words(target, number).split()[0] for number in (1, 2)}
    target.close()
    assert len(processes) == 1
    assert target.complaints == []


def test_each_station_has_a_process_and_is_given_anchors_and_credentials_as_bytes() -> None:
    target = opened("--station")
    words = [own_words(target, number) for number in (1, 2)]
    target.close()
    assert len({text.split()[0] for text in words}) == 2
    for number, text in enumerate(words, start=1):
        for name in ("a1", "a2"):
            assert base64.b64encode(f"anchor of {name}".encode()).decode() in text
        assert text.endswith(base64.b64encode(f"ue{number}".encode()).decode())
    assert target.complaints == []


def test_what_comes_unasked_is_told_by_the_stations_next_wait() -> None:
    target = opened("--real")
    clock = RealClock()
    first, second = (target.station(name, place, [], bytes(32)) for place, name in enumerate("ab"))
    asked = first.send("g", b"data", None, clock.now)
    assert asked.events == ()
    output = first.wait(clock.now + LONG)
    assert output.events == (Received("g", b"data"),)
    assert first.listens == frozenset({7})
    assert second.listens == frozenset({1})
    target.close()


def test_what_came_unasked_stands_before_the_answer_to_a_later_call() -> None:
    target = opened("--real")
    clock = RealClock()
    first, second = (target.station(name, place, [], bytes(32)) for place, name in enumerate("ab"))
    first.send("g", b"one", None, clock.now)
    # The other station waits for its own; what comes for the first is kept for it.
    second.wait(clock.now + 4 * talkative_shim.DELAY)
    output = first.own("g", target.credentials("x", "g", "a", "owner", 0.0, 9.0), clock.now)
    kinds = [type(event) for event in output.events]
    assert kinds in ([Received, Diagnostic], [Diagnostic])
    target.close()


def test_a_wait_keeps_the_timer() -> None:
    target = opened("--real")
    clock = RealClock()
    station = target.station("a", 1, [], bytes(32))
    now = clock.now
    asked = station.own("g", target.credentials("x", "g", "a", "owner", 0.0, 9.0), now)
    assert station.wait(now).wake_at == asked.wake_at
    target.close()


def test_an_unasked_output_on_a_virtual_clock_is_a_breach() -> None:
    target = opened()
    station = target.station("a", 1, [], bytes(32))
    station.send("g", b"data", None, 1.0)
    with pytest.raises(TargetError, match="unasked output on a virtual clock"):
        leaves_for_ever(station)
    target.close()


def leaves_for_ever(station: GuardedStation) -> NoReturn:
    while True:
        station.leave("g", 1.0)
