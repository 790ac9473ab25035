"""Processes that a program left behind: they are known by a mark in their environment.

A process that takes a session of its own and lets its parent die is in no group and has no parent to be
found by; the mark that it inherited stays in what ``/proc`` tells of it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from time import monotonic, sleep

MARK = "PROSE_GO_CHILD"
"""The environment variable that every program is started with."""


WAIT = 2.0
"""Seconds in which a killed process is given up."""


YOUNG = 5.0
"""Seconds from its start in which a process may not have its environment yet: it is just becoming another program."""
PAUSE = 0.01


def end_marked(mark: str) -> None:
    """Kill every process that runs with a mark in its environment that begins with ``mark``, and those that they make
    meanwhile; wait for their end. Nothing happens where there is no ``/proc``."""
    due = monotonic() + WAIT
    while True:
        marked, unsettled = _look_for(f"{MARK}={mark}".encode())
        for pid in marked:
            _kill(pid)
        if not marked and (not unsettled or monotonic() > due):
            return
        if not marked:
            sleep(PAUSE)


def _look_for(wanted: bytes) -> tuple[list[int], bool]:
    """The processes with what begins with ``wanted`` in their environment, and whether there are some of which nothing
    is known yet."""
    found: list[int] = []
    unsettled = False
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return [], False
    for name in names:
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/environ", "rb") as file:
                told = file.read()
            if told.startswith(wanted) or b"\0" + wanted in told:
                found.append(int(name))
            elif not told:
                unsettled = unsettled or _is_young_program(name)
    return found, unsettled


def _is_young_program(name: str) -> bool:
    """Whether the process began a moment ago, and is neither dead nor the kernel's own."""
    os.readlink(f"/proc/{name}/exe")  # fails for those
    with open(f"/proc/{name}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    with open("/proc/uptime", "rb") as file:
        uptime = float(file.read().split()[0])
    return fields[0] != b"Z" and uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK") < YOUNG


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        number = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(number, signal.SIGKILL)
            waiting = select.poll()
            waiting.register(number, select.POLLIN)
            waiting.poll(WAIT * 1000)
        finally:
            os.close(number)
