"""Payloads in clear, in any common encoding, whole or in pieces.

The sum. A stretch of n payload bytes found in a frame explains 8 n bits, less what is a pattern in it
(:func:`~.arithmetic.unexplained_bits`) and less 8 bits for each byte of a free XOR key. Compared are all
offsets of all payloads with all offsets of all frames: up to 8 KiB of payloads by 128 KiB of frames
are 2**30 pairs (a larger trace raises the bound with its volume), each in fewer than 2**10 readings
(shifts, reversals, phases, keys' periods, encodings). Needed: 64 + 30 + 10 = 104 bits, hence at least

- 13 bytes as they are, or in a run of text (hexadecimal, Base64, Base32, decimal), or compressed;
- 14 bytes complemented or XORed with any one byte;
- 46 bytes bit-shifted, with bits or bytes reversed, in swapped words, or as UTF-8 (65) or UTF-16 (88)
  characters: fewer bits would do, but payloads are indexed in strides;
- 47 bytes, among a payload's first 128 and a frame's first 256, XORed with any key of period 2 to 16;
- in pieces of 9 bytes and more: each further piece may stand in any frame (2**17 places) and be any
  part of the payload (2**11), so that it brings 72 bits and costs 28: two pieces of 9. Found for
  certain if a piece is 12 bytes, or its frame no longer than 48.

Not sought: pieces under 9 bytes (see :mod:`.short_leaks`), and encryption under a key that is public.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, log2

from msgspec import Struct

from pytest_prose_go.judge.eavesdropping.arithmetic import key_period, needed_bits, unexplained_bits
from pytest_prose_go.judge.eavesdropping.encodings import (
    Reading,
    Variant,
    inflated,
    plain,
    texts,
    variants,
)
from pytest_prose_go.judge.eavesdropping.evidence import Emission, Ledger, Route, Sending
from pytest_prose_go.judge.eavesdropping.window_index import WINDOW, Match, WindowIndex
from pytest_prose_go.judge.finding import Kind, Violation

READINGS = 2**10
LEAST_PAIRS = 2**30
PLACES_OF_A_PIECE = 2**11
LEAST_FRAME_BYTES = 2**17
SHORT_FRAME = 48
KEY_LAGS = range(9, 17)
"""Lags whose divisors are all periods from 1 to 16."""
KEYED_PAYLOAD = 128
KEYED_FRAME = 256

KINDS: dict[Route, Kind] = {
    "uplink": "plaintext.uplink",
    "downlink": "plaintext.downlink",
    "groupcast": "plaintext.groupcast",
}

_ABOUT = 4
"""How many bytes of a frame are shown before and after those that are a payload's."""


class Piece(Struct, frozen=True):
    """A stretch of a payload in a frame: how it was read, where it stands, and the bits that it explains."""

    emission: Emission
    sending: Sending
    encoding: str
    frame_offset: int
    frame_length: int
    payload_offset: int
    length: int
    bits: int


