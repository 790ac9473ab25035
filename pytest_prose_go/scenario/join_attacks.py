"""Attacks on joins: frames altered, spliced, left out, given back, or said in another's place.

Each ends with a control that honest traffic flows, or leaves that to the case; violations are booked by the
oracles that watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from pytest_prose_go.air.frame_changes import Change
from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.air.trace import Emitted
from pytest_prose_go.scenario import sweep
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, UserEquipment
from pytest_prose_go.scenario.listening import Listening

Way = tuple[int, int]
MakeJoinMove = Callable[[Change, Way], Move]
Begin = Callable[[], Move]

PAUSES = (0.0, 0.002, 0.01, 0.05, 0.2, 1.0, 2.0)
"""Seconds between the messages of one who speaks throughout a join."""

_STEPS = 8
"""Up to which frame of a join one is left out."""

_A_TRY = 4.0
"""Seconds that a stranger's attempt is given before the next."""

_LONG = 86_400.0
"""Seconds that no case takes."""

_SPARED = 3
"""How many frames of a join, at most, are left as they are before one whose proof is blanked."""

_FRAMES_MOST = 1000
"""More frames than one side of a join has."""

_CROSSED = {"quick": 2, "standard": 4, "exhaustive": 8}
"""How many frames of each side of a join are crossed with those of others."""

_CROSSINGS = {"quick": 1, "standard": 1}
"""At how many places of a frame, by lot, two are crossed (exhaustive: at a sample of all)."""


