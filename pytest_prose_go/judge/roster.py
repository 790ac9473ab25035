"""Who is who in a trace: stations, their credentials and runs, and who has heard whom since when.

The roster only remembers and answers. What an ideal group could have reported is decided in
:mod:`pytest_prose_go.judge.ideal_group`.

Moments are indices of records, so that what happens at one instant still has an order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Delivered,
    Emitted,
    Entry,
    Issued,
    Made,
    Owned,
    Quit,
    Removed,
    Restarted,
    Restored,
    Revoked,
    Sent,
    Silenced,
    Standing,
)

_GOOD_FOR_ITS_OWN_NAME = (None, "name-variant")
"""Credentials of a variant of somebody's name are good, for that variant."""


@dataclass(slots=True)
class Run:
    """What one ``join`` opened at one station for one group; ``leave`` closes it.

    A silenced station is not heard, so that its run gives no fresh contact; it goes on if the silence
    is lifted.
    """

    group: str
    credentials: Issued | None
    claim: str | None
    opened: int
    opened_at: float
    closed: int | None = None
    closed_at: float | None = None

    @property
    def identity(self) -> str | None:
        return self.credentials.identity if self.credentials is not None else None


@dataclass(slots=True)
class Ownership:
    """That one station was asked to own one group."""

    group: str
    credentials: Issued | None
    claim: str | None
    since: int


@dataclass(slots=True)
class Member:
    """What the roster knows of one station."""

    number: int
    identity: str
    trusts: frozenset[str]
    standing: Standing
    clone_of: int | None
    compromised: bool = False
    runs: list[Run] = field(default_factory=list)
    owns: dict[str, Ownership] = field(default_factory=dict)
    silences: list[tuple[int, float]] = field(default_factory=list)
    quits: list[tuple[int, float, str]] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)

    @property
    def honest(self) -> bool:
        return self.standing == "honest"

    def run_in(self, group: str) -> Run | None:
        """The newest run for ``group``."""
        return next((run for run in reversed(self.runs) if run.group == group), None)

    def name_in(self, group: str) -> str:
        """The true name in ``group``: that of the credentials used there, whatever was claimed."""
        ownership = self.owns.get(group)
        if ownership is not None and ownership.credentials is not None:
            return ownership.credentials.identity
        run = self.run_in(group)
        return run.identity or self.identity if run is not None else self.identity


@dataclass(slots=True)
class Emission:
    number: int
    station: int
    index: int
    at: float
    by: str
    heard: dict[int, int] = field(default_factory=dict)
    """Receiver → index of the record of its first delivery, in any form."""


