"""Who may be reported as joined: the rules *admission*, *owner* and *agreement* of the ideal group."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_prose_go.air.trace import Entry, Issued, Removed, Reported
from pytest_prose_go.contract import Joined, Left, Statement
from pytest_prose_go.judge.finding import Kind, Violation
from pytest_prose_go.judge.roster import Member, Roster, Run

Suspect = tuple[Member, Run]
"""Who has asked, and with what."""


@dataclass(slots=True)
class Admission:
    """That a GO's ``Joined(peer)`` stands, from record ``since`` until ``until``."""

    since: int
    until: int | None = None


@dataclass(slots=True)
class Told:
    """One end's word on a session token."""

    station: int
    group: str
    owner: str
    member: str


class Admissions:
    """Judges every ``Joined``, and remembers whose admission stood when."""

    def __init__(self, statement: Statement, roster: Roster, booked: list[Violation]) -> None:
        self._statement = statement
        self._roster = roster
        self._booked = booked
        self._patience = max(statement.patience.join, statement.patience.delivery)
        self._standing: dict[tuple[int, str, str], list[Admission]] = {}
        self._latest: dict[tuple[int, str, str], tuple[int, Reported]] = {}
        self._tokens: dict[str, list[Told]] = {}
        self._wrong: set[tuple[int, str, str]] = set()

    def observe(self, index: int, record: Entry) -> None:
        """End the admissions that a removal ends."""
        if isinstance(record, Removed):
            self._end(index, record.station, record.group, record.member)

    def joined(self, index: int, record: Reported, event: Joined) -> None:
        """Judge a ``Joined``."""
        member = self._roster.members[record.station]
        if event.group in member.owns:
            if member.honest:
                self._judge_admission(index, record, event, member)
            self._standing.setdefault((member.number, event.group, event.peer), []).append(Admission(index))
        elif member.honest and not self._is_fellow_member(event, member, record.at):
            self._judge_owner(index, record, event, member)
        self._latest[member.number, event.group, event.peer] = (index, record)
        if event.session is not None and member.honest:
            self._judge_agreement(index, record, event, member)

    def left(self, index: int, record: Reported, event: Left) -> None:
        """End the admission that a ``Left(peer)`` at a GO ends: the oldest that stands, since the new session
        of a member may be told of before the end of its old one."""
        if event.peer is not None:
            standing = self._standing.get((record.station, event.group, event.peer), ())
            oldest = next((admission for admission in standing if admission.until is None), None)
            if oldest is not None:
                oldest.until = index

    def stood_between(self, owner: Member, group: str, name: str, first: int, last: int) -> bool:
        """Whether ``owner``'s ``Joined(name)`` stood at some moment between two records."""
        return any(
            admission.since <= last and (admission.until is None or admission.until >= first)
            for admission in self._standing.get((owner.number, group, name), ())
        )

    def admitted_since(self, owners: list[Member], group: str, name: str, since: int) -> bool:
        """Whether one of ``owners`` reported ``Joined(name)`` after record ``since``."""
        return any(
            admission.since > since
            for owner in owners
            for admission in self._standing.get((owner.number, group, name), ())
        )

    def was_wrong(self, owner: Member, group: str, name: str) -> bool:
        """Whether a ``Joined(name)`` of ``owner`` is booked as a breach: what the one admitted so then says or
        reads follows from it."""
        return (owner.number, group, name) in self._wrong

    def believes_to_have_joined(self, member: Member, group: str, owner: str) -> bool:
        """Whether ``member`` ever reported that it joined ``owner``: what it sends to that one, or takes from
        it, follows from that, rightly joined or not."""
        return (member.number, group, owner) in self._latest

    def _end(self, index: int, owner: int, group: str, name: str) -> None:
        for admission in self._standing.get((owner, group, name), ()):
            if admission.until is None:
                admission.until = index

    # --- admission -----------------------------------------------------------------------------

    def _judge_admission(self, index: int, record: Reported, event: Joined, owner: Member) -> None:
        if self._is_barred(owner, event, record.at):
            self._book_admission("admission.barred", index, record, event)
            return
        if self._same_output_told_already(record, event, owner):
            return
        holders = [
            member
            for member in self._roster.members.values()
            if self._may_be(member, event, owner, record.at)
        ]
        if any(
            self._roster.has_fresh_contact(
                owner, holder, event.group, self._contact_due_since(owner, holder, event, record.at)
            )
            for holder in holders
        ):
            return
        kind, suspect = self._why_not_admitted(event, owner, record.at, bool(holders))
        self._book_admission(kind, index, record, event, suspect)

    def _is_barred(self, owner: Member, event: Joined, at: float) -> bool:
        return self._statement.removal == "bar" and any(
            removal.station == owner.number
            and removal.group == event.group
            and removal.member == event.peer
            and at - removal.at > self._patience
            for _, removal in self._roster.removals
        )

    def _same_output_told_already(self, record: Reported, event: Joined, owner: Member) -> bool:
        latest = self._latest.get((owner.number, event.group, event.peer))
        if latest is None:
            return False
        earlier = latest[1]
        return (earlier.by, earlier.delivery, earlier.at) == (record.by, record.delivery, record.at)

    def _may_be(self, member: Member, event: Joined, owner: Member, at: float) -> bool:
        """Whether ``member`` has asked to join with good credentials of the name that joined."""
        return any(
            run.group == event.group
            and run.identity == event.peer
            and self._roster.good(run.credentials, event.group, owner, self._moments_of(run, at))
            for run in member.runs
        )

    def _moments_of(self, run: Run, at: float) -> tuple[float, ...]:
        """When the credentials of a run may have been looked at: as it opened, unless it is long over."""
        over = run.closed_at is not None and at - run.closed_at > self._patience
        return (at,) if over else (at, run.opened_at)

    def _contact_due_since(self, owner: Member, holder: Member, event: Joined, at: float) -> int:
        """The record after which ``holder`` must have been heard for the first time anew.

        What ended the contact counts only once it is older than the patience: frames may have been
        on their way.
        """
        moments = [-1]
        latest = self._latest.get((owner.number, event.group, event.peer))
        if latest is not None:
            moments.append(latest[0])
        moments += [
            index
            for index, ended, group in holder.quits
            if group == event.group and at - ended > self._patience
        ]
        moments += [index for index, ended in holder.silences if at - ended > self._patience]
        moments += [
            index
            for index, removal in self._roster.removals
            if removal.station == owner.number
            and removal.group == event.group
            and removal.member == event.peer
            and at - removal.at > self._patience
        ]
        return max(moments)

    def _why_not_admitted(
        self, event: Joined, owner: Member, at: float, a_holder_asked: bool
    ) -> tuple[Kind, Suspect | None]:
        """The kind of breach: by the suspect who asked last, among those that no good GO admits under that
        name, and that suspect. One whom this GO never heard is suspected only where nobody else is to blame."""
        suspects = [
            (self._roster.has_fresh_contact(owner, member, event.group, run.opened), (member, run))
            for member in self._roster.members.values()
            for run in member.runs
            if run.group == event.group and self._is_suspect(member, run, event, owner, at)
        ]
        heard = [suspect for was_heard, suspect in suspects if was_heard]
        if not heard and (
            a_holder_asked
            or any(
                issued.identity == event.peer and self._roster.good(issued, event.group, owner, (at,))
                for issued in self._roster.issued.values()
            )
        ):
            return "admission.no-fresh-contact", None
        if suspects:
            latest = max(heard or [each for _, each in suspects], key=lambda suspect: suspect[1].opened)
            run = latest[1]
            return _ADMISSION_KIND[self._fault_of(run.credentials, run.claim, event, owner)], latest
        if any(
            run.group == event.group
            and run.credentials is None
            and self._roster.has_fresh_contact(owner, member, event.group, run.opened)
            for member in self._roster.members.values()
            for run in member.runs
        ):
            return "admission.no-credentials", None
        return "admission.unknown-identity", None

    def _is_suspect(self, member: Member, run: Run, event: Joined, owner: Member, at: float) -> bool:
        if run.credentials is None:
            return event.peer in (member.identity, run.claim)
        if run.credentials.flaw == "name-variant":
            return run.identity != event.peer
        if run.claim == event.peer and run.identity != event.peer:
            return True
        return run.identity == event.peer and not self._roster.good(
            run.credentials, event.group, owner, (at, run.opened_at)
        )

    def _fault_of(
        self, credentials: Issued | None, claim: str | None, event: Joined, verifier: Member
    ) -> str:
        if credentials is None:
            return "no-credentials"
        if credentials.flaw == "name-variant":
            return "flawed-credentials"
        if claim is not None and claim != credentials.identity:
            return "false-claim"
        if credentials.flaw == "without-key":
            return "without-key"
        if credentials.authority not in verifier.trusts:
            return "foreign-authority"
        if credentials.group != event.group:
            return "other-group"
        return "flawed-credentials"

    def _book_admission(
        self, kind: Kind, index: int, record: Reported, event: Joined, suspect: Suspect | None = None
    ) -> None:
        self._wrong.add((record.station, event.group, event.peer))
        owner = self._roster.members[record.station]
        self._booked.append(
            Violation(
                kind=kind,
                at=record.at,
                record=index,
                station=record.station,
                asked=(f"{_asked(*suspect)}; " if suspect is not None else "")
                + f"{owner.name_in(event.group)} owns {event.group}",
                seen=f"the GO admitted {event.peer}: {_ADMISSION[kind]}",
                ideal="the GO admits only a UE with good credentials of this group that it heard afresh",
                proof=f"Joined({event.peer}) in the output of {record.by}"
                + (f" of delivery {record.delivery}" if record.delivery is not None else ""),
            )
        )

    # --- owner ---------------------------------------------------------------------------------

    def _is_fellow_member(self, event: Joined, member: Member, at: float) -> bool:
        """Whether the UE only tells of another member (a roster): neither admission nor breach."""
        if any(owner.name_in(event.group) == event.peer for owner in self._roster.owners(event.group)):
            return False
        owners = list(self._roster.owners(event.group))
        return any(
            issued.identity == event.peer
            and issued.role == "member"
            and any(self._roster.good(issued, event.group, owner, (at,)) for owner in owners)
            for issued in self._roster.issued.values()
        )

    def _judge_owner(self, index: int, record: Reported, event: Joined, member: Member) -> None:
        run = member.run_in(event.group)
        any_member = self._statement.owners == "any-member"
        good = [
            owner
            for owner in self._roster.owners(event.group)
            if owner.name_in(event.group) == event.peer
            and self._roster.is_good_owner(owner, event.group, member, record.at, any_member)
        ]
        if run is not None and any(
            self._roster.heard_since(member, owner, self._owner_due_since(owner, run, record.at))
            for owner in good
        ):
            return
        kind = self._why_no_owner(event, member, record.at, bool(good))
        self._booked.append(
            Violation(
                kind=kind,
                at=record.at,
                record=index,
                station=record.station,
                asked=f"{member.name_in(event.group)} was asked to join {event.group}",
                seen=f"the UE joined {event.peer}: {_OWNER[kind]}",
                ideal="a UE joins only a GO with good owner's credentials of its group, heard afresh",
                proof=f"Joined({event.peer}) in the output of {record.by}"
                + (f" of delivery {record.delivery}" if record.delivery is not None else ""),
            )
        )

    def _owner_due_since(self, owner: Member, run: Run, at: float) -> int:
        """The record after which the UE must have been given a frame of ``owner``: the ``join``, or a silence of
        ``owner`` that is older than the patience. A UE that joins again by itself owes no less than at first."""
        silences = [index for index, began in owner.silences if at - began > self._patience]
        return max([run.opened, *silences])

    def _why_no_owner(self, event: Joined, member: Member, at: float, a_good_owner_exists: bool) -> Kind:
        named = [
            (owner, ownership)
            for owner in self._roster.members.values()
            for ownership in owner.owns.values()
            if event.peer in (owner.name_in(ownership.group), ownership.claim)
        ]
        suspects = [
            ownership
            for owner, ownership in named
            if ownership.group == event.group
            and not self._roster.is_good_owner(owner, event.group, member, at, any_member=True)
        ]
        if suspects:
            newest = max(suspects, key=lambda ownership: ownership.since)
            return _OWNER_KIND[self._fault_of(newest.credentials, newest.claim, event, member)]
        if a_good_owner_exists:
            return "owner.no-fresh-contact"
        if any(ownership.group == event.group for _, ownership in named):
            return "owner.member-as-owner"
        return "owner.other-group" if named else "owner.unknown-identity"

    # --- agreement -----------------------------------------------------------------------------

    def _judge_agreement(self, index: int, record: Reported, event: Joined, member: Member) -> None:
        assert event.session is not None
        name = member.name_in(event.group)
        owns = event.group in member.owns
        told = Told(member.number, event.group, name if owns else event.peer, event.peer if owns else name)
        others = self._tokens.setdefault(event.session, [])
        for other in others:
            if (other.group, other.owner, other.member) != (told.group, told.owner, told.member):
                self._booked.append(
                    Violation(
                        kind="agreement.joins" if self._were_at_once(told, other) else "agreement.names",
                        at=record.at,
                        record=index,
                        station=record.station,
                        asked=f"a session in {event.group}",
                        seen=f"one end has {told.member} with GO {told.owner} of {told.group}, "
                        f"the other {other.member} with GO {other.owner} of {other.group}",
                        ideal="both ends of one session agree on its two names and its group",
                        proof=f"equal session token at stations {other.station} and {told.station}",
                    )
                )
                break
        others.append(told)

    def _were_at_once(self, one: Told, other: Told) -> bool:
        """Whether what was mixed up are two UEs that asked one GO to join at one time."""
        opened = [
            [
                run.opened_at
                for member in self._roster.members.values()
                for run in member.runs
                if run.group == told.group and told.member in (run.claim, run.identity)
            ]
            for told in (one, other)
        ]
        return (one.group, one.owner) == (other.group, other.owner) and any(
            abs(first - second) <= self._patience for first in opened[0] for second in opened[1]
        )


