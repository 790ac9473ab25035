"""What is said while nobody answers: a station may try again in another way, and that way is looked at, too."""

from __future__ import annotations

from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, UserEquipment
from pytest_prose_go.scenario.listening import Listening

_UNANSWERED = 45.0
"""Virtual seconds for which a station is not answered: longer than it repeats itself, in most protocols."""

_LONGEST = 600
"""Bytes of the longer of the messages that are lost."""


class Losses(Listening):
    """What the attacker does by losing frames alone."""

    def speaks_unanswered(
        self,
        owner: GroupOwner,
        ue: UserEquipment,
        to: Endpoint | None,
        *senders: Endpoint,
        witness: Endpoint,
        down: bool,
    ) -> None:
        """``senders`` send to ``to`` or, without it, to the group, first while all answers to it on the hop of ``ue``
        are lost, then while all that is said there is, each time for longer than one repeats oneself: ``down``
        from ``owner`` to ``ue``, else from ``ue`` to ``owner``. In between and at the end traffic flows again, from
        the last of them to ``witness`` (a control)."""
        judge = self._judge
        said = (owner.number, ue.number) if down else (ue.number, owner.number)
        for lost in (said[::-1], said):
            with self._air.drop(direction=lost):
                for sender in senders:
                    sender.sends(to)
                    sender.sends(to, length=min(_LONGEST, self._scenario.statement.limits.payload_most))
                judge.pauses(_UNANSWERED)
                judge.waits()
            judge.recovers(owner, senders[-1], witness)
