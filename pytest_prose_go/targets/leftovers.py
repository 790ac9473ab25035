"""Processes that a program left behind: they are known by a mark in their environment.

A process that takes a session of its own and lets its parent die is in no group and has no parent to be
found by; the mark that it inherited stays in what ``/proc`` tells of it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal

MARK = "PROSE_GO_CHILD"
"""The environment variable that every program is started with."""


WAIT = 2.0
"""Seconds in which a killed process is given up."""


def processes_marked(mark: str) -> list[int]:
    """The processes that run with ``mark`` in their environment (none where there is no ``/proc``)."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(int(name))
    return found


def end_marked(mark: str) -> None:
    """Kill every process that runs with ``mark``, and those that they make meanwhile; wait for their end."""
    for _ in range(10):
        found = processes_marked(mark)
        if not found:
            return
        for pid in found:
            _kill(pid)


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
