"""A target in programs of its own, in any language: the contract over the wire (see :mod:`.wire`).

One program makes the credentials and, unless its statement says ``isolation="station"``, is all stations;
else a further process of it is started for each station, and credentials travel between them as bytes.
"""

from __future__ import annotations

import contextlib
import math
import os
import shlex
from collections import deque
from collections.abc import Sequence
from time import monotonic, time
from typing import Any, NoReturn, Protocol

import msgspec

from pytest_prose_go.contract import (
    Cast,
    Credentials,
    Event,
    Flaw,
    Frame,
    Opened,
    Output,
    Parameters,
    Role,
    Secret,
    Statement,
    Station,
    Target,
    Unsupported,
)
from pytest_prose_go.targets import child, wire
from pytest_prose_go.targets.breach import MisfitError, brief
from pytest_prose_go.targets.child import Child, ChildFailure
from pytest_prose_go.targets.wire import METHODS, Message, Request, StationOutput

STARTING_DEADLINE = 30.0
"""Seconds for the first answer of a program, whose statement is not known before."""
_SETUP = {"statement", "anchor", "credentials", "station", "clone", "restore", "restart", "close"}
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_NO_OUTPUT = StationOutput()


class Children(Protocol):
    """Where the processes of a target come from. ``a_station``: whether each station has one of its own
    (None: if the statement says so); ``says`` tells in words what holds of their isolation."""

    a_station: bool | None
    says: str

    def first(self) -> Child:
        """The process that makes the statement and the credentials."""
        ...

    def another(self, first: Child) -> Child:
        """A process for one more station."""
        ...


class Programs:
    """Processes that one command starts, in the working folder."""

    a_station: bool | None = None
    says = ""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)

    def first(self) -> Child:
        return child.start(self.command)

    def another(self, first: Child) -> Child:
        return child.start(self.command, first=first)


class Link:
    """Calls to one process and what it says unasked."""

    def __init__(self, process: Child, deadlines: bool) -> None:
        self.process = process
        self.call_deadline = self.setup_deadline = STARTING_DEADLINE if deadlines else math.inf
        self.real_clock = False
        self.unasked: dict[int, deque[StationOutput]] = {}
        self._id = 0

    def call(self, method: str, params: object, limit: float | None = None) -> msgspec.Raw:
        """The undecoded result of ``method``.

        Raises :class:`Unsupported` where the program knows no such method or does not offer what was asked,
        :class:`ChildFailure` where it is of no more use, :class:`MisfitError` where it tells of an error.
        """
        if not self.process.running:
            raise ChildFailure(
                "is not tried: the program has ended", "see the first error; each target is made anew."
            )
        setup = method in _SETUP
        field = "setup_deadline" if setup else "call_deadline"
        if limit is None:
            limit = self.setup_deadline if setup else self.call_deadline
        self._id = number = self._id + 1
        due = monotonic() + limit
        try:
            self.process.write(wire.line(Request(number, method, params)), limit, field)
            while True:
                message = self._message(self.process.read(max(due - monotonic(), 0.0), field, limit))
                if message.id == number and message.method is msgspec.UNSET:
                    break
                self._take_unasked(message, number)
        except ChildFailure:
            raise
        except BaseException:
            # Torn out of a call (Ctrl-C, the guard's deadline): what comes next would answer another one.
            self.process.kill()
            raise
        return self._result(message, method)

    def listen(self, until: float) -> None:
        """Take in what the program says unasked, one message at most, until :func:`monotonic` is ``until``."""
        line = self.process.read_within(max(0.0, until - monotonic()))
        if line is not None:
            self._take_unasked(self._message(line), None)

    def fail(self, got: str, remedy: str) -> NoReturn:
        self.process.fail(got, remedy)

    def _message(self, line: bytes) -> Message:
        try:
            message = wire.read_message(line)
        except _UNREADABLE as wrong:
            said = line[:80].decode("utf-8", "backslashreplace")
            number = self.process.lines_read
            self.fail(
                f"was answered by what is not JSON-RPC (line {number}: {said!r}: {wrong})",
                "write nothing to stdout but one JSON object a line, UTF-8; log to stderr.",
            )
        if message.jsonrpc != wire.VERSION:
            self.fail(
                f'was answered without "jsonrpc": "2.0" ({line[:80]!r})',
                'give every message "jsonrpc": "2.0" and an answer the id of its call.',
            )
        return message

    def _result(self, message: Message, method: str) -> msgspec.Raw:
        error = message.error
        if error is None:
            if not message.result:
                self.fail(
                    "was answered with neither result nor error",
                    'give "result" (null where there is nothing to tell) or "error".',
                )
            return message.result
        if message.result and bytes(message.result) != b"null":
            self.fail("was answered with both result and error", "give one of them.")
        if error.code in (wire.METHOD_NOT_FOUND, wire.UNSUPPORTED):
            raise Unsupported(error.message or method)
        with contextlib.suppress(msgspec.ValidationError):
            breach = msgspec.convert(error.data, wire.Breach)
            raise MisfitError(breach.got + self.process.said_last(), breach.remedy, breach.partial)
        what = f": {error.message[:500]}" if error.message else ""
        detail = f" ({brief(error.data, 400)})" if error.data is not None else ""
        raise MisfitError(
            f"was answered with error {error.code}{what}{detail}{self.process.said_last()}",
            "answer with Declined or Refused where the device says no; mend the program where it failed.",
        )

    def _take_unasked(self, message: Message, awaited: int | None) -> None:
        if message.method is msgspec.UNSET:
            twice = isinstance(message.id, int) and 0 < message.id <= self._id
            which = f"id {message.id!r}" if message.id is not msgspec.UNSET else "no id"
            self.fail(
                f"was answered twice ({which})"
                if twice and message.id != awaited
                else f"got an answer with {which}; the call's id is {awaited}"
                if awaited is not None
                else f"found an answer with {which} that no call waits for",
                "answer each call once, with the id that it came with.",
            )
        if message.method != "output" or message.id is not msgspec.UNSET:
            self.fail(
                f"was met by a call of {message.method!r} from the program",
                'the program only answers, and on a real clock sends the notification "output".',
            )
        if not self.real_clock:
            self.fail(
                "was met by an unasked output on a virtual clock",
                'return outputs from calls and ask for time by wake_at, or state clock = "real".',
            )
        try:
            told = wire.read_unasked(message.params)
        except _UNREADABLE as wrong:
            self.fail(f"was met by a notification that cannot be read: {wrong}", "see docs/shim-protocol.md.")
        self.unasked.setdefault(told.station, deque()).append(told.output)


