"""A few bytes of every payload at one place of every frame: leaks too short to be proven by one message.

Taken together are the sendings that one station put on the air by one route: those of one length, those
of 4 to 7, 8 to 15, 16 to 31 bytes and so on, and those of all lengths from 4 bytes on. In each, the frame
that carried it, or the one that the same call put out just before or after it, is held against its payload: a
leak is t payload bytes in a row (counted from the payload's start or its end) that stand at one place (counted
from the frame's head or its tail) in all n of them.

The sum. Each byte of each sending is 8 bits, as far as the column of its values over the n sendings
shows no pattern: 8 t n in all. Compared are fewer than 2**7 places of a payload with 2**11 of a frame, in 2
ways, in fewer than 2**9 groups and runs of 2**3 lengths: 64 + 31 = 95 bits, hence t n of 12: one byte
in 12 sendings, 2 in 6, 4 in 3. Longer leaks are :mod:`.plaintext`'s.

A group counts only as a whole: what leaks in some sendings of it and not in others, and what leaks
under a mask, is not proven.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from pytest_prose_go.judge.eavesdropping.arithmetic import needed_bits, unexplained_bits
from pytest_prose_go.judge.eavesdropping.evidence import Emission, Ledger, Route, Sending
from pytest_prose_go.judge.finding import Kind, Violation

COMPARISONS = 2**31
MOST_SENDINGS = 64
"""Sendings of one group that are looked at."""
LEAST_SENDINGS = 3
EDGE = 32
"""Bytes at a payload's start and at its end that are sought."""
REACH = 512
"""Bytes from a frame's head and from its tail in which they are sought."""
POOLED = 4

KINDS: dict[Route, Kind] = {
    "uplink": "short-leak.uplink",
    "downlink": "short-leak.downlink",
    "groupcast": "short-leak.groupcast",
}

Pair = tuple[int, int]
"""A place in a frame and one in a payload: from the end where it is negative."""


class Group(Struct):
    """Sendings taken together: who carried them, and the pairs of places equal in all of them so far."""

    members: list[tuple[Sending, Emission]]
    payloads: set[bytes]
    pairs: list[Pair] | None = None


class ShortLeakSearch:
    """The search for short leaks in one trace."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._searched = 0
        self._groups: dict[tuple[int, Route, int, int], Group] = {}
        self._violations: dict[tuple[Kind, int], Violation] = {}

    @property
    def counts(self) -> dict[Route, int]:
        """The most sendings of one length that were taken together, for each route."""
        most: dict[Route, int] = {}
        for (_, route, size, beside), group in self._groups.items():
            if size > 0 and not beside:
                most[route] = max(most.get(route, 0), len(group.members))
        return most

    def search(self) -> list[Violation]:
        """All violations so far: the first of each kind for each station."""
        touched: dict[tuple[int, Route, int, int], None] = {}
        for carriage in self._ledger.carriages[self._searched :]:
            sending = carriage.sending
            size = len(sending.data)
            if unexplained_bits(sending.data) < 8 * size - 8:
                continue
            for hop in carriage.hops:
                for beside, emission in self._ledger.and_neighbours(hop.emission):
                    for pool, edge in _pools(size):
                        place = (emission.station, hop.route, pool, beside)
                        group = self._groups.setdefault(place, Group([], set()))
                        if self._take(group, sending, emission, edge):
                            touched[place] = None
        self._searched = len(self._ledger.carriages)
        for place in touched:
            station, route, _, _ = place
            self._weigh(station, route, self._groups[place])
        return list(self._violations.values())

    def _take(self, group: Group, sending: Sending, emission: Emission, edge: int) -> bool:
        """Add a sending to ``group``, unless it, or an equal one, is in it."""
        if len(group.members) >= MOST_SENDINGS or sending.data in group.payloads:
            return False
        group.members.append((sending, emission))
        group.payloads.add(sending.data)
        frame, data = emission.payload, sending.data
        if group.pairs is None:
            if len(group.members) == 2:
                # The first two at once: one alone has chance pairs by the thousand.
                first, head = group.members[0]
                seen = list(_equal_places(head.payload, first.data, edge))
                group.pairs = _kept(seen, frame, data)
        else:
            group.pairs = _kept(group.pairs, frame, data)
        return True

    def _weigh(self, station: int, route: Route, group: Group) -> None:
        kind = KINDS[route]
        if not group.pairs or len(group.members) < LEAST_SENDINGS or (kind, station) in self._violations:
            return
        for run in _runs(group.pairs):
            bits = sum(_column_bits([sending.data[at] for sending, _ in group.members]) for _, at in run)
            if bits < needed_bits(COMPARISONS):
                continue
            sending, emission = group.members[-1]
            (place, at), size = run[0], len(run)
            samples = ", ".join(
                f"{sent.data[at : (at + size) or None].hex()} in frame {frame.number}"
                for sent, frame in group.members[:4]
            )
            self._violations[kind, station] = Violation(
                kind=kind,
                at=emission.at,
                record=emission.index,
                station=station,
                asked=f"{len(group.members)} sendings of random bytes, the last: {self._ledger.describe(sending)}",
                seen=(
                    f"{self._ledger.name(station)} put {size} byte{'s'[: size > 1]} of every payload, from byte "
                    f"{at} on, in clear, at offset {place} of every frame that carried one (below 0: from the end)"
                ),
                ideal="nothing on the air that tells any part of a payload",
                proof=f"{samples}, … in {len(group.members)} frames ({bits} bits)",
            )
            return


def _pools(size: int) -> Iterator[tuple[int, int]]:
    """The groups of a payload's length, and how many bytes at its edges are sought in each: one of its own,
    one of its like (negative), one of all (0)."""
    yield size, EDGE
    if size >= POOLED:
        yield -size.bit_length(), min(1 << size.bit_length() - 1, EDGE // 2)
        yield 0, POOLED


def _equal_places(frame: bytes, data: bytes, edge: int) -> Iterator[Pair]:
    size, length = len(data), len(frame)
    places = sorted({*range(min(edge, size)), *range(max(size - edge, 0), size)})
    for at in places:
        place = frame.find(data[at])
        while place >= 0:
            if place < REACH or place >= length - REACH:
                for there in (place, place - length):
                    if at < edge:
                        yield there, at
                    if at - size >= -edge:
                        yield there, at - size
            place = frame.find(data[at], place + 1)


def _kept(pairs: list[Pair], frame: bytes, data: bytes) -> list[Pair]:
    size, length = len(data), len(frame)
    return [
        (place, at)
        for place, at in pairs
        if -length <= place < length and -size <= at < size and frame[place] == data[at]
    ]


def _runs(pairs: list[Pair]) -> Iterator[list[Pair]]:
    """Pairs of neighbouring places, in both the frame and the payload, the longest runs of them."""
    known = set(pairs)
    for place, at in pairs:
        if (place - 1, at - 1) in known and place and at:
            continue
        run = [(place, at)]
        while (step := (run[-1][0] + 1, run[-1][1] + 1)) in known and 0 not in step:
            run.append(step)
        yield run


def _column_bits(values: list[int]) -> int:
    """8 bits a value, as far as the values differ from each other and do not count."""
    steps = {(later - earlier) & 0xFF for earlier, later in pairwise(values)}
    allowance = 1 + len(values) // 8
    if len(set(values)) >= len(values) - allowance and len(steps) >= len(values) - 1 - allowance:
        return 8 * len(values)
    return 8 * min(len(set(values)), len(steps) + 1)
