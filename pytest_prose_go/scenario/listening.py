"""Who is given which frames: the attacker brings a station what others say, and sees that it arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.trace import Delivered, Emitted
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, UserEquipment
from pytest_prose_go.scenario.judging import Judge
from pytest_prose_go.scenario.scenario import Scenario


class Listening:
    """What every attack has at hand, and those in which a station is made to hear."""

    def __init__(self, scenario: Scenario, judge: Judge) -> None:
        self._scenario = scenario
        self._judge = judge
        self._air = scenario.air

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