class ProcessStation(Station):
    """A station in a program, known there by its number."""

    def __init__(self, link: Link, number: int) -> None:
        self.link = link
        self.number = number
        self._listens: frozenset[int] | None = None
        self._unasked = link.unasked.setdefault(number, deque())
        self._wake_at: float | None = None
        self._clock = (time(), monotonic())

    @property
    def listens(self) -> frozenset[int] | None:
        return self._listens

    @property
    def process_id(self) -> int:
        """The process that the station runs in."""
        return self.link.process.pid

    def listen_to(self, given: Sequence[int] | None) -> None:
        """Take note of what the radio listens to from now on."""
        self._listens = None if given is None else frozenset(given)

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        return self._call(_Own(self.number, group, credentials, now, claim), "own")

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        return self._call(_Join(self.number, group, owner_address, credentials, now, claim), "join")

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self._call(_Send(self.number, group, data, to, now), "send")

    def remove(self, group: str, member: str, now: float) -> Output:
        return self._call(_Remove(self.number, group, member, now), "remove")

    def leave(self, group: str, now: float) -> Output:
        return self._call(_Leave(self.number, group, now), "leave")

    def receive(self, frame: Frame, now: float) -> Output:
        return self._call(_Receive(self.number, frame, now), "receive")

    def wake(self, now: float) -> Output:
        return self._call(_Wake(self.number, now), "wake")

    def restart(self, now: float, power_loss: bool) -> Output:
        return self._call(_Restart(self.number, now, power_loss), "restart")

    def rekey(self, group: str, now: float) -> Output:
        return self._call(_Rekey(self.number, group, now), "rekey")

    def learn(self, notice: bytes, now: float) -> Output:
        return self._call(_Learn(self.number, notice, now), "learn")

    def wait(self, until: float) -> Output:
        """What came up unasked; nothing is asked of the program."""
        told, at = self._clock
        ahead = until - told - (monotonic() - at)
        end = monotonic() + max(0.0, ahead)
        while not self._unasked:
            self.link.listen(end)
            if monotonic() >= end:
                break
        return self._with_unasked(None) if self._unasked else Output(wake_at=self._wake_at)

    def stop(self) -> None:
        if self.link.process.running:
            self.link.call("stop", _Stop(self.number))

    def _call(self, params: Any, method: str) -> Output:
        self._clock = (getattr(params, "now", 0.0), monotonic())
        raw = self.link.call(method, params)
        try:
            output = wire.read_output(raw)
        except _UNREADABLE as wrong:
            if bytes(raw) == b"null":
                output = _NO_OUTPUT
            else:
                self._tell_misfit(raw, wrong)
        return self._with_unasked(output) if self._unasked else self._taken(output)

    def _with_unasked(self, output: StationOutput | None) -> Output:
        """What came unasked, and after it ``output`` where a call was answered."""
        told = [*self._unasked, *([] if output is None else [output])]
        self._unasked.clear()
        for each in told:
            self._note(each)
        self._wake_at = told[-1].wake_at
        return Output(
            tuple(frame for each in told for frame in each.frames),
            tuple(event for each in told for event in each.events),
            self._wake_at,
        )

    def _taken(self, output: StationOutput) -> Output:
        self._note(output)
        self._wake_at = output.wake_at
        return Output(tuple(output.frames), tuple(output.events), output.wake_at)

    def _note(self, output: StationOutput) -> None:
        if output.listens is not msgspec.UNSET:
            self.listen_to(output.listens)

    def _tell_misfit(self, raw: msgspec.Raw, wrong: Exception) -> NoReturn:
        """What is wrong with an output, and what was good in it before that."""
        given: dict[str, Any] = {}
        with contextlib.suppress(*_UNREADABLE):
            given = msgspec.json.decode(raw, type=dict[str, Any])
        frames = _good(given.get("frames"), Frame)
        events = _good(given.get("events"), Event)
        raise MisfitError(
            f"was answered with {brief(bytes(raw)[:60])}, which is not an output: {wrong}",
            'an output is {"frames": […], "events": […], "wake_at": seconds or null}, all of them optional '
            "(docs/shim-protocol.md; prose-go shim-schema prints the shapes).",
            Output(frames, events) if frames or events else None,
        )


