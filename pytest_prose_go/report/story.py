"""What a trace tells, as the rows of a picture or a list: calls, frames with the attacker's hand in them, what stations
reported, and what of it is a violation.

A long trace is folded around what matters: the violations, the attacker's moves and what stations told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Controlled,
    Delivered,
    Dropped,
    Emitted,
    Forged,
    Imaged,
    Lifted,
    Made,
    Moved,
    Negotiated,
    Owned,
    Quit,
    Record,
    RekeyAsked,
    Removed,
    Reported,
    Restarted,
    Restored,
    Revoked,
    Sent,
    Silenced,
    Stopped,
    Told,
    Trace,
    Unprotected,
    WrapNeared,
)
from pytest_prose_go.contract import Declined, Diagnostic, Event, Joined, Left, Received, Refused, Rekeyed
from pytest_prose_go.judge.finding import Violation

ATTACKER = -1
"""The number of the attacker's lifeline."""

Kind = Literal["call", "frame", "event", "move", "control", "violation", "fold"]

MOST_ROWS = 60
"""Rows of a picture that is not folded further."""

_AROUND = 5
"""Rows kept on either side of a violation."""

_TELLS = "tells of its secrets: "

_HEAD = 4
"""Bytes of a payload that are shown."""


@dataclass(frozen=True)
class Lifeline:
    """A station, or the attacker."""

    number: int
    name: str
    role: str
    standing: str


@dataclass(frozen=True)
class Row:
    """One thing that happened. ``here`` and ``there`` are lifelines (equal where it happens at one); a frame goes from
    ``here`` to ``there``. ``hand`` is what the attacker did to it, "" for nothing. ``records`` are the indices in the
    trace, ``origin`` that of the row of which a frame is a copy."""

    kind: Kind
    at: float
    here: int
    there: int
    text: str
    detail: str = ""
    hand: str = ""
    records: tuple[int, ...] = ()
    origin: int | None = None


@dataclass(frozen=True)
class Story:
    """The lifelines, from left to right, and the rows, from top to bottom. ``began`` is the time of the first record,
    in POSIX seconds; ``folded`` counts the rows that are not shown."""

    lifelines: tuple[Lifeline, ...]
    rows: tuple[Row, ...]
    began: float
    folded: int = 0


def tell(
    trace: Trace, violations: Sequence[Violation] = (), most: int = MOST_ROWS, redact: bool = False
) -> Story:
    """The story of ``trace``, folded to about ``most`` rows. With ``redact`` no byte of a payload is told."""
    teller = _Teller(trace, redact)
    rows = teller.rows()
    rows = _with_violations(rows, violations)
    shown = _folded(rows, most) if len(rows) > most else rows
    seen = {number for row in shown if row.kind != "fold" for number in (row.here, row.there)}
    return Story(
        lifelines=tuple(line for line in teller.lifelines() if line.number in seen),
        rows=tuple(shown),
        began=trace.records[0].at if trace.records else 0.0,
        folded=len(rows) - sum(row.kind != "fold" for row in shown),
    )


