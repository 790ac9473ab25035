"""A program at the other end of two pipes: lines to it and from it, each by a deadline, and a sure end.

Whatever the program does (hang, die, stop reading, write without end, leave a process of its own behind),
a call comes back in time with :class:`ChildFailure`, and :meth:`Child.kill` leaves no process, pipe nor
thread. Linux tells of its end by a pidfd; elsewhere it is asked now and then.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Sequence
from time import monotonic
from typing import IO, NoReturn

from pytest_prose_go.targets.breach import MisfitError
from pytest_prose_go.targets.deadline import STARVED
from pytest_prose_go.targets.leftovers import MARK, end_marked
from pytest_prose_go.targets.wire import MOST_LINE

CHUNK = 1 << 18
LOOK = 0.1
"""Seconds between two looks at the memory and the stderr of a program."""
MOST_MEMORY = 4 << 30
"""Bytes that a program may have resident."""
MOST_LOG = 16 << 20
"""Bytes of stderr that are kept: what came before is let go."""
GRACE = 1.0
"""Seconds that a program has to end after its input was closed, and again after SIGTERM."""
EXIT_UNKNOWN = 1 << 16
"""In the place of an exit code: the process has ended, and was no child of ours."""
TAIL_LINES = 40
"""Lines of stderr that are told with a failure of a case."""
_QUOTED = 6
_INPUT, _OUTPUT = 1, 2
"""Where the ends of the pipes stand among the numbers of a child's files."""
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class ChildFailure(MisfitError):
    """The program is of no more use: it ended, hung or said what cannot be read."""

    spoils_target = True