class ProcessTarget(Target):
    """A target in programs; see :class:`Children` for where they come from.

    Raises :class:`ChildFailure` if the first cannot be started or states nothing.
    """

    def __init__(self, children: Children, deadlines: bool = True) -> None:
        self.children = children
        self.deadlines = deadlines
        self._numbers = 0
        self._links: list[Link] = []
        self._authorities: dict[str, bytes] = {}
        self._first = self._linked(children.first())
        try:
            given = self._decoded(
                self._first.call("statement", wire.StatementParams()), dict[str, Any], "statement"
            )
        except BaseException:
            self.close()
            raise
        self.a_station = children.a_station
        if self.a_station is None:
            self.a_station = given.get("isolation") == "station"
        self._settle(self._first, given)
        self._given: Any = given

    @property
    def statement(self) -> Any:
        """What the program states, asked anew."""
        if self._first.process.running:
            raw = self._first.call("statement", wire.StatementParams())
            self._given = self._decoded(raw, dict[str, Any], "statement")
        return self._given

    @statement.setter
    def statement(self, given: Statement) -> None:
        raise AttributeError("a program makes its own statement")

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        wanted = _Credentials(identity, group, authority, role, valid_from, valid_until, flaw)
        raw = self._first.call("credentials", wanted)
        made: Credentials = self._decoded(raw, Credentials, "credentials")
        return made

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> ProcessStation:
        link, anchors = self._first, None
        if self.a_station:
            if self.children.a_station is None:
                anchors = {name: self._anchor(name) for name in trusts}
            link = self._linked(self.children.another(self._first.process))
            again = self._decoded(link.call("statement", wire.StatementParams()), dict[str, Any], "statement")
            if again != self._given:
                link.fail(
                    "met a process with another statement than the first",
                    "state what always holds, in every process of the program.",
                )
            self._settle(link, again)
        number = self._next()
        params = _Station(number, label, address, trusts, seed, offers, anchors)
        return self._made(link, number, link.call("station", params), "station")

    def clone(self, station: Station, address: int | None = None) -> ProcessStation:
        own, number = _own(station), self._next()
        return self._made(
            own.link, number, own.link.call("clone", _Clone(own.number, number, address)), "clone"
        )

    def unprotect(self, station: Station, frames: Sequence[Frame]) -> Sequence[Opened]:
        own = _own(station)
        raw = own.link.call("unprotect", _Unprotect(own.number, frames))
        opened: list[Opened] = self._decoded(raw, list[Opened], "unprotect")
        return opened

    def protect(
        self, station: Station, group: str, data: bytes, claimed_sender: str, to: str | None, cast: Cast
    ) -> Sequence[Frame]:
        own = _own(station)
        raw = own.link.call("protect", _Protect(own.number, group, data, claimed_sender, to, cast))
        frames: list[Frame] = self._decoded(raw, list[Frame], "protect")
        return frames

    def secrets(self, station: Station) -> Sequence[Secret]:
        own = _own(station)
        held: list[Secret] = self._decoded(
            own.link.call("secrets", _Secrets(own.number)), list[Secret], "secrets"
        )
        return held

    def stored(self, station: Station) -> bytes:
        own = _own(station)
        image: bytes = self._decoded(own.link.call("stored", _Stored(own.number)), bytes, "stored")
        return image

    def restore(self, image: bytes, station: Station, same_device: bool) -> ProcessStation:
        own, number = _own(station), self._next()
        raw = own.link.call("restore", _Restore(image, own.number, same_device, number))
        return self._made(own.link, number, raw, "restore")

    def parameters(self, station: Station, group: str, peer: str) -> Parameters:
        own = _own(station)
        raw = own.link.call("parameters", _Parameters(own.number, group, peer))
        agreed: Parameters = self._decoded(raw, Parameters, "parameters")
        return agreed

    def near_wrap(self, station: Station, messages_left: int) -> None:
        own = _own(station)
        own.link.call("near_wrap", _NearWrap(own.number, messages_left))

    def revoke(self, credentials: Credentials) -> bytes:
        notice: bytes = self._decoded(self._first.call("revoke", _Revoke(credentials)), bytes, "revoke")
        return notice

    def __getattr__(self, name: str) -> Any:
        """An unknown call goes over the wire as well, so that a program that says yes to all is found out."""
        if name.startswith("_") or name in METHODS:
            raise AttributeError(name)
        return lambda: self._first.call(name, {})

    def logs(self) -> list[tuple[int, bytes]]:
        """What each process said on stderr since it began, with its number; also after its end."""
        return [(link.process.pid, link.process.said()) for link in self._links]

    def close(self) -> None:
        problems: list[Exception] = []
        for link in reversed(self._links):
            if not link.process.running:
                continue
            try:
                with contextlib.suppress(Unsupported):
                    link.call("close", {})
                if not link.process.end():
                    problems.append(
                        MisfitError(
                            "found the program still running after its stdin had ended",
                            "end the program when stdin ends.",
                        )
                    )
            except Exception as error:
                problems.append(error)
            finally:
                link.process.kill()
        self._first.process.end_family()
        if problems:
            raise problems[0]

    def _linked(self, process: Child) -> Link:
        link = Link(process, self.deadlines)
        self._links.append(link)
        return link

    def _settle(self, link: Link, given: dict[str, Any]) -> None:
        """Take from the statement, which the guard checks, what bears on the link."""
        link.real_clock = given.get("clock") == "real"
        for name in ("call_deadline", "setup_deadline"):
            value = given.get(name, getattr(_DEFAULTS, name))
            if self.deadlines and isinstance(value, int | float) and value > 0:
                setattr(link, name, float(value))

    def _anchor(self, authority: str) -> bytes:
        raw = self._first.call("anchor", wire.AnchorParams(authority))
        anchor: bytes = self._decoded(raw, bytes, "anchor")
        return anchor

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    def _made(self, link: Link, number: int, raw: msgspec.Raw, call: str) -> ProcessStation:
        made = self._decoded(raw, wire.MadeStation | None, call)
        station = ProcessStation(link, number)
        if made is not None:
            station.listen_to(made.listens)
        return station

    @staticmethod
    def _decoded(raw: msgspec.Raw, kind: Any, call: str) -> Any:
        try:
            return msgspec.json.decode(raw, type=kind)
        except _UNREADABLE as wrong:
            raise MisfitError(
                f"was answered with {brief(bytes(raw)[:60])}: {wrong}",
                f"answer {call} as docs/shim-protocol.md says (prose-go shim-schema prints the shapes).",
            ) from None


