"""A Python target at the other end of the wire: it answers the calls that come on one pipe on another.

``python -m pytest_prose_go.targets.host NAME`` is a program for ``exec:`` that serves the target called
``NAME``; with ``--prose-isolate`` the same service runs in forked children (see :mod:`.isolation`).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from time import monotonic, time
from typing import Any

import msgspec
from msgspec import Raw

from pytest_prose_go.contract import Output, Station, Unsupported
from pytest_prose_go.targets import sandbox, wire
from pytest_prose_go.targets.breach import TargetError
from pytest_prose_go.targets.guard import GuardedStation, GuardedTarget, guarded
from pytest_prose_go.targets.isolation import MOST_MESSAGE, Fork, Told, shared_mappings
from pytest_prose_go.targets.wire import (
    METHODS,
    Answer,
    Breach,
    Failure,
    Notification,
    Refusal,
    StationOutput,
)

SLICE = 0.01
"""Seconds for which one station is waited for at a time, on a real clock."""
CHUNK = 1 << 18
FILES = 4
"""What comes with a message to fork: stdin, stdout, stderr and a socket for further messages."""
FIRST_OWN = 200
"""The number from which on these are kept while the others are closed."""
BE_SUBREAPER = 36


class Asked(msgspec.Struct):
    """A call as it is read, its parameters still undecoded."""

    method: str
    id: int | None = None
    params: Raw = Raw(b"{}")


class _Place:
    """A station, and what the suite knows of it."""

    def __init__(self, station: GuardedStation) -> None:
        self.station = station
        self.listens: frozenset[int] | None = None
        self.wake_at: float | None = None
        self.clock = (time(), monotonic())
        self.waits = True

    def now(self) -> float:
        told, at = self.clock
        return told + monotonic() - at


class Service:
    """Answers the calls to one target. ``factory`` makes it at the first call."""

    def __init__(self, factory: Callable[[], Any], name: str) -> None:
        self._factory = factory
        self._name = name
        self._target: GuardedTarget | None = None
        self._places: dict[int, _Place] = {}
        self._turn = 0

    @property
    def target(self) -> GuardedTarget:
        if self._target is None:
            self._target = guarded(self._factory, self._name, deadlines=False)
        return self._target

    @property
    def lives_in_real_time(self) -> bool:
        return self._target is not None and self._target.statement.clock == "real" and bool(self._places)

    @property
    def waits_somewhere(self) -> bool:
        """Whether some station lets time pass by itself."""
        return any(place.waits for place in self._places.values())

    def answer(self, asked: Asked) -> bytes:
        """The line that answers a call."""
        try:
            return wire.line(Answer(asked.id, self._result(asked)))
        except Unsupported as absent:
            failure = Failure(wire.UNSUPPORTED, str(absent))
        except TargetError as breach:
            failure = Failure(wire.RAISED, breach.got, Breach(breach.got, breach.remedy, breach.partial))
        except msgspec.ValidationError as wrong:
            failure = Failure(wire.INVALID_PARAMS, str(wrong))
        except LookupError as unknown:
            failure = Failure(wire.METHOD_NOT_FOUND, str(unknown))
        return wire.line(Refusal(asked.id, failure))

    def unasked(self) -> bytes | None:
        """Let a moment of real time pass for the next station; the notification of what came up, if anything."""
        numbers = list(self._places)
        self._turn = (self._turn + 1) % len(numbers)
        number = numbers[self._turn]
        place = self._places[number]
        if not place.waits:
            return None
        try:
            output = place.station.wait(place.now() + SLICE)
        except Unsupported:
            place.waits = False
            return None
        except TargetError:
            # The station is broken off; the next call to it tells why.
            place.waits = False
            return None
        if not output.frames and not output.events and output.wake_at == place.wake_at:
            return None
        told = {"station": number, "output": self._told(place, output)}
        return wire.line(Notification("output", told))

    def _result(self, asked: Asked) -> Any:
        method = METHODS.get(asked.method)
        if method is None:
            return self._unknown(asked.method)
        if asked.method == "statement":
            return self.target.restated()
        params: Any = msgspec.json.decode(asked.params, type=method.params)
        values = {name: getattr(params, name) for name in method.params.__struct_fields__}
        if method.of_station:
            return self._of_station(asked.method, values)
        return self._of_target(asked.method, values)

    def _of_station(self, name: str, values: dict[str, Any]) -> StationOutput | None:
        number = values.pop("station")
        if name == "stop":
            place = self._places.pop(number, None)
            if place is not None:
                place.station.stop()
                self._raise_from(0)
            return None
        place = self._places[number]
        if "now" in values:
            place.clock = (values["now"], monotonic())
        return self._told(place, getattr(place.station, name)(**values))

    def _raise_from(self, first: int) -> None:
        """Raise what stopping or closing raised, from the breach of number ``first`` on; it is told once."""
        breaches = self.target.breaches[first:]
        self.target.breaches.clear()
        if breaches:
            raise breaches[0]

    def _of_target(self, name: str, values: dict[str, Any]) -> Any:
        target = self.target
        if name == "close":
            self._places.clear()
            told = len(target.breaches)
            target.close()
            self._raise_from(told)
            return None
        if name == "anchor":
            raise Unsupported(name)
        if name == "station":
            number = values.pop("station")
            del values["anchors"]
            return self._made(number, target.station(**values))
        number = values.pop("new_station", None)
        if isinstance(values.get("station"), int):
            values["station"] = self._places[values["station"]].station
        result = getattr(target, name)(**values)
        return self._made(number, result) if isinstance(result, Station) else result

    def _unknown(self, name: str) -> None:
        method = getattr(self.target.raw, name, None)
        if not callable(method):
            raise LookupError(f"there is no method {name}")
        method()

    def _made(self, number: int, station: Any) -> wire.MadeStation:
        self._places[number] = place = _Place(station)
        place.listens = station.listens
        return wire.MadeStation(_list(place.listens))

    @staticmethod
    def _told(place: _Place, output: Output) -> StationOutput:
        told = StationOutput(output.frames, output.events, output.wake_at)
        place.wake_at = output.wake_at
        listens = place.station.listens
        if listens is not place.listens and listens != place.listens:
            told.listens = _list(listens)
        place.listens = listens
        return told


def serve(
    service: Service,
    read_from: int,
    write_to: int,
    besides: int | None = None,
    beside: Callable[[], object] | None = None,
) -> None:
    """Answer what comes on ``read_from`` on ``write_to`` until its end; call ``beside`` whenever ``besides``
    can be read."""
    decode = msgspec.json.Decoder(Asked).decode
    buffer = bytearray()
    waiting = select.poll()
    waiting.register(read_from, select.POLLIN)
    if besides is not None:
        waiting.register(besides, select.POLLIN)
    while True:
        end = buffer.find(b"\n")
        while end >= 0:
            asked = decode(buffer[:end])
            del buffer[: end + 1]
            _write(write_to, service.answer(asked))
            end = buffer.find(b"\n")
        ready = waiting.poll(0 if service.lives_in_real_time else None)
        for number, _ in ready:
            if number == besides and beside is not None:
                beside()
            elif number == read_from:
                chunk = os.read(read_from, CHUNK)
                if not chunk:
                    return
                buffer += chunk
        if not ready:
            told = service.unasked()
            if told is not None:
                _write(write_to, told)
            elif not service.waits_somewhere:
                waiting.poll(SLICE * 1000)


def take_stdout() -> int:
    """The number of what was stdout; what is printed from now on goes to stderr instead of into the wire."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    return own


