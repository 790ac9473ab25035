"""What stations tell of the secrets that they hold: shared ones, weak ones, and those that outlive a removal.

Only digests are compared. A secret of a hop is looked at with the hop (its two names and its group) and
the session in which it was told; equal secrets at the two ends of one session are as they must be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pytest_prose_go.air.trace import Dropped, Entry, Handlers, Quit, Removed, Reported, Silenced, Told
from pytest_prose_go.contract import Joined, Statement
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.kinship import Kinship
from pytest_prose_go.judge.roster import Roster

Hop = tuple[str | None, frozenset[str]]
"""Group and the two names."""

_COUNTED = re.compile(r"(0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]*")
"""What numbers secrets of one sort within a label, such as a key's identity."""

_MOST_HOLDERS = 2
"""Devices that may hold one long-term secret: the two of a pair."""


@dataclass(slots=True)
class _Session:
    """What one end told of a hop's secrets in one session of it: label → digests."""

    joined: bool = False
    told: dict[str, set[str]] = field(default_factory=dict)
    record: int = -1
    at: float = 0.0


@dataclass(slots=True)
class _Use:
    """Where a secret was told of first, in each of its places."""

    place: str
    label: str


class HeldSecrets:
    """Judges every :class:`Told`. Violations go to ``booked``; the sessions are compared in :meth:`conclude`."""

    def __init__(
        self, statement: Statement, roster: Roster, kinship: Kinship, booked: list[Violation]
    ) -> None:
        self._statement = statement
        self._roster = roster
        self._kinship = kinship
        self._booked = booked
        patience = statement.patience
        self._settling = max(patience.join, patience.delivery, statement.rekey_grace)
        self._uses: dict[str, dict[object, _Use]] = {}
        self._device_holders: dict[str, set[int]] = {}
        self._sessions: dict[tuple[int, Hop], list[_Session]] = {}
        self._held: dict[tuple[str, str], dict[str, int]] = {}
        self._disturbed: dict[int, int] = {}
        self._told_of: set[tuple[object, ...]] = set()

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {
            Told: self._take,
            Reported: self._reported,
            Quit: self._quit,
            Removed: self._removed,
            Silenced: self._note_disturbance,
            Dropped: self._note_disturbance,
        }

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        handler = self.handlers.get(type(record))
        if handler is not None:
            handler(index, record)

    def _reported(self, index: int, record: Reported) -> None:
        event = record.event
        if isinstance(event, Joined):
            session = self._session(record.station, event.group, event.peer)
            session.joined = True
            session.told.clear()  # what was told before is not of this session

    def _quit(self, index: int, record: Quit) -> None:
        self._end_sessions(record.group, {self._name(record.station, record.group)})

    def _removed(self, index: int, record: Removed) -> None:
        self._end_sessions(record.group, {record.member})

    def _note_disturbance(self, index: int, record: Silenced | Dropped) -> None:
        self._disturbed[record.station] = index

    def conclude(self) -> list[Violation]:
        """Sessions of one hop whose secrets are all those of an earlier one."""
        return [
            self._violation_of_sessions(station, hop, label, session)
            for (station, hop), sessions in self._sessions.items()
            for place, session in enumerate(sessions)
            if session.joined
            for label, digests in sorted(session.told.items())
            if any(digests <= earlier.told.get(label, set()) for earlier in sessions[:place])
        ]

    # --- each secret -------------------------------------------------------------------------------

    def _take(self, index: int, record: Told) -> None:
        if record.weak and not (
            record.scope == "device" and self._statement.credential_kind in ("password", "group-key")
        ):
            self._book_weak(index, record)
        name = self._name(record.station, record.group)
        match record.scope:
            case "device":
                self._judge_device(index, record)
            case "hop":
                hop = (record.group, frozenset({name, record.peer or ""}))
                self._judge_place(index, record, hop, f"the hop of {name} and {record.peer}")
                session = self._session(record.station, record.group, record.peer or "")
                session.told.setdefault(_COUNTED.sub("#", record.label), set()).add(record.digest)
                session.record, session.at = index, record.at
            case "group":
                self._judge_place(index, record, ("group", record.group), f"the group {record.group}")
                self._judge_survival(index, record)
                self._held.setdefault((name, record.group or ""), {}).setdefault(record.digest, index)

    def _judge_place(self, index: int, record: Told, place: object, words: str) -> None:
        """Book a secret that was told of in another place already."""
        uses = self._uses.setdefault(record.digest, {})
        if place not in uses and uses:
            other = next(iter(uses.values()))
            self._book_shared(
                index, record, f"{other.label} of {other.place} and {record.label} of {words} are one"
            )
        uses.setdefault(place, _Use(words, record.label))

    def _judge_device(self, index: int, record: Told) -> None:
        place = ("device",)
        uses = self._uses.setdefault(record.digest, {})
        if place not in uses and uses:
            other = next(iter(uses.values()))
            self._book_shared(
                index, record, f"{other.label} of {other.place} is the long-term secret {record.label}"
            )
        uses.setdefault(place, _Use("a device", record.label))
        holders = self._device_holders.setdefault(record.digest, set())
        holders.add(self._kinship.origin(record.station))
        by_design = self._statement.credential_kind in ("password", "group-key")
        if len(holders) > _MOST_HOLDERS and not by_design:
            self._book_shared(
                index, record, f"{len(holders)} devices hold one long-term secret, {record.label}"
            )

    def _judge_survival(self, index: int, record: Told) -> None:
        """Book a group secret that a removed member had held and this station still holds."""
        member = self._roster.members[record.station]
        if member.standing != "honest":
            return
        for removed_at, removal in self._roster.removals:
            if (
                removal.group == record.group
                and removal.member not in self._kinship.names(record.station, removal.group)
                and self._held.get((removal.member, removal.group), {}).get(record.digest, index) < removed_at
                and record.at - removal.at > self._settling
                and self._disturbed.get(record.station, -1) < removed_at
            ):
                self._book_survival(index, record, removal)
                return

    # --- sessions ----------------------------------------------------------------------------------

    def _session(self, station: int, group: str | None, peer: str) -> _Session:
        hop = (group, frozenset({self._name(station, group), peer}))
        sessions = self._sessions.setdefault((station, hop), [_Session()])
        return sessions[-1]

    def _end_sessions(self, group: str, names: set[str]) -> None:
        for (_, hop), sessions in self._sessions.items():
            if hop[0] == group and names & hop[1] and (sessions[-1].joined or sessions[-1].told):
                sessions.append(_Session())

    def _name(self, station: int, group: str | None) -> str:
        member = self._roster.members[station]
        return member.identity if group is None else member.name_in(group)

    # --- words -------------------------------------------------------------------------------------

    def _violation_of_sessions(self, station: int, hop: Hop, label: str, session: _Session) -> Violation:
        names = " and ".join(sorted(hop[1]))
        digest = min(session.told[label])
        return Violation(
            kind="keys.shared",
            at=session.at,
            record=session.record,
            station=station,
            asked=f"{names} joined anew in {hop[0]}",
            seen=f"the new session of {names} has the secret {label} of an earlier one and no other",
            ideal=_SHARED,
            proof=f"SHA-256 {digest[:16]}…",
        )

    def _book_shared(self, index: int, record: Told, seen: str) -> None:
        if ("shared", record.digest) in self._told_of:
            return
        self._told_of.add(("shared", record.digest))
        self._booked.append(
            Violation(
                kind="keys.shared",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"{self._name(record.station, record.group)} told of the secrets that it holds",
                seen=seen,
                ideal=_SHARED,
                proof=_proof(record),
            )
        )

    def _book_weak(self, index: int, record: Told) -> None:
        if ("weak", record.digest) in self._told_of:
            return
        self._told_of.add(("weak", record.digest))
        self._booked.append(
            Violation(
                kind="keys.weak",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"{self._name(record.station, record.group)} told of the secrets that it holds",
                seen=f"the secret {record.label} ({record.scope}) is none: {record.weak}",
                ideal="a key has 16 bytes or more that nobody can know or guess",
                proof=_proof(record),
            )
        )

    def _book_survival(self, index: int, record: Told, removal: Removed) -> None:
        key = ("survives", record.digest, removal.member)
        if key in self._told_of:
            return
        self._told_of.add(key)
        self._booked.append(
            Violation(
                kind="keys.survive-removal",
                at=record.at,
                record=index,
                station=record.station,
                asked=f"the GO removed {removal.member} from {removal.group} {record.at - removal.at:.0f} s before",
                seen=f"{self._name(record.station, record.group)} still holds the group's secret "
                f"{record.label}, which {removal.member} had held",
                ideal="no secret of the group's traffic that a removed member held stays in use",
                proof=_proof(record),
            )
        )


_SHARED = "each hop, each session and each group has secrets of its own, and each device long-term ones"


def _proof(record: Told) -> str:
    return f"{record.length} bytes, SHA-256 {record.digest[:16]}…"