def programs(command: str) -> Programs:
    """The processes of the command line ``command``, its words as a shell would split them, without a shell.

    Raises :class:`ValueError` if there is none.
    """
    words = shlex.split(command)
    if not words:
        raise ValueError("no program is named")
    return Programs([os.path.expanduser(words[0]), *words[1:]])


def _good(given: object, kind: Any) -> tuple[Any, ...]:
    """The items before the first that is none of ``kind``."""
    good: list[Any] = []
    with contextlib.suppress(msgspec.ValidationError):
        good.extend(msgspec.convert(item, kind) for item in (given if isinstance(given, list) else ()))
    return tuple(good)


def _own(station: Station) -> ProcessStation:
    if not isinstance(station, ProcessStation):
        raise TypeError(f"{station!r} is no station of a program")
    return station


_DEFAULTS = Statement(product="-", version="-")
_Own, _Join, _Send, _Remove, _Leave, _Receive, _Wake, _Restart, _Rekey, _Learn, _Stop = (
    METHODS[name].params
    for name in (
        "own",
        "join",
        "send",
        "remove",
        "leave",
        "receive",
        "wake",
        "restart",
        "rekey",
        "learn",
        "stop",
    )
)
_Credentials, _Station, _Clone, _Unprotect, _Protect, _Secrets, _Stored, _Restore, _Parameters = (
    METHODS[name].params
    for name in (
        "credentials",
        "station",
        "clone",
        "unprotect",
        "protect",
        "secrets",
        "stored",
        "restore",
        "parameters",
    )
)
_NearWrap, _Revoke = METHODS["near_wrap"].params, METHODS["revoke"].params