class Roster:
    """Remembers the records of a trace, in order, and answers for the ideal group."""

    def __init__(self) -> None:
        self.issued: dict[int, Issued] = {}
        self.members: dict[int, Member] = {}
        self._owners: dict[str, dict[int, Member]] = {}
        """By group: the stations that were asked to own it, in the order of all stations."""
        self.emissions: list[Emission] = []
        self.by_station: dict[int, list[Emission]] = {}
        self.sendings: list[tuple[int, Sent]] = []
        self.removals: list[tuple[int, Removed]] = []
        self.revoked: dict[int, dict[int | None, int]] = {}
        self._image_of: dict[int, int] = {}

    def observe(self, index: int, record: Entry) -> None:
        """Remember one record."""
        match record:
            case Delivered():
                self.delivered(index, record)
            case Emitted():
                self.emitted(index, record)
            case Sent():
                self.sendings.append((index, record))
            case Issued():
                self.issued[record.number] = record
            case Made():
                self._make(record)
            case Owned():
                self._own(index, record)
            case Asked():
                self._ask(index, record)
            case Quit():
                member = self.members[record.station]
                member.quits.append((index, record.at, record.group))
                for run in member.runs:
                    if run.group == record.group and run.closed is None:
                        run.closed, run.closed_at = index, record.at
            case Silenced():
                if record.on:
                    self.members[record.station].silences.append((index, record.at))
            case Removed():
                self.removals.append((index, record))
            case Restarted():
                self.members[record.station].restarts.append(index)
            case Restored():
                if record.same_device and not record.change:
                    self._inherit(self.members[record.station], self._image_of[record.station])
            case Revoked():
                self.revoked.setdefault(record.credentials, {}).setdefault(record.station, index)
            case Compromised():
                self.members[record.station].compromised = True
            case _:
                pass

    def _credentials(self, number: int | None) -> Issued | None:
        return None if number is None else self.issued[number]

    def _make(self, record: Made) -> None:
        member = Member(
            record.station, record.identity, frozenset(record.trusts), record.standing, record.clone_of
        )
        if record.clone_of is not None:
            self._inherit(member, record.clone_of)
        if record.image_of is not None:
            self._image_of[record.station] = record.image_of
        if record.station in self.members:
            for owners in self._owners.values():
                owners.pop(record.station, None)
        self.members[record.station] = member

    def _inherit(self, member: Member, original: int) -> None:
        """What is open at the station whose state ``member`` has is open at that one."""
        member.runs = [
            Run(run.group, run.credentials, run.claim, run.opened, run.opened_at)
            for run in self.members[original].runs
            if run.closed is None
        ]

    def _own(self, index: int, record: Owned) -> None:
        member = self.members[record.station]
        member.owns[record.group] = Ownership(
            record.group, self._credentials(record.credentials), record.claim, index
        )
        owners = self._owners.setdefault(record.group, {})
        if member.number not in owners:
            owners[member.number] = member
            self._owners[record.group] = (
                {number: owners[number] for number in sorted(owners, key=list(self.members).index)}
                if len(owners) > 1
                else owners
            )

    def _ask(self, index: int, record: Asked) -> None:
        member = self.members[record.station]
        for run in member.runs:
            if run.group == record.group and run.closed is None:
                run.closed, run.closed_at = index, record.at
        member.runs.append(
            Run(record.group, self._credentials(record.credentials), record.claim, index, record.at)
        )

    def emitted(self, index: int, record: Emitted) -> None:
        """As :meth:`observe`, of what comes most."""
        emission = Emission(record.number, record.station, index, record.at, record.by)
        self.emissions.append(emission)
        self.by_station.setdefault(record.station, []).append(emission)

    def delivered(self, index: int, record: Delivered) -> None:
        """As :meth:`observe`, of what comes most."""
        if record.emission is not None:
            self.emissions[record.emission].heard.setdefault(record.station, index)

    # --- credentials ---------------------------------------------------------------------------

    def good(
        self,
        credentials: Issued | None,
        group: str,
        verifier: Member,
        moments: tuple[float, ...],
        before: int | None = None,
    ) -> bool:
        """Whether ``verifier`` should accept ``credentials`` for ``group``: trusted authority, this group,
        no flaw, valid at one of ``moments``, not known to it as revoked (``before`` a record, if given)."""
        return (
            credentials is not None
            and credentials.group == group
            and credentials.authority in verifier.trusts
            and credentials.flaw in _GOOD_FOR_ITS_OWN_NAME
            and any(credentials.valid_from <= at <= credentials.valid_until for at in moments)
            and not self._knew_revoked(verifier, credentials, before)
        )

    def _knew_revoked(self, verifier: Member, credentials: Issued, before: int | None) -> bool:
        told = self.revoked.get(credentials.number, {}).get(verifier.number)
        return told is not None and (before is None or told < before)

    def owners(self, group: str) -> Iterator[Member]:
        """Every station that was asked to own ``group``, of whatever standing."""
        return iter(tuple(self._owners.get(group, {}).values()))

    def honest_owners(self, group: str) -> list[Member]:
        return [member for member in self.owners(group) if member.honest]

    def is_good_owner(self, owner: Member, group: str, verifier: Member, at: float, any_member: bool) -> bool:
        """Whether ``verifier`` should take ``owner`` for the owner of ``group``."""
        ownership = owner.owns.get(group)
        return (
            ownership is not None
            and ownership.credentials is not None
            and (ownership.claim is None or ownership.claim == ownership.credentials.identity)
            and (any_member or ownership.credentials.role == "owner")
            and self.good(ownership.credentials, group, verifier, (at,))
        )

    def good_runs(self, member: Member, group: str, owners: list[Member], at: float) -> list[Run]:
        """The runs of ``member`` for ``group`` with credentials that one of ``owners`` should have accepted when
        they were opened."""
        return [
            run
            for run in member.runs
            if run.group == group
            and any(
                self.good(run.credentials, group, owner, (at, run.opened_at), before=run.opened)
                for owner in owners
            )
        ]

    # --- contact -------------------------------------------------------------------------------

    def has_fresh_contact(self, owner: Member, holder: Member, group: str, since: int) -> bool:
        """Whether a frame that ``holder`` emitted in a run for ``group``, not returned by ``leave``,
        was first delivered to ``owner``, in any form, after record ``since``."""
        runs = [run for run in holder.runs if run.group == group]
        for emission in reversed(self.by_station.get(holder.number, [])):
            first = emission.heard.get(owner.number)
            if first is None or first <= since or emission.by == "leave":
                continue
            if any(
                run.opened < emission.index and (run.closed is None or emission.index < run.closed)
                for run in runs
            ):
                return True
        return False

    def heard_since(self, receiver: Member, emitter: Member, emitted_after: int) -> bool:
        """Whether ``receiver`` was given a frame that ``emitter`` emitted after record ``emitted_after``."""
        for emission in reversed(self.by_station.get(emitter.number, [])):
            if emission.index <= emitted_after:
                return False
            if receiver.number in emission.heard:
                return True
        return False
