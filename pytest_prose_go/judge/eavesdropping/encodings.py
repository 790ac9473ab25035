"""The ways in which a frame may hold a payload in clear.

A frame is read as it is, decoded where it holds text (hexadecimal, Base64, Base32, decimal lists, each
also in UTF-16), and inflated where it holds a compressed stream. Shifts, reversals, swapped words and
the bytes as UTF-8 or UTF-16 characters are made of the payload instead, and then looked for.
"""

from __future__ import annotations

import re
import zlib
from array import array
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from pytest_prose_go.judge.eavesdropping.window_index import Segments

SHORT_TEXT = 16
"""Characters of the shortest run that is read as text."""

RAW_STREAM_OFFSETS = 8
"""A compressed stream without a head of its own is looked for at so many offsets of a frame."""

WORTH_INFLATING = 12
"""Bytes of the shortest stream worth the try: no random payload that proves anything fits in less."""

_MOST_INFLATED = 4096
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_CLASSES = bytes(
    ord("T") if 0x20 <= byte < 0x7F or byte in b"\t\r\n" else ord("0") if byte == 0 else ord(".")
    for byte in range(256)
)
"""T for a character of text, 0 for a NUL, a dot for all else."""
_RUNS = ((b"T", re.compile(rb"T+"), ""), (b"T0", re.compile(rb"(?:T0)+T?"), " in UTF-16"))
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]+")
_NOT_BASE64 = re.compile(rb"[^0-9A-Za-z+/\-_]+")
_NOT_BASE32 = re.compile(rb"[^A-Za-z2-7]+")
_DECIMALS = re.compile(rb"(?:\b\d{1,3}\b[\s,;]*){8,}")
_HEX_ESCAPES = re.compile(rb"(?:0x|\\x|\\u00|%)(?=[0-9A-Fa-f]{2})")
_BASE32_DIGITS = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567",
    b"0123456789ABCDEFGHIJKLMNOP0123456789ABCDEFGHIJKLMNOPQRSTUV",
)
"""From a letter of Base32 to the digit of that value in Python's numbers to the base of 32."""
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_STREAM_HEADS = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


class Variant(Struct, frozen=True):
    """A payload as it may stand in a frame. ``pace`` is how many of the payload's bytes one of ``text``
    tells (negative: it runs backwards)."""

    name: str
    text: bytes
    pace: float = 1.0

    def place(self, payload: bytes, offset: int, length: int) -> tuple[int, int]:
        """Which part of ``payload`` a stretch of the text tells: offset and length, in bytes."""
        return _place(len(payload) if self.pace < 0 else 0, self.pace, offset, length)


class Reading(Struct, frozen=True):
    """One way to read frames. ``frames.tags`` number the frames; ``origins`` say for each text at which
    offset of its frame it begins and how many of the frame's bytes one of its own takes."""

    name: str
    frames: Segments
    origins: Sequence[tuple[int, float]]

    def place(self, text_place: int, offset: int, length: int) -> tuple[int, int]:
        """Where a stretch of a text stands in its frame: offset and length, in bytes."""
        origin, pace = self.origins[text_place]
        return _place(origin, pace, offset, length)