def _list(listens: frozenset[int] | None) -> list[int] | None:
    return None if listens is None else sorted(listens)


def _write(number: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(number, left) :]


def main() -> int:
    """Serve the target that the last argument names. Returns the exit code."""
    from pytest_prose_go.targets.naming import TargetNameError, find_target

    words = sys.argv[1:]
    if len(words) == 3 and words[0] == "--nursery":
        return _nurse(socket.socket(fileno=int(words[1])), words[2])
    if len(words) != 1:
        print("usage: python -m pytest_prose_go.targets.host NAME", file=sys.stderr)
        return 2
    write_to = take_stdout()
    try:
        source = find_target(words[0], deadlines=False)
    except TargetNameError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    serve(Service(source.factory, source.name), 0, write_to)
    return 0


def _nurse(control: socket.socket, name: str) -> int:
    """Import the target called ``name`` and fork a process of it at each message on ``control``."""
    from pytest_prose_go.targets.naming import TargetNameError, find_target

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that end
    ctypes.CDLL(None).prctl(BE_SUBREAPER, 1, 0, 0, 0)
    try:
        source = find_target(name, deadlines=False)
    except TargetNameError as wrong:
        _tell(control, Told(wrong=str(wrong)))
        return 2
    _tell(control, Told(pid=os.getpid(), origin=source.origin, description=source.description))
    gc.collect()
    gc.freeze()
    service = Service(source.factory, source.name)
    while _fork_one(control, service, twice=False):
        pass
    return 0


def _fork_one(control: socket.socket, service: Service, twice: bool) -> bool:
    """Fork a process that serves, as the next message on ``control`` says; with ``twice`` it is a child of the
    nursery and not of this process. Returns whether there was a message."""
    message, numbers, _, _ = socket.recv_fds(control, MOST_MESSAGE, FILES)
    if not message:
        return False
    if os.fork():
        for number in numbers:
            os.close(number)
        if twice:
            os.wait()
        return True
    code = 1
    try:
        if not twice or not os.fork():
            _live(message, numbers, service)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _live(message: bytes, numbers: list[int], service: Service) -> None:
    """Be a process of a target: apart from all others, serving until the end of its input."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, place in zip(numbers, range(FILES), strict=True):
        os.dup2(number, FIRST_OWN + place)
    for place in range(3):
        os.dup2(FIRST_OWN + place, place)
    control = socket.socket(fileno=os.dup2(FIRST_OWN + 3, FIRST_OWN))
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != FIRST_OWN:
            with contextlib.suppress(OSError):
                os.close(int(name))
    shared = shared_mappings()
    if shared:
        wrong = f"shares memory with the process that made it: {shared[0]}"
        _tell(control, Told(wrong=wrong))
        return
    folder = msgspec.json.decode(message, type=Fork).folder
    os.chdir(folder)
    try:
        held = sandbox.without_network_and_disk(folder)
        sandbox.give_up_rights()
    except (sandbox.Denied, OSError) as denied:
        held = f"its own working folder; the network is not cut off ({denied})"
    _tell(control, Told(pid=os.getpid(), held=f"a process a station; {held}"))
    write_to = take_stdout()
    control.setblocking(True)
    serve(service, 0, write_to, control.fileno(), lambda: _fork_one(control, service, twice=True))


def _tell(control: socket.socket, told: Told) -> None:
    control.send(msgspec.json.encode(told))


if __name__ == "__main__":
    sys.exit(main())
