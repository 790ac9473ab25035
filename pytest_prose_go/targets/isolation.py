"""``--prose-isolate``: each station of a Python target in a child of its own, spoken to over the wire.

A *nursery* is a process that has imported the target and does nothing but fork. For each target it forks a
child that issues the credentials, and that child forks one for each station at the moment when it is made:
so every target can be kept apart, whatever it knows of itself by then. From there on nothing is shared: no
memory (a target that mapped some to share is refused), no file that was open, and where Linux allows it
without privilege no network, no disk and no loopback in common.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Sequence
from time import monotonic

import msgspec

from pytest_prose_go.targets import child, sandbox
from pytest_prose_go.targets.child import EXIT_UNKNOWN, Child, ChildFailure, Log

STARTING_DEADLINE = 60.0
"""Seconds that importing a target may take."""
MOST_MESSAGE = 1 << 20


class Fork(msgspec.Struct):
    """A message to a nursery, or to a child that makes another: what is to run where."""

    folder: str


class Told(msgspec.Struct):
    """What a new process says of itself: the target's origin and description, what held, or what is wrong."""

    pid: int = 0
    held: str = ""
    origin: str = ""
    description: str = ""
    wrong: str = ""


class Nursery:
    """Children of one Python target. Raises :class:`ValueError`, with one clear line, for a bad name."""

    a_station: bool | None = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.says = ""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.base = tempfile.mkdtemp(prefix="prose-go-")
        self._folders = 0
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        with theirs:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "pytest_prose_go.targets.host",
                    "--nursery",
                    str(theirs.fileno()),
                    name,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )
        self._control = ours
        self._finalizer = weakref.finalize(self, _close_nursery, process, ours, self.base)
        self._controls: weakref.WeakKeyDictionary[Child, socket.socket] = weakref.WeakKeyDictionary()
        try:
            told = _hear(ours, STARTING_DEADLINE)
        except ChildFailure as failure:
            self._finalizer()
            raise ValueError(f"the process that imports it {failure.got}") from failure
        if told.wrong:
            self._finalizer()
            raise ValueError(told.wrong)
        self.origin, self.description = told.origin, told.description

    def first(self) -> Child:
        return self._forked(self._control)

    def close(self) -> None:
        """End the nursery and all its children, and remove their folders; at the latest when it is let go."""
        for process in list(self._controls):
            process.kill()
        self._finalizer()

    def another(self, first: Child) -> Child:
        return self._forked(self._controls[first])

    def _forked(self, control: socket.socket) -> Child:
        log = Log()
        in_child, write_to = os.pipe()
        read_from, out_child = os.pipe()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folders += 1
        folder = os.path.join(self.base, str(self._folders))
        os.mkdir(folder, 0o700)
        try:
            given = [in_child, out_child, log.file.fileno(), theirs.fileno()]
            socket.send_fds(control, [msgspec.json.encode(Fork(folder))], given)
            os.close(in_child)
            os.close(out_child)
            theirs.close()
            told = _hear(ours, child.GRACE * 10)
            if told.wrong:
                raise ChildFailure(told.wrong, "keep nothing in memory that processes share.")
        except (ChildFailure, OSError) as error:
            for number in (write_to, read_from):
                os.close(number)
            ours.close()
            said = "\n  ".join(["", *log.tail(5)]) if log.tail(5) else ""
            log.close()
            if isinstance(error, ChildFailure):
                raise ChildFailure(error.got + said, error.remedy) from None
            raise ChildFailure(f"cannot be given a process of its own: {error}{said}", _REMEDY) from error
        if told.held not in self.says:  # where one process was given less than another, both are told
            self.says = " / ".join(filter(None, [self.says, told.held]))
        made = Child(told.pid, write_to, read_from, log, _Watch(told.pid), "")
        self._controls[made] = ours
        weakref.finalize(made, ours.close)
        return made


_REMEDY = "see what it said on stderr; run it without --prose-isolate to debug it."


class _Watch:
    """Whether a process that is no child of ours has ended."""

    def __init__(self, pid: int) -> None:
        self._number = os.pidfd_open(pid)
        weakref.finalize(self, os.close, self._number)

    def __call__(self, seconds: float) -> int | None:
        waiting = select.poll()
        waiting.register(self._number, select.POLLIN)
        return EXIT_UNKNOWN if waiting.poll(seconds * 1000) else None


def _hear(control: socket.socket, limit: float) -> Told:
    due = monotonic() + limit
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    if not waiting.poll(max(0.0, due - monotonic()) * 1000):
        raise ChildFailure(f"had not answered after {limit:g} s", _REMEDY)
    with contextlib.suppress(ConnectionResetError):
        heard = control.recv(MOST_MESSAGE)
        if heard:
            return msgspec.json.decode(heard, type=Told)
    raise ChildFailure("ended before it had begun", _REMEDY)


def _close_nursery(process: subprocess.Popen[bytes], control: socket.socket, base: str) -> None:
    control.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(child.GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    shutil.rmtree(base, ignore_errors=True)


class IsolatedPrograms:
    """Processes that one command starts, in the working folder, without a network."""

    a_station: bool | None = None

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.says = ""

    def first(self) -> Child:
        return self._started(None)

    def another(self, first: Child) -> Child:
        return self._started(first)

    def _started(self, first: Child | None) -> Child:
        reading, writing = os.pipe()
        try:
            wrapped = [sys.executable, "-I", "-S", sandbox.__file__, str(writing), *self.command]
            made = child.start(wrapped, passing=[writing], first=first)
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        with open(reading, "rb") as file:
            said = file.read()
        with contextlib.suppress(msgspec.MsgspecError):
            self.says = msgspec.json.decode(said, type=Told).held
        return made


def shared_mappings() -> list[str]:
    """Memory of this process that others may see and change, a line of ``/proc/self/maps`` each."""
    with contextlib.suppress(OSError), open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        return [line.strip() for line in file if line.split()[1][1::2] == "ws"]
    return []
