"""Removals that do not reach the one who is removed, or not as they were said."""

from __future__ import annotations

from pytest_prose_go.air.choice import Chosen
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.scenario.endpoints import GroupOwner, UserEquipment
from pytest_prose_go.scenario.listening import Listening

_MISSED = {"quick": 2, "standard": 5, "exhaustive": 40}
"""How many frames of a removal are missed in turn, or given late one by one."""

_SOON = (0.5, 0.5, 1.0, 2.0)
"""Seconds between the groupcasts after a removal."""

_NEVER = 1000
"""A number that no frame reaches while a move acts."""


class Removals(Listening):
    """What the attacker does to a removal."""

    def removes_unheard(self, owner: GroupOwner, member: UserEquipment) -> None:
        """``owner`` removes ``member``, which does not hear of it and is not heard for long afterwards."""
        self._air.drop(direction=(member.number, owner.number))
        with self._air.drop(direction=(owner.number, member.number)):
            owner.removes(member)
            self._judge.outlasts_patience()

    def groupcasts_from_its_removal_on(
        self, owner: GroupOwner, member: UserEquipment, *others: UserEquipment, unheard: bool = False
    ) -> None:
        """``owner`` removes ``member``, which does not hear of it and is not heard. From the end of the grace on, the
        GO and another member send to the group, some of it while new keys may be on their way (to whatever effect), the
        last with controls at the others; ``member`` is given every frame of theirs (a control) or, ``unheard``, none at
        all, so that its state stays as it was."""
        judge, air = self._judge, self._air

        def to_itself(passage: Passage) -> bool:
            return passage.destination == member.address

        def to_others(passage: Passage) -> bool:
            return passage.destination != member.address and not unheard

        def missed(passage: Passage) -> bool:
            return unheard or to_itself(passage)

        with (
            air.drop(emitter=member.number),
            air.drop(receiver=member.number, where=missed),
            air.redirect(
                to=member.number,
                destination=member.address,
                keep=True,
                emitter=(owner.number, others[0].number),
                where=to_others,
            ),
        ):
            owner.removes(member)
            judge.passes(self._scenario.statement.rekey_grace)
            since = judge.mark
            for pause in _SOON:
                judge.passes(pause)
                owner.sends()
                others[0].sends()
            judge.outlasts_patience()
            judge.delivers(owner, among=others)
            judge.waits()
        if not unheard:
            self.was_given_frames(member, since)

    def puts_out(self, owner: GroupOwner, member: UserEquipment) -> UserEquipment:
        """``member`` joins ``owner`` (a control), if it has not, and is removed as in :meth:`removes_unheard`."""
        self._judge.admits(owner, member)
        self.removes_unheard(owner, member)
        return member

    def removes_two_unheard(
        self, owner: GroupOwner, one: UserEquipment, other: UserEquipment, *members: UserEquipment
    ) -> None:
        """``owner`` removes first ``one`` and then ``other``, of which neither hears its own removal and neither is
        heard afterwards; ``one`` is given every frame of the second removal, and ``other`` what ``one`` was
        given. Then the GO sends to the group, with controls at the members, and both are given every frame."""
        judge = self._judge
        self.removes_unheard(owner, one)
        since = judge.mark
        with self.overhearing(one, owner):
            self.removes_unheard(owner, other)
        self.gives(other, judge.frames_of(owner, since))
        since = judge.mark
        with self.overhearing(one, owner), self.overhearing(other, owner):
            judge.delivers(owner, among=members)
            judge.waits()
        for removed in (one, other):
            self.was_given_frames(removed, since)

    def misses_parts_of_its_removal(
        self, owner: GroupOwner, member: UserEquipment, *others: UserEquipment
    ) -> None:
        """``owner`` removes ``member`` again and again, and it listens to groupcasts, not heard: twice it misses
        what is addressed to itself and is given all else, then all but the first few of that, then another frame
        each time. In between it joins again (a control)."""
        judge = self._judge
        times = _MISSED[self._scenario.depth]

        def to_itself(passage: Passage) -> bool:
            return passage.destination == member.address

        def to_others(passage: Passage) -> bool:
            return passage.destination != member.address

        once = self._scenario.statement.removal == "bar"
        heard_before = (0, 0, *range(1, times // 2 + 1))
        misses: list[Chosen] = [
            Chosen(receiver=member.number, where=to_itself, ordinal=range(heard, _NEVER))
            for heard in heard_before
        ]
        misses += [Chosen(receiver=member.number, ordinal=place) for place in range(times)]
        for place, missed in enumerate(misses[:1] if once else misses, start=-len(heard_before)):
            with (
                self._air.drop(direction=(member.number, owner.number)),
                self._air.drop(**missed) as missing,
                self._air.redirect(
                    to=member.number,
                    destination=member.address,
                    keep=True,
                    emitter=owner.number,
                    where=to_others,
                ),
            ):
                owner.removes(member)
                judge.outlasts_patience()
                self.groupcasts_without(owner, member, *others)
            if place >= 0 and not missing.touched:
                break
            member.leaves()
            judge.outlasts_patience()
            if not once:
                judge.admits(owner, member)

    def is_told_late(self, owner: GroupOwner, member: UserEquipment, *others: UserEquipment) -> None:
        """``owner`` removes ``member`` while what it says to it is withheld. When the grace is over, the member is
        given these frames one by one, in their order, and after each it listens to groupcasts, not heard."""
        judge, air = self._judge, self._air

        def to_itself(passage: Passage) -> bool:
            return passage.destination == member.address

        air.drop(direction=(member.number, owner.number))
        owner.sends()
        with air.withhold(direction=(owner.number, member.number)) as withheld:
            owner.removes(member)
            judge.outlasts_patience()
            held = list(dict.fromkeys(p.emission for p in withheld.held if p.emission is not None))
            judge.note(f"{len(held)} frames to the removed member were withheld")
        with air.drop(direction=(owner.number, member.number), where=to_itself):
            for emission in held[: _MISSED[self._scenario.depth]]:
                air.deliver(emission, to=member.number)
                self.groupcasts_without(owner, member, *others)