class PlaintextSearch:
    """The search for payloads in the frames of one trace, a batch at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._index = WindowIndex(1)
        self._keyed = [WindowIndex(lag) for lag in KEY_LAGS]
        self._variants: list[tuple[int, Variant]] = []
        self._sendings = 0
        self._emissions = 0
        self._payload_bytes = 0
        self._frame_bytes = 0
        self._shown: set[tuple[int, bytes]] = set()
        self._pieces: dict[tuple[int, Route, int], list[Piece]] = {}
        self._violations: dict[tuple[Kind, int], Violation] = {}

    def search(self) -> list[Violation]:
        """Search what came in since the last search. Returns all violations so far: the first of each
        kind for each station. Frames that were searched before a payload was asked for cannot hold it."""
        self._take_payloads()
        emissions = self._ledger.emissions[self._emissions :]
        first = self._ledger.sendings[0].index if self._ledger.sendings else inf
        frames = [
            (tag, emission.payload)
            for tag, emission in enumerate(emissions, self._emissions)
            if emission.index > first
            and len(emission.payload) >= WINDOW
            and self._is_new(tag, emission.payload)
        ]
        self._emissions += len(emissions)
        self._frame_bytes += sum(len(text) for _, text in frames)
        if frames:
            for piece in self._found(frames):
                self._weigh(piece)
        return list(self._violations.values())

    @property
    def least(self) -> int:
        """Bytes of the shortest stretch that proves a leak, at the volume so far."""
        return -int(-self._needed() // 8)

    def _take_payloads(self) -> None:
        fresh = self._ledger.sendings[self._sendings :]
        if not fresh:
            return
        for stride in (1, 9):
            batch: list[tuple[int, bytes]] = []
            for tag, sending in enumerate(fresh, self._sendings):
                for variant in [Variant("", sending.data)] if stride == 1 else variants(sending.data):
                    batch.append((len(self._variants), variant.text))
                    self._variants.append((tag, variant))
            self._index.add(batch, stride)
            if stride == 1:
                heads = [(tag, text[:KEYED_PAYLOAD]) for tag, text in batch]
                for index in self._keyed:
                    index.add(heads, 3)
        self._sendings += len(fresh)
        self._payload_bytes += sum(len(sending.data) for sending in fresh)

    def _found(self, frames: Sequence[tuple[int, bytes]]) -> Iterator[Piece]:
        whole = plain(frames)
        yield from self._pieces_in(whole, self._index, 4)
        short = [(tag, text) for tag, text in frames if len(text) <= SHORT_FRAME]
        for reading in (plain(short), inflated(whole), *texts(whole, self._is_new_run)):
            yield from self._pieces_in(reading, self._index, 1)
        heads = plain([(tag, text[:KEYED_FRAME]) for tag, text in frames])
        for index in self._keyed:
            yield from self._pieces_in(heads, index, 8)

    def _is_new_run(self, tag: int, run: bytes) -> bool:
        """As :meth:`_is_new`, of runs of text: one may be a whole frame, which was seen but not yet read so."""
        return self._is_new(tag, b"run " + run)

    def _is_new(self, tag: int, text: bytes) -> bool:
        """True if the station that emitted frame ``tag`` showed ``text`` for the first time. What it showed
        before cannot tell a payload that was asked for since, and was searched for the others."""
        key = (self._ledger.emissions[tag].station, text)
        new = key not in self._shown
        self._shown.add(key)
        return new

    def _pieces_in(self, reading: Reading, index: WindowIndex, step: int) -> Iterator[Piece]:
        for match in index.matches(reading.frames, step):
            tag, variant = self._variants[match.payload_tag]
            emission, sending = self._ledger.emissions[match.text_tag], self._ledger.sendings[tag]
            if sending.index > emission.index:
                continue
            stretch = variant.text[match.payload_offset : match.payload_offset + match.length]
            key = _key(reading, match, stretch)
            period = key_period(key, index.lag)
            frame_offset, frame_length = reading.place(match.text_place, match.text_offset, match.length)
            offset, length = variant.place(sending.data, match.payload_offset, match.length)
            yield Piece(
                emission=emission,
                sending=sending,
                encoding=_encoding(variant.name or reading.name, key[:period]),
                frame_offset=frame_offset,
                frame_length=frame_length,
                payload_offset=offset,
                length=length,
                bits=int(unexplained_bits(stretch) * abs(variant.pace)) - 8 * period,
            )

    def _needed(self, pieces: int = 1) -> float:
        pairs = max(LEAST_PAIRS, self._payload_bytes * self._frame_bytes)
        further = log2(max(LEAST_FRAME_BYTES, self._frame_bytes)) + log2(PLACES_OF_A_PIECE)
        return needed_bits(pairs * READINGS) + (pieces - 1) * further

    def _weigh(self, piece: Piece) -> None:
        route = self._ledger.route(piece.emission, piece.sending)
        place = (KINDS[route], piece.emission.station)
        if place in self._violations or piece.bits <= 0 or self._is_explained(piece):
            return
        if piece.bits >= self._needed():
            self._violations[place] = self._violation(KINDS[route], [piece])
            return
        key = (piece.sending.number, route, piece.emission.station)
        pieces = self._pieces.setdefault(key, [])
        if any(_overlap(piece, other) for other in pieces):
            return
        pieces.append(piece)
        if sum(part.bits for part in pieces) >= self._needed(len(pieces)):
            self._violations[place] = self._violation(KINDS[route], pieces)

    def _is_explained(self, piece: Piece) -> bool:
        window = piece.emission.payload[piece.frame_offset : piece.frame_offset + piece.frame_length]
        return self._ledger.is_explained(window, piece.sending, piece.emission)

    def _violation(self, kind: Kind, pieces: Sequence[Piece]) -> Violation:
        last = pieces[-1]
        total = sum(piece.length for piece in pieces)
        where = "; ".join(_proof(piece) for piece in pieces[:4])
        return Violation(
            kind=kind,
            at=last.emission.at,
            record=last.emission.index,
            station=last.emission.station,
            asked=self._ledger.describe(last.sending),
            seen=(
                f"{self._ledger.name(last.emission.station)} put {total} of these bytes on the air "
                f"{'in one frame' if len(pieces) == 1 else f'in {len(pieces)} pieces'} ({last.encoding})"
            ),
            ideal="nothing on the air that tells the payload to one without the keys",
            proof=where,
        )


def _key(reading: Reading, match: Match, stretch: bytes) -> bytes:
    start = reading.frames.starts[match.text_place] + match.text_offset
    text = reading.frames.text[start : start + match.length]
    return (int.from_bytes(text) ^ int.from_bytes(stretch)).to_bytes(len(stretch))


def _encoding(name: str, key: bytes) -> str:
    if not key:
        return name
    if key == b"\xff":
        return f"{name}, complemented"
    return f"{name}, XORed with {key.hex()} repeated"


def _overlap(one: Piece, other: Piece) -> bool:
    return (
        one.payload_offset < other.payload_offset + other.length
        and other.payload_offset < one.payload_offset + one.length
    )


def _proof(piece: Piece) -> str:
    """Where it stands: the bytes in question in brackets, with a few of those about them."""
    payload = piece.emission.payload
    start, end = piece.frame_offset, piece.frame_offset + piece.frame_length
    window = payload[start:end]
    before = ("…" if start > _ABOUT else "") + payload[max(start - _ABOUT, 0) : start].hex()
    after = payload[end : end + _ABOUT].hex() + ("…" if end + _ABOUT < len(payload) else "")
    return (
        f"frame {piece.emission.number} from offset {start} of {len(payload)}: {before}[{window[:16].hex()}"
        f"{'…' if len(window) > 16 else ''}]{after}, in brackets payload {piece.payload_offset}"
        f"–{piece.payload_offset + piece.length - 1} of sending {piece.sending.number}, {piece.encoding} "
        f"({piece.bits} bits)"
    )
