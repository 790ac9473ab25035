"""The judge at work in a case: controls before and after an attack, carriers, and waiting long enough.

Violations need no word here: the ideal group and the eavesdropper watch every scenario. What a case
adds is the proof that its attack mattered: a control that does not hold ends it as INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeVar

from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.trace import Controlled, Emitted
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, Sending, UserEquipment
from pytest_prose_go.scenario.outcome import CaseMisuse, Inconclusive
from pytest_prose_go.scenario.scenario import Scenario

Tried = TypeVar("Tried")

LEAST_WAIT = 10.0
"""Seconds that a negative waits at least, on a virtual clock."""

_ARRIVES = 1.0
"""Seconds in which what is on the air arrives, and is answered."""

TRIES = 3
"""How often an honest control is tried: lossy radios and busy devices are no fault."""

REAL_SECONDS = {"quick": 3.0, "standard": 30.0, "exhaustive": 900.0}
"""Seconds that the tries of one case may take together where time is real."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """The frames that carried a sending over one hop, from ``emitter`` to ``receiver``.

    ``proven`` if, withheld, they kept the sending from being reported, and released brought it; else they
    are all that the emitter sent while the sending was on its way, so that it must be among them.
    """

    sending: Sending
    emitter: Endpoint
    receiver: Endpoint
    reporters: tuple[Endpoint, ...]
    emissions: tuple[int, ...]
    proven: bool
    index: int

    @property
    def went_to(self) -> tuple[int, ...]:
        """The stations to which the frames went over this hop, by number."""
        if self.receiver in self.reporters:
            return tuple(reporter.number for reporter in self.reporters)
        return (self.receiver.number,)


class Judge:
    """What a case asks of the judge. Each control raises :class:`Inconclusive` if it does not hold."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._slowest = 0.0
        self._kept_at = -1

    # --- the basic functions, as controls ---------------------------------------------------------

    def admits(self, owner: GroupOwner, *ues: UserEquipment) -> None:
        """Control: each of ``ues`` joins ``owner``, both ends say so. Those that have joined stay."""
        for ue in ues:
            self._admit(owner, ue)

    def _admit(self, owner: GroupOwner, ue: UserEquipment) -> None:
        scenario = self._scenario
        asked = scenario.asked(ue, owner)
        if asked is not None and self._is_in(ue, owner, asked):
            return
        for attempt in range(TRIES):
            if asked is not None:
                ue.leaves(owner)
                patience = scenario.statement.patience
                # A device may have locked out who failed: what needs a second try is given the rejoin's time.
                self.passes(patience.rejoin if attempt else patience.delivery)
            asked = ue.asks(owner)
            if self._within(partial(self._is_in, ue, owner, asked), scenario.statement.patience.join):
                break
        self._control(
            "joined",
            (ue.number, owner.number, asked or 0),
            f"{ue.identity} ({ue.standing}) joins {owner.identity}, and both say so",
        )

    def _is_in(self, ue: UserEquipment, owner: GroupOwner, since: int) -> bool:
        return self._scenario.controls.joined(ue.number, owner.number, since)

    def delivers(
        self,
        sender: Endpoint,
        to: Endpoint | None = None,
        among: Iterable[Endpoint] = (),
        group: str | None = None,
        length: int | None = None,
        data: bytes | None = None,
    ) -> Sending:
        """Control: what ``sender`` sends to ``to`` (or, without it, to the group) is reported by ``to`` (or
        by each of ``among``). Returns the sending that was. A loss may happen: tried anew."""
        receivers = (to,) if to is not None else tuple(among)
        if not receivers:
            raise CaseMisuse("a groupcast control names the receivers that must report it")
        for _ in range(TRIES):
            sending = sender.sends(to, data, group, length)
            if self._within(
                partial(self._reported, sending, receivers),
                self._scenario.statement.patience.delivery,
            ):
                break
        for receiver in receivers:
            self._control(
                "received",
                (sending.number, receiver.number),
                f"{receiver.identity} receives a {'unicast' if to else 'groupcast'} of {sender.identity}",
            )
        return sending

    def admits_anew(self, owner: GroupOwner, *ues: UserEquipment) -> None:
        """Control after an attack: each of ``ues`` leaves, if it is in, and joins again."""
        scenario = self._scenario
        inside = [ue for ue in ues if scenario.asked(ue, owner) is not None]
        for ue in inside:
            ue.leaves(owner)
        if inside:
            self.passes(scenario.statement.patience.delivery)
        self.admits(owner, *ues)

    def delivers_in(self, group: GroupOwner, *receivers: UserEquipment) -> None:
        """Control: what the owner of ``group`` sends to it is reported by each of ``receivers``."""
        self.delivers(group, among=receivers)

    def recovers(self, owner: GroupOwner, sender: Endpoint, receiver: Endpoint, *more: Endpoint) -> bool:
        """Control: after a disturbance, honest traffic flows again from ``sender`` to ``receiver`` (a groupcast
        to all receivers if there are ``more``), by the target's own timers or by leaving and joining anew.
        Returns whether it took the latter."""
        receivers = (receiver, *more)
        to = None if more else receiver
        marker = sender.sends(to)
        patience = self._scenario.statement.patience
        if self._within(partial(self._reported, marker, receivers), patience.delivery):
            return False
        members = [ue for ue in (sender, *receivers) if isinstance(ue, UserEquipment)]
        for ue in members:
            if self._scenario.asked(ue, owner) is not None:
                ue.leaves(owner)
        self.passes(patience.delivery)
        self.admits(owner, *members)
        self.delivers(sender, to, among=receivers)
        return True

    def fit(self, rogue: Endpoint) -> None:
        """Control of a rogue: it completes a join, at both ends, with its admirer: a station of the other
        role that holds its victim's kind of credentials and trusts both authorities."""
        admirer = rogue.admirer
        match rogue, admirer:
            case UserEquipment(), GroupOwner():
                self.admits(admirer, rogue)
                rogue.leaves(admirer)
            case GroupOwner(), UserEquipment():
                self.admits(rogue, admirer)
                admirer.leaves(rogue)
            case _:
                raise CaseMisuse(f"{rogue} has no admirer of the other role")
        assert admirer is not None
        self.passes(self._scenario.statement.patience.delivery)
        admirer.falls_silent()

    def seeks_secrets(self) -> None:
        """Raise :class:`Inconclusive` unless the target told of secret parts of credentials that can be sought."""
        scenario = self._scenario
        if not scenario.eavesdropper.secrets_sought:
            scenario.not_tried.append("secret parts of credentials")
            raise Inconclusive(
                "not tried: the target's credentials name no secret_parts of 12 bytes or more to look for"
            )

    # --- time ------------------------------------------------------------------------------------

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self._scenario.air.run(None, seconds)

    def pauses(self, seconds: float) -> None:
        """Let ``seconds`` pass in which nothing has to happen: where time is real, no more than a join is given."""
        statement = self._scenario.statement
        self.passes(seconds if statement.clock == "virtual" else min(seconds, statement.patience.join))

    def waits(self) -> None:
        """Wait as long as a negative must: max(10 s, patience, three times the slowest honest control)."""
        scenario = self._scenario
        patience = scenario.statement.patience
        least = LEAST_WAIT if scenario.statement.clock == "virtual" else 0.0
        seconds = max(least, patience.join, patience.delivery, 3 * self._slowest)
        since = len(scenario.trace) - 1
        self.passes(seconds)
        self._control("waited", (since, int(seconds * 1000)), f"{seconds:g} s have passed")

    def affordable(self, tried: Sequence[Tried], seconds: float) -> list[Tried]:
        """What there is time to try, at so many seconds each: all on a virtual clock, and on a real one a sample,
        by lot one of each stretch, of which the report tells."""
        scenario = self._scenario
        if scenario.statement.clock == "virtual":
            return list(tried)
        most = max(int(REAL_SECONDS[scenario.depth] / seconds), 1)
        if most >= len(tried):
            return list(tried)
        self.note(f"on a real clock {most} of {len(tried)} tries, chosen by lot")
        ends = [len(tried) * part // most for part in range(most + 1)]
        return [tried[scenario.draw.random.randrange(*stretch)] for stretch in pairwise(ends)]

    def settles(self) -> None:
        """Let pass what makes a reported sending settled."""
        self.passes(self._scenario.statement.patience.delivery * 1.01 + 0.1)

    def outlasts_patience(self) -> None:
        """Let pass so much that an end of contact (a leaving, a silence, a removal) is older than any
        frame that was on its way, and a grace is over."""
        patience = self._scenario.statement.patience
        grace = self._scenario.statement.rekey_grace
        self.passes(max(patience.join, patience.delivery, grace) * 1.01 + 0.1)

    def _within(self, condition: Callable[[], bool], patience: float) -> bool:
        scenario = self._scenario
        started = scenario.now
        came = scenario.air.run(condition, patience)
        if came:
            self._slowest = max(self._slowest, scenario.now - started)
        return came

    def passes_a_join(self) -> None:
        """Let pass the time in which a join must succeed."""
        self.passes(self._scenario.statement.patience.join)

    def silences_for_long(self, station: Endpoint) -> None:
        """Silence a station when what it just said has arrived, until nothing that it emitted can still be on
        its way."""
        self.passes(_ARRIVES)
        station.falls_silent()
        self.outlasts_patience()

    def brings_back(self, station: Endpoint) -> None:
        """End the silence, and let what was held up in it pass."""
        station.speaks_again()
        self.passes(self._scenario.statement.patience.delivery)

    # --- carriers --------------------------------------------------------------------------------

    def carrier(
        self,
        sender: Endpoint,
        to: UserEquipment | None,
        owner: GroupOwner,
        on: str,
        among: Sequence[Endpoint] = (),
        length: int | None = None,
    ) -> Carrier:
        """Find the frames that carry a sending, of ``length`` bytes or of a usual length, over one hop: ``on`` is
        ``uplink`` (``sender`` to the GO) or ``downlink`` (the GO to ``to``, or to each of ``among``).

        They are withheld with their emitter then silenced: the sending must not be reported; released,
        it must. Where the target's protocol does not let frames wait (a challenge for each message, a
        limit on their age), all that the emitter sent while the sending was on its way are taken. Then
        the sending settles, in a session that still lives.
        """
        reporters = (to,) if to is not None else tuple(among)
        receiver = owner if on == "uplink" else reporters[0]
        emitter = sender if on == "uplink" else owner
        member = sender if isinstance(sender, UserEquipment) else reporters[0]
        pair = member if on == "uplink" else receiver
        carrier = self._withheld_carrier(sender, to, emitter, receiver, reporters, length)
        if carrier is None or not self._still_live(pair, owner, carrier.index):
            first, *more = reporters
            self.recovers(owner, sender, first, *more)
            carrier = self._whole_carrier(sender, to, emitter, receiver, reporters, length)
        self.settles()
        return carrier

    def _withheld_carrier(
        self,
        sender: Endpoint,
        to: Endpoint | None,
        emitter: Endpoint,
        receiver: Endpoint,
        reporters: tuple[Endpoint, ...],
        length: int | None,
    ) -> Carrier | None:
        scenario = self._scenario
        patience = scenario.statement.patience.delivery
        withheld = scenario.air.withhold(emitter=emitter.number)
        sending = sender.sends(to, length=length)
        scenario.air.run(None, patience)
        emitter.falls_silent()
        kept = not any(scenario.controls.received(sending.number, r.number) for r in reporters)
        if kept:
            for reporter in reporters:
                self._control(
                    "kept", (sending.number, reporter.number), "withheld, the sending is not reported"
                )
        withheld.lift()
        emissions = tuple(
            dict.fromkeys(passage.emission for passage in withheld.held if passage.emission is not None)
        )
        withheld.release()
        released = len(scenario.trace) - 1
        came = kept and self._within(lambda: self._reported(sending, reporters), patience)
        emitter.speaks_again()
        if not came:
            return None
        for reporter in reporters:
            self._control("received", (sending.number, reporter.number), "released, the sending is reported")
        return Carrier(sending, emitter, receiver, reporters, emissions, True, released)

    def _whole_carrier(
        self,
        sender: Endpoint,
        to: Endpoint | None,
        emitter: Endpoint,
        receiver: Endpoint,
        reporters: tuple[Endpoint, ...],
        length: int | None,
    ) -> Carrier:
        scenario = self._scenario
        sending = self.delivers(sender, to, among=reporters, length=length)
        emissions = tuple(
            record.number
            for record in scenario.trace.records[sending.index :]
            if isinstance(record, Emitted) and record.station == emitter.number
        )
        return Carrier(sending, emitter, receiver, reporters, emissions, False, len(scenario.trace) - 1)

    def _still_live(self, ue: Endpoint, owner: GroupOwner, since: int) -> bool:
        return not self._scenario.controls.session_changed(ue.number, owner.number, since)

    def lives(self, ue: UserEquipment, owner: GroupOwner, carrier: Carrier) -> None:
        """Control: the session in which ``carrier`` was sent still lives at both ends."""
        self._control(
            "live",
            (ue.number, owner.number, carrier.index),
            f"the session of {ue.identity} and {owner.identity} still lives",
        )

    # --- attacks ---------------------------------------------------------------------------------

    def acted(self, *moves: Move, waiting: bool = False) -> None:
        """Control: each move acted on a frame (``waiting``: given as long as a negative must wait)."""
        if waiting:
            self.waits()
        for move in moves:
            self._control("acted", (move.number,), f"the attacker's move acted: {move.text}")

    def acted_unless_silent(self, move: Move, ue: UserEquipment, since: int) -> None:
        """Control: the move acted on a frame, unless ``ue`` gave none to the air after record ``since``: one that
        waits for its GO to speak first has nothing that could be turned against it."""
        if self.has_spoken(ue, since):
            self.acted(move)
        else:
            self.note(f"{ue.identity} said nothing while its GO was not heard")

    def heard(self, station: Endpoint, since: int) -> None:
        """Control: ``station`` was given frames after record ``since``."""
        self._control("heard", (station.number, since), f"{station.identity} was given frames")

    def tries_disturbed(
        self,
        sender: Endpoint,
        to: Endpoint | None,
        reporter: Endpoint,
        move: Move,
        length: int | None = None,
    ) -> str:
        """One trial of a sweep: a message sent while ``move`` acts, given the delivery's patience. The move
        is lifted at the end. Returns what it did: ``missed``, ``unaltered`` or ``kept``."""
        scenario = self._scenario
        sending = sender.sends(to, length=length)
        came = scenario.air.run(
            lambda: scenario.controls.received(sending.number, reporter.number),
            scenario.statement.patience.delivery,
        )
        move.lift()
        if not move.touched:
            return "missed"
        if came:
            return "unaltered"
        self._kept_at = self._control(
            "kept", (sending.number, reporter.number), f"not reported while: {move.text}"
        )
        return "kept"

    def had_effect(self, counts: Mapping[str, int]) -> None:
        """Control of a sweep: at least one change kept its sending from being reported while it acted.
        ``counts`` are of what :meth:`tries_disturbed` returned."""
        scenario = self._scenario
        scenario.note(
            f"tried {sum(counts.values())} changes: "
            + ", ".join(f"{effect} {count}" for effect, count in sorted(counts.items()))
        )
        self._control(
            "earlier",
            (self._kept_at,),
            "a change of a frame kept its sending from being reported while it acted",
        )

    # --- reading the trace -----------------------------------------------------------------------

    @property
    def mark(self) -> int:
        """The latest record: for ``since``."""
        return len(self._scenario.trace) - 1

    def frames_of(self, station: Endpoint, since: int = -1, upto: int | None = None) -> tuple[int, ...]:
        """The numbers of all frames that ``station`` has emitted after record ``since`` (up to ``upto``)."""
        return tuple(
            record.number
            for record in self._scenario.trace.records[since + 1 : None if upto is None else upto + 1]
            if isinstance(record, Emitted) and record.station == station.number
        )

    def has_spoken(self, station: Endpoint, since: int) -> bool:
        """Whether ``station`` gave frames to the air after record ``since``."""
        return self._scenario.controls.holds("spoke", (station.number, since), self._scenario.now)

    def spoke(self, station: Endpoint, since: int) -> None:
        """Control: ``station`` gave frames to the air after record ``since``: it did try."""
        self._control("spoke", (station.number, since), f"{station.identity} gave frames to the air")

    def attempts(self, ue: UserEquipment, owner: GroupOwner, claim: str | None = None) -> None:
        """A UE that must not be admitted asks, and has the time of a negative; it did try (a control)."""
        since = self.mark
        ue.asks(owner, claim=claim)
        self.waits()
        self.spoke(ue, since)

    def meets(self, ue: UserEquipment, owner: GroupOwner, impostor: GroupOwner) -> None:
        """``ue`` is sent by discovery to ``impostor``, which poses as ``owner``, and has the time of a negative.
        It did ask or, where the owner speaks first, was given the impostor's frames (a control). Afterwards it
        leaves, and the impostor is silent."""
        impostor.owns()
        since = self.mark
        ue.asks(owner, address=impostor.address)
        self.waits()
        if self.has_spoken(ue, since):
            self.spoke(ue, since)
        else:
            self.heard(ue, since)
        if not self.has_spoken(impostor, since):
            self.note(f"the station that poses as {owner.identity} did not answer")
        ue.leaves()
        impostor.falls_silent()
        self.outlasts_patience()

    def stays_apart(self, ue: UserEquipment, owner: GroupOwner, since: int, why: str) -> None:
        """Control of a sweep over joins: the two did not both report a session after record ``since``."""
        self._kept_at = self._control("apart", (ue.number, owner.number, since), f"no session while: {why}")

    # --- how -------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """A line for the report."""
        self._scenario.note(text)

    def _reported(self, sending: Sending, receivers: Iterable[Endpoint]) -> bool:
        received = self._scenario.controls.received
        return all(received(sending.number, receiver.number) for receiver in receivers)

    def control(self, kind: str, operands: tuple[int, ...], text: str) -> int:
        """Any question of :class:`Controls` as a control, said in words by ``text``."""
        return self._control(kind, operands, text)

    def _control(self, kind: str, operands: tuple[int, ...], text: str) -> int:
        """Put the question to the trace so far and book the answer. Returns the record's index."""
        scenario = self._scenario
        held = scenario.controls.holds(kind, operands, scenario.now)
        index = scenario.book(Controlled(scenario.now, kind, operands, held, text))
        if not held:
            raise Inconclusive(f"control failed: {text}")
        return index
