"""Keys, storage and compromise: what is judged of a target that lets a laboratory look into its devices.

It watches the same trace as the ideal group, and rests on what the target told: :class:`Told` (never a
secret's value), :class:`Unprotected`, :class:`Forged`, :class:`Imaged`, :class:`Restored` and
:class:`Negotiated`, besides what clones and restored copies did. Proofs about a secret show its length and
the head of its digest, never its bytes.

Rules: secrets in :mod:`.held_secrets` and :mod:`.renewal`, a member's stolen state in :mod:`.compromise`, algorithms in
:mod:`.negotiation`, what goes back with an older image in :mod:`.rollback`, and what is at rest here.
"""

from __future__ import annotations

from pytest_prose_go.air.trace import Entry, Handlers, Imaged, Reported, Restored
from pytest_prose_go.contract import Joined, Statement
from pytest_prose_go.judge.compromise import Compromise
from pytest_prose_go.judge.finding import Lead, Violation
from pytest_prose_go.judge.held_secrets import HeldSecrets
from pytest_prose_go.judge.ideal_group import IdealGroup
from pytest_prose_go.judge.kinship import Kinship
from pytest_prose_go.judge.negotiation import Negotiation
from pytest_prose_go.judge.renewal import Renewals
from pytest_prose_go.judge.rollback import Rollback
from pytest_prose_go.judge.roster import Member


class KeyMaterial:
    """Watches a trace beside ``ideal``, after it for every record: it asks the ideal group's roster who is
    who, and its violations for the admissions of which a clone is the cause."""

    def __init__(self, statement: Statement, ideal: IdealGroup) -> None:
        self._ideal = ideal
        self._roster = ideal.roster
        self._booked: list[Violation] = []
        self.leads: list[Lead] = []
        self._kinship = Kinship(self._roster)
        self._secrets = HeldSecrets(statement, self._roster, self._kinship, self._booked)
        self._renewals = Renewals(statement, self._roster)
        self._compromise = Compromise(statement, self._roster, self._kinship, self._booked)
        self._rollback = Rollback(self._roster, self._kinship, self._booked)
        self._negotiation = Negotiation(statement, self._roster, self._booked, self.leads)
        self._restored: dict[int, int] = {}
        self._latest: dict[tuple[int, str, str], int] = {}
        self._told_of: set[tuple[object, ...]] = set()

    @property
    def handlers(self) -> tuple[Handlers, ...]:
        """What it does with a record, by its type, one after the other."""
        return (
            self._kinship.handlers,
            self._secrets.handlers,
            self._renewals.handlers,
            self._compromise.handlers,
            self._rollback.handlers,
            self._negotiation.handlers,
            {Imaged: self._imaged, Restored: self._take_restored, Reported: self._reported},
        )

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        for handlers in self.handlers:
            handler = handlers.get(type(record))
            if handler is not None:
                handler(index, record)

    def _imaged(self, index: int, record: Imaged) -> None:
        if record.found:
            self._book_clear(index, record)

    def _take_restored(self, index: int, record: Restored) -> None:
        self._restored[record.station] = index

    def _reported(self, index: int, record: Reported) -> None:
        if isinstance(record.event, Joined):
            self._judge_copies(index, record, record.event)

    def conclude(self) -> list[Violation]:
        """All violations in the trace so far, by place in it."""
        found = [
            *self._booked,
            *self._secrets.conclude(),
            *self._renewals.conclude(),
            *self._compromise.admitted(self._ideal.violations),
        ]
        return sorted(found, key=lambda violation: violation.record)

    # --- what is at rest ---------------------------------------------------------------------------

    def _judge_copies(self, index: int, record: Reported, event: Joined) -> None:
        """Book a join, at an honest end, that only a copy or a changed image can have made."""
        end = self._roster.members[record.station]
        since = self._latest.get((end.number, event.group, event.peer), -1)
        self._latest[end.number, event.group, event.peer] = index
        if not end.honest:
            return
        for station, restored in self._restored.items():
            how = self._kinship.restored(station)
            copy = self._roster.members[station]
            if how is None or (how.same_device and not how.change) or event.peer != copy.name_in(event.group):
                continue
            if not self._roster.heard_since(end, copy, emitted_after=max(since, restored)):
                continue
            if self._another_was_heard(end, copy, event, max(since, restored)):
                continue
            if how.same_device and event.peer in self._kinship.names(
                self._kinship.parent(station), event.group
            ):
                self.leads.append(
                    Lead(
                        kind="storage",
                        at=record.at,
                        record=index,
                        text=f"an image with {how.change} still joined as {event.peer}: the change may be "
                        "without effect",
                    )
                )
                continue
            self._book_copy(index, record, event, how, copy)

    def _another_was_heard(self, end: Member, copy: Member, event: Joined, since: int) -> bool:
        """Whether a station that may bear the name was heard as well: then the copy has shown nothing."""
        return any(
            member is not copy
            and not self._kinship.is_foreign_copy(member.number)
            and member.name_in(event.group) == event.peer
            and self._roster.heard_since(end, member, emitted_after=since)
            for member in self._roster.members.values()
        )

    # --- words -------------------------------------------------------------------------------------

    def _book_clear(self, index: int, record: Imaged) -> None:
        if ("clear", record.station, record.found) in self._told_of:
            return
        self._told_of.add(("clear", record.station, record.found))
        member = self._roster.members[record.station]
        self._booked.append(
            Violation(
                kind="storage.clear",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"what is at rest in {member.identity} was read",
                seen=f"a secret stands in it: {record.found}",
                ideal="no secret stands in what is at rest, in no common encoding",
                proof=f"image with SHA-256 {record.digest[:16]}…",
            )
        )

    def _book_copy(self, index: int, record: Reported, event: Joined, how: Restored, copy: Member) -> None:
        origin = self._kinship.origin(copy.number)
        device = "its own device" if how.same_device else "another device"
        self._booked.append(
            Violation(
                kind="storage.tampered" if how.change else "storage.copied",
                at=record.at,
                record=index,
                station=origin,
                asked=f"the image of {self._roster.members[origin].identity} was restored on {device}"
                + (f", with {how.change}" if how.change else ""),
                seen=f"{self._roster.members[record.station].name_in(event.group)} has a session with it, as "
                f"with {event.peer}",
                ideal="an image works on its own device, unchanged, and in no other way",
                proof=f"Joined({event.peer}) in the output of {record.by}"
                + (f" of delivery {record.delivery}" if record.delivery is not None else ""),
            )
        )
