"""Cases played again to a recorded trace: does the case that is installed here do, from its first act to its last, what
the trace says was done?

The case's own code runs, on a stage where nothing is simulated: what stations emitted, were given and reported, and
what a target told, is taken from the trace, and what the case does in answer (its lots, casts, calls, moves, waits,
controls, and its end) must be what stands next in the trace. So a trace that breaks off before the attack, that was
made at another depth or from other lots, or whose attack was left out, is found. Whether a target could have answered
so is not seen: that is for the judge, and in the end only for a run made again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

import msgspec
import pytest

from pytest_prose_go.air.clock import VirtualClock
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.moves import Move, Shot, Withhold, passage_to
from pytest_prose_go.air.trace import (
    Asked,
    Controlled,
    Delivered,
    Dropped,
    Emitted,
    Ended,
    Entry,
    Imaged,
    Issued,
    Lifted,
    Moved,
    Negotiated,
    Noted,
    Reported,
    Told,
    Trace,
    Unprotected,
)
from pytest_prose_go.contract import (
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
from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.scenario import Conclusion, Endpoint, Scenario
from pytest_prose_go.scenario.scenario import STDERR
from pytest_prose_go.scenario_key import CASE_KEY

Answer = TypeVar("Answer", Told, Unprotected)

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_INJECTED = re.compile(r"inject (\d+) bytes from (0x[0-9a-f]+) for (0x[0-9a-f]+) ")
_PLACEHOLDER = hashlib.sha256(b"stands in no trace").digest()
_ANSWERS = (Told, Imaged, Unprotected, Negotiated)
"""Records of what a target told: its word is taken as it stands."""


class Departed(Exception):
    """The case does something else than stands in the trace; the text says where, and what."""


class NotPlayable(Exception):
    """What the case does next rests on something that stands in no trace; the text says on what."""


class Recording(Trace):
    """A trace that may only become what another one is. ``departed`` says where it would have become another,
    ``unplayable`` from what on nothing can be said of it ("" both as long as all is well)."""

    def __init__(self, recorded: Trace) -> None:
        super().__init__(recorded.statement)
        self.recorded = recorded.records
        self.departed = ""
        self.unplayable = ""

    @property
    def next(self) -> Entry:
        """What stands next in the recorded trace."""
        if len(self.records) >= len(self.recorded):
            self.departs("the trace has ended, and the case has not")
        return self.recorded[len(self.records)]

    def append(self, record: Entry) -> int:
        """Go on by ``record``, which must be the next one. Raises :class:`Departed`."""
        if self.unplayable:
            return super().append(record)
        due = self.next
        if due is not record and due != record and not _amounts_to(record, due, self.recorded):
            self.departs(f"the case {_in_words(record)}, and the trace says that it {_in_words(due)}")
        return super().append(due)

    def departs(self, how: str) -> NoReturn:
        """Say where the two part, if that is not said yet. Raises :class:`Departed`."""
        if not self.unplayable:
            self.departed = self.departed or f"record {len(self.records)}: {how}"
        raise Departed(self.departed)

    def gives_up(self, because: str) -> NoReturn:
        """Say on what all that follows rests. Raises :class:`NotPlayable`."""
        self.unplayable = self.unplayable or because
        raise NotPlayable(because)


_SINCE = {
    "joined": 2,
    "apart": 2,
    "live": 2,
    "spoke": 1,
    "heard": 1,
    "waited": 0,
    "told": 1,
    "imaged": 1,
    "agreed": 1,
}
"""Which operand of a control is the record since which it asks."""


def _amounts_to(record: Entry, due: Entry, recorded: Sequence[Entry]) -> bool:
    """Whether the two differ only in what rests on a target's unrecorded answers, in words for the reader, or in which
    record of one moment a question begins at."""
    if type(record) is not type(due) or record.at != due.at:
        return False
    match record, due:
        case (Noted(), Noted()):
            return True
        case (Moved(), Moved()):
            # Where a radio listens stands in no trace.
            return (record.number, record.kind, _ADDRESS.sub("", record.text)) == (
                due.number,
                due.kind,
                _ADDRESS.sub("", due.text),
            )
        case (Controlled(kind=kind, operands=ours), Controlled(operands=theirs)) if kind in _SINCE:
            place = _SINCE[kind]
            if not max(ours[place], theirs[place]) < len(recorded):
                return False
            same_moment = recorded[ours[place]].at == recorded[theirs[place]].at
            return (
                same_moment
                and msgspec.structs.replace(record, operands=theirs) == due
                and (ours[:place] + ours[place + 1 :] == theirs[:place] + theirs[place + 1 :])
            )
        case (Asked(), Asked()):
            return msgspec.structs.replace(record, owner_address=due.owner_address) == due
        case _:
            return isinstance(record, _ANSWERS) and getattr(record, "station") == getattr(due, "station")  # noqa: B009


def _in_words(record: Entry) -> str:
    match record:
        case Ended():
            return "ends"
        case Controlled(text=text) | Moved(text=text):
            return f"does {text!r} at {record.at:.3f}"
        case _:
            return f"does {type(record).__name__} at {record.at:.3f}"


class _SizeUnknown(bytes):
    """Bytes that stand in no trace, nor how many they are."""

    recording: Recording

    def __len__(self) -> NoReturn:
        self.recording.gives_up("how long credentials are")


class PlayedStation(Station):
    """Answers nothing by itself: its answers stand in the trace."""

    def __init__(self, recording: Recording, address: int) -> None:
        self._recording = recording
        self._address = address

    @property
    def listens(self) -> frozenset[int] | None:
        """Its own address, or none where what comes next shows that the radio was off."""
        due = self._recording.next
        on = isinstance(due, Moved) or (isinstance(due, Controlled) and due.kind == "heard")
        return frozenset({self._address} if on else ())

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        """Nothing."""
        return Output()

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        """Nothing."""
        return Output()

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        """Nothing."""
        return Output()

    def remove(self, group: str, member: str, now: float) -> Output:
        """Nothing."""
        return Output()

    def leave(self, group: str, now: float) -> Output:
        """Nothing."""
        return Output()

    def receive(self, frame: Frame, now: float) -> Output:
        """Nothing."""
        return Output()

    def wake(self, now: float) -> Output:
        """Nothing."""
        return Output()

    def stop(self) -> None:
        """Nothing to switch off."""


class PlayedTarget(Target):
    """Tells what the trace says that the target told."""

    def __init__(self, recording: Recording) -> None:
        self.statement: Statement = recording.statement
        self._recording = recording

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
        """Some, if they were issued. Raises :class:`Unsupported` if they were not."""
        due = self._recording.next
        if not isinstance(due, Issued) or (due.identity, due.flaw) != (identity, flaw):
            raise Unsupported("credentials")
        data = _SizeUnknown(b"credentials")
        data.recording = self._recording
        return Credentials(data, secret_parts=(_PLACEHOLDER,))

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> Station:
        """A station."""
        return PlayedStation(self._recording, address)

    def close(self) -> None:
        """Nothing to give back."""

    def clone(self, station: Station, address: int | None = None) -> Station:
        """Another."""
        return station

    def unprotect(self, station: Station, frames: Sequence[Frame]) -> Sequence[Opened]:
        """As many openings as the trace has; of which frames, the trace says."""
        return [Opened(0, one.data) for one in self._run_of(Unprotected)] if frames else ()

    def protect(
        self,
        station: Station,
        group: str,
        data: bytes,
        claimed_sender: str,
        to: str | None,
        cast: Cast,
    ) -> Sequence[Frame]:
        """Frames of the sizes of those that were injected next."""
        frames = []
        after = self._recording.recorded[len(self._recording) + 2 :]  # behind the sending and its forging
        for record in after:
            made = _INJECTED.match(record.text) if isinstance(record, Moved) else None
            if made is None:
                break
            frames.append(Frame(int(made[2], 16), int(made[3], 16), bytes(int(made[1]))))
        return frames

    def secrets(self, station: Station) -> Sequence[Secret]:
        """As many as the trace has, without their values."""
        return [Secret(one.label, one.scope, _PLACEHOLDER, one.peer, one.group) for one in self._run_of(Told)]

    def stored(self, station: Station) -> bytes:
        """Raises :class:`NotPlayable`: an image stands in no trace."""
        self._recording.gives_up("what is at rest in a device")

    def parameters(self, station: Station, group: str, peer: str) -> Parameters:
        """What the trace says."""
        due = self._recording.next
        return Parameters(due.algorithms if isinstance(due, Negotiated) else ())

    def near_wrap(self, station: Station, messages_left: int) -> None:
        """Done."""

    def revoke(self, credentials: Credentials) -> bytes:
        """A notice."""
        return b"notice"

    def _run_of(self, kind: type[Answer]) -> list[Answer]:
        found: list[Answer] = []
        for record in self._recording.recorded[len(self._recording) :]:
            if not isinstance(record, kind):
                break
            found.append(record)
        return found


Cause = tuple[str, int | None] | None
"""What one happening on the air is: the arrival of a frame, or a station's timer."""


