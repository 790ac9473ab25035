"""Deadlines for code in this very thread: a watchdog thread and a signal break what does not return.

A call on the main thread costs a few assignments: it writes the moment at which it is due, and takes it
back. A daemon thread looks every :data:`TICK` seconds; when the moment has passed it signals the main
thread, whose handler raises :class:`Overrun` where the adapter hangs, again every :data:`REPEAT` seconds
while the call still does not return. This breaks sleeping, locks, sockets and busy loops.

A machine that is too busy to run the call must not be laid at the adapter's door: a call that has used
little of the processor is broken only when :data:`STARVED` times its limit has passed.

The signal is SIGUSR1 (SIGUSR2 where another library's C code holds the first), never SIGALRM, which
pytest-timeout uses. The handler is in place only while a target is open; the one before it is called for
signals that are not the watchdog's, and restored after. Elsewhere (another thread, Windows, both signals
taken) a late call is found out only when it returns.

Cannot be broken from inside: code that swallows every exception in an endless loop, C code that never
looks at signals, a masked signal. For those run the target in a process of its own.
"""

from __future__ import annotations

import math
import os
import signal
import threading
from collections.abc import Callable
from threading import get_ident
from time import monotonic, sleep, thread_time
from types import FrameType
from typing import TypeVar

TICK = 0.02
REPEAT = 0.1
NEVER = math.inf
LOOK = 0.005
STARVED = 4.0
"""How many times its limit a call may take that used less than half of it on the processor."""


_Result = TypeVar("_Result")


class Overrun(BaseException):
    """Raised inside a call that still runs after its deadline, and out of :func:`within`.

    ``result`` is what a late call returned at last (None if it was broken).
    """

    def __init__(self, result: object = None) -> None:
        super().__init__()
        self.result = result


class Due:
    """When the call that runs now is due (:func:`time.monotonic` seconds; :data:`NEVER` for no call)."""

    __slots__ = ("deadline", "limit", "look_again_at", "seen", "used")

    def __init__(self) -> None:
        self.deadline = NEVER
        self.limit = NEVER
        self.used = 0.0
        """What the thread had used of the processor when the call began, or up to :data:`LOOK` before."""
        self.seen = 0.0
        self.look_again_at = -NEVER

    def look(self, now: float) -> None:
        """Look what the thread has used by ``now``: so dear that it is not done for each of many short calls."""
        self.seen = thread_time()
        self.look_again_at = now + LOOK

    def is_overrun(self) -> bool:
        """Whether the call is to be broken now, or has come too late."""
        over = monotonic() - self.deadline
        return over >= 0 and (
            over >= (STARVED - 1) * self.limit or 2 * (thread_time() - self.used) >= self.limit
        )


class Watchdog(Due):
    """Breaks overdue calls on the main thread while somebody holds it.

    :meth:`hold` and :meth:`release` are counted. :meth:`due` gives where to write the deadline: the
    watchdog itself on the main thread, a dummy elsewhere.
    """

    __slots__ = ("_armed", "_holders", "_lock", "_main", "_pending", "_previous", "_running", "_signal")

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._holders = 0
        self._running = False
        self._pending = False
        self._armed = False
        self._signal: signal.Signals | None = None
        self._previous: Callable[[int, FrameType | None], object] | int | None = None
        self._main = threading.main_thread().ident

    def due(self) -> Due:
        """Where the calling thread writes its deadline."""
        return self if get_ident() == self._main else Due()

    def hold(self) -> None:
        """Put the handler in place (from the main thread) and see that the watchdog's thread runs."""
        with self._lock:
            self._holders += 1
            if threading.get_ident() == self._main and not self._in_place():
                self._install()
            if self._armed and not self._running:
                self._running = True
                threading.Thread(target=self._run, name="prose-go deadline", daemon=True).start()

    def release(self) -> None:
        """Give up one hold; at the last one put the former handler back and let the thread end."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._armed and threading.get_ident() == self._main:
                self._restore()

    def after_fork(self) -> None:
        """In a forked child only the forking thread lives, under its own number."""
        self._lock = threading.RLock()
        self._running = False
        self._main = threading.main_thread().ident

    def _in_place(self) -> bool:
        return self._signal is not None and signal.getsignal(self._signal) == self._on_signal

    def _install(self) -> None:
        for name in ("SIGUSR1", "SIGUSR2"):
            number = getattr(signal, name, None)
            if number is None or not hasattr(signal, "pthread_kill"):
                return
            previous = signal.getsignal(number)
            if previous is None:
                continue  # set by C code (faulthandler, say): Python could not put it back
            self._signal, self._previous = number, previous
            signal.signal(number, self._on_signal)
            self._armed = True
            return

    def _restore(self) -> None:
        number = self._signal
        self._armed = False
        for _ in range(1000):  # a signal under way must find the handler: the default would end the process
            if not self._pending:
                break
            sleep(0.001)
        if number is not None and self._in_place():
            signal.signal(number, self._previous)
        self._signal, self._previous = None, None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._pending:
            self._pending = False
            if self.is_overrun():
                raise Overrun
            return  # the call returned just before the signal came
        previous = self._previous
        if callable(previous):
            previous(number, frame)
        elif previous == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def _run(self) -> None:
        while True:
            remaining = self.deadline - monotonic()
            if remaining > 0:
                sleep(min(remaining, TICK))
            else:
                self._strike()
                sleep(REPEAT)
            with self._lock:
                if self._holders == 0:
                    self._running = False
                    return

    def _strike(self) -> None:
        with self._lock:
            number, main = self._signal, self._main
            if self._armed and number is not None and main is not None and monotonic() >= self.deadline:
                self._pending = True
                signal.pthread_kill(main, number)


WATCHDOG = Watchdog()
"""The one of this process."""


def within(limit: float, function: Callable[..., _Result], *arguments: object) -> _Result:
    """What ``function(*arguments)`` returns within ``limit`` seconds (infinite: no deadline).

    Raises :class:`Overrun` if it does not, and whatever the function raises.
    """
    watch = WATCHDOG.due()
    before = watch.deadline
    now = monotonic()
    due = now + limit
    if due >= before:
        # A call around this one is due sooner, or nothing is due: there is no deadline to write.
        result = function(*arguments)
        if monotonic() >= before and watch.is_overrun():
            raise Overrun(result)
        return result
    limit_before, used_before = watch.limit, watch.used
    try:
        try:
            if now >= watch.look_again_at:
                watch.look(now)
            watch.limit, watch.used = limit, watch.seen
            watch.deadline = due
            result = function(*arguments)
            late = monotonic() >= due and watch.is_overrun()
        finally:
            watch.deadline, watch.limit, watch.used = before, limit_before, used_before
    except Overrun:  # the signal may come between the return and the line above
        watch.deadline, watch.limit, watch.used = before, limit_before, used_before
        raise
    if late:
        raise Overrun(result)
    return result


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCHDOG.after_fork)
