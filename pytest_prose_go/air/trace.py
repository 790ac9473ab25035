"""The trace: all that was asked, emitted, done, heard and reported, in order.

A trace is complete: the judge needs nothing else, so that judging it again, later and elsewhere,
gives the same verdict. Stations are known by their number in the trace, never by an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from pytest_prose_go.contract import Event, Flaw, Role, Statement

Standing = Literal["honest", "rogue", "outsider", "insider", "compromised"]
"""``honest``; ``rogue``: its authority is not trusted, or its credentials are flawed; ``outsider``: good
credentials, another group; ``insider``: good credentials here, under the attacker; ``compromised``: its
state was cloned."""

HowDelivered = Literal["passed", "altered", "replayed", "redirected", "injected"]


class Record(Struct, frozen=True, tag=True):
    """Something that happened at ``at`` (POSIX seconds)."""

    at: float


class Issued(Record, frozen=True):
    """Credentials were made. ``number`` counts from 0 in the trace. Secrets are not recorded."""

    number: int
    identity: str
    group: str
    authority: str
    role: Role
    valid_from: float
    valid_until: float
    flaw: Flaw | None = None


class Made(Record, frozen=True):
    """A station was made. ``identity`` is the one it is meant to have (its credentials' own)."""

    station: int
    label: str
    identity: str
    address: int
    trusts: tuple[str, ...]
    standing: Standing
    clone_of: int | None = None


class Owned(Record, frozen=True):
    """``own`` was called. ``credentials`` is an issue number, or None for none."""

    station: int
    group: str
    credentials: int | None
    claim: str | None = None


class Asked(Record, frozen=True):
    """``join`` was called."""

    station: int
    group: str
    owner_address: int
    credentials: int | None
    claim: str | None = None


class Sent(Record, frozen=True):
    """``send`` was called: a *sending*, numbered from 0 in the trace."""

    station: int
    group: str
    number: int
    data: bytes
    to: str | None


class Removed(Record, frozen=True):
    """``remove`` was called."""

    station: int
    group: str
    member: str


class Quit(Record, frozen=True):
    """``leave`` was called."""

    station: int
    group: str


class Restarted(Record, frozen=True):
    station: int
    power_loss: bool


class Silenced(Record, frozen=True):
    """The station neither hears nor is heard from here (``on``), or again does (not ``on``)."""

    station: int
    on: bool


class Stopped(Record, frozen=True):
    station: int


class Compromised(Record, frozen=True):
    """The state of ``station`` is in the attacker's hands from here on."""

    station: int


class RekeyAsked(Record, frozen=True):
    station: int
    group: str


class Revoked(Record, frozen=True):
    """Credentials were withdrawn; ``station`` was told (None: the notice was only made)."""

    credentials: int
    station: int | None = None


class Emitted(Record, frozen=True):
    """A station gave a frame to the air. ``number`` counts from 0; ``by`` is the call that returned it."""

    station: int
    number: int
    source: int
    destination: int
    payload: bytes
    by: str


class Delivered(Record, frozen=True):
    """A station was given a frame.

    ``emission`` is the number of the frame it stems from, None if the attacker made it up; ``move``
    is the attacker's move that brought or changed it, if any. ``payload`` is None where it equals the
    emission's, and so are ``source`` and ``destination``.
    """

    number: int
    station: int
    emission: int | None
    how: HowDelivered = "passed"
    move: int | None = None
    payload: bytes | None = None
    source: int | None = None
    destination: int | None = None


class Dropped(Record, frozen=True):
    """The attacker kept a frame from a station (for good, or until it is delivered later)."""

    station: int
    emission: int
    move: int


class Reported(Record, frozen=True):
    """A station told its application. ``by`` is the call that returned it, ``delivery`` the number of
    the delivery if that call was ``receive``."""

    station: int
    event: Event
    by: str
    delivery: int | None = None


class Moved(Record, frozen=True):
    """The attacker made a move. ``number`` counts from 0; ``text`` says it in a line."""

    number: int
    kind: str
    text: str


class Lifted(Record, frozen=True):
    """The attacker's move is over."""

    number: int


class Controlled(Record, frozen=True):
    """A control was tried. ``operands`` are numbers of stations, sendings or moves, by its kind;
    ``held`` is what the judge found in the trace so far, and finds again when it judges anew."""

    kind: str
    operands: tuple[int, ...]
    held: bool
    text: str


class Noted(Record, frozen=True):
    """A line for the report: what was looked for, a count, a lead. Never judged."""

    text: str


Entry = (
    Issued
    | Made
    | Owned
    | Asked
    | Sent
    | Removed
    | Quit
    | Restarted
    | Silenced
    | Stopped
    | Compromised
    | RekeyAsked
    | Revoked
    | Emitted
    | Delivered
    | Dropped
    | Reported
    | Moved
    | Lifted
    | Controlled
    | Noted
)


class Trace:
    """The records of one case, in order, under the statement of its target.

    ``listeners`` are called with (index, record) as each record comes in: the judge watches so.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.records: list[Entry] = []
        self.listeners: list[Callable[[int, Entry], None]] = []

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.records)

    def append(self, record: Entry) -> int:
        """Add a record and tell the listeners. Returns its index."""
        index = len(self.records)
        self.records.append(record)
        for listener in self.listeners:
            listener(index, record)
        return index

    def encode(self) -> bytes:
        """The trace as JSON lines: the statement first, then a record a line."""
        return msgspec.json.Encoder().encode_lines([self.statement, *self.records])

    @classmethod
    def decode(cls, lines: bytes) -> Trace:
        """The trace in ``lines``. Raises :class:`msgspec.DecodeError` if they are none."""
        head, _, body = lines.partition(b"\n")
        trace = cls(msgspec.json.decode(head, type=Statement))
        trace.records = msgspec.json.Decoder(Entry).decode_lines(body)
        return trace
