"""What two ends agreed on: equal at both, and never weaker because of the attacker."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_prose_go.air.trace import (
    Asked,
    Delivered,
    Dropped,
    Entry,
    Handlers,
    Made,
    Negotiated,
    Quit,
    Removed,
    Reported,
)
from pytest_prose_go.contract import Joined, Left, Statement
from pytest_prose_go.judge.finding import Lead, Violation
from pytest_prose_go.judge.roster import Roster

Strength = tuple[int, int]
"""Bits of confidentiality and of integrity."""


@dataclass(slots=True)
class _Pair:
    """The two ends of a hop in one group: what each told in the present session, and the best that an
    undisturbed join chose."""

    told: dict[int, Negotiated] = field(default_factory=dict)
    best: Negotiated | None = None
    asked: int = -1


class Negotiation:
    """Judges every :class:`Negotiated`."""

    def __init__(
        self, statement: Statement, roster: Roster, booked: list[Violation], leads: list[Lead]
    ) -> None:
        self._strengths = {
            algorithm.name: (algorithm.confidentiality, algorithm.integrity)
            for algorithm in statement.algorithms
        }
        self._roster = roster
        self._booked = booked
        self._leads = leads
        self._pairs: dict[tuple[str, frozenset[str]], _Pair] = {}
        self._latest_act = -1
        self._offers: dict[int, tuple[str, ...]] = {}

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {
            Made: self._made,
            Negotiated: self._take,
            Delivered: self._delivered,
            Dropped: self._dropped,
            Asked: self._take_asked,
            Quit: self._quit,
            Removed: self._removed,
            Reported: self._reported,
        }

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        handler = self.handlers.get(type(record))
        if handler is not None:
            handler(index, record)

    def _made(self, index: int, record: Made) -> None:
        if record.offers is not None:
            self._offers[record.station] = record.offers

    def _delivered(self, index: int, record: Delivered) -> None:
        if record.move is not None:
            self._latest_act = index

    def _dropped(self, index: int, record: Dropped) -> None:
        self._latest_act = index

    def _take_asked(self, index: int, record: Asked) -> None:
        name = self._roster.members[record.station].name_in(record.group)
        for pair in self._of(record.group, name):
            pair.told.clear()
            pair.asked = index
        self._asked(record.group, name, index)

    def _quit(self, index: int, record: Quit) -> None:
        self._forget(record.group, self._roster.members[record.station].name_in(record.group))

    def _removed(self, index: int, record: Removed) -> None:
        self._forget(record.group, record.member)

    def _reported(self, index: int, record: Reported) -> None:
        event = record.event
        if isinstance(event, Joined | Left):
            # What was told before a session changed cannot be held against what is told after it.
            self._forget(event.group, self._roster.members[record.station].name_in(event.group))

    def _of(self, group: str, name: str) -> list[_Pair]:
        return [
            pair for (of_group, names), pair in self._pairs.items() if of_group == group and name in names
        ]

    def _asked(self, group: str, name: str, index: int) -> None:
        """A pair that nobody told of yet begins with the join as well."""
        for owner in self._roster.owners(group):
            key = (group, frozenset({name, owner.name_in(group)}))
            self._pairs.setdefault(key, _Pair(asked=index))

    def _forget(self, group: str, name: str) -> None:
        for pair in self._of(group, name):
            pair.told.clear()

    def _take(self, index: int, record: Negotiated) -> None:
        name = self._roster.members[record.station].name_in(record.group)
        pair = self._pairs.setdefault((record.group, frozenset({name, record.peer})), _Pair())
        for station, other in pair.told.items():
            if station != record.station and set(other.algorithms) != set(record.algorithms):
                self._book_disagreement(index, record, name, other)
        pair.told[record.station] = record
        if self._book_unoffered(index, record, name):
            return
        disturbed = self._latest_act > pair.asked
        if pair.best is None:
            if not disturbed:
                pair.best = record
            return
        strength, best = self._strength(record), self._strength(pair.best)
        if strength[0] >= best[0] and strength[1] >= best[1]:
            return
        if disturbed:
            self._book_downgrade(index, record, name, pair.best)
        else:
            self._leads.append(
                Lead(
                    kind="downgrade",
                    at=record.at,
                    record=index,
                    text=f"{name} and {record.peer} agreed on {_listed(record)} after {_listed(pair.best)}, "
                    "though nobody disturbed them",
                )
            )

    def _strength(self, record: Negotiated) -> Strength:
        """Of several algorithms in use together the strongest of each kind protects."""
        strengths = [self._strengths.get(name, (0, 0)) for name in record.algorithms]
        return max((s[0] for s in strengths), default=0), max((s[1] for s in strengths), default=0)

    def _book_unoffered(self, index: int, record: Negotiated, name: str) -> bool:
        """Book an agreement on what one of the ends does not offer. Returns whether there was one."""
        peers = [
            member.number
            for member in self._roster.members.values()
            if member.name_in(record.group) == record.peer and member.standing == "honest"
        ]
        for station in (record.station, *peers):
            unoffered = set(record.algorithms) - set(self._offers.get(station, record.algorithms))
            if unoffered:
                self._booked.append(
                    Violation(
                        kind="downgrade.algorithms",
                        at=record.at,
                        record=index,
                        station=record.station,
                        asked=f"{self._roster.members[station].name_in(record.group)} was made to offer "
                        f"{', '.join(self._offers[station])} alone",
                        seen=f"{name} and {record.peer} agreed on {_listed(record)}",
                        ideal="two ends agree only on what both of them offer",
                    )
                )
                return True
        return False

    # --- words -------------------------------------------------------------------------------------

    def _book_disagreement(self, index: int, record: Negotiated, name: str, other: Negotiated) -> None:
        self._booked.append(
            Violation(
                kind="agreement.parameters",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"{name} and {record.peer} have a session in {record.group}",
                seen=f"{name} agreed on {_listed(record)}, {record.peer} on {_listed(other)}",
                ideal="both ends of a session agree on its algorithms",
            )
        )

    def _book_downgrade(self, index: int, record: Negotiated, name: str, best: Negotiated) -> None:
        now, before = self._strength(record), self._strength(best)
        self._booked.append(
            Violation(
                kind="downgrade.algorithms",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"{name} and {record.peer} joined in {record.group}, while the attacker disturbed them",
                seen=f"they agreed on {_listed(record)}; undisturbed they had agreed on {_listed(best)}",
                ideal="no manipulation of a join leads to weaker algorithms than the ends choose by themselves",
                proof=f"confidentiality {now[0]} bits after {before[0]}, integrity {now[1]} after {before[1]}",
            )
        )


def _listed(record: Negotiated) -> str:
    return ", ".join(record.algorithms) or "nothing"