def _asked(member: Member, run: Run) -> str:
    """In words, who asked for what with which credentials."""
    asked = f"station {member.number} ({member.identity}, {member.standing}) asked to join {run.group}"
    claim = "" if run.claim is None else f" as {run.claim}"
    if run.credentials is None:
        return f"{asked}{claim} without credentials"
    own = run.credentials
    flaw = "" if own.flaw is None else f", {own.flaw}"
    return f"{asked}{claim} with credentials of {own.identity} for {own.group}, of {own.authority}{flaw}"


_ADMISSION: dict[Kind, str] = {
    "admission.no-credentials": "it has no credentials",
    "admission.foreign-authority": "its authority is not trusted",
    "admission.other-group": "its credentials are for another group",
    "admission.flawed-credentials": "its credentials are not good",
    "admission.without-key": "it has not the private key of its credentials",
    "admission.false-claim": "its credentials have another name",
    "admission.no-fresh-contact": "no new frame of it had come",
    "admission.unknown-identity": "there is no UE of that name",
    "admission.barred": "it was removed for good",
}

_OWNER: dict[Kind, str] = {
    "owner.no-credentials": "that GO has no credentials",
    "owner.foreign-authority": "that GO's authority is not trusted",
    "owner.other-group": "that GO's credentials are for another group",
    "owner.flawed-credentials": "that GO's credentials are not good",
    "owner.without-key": "that GO has not the private key of its credentials",
    "owner.member-as-owner": "those are a member's credentials",
    "owner.false-claim": "that GO's credentials have another name",
    "owner.no-fresh-contact": "no new frame of it had come",
    "owner.unknown-identity": "there is no GO of that name",
}


_ADMISSION_KIND: dict[str, Kind] = {
    "no-credentials": "admission.no-credentials",
    "foreign-authority": "admission.foreign-authority",
    "other-group": "admission.other-group",
    "flawed-credentials": "admission.flawed-credentials",
    "without-key": "admission.without-key",
    "false-claim": "admission.false-claim",
}

_OWNER_KIND: dict[str, Kind] = {
    "no-credentials": "owner.no-credentials",
    "foreign-authority": "owner.foreign-authority",
    "other-group": "owner.other-group",
    "flawed-credentials": "owner.flawed-credentials",
    "without-key": "owner.without-key",
    "false-claim": "owner.false-claim",
}
