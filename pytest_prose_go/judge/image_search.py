"""A search for secrets in an image of what is at rest, in every common encoding.

The image is read as it is, bit-shifted, with its bits or bytes reversed, every second byte (UTF-16), as
text in hexadecimal, Base64, Base32 or decimal numbers, and inflated; what comes of text or of inflating
is read as text once more. A value is looked for whole and, up to 64 bytes, either half of it, as it is or
in swapped words; and, as it is, in hexadecimal and in Base64, XORed with a key of up to 32 bytes, over and
over: bytes one period apart differ there as they do without the key.

An image of n bytes gives less than 2**10 texts of less than 8 · n places: a part of 16 bytes stands in one
of them by chance with less than n · 2**-115.
"""

from __future__ import annotations

import re
import zlib
from base64 import b32decode, b64decode, b64encode
from collections.abc import Iterator, Mapping

from msgspec import Struct

from pytest_prose_go.judge.secret_values import LEAST_SECRET

_HALVED_MOST = 64
_PERIOD_MOST = 32
_LEAST_TEXT = 16
_LEAST_MASKED_TEXT = 24
"""Characters, of 4 bits at least, that make a find under a repeated key no coincidence."""

_MOST_INFLATED = 1 << 20
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_TEXT = re.compile(rb"[\t\r\n\x20-\x7e]{%d,}" % _LEAST_TEXT)
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[\s:,\-]{0,2}){%d,}" % LEAST_SECRET)
_BASE64 = re.compile(rb"[0-9A-Za-z+/_\-](?:[0-9A-Za-z+/_\-]|\\?\r?\\?\n)+")
_BASE32 = re.compile(rb"[A-Za-z2-7]{%d,}" % _LEAST_TEXT)
_DECIMALS = re.compile(rb"(?:\d{1,3}[\s,;]+){%d,}\d{1,3}" % (LEAST_SECRET - 1))
_HEX_MARKS = re.compile(rb"0x|\\x|%")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_STREAM_HEADS = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


class Reading(Struct, frozen=True):
    """One text read out of an image. ``origin`` is where it begins there, ``pace`` how many of the image's
    bytes one of its own takes (negative: it runs backwards)."""

    name: str
    text: bytes
    origin: int = 0
    pace: float = 1.0


def find_in_image(image: bytes, secrets: Mapping[str, bytes]) -> str:
    """Which of ``secrets`` (label → value, looked for from 16 bytes on) stands in ``image``, how and at
    which offset, in words without its bytes: "" if none does."""
    readings = list(_readings(image))
    image_differences = [_differences(image, period) for period in range(1, _PERIOD_MOST + 1)]
    for label, value in secrets.items():
        for what, part in _parts(value):
            for shape, sought in _shapes(part):
                for reading in readings:
                    place = reading.text.find(sought)
                    if place >= 0:
                        return _words(label + what, len(part), reading.name + shape, reading, place)
            for form, text in _text_forms(part):
                for period, differences in enumerate(image_differences, 1):
                    sought = _differences(text, period)
                    least = LEAST_SECRET if form == _PLAIN else _LEAST_MASKED_TEXT
                    place = differences.find(sought) if len(sought) >= least else -1
                    if place >= 0:
                        how = f"{form}, XORed with a key of {period} bytes"
                        return f"{label}{what}, {len(part)} bytes, {how}, at offset {place}"
    return ""


