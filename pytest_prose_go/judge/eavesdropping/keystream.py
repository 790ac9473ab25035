"""One keystream for two messages: F1 ⊕ F2 = P1 ⊕ P2, which is to say F1 ⊕ P1 = F2 ⊕ P2.

For each frame that carried a payload (or came straight out of its ``send`` call) and each offset at which
it may begin there, the would-be keystream F ⊕ P is taken in windows of 8 bytes at 0, 16, 32 and 48 bytes of
the payload, and looked for among those of all other payloads: of other members, hops, groups and
sessions, before and after a rekey. Shifts by whole blocks of 16 bytes are met so as well. Of the first
``CLOSELY`` frames also the windows at 1, 2, 3, 8 and 12 bytes are taken: every shift by up to 16 bytes is the
difference of two of these places, so that messages meet whose heads within the cipher are not equally long, as
those of the two directions of a hop.

The sum. Where windows agree, the stretch is grown as far as both go. It explains 8 bits for each byte in
which the two payloads differ, and no more than their difference holds without its patterns: padding held
against one payload twice explains nothing, nor do two sendings of one payload (:mod:`.determinism`).
A keystream of one repeated byte is left to :mod:`.plaintext`. Compared are 2**20 windows with each
other (more raise the bound), 2**39 pairs: 64 + 39 = 103 bits, hence payloads of 13 bytes that differ in each.

A keystream that counts (bytes, or words of 2 or 4 bytes, up by one) is found by a table of its windows:
13 free bits, 2**20 windows, 64 + 33 = 97 bits: 13 bytes.

Payloads that are cut over several frames are sought by :mod:`.keystream_pieces`. Not sought: offsets beyond 160,
and keystreams that follow from public values in other ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache

from msgspec import Struct

from pytest_prose_go.judge.eavesdropping.arithmetic import key_period, needed_bits, unexplained_bits
from pytest_prose_go.judge.eavesdropping.evidence import Emission, Ledger, Sending
from pytest_prose_go.judge.eavesdropping.window_index import WINDOW, windows
from pytest_prose_go.judge.finding import Kind, Violation

PAIRS = 2**39
COUNTING_COMPARISONS = 2**33
LEAST_PAYLOAD = 13
BLOCKS = (0, 16, 32, 48)
BETWEEN = (0, 1, 2, 3, 8, 12, 16, 32, 48)
CLOSELY = 96
MOST_OFFSET = 160
MOST_FRAMES = 8
"""Frames of one sending that are looked at."""
_COUNTERS = 2048


class Alignment(Struct, frozen=True):
    """A payload held against a frame: it may begin at ``offset`` there, before the frame if that is negative."""

    sending: Sending
    emission: Emission
    offset: int

    @property
    def first(self) -> int:
        """The first byte of the payload that the frame may carry."""
        return max(0, -self.offset)

    @property
    def keystream(self) -> bytes:
        """F ⊕ P, of as much of the payload as the frame may carry, from :attr:`first` on."""
        text = self.emission.payload[self.offset + self.first :]
        data = self.sending.data[self.first : self.first + len(text)]
        return (int.from_bytes(text[: len(data)]) ^ int.from_bytes(data)).to_bytes(len(data))


class KeystreamSearch:
    """The search for keystreams used twice in one trace."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: set[int] = set()
        """The windows of all frames so far, and those that count: one look finds either."""
        self._by_data: dict[bytes, list[set[int]]] = {}
        self._frames: dict[int, list[Emission]] = {}
        self._carriages = 0
        self._emissions = 0
        self._taken = 0
        self._violations: dict[tuple[Kind, int], Violation] = {}

    def search(self) -> list[Violation]:
        """All violations so far: the first of each kind for each station."""
        for sending, emission in self._fresh():
            data = sending.data
            fresh = _windows(emission.payload, data, BETWEEN if self._taken < CLOSELY else BLOCKS)
            self._taken += 1
            own = self._by_data.setdefault(data, [])
            self._seen = self._seen or set(_counting_windows())
            hits = fresh & self._seen
            if hits:
                counting = hits & _counting_windows()
                if counting:
                    self._look_for_counting(sending, emission, counting)
                hits = hits.difference(*own)
                if hits:
                    self._look_for_reuse(sending, emission, hits)
            own.append(fresh)
            self._seen |= fresh
            self._frames.setdefault(sending.number, []).append(emission)
        return list(self._violations.values())

    def _fresh(self) -> Iterator[tuple[Sending, Emission]]:
        """Each new pair of a sending and a frame that may carry it whole."""
        pairs: dict[tuple[int, int], tuple[Sending, Emission]] = {}
        for emission in self._ledger.emissions[self._emissions :]:
            sending = self._ledger.by_number.get(-1 if emission.sending is None else emission.sending)
            if sending is not None:
                pairs[sending.number, emission.number] = (sending, emission)
        for carriage in self._ledger.carriages[self._carriages :]:
            for hop in carriage.hops:
                pairs[carriage.sending.number, hop.emission.number] = (carriage.sending, hop.emission)
        self._emissions = len(self._ledger.emissions)
        self._carriages = len(self._ledger.carriages)
        for sending, emission in pairs.values():
            known = self._frames.get(sending.number, [])
            if (
                LEAST_PAYLOAD <= len(sending.data) <= len(emission.payload)
                and not emission.twinned
                and len(known) < MOST_FRAMES
                and all(emission.payload != other.payload for other in known)
            ):
                yield sending, emission

    def _look_for_reuse(self, sending: Sending, emission: Emission, hits: set[int]) -> None:
        mine = list(_places(sending, emission, hits))
        for number, frames in self._frames.items():
            other = self._ledger.by_number[number]
            if other.data == sending.data or all(map(hits.isdisjoint, self._by_data[other.data])):
                continue
            for frame in frames:
                for theirs, at, window in _places(other, frame, hits):
                    for alignment, here, same in mine:
                        if same == window:
                            self._weigh(theirs, at, alignment, here)

    def _weigh(self, one: Alignment, at: int, other: Alignment, here: int) -> None:
        kind: Kind = (
            "keystream.groupcast"
            if self._ledger.route(one.emission, one.sending) == "groupcast"
            and self._ledger.route(other.emission, other.sending) == "groupcast"
            else "keystream.hop"
        )
        if one.emission.index < other.emission.index:
            first, start, later, begin = one, at, other, here
        else:
            first, start, later, begin = other, here, one, at
        place = (kind, later.emission.station)
        if place in self._violations:
            return
        stream, again = first.keystream, later.keystream
        one_first, other_first = first.first, later.first
        start, begin = start - one_first, begin - other_first
        shift = begin - start
        low = high = start
        while low > max(0, -shift) and stream[low - 1] == again[low - 1 + shift]:
            low -= 1
        while high < len(stream) and high + shift < len(again) and stream[high] == again[high + shift]:
            high += 1
        if key_period(stream[low:high], 1) <= 1:
            return
        low, high, shift = low + one_first, high + one_first, shift + other_first - one_first
        payloads = first.sending.data[low:high], later.sending.data[low + shift : high + shift]
        difference = bytes(a ^ b for a, b in zip(*payloads, strict=True))
        bits = min(8 * sum(map(bool, difference)), unexplained_bits(difference))
        if bits < needed_bits(max(PAIRS, len(self._seen) ** 2 / 2)):
            return
        self._violations[place] = Violation(
            kind=kind,
            at=later.emission.at,
            record=later.emission.index,
            station=later.emission.station,
            asked=f"{self._ledger.describe(first.sending)}; {self._ledger.describe(later.sending)}",
            seen="the two frames differ by just what the two payloads differ: one keystream served both",
            ideal="each byte of keystream serves once, whatever the hop, session or sender",
            proof=(
                f"frame {first.emission.number} from offset {first.offset + low} and frame "
                f"{later.emission.number} from offset {later.offset + low + shift}, {high - low} bytes: "
                f"their XOR is that of the payloads from {low} and {low + shift}, {difference[:16].hex()}"
                f"{'…' if len(difference) > 16 else ''} ({bits} bits)"
            ),
        )

    def _look_for_counting(self, sending: Sending, emission: Emission, hits: set[int]) -> None:
        route = self._ledger.route(emission, sending)
        kind: Kind = "keystream.groupcast" if route == "groupcast" else "keystream.hop"
        place = (kind, emission.station)
        if place in self._violations:
            return
        for alignment, at, _ in _places(sending, emission, hits):
            stream = alignment.keystream
            for size in (1, 2, 4):
                length = _counts_for(stream[at:], size)
                stretch = sending.data[at : at + length]
                if length < LEAST_PAYLOAD or unexplained_bits(stretch) < needed_bits(COUNTING_COMPARISONS):
                    continue
                self._violations[place] = Violation(
                    kind=kind,
                    at=emission.at,
                    record=emission.index,
                    station=emission.station,
                    asked=self._ledger.describe(sending),
                    seen=f"the payload was XORed with numbers of {size} bytes that count up by one",
                    ideal="a keystream that nobody can foretell",
                    proof=(
                        f"frame {emission.number} from offset {alignment.offset + at}, {length} bytes, XOR "
                        f"the payload from {at} is {stream[at : at + 16].hex()}…"
                    ),
                )
                return