def _cause(record: Entry, before: Cause) -> Cause:
    """Of which happening a record is, if that of the record ``before`` it is given."""
    match record:
        case Delivered(emission=emission) | Dropped(emission=emission):
            return ("frame", emission)
        case Emitted(by="wake", station=station) | Reported(by="wake", station=station):
            return ("wake", station)
        case _:
            return before


class PlayedAir(Air):
    """An air on which happens what happened: the attacker's moves are made, and their effects read."""

    def __init__(self, recording: Recording, clock: VirtualClock) -> None:
        super().__init__(recording, clock)
        self._recording = recording
        self._virtual = clock
        self._made: list[Move] = []

    def drive(self, number: int, by: str, call: Callable[[Station, float], Output]) -> Output:
        """Take in what the station answered."""
        while isinstance(due := self._recording.next, Reported | Emitted):
            if (due.station, due.by, due.at) != (number, by, self._virtual.now):
                break
            self._take(due)
        return Output()

    def run(self, until: Callable[[], bool] | None, limit: float) -> bool:
        """Let happen what happened until ``until()`` came true or ``limit`` seconds had passed."""
        if until is not None and until():
            return True
        deadline = self._virtual.now + limit
        cause: Cause = None
        while self._happens(due := self._recording.next) and due.at <= deadline:
            self._virtual.pass_time(due.at)
            self._take(due)
            cause = _cause(due, cause)
            after = self._recording.next
            going_on = self._happens(after) and after.at == due.at and _cause(after, cause) == cause
            if until is not None and not going_on and until():
                return True
        self._virtual.pass_time(deadline)
        return False

    def begin(self, move: Move) -> None:
        """Note the move too."""
        self._made.append(move)
        super().begin(move)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """What is to come stands in the trace."""

    def _happens(self, record: Entry) -> bool:
        """Whether a record is of something that no act of the case brings at once."""
        match record:
            case Delivered() | Dropped() | Emitted():
                return True
            case Reported(by=by):
                return by != STDERR
            case Lifted(number=number):
                return number < len(self._made) and isinstance(self._made[number], Shot)
            case _:
                return False

    def _take(self, record: Entry) -> None:
        self.trace.append(record)
        match record:
            case Emitted():
                self._emitted.append(record)
            case Delivered(move=int(number)):
                self._move(number).touched.append(record)
            case Dropped(move=number, emission=emission, station=station):
                move = self._move(number)
                move.touched.append(record)
                if isinstance(move, Withhold):
                    move.held.append(passage_to(self.emission(emission), station))
            case Lifted(number=number):
                self._move(number).on = False
            case _:
                pass

    def _move(self, number: int) -> Move:
        if number >= len(self._made):
            self._recording.departs(f"move {number} acts, and the case has made none")
        return self._made[number]