def variants(payload: bytes) -> Iterator[Variant]:
    """All that a frame may hold instead of ``payload``, apart from itself and from what is decoded."""
    number = int.from_bytes(payload)
    for bits in range(1, 8):
        # The first and the last byte hold bits of their neighbours.
        shifted = (number << bits).to_bytes(len(payload) + 1)[1:-1]
        yield Variant(f"shifted by {bits} bits", shifted)
    mirrored = payload.translate(_REVERSED_BITS)
    yield Variant("bits of each byte reversed", mirrored)
    yield Variant("bytes in reverse order", payload[::-1], -1.0)
    yield Variant("bits in reverse order", mirrored[::-1], -1.0)
    for size, code in ((2, "H"), (4, "I"), (8, "Q")):
        words = array(code, payload[: len(payload) // size * size])
        words.byteswap()
        yield Variant(f"{size}-byte words in the other byte order", words.tobytes())
    characters = payload.decode("latin-1")
    yield Variant("UTF-8 of its bytes", characters.encode(), 2 / 3)
    yield Variant("UTF-16 of its bytes", characters.encode("utf-16-le"), 0.5)


def plain(frames: Sequence[tuple[int, bytes]]) -> Reading:
    """The frames (number, bytes) as they are."""
    return Reading("as it is", Segments.join(frames), [(0, 1.0)] * len(frames))


def texts(reading: Reading, is_new: Callable[[int, bytes], bool]) -> Iterator[Reading]:
    """What the runs of text in the plain ``reading`` decode to, one reading an encoding. Asked first of each
    run is whether it ``is_new`` (tag of its frame, run)."""
    parts: dict[str, list[tuple[int, bytes]]] = {}
    origins: dict[str, list[tuple[int, float]]] = {}
    whole = reading.frames
    classes = whole.text.translate(_CLASSES)
    for unit, run, suffix in _RUNS:
        sought = unit * SHORT_TEXT
        start = classes.find(sought)
        while start >= 0:
            place, low, high = whole.bounds(start)
            found = run.match(classes, start, high)
            end = found.end() if found else start + 1
            text = whole.text[start : end : len(unit)]
            for name, decoded, characters in _decoded(text) if is_new(whole.tags[place], text) else ():
                parts.setdefault(name + suffix, []).append((whole.tags[place], decoded))
                origins.setdefault(name + suffix, []).append((start - low, characters * len(unit)))
            start = classes.find(sought, end)
    for name, decoded_parts in parts.items():
        yield Reading(name, Segments.join(decoded_parts), origins[name])


def inflated(reading: Reading) -> Reading:
    """What the compressed streams in the plain ``reading`` inflate to: zlib and gzip streams anywhere,
    bare deflate streams that begin within the first bytes."""
    parts: list[tuple[int, bytes]] = []
    origins: list[tuple[int, float]] = []
    whole = reading.frames
    text = whole.text
    for found in _STREAM_HEADS.finditer(text):
        place, low, high = whole.bounds(found.start())
        out = _inflate(text[found.start() : high], 15 + 32)
        if out:
            parts.append((whole.tags[place], out))
            origins.append((found.start() - low, 0.0))
    for tag, low, high in zip(whole.tags, whole.starts, [*whole.starts[1:], len(text)], strict=True):
        for position in range(low, min(low + RAW_STREAM_OFFSETS, high)):
            # Two bits say how a block is coded: stored ones are plain, and 3 is none.
            if text[position] & 6 in (2, 4):
                out = _inflate(text[position:high], -15)
                if out:
                    parts.append((tag, out))
                    origins.append((position - low, 0.0))
    return Reading("compressed (deflate)", Segments.join(parts), origins)


def _place(origin: int, pace: float, offset: int, length: int) -> tuple[int, int]:
    low, high = sorted((origin + int(offset * pace), origin + int((offset + length) * pace)))
    return low, max(high - low, 1)


def _decoded(run: bytes) -> Iterator[tuple[str, bytes, float]]:
    """(encoding, bytes, characters a byte) of all that a run of text may hold."""
    bare = _NOT_HEX.sub(b"", _HEX_ESCAPES.sub(b"", run))
    for phase in (0, 1) if len(bare) >= SHORT_TEXT else ():
        digits = bare[phase:]
        yield "hexadecimal", bytes.fromhex(digits[: len(digits) // 2 * 2].decode()), 2.0
    bare = _NOT_BASE64.sub(b"", run).translate(_URL_SAFE)
    for phase in range(4):
        letters = bare[phase:]
        # The last group may lack letters, or the sign that it lacks them: filled up, its bytes come out.
        yield "Base64", b64decode(letters + b"A" * (-len(letters) % 4)), 4 / 3
    letters = _NOT_BASE32.sub(b"", run).translate(_BASE32_DIGITS)
    if len(letters) >= SHORT_TEXT:
        # Eight letters are five bytes: to begin at any letter is to shift by any number of bits.
        number = int(letters, 32)
        for bits in range(8):
            yield "Base32", (number << bits).to_bytes(len(letters) * 5 // 8 + 2), 8 / 5
    for found in _DECIMALS.finditer(run):
        values = [int(digits) for digits in re.findall(rb"\d+", found.group())]
        yield "decimal numbers", bytes(value for value in values if value < 256), 4.0


def _inflate(stream: bytes, kind: int) -> bytes:
    """As much of ``stream`` as inflates, up to a limit; little by little, since a stream that breaks off
    gives nothing of its last step."""
    if len(stream) < WORTH_INFLATING:
        return b""
    inflater = zlib.decompressobj(kind)
    try:
        out = more = inflater.decompress(stream, 16)
    except zlib.error:  # the rule with what is no stream
        return b""
    try:
        while more and len(out) < _MOST_INFLATED and not inflater.eof:
            more = inflater.decompress(inflater.unconsumed_tail, 16 if len(out) < 64 else 256)
            out += more
    except zlib.error:
        pass
    return out if len(out) >= WORTH_INFLATING else b""