def _windows(frame: bytes, payload: bytes, places: tuple[int, ...]) -> set[int]:
    """The windows of F ⊕ P at all offsets and at these places of P, apart from those of zeros."""
    offsets, rows, heads = _prepared(frame, payload)
    patterned = repeated(rows)
    found: set[int] = set()
    for block in places:
        if block < len(heads):
            head = heads[block]
            some = rows[block : block + offsets]
            if patterned:
                some = [row for row in some if row not in patterned]
            found.update([row ^ head for row in some])
    found.discard(0)
    return found


def _places(sending: Sending, emission: Emission, hits: set[int]) -> Iterator[tuple[Alignment, int, int]]:
    """(alignment, place in the payload, window) of each window that is among ``hits``."""
    offsets, rows, heads = _prepared(emission.payload, sending.data)
    patterned = repeated(rows)
    for block in BETWEEN:
        if block < len(heads):
            for offset, row in enumerate(rows[block : block + offsets]):
                if row ^ heads[block] in hits and row not in patterned:
                    yield Alignment(sending, emission, offset), block, row ^ heads[block]


def _prepared(frame: bytes, payload: bytes) -> tuple[int, list[int], list[int]]:
    """How many offsets there are, and the windows of the frame and the payload that matter."""
    offsets = min(len(frame) - len(payload), MOST_OFFSET) + 1
    reach = BLOCKS[-1] + WINDOW
    return offsets, all_windows(frame[: offsets + reach]), _heads(payload[:reach])