class _Teller:
    def __init__(self, trace: Trace, redact: bool) -> None:
        self._trace = trace
        self._redact = redact
        self._made: dict[int, Made] = {}
        self._owners: set[int] = set()
        self._emitted: dict[int, tuple[int, Emitted]] = {}
        self._carried: set[int] = set()
        self._rows: list[Row] = []
        self._tellers: dict[type[Record], Callable[[int, Any], None]] = {
            Made: self._take_made,
            Owned: self._own,
            Asked: self._ask,
            Sent: self._send,
            Removed: lambda i, r: self._call(i, r, f"remove {r.member}"),
            Quit: lambda i, r: self._call(i, r, "leave"),
            Restarted: lambda i, r: self._call(
                i, r, "restart" + (" after loss of power" if r.power_loss else "")
            ),
            Stopped: lambda i, r: self._call(i, r, "stop"),
            RekeyAsked: lambda i, r: self._call(i, r, "rekey"),
            Silenced: lambda i, r: self._move(i, r, "silenced" if r.on else "heard again"),
            Compromised: lambda i, r: self._move(i, r, "its state is stolen"),
            Revoked: self._revoke,
            Emitted: self._emit,
            Delivered: self._deliver,
            Dropped: self._drop,
            Reported: self._report,
            Told: self._tell_secret,
            Unprotected: lambda i, r: self._lab(
                i, r, f"its state opens frame {r.emission}: {self._bytes(r.data)}"
            ),
            Forged: lambda i, r: self._lab(i, r, f"its keys make a frame as {r.claimed_sender}"),
            Imaged: lambda i, r: self._lab(i, r, "its image at rest is read"),
            Restored: lambda i, r: self._lab(i, r, f"starts from an image {r.change}".rstrip()),
            Negotiated: lambda i, r: self._lab(i, r, f"agreed with {r.peer}: {', '.join(r.algorithms)}"),
            WrapNeared: lambda i, r: self._lab(i, r, f"{r.messages_left} messages before its counters wrap"),
            Moved: self._moved,
            Lifted: lambda i, r: self._attacker(i, r, f"move {r.number} is over"),
            Controlled: self._control,
        }

    def rows(self) -> list[Row]:
        for index, record in enumerate(self._trace.records):
            teller = self._tellers.get(type(record))
            if teller is not None:
                teller(index, record)
        return self._rows

    def lifelines(self) -> list[Lifeline]:
        """Owners, the attacker, then the others: so that who stands between them is drawn between them."""
        stations = sorted(self._made)
        owners = [number for number in stations if number in self._owners]
        others = [number for number in stations if number not in self._owners]
        attacker = Lifeline(ATTACKER, "attacker", "", "attacker")
        return [*map(self._lifeline, owners), attacker, *map(self._lifeline, others)]

    def _lifeline(self, number: int) -> Lifeline:
        made = self._made[number]
        role = "GO" if number in self._owners else "UE"
        return Lifeline(number, made.identity, role, made.standing)

    # --- records -----------------------------------------------------------------------------------

    def _take_made(self, index: int, record: Made) -> None:
        self._made[record.station] = record
        if record.clone_of is not None:
            self._lab(index, record, f"made of the stolen state of {self._made[record.clone_of].identity}")

    def _own(self, index: int, record: Owned) -> None:
        self._owners.add(record.station)
        self._call(index, record, f"own {record.group}" + _claimed(record.claim))

    def _ask(self, index: int, record: Asked) -> None:
        self._call(index, record, f"join {record.group}" + _claimed(record.claim))

    def _send(self, index: int, record: Sent) -> None:
        to = "to all" if record.to is None else f"to {record.to}"
        self._call(index, record, f"send {to}: {self._bytes(record.data)}")

    def _revoke(self, index: int, record: Revoked) -> None:
        if record.station is not None:
            self._call(index, record, "learns that credentials are withdrawn")

    def _emit(self, index: int, record: Emitted) -> None:
        self._emitted[record.number] = (index, record)

    def _deliver(self, index: int, record: Delivered) -> None:
        hand, detail = "" if record.how == "passed" else record.how, ""
        origin: int | None = None
        sender, size = ATTACKER, len(record.payload or b"")
        if record.emission is not None:
            emitted_at, emitted = self._emitted[record.emission]
            origin = emitted_at
            sender = emitted.station
            if record.how == "replayed" or (record.how == "redirected" and record.emission in self._carried):
                sender = ATTACKER
            self._carried.add(record.emission)
            payload = emitted.payload if record.payload is None else record.payload
            size = len(payload)
            if record.payload is not None:
                detail = difference(emitted.payload, record.payload, self._redact)
        name = "made up" if record.emission is None else f"#{record.emission}"
        self._rows.append(
            Row(
                "frame",
                record.at,
                sender,
                record.station,
                f"{name} {size} B",
                detail,
                hand,
                (index,) if origin is None else (origin, index),
                origin if sender == ATTACKER else None,
            )
        )

    def _drop(self, index: int, record: Dropped) -> None:
        emitted_at, emitted = self._emitted[record.emission]
        self._rows.append(
            Row(
                "frame",
                record.at,
                emitted.station,
                record.station,
                f"#{record.emission} {len(emitted.payload)} B",
                "",
                "dropped",
                (emitted_at, index),
            )
        )

    def _report(self, index: int, record: Reported) -> None:
        self._rows.append(
            Row(
                "event", record.at, record.station, record.station, event_text(record.event), records=(index,)
            )
        )

    def _tell_secret(self, index: int, record: Told) -> None:
        """A station tells of its secrets one by one: they are one row."""
        last = self._rows[-1] if self._rows else None
        if last is not None and last.here == record.station and last.text.startswith(_TELLS):
            text = f"{last.text}, {record.label}"
            self._rows[-1] = replace(last, text=text, records=(*last.records, index))
        else:
            self._lab(index, record, f"{_TELLS}{record.label}")

    def _moved(self, index: int, record: Moved) -> None:
        self._attacker(index, record, record.text)

    def _control(self, index: int, record: Controlled) -> None:
        held = "holds" if record.held else "does not hold"
        self._rows.append(
            Row("control", record.at, ATTACKER, ATTACKER, f"control {held}: {record.text}", records=(index,))
        )

    def _bytes(self, data: bytes) -> str:
        return _bytes(data, self._redact)

    def _call(self, index: int, record: Any, text: str) -> None:
        self._rows.append(Row("call", record.at, record.station, record.station, text, records=(index,)))

    def _lab(self, index: int, record: Any, text: str) -> None:
        self._rows.append(
            Row("move", record.at, record.station, record.station, text, hand="laboratory", records=(index,))
        )

    def _move(self, index: int, record: Any, text: str) -> None:
        self._rows.append(
            Row("move", record.at, record.station, record.station, text, hand="silence", records=(index,))
        )

    def _attacker(self, index: int, record: Any, text: str) -> None:
        self._rows.append(Row("move", record.at, ATTACKER, ATTACKER, text, hand="move", records=(index,)))


