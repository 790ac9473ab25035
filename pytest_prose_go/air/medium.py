"""The air: a deterministic medium between stations, with time, timers and an attacker's moves.

What happens, happens at a time, and what happens at one time in the order in which it was set going:
so two runs of the same stations and moves give the same trace. A *happening* is a frame arriving at all
its receivers, a timer of a station, or a frame of the attacker's. A frame arrives a latency after it was
emitted, at every station but its emitter that is not silenced and that listens to its destination at
that moment. What a call returns is booked at once: first its events, then its frames, each in order.

Each station is asked for each frame what it listens to, so that a frame costs the more the more stations there
are. In a crowd, of more than :data:`CROWD` stations, a station is asked after each of its calls, and again for the
frames to the addresses that it then told.

The books say of each delivery what the attacker did: ``move`` is the last move that acted on the frame,
None if none did. ``how`` is ``injected`` for a frame of the attacker's making; ``replayed`` if he sent it
again, or once more to that station; else ``altered`` if the payload is another; else ``redirected`` if an
address or the receiver is; else ``passed``.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from typing import Self

from pytest_prose_go.air.attacker import Attacker, Emission
from pytest_prose_go.air.clock import Clock, VirtualClock
from pytest_prose_go.air.moves import Move, Shot, Skew, Tap, passage_to
from pytest_prose_go.air.passage import NOBODY, Passage
from pytest_prose_go.air.trace import (
    Delivered,
    Dropped,
    Emitted,
    Lifted,
    Moved,
    Reported,
    Silenced,
    Trace,
)
from pytest_prose_go.contract import Frame, Output, Station

LATENCY = 0.001
"""Seconds that a frame takes to arrive."""

SLICE = 0.01
"""Seconds for which one station is waited for at a time, on a real clock."""

CROWD = 64
"""Stations on the air from which on those are asked what they listen to that are likely to listen."""

MOST_HAPPENINGS = 500_000
"""Happenings in one :meth:`Air.run` beyond which it is a storm."""

MOST_AT_ONCE = 10_000
"""Happenings without time moving beyond which it is a storm."""


class Storm(Exception):
    """Stations keep the air busy without end. ``station`` is the busiest, by its calls and frames."""

    def __init__(self, station: int, call: str, got: str, remedy: str) -> None:
        super().__init__(f"station {station} in {call}: {got}; {remedy}")
        self.station = station
        self.call = call
        self.got = got
        self.remedy = remedy


def _wake(station: Station, now: float) -> Output:
    return station.wake(now)


class Silence:
    """A station's silence. As a context manager it ends with the block."""

    def __init__(self, air: Air, number: int) -> None:
        self._air = air
        self._number = number

    def lift(self) -> None:
        """Let the station hear and be heard again."""
        self._air.silence(self._number, on=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lift()


class _Place:
    """A station's place on the air."""

    __slots__ = (
        "due", "last", "number", "rank", "sequence", "silenced", "skew", "station", "tuned", "waits", "wake_at",
    )  # fmt: skip

    def __init__(self, number: int, station: Station, rank: int) -> None:
        self.number = number
        self.rank = rank
        """Its place in the order in which stations came."""
        self.station = station
        self.silenced = False
        self.skew = 0.0
        self.last = -math.inf
        """What the station was last told is the time."""
        self.wake_at: float | None = None
        """In the station's time."""
        self.due = math.inf
        """``wake_at`` in the air's time, infinite for none; ``sequence`` breaks ties."""
        self.sequence = 0
        self.waits = True
        """Whether it can be waited for, on a real clock."""
        self.tuned: frozenset[int] | None = frozenset()
        """What it listened to when it was last asked, in a crowd."""


class Air(Attacker):
    """The medium of one case. Writes what happens to ``trace``; ``clock`` is virtual or real.

    Numbers are those of the stations in the trace.
    """

    def __init__(self, trace: Trace, clock: Clock, latency: float = LATENCY) -> None:
        self.trace = trace
        self.clock = clock
        self.latency = latency
        self.most_happenings = MOST_HAPPENINGS
        self.most_at_once = MOST_AT_ONCE
        self._places: dict[int, _Place] = {}
        self._in_order: list[_Place] = []
        self._emitted: list[Emitted] = []
        self._deliveries = 0
        self._given: set[tuple[int, int]] = set()
        self._looked_at = 0
        self._sequence = 0
        # Frames all take the same time, so what was emitted first arrives first.
        self._in_flight: deque[tuple[float, int, Emitted, Frame]] = deque()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._timers: list[tuple[float, int, _Place]] = []
        """Of each (due, sequence, place); those that were set anew since count no more."""
        self._activity: dict[int, int] = {}
        """Timers and frames of each station, counted towards a storm."""
        self._radios: dict[int | None, dict[int, _Place]] | None = None
        """In a crowd: by address, and None for all, the stations that listen to it."""
        self._moves: list[Move] = []
        self._taps: list[Tap] = []
        self._moves_made = 0
        self._turn = 0
        self._quick_turns = 0

    @property
    def now(self) -> float:
        """The time, in POSIX seconds."""
        return self.clock.now

    # --- stations ---------------------------------------------------------------------------------

    def attach(self, number: int, station: Station) -> None:
        """Put a station on the air.

        :raises ValueError: if there is one of that number.
        """
        if number in self._places:
            raise ValueError(f"station {number} is on the air already")
        self._places[number] = place = _Place(number, station, self._next_sequence())
        self._in_order.append(place)
        if self._radios is not None:
            self._tune(place)
        elif len(self._in_order) > CROWD:
            self._radios = {}
            for each in self._in_order:
                self._tune(each)

    def detach(self, number: int) -> None:
        """Take a station off the air, with its timer; nothing is booked. What it emitted still arrives."""
        place = self._place(number)
        del self._places[number]
        self._in_order.remove(place)
        place.due = math.inf
        if self._radios is not None:
            self._untune(place)

    def drive(self, number: int, by: str, call: Callable[[Station, float], Output]) -> Output:
        """Call ``call`` with station ``number`` and its time, and book what it returns as of ``by``.

        If it raises an exception with an output ``partial``, its events are booked before it goes on.

        :raises LookupError: if no such station is on the air.
        """
        return self._call(self._place(number), by, call)

    def silence(self, number: int, on: bool = True) -> Silence:
        """Let a station neither hear nor be heard (or again do so); its time and timers go on.

        What it emits meanwhile is booked, but reaches nobody, nor the attacker.
        """
        place = self._place(number)
        if place.silenced is not on:
            place.silenced = on
            self.trace.append(Silenced(self.clock.now, number, on))
        return Silence(self, number)

    # --- time passing -----------------------------------------------------------------------------

    def run(self, until: Callable[[], bool] | None, limit: float) -> bool:
        """Let things happen until ``until()`` is true, asked at the start and after each happening, or
        until ``limit`` seconds have passed. Returns whether it came true.

        :raises Storm: if too much happens.
        """
        if not 0 <= limit < math.inf:
            raise ValueError(f"a limit is a number of seconds, not {limit}")
        if until is not None and until():
            return True
        clock = self.clock
        virtual = isinstance(clock, VirtualClock)
        deadline = clock.now + limit
        in_flight = self._in_flight
        later = self._later
        happenings = at_once = 0
        moment = -math.inf
        timers = self._timers
        self._activity.clear()
        while True:
            # The next happening: the earliest, and of those at one time the one set going first.
            if in_flight:
                due, sequence, _, _ = in_flight[0]
                what = 1
            else:
                due, sequence, what = math.inf, 0, 0
            if later and (later[0][0] < due or (later[0][0] == due and later[0][1] < sequence)):
                due, sequence, what = later[0][0], later[0][1], 2
            while timers and (timers[0][1] != timers[0][2].sequence or timers[0][0] != timers[0][2].due):
                heapq.heappop(timers)
            if timers and (timers[0][0] < due or (timers[0][0] == due and timers[0][1] < sequence)):
                due, what = timers[0][0], 3

            now = clock.now
            if due > now:
                if virtual:
                    if due > deadline:
                        clock.pass_time(deadline)
                        return False
                    clock.pass_time(due)
                    now = due
                else:
                    if now >= deadline:
                        return False
                    if self._wait(min(due, deadline)) and until is not None and until():
                        return True
                    continue

            happenings += 1
            if now != moment:
                moment = now
                at_once = 0
            at_once += 1
            if happenings > self.most_happenings or at_once > self.most_at_once:
                raise self._storm(happenings, at_once)
            if at_once == self.most_at_once // 2:
                self._activity.clear()

            if what == 1:
                _, _, emitted, frame = in_flight.popleft()
                self._arrive(emitted, frame)
            elif what == 2:
                heapq.heappop(later)[2]()
            else:
                self._wake(timers[0][2])
            if until is not None and until():
                return True

    def _arrive(self, emitted: Emitted, frame: Frame) -> None:
        if self._moves:
            self._meet(emitted, [passage_to(emitted, n) for n in self._receivers(emitted)], -1)
            return
        emitter = emitted.station
        emission = emitted.number
        destination = emitted.destination
        for place in self._in_order if self._radios is None else self._likely(destination):
            if place.number == emitter or place.silenced:
                continue
            listens = place.station.listens
            if listens is None or destination in listens:
                number = self._deliveries
                self._deliveries = number + 1
                self.trace.append(Delivered(self.clock.now, number, place.number, emission))
                self._receive(place, frame, number)

    def _receive(self, place: _Place, frame: Frame, delivery: int) -> None:
        now = self._time_of(place)
        try:
            output = place.station.receive(frame, now)
        except Exception as error:
            self._book_partial(place, error, "receive", delivery)
            raise
        self._book(place, output, "receive", delivery)

    def _wake(self, place: _Place) -> None:
        wake_at = place.wake_at
        place.wake_at = None
        place.due = math.inf
        self._activity[place.number] = self._activity.get(place.number, 0) + 1
        if wake_at is not None:
            # The sum of skew and time may come out a last bit short of what the station asked for.
            place.last = max(place.last, wake_at)
        self._call(place, "wake", _wake)

    def _wait(self, until: float) -> bool:
        """Let real time pass until ``until`` at most. Returns whether something came up."""
        waiting = [place for place in self._in_order if place.waits]
        before = self.clock.now
        if not waiting:
            self.clock.pass_time(until)
            return False
        self._turn = (self._turn + 1) % len(waiting)
        place = waiting[self._turn]
        slice_end = min(until, before + SLICE) + place.skew
        try:
            output = self._call(place, "wait", lambda station, now: station.wait(max(slice_end, now)))
        except Exception as error:
            if not getattr(error, "unsupported", False):
                raise
            place.waits = False
            return False
        if output.frames or output.events:
            self._quick_turns = 0
            return True
        self._quick_turns = self._quick_turns + 1 if self.clock.now - before < SLICE / 10 else 0
        if self._quick_turns >= len(waiting):
            # Nobody had anything, and nobody took time over it: do not spin.
            self._quick_turns = 0
            self.clock.pass_time(min(until, self.clock.now + SLICE))
        return False

    def _storm(self, happenings: int, at_once: int) -> Storm:
        busiest = max(self._in_order, key=lambda place: self._activity.get(place.number, 0))
        if at_once > self.most_at_once:
            return Storm(
                busiest.number,
                "wake",
                f"{at_once} happenings without time moving",
                "ask with wake_at for a time that is still to come, or for none",
            )
        return Storm(
            busiest.number,
            "receive or wake",
            f"{happenings} happenings in one run",
            "answer a frame with fewer frames, and wake less often",
        )

    # --- calls and their outputs ------------------------------------------------------------------

    def _place(self, number: int) -> _Place:
        place = self._places.get(number)
        if place is None:
            raise LookupError(f"no station {number} is on the air")
        return place

    def _time_of(self, place: _Place) -> float:
        now = self.clock.now + place.skew
        if now > place.last:
            place.last = now
        return place.last

    def _call(self, place: _Place, by: str, call: Callable[[Station, float], Output]) -> Output:
        now = self._time_of(place)
        try:
            output = call(place.station, now)
        except Exception as error:
            self._book_partial(place, error, by, None)
            raise
        self._book(place, output, by, None)
        return output

    def _book_partial(self, place: _Place, error: Exception, by: str, delivery: int | None) -> None:
        partial = getattr(error, "partial", None)
        if isinstance(partial, Output):
            for event in partial.events:
                self.trace.append(Reported(self.clock.now, place.number, event, by, delivery))

    def _book(self, place: _Place, output: Output, by: str, delivery: int | None) -> None:
        at = self.clock.now
        trace = self.trace
        station = place.number
        for event in output.events:
            trace.append(Reported(at, station, event, by, delivery))
        if output.frames:
            self._activity[station] = self._activity.get(station, 0) + len(output.frames)
        for frame in output.frames:
            emitted = Emitted(
                at, station, len(self._emitted), frame.source, frame.destination, frame.payload, by
            )
            self._emitted.append(emitted)
            trace.append(emitted)
            if not place.silenced:
                self._sequence = sequence = self._sequence + 1
                self._in_flight.append((at + self.latency, sequence, emitted, frame))
                for tap in self._taps:
                    tap.overhear(emitted)
        wake_at = output.wake_at
        if wake_at != place.wake_at:
            place.wake_at = wake_at
            self._set_timer(place)
        if self._radios is not None:
            self._tune(place)

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _set_timer(self, place: _Place) -> None:
        """Set when, in the air's time, ``place`` is to be woken."""
        if place.wake_at is None:
            place.due = math.inf
        else:
            now = self.clock.now
            place.due = now if place.wake_at <= place.last else max(now, place.wake_at - place.skew)
            place.sequence = self._next_sequence()
            heapq.heappush(self._timers, (place.due, place.sequence, place))

    # --- in a crowd -------------------------------------------------------------------------------

    def _tune(self, place: _Place) -> None:
        """Note what a station listens to now."""
        listens = place.station.listens
        if listens is place.tuned and listens is not None:
            return
        self._untune(place)
        place.tuned = listens
        assert self._radios is not None
        for address in (None,) if listens is None else listens:
            self._radios.setdefault(address, {})[place.rank] = place

    def _untune(self, place: _Place) -> None:
        assert self._radios is not None
        for address in (None,) if place.tuned is None else place.tuned:
            self._radios.get(address, {}).pop(place.rank, None)
        place.tuned = frozenset()

    def _likely(self, destination: int) -> list[_Place]:
        """The stations that listened to ``destination`` or to all when they were last asked, in order."""
        assert self._radios is not None
        to_it, to_all = self._radios.get(destination, {}), self._radios.get(None, {})
        if len(to_it) < 2 and not to_all:
            return list(to_it.values())
        return [place for _, place in sorted({**to_it, **to_all}.items())]

    # --- the attacker -----------------------------------------------------------------------------

    def hears(self, number: int, destination: int) -> bool:
        """Whether the station is there, not silenced, and its radio passes ``destination`` up."""
        place = self._places.get(number)
        if place is None or place.silenced:
            return False
        listens = place.station.listens
        return listens is None or destination in listens

    def hearers(self, destination: int, but: int | None = None) -> list[int]:
        """The stations that hear ``destination``, in the order in which they were attached; ``but`` one, the
        emitter, which is not asked."""
        return [
            place.number
            for place in (self._in_order if self._radios is None else self._likely(destination))
            if not place.silenced
            and place.number != but
            and ((listens := place.station.listens) is None or destination in listens)
        ]

    def emission(self, emission: Emission) -> Emitted:
        """The record of an emission, given by its number or by itself.

        :raises LookupError: if there is none of that number.
        """
        if isinstance(emission, Emitted):
            return emission
        if not 0 <= emission < len(self._emitted):
            raise LookupError(f"no frame {emission} was emitted")
        return self._emitted[emission]

    def next_move(self) -> int:
        self._moves_made += 1
        return self._moves_made - 1

    def begin(self, move: Move) -> None:
        self.trace.append(Moved(self.clock.now, move.number, move.kind, move.text))
        if isinstance(move, Tap):
            self._taps.append(move)
        elif not isinstance(move, Shot | Skew):
            self._moves.append(move)

    def end(self, move: Move) -> None:
        for moves in (self._taps, self._moves):
            if move in moves:
                moves.remove(move)  # type: ignore[arg-type]
        self.trace.append(Lifted(self.clock.now, move.number))

    def shift_clock(self, number: int, seconds: float) -> float:
        place = self._place(number)
        before, place.skew = place.skew, seconds
        self._set_timer(place)
        return before

    def keep(self, passage: Passage, move: Move) -> None:
        if passage.emission is not None and passage.receiver != NOBODY:
            record = Dropped(self.clock.now, passage.receiver, passage.emission, move.number)
            move.touched.append(record)
            self.trace.append(record)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self.clock.now + seconds, self._next_sequence(), call))

    def hand(self, passage: Passage) -> None:
        if self.hears(passage.receiver, passage.destination):
            self._give(passage)

    def resume(self, passage: Passage, after: Move) -> None:
        if passage.emission is not None:
            self._meet(self._emitted[passage.emission], [passage], after.number)

    def _receivers(self, emitted: Emitted) -> list[int]:
        return self.hearers(emitted.destination, but=emitted.station)

    def _meet(self, emitted: Emitted, passages: list[Passage], after: int) -> None:
        """Let passages of ``emitted`` meet the moves made after move ``after``, and arrive."""
        for move in tuple(self._moves):
            if move.number > after and move.on:
                passages = move.meet(emitted, passages)
        for passage in passages:
            if self.hears(passage.receiver, passage.destination):
                self._give(passage)
            elif passage.by and self.hears(passage.receiver, emitted.destination):
                self.keep(passage, passage.by[-1])

    def _give(self, passage: Passage) -> None:
        """Book ``passage`` as delivered, and give it to its receiver."""
        payload: bytes | None = passage.payload
        source: int | None = passage.source
        destination: int | None = passage.destination
        how = passage.brought
        if passage.emission is not None:
            emitted = self._emitted[passage.emission]
            payload = None if payload == emitted.payload else payload
            source = None if source == emitted.source else source
            destination = None if destination == emitted.destination else destination
            if passage.by and self._was_given(passage.emission, passage.receiver):
                how = "replayed"
            elif how != "replayed" and payload is not None:
                how = "altered"
            elif how == "passed" and (source is not None or destination is not None):
                how = "redirected"
        number = self._deliveries
        self._deliveries = number + 1
        record = Delivered(
            self.clock.now,
            number,
            passage.receiver,
            passage.emission,
            how,
            passage.by[-1].number if passage.by else None,
            payload,
            source,
            destination,
        )
        for move in passage.by:
            move.touched.append(record)
        self.trace.append(record)
        frame = Frame(passage.source, passage.destination, passage.payload)
        self._receive(self._place(passage.receiver), frame, number)

    def _was_given(self, emission: int, receiver: int) -> bool:
        """Whether the station was given the emission before, in whatever form."""
        records = self.trace.records
        for index in range(self._looked_at, len(records)):
            record = records[index]
            if type(record) is Delivered and record.emission is not None:
                self._given.add((record.emission, record.station))
        self._looked_at = len(records)
        return (emission, receiver) in self._given