def repeated(rows: list[int]) -> set[int]:
    """Windows that a frame shows more than once: padding, which is no cipher's text."""
    once = set(rows)
    if len(once) == len(rows):
        return set()
    return {row for row, count in Counter(rows).items() if count > 1}


@lru_cache(maxsize=256)
def _heads(payload: bytes) -> list[int]:
    """The windows of a payload's beginning: of use for each frame that carries it."""
    return all_windows(payload)


def all_windows(text: bytes) -> list[int]:
    """The windows of ``text`` at every offset."""
    count = max(len(text) - WINDOW + 1, 0)
    rows, view = [0] * count, memoryview(text)
    for phase in range(min(WINDOW, count)):
        # As `windows` does, without a call for each: this is done for every frame that carries something.
        rows[phase::WINDOW] = view[phase : phase + (len(text) - phase & -WINDOW)].cast("Q").tolist()
    return rows


@cache
def _counting_windows() -> frozenset[int]:
    found = set(all_windows(bytes(number & 0xFF for number in range(256 + WINDOW - 1))))
    for size in (2, 4):
        words = [number.to_bytes(size) for number in range(_COUNTERS + WINDOW // size - 1)]
        for text in (b"".join(words), b"".join(word[::-1] for word in words)):
            for phase in range(0, WINDOW, size):
                found.update(windows(text, phase))
    return frozenset(found)


def _counts_for(stream: bytes, size: int) -> int:
    """For how many bytes ``stream`` is words of ``size`` bytes, in either byte order, up by one."""
    lengths = [0]
    for backwards in (False, True):
        words = [stream[at : at + size] for at in range(0, len(stream) // size * size, size)]
        values = [int.from_bytes(word[::-1] if backwards else word) for word in words]
        steps = 1
        while steps < len(values) and (values[steps] - values[steps - 1]) % 256**size == 1:
            steps += 1
        lengths.append(steps * size)
    return max(lengths)