# --- words ---------------------------------------------------------------------------------------


def event_text(event: Event, redact: bool = False) -> str:
    """An event in a line."""
    match event:
        case Joined():
            return f"Joined {event.peer}"
        case Received():
            via = f" from {event.sender}" if event.sender is not None else ""
            cast = f", {event.cast}" if event.cast is not None else ""
            return f"Received {_bytes(event.data, redact)}{via}{cast}"
        case Left():
            return f"Left {event.peer or ''} {event.reason}".strip()
        case Refused():
            return f"Refused {event.peer or ''} {event.reason}".strip()
        case Rekeyed():
            return "Rekeyed"
        case Declined():
            return f"Declined {event.call}: {event.reason}"
        case Diagnostic():
            return f"says: {event.text}"
    return str(event)


def difference(before: bytes, after: bytes, redact: bool = False) -> str:
    """How one payload became another, in a few words: its length, and the first byte that differs (with ``redact``
    only where)."""
    words = [f"{len(before)} → {len(after)} B"] if len(before) != len(after) else []
    both = zip(before, after, strict=False)
    at = next((place for place, (old, new) in enumerate(both) if old != new), None)
    if at is not None:
        words.append(f"byte {at}" + ("" if redact else f": {before[at]:02x} → {after[at]:02x}"))
    return ", ".join(words)


def _bytes(data: bytes, redact: bool) -> str:
    if redact:
        return f"{len(data)} B"
    more = "…" if len(data) > _HEAD else ""
    return f"{data[:_HEAD].hex()}{more} ({len(data)} B)"


def _claimed(claim: str | None) -> str:
    return "" if claim is None else f" as {claim}"


# --- folding -------------------------------------------------------------------------------------


def _with_violations(rows: list[Row], violations: Iterable[Violation]) -> list[Row]:
    """The rows, with one after that of the record on which each violation rests."""
    told = list(rows)
    for violation in violations:
        place = max(
            (
                number
                for number, row in enumerate(told)
                if row.records and row.records[-1] <= violation.record
            ),
            default=-1,
        )
        told.insert(
            place + 1,
            Row(
                "violation",
                violation.at,
                violation.station,
                violation.station,
                f"{violation.kind}: {violation.seen}",
                violation.proof,
                records=(violation.record,),
            ),
        )
    return told


def _weight(row: Row) -> int:
    """How much a row matters: the less the more."""
    if row.kind == "violation":
        return 0
    if row.kind == "move" or row.hand:
        return 1
    if row.kind in ("call", "event"):
        return 2
    return 3


def _folded(rows: Sequence[Row], most: int) -> list[Row]:
    """About ``most`` of the rows: those around violations, then by weight and by nearness to the first violation (to
    the end, where there is none)."""
    marks = [number for number, row in enumerate(rows) if row.kind == "violation"]
    focus = marks[0] if marks else len(rows) - 1
    kept = {
        number
        for mark in marks[:3]
        for number in range(max(0, mark - _AROUND), min(len(rows), mark + _AROUND + 1))
    }
    ranked = sorted(range(len(rows)), key=lambda number: (_weight(rows[number]), abs(number - focus)))
    for number in ranked:
        if len(kept) >= most:
            break
        kept.add(number)
    shown: list[Row] = []
    skipped: list[Row] = []
    for number, row in enumerate(rows):
        if number in kept:
            shown += [*_fold(skipped), row]
            skipped = []
        else:
            skipped.append(row)
    return [*shown, *_fold(skipped)]


def _fold(rows: Sequence[Row]) -> list[Row]:
    """One row for many; one alone takes no more room than a word that it is missing."""
    if len(rows) < 2:
        return list(rows)
    frames = sum(row.kind == "frame" for row in rows)
    others = len(rows) - frames
    words = [_counted(frames, "frame")] if frames else []
    words += [_counted(others, "other thing")] if others else []
    return [Row("fold", rows[0].at, ATTACKER, ATTACKER, "… " + " and ".join(words) + " …")]


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
