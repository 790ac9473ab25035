"""What a compromised member reads, forges or is admitted as, beyond what that member itself may.

A payload counts only if an honest station was asked to send it to honest ones and at least
``LEAST_DATA`` random bytes of it are shown: among 2**20 sendings the chance of a coincidence is below
2**-64.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_prose_go.air.trace import (
    Entry,
    Forged,
    Handlers,
    Issued,
    Reported,
    Revoked,
    Sent,
    Unprotected,
)
from pytest_prose_go.contract import Joined, Left, Received, Statement
from pytest_prose_go.judge.finding import Kind, Violation
from pytest_prose_go.judge.kinship import Kinship
from pytest_prose_go.judge.roster import Member, Roster, Run

LEAST_DATA = 11
"""Bytes: 8 · 11 = 64 + 20 + 4 bits."""


@dataclass(slots=True)
class _Moment:
    """A place in the trace with its time."""

    index: int
    at: float


class Compromise:
    """Judges what is done with a member's state: by ``unprotect`` and ``protect``, and by its clones."""

    def __init__(
        self, statement: Statement, roster: Roster, kinship: Kinship, booked: list[Violation]
    ) -> None:
        self._statement = statement
        self._roster = roster
        self._kinship = kinship
        self._booked = booked
        self._grace = statement.rekey_grace
        patience = statement.patience
        self._settling = max(patience.join, patience.delivery, statement.rekey_grace)
        self._sendings: list[tuple[int, Sent]] = []
        self._by_data: dict[bytes, list[tuple[int, Sent]]] = {}
        self._forged: dict[bytes, Forged] = {}
        self._admitted: dict[tuple[str, str], list[int]] = {}
        self._joined: dict[int, Reported] = {}
        self._ends: list[tuple[int, float, int, str, str]] = []
        """At a GO: (index, time, GO, group, UE's name) of each session that the GO said to be over."""
        self._revoked: list[tuple[int, float, int, Issued]] = []
        self._told_of: set[tuple[object, ...]] = set()

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {
            Sent: self._sent,
            Forged: self._take_forged,
            Revoked: self._take_revoked,
            Unprotected: self._unprotected,
            Reported: self._reported,
        }

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        handler = self.handlers.get(type(record))
        if handler is not None:
            handler(index, record)

    def _sent(self, index: int, record: Sent) -> None:
        self._sendings.append((index, record))
        self._by_data.setdefault(record.data, []).append((index, record))

    def _take_forged(self, index: int, record: Forged) -> None:
        self._forged[record.data] = record

    def _take_revoked(self, index: int, record: Revoked) -> None:
        if record.station is not None:
            credentials = self._roster.issued[record.credentials]
            self._revoked.append((index, record.at, record.station, credentials))

    def _unprotected(self, index: int, record: Unprotected) -> None:
        self._judge_opened(index, record.at, record.station, record.data, record.emission)

    def _reported(self, index: int, record: Reported) -> None:
        event = record.event
        if isinstance(event, Received):
            self._observe_received(index, record, event)
        elif isinstance(event, Joined):
            self._joined[index] = record
            if self._is_honest_owner(record.station, event.group):
                self._admitted.setdefault((event.group, event.peer), []).append(index)
        elif isinstance(event, Left) and event.peer is not None:
            self._ends.append((index, record.at, record.station, event.group, event.peer))

    def _observe_received(self, index: int, record: Reported, received: Received) -> None:
        member = self._roster.members[record.station]
        if member.clone_of is not None:
            self._judge_opened(index, record.at, record.station, received.data, None)
        elif member.honest:
            self._judge_heard(index, record, received)

    def _is_honest_owner(self, station: int, group: str) -> bool:
        member = self._roster.members[station]
        return member.honest and group in member.owns

    # --- what its state opens ----------------------------------------------------------------------

    def _judge_opened(self, index: int, at: float, holder: int, data: bytes, emission: int | None) -> None:
        matches = [(place, sent) for place, sent in self._matching(data) if self._counts(sent)]
        breaches = []
        for place, sent in matches:
            kind = self._breach_of_reading(index, at, holder, place, sent, emission)
            if kind is None:
                return
            breaches.append((sent, kind))
        if breaches:
            self._book_opened(*breaches[-1], index, at, holder, data, emission)

    def _matching(self, data: bytes) -> list[tuple[int, Sent]]:
        """The sendings that ``data`` shows: whole, within a longer text, or a piece."""
        if len(data) < LEAST_DATA:
            return []
        whole = self._by_data.get(data)
        if whole is not None:
            return whole
        return [
            (index, sent)
            for index, sent in self._sendings
            if len(sent.data) >= LEAST_DATA and (sent.data in data or data in sent.data)
        ]

    def _counts(self, sent: Sent) -> bool:
        """Whether an honest station was asked to send it, to honest ones."""
        if not self._roster.members[sent.station].honest:
            return False
        return sent.to is None or any(
            member.honest and sent.to in (member.identity, member.name_in(sent.group))
            for member in self._roster.members.values()
        )

    def _breach_of_reading(
        self, index: int, at: float, holder: int, place: int, sent: Sent, emission: int | None
    ) -> Kind | None:
        """The kind of breach if the state of ``holder`` opens a sending, or None if it may."""
        kin = [self._roster.members[number] for number in self._kinship.kin(holder)]
        rightful = self._kinship.rightful(holder)
        names = self._kinship.names(holder, sent.group)
        moment = _Moment(*self._kinship.born.get(holder, (index, at)))
        if any(sent.group in member.owns for member in rightful):
            past = self._is_past_of_owner(rightful, sent, emission, moment)
            return "compromise.opens-past" if past else None
        mine = self._roster.members[sent.station] in kin or sent.to in names
        if not mine and sent.to is not None:
            return "compromise.opens"
        if not mine:
            kind = self._breach_of_membership(kin, names, place, sent)
            if kind is not None:
                return kind
        if self._is_past(kin, sent.group, place, moment):
            return "compromise.opens-past"
        return "compromise.opens-next" if self._is_of_next_session(holder, names, place, sent) else None

    def _breach_of_membership(
        self, kin: list[Member], names: set[str], place: int, sent: Sent
    ) -> Kind | None:
        runs = [
            run
            for member in kin
            for run in member.runs
            if run.group == sent.group and run.identity in names and self._was_good(run, sent)
        ]
        if not runs:
            return "compromise.opens"
        end = self._last_end(kin, names, place, sent)
        if end is None:
            return "membership.future" if all(run.opened > place for run in runs) else None
        again = [
            admitted
            for name in names
            for admitted in self._admitted.get((sent.group, name), ())
            if admitted > end
        ]
        if not again:
            left = any(index == end for member in kin for index, _, _ in member.quits)
            return "compromise.opens-after-leaving" if left else "compromise.opens-later"
        return None if any(run.opened < place for run in runs) and min(again) < place else "membership.future"

    def _was_good(self, run: Run, sent: Sent) -> bool:
        """Whether an honest owner of the group should have taken the run's credentials for good when the
        message was sent, but for a withdrawal: that ends a membership, it does not undo it."""
        credentials = run.credentials
        return (
            credentials is not None
            and credentials.group == sent.group
            and credentials.flaw is None
            and any(
                credentials.valid_from <= moment <= credentials.valid_until
                for moment in (sent.at, run.opened_at)
            )
            and any(
                owner.honest and credentials.authority in owner.trusts
                for owner in self._roster.owners(sent.group)
            )
        )

    def _withdrawals(self, names: set[str], group: str) -> list[tuple[int, float]]:
        """When honest owners of the group learnt that credentials of these names for it are withdrawn."""
        return [
            (index, at)
            for index, at, owner, credentials in self._revoked
            if credentials.group == group
            and credentials.identity in names
            and self._is_honest_owner(owner, group)
        ]

    def _last_end(self, kin: list[Member], names: set[str], place: int, sent: Sent) -> int | None:
        """The record of the last leaving, removal or withdrawal of credentials that came more than the grace
        before a sending. A leaving counts from when an honest GO told of it: one that did not hear of it cannot
        know."""
        quits = [index for member in kin for index, _, group in member.quits if group == sent.group]
        ends = [
            max(left for left in quits if left < index)
            for index, at, owner, group, name in self._ends
            if group == sent.group
            and name in names
            and self._is_honest_owner(owner, group)
            and any(left < index for left in quits)
            and index < place
            and sent.at - at > self._grace
        ]
        ends += [
            index
            for index, removal in self._roster.removals
            if removal.group == sent.group
            and removal.member in names
            and self._is_honest_owner(removal.station, sent.group)
            and index < place
            and sent.at - removal.at > self._grace
        ]
        ends += [
            index
            for index, at in self._withdrawals(names, sent.group)
            if index < place and sent.at - at > max(self._grace, self._settling)
        ]
        return max(ends, default=None)

    def _is_past(self, kin: list[Member], group: str, place: int, moment: _Moment) -> bool:
        """Whether the UE left after the sending, and longer than the patience before its state was taken."""
        return any(
            of_group == group and place < index < moment.index and moment.at - at > self._settling
            for member in kin
            for index, at, of_group in member.quits
        )

    def _is_of_next_session(self, holder: int, names: set[str], place: int, sent: Sent) -> bool:
        """Whether a unicast is of a session that the device itself began after its state was taken: it had left,
        asked anew and been admitted, while no clone of it asked. It is judged where long-term secrets alone do
        not give the keys of a session (statement, forward secrecy)."""
        born, _ = self._kinship.born.get(holder, (place, 0.0))
        if sent.to is None or not self._statement.forward_secrecy or born >= place:
            return False
        rightful = self._kinship.rightful(holder)
        clones = [each for each in self._kinship.kin(holder) if each in self._kinship.born]
        if any(run.opened > born for each in clones for run in self._roster.members[each].runs):
            return False
        ends = [
            index
            for member in rightful
            for index, _, group in member.quits
            if group == sent.group and born < index < place
        ]
        return any(
            max(ends, default=place) < run.opened < admitted < place
            for member in rightful
            for run in member.runs
            if run.group == sent.group
            for name in names
            for admitted in self._admitted.get((sent.group, name), ())
        )

    def _is_past_of_owner(self, kin: list[Member], sent: Sent, emission: int | None, moment: _Moment) -> bool:
        """The same of a GO: whether it knew, so long before, that the session of that hop was over."""
        if emission is None or emission >= len(self._roster.emissions):
            return False
        emitted, emitter = self._roster.emissions[emission].index, self._roster.emissions[emission].station
        numbers = {member.number for member in kin}
        peer = sent.to if emitter in numbers else self._roster.members[emitter].name_in(sent.group)
        return peer is not None and any(
            owner in numbers
            and (group, name) == (sent.group, peer)
            and emitted < index < moment.index
            and moment.at - at > self._settling
            for index, at, owner, group, name in (*self._ends, *self._ends_by_removal())
        )

    def _ends_by_removal(self) -> Iterator[tuple[int, float, int, str, str]]:
        """The same of the removals that were not declined."""
        for index, removal in self._roster.removals:
            yield index, removal.at, removal.station, removal.group, removal.member

    # --- what is believed of it --------------------------------------------------------------------

    def _judge_heard(self, index: int, record: Reported, event: Received) -> None:
        forged = self._forged.get(event.data)
        sender = self._speaker(event.data)
        if sender is None or record.station in self._kinship.kin(sender):
            return
        names = self._kinship.names(sender, event.group)
        owns = event.group in self._roster.members[record.station].owns
        on_groupcast = forged is not None and forged.cast == "groupcast" and not owns
        end = self._had_ended(sender, names, event.data)
        if end is not None and (self._statement.groupcast_integrity or not on_groupcast):
            self._book_heard_later(end, index, record, event, sender)
        if forged is not None and event.sender is not None and event.sender not in names:
            self._book_forged(index, record, event, forged, on_groupcast)

    def _speaker(self, data: bytes) -> int | None:
        """The station whose compromised state sent these bytes, if one did and nobody else."""
        sent = [record for _, record in self._by_data.get(data, ())]
        members = [self._roster.members[record.station] for record in sent]
        if not members or not all(m.clone_of is not None or m.compromised for m in members):
            return None
        return members[-1].number

    def _had_ended(self, sender: int, names: set[str], data: bytes) -> Kind | None:
        """What is broken if a clone is heard: its device's name had been removed, or its credentials
        withdrawn, for longer than the patience when it spoke, without an admission since."""
        place, sent = self._by_data[data][-1]
        removals = [
            index
            for index, removal in self._roster.removals
            if removal.group == sent.group
            and removal.member in names
            and self._is_honest_owner(removal.station, sent.group)
            and index < place
            and sent.at - removal.at > self._settling
        ]
        withdrawals = [
            index
            for index, at in self._withdrawals(names, sent.group)
            if index < place and sent.at - at > self._settling
        ]
        if not removals and not withdrawals:
            return None
        if any(
            max(*removals, *withdrawals, -1) < admitted
            for name in names
            for admitted in self._admitted.get((sent.group, name), ())
        ):
            return None
        return "compromise.revoked" if withdrawals else "compromise.heard-later"

    # --- what it is admitted as --------------------------------------------------------------------

    def admitted(self, of_the_ideal_group: Iterable[Violation]) -> list[Violation]:
        """Those admissions that no ideal group could have reported, of which a clone is the cause."""
        found = []
        for violation in of_the_ideal_group:
            if violation.kind.partition(".")[0] not in ("admission", "owner"):
                continue
            record = self._joined.get(violation.record)
            if record is None or not isinstance(record.event, Joined):
                continue
            clone = self._culprit(record.event, violation.record, violation.station)
            if clone is not None:
                found.append(self._violation_of_admission(violation, record.event, clone))
        return found

    def _culprit(self, event: Joined, index: int, accused: int) -> Member | None:
        """A clone that asked under the name that joined, or owned the group under it, and was heard."""
        for member in self._roster.members.values():
            if member.clone_of is None:
                continue
            born, _ = self._kinship.born[member.number]
            asked = any(
                run.group == event.group
                and born < run.opened < index
                and event.peer in (run.claim, run.identity)
                for run in member.runs
            )
            ownership = member.owns.get(event.group)
            owned = (
                ownership is not None
                and ownership.since < index
                and event.peer in (ownership.claim, member.name_in(event.group))
            )
            if (asked or owned) and self._roster.heard_since(
                self._roster.members[accused], member, emitted_after=born
            ):
                return member
        return None

    # --- words -------------------------------------------------------------------------------------

    def _title(self, station: int, group: str) -> str:
        return self._roster.members[station].name_in(group)

    def _book_opened(
        self,
        sent: Sent,
        kind: Kind,
        index: int,
        at: float,
        holder: int,
        data: bytes,
        emission: int | None,
    ) -> None:
        key = (kind, self._kinship.origin(holder), sent.station, sent.to)
        if key in self._told_of:
            return
        self._told_of.add(key)
        emissions = self._roster.emissions
        accused = holder
        if emission is not None and emission < len(emissions):
            accused = emissions[emission].station
        by = "unprotect" if emission is not None else "its clone"
        self._booked.append(
            Violation(
                kind=kind,
                at=at,
                record=index,
                station=accused,
                asked=f"sending {sent.number}: {self._title(sent.station, sent.group)} sent "
                f"{len(sent.data)} bytes to {sent.to or 'all'} in {sent.group}",
                seen=f"with the state of {self._title(holder, sent.group)}, {by} opened it: {_OPENED[kind]}",
                ideal="the state of one member opens its own messages of its present session, and groupcasts "
                "of the time in which it was a member, and nothing else",
                proof=(f"frame {emission}: " if emission is not None else "")
                + f"{len(data)} bytes from {data[:16].hex()}",
            )
        )

    def _book_forged(
        self, index: int, record: Reported, event: Received, forged: Forged, on_groupcast: bool
    ) -> None:
        self._booked.append(
            Violation(
                kind="compromise.forges-groupcast" if on_groupcast else "compromise.forges",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"with the keys of {self._title(forged.station, forged.group)} a {forged.cast} to "
                f"{forged.to or 'all'} was made in the name of {forged.claimed_sender}",
                seen=f"{self._title(record.station, event.group)} received it as from {event.sender}",
                ideal="what is made with one member's keys is received under that member's name or not at all",
                proof=f"{len(event.data)} bytes from {event.data[:16].hex()} in the output of {record.by}",
            )
        )

    def _book_heard_later(
        self, kind: Kind, index: int, record: Reported, event: Received, sender: int
    ) -> None:
        self._booked.append(
            Violation(
                kind=kind,
                at=record.at,
                record=index,
                station=record.station,
                asked=f"{self._title(sender, event.group)} was {_ENDED[kind]}, and what was stolen of its state "
                f"spoke afterwards in {event.group}",
                seen=f"{self._title(record.station, event.group)} received it",
                ideal="the state of a member that was put out speaks for nobody",
                proof=f"{len(event.data)} bytes from {event.data[:16].hex()} in the output of {record.by}",
            )
        )

    def _violation_of_admission(self, violation: Violation, event: Joined, clone: Member) -> Violation:
        own_name = event.peer in self._kinship.names(clone.number, event.group)
        revoked = own_name and bool(self._withdrawals({event.peer}, event.group))
        return Violation(
            kind="compromise.revoked" if revoked else "compromise.admitted",
            at=violation.at,
            record=violation.record,
            station=violation.station,
            asked=f"a clone of {self._title(clone.number, event.group)} came to {event.group}",
            seen=f"{self._title(violation.station, event.group)} took it for {event.peer}",
            ideal="a clone of a member is admitted as that member or not at all, and as nobody's owner",
            proof=violation.proof,
        )


_ENDED: dict[Kind, str] = {
    "compromise.heard-later": "removed",
    "compromise.revoked": "put out by the withdrawal of its credentials",
}

_OPENED: dict[Kind, str] = {
    "compromise.opens": "it is of others",
    "compromise.opens-past": "that session had been over",
    "compromise.opens-next": "the device began that session after its state was taken",
    "compromise.opens-later": "that member was no longer in the group",
    "compromise.opens-after-leaving": "that member had left the group",
    "membership.future": "that member was not yet in the group",
}