class JoinAttacks(Listening):
    """What the attacker does while somebody asks to join."""

    # --- alteration --------------------------------------------------------------------------------

    def changes(self, piece: int = 0, pieces: int = 1) -> list[Change]:
        """The changes to try, by depth and lot: the ``piece``-th of so many parts of them."""
        return sweep.changes(self._scenario.depth, self._longest, self._scenario.draw.random)[piece::pieces]

    def sweeps_join(
        self,
        owner: GroupOwner,
        ue: UserEquipment,
        partner: UserEquipment,
        make: MakeJoinMove,
        piece: int = 0,
        pieces: int = 1,
    ) -> None:
        """Try each change on every frame of a join, one way and then the other; where both ends still join
        while it acts, or when it is over, they exchange messages with ``partner`` for the oracles."""
        self._judge.admits(owner, ue)
        ways = _ways(ue, owner)
        moves = [partial(make, change, way) for change in self.changes(piece, pieces) for way in ways]
        self._joins_under_each(owner, ue, partner, moves)

    def splices_joins(
        self,
        owner: GroupOwner,
        ue: UserEquipment,
        other: UserEquipment,
        partner: UserEquipment,
        piece: int = 0,
        pieces: int = 1,
    ) -> None:
        """``ue`` joins again and again, each time with one frame of either side crossed with a frame of an
        earlier join of its own or of ``other``'s: the head of the one with the tail of the other, or the
        other way round, this once or in every repetition. Otherwise as :meth:`sweeps_join`."""
        recorded = [self._records_join(owner, each) for each in (ue, other)]
        crossings = [
            (way, place, change)
            for side, way in enumerate(_ways(ue, owner))
            for place in range(len(recorded[0][side]))
            for frames in recorded
            for frame in frames[side]
            for change in self._crossings(frame)
        ]
        # Every other one in each repetition of the frame, too: an honest resend would mend the join.
        moves = [
            partial(
                self._air.alter,
                change,
                direction=way,
                ordinal=range(place, _FRAMES_MOST if number // pieces % 2 else place + 1),
            )
            for number, (way, place, change) in enumerate(crossings)
        ]
        self._joins_under_each(owner, ue, partner, moves[piece::pieces])

    def _records_join(self, owner: GroupOwner, ue: UserEquipment) -> tuple[list[Emitted], list[Emitted]]:
        """The first frames of either side of a join of ``ue``: its own, and the GO's."""
        judge = self._judge
        ue.leaves(owner)
        judge.outlasts_patience()
        since = judge.mark
        judge.admits(owner, ue)
        most = _CROSSED[self._scenario.depth]
        records = self._scenario.trace.records[since + 1 :]
        emitted = [record for record in records if isinstance(record, Emitted)]
        return (
            [record for record in emitted if record.station == ue.number][:most],
            [record for record in emitted if record.station == owner.number][:most],
        )

    def _crossings(self, frame: Emitted) -> list[Change]:
        """Changes that cross whatever they meet with ``frame``."""
        depth = self._scenario.depth
        places = sweep.places(len(frame.payload), "standard")
        if depth != "exhaustive" and places:
            places = self._scenario.draw.random.sample(places, min(_CROSSINGS[depth], len(places)))
        return [
            change
            for place in places
            for change in (
                sweep.headed(frame.payload, place, frame.number),
                sweep.tailed(frame.payload, place, frame.number),
            )
        ]

    def _joins_under_each(
        self, owner: GroupOwner, ue: UserEquipment, partner: UserEquipment, moves: Sequence[Begin]
    ) -> None:
        judge, scenario = self._judge, self._scenario
        patience = scenario.statement.patience
        ue.leaves(owner)
        judge.outlasts_patience()
        counts: Counter[str] = Counter()
        for begin in judge.affordable(moves, patience.join + patience.delivery):
            move = begin()
            asked = ue.asks(owner)
            joined = scenario.air.run(
                partial(scenario.controls.joined, ue.number, owner.number, asked), patience.join
            )
            if joined:
                ue.sends(partner)
                partner.sends(ue)
                judge.pauses(1.0)
            move.lift()
            counts["joined" if joined else "kept" if move.touched else "missed"] += 1
            if move.touched and not joined:
                judge.stays_apart(ue, owner, asked, move.text)
            ue.leaves(owner)
            judge.passes(patience.delivery)
        judge.had_effect(counts)
        judge.admits(owner, ue)
        judge.delivers(ue, partner)

    # --- disguises ---------------------------------------------------------------------------------

    def asks_in_every_disguise(self, stranger: UserEquipment, owner: GroupOwner) -> None:
        """A UE that must not be admitted asks again and again, each time with its frames changed on the way:
        parts or proofs blanked or cut, a frame left out, all doubled, swapped, or answered with the GO's own."""
        self._meets_in_every_disguise(stranger, owner, self._disguises(stranger, owner))

    def poses_in_every_disguise(self, impostor: GroupOwner, ue: UserEquipment, owner: GroupOwner) -> None:
        """``ue``, whose GO ``owner`` is silent, is sent again and again to an impostor by discovery, each time
        with that one's frames changed on the way, as :meth:`asks_in_every_disguise` changes a UE's. The
        impostor did answer (a control)."""
        judge = self._judge
        ue.leaves(owner)
        judge.silences_for_long(owner)
        impostor.owns()
        since = judge.mark
        self._meets_in_every_disguise(
            ue, owner, self._disguises(impostor, ue), self._scenario.discovered_address(impostor)
        )
        judge.spoke(impostor, since)
        judge.heard(ue, since)
        impostor.falls_silent()
        judge.brings_back(owner)

    def _meets_in_every_disguise(
        self, ue: UserEquipment, owner: GroupOwner, disguises: Sequence[Begin], address: int | None = None
    ) -> None:
        judge = self._judge
        a_try = self._a_try
        touched = 0
        chosen = judge.affordable(disguises, 1.25 * a_try)
        for disguise in chosen:
            with disguise() as move:
                ue.asks(owner, address=address)
                judge.passes(a_try)
            touched += bool(move.touched)
            ue.leaves(owner)
            judge.passes(a_try / 4)
        judge.note(f"asked in {len(chosen)} disguises, {touched} of which changed a frame")
        judge.waits()

    def _disguises(self, prover: Endpoint, verifier: Endpoint) -> list[Begin]:
        """Moves that change what ``prover`` says to ``verifier`` in a join."""
        air, depth, longest = self._air, self._scenario.depth, self._longest
        way = (prover.number, verifier.number)
        spared = range(1, 2) if depth == "exhaustive" else range(_SPARED)
        return [
            *(partial(air.alter, change, direction=way) for change in sweep.blanks(depth, longest)),
            *(
                partial(air.alter, change, direction=way, ordinal=range(first, _FRAMES_MOST))
                for change in sweep.blank_proofs(depth, longest)
                for first in spared
            ),
            *(partial(air.drop, ordinal=left_out, direction=way) for left_out in range(_STEPS)),
            *(partial(air.drop, ordinal=range(upto), direction=way) for upto in range(2, _STEPS)),
            partial(air.man_in_the_middle, *way, _doubled),
            partial(air.reorder, 2, direction=way),
            partial(air.reflect, emitter=verifier.number, swap=True),
        ]

    # --- another's words ---------------------------------------------------------------------------

    def answers_in_the_owners_words(
        self, stranger: UserEquipment, owner: GroupOwner, told: Sequence[int]
    ) -> None:
        """A UE that must not be admitted asks, and the attacker answers for it with frames that the GO itself
        emitted in a finished join (``told``): one after another in one attempt, then each in one of its own."""
        judge, air = self._judge, self._air
        attempts = [told, *((emission,) for emission in told)]
        for emissions in judge.affordable(attempts, 1.25 * self._a_try):
            stranger.asks(owner)
            judge.passes(self._a_try / 4)
            source = self._scenario.discovered_address(stranger)
            answered = air.replay(emissions, to=owner.number, source=source, destination=owner.address)
            judge.passes(self._a_try)
            judge.acted(answered)
            stranger.leaves(owner)
        judge.waits()

    def speaks_throughout(self, sender: Endpoint, to: Endpoint, group: str | None = None) -> None:
        """Send to ``to`` and to the group (the sender's own, or ``group``) again and again while time passes.
        Nothing is waited for."""
        for pause in PAUSES:
            self._judge.pauses(pause)
            sender.sends(to, group=group)
            if self._scenario.statement.groupcast:
                sender.sends(group=group)

    def speaks_before_the_join_of(
        self, ue: UserEquipment, stranger: UserEquipment, owner: GroupOwner, partner: UserEquipment
    ) -> None:
        """A UE that is not admitted asks and sends, and its frames reach the GO as from ``ue``, who then asks at
        that address itself, while the other goes on. It acted (a control), and ``ue`` joins when it is over (a
        control)."""
        judge = self._judge
        with self._air.redirect(
            to=owner.number, source=ue.address, destination=owner.address, emitter=stranger.number
        ) as posing:
            stranger.sends(partner)
            stranger.asks(owner)
            self.speaks_throughout(stranger, partner)
            ue.asks(owner)
            self.speaks_throughout(stranger, partner)
        judge.acted(posing)
        stranger.leaves(owner)
        judge.waits()
        judge.admits(owner, ue)
        judge.waits()

    def stopping_the_clock_of(self, station: Endpoint) -> Move:
        """Let what ``station`` takes for the time stand still, until the move is lifted."""
        return self._air.skew(station.number, -_LONG)

    # --- how ---------------------------------------------------------------------------------------

    @property
    def _longest(self) -> int:
        """Bytes of the longest frame so far."""
        trace: Iterable[object] = self._scenario.trace
        return max((len(record.payload) for record in trace if isinstance(record, Emitted)), default=0)

    @property
    def _a_try(self) -> float:
        statement = self._scenario.statement
        return _A_TRY if statement.clock == "virtual" else min(_A_TRY, statement.patience.join)


def _ways(ue: Endpoint, owner: Endpoint) -> tuple[Way, Way]:
    return (ue.number, owner.number), (owner.number, ue.number)


def _doubled(passage: Passage) -> tuple[Passage, Passage]:
    return passage, passage.changed()
