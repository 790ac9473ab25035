"""The trace: all that was asked, emitted, done, heard and reported, in order.

A trace is complete: the judge needs nothing else, so that judging it again, later and elsewhere,
gives the same verdict. Stations are known by their number in the trace, never by an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from pytest_prose_go.contract import Cast, Event, Flaw, Role, Statement

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
    """A station was made. ``identity`` is the one it is meant to have (its credentials' own).

    ``clone_of``: it began with all that a thief could take from that station; ``image_of``: it began with
    the image that was at rest in that one (see :class:`Restored`). ``offers``: the algorithms that it is
    restricted to, None for all.
    """

    station: int
    label: str
    identity: str
    address: int
    trusts: tuple[str, ...]
    standing: Standing
    clone_of: int | None = None
    image_of: int | None = None
    offers: tuple[str, ...] | None = None


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


class Told(Record, frozen=True):
    """``secrets`` told of a secret. Its value is not recorded: ``digest`` is its SHA-256 in hex, ``length``
    its bytes, and ``weak`` says in words why it is none, "" if nothing shows that."""

    station: int
    label: str
    scope: Literal["device", "hop", "group"]
    peer: str | None
    group: str | None
    digest: str
    length: int
    weak: str = ""


class Unprotected(Record, frozen=True):
    """``unprotect``, with the state of ``station``, opened ``data`` in a frame (an emission's number)."""

    station: int
    emission: int
    data: bytes


class Forged(Record, frozen=True):
    """``protect`` made frames with the keys of ``station``, in the name of ``claimed_sender``. The sending of
    these bytes, by that station, stands before it."""

    station: int
    group: str
    data: bytes
    claimed_sender: str
    to: str | None
    cast: Cast


class Imaged(Record, frozen=True):
    """``stored`` gave the image of what is at rest. ``digest`` is its SHA-256 in hex; ``found`` tells which
    secret stands in it, in which encoding and at which offset, "" if none was found."""

    station: int
    digest: str
    found: str = ""


class Restored(Record, frozen=True):
    """The station of that number, just made, began with an image (``Made.image_of`` tells whose): on the
    same device or on another. ``change`` says what the attacker changed in the image, "" for nothing."""

    station: int
    same_device: bool
    change: str = ""


class Negotiated(Record, frozen=True):
    """``parameters`` told what ``station`` agreed on with ``peer``: names of the statement's algorithms."""

    station: int
    group: str
    peer: str
    algorithms: tuple[str, ...]


class WrapNeared(Record, frozen=True):
    """The sending counters of ``station`` were set so that so many messages remain before they wrap."""

    station: int
    messages_left: int


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


class Ended(Record, frozen=True):
    """The case ended; nothing stands after it. ``apart`` is its verdict with the violations left aside, as the
    case itself came to it, ``reason`` why that is not PASS."""

    apart: str
    reason: str = ""


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
    | Told
    | Unprotected
    | Forged
    | Imaged
    | Restored
    | Negotiated
    | WrapNeared
    | Moved
    | Lifted
    | Controlled
    | Noted
    | Ended
)


KINDS: tuple[type[Record], ...] = get_args(Entry)

Handlers = dict[type[Record], Callable[[int, Any], None]]
"""What a watcher of a trace does with a record at its index, by the record's type: with most it does nothing,
and each record is shown to many watchers."""


class Trace:
    """The records of one case, in order, under the statement of its target.

    ``listeners`` are called with (index, record) as each record comes in, after those who :meth:`watch`.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.records: list[Entry] = []
        self.listeners: list[Callable[[int, Entry], None]] = []
        self._watchers: dict[type[Record], list[Callable[[int, Any], None]]] = {}

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.records)

    def append(self, record: Entry) -> int:
        """Add a record and tell the listeners. Returns its index."""
        index = len(self.records)
        self.records.append(record)
        for watcher in self._watchers.get(type(record), ()):
            watcher(index, record)
        for listener in self.listeners:
            listener(index, record)
        return index

    def watch(self, handlers: Handlers) -> None:
        """Have each record from now on shown to the handler of its type, after those who watch already."""
        for kind, handler in handlers.items():
            self._watchers.setdefault(kind, []).append(handler)

    def unwatch(self) -> None:
        """Show nobody any more: the records stay."""
        self._watchers.clear()
        self.listeners.clear()

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