class Log:
    """What a program says on stderr, in a file without a name."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile(mode="a+b", buffering=0)  # noqa: SIM115
        self._cut = 0

    def trim(self) -> None:
        """Let go of what came before the last half of :data:`MOST_LOG`, where there is more than that."""
        size = os.fstat(self.file.fileno()).st_size
        if size > MOST_LOG:
            kept = self._last(MOST_LOG // 2)
            self._cut += size - len(kept)
            os.ftruncate(self.file.fileno(), 0)
            os.write(self.file.fileno(), kept)

    def read(self) -> bytes:
        """All that is kept."""
        self.trim()
        note = f"({self._cut} bytes before this are not kept)\n".encode() if self._cut else b""
        return note + self._last(MOST_LOG)

    def tail(self, lines: int) -> list[str]:
        """The last ``lines`` lines, as text."""
        text = self._last(1 << 16).decode("utf-8", "backslashreplace")
        return text.splitlines()[-lines:]

    def close(self) -> None:
        self.file.close()

    def _last(self, most: int) -> bytes:
        number = self.file.fileno()
        size = os.fstat(number).st_size
        return os.pread(number, most, max(0, size - most))


class Child:
    """A running program. ``pid`` is its process; ``ended`` says how it ended, where that can be known.

    ``write_to`` and ``read_from`` are the ends of its two pipes; they and ``log`` belong to this object.
    """

    def __init__(
        self,
        pid: int,
        write_to: int,
        read_from: int,
        log: Log,
        ended: Callable[[float], int | None],
        mark: str,
    ) -> None:
        self.pid = pid
        self.log = log
        self._out = read_from
        self._ended = ended
        self._mark = mark
        self._buffer = bytearray()
        self._seen = 0
        self._at_end = False
        self._gone = False
        self._look_at = 0.0
        self._lines = 0
        self._said = b""
        os.set_blocking(write_to, False)
        os.set_blocking(read_from, False)
        self._poll = select.poll()
        self._poll.register(read_from, select.POLLIN)
        self._pidfd: int | None = None
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._pidfd = os.pidfd_open(pid)
                self._poll.register(self._pidfd, select.POLLIN)
        self._numbers = [self._pidfd, write_to, read_from]
        self._finalizer = weakref.finalize(self, _let_go, pid, ended, self._numbers, log, mark)

    @property
    def family(self) -> str:
        """What the marks of this process, and of all that were started as its family, begin with."""
        return self._mark.partition("-")[0]

    def end_family(self) -> None:
        """Kill what this program and its family left behind, whether or not they ended in peace."""
        if self._mark:
            end_marked(self.family)

    @property
    def running(self) -> bool:
        return self._finalizer.alive

    def write(self, line: bytes, limit: float, field: str) -> None:
        """Write a line within ``limit`` seconds (``field`` of the statement). Raises :class:`ChildFailure`."""
        self._look()
        number = self._numbers[_INPUT]
        assert number is not None
        left = memoryview(line)
        due = monotonic() + limit
        writer: select.poll | None = None
        while True:
            try:
                left = left[os.write(number, left) :]
            except BlockingIOError:
                pass
            except OSError as error:
                self._fail_without_input(error)
            if not left:
                return
            if writer is None:
                writer = select.poll()
                writer.register(number, select.POLLOUT)
                writer.register(self._out, select.POLLIN)
                if self._pidfd is not None:
                    writer.register(self._pidfd, select.POLLIN)
            remaining = due - monotonic()
            if remaining <= 0:
                self._fail(
                    f"could not be given to the program in time ({field}: {limit:g} s): it does not read its stdin",
                    "read stdin line by line, also while you write.",
                )
            for ready, _ in writer.poll(_milliseconds(min(remaining, LOOK))):
                if ready == self._out:
                    self._fill()  # it may wait for us to read before it reads again
                    if len(self._buffer) >= MOST_LINE:
                        self._fail(
                            f"met {len(self._buffer)} bytes on stdout that nobody asked for",
                            "answer each call once; log to stderr.",
                        )
                elif ready == self._pidfd:
                    self._gone = True
                    self._fail_ended()

    def read(self, limit: float, field: str, stated: float | None = None) -> bytes:
        """The next line, within ``limit`` seconds, of those ``stated`` (``field`` of the statement) that are left.
        Raises :class:`ChildFailure`."""
        line = self.read_within(limit)
        if line is None:
            line = self._read_though_starved(limit)
        if line is None:
            self._fail(
                f"had not answered at its deadline ({field}: {limit if stated is None else stated:g} s){self._half()}",
                f"answer at once, let time pass by wake_at, or raise {field} in the statement; end each answer "
                "with a newline and flush it.",
            )
        return line

    def read_within(self, seconds: float) -> bytes | None:
        """The next line, or None if none comes within ``seconds``. Raises :class:`ChildFailure`."""
        due = monotonic() + seconds
        while True:
            line = self._taken()
            if line is not None:
                return line
            if self._gone or self._at_end:
                self._fail_ended()
            remaining = due - monotonic()
            ready = self._poll.poll(_milliseconds(min(max(remaining, 0.0), LOOK)))
            for number, _ in ready:
                if number == self._out:
                    self._fill()
                else:
                    self._gone = True
            if self._gone:
                self._fill()
            elif not ready:
                if remaining <= 0:
                    return None
                self._look()
                if self._pidfd is None and self._ended(0) is not None:
                    self._gone = True

    def close_input(self) -> None:
        """Let the program read the end of its input. What it has left to say is read no more."""
        number = self._numbers[_INPUT]
        if self._finalizer.alive and number is not None:
            self._numbers[_INPUT] = None
            os.close(number)

    def end(self) -> bool:
        """Let the program end: close its input, ask, kill. Returns whether it ended by itself."""
        if not self._finalizer.alive:
            return True
        self.close_input()
        done = self._wait_end(GRACE)
        if not done:
            _signal_group(self.pid, signal.SIGTERM)
            self._wait_end(GRACE / 2)
        self.kill()
        return done

    def kill(self) -> None:
        """End the program and all that it left behind, now."""
        if self._finalizer.alive:
            self._said = self.log.read()
        self._finalizer()

    def said(self) -> bytes:
        """What it said on stderr, as far as it is kept."""
        return self.log.read() if self._finalizer.alive else self._said

    def said_last(self, lines: int = _QUOTED) -> str:
        """The last lines of its stderr, to be put behind a sentence ("" if there are none)."""
        said = self.log.tail(lines) if self._finalizer.alive else []
        return "".join(f"\n  stderr: {text[:300]}" for text in said)

    def _wait_end(self, seconds: float) -> bool:
        if self._pidfd is None:
            return self._ended(seconds) is not None
        waiting = select.poll()
        waiting.register(self._pidfd, select.POLLIN)
        waiting.register(self._out, select.POLLIN)
        due = monotonic() + seconds
        while (remaining := due - monotonic()) > 0:
            for number, _ in waiting.poll(_milliseconds(remaining)):
                if number == self._pidfd:
                    return True
                # Who writes while it ends must not be stopped by a full pipe.
                with contextlib.suppress(BlockingIOError):
                    if not os.read(self._out, CHUNK):
                        waiting.unregister(self._out)
        return False

    def _taken(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._seen)
        if end < 0:
            self._seen = len(self._buffer)
            if self._seen >= MOST_LINE:
                start = bytes(self._buffer[:60]).decode("utf-8", "backslashreplace")
                self._fail(
                    f"was answered by a line of more than {MOST_LINE} bytes, which begins {start!r}",
                    "write one JSON message a line, of that many bytes at most.",
                )
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._seen = 0
        self._lines += 1
        return line

    @property
    def lines_read(self) -> int:
        return self._lines

    def _fill(self) -> None:
        """Take in what is there to read, up to a line of the greatest length."""
        while len(self._buffer) < MOST_LINE:
            try:
                chunk = os.read(self._out, CHUNK)
            except BlockingIOError:
                return
            except OSError:
                chunk = b""
            if not chunk:
                self._at_end = True
                with contextlib.suppress(KeyError):
                    self._poll.unregister(self._out)
                return
            self._buffer += chunk
            if len(chunk) < CHUNK:
                return

    def _read_though_starved(self, limit: float) -> bytes | None:
        """Wait on while the program wants the processor and does not get it: a busy machine is not its fault."""
        used = _processor_time(self.pid)
        for _ in range(int((STARVED - 2) * 4)):  # the guard's own deadline comes after that
            if not _wants_to_run(self.pid) or _processor_time(self.pid) - used > limit / 2:
                break
            line = self.read_within(limit / 4)
            if line is not None:
                return line
        return None

    def _look(self) -> None:
        now = monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK
        self.log.trim()
        resident = _resident(self.pid)
        if resident > MOST_MEMORY:
            self._fail(
                f"found the program with {resident >> 20} MiB of memory; at most {MOST_MEMORY >> 20} are allowed",
                "look for what it keeps of each call; free what belongs to a station when it is stopped.",
            )

    def _half(self) -> str:
        if not self._buffer:
            return ""
        start = bytes(self._buffer[:60]).decode("utf-8", "backslashreplace")
        return f"; it wrote {len(self._buffer)} bytes without a newline: {start!r}"

    def _fail_without_input(self, error: OSError) -> NoReturn:
        self._fill()
        if self._wait_end(LOOK):
            self._fail_ended()
        self._fail(
            f"could not be given to the program: it closed its stdin ({error.strerror})",
            "keep reading stdin until its end, which means that the run is over.",
        )

    def _fail_ended(self) -> NoReturn:
        code = self._ended(LOOK) if self._gone or self._wait_end(LOOK) else None
        if not self._gone and code is None:
            self._fail(
                f"was not answered: the program closed its stdout and runs on{self._half()}",
                "keep stdout open until stdin ends.",
            )
        remedy = "look at its stderr; answer errors as JSON-RPC errors and end only when stdin does."
        how = "the program ended"
        if code is not None and code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            how = f"the program was ended by {name}"
            remedy = "it crashed: run it in a debugger (docs/debug-a-case.md) or with a sanitizer."
        elif code == 127:
            how = "the program ended with exit code 127 (command not found?)"
            remedy = "name a program that is there and may be executed."
        elif code is not None and code != EXIT_UNKNOWN:
            how = f"the program ended with exit code {code}"
        self._fail(f"was not answered: {how}{self._half()}", remedy)

    def _fail(self, got: str, remedy: str) -> NoReturn:
        """Tell of a failure that ends the program."""
        text = got + self.said_last()
        self.kill()
        raise ChildFailure(text, remedy)

    def fail(self, got: str, remedy: str) -> NoReturn:
        """End the program because of what it said. Raises :class:`ChildFailure`."""
        self._fail(got, remedy)


def start(command: Sequence[str], passing: Sequence[int] = (), first: Child | None = None) -> Child:
    """Run ``command``, which also has the open files of the numbers ``passing``, as one of the family of ``first``.
    Raises :class:`ChildFailure` if it cannot be run."""
    log = Log()
    family = os.urandom(8).hex() if first is None else first.family
    mark = f"{family}-{os.urandom(4).hex()}"
    try:
        process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.file,
            start_new_session=True,
            pass_fds=passing,
            env={**os.environ, MARK: mark},
        )
    except OSError as error:
        log.close()
        raise ChildFailure(
            f"cannot run {command[0]!r}: {error.strerror}",
            "name a program that is there and may be executed; a path is seen from the working folder.",
        ) from error
    assert process.stdin is not None
    assert process.stdout is not None
    write_to, read_from = os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno())
    process.stdin.close()
    process.stdout.close()

    def ended(seconds: float) -> int | None:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    return Child(process.pid, write_to, read_from, log, ended, mark)


def _let_go(
    pid: int,
    ended: Callable[[float], int | None],
    numbers: list[int | None],
    log: Log,
    mark: str,
) -> None:
    # A process that ended by itself has left its group behind only if something still holds its pipes.
    in_peace = ended(0) == 0 and _is_at_end(numbers[_OUTPUT])
    _signal_group(pid, signal.SIGKILL)
    ended(10.0)
    if mark and not in_peace:
        end_marked(mark)
    for number in numbers:
        if number is not None:
            with contextlib.suppress(OSError):
                os.close(number)
    log.close()


def _is_at_end(number: int | None) -> bool:
    """Whether nobody holds the other end of the pipe any more."""
    if number is None:
        return False
    try:
        while os.read(number, CHUNK):
            pass
    except OSError:
        return False
    return True


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _milliseconds(seconds: float) -> float:
    return math.ceil(seconds * 1000)


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _statuses(pid: int) -> list[list[bytes]]:
    """Of each thread, the fields of its ``stat`` from the third on."""
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/stat", "rb") as file:
                found.append(file.read().rpartition(b")")[2].split())
    except OSError:
        pass
    return found


def _wants_to_run(pid: int) -> bool:
    return any(fields[0] in (b"R", b"D") for fields in _statuses(pid))


def _processor_time(pid: int) -> float:
    """Seconds that the program has used of the processor, in all its threads."""
    ticks = sum(int(fields[11]) + int(fields[12]) for fields in _statuses(pid))
    return ticks / os.sysconf("SC_CLK_TCK")