class PlayedScenario(Scenario):
    """The stage of a case that is played to a recorded trace, of a virtual clock."""

    def __init__(self, recorded: Trace, case: str, seed: bytes, depth: str) -> None:
        self._recording = Recording(recorded)
        super().__init__(lambda: PlayedTarget(self._recording), case, seed, depth)
        assert isinstance(self.clock, VirtualClock)
        self.trace = self._recording
        self.air = PlayedAir(self._recording, self.clock)
        # The roster and the controls answer what a case asks; the oracles watch when the trace is judged again.
        for handlers in (self.ideal.handlers, self.controls.handlers):
            self.trace.watch(handlers)

    def discovered_address(self, station: Endpoint) -> int:
        """Where the trace says that it was looked for."""
        due = self._recording.next
        return due.owner_address if isinstance(due, Asked) else station.address

    def conclude(self, raised: BaseException | None) -> Conclusion:
        """See whether the trace ends where the case does."""
        with suppress(Departed):
            if raised is None:
                while isinstance(due := self._recording.next, Reported) and due.by == STDERR:
                    self.trace.append(due)
                self.trace.append(Ended(self.now, Verdict.PASS))
            else:
                self._recording.departs(f"the case ends as {type(raised).__name__} ({raised})")
        return Conclusion(verdict=Verdict.PASS, apart=Verdict.PASS)

    @property
    def departed(self) -> str:
        """Where case and trace part, "" if nowhere."""
        return self._recording.departed

    @property
    def unplayable(self) -> str:
        """On what the case rests that stands in no trace, "" if on nothing."""
        return self._recording.unplayable


class Player:
    """A plugin of pytest's that has the cases in ``recorded`` played again, each to its trace.

    ``departed`` and ``unplayable`` say of a case why it is not what was played, or why that cannot be said;
    ``played`` are those that were played.
    """

    def __init__(self, recorded: Callable[[str], Trace], cases: Iterable[str]) -> None:
        self._recorded = recorded
        self._wanted = frozenset(cases)
        self._stage: PlayedScenario | None = None
        self.played: set[str] = set()
        self.departed: dict[str, str] = {}
        self.unplayable: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the cases that are wanted, and have them played on another stage."""
        items[:] = [
            item for item in items if CASE_KEY in item.stash and item.stash[CASE_KEY].id in self._wanted
        ]
        cases = config.pluginmanager.get_plugin("prose_cases")
        assert cases is not None
        cases.stage = self.stage

    def stage(self, case: str, seed: bytes, depth: str) -> Scenario:
        """The stage of a case."""
        self._stage = PlayedScenario(self._recorded(case), case, seed, depth)
        return self._stage

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> object:
        """Keep what became of the case."""
        self._stage = None
        try:
            return (yield)
        finally:
            case = item.stash[CASE_KEY].id
            if self._stage is None:
                self.unplayable[case] = "attacks composed by lot, each on stations of its own"
            else:
                self.played.add(case)
                if self._stage.departed:
                    self.departed[case] = self._stage.departed
                if self._stage.unplayable:
                    self.unplayable[case] = self._stage.unplayable
