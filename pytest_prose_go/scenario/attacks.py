"""Attacks of several steps, in the words of the cases: replays, sweeps, injections, impostors.

Each takes honest endpoints that already stand (a control), makes the attacker's moves, waits long enough
and ends with a control that honest traffic still flows. Violations are booked by the oracles that watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pytest_prose_go.air.frame_changes import Change
from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.air.trace import Delivered, Emitted
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, UserEquipment
from pytest_prose_go.scenario.judging import Carrier, Judge
from pytest_prose_go.scenario.scenario import Scenario
from pytest_prose_go.scenario.sweep import sample_of_changes

MakeMove = Callable[[Change], Move]
MakeJoinMove = Callable[[Change, tuple[int, int]], Move]

_PAUSES = (0.0, 0.002, 0.01, 0.05, 0.2, 1.0, 2.0)
"""Seconds between the messages of one who speaks throughout a join."""

_HEADS = (5, 8, 16, 32)
"""How many bytes of a recorded frame stand before an injected payload."""

_MORE_TRAFFIC = {"quick": 5, "standard": 70, "exhaustive": 1100}
"""Messages between two replays, at most: beyond the usual replay windows of 32, 64 and 1024."""

_LENGTHS = {
    "quick": (1, 16, 40, 100),
    "standard": (1, 2, 4, 8, 13, 16, 17, 24, 32, 48, 64, 100, 200, 500, 1000),
    "exhaustive": (*range(1, 130), 200, 255, 256, 257, 500, 512, 1000, 1023, 1024, 1400, 4000),
}


class Attacks:
    """What the attacker does in a case, step by step."""

    def __init__(self, scenario: Scenario, judge: Judge) -> None:
        self._scenario = scenario
        self._judge = judge
        self._air = scenario.air

    # --- what honest stations send, for those who listen -------------------------------------------

    def lengths(self) -> list[int]:
        """Payload lengths to send, by depth, within the target's limits, its least and most among them."""
        limits = self._scenario.statement.limits
        within = {
            n for n in _LENGTHS[self._scenario.depth] if limits.payload_least <= n <= limits.payload_most
        }
        return sorted(within | {max(limits.payload_least, 1), limits.payload_most})

    def sends_alike(self, sender: Endpoint, to: Endpoint | None, among: Sequence[Endpoint] = ()) -> None:
        """Send one random payload twice, another of its length, and one of a block over and over."""
        scenario = self._scenario
        length = min(scenario.statement.limits.payload_most, 96)
        payload = scenario.draw.payload(length)
        block = scenario.draw.payload(min(16, length))
        for data in (payload, payload, scenario.draw.payload(length), (block * 6)[:length]):
            self._judge.delivers(sender, to, among=among, data=data)

    def speaks_throughout(self, sender: Endpoint, to: Endpoint) -> None:
        """Send to ``to`` and to the group again and again while time passes. Nothing is waited for."""
        for pause in _PAUSES:
            self._judge.passes(pause)
            sender.sends(to)
            if self._scenario.statement.groupcast:
                sender.sends()

    def delivers_anyhow(self, sender: Endpoint, to: Endpoint) -> None:
        """Send a message and give it the patience to arrive, whether or not it does."""
        sender.sends(to)
        self._judge.passes(self._scenario.statement.patience.delivery)

    def groupcasts_without(self, owner: GroupOwner, listener: UserEquipment, *members: UserEquipment) -> None:
        """The GO and a member send to the group, with controls at the members; ``listener`` is given every
        frame of theirs (a control)."""
        judge = self._judge
        since = judge.mark
        first, *others = members
        with self.overhearing(listener, owner, first):
            judge.delivers(owner, among=members)
            judge.delivers(first, among=others)
            judge.waits()
        self.was_given_frames(listener, since)

    @contextmanager
    def overhearing(self, listener: Endpoint, *emitters: Endpoint) -> Iterator[Move | None]:
        """Bring ``listener`` every frame of ``emitters`` also under an address of its own: what goes to
        others alone it would not hear. Yields the move, or None if its radio is off."""
        destination = self._reachable_at(listener)
        if destination is None:
            yield None
            return
        with self._air.redirect(
            to=listener.number,
            destination=destination,
            keep=True,
            emitter=tuple(emitter.number for emitter in emitters),
        ) as redirecting:
            yield redirecting

    def was_given_frames(self, listener: Endpoint, since: int) -> None:
        """Control: ``listener`` was given frames after record ``since``, unless its radio is off."""
        if self._reachable_at(listener) is None:
            self._judge.note(f"the radio of {listener.identity} is off: nothing reaches it")
        else:
            self._judge.heard(listener, since)

    def _reachable_at(self, station: Endpoint) -> int | None:
        """An address that the radio of ``station`` passes up, its own if that is one; None if none is."""
        listens = self._scenario.station(station).listens
        if listens is None or station.address in listens:
            return station.address
        return min(listens, default=None)

    def gives(self, listener: Endpoint, emissions: Sequence[int]) -> None:
        """Give ``listener`` recorded frames: as they were, and under an address of its own. It was given some
        (a control), and had the time of a negative to show it."""
        since = self._judge.mark
        self._air.replay(emissions, to=listener.number)
        self._air.replay(emissions, to=listener.number, destination=self._reachable_at(listener))
        self._judge.waits()
        self.was_given_frames(listener, since)

    def carries_groupcasts_to(
        self, listener: UserEquipment, owner: GroupOwner, *members: UserEquipment
    ) -> None:
        """The GO and a member send to the group, with controls at the members, while ``listener`` is given
        every frame of the GO's: as it was, and to each address to which its own group's frames go."""
        judge = self._judge
        since = judge.mark
        for destination in (None, *self.destinations_heard_by(listener)):
            with self._air.redirect(
                to=listener.number, destination=destination, keep=True, emitter=owner.number
            ):
                judge.delivers(owner, among=members)
                judge.delivers(members[0], among=members[1:])
                judge.waits()
        judge.heard(listener, since)

    def repeats_in_each_session(
        self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment, sessions: int
    ) -> None:
        """Send one long payload first thing in each of so many sessions of ``sender``, both ways, and give
        the GO the frames of the session before."""
        judge, scenario = self._judge, self._scenario
        payload = scenario.draw.payload(min(scenario.statement.limits.payload_most, 96))
        answer = scenario.draw.payload(min(scenario.statement.limits.payload_most, 96))
        for _ in range(sessions):
            since = judge.mark
            judge.delivers(sender, receiver, data=payload)
            judge.delivers(receiver, sender, data=answer)
            recorded = judge.frames_of(sender, since)
            sender.leaves(owner)
            judge.outlasts_patience()
            judge.admits(owner, sender)
            judge.settles()
            judge.acted(self._air.replay(recorded, to=owner.number), waiting=True)
            judge.admits_anew(owner, sender)

    # --- replay ------------------------------------------------------------------------------------

    def replays(self, carrier: Carrier, after: int = 0) -> None:
        """Send a carrier's frames again to where they went, after so many further messages at most."""
        judge = self._judge
        for _ in range(min(after, _MORE_TRAFFIC[self._scenario.depth])):
            judge.delivers(carrier.sending.sender, carrier.sending.to, among=carrier.reporters)
        judge.settles()
        receivers = {carrier.receiver.number, *(r.number for r in carrier.reporters)}
        if carrier.emitter is carrier.sending.sender and carrier.receiver.number not in {
            r.number for r in carrier.reporters
        }:
            receivers = {carrier.receiver.number}
        shots = [self._air.replay(carrier.emissions, to=number) for number in sorted(receivers)]
        judge.acted(*shots, waiting=True)

    # --- alteration ----------------------------------------------------------------------------------

    def changes(self) -> list[Change]:
        """The changes to try, by depth and lot."""
        return sample_of_changes(self._scenario.depth, self._scenario.draw.random)

    def sweeps(
        self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment, make: MakeMove
    ) -> None:
        """Try each change on the frames that ``make`` chooses, while ``sender`` sends to ``receiver``."""
        judge = self._judge
        counts: Counter[str] = Counter()
        for change in self.changes():
            effect = judge.tries_disturbed(sender, receiver, receiver, make(change))
            counts[effect] += 1
            if effect == "kept":
                judge.recovers(owner, sender, receiver)
        judge.waits()
        judge.had_effect(counts)

    def sweeps_groupcast(
        self, owner: GroupOwner, bystander: UserEquipment, receiver: UserEquipment, make: MakeMove
    ) -> None:
        """Try each change on the frames that ``make`` chooses, while the GO sends to the group."""
        judge = self._judge
        counts: Counter[str] = Counter()
        for change in self.changes():
            effect = judge.tries_disturbed(owner, None, receiver, make(change))
            counts[effect] += 1
            if effect == "kept":
                judge.recovers(owner, bystander, receiver)
        judge.waits()
        judge.had_effect(counts)

    def sweeps_join(
        self, owner: GroupOwner, ue: UserEquipment, partner: UserEquipment, make: MakeJoinMove
    ) -> None:
        """Try each change on every frame of a join, one way and then the other; where both ends still join
        while it acts, or when it is over, they exchange messages with ``partner`` for the oracles."""
        judge, scenario = self._judge, self._scenario
        counts: Counter[str] = Counter()
        for change in self.changes():
            for way in ((ue.number, owner.number), (owner.number, ue.number)):
                move = make(change, way)
                asked = ue.asks(owner)
                joined = scenario.air.run(
                    lambda asked=asked: scenario.controls.joined(ue.number, owner.number, asked),  # type: ignore[misc]
                    scenario.statement.patience.join,
                )
                if joined:
                    ue.sends(partner)
                    partner.sends(ue)
                    judge.passes(1.0)
                move.lift()
                counts["joined" if joined else "kept" if move.touched else "missed"] += 1
                if move.touched and not joined:
                    judge.stays_apart(ue, owner, asked, move.text)
                ue.leaves(owner)
                judge.passes(scenario.statement.patience.delivery)
        judge.had_effect(counts)
        judge.admits(owner, ue)
        judge.delivers(ue, partner)

    def all_but_the_first(self, frames: int) -> Callable[[Passage], bool]:
        """A rule for a move: every frame but the first so many of those that it meets."""
        seen: list[int | None] = []

        def all_but_the_first(passage: Passage) -> bool:
            if passage.emission not in seen:
                seen.append(passage.emission)
            return seen.index(passage.emission) >= frames

        return all_but_the_first

    def injects(self, owner: GroupOwner, *members: UserEquipment) -> None:
        """Send payloads that nobody was asked to send: bare, and behind heads of frames seen so far."""
        scenario = self._scenario
        frames = [record for record in scenario.trace if isinstance(record, Emitted)]
        shapes = {(f.source, f.destination, len(f.payload)): f for f in reversed(frames)}.values()
        for member in members:
            for source, destination in (
                (member.address, owner.address),
                (owner.address, member.address),
            ):
                self._air.inject(scenario.draw.payload(), source, destination)
        for frame in shapes:
            for head in _HEADS:
                payload = frame.payload[:head] + scenario.draw.payload()
                self._air.inject(payload, frame.source, frame.destination)
        self._judge.passes(1.0)

    # --- impostors -----------------------------------------------------------------------------------

    def meets_instead(self, ue: UserEquipment, owner: GroupOwner, impostor: GroupOwner) -> None:
        """``ue`` joins ``owner`` (a control), leaves, and is sent to ``impostor`` by discovery while ``owner``
        is silent; the impostor did answer (a control); afterwards ``ue`` joins ``owner`` again (a control)."""
        judge = self._judge
        judge.admits(owner, ue)
        ue.leaves(owner)
        judge.silences_for_long(owner)
        impostor.owns()
        since = judge.mark
        ue.asks(owner, address=impostor.address)
        judge.waits()
        judge.spoke(impostor, since)
        judge.heard(ue, since)
        ue.leaves(owner)
        impostor.falls_silent()
        judge.brings_back(owner)
        judge.admits(owner, ue)

    @contextmanager
    def relaying(self, ue: UserEquipment, owner: GroupOwner, posing_as: GroupOwner) -> Iterator[Move]:
        """Carry the frames of ``ue`` to ``owner`` instead of ``posing_as``, and ``owner``'s frames to ``ue`` as
        from that one. Yields the move that does the former."""
        posing_as.falls_silent()
        with (
            self._air.redirect(to=owner.number, destination=owner.address, emitter=ue.number) as there,
            self._air.redirect(
                to=ue.number,
                source=posing_as.address,
                destination=ue.address,
                keep=True,
                emitter=owner.number,
            ),
        ):
            yield there
        posing_as.speaks_again()

    def destinations_heard_by(self, station: Endpoint) -> list[int]:
        """Every address to which frames went that ``station`` was given as they were."""
        trace = self._scenario.trace
        emitted = {record.number: record for record in trace if isinstance(record, Emitted)}
        return sorted(
            {
                emitted[record.emission].destination
                for record in trace
                if isinstance(record, Delivered)
                and record.station == station.number
                and record.emission is not None
                and record.move is None
            }
        )
