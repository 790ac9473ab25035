"""Whether a GO that makes the keys of its group new has a new one then, by what it tells of its secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_prose_go.air.trace import Dropped, Entry, Handlers, RekeyAsked, Reported, Silenced, Told
from pytest_prose_go.contract import Declined, Statement
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.roster import Roster


@dataclass(slots=True)
class _Renewal:
    """One call, what the GO had told of the group's secrets before, and what it told once the call had settled."""

    record: int
    at: float
    before: frozenset[str]
    after: set[str] = field(default_factory=set)
    last: tuple[int, Told] | None = None
    counts: bool = True


class Renewals:
    """Watches what GOs tell before and after they were asked for new keys. Digests alone are compared.

    One new secret of the group is enough: others of a key tree, or long-term ones, may stay. A GO that tells of no
    secret of the group afterwards (for there is none where groupcasts travel by the hops) has shown nothing.
    """

    def __init__(self, statement: Statement, roster: Roster) -> None:
        patience = statement.patience
        self._roster = roster
        self._settling = max(patience.join, patience.delivery, statement.rekey_grace)
        self._told: dict[tuple[int, str], set[str]] = {}
        self._renewals: dict[tuple[int, str], list[_Renewal]] = {}
        self._called: _Renewal | None = None

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {
            RekeyAsked: self._asked,
            Reported: self._reported,
            Told: self._take,
            Silenced: self._disturbed,
            Dropped: self._disturbed,
        }

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        handler = self.handlers.get(type(record))
        if handler is not None:
            handler(index, record)

    def _asked(self, index: int, record: RekeyAsked) -> None:
        place = (record.station, record.group)
        renewal = _Renewal(index, record.at, frozenset(self._told.get(place, ())))
        self._renewals.setdefault(place, []).append(renewal)
        self._called = renewal

    def _reported(self, index: int, record: Reported) -> None:
        if record.by == "rekey" and isinstance(record.event, Declined) and self._called is not None:
            self._called.counts = False

    def _disturbed(self, index: int, record: Silenced | Dropped) -> None:
        for (station, _), renewals in self._renewals.items():
            if station == record.station:
                renewals[-1].counts = False

    def _take(self, index: int, record: Told) -> None:
        if record.scope != "group" or self._roster.members[record.station].standing != "honest":
            return
        place = (record.station, record.group or "")
        self._told.setdefault(place, set()).add(record.digest)
        renewals = self._renewals.get(place)
        if renewals and record.at - renewals[-1].at > self._settling:
            renewals[-1].after.add(record.digest)
            renewals[-1].last = (index, record)

    def conclude(self) -> list[Violation]:
        """The calls after which a GO told of no secret of the group but those of before."""
        return [
            self._violation(station, group, renewal, *renewal.last)
            for (station, group), renewals in self._renewals.items()
            for renewal in renewals
            if renewal.counts and renewal.last is not None and renewal.after <= renewal.before
        ]

    def _violation(self, station: int, group: str, renewal: _Renewal, index: int, told: Told) -> Violation:
        name = self._roster.members[station].name_in(group)
        return Violation(
            kind="keys.survive-rekey",
            at=told.at,
            record=index,
            station=station,
            asked=f"{name} was to make the keys of {group} new {told.at - renewal.at:.0f} s before",
            seen=f"it holds no secret of the group, {told.label} among them, but those that it held before",
            ideal="after its keys were made new a group has a secret that it did not have before",
            proof=f"{told.length} bytes, SHA-256 {told.digest[:16]}…",
        )
