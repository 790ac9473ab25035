"""The guard before every target: nothing reaches the suite but good answers, in time.

What breaks the contract becomes one :class:`TargetError`; after it the station (or the target, where the
target itself broke it) is used no more, except that it is stopped and closed. Honest absence of a
capability becomes :class:`~pytest_prose_go.contract.Unsupported`. Ctrl-C and pytest's own endings pass;
an adapter that skips a test breaks the contract like one that exits.
"""

from __future__ import annotations

import contextlib
import math
import os
import weakref
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, NoReturn, TypeVar

from pytest_prose_go.contract import (
    NOTHING,
    Cast,
    Credentials,
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
from pytest_prose_go.targets import shape
from pytest_prose_go.targets.breach import MisfitError, TargetError, said, where
from pytest_prose_go.targets.deadline import WATCHDOG, Overrun, within
from pytest_prose_go.targets.shape import OutputShape
from pytest_prose_go.targets.statement import CAPABILITIES, validated

__all__ = [
    "MOST_A_SECOND",
    "MOST_WAKES",
    "GuardedStation",
    "GuardedTarget",
    "TargetError",
    "guarded",
]

MOST_WAKES = 1000
"""Wake-ups that a station may ask for in a row without time moving on."""
MOST_A_SECOND = 100_000
"""Frames and events that a station may return in one second of its own time."""
OPENING_DEADLINE = 60.0
"""Seconds for making a target, whose statement is not known before."""

_STATION_CALLS = ("own", "join", "send", "leave", "receive")
_TARGET_CALLS = ("credentials", "station")
CAPABILITY_OF = {"learn": "revoke", "restore": "stored"}
_LATE = "Answer at once, let time pass by wake_at, or raise {deadline} in the statement."
_Made = TypeVar("_Made")
_Checked = TypeVar("_Checked")


class GuardedStation(Station):
    """A station of a target behind the guard: same methods, checked. Made by :class:`GuardedTarget`."""

    def __init__(self, target: GuardedTarget, raw: Any, label: str) -> None:
        self.raw = raw
        self.label = label
        self._target = target
        self._shape = target.shape
        self._deadline = target.call_deadline
        self._broken: TargetError | None = None
        self._stopped = False
        self._listens: frozenset[int] | None = None
        self._listens_in_memory = _is_in_memory(raw, "listens")
        self._is_waited_for = target.statement.clock == "real"
        self._wakes_up = hasattr(raw, "wake")
        self._wakes = 0
        self._woken = -math.inf
        self._second = -math.inf
        self._count = 0
        self._moment = 0.0
        self._moved = monotonic()

    @property
    def listens(self) -> frozenset[int] | None:
        """See :attr:`Station.listens`. Raises :class:`TargetError`."""
        if self._broken is not None:
            self._refuse("listens")
        try:
            # It is asked of every station for every frame: what runs no code needs no deadline.
            given = (
                getattr(self.raw, "listens", None)
                if self._listens_in_memory
                else within(self._deadline, getattr, self.raw, "listens", None)
            )
            if given is None or given is self._listens:
                return given
            checked = shape.addresses(given)
        except BaseException as raised:
            self._target.blame(raised, "listens", self)
        # Only what cannot change may be taken unseen the next time.
        self._listens = given if type(given) is frozenset else None
        return checked

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        if claim is None:
            return self._output("own", now, group, credentials, now)
        return self._output("own", now, group, credentials, now, claim)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        if claim is None:
            return self._output("join", now, group, owner_address, credentials, now)
        return self._output("join", now, group, owner_address, credentials, now, claim)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self._output("send", now, group, data, to, now)

    def remove(self, group: str, member: str, now: float) -> Output:
        return self._output("remove", now, group, member, now)

    def leave(self, group: str, now: float) -> Output:
        return self._output("leave", now, group, now)

    def receive(self, frame: Frame, now: float) -> Output:
        return self._output("receive", now, frame, now)

    def wake(self, now: float) -> Output:
        if now != self._woken:
            self._woken = now
            self._wakes = 0
        self._wakes += 1
        if self._wakes > MOST_WAKES:
            self._target.blame(
                MisfitError(
                    f"asked for {MOST_WAKES} wake-ups in a row without time moving on: it never goes quiet",
                    "return a wake_at later than now, or None.",
                ),
                "wake",
                self,
            )
        if not self._wakes_up and self._broken is None:
            return NOTHING
        return self._output("wake", now, now)

    def wait(self, until: float) -> Output:
        # The station's clock may run skewed, so what it may wait is reckoned from its own last moment.
        ahead = until - (self._moment + monotonic() - self._moved)
        allowed = self._deadline + min(max(ahead, 0.0), self._target.longest_wait)
        return self._output("wait", until, until, limit=allowed)

    def restart(self, now: float, power_loss: bool) -> Output:
        return self._output("restart", now, now, power_loss, limit=self._target.setup_deadline)

    def rekey(self, group: str, now: float) -> Output:
        return self._output("rekey", now, group, now)

    def learn(self, notice: bytes, now: float) -> Output:
        return self._output("learn", now, notice, now)

    @property
    def process_id(self) -> int:
        """The process that the station runs in."""
        return int(getattr(self.raw, "process_id", os.getpid()))

    def stop(self) -> None:
        """Switch off, once. Never raises: what the adapter raised is kept in ``complaints`` of the target."""
        if not self._stopped:
            self._stopped = True
            self._target.end("stop", self.raw, self.label, self._deadline)

    def _output(self, call: str, now: float, *arguments: object, limit: float | None = None) -> Output:
        if self._broken is not None:
            self._refuse(call)
        deadline = self._deadline if limit is None else limit
        try:
            method = getattr(self.raw, call, None)
            if method is None:
                raise Unsupported(call)
            raw = within(deadline, method, *arguments)
            output = self._shape(raw) if type(raw) is Output else within(deadline, self._shape, raw)
        except BaseException as raised:
            self._target.blame(raised, call, self, arguments)
        if self._is_waited_for and call != "wait":
            self._moment, self._moved = now, monotonic()
        if output.frames or output.events:
            self._count_output(output, call, now)
        if output.wake_at is not None and not self._wakes_up:
            got = f"returned wake_at = {output.wake_at}, but the station has no wake"
            misfit = MisfitError(got, "give the station a method wake(now).", output)
            self._target.blame(misfit, call, self)
        return output

    def _count_output(self, output: Output, call: str, now: float) -> None:
        if not self._second <= now < self._second + 1:
            self._second = now
            self._count = 0
        self._count += len(output.frames) + len(output.events)
        if self._count > MOST_A_SECOND:
            self._target.blame(
                MisfitError(
                    f"brought the frames and events of one second to {self._count}; "
                    f"at most {MOST_A_SECOND} are taken",
                    "send less often; look for two stations that answer each other without end.",
                    output,
                ),
                call,
                self,
            )

    def break_off(self, error: TargetError) -> None:
        """Refuse every further call but :meth:`stop`, because of ``error``."""
        if self._broken is None:
            self._broken = error

    def _refuse(self, call: str) -> NoReturn:
        raise _again(self._broken, self.label, call)


class GuardedTarget(Target):
    """A target behind the guard: same methods, checked.

    ``target`` is a :class:`Target` or any object with its methods, ``origin`` says where it comes from,
    ``deadlines`` can be switched off for debugging. ``statement`` is validated once and must stay the
    same. ``breaches`` lists what stopping and closing raised. Raises :class:`TargetError`.
    """

    def __init__(self, target: Any, origin: str, deadlines: bool = True) -> None:
        self.raw = target
        self.origin = origin
        self.breaches: list[TargetError] = []
        self.call_deadline = self.setup_deadline = OPENING_DEADLINE if deadlines else math.inf
        self._unchanging: object = None
        """The statement as the target gives it, where it cannot say another thing the next time."""
        self._broken: TargetError | None = None
        self._closed = False
        self._stations: list[GuardedStation] = []
        self._known: set[int] = set()
        """Which objects stand behind them, which keep these from being given away."""
        if deadlines:
            WATCHDOG.hold()
        self._release = weakref.finalize(self, WATCHDOG.release if deadlines else _nothing)
        try:
            self.statement = self._read_statement()
            self._check_calls("the target", target, Target, _TARGET_CALLS)
        except BaseException:
            self._release()
            raise
        statement = self.statement
        if deadlines:
            self.call_deadline, self.setup_deadline = statement.call_deadline, statement.setup_deadline
        self.shape = OutputShape(statement)
        patience = statement.patience
        self.longest_wait = max(patience.join, patience.delivery, patience.rejoin)

    @property
    def complaints(self) -> list[str]:
        """What stopping and closing raised, in words."""
        return [str(breach) for breach in self.breaches]

    def logs(self) -> list[tuple[int, bytes]]:
        """What its processes said on stderr, each with its number; nothing of a target in this process."""
        found: Callable[[], list[tuple[int, bytes]]] | None = (
            getattr(type(self.raw), "logs", None) and self.raw.logs
        )
        return found() if found else []

    def restated(self) -> Statement:
        """The statement, read anew and checked. Raises :class:`TargetError`."""
        return self._read_statement()

    def offers(self, capability: str) -> bool:
        """Whether the statement claims ``capability``."""
        return capability in self.statement.capabilities

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
        wanted = (identity, group, authority, role, valid_from, valid_until)
        return self._ask(
            "credentials",
            shape.credentials,
            *(wanted if flaw is None else (*wanted, flaw)),
            limit=self.setup_deadline,
        )

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> GuardedStation:
        try:
            same = self._read_statement() == self.statement
        except TargetError as error:
            self._break_off(error)
            raise
        if not same:
            self.blame(
                MisfitError("changed after the target was made", "give one target one statement."),
                "the statement",
                None,
            )
        wanted = (label, address, trusts, seed)
        raw = self._ask(
            "station",
            _anything,
            *(wanted if offers is None else (*wanted, offers)),
            limit=self.setup_deadline,
        )
        return self._taken_in("station", raw, label)

    def close(self) -> None:
        """Stop what still runs and close the target, once. Never raises: see ``complaints``."""
        if self._closed:
            return
        self._closed = True
        for station in self._stations:
            station.stop()
        self.end("close", self.raw, "", self.setup_deadline)
        closed = TargetError("", "close", "was called before", "this is the suite's mistake, not yours.")
        self._break_off(closed)
        self._stations.clear()
        self._release()

    def clone(self, station: Station, address: int | None = None) -> GuardedStation:
        wanted = (_bare(station),) if address is None else (_bare(station), address)
        raw = self._ask("clone", _anything, *wanted, limit=self.setup_deadline)
        return self._taken_in("clone", raw, f"{_label(station)} (clone)")

    def unprotect(self, station: Station, frames: Sequence[Frame]) -> Sequence[Opened]:
        count = len(frames)
        return self._ask("unprotect", lambda given: shape.opened(given, count), _bare(station), frames)

    def protect(
        self, station: Station, group: str, data: bytes, claimed_sender: str, to: str | None, cast: Cast
    ) -> Sequence[Frame]:
        return self._ask(
            "protect",
            lambda given: shape.frames(given, self.shape),
            _bare(station),
            group,
            data,
            claimed_sender,
            to,
            cast,
        )

    def secrets(self, station: Station) -> Sequence[Secret]:
        return self._ask("secrets", shape.secrets, _bare(station))

    def stored(self, station: Station) -> bytes:
        return self._ask("stored", shape.octets, _bare(station))

    def restore(self, image: bytes, station: Station, same_device: bool) -> GuardedStation:
        raw = self._ask("restore", _anything, image, _bare(station), same_device, limit=self.setup_deadline)
        return self._taken_in("restore", raw, f"{_label(station)} (restored)")

    def parameters(self, station: Station, group: str, peer: str) -> Parameters:
        known = [algorithm.name for algorithm in self.statement.algorithms]
        return self._ask(
            "parameters", lambda given: shape.parameters(given, known), _bare(station), group, peer
        )

    def near_wrap(self, station: Station, messages_left: int) -> None:
        self._ask("near_wrap", _anything, _bare(station), messages_left)

    def revoke(self, credentials: Credentials) -> bytes:
        return self._ask("revoke", shape.octets, credentials)

    def end(self, call: str, raw: Any, label: str, limit: float) -> None:
        """Call ``stop`` or ``close`` of ``raw`` where it has one; keep what it raises as a complaint."""
        try:
            ending = getattr(raw, call, None)
            if ending is not None:
                within(limit, ending)
        except BaseException as raised:
            if _passes(raised):
                raise
            if getattr(raised, "unsupported", False) is not True:
                self.breaches.append(self._error(raised, call, label, ()))

    def blame(
        self,
        raised: BaseException,
        call: str,
        station: GuardedStation | None,
        arguments: tuple[object, ...] = (),
    ) -> NoReturn:
        """Turn what came out of ``call`` into the right exception, and break off the culprit.

        Raises :class:`Unsupported` for a capability that was never claimed, what must pass (Ctrl-C), and
        :class:`TargetError` for all else. An overrun breaks off the whole target: it may have been torn
        out of anything.
        """
        if _passes(raised):
            raise raised
        if _is_unsupported(raised) and not self._promised(call, arguments):
            raise Unsupported(CAPABILITY_OF.get(call, call)) from raised
        error = self._error(raised, call, station.label if station is not None else "", arguments)
        if station is None or isinstance(raised, Overrun) or getattr(raised, "spoils_target", False):
            self._break_off(error)
        else:
            station.break_off(error)
        # The adapter's own exception is told in the text; its traceback would only bury it.
        raise error from (None if isinstance(raised, MisfitError | Overrun) else raised)

    def _error(
        self, raised: BaseException, call: str, label: str, arguments: tuple[object, ...]
    ) -> TargetError:
        if isinstance(raised, TargetError):
            return TargetError(
                raised.station or label,
                raised.call or call,
                raised.got,
                raised.remedy,
                raised.partial,
                raised.origin or self.origin,
            )
        partial = None
        if isinstance(raised, MisfitError):
            got, remedy, partial = raised.got, raised.remedy, raised.partial
        elif isinstance(raised, Overrun) or _from_overrun(raised):
            got, remedy, partial = self._overrun(raised, call)
        elif _is_unsupported(raised):
            got = "raised Unsupported"
            remedy = self._contradiction(call)
        elif (
            isinstance(raised, TypeError)
            and raised.__traceback__ is not None
            and not where(raised.__traceback__)
        ):
            got = f"cannot be called: {raised}"
            remedy = "give the method the parameters that pytest_prose_go.contract names, in their order."
        else:
            got = f"raised {said(raised)}"
            remedy = _remedy(raised)
        return TargetError(label, call, got, remedy, partial, self.origin)

    def _overrun(self, raised: BaseException, call: str) -> tuple[str, str, Output | None]:
        setup = call in ("credentials", "station", "clone", "restore", "restart", "close", "the target")
        field = "setup_deadline" if setup else "call_deadline"
        limit = self.setup_deadline if setup else self.call_deadline
        partial = None
        if isinstance(raised, Overrun) and raised.result is not None:
            got = f"answered later than its deadline ({field}: {limit:g} s)"
            try:
                partial = self.shape(raised.result) if isinstance(raised.result, Output) else None
            except MisfitError as misfit:
                partial = misfit.partial
        else:
            got = f"had not answered at its deadline ({field}: {limit:g} s){where(raised.__traceback__)}"
        return got, _LATE.format(deadline=field), partial

    def _promised(self, call: str, arguments: tuple[object, ...]) -> bool:
        """Whether the statement promises this call, so that Unsupported breaks it."""
        statement = self.statement
        if call == "remove":
            return statement.removes
        if call == "wait":
            return statement.clock == "real"
        if call == "send":
            return arguments[2:3] != (None,) or statement.groupcast
        if call == "own":
            return len(arguments) < 4 or statement.claims_identity
        if call == "join":
            return len(arguments) < 5 or statement.claims_identity
        if call == "credentials":
            return len(arguments) < 7
        if call == "station":
            return len(arguments) < 5 or "offers" in statement.capabilities
        capability = CAPABILITY_OF.get(call, call)
        return capability not in CAPABILITIES or capability in statement.capabilities

    def _contradiction(self, call: str) -> str:
        capability = CAPABILITY_OF.get(call, call)
        if capability in CAPABILITIES:
            return (
                f"the statement claims {capability} but does not have it: "
                f"give it {call}, or leave {capability} out of capabilities."
            )
        field = {"remove": "removes=False", "wait": 'clock="virtual"'}.get(call)
        return f"the contract needs {call}" + (f", unless the statement says {field}." if field else ".")

    def _ask(
        self,
        call: str,
        check: Callable[[Any], _Checked],
        *arguments: object,
        limit: float | None = None,
    ) -> _Checked:
        if self._broken is not None:
            raise _again(self._broken, "", call)
        deadline = self.call_deadline if limit is None else limit
        try:
            method = getattr(self.raw, call, None)
            if method is None:
                raise Unsupported(call)
            return within(deadline, check, within(deadline, method, *arguments))
        except BaseException as raised:
            self.blame(raised, call, None, arguments)

    def _read_statement(self) -> Statement:
        try:
            return within(self.setup_deadline, self._validated_statement)
        except BaseException as raised:
            if _passes(raised):
                raise
            error = self._error(raised, "the statement", "", ())
            raise error from (None if isinstance(raised, MisfitError | Overrun) else raised)

    def _validated_statement(self) -> Statement:
        given = getattr(self.raw, "statement", None)
        if given is not None and given is self._unchanging:
            return self.statement
        found = validated(given)
        self._unchanging = given if type(given) is Statement and _cannot_change(given) else None
        return found

    def _check_calls(self, call: str, raw: object, kind: type, needed: tuple[str, ...]) -> None:
        """See that ``raw``, which ``call`` gave, has the ``needed`` methods and those of what is claimed."""
        claimed = self.statement.capabilities
        optional = [*claimed, *(name for name, of in CAPABILITY_OF.items() if of in claimed)]
        wanted = [*needed, *(name for name in optional if name != "offers" and hasattr(kind, name))]
        try:
            missing = within(self.setup_deadline, _missing, raw, kind, wanted)
        except BaseException as raised:
            self.blame(raised, call, None)
        if missing:
            self.blame(_lacks(missing), call, None)

    def _taken_in(self, call: str, raw: Any, label: str) -> GuardedStation:
        needed: tuple[str, ...] = _STATION_CALLS
        needed += ("remove",) * self.statement.removes + ("wait",) * (self.statement.clock == "real")
        if raw is None:
            self.blame(MisfitError("returned None", "return the new station."), call, None)
        self._check_calls(call, raw, Station, needed)
        if id(raw) in self._known:
            self.blame(
                MisfitError("returned a station that it had returned before", "make a new device a call."),
                call,
                None,
            )
        station = GuardedStation(self, raw, label)
        self._stations.append(station)
        self._known.add(id(raw))
        return station

    def _break_off(self, error: TargetError) -> None:
        if self._broken is None:
            self._broken = error
        for station in self._stations:
            station.break_off(error)


def guarded(factory: Callable[[], Any], origin: str, deadlines: bool = True) -> GuardedTarget:
    """The target that ``factory`` makes, behind the guard. Raises :class:`TargetError`."""
    if deadlines:
        WATCHDOG.hold()
    try:
        raw = within(OPENING_DEADLINE if deadlines else math.inf, factory)
        try:
            return GuardedTarget(raw, origin, deadlines)
        except BaseException:
            with contextlib.suppress(Exception, Overrun):
                within(OPENING_DEADLINE, raw.close)  # what it has opened must not stay open
            raise
    except (TargetError, MisfitError) as error:
        if isinstance(error, TargetError) and error.origin:
            raise
        raise _of_making(error, origin) from None
    except BaseException as raised:
        if _passes(raised):
            raise
        raise _of_making(raised, origin) from raised
    finally:
        if deadlines:
            WATCHDOG.release()


def _of_making(raised: BaseException, origin: str) -> TargetError:
    call = "making the target"
    if isinstance(raised, MisfitError | TargetError):
        return TargetError("", call, raised.got, raised.remedy, origin=origin)
    if isinstance(raised, Overrun):
        return TargetError(
            "",
            call,
            f"took longer than {OPENING_DEADLINE:g} s{where(raised.__traceback__)}",
            "return the target at once; provision and boot in station, under setup_deadline.",
            origin=origin,
        )
    return TargetError("", call, f"raised {said(raised)}", _remedy(raised), origin=origin)


def _again(error: TargetError | None, label: str, call: str) -> TargetError:
    first = f"{error.call} {error.got}" if error is not None else "an unknown breach"
    return TargetError(
        label,
        call,
        f"is not tried, because of an earlier breach: {first}",
        error.remedy if error is not None else "see there.",
        origin=error.origin if error is not None else "",
    )


def _passes(raised: BaseException) -> bool:
    """Ctrl-C and pytest's own endings (a timeout's failure among them), but not a skip by the adapter."""
    if isinstance(raised, KeyboardInterrupt):
        return True
    kinds = type(raised).__mro__
    # pytest hides the module of the classes that users see, but not that of their bases.
    of_pytest = any(kind.__module__.partition(".")[0] == "_pytest" for kind in kinds)
    return of_pytest and all(kind.__name__ not in ("Skipped", "XFailed") for kind in kinds)


def _is_unsupported(raised: BaseException) -> bool:
    return isinstance(raised, Exception) and getattr(raised, "unsupported", False) is True


def _from_overrun(raised: BaseException) -> bool:
    """Whether the adapter turned the watchdog's exception into one of its own."""
    seen = raised.__cause__ or raised.__context__
    for _ in range(16):
        if seen is None or isinstance(seen, Overrun):
            break
        seen = seen.__cause__ or seen.__context__
    return isinstance(seen, Overrun)


def _remedy(raised: BaseException) -> str:
    if isinstance(raised, SystemExit):
        return "an adapter never ends the process; return what there is."
    return "catch it in the adapter and return Declined or Refused, or mend it."


def _missing(raw: object, kind: type, calls: Sequence[str]) -> list[str]:
    """Those of ``calls`` that ``raw`` lacks or only inherits from the contract's ``kind``."""
    return [
        call
        for call in dict.fromkeys(calls)
        if not callable(getattr(raw, call, None)) or getattr(type(raw), call, None) is getattr(kind, call)
    ]


def _is_in_memory(raw: object, name: str) -> bool:
    """Whether to read the attribute is to look it up, so that no code of the adapter's runs: its class has no
    property of that name, and no say in how attributes are found."""
    kind = type(raw)
    # Only the first class that has the name counts: what stands behind it is never asked.
    own = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    return (
        kind.__getattribute__ is object.__getattribute__
        and not hasattr(kind, "__getattr__")
        and not hasattr(own, "__get__")
    )


def _cannot_change(statement: Statement) -> bool:
    """Whether as long as it is the same object, it says the same: what can be hashed holds no list, say."""
    try:
        hash(statement)
    except TypeError:
        return False
    return True


def _lacks(missing: Sequence[str]) -> MisfitError:
    return MisfitError(
        f"gave something without {', '.join(missing)}",
        "add the method, or mend the statement (removes, clock, capabilities) where it claims too much.",
    )


def _nothing() -> None:
    """In place of a release where nothing is held."""


def _anything(given: _Made) -> _Made:
    return given


def _bare(station: Station) -> object:
    return station.raw if isinstance(station, GuardedStation) else station


def _label(station: Station) -> str:
    return station.label if isinstance(station, GuardedStation) else ""
