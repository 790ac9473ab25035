"""Equal bytes for equal payloads: a deterministic cipher, or a session's keys that came back.

Compared are the frames of two sendings of one random payload, both reported, of equal length, byte by
byte at equal offsets. Both must be *certain* (see :class:`.evidence.Carriage`), so that neither is a
resending, and no attacker's move may fall between a sending and its report: else it is a lead. Runs of 4
equal bytes and more count, each less log2 of the frame's length for its place. Either of two sums is a
proof that the protected payload itself repeats:

- *by room*: a frame of L bytes that carries n random bytes has L - n others for what may rightly be
  equal (addresses, names, key identities, padding); one of fewer than n carries them not. What is equal
  beyond these, 8 bits a byte, is payload. The frame carries it whole if its station emitted nothing else
  between the sending and the report; n is what the payload holds without its patterns, for it may have
  been compressed.
- *by comparison*: frames of other payloads of that length, asked of the same station for the same
  receivers and gone the same way, between the two. Bytes that one of these has at that place as well are
  a header's, and do not count, nor does what is a pattern (padding). One of these must be certain, too.

Compared are fewer than 2**20 pairs of frames in a trace: 64 + 20 = 84 bits, hence 11 bytes in one run,
and 7 bits for its place in a frame of 128 bytes: 12 bytes. A payload under 12 bytes proves nothing.

It is a matter of the session's keys (*freshness*) if a ``join``, ``own`` or restart of one end lies
between; else of the cipher (*determinism*).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import log2

from pytest_prose_go.judge.eavesdropping.arithmetic import needed_bits, unexplained_bits
from pytest_prose_go.judge.eavesdropping.evidence import Carriage, Hop, Ledger, Sending
from pytest_prose_go.judge.finding import Kind, Lead, Violation

PAIRS = 2**20
LEAST_RUN = 4
LEAST_PAYLOAD = 12


class DeterminismSearch:
    """The comparison of sendings of equal payloads in one trace."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._searched = 0
        self._by_data: dict[bytes, list[Carriage]] = {}
        self._violations: dict[tuple[Kind, int], Violation] = {}
        self.leads: list[Lead] = []

    @property
    def pairs(self) -> int:
        """How many pairs of sendings were compared."""
        return sum(len(carriages) * (len(carriages) - 1) // 2 for carriages in self._by_data.values())

    def search(self) -> list[Violation]:
        """All violations so far: the first of each kind for each station."""
        for later in self._ledger.carriages[self._searched :]:
            data = later.sending.data
            if len(data) >= LEAST_PAYLOAD:
                earlier = self._by_data.setdefault(data, [])
                for one in earlier:
                    if one.sending.number != later.sending.number:
                        self._compare(one, later)
                earlier.append(later)
        self._searched = len(self._ledger.carriages)
        return list(self._violations.values())

    def _compare(self, one: Carriage, later: Carriage) -> None:
        for hop in one.hops:
            for other in later.hops:
                kind = self._kind(hop, other)
                station = other.emission.station
                if (kind, station) in self._violations or hop.emission.number == other.emission.number:
                    continue
                proof = self._proof(hop, other, one, later)
                if proof is None:
                    continue
                if one.certain and later.certain and not (self._is_meddled(one) or self._is_meddled(later)):
                    self._violations[kind, station] = self._violation(kind, hop, one, other, later, proof)
                else:
                    self.leads.append(
                        Lead(
                            kind=kind,
                            at=other.emission.at,
                            record=other.emission.index,
                            text=(
                                f"equal bytes for sendings {one.sending.number} and {later.sending.number} "
                                f"of one payload, but a resending may explain it: {proof}"
                            ),
                        )
                    )

    def _proof(self, hop: Hop, other: Hop, one: Carriage, later: Carriage) -> str | None:
        first, second = hop.emission.payload, other.emission.payload
        if len(first) != len(second) or len(first) < LEAST_PAYLOAD:
            return None
        place = log2(len(first))
        runs = list(_equal_runs(first, second))
        if not runs:
            return None
        entropy = unexplained_bits(one.sending.data)
        by_room = 0.0
        spare = 8 * len(first) - entropy
        if spare >= 0 and self._is_whole(hop, one):
            by_room = sum(8 * (end - start) - place for start, end in runs) - spare
        headers = self._between(hop, other, one.sending, later.sending)
        by_comparison = 0.0
        for run in runs if headers else ():
            own = bytes(first[at] for at in range(*run) if all(first[at] != text[at] for text in headers))
            by_comparison += max(unexplained_bits(own) - place, 0.0)
        bits = min(max(by_room, by_comparison), entropy)
        if bits < needed_bits(PAIRS):
            return None
        start, end = max(runs, key=lambda run: run[1] - run[0])
        window = first[start : min(end, start + 16)].hex()
        return (
            f"frames {hop.emission.number} and {other.emission.number} of {len(first)} bytes are equal at "
            f"offsets {', '.join(f'{low}–{high - 1}' for low, high in runs[:4])}: {window}"
            f"{'…' if end - start > 16 else ''} ({int(bits)} bits)"
        )

    def _between(self, hop: Hop, other: Hop, sending: Sending, again: Sending) -> list[bytes]:
        """Frames of other payloads of that length on the same way, from after ``hop`` to before ``other``."""
        way = _way(hop, sending)
        if way != _way(other, again):
            return []
        found = [
            (carriage.certain, between.emission.payload)
            for carriage in self._ledger.carriages
            if len(carriage.sending.data) == len(sending.data) and carriage.sending.data != sending.data
            for between in carriage.hops
            if hop.emission.index < between.emission.index < other.emission.index
            and _way(between, carriage.sending) == way
            and len(between.emission.payload) == len(hop.emission.payload)
        ]
        return [text for _, text in found] if any(certain for certain, _ in found) else []

    def _is_whole(self, hop: Hop, carriage: Carriage) -> bool:
        """True if the frame alone carried the payload over this hop."""
        return (
            sum(
                emission.station == hop.emission.station
                and carriage.sending.index < emission.index < carriage.index
                for emission in self._ledger.emissions
            )
            == 1
        )

    def _kind(self, hop: Hop, other: Hop) -> Kind:
        groupcast = hop.route == other.route == "groupcast"
        # A member's new session leaves the keys of the group as they are.
        ends = (
            {hop.emission.station}
            if groupcast
            else {hop.emission.station, hop.receiver, other.emission.station, other.receiver}
        )
        if any(
            hop.emission.index < index < other.emission.index and station in ends
            for index, station in self._ledger.renewals
        ):
            return "freshness.session"
        return "determinism.groupcast" if groupcast else "determinism.hop"

    def _is_meddled(self, carriage: Carriage) -> bool:
        return any(carriage.sending.index < index < carriage.index for index in self._ledger.meddled)

    def _violation(
        self, kind: Kind, hop: Hop, one: Carriage, other: Hop, later: Carriage, proof: str
    ) -> Violation:
        again = "in another session" if kind == "freshness.session" else "again"
        return Violation(
            kind=kind,
            at=other.emission.at,
            record=other.emission.index,
            station=other.emission.station,
            asked=(
                f"{self._ledger.describe(one.sending)}, and {again} as sending {later.sending.number}; both "
                "were received"
            ),
            seen=(
                f"{self._ledger.name(hop.emission.station)} and then "
                f"{self._ledger.name(other.emission.station)} put equal bytes on the air for them"
            ),
            ideal="two messages share nothing that an eavesdropper could see, though they be equal",
            proof=proof,
        )


def _way(hop: Hop, sending: Sending) -> tuple[object, ...]:
    """All on which a header may depend: who sends what to whom, and over which hop."""
    return (sending.station, sending.group, sending.to, hop.emission.station, hop.receiver, hop.route)


def _equal_runs(first: bytes, second: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each run of equal bytes that is long enough to count."""
    unequal = (int.from_bytes(first) ^ int.from_bytes(second)).to_bytes(len(first))
    at = 0
    for differs, group in groupby(unequal, key=bool):
        length = len(list(group))
        if not differs and length >= LEAST_RUN:
            yield at, at + length
        at += length
