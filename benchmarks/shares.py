"""A plugin of pytest's that tells where a run spends its time: the processor's clock interrupts it now and then, and
the room whose code is at work, or has called what is, gets the mark.

``pytest -p benchmarks.shares …`` prints a line at the end.
"""

from __future__ import annotations

import signal
from collections import Counter
from types import FrameType

import pytest

EVERY = 0.001
"""Seconds of processor time between two looks; systems look less often if their clock is coarser."""

ROOMS = {
    "/pytest_prose_go/judge/": "judge",
    "/pytest_prose_go/air/": "air",
    "/pytest_prose_go/targets/": "guard",
    "/pytest_prose_go/scenario/": "scenario",
    "/reference_impl/": "reference",
}
LINE = "shares:"

_marks: Counter[str] = Counter()


def room_of(frame: FrameType | None) -> str:
    """The room nearest to ``frame`` in the calls that led to it."""
    while frame is not None:
        for part, room in ROOMS.items():
            if part in frame.f_code.co_filename:
                return room
        frame = frame.f_back
    return "pytest and start-up"


def _look(number: int, frame: FrameType | None) -> None:
    _marks[room_of(frame)] += 1


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGPROF, _look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    whole = max(sum(_marks.values()), 1)
    told = ", ".join(f"{room} {count / whole:.0%}" for room, count in _marks.most_common())
    terminalreporter.write_line(f"{LINE} {told}")