def _text_forms(part: bytes) -> Iterator[tuple[str, bytes]]:
    yield _PLAIN, part
    yield "in hexadecimal", part.hex().encode()
    yield "in upper-case hexadecimal", part.hex().upper().encode()
    for phase in range(3):
        # What stands before and after the value shares the first and the last characters with it.
        letters = b64encode(bytes(phase) + part)
        yield "in Base64", letters[(phase * 4 + 2) // 3 : len(letters) - 4]


_PLAIN = "as it is"


def _words(what: str, length: int, how: str, reading: Reading, place: int) -> str:
    offset = reading.origin + int(place * reading.pace)
    return f"{what}, {length} bytes, {how}, at offset {max(offset, 0)}"


def _parts(value: bytes) -> Iterator[tuple[str, bytes]]:
    if len(value) < LEAST_SECRET:
        return
    yield "", value
    half = len(value) // 2
    if half >= LEAST_SECRET and len(value) <= _HALVED_MOST:
        yield " (first half)", value[:half]
        yield " (second half)", value[half:]


def _shapes(part: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", part
    for size in (2, 4, 8):
        swapped = b"".join(part[at : at + size][::-1] for at in range(0, len(part), size))
        yield f", in {size}-byte words of the other order", swapped


def _readings(image: bytes) -> Iterator[Reading]:
    whole = Reading(_PLAIN, image)
    firsts = [whole, *_every_second(whole), *_inflated(whole)]
    yield from firsts
    yield from _turned(image)
    for first in firsts:
        for second in _decoded(first):
            yield second
            yield from _inflated(second)
            yield from _decoded(second)


def _turned(image: bytes) -> Iterator[Reading]:
    number = int.from_bytes(image)
    mask = (1 << 8 * len(image)) - 1
    for shift in range(1, 8):
        yield Reading(f"shifted by {shift} bits", (number << shift & mask).to_bytes(len(image)))
    mirrored = image.translate(_REVERSED_BITS)
    yield Reading("bits of each byte reversed", mirrored)
    yield Reading("bytes in reverse order", image[::-1], len(image), -1.0)
    yield Reading("bits in reverse order", mirrored[::-1], len(image), -1.0)


def _every_second(reading: Reading) -> Iterator[Reading]:
    for phase in (0, 1):
        yield Reading("every second byte (UTF-16)", reading.text[phase::2], phase, 2.0)


def _inflated(reading: Reading) -> Iterator[Reading]:
    for found in _STREAM_HEADS.finditer(reading.text):
        out = _inflate(reading.text[found.start() :], 15 + 32)
        if len(out) >= LEAST_SECRET:
            yield _within(reading, "compressed", out, found.start(), 0.0)


def _decoded(reading: Reading) -> Iterator[Reading]:
    for run in _TEXT.finditer(reading.text):
        text, start = run.group(), run.start()
        for found in _HEX.finditer(_HEX_MARKS.sub(b"", text)):
            digits = re.sub(rb"[^0-9A-Fa-f]", b"", found.group())
            for phase in (0, 1):
                even = digits[phase:][: len(digits[phase:]) // 2 * 2]
                yield _within(reading, "hexadecimal", bytes.fromhex(even.decode()), start, 2.0)
        for found in _BASE64.finditer(text):
            letters = re.sub(rb"[\\\r\n]|(?<=\\)n", b"", found.group()).translate(_URL_SAFE)
            for phase in range(4):
                whole = letters[phase:][: len(letters[phase:]) // 4 * 4]
                yield _within(reading, "Base64", b64decode(whole), start + found.start(), 4 / 3)
        for found in _BASE32.finditer(text):
            letters = found.group().upper()
            for phase in range(8):
                whole = letters[phase:][: len(letters[phase:]) // 8 * 8]
                yield _within(reading, "Base32", b32decode(whole), start + found.start(), 8 / 5)
        for found in _DECIMALS.finditer(text):
            values = [int(digits) for digits in re.findall(rb"\d+", found.group())]
            if all(value < 256 for value in values):
                yield _within(reading, "decimal numbers", bytes(values), start + found.start(), 4.0)


def _within(reading: Reading, name: str, text: bytes, start: int, pace: float) -> Reading:
    """A text read out of another reading, placed in the image as well as can be."""
    outer = "" if reading.name == _PLAIN else f", {reading.name}"
    return Reading(name + outer, text, reading.origin + int(start * reading.pace), pace * reading.pace)


def _inflate(stream: bytes, kind: int) -> bytes:
    try:
        return zlib.decompressobj(kind).decompress(stream, _MOST_INFLATED)
    except zlib.error:
        return b""


def _differences(text: bytes, period: int) -> bytes:
    """``text`` XORed with itself ``period`` bytes on; shorter by as much."""
    length = len(text) - period
    if length <= 0:
        return b""
    return (int.from_bytes(text[:length]) ^ int.from_bytes(text[period:])).to_bytes(length)
