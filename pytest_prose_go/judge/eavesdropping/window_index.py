"""An index over all windows of all payloads, and the scan of a text for them, at the speed of sets.

A window is 8 bytes of a text, read as one number. The texts are compared as they are, or as their
differences at a lag: ``d[i] = x[i] ^ x[i + lag]``, which is blind to an XOR key whose period divides the
lag. Payloads are indexed at every offset (or every third), frames are read every 4 or 8 bytes, so that
the work is one look-up for 4 or 8 bytes of air, however many payloads there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from msgspec import Struct

WINDOW = 8
"""Bytes of a window."""


def windows(text: bytes, phase: int, first: int = 0, every: int = 1) -> list[int]:
    """The windows of ``text`` at ``phase``, ``phase`` + 8, …, as numbers; of these the ``first`` and every
    ``every``-th after it."""
    whole = (len(text) - phase) // WINDOW * WINDOW
    if whole <= 0:
        return []
    found = memoryview(text)[phase : phase + whole].cast("Q")
    return (found if every == 1 and not first else found[first::every]).tolist()


def differences(text: bytes, lag: int) -> bytes:
    """``text`` XORed with itself ``lag`` bytes on; shorter by ``lag``. Lag 0 is the text as it is."""
    if lag == 0:
        return text
    if len(text) <= lag:
        return b""
    number = int.from_bytes(text)
    return (number ^ (number >> 8 * lag)).to_bytes(len(text))[lag:]


class Segments(Struct):
    """Texts laid end to end, and where each begins. ``tags`` say what each is, by the owner's count."""

    text: bytes
    starts: list[int]
    tags: list[int]

    @classmethod
    def join(cls, parts: Iterable[tuple[int, bytes]]) -> Segments:
        """Lay the texts of ``parts`` (tag, text) end to end."""
        laid = list(parts)
        texts = [part for _, part in laid]
        ends = list(accumulate(map(len, texts), initial=0))
        return cls(b"".join(texts), ends[:-1], [tag for tag, _ in laid])

    def bounds(self, position: int) -> tuple[int, int, int]:
        """The place in ``tags``, the start and the end of the text that holds ``position``."""
        place = bisect_right(self.starts, position) - 1
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.text)
        return place, self.starts[place], end


class Match(Struct, frozen=True):
    """Equal stretches of a frame's text and of a payload: their tags, their offsets, and the length."""

    text_tag: int
    text_place: int
    text_offset: int
    payload_tag: int
    payload_offset: int
    length: int


class WindowIndex:
    """Windows of some payloads, of their differences at one ``lag``."""

    def __init__(self, lag: int) -> None:
        self.lag = lag
        self._windows: set[int] = set()
        self._batches: list[Segments] = []

    def add(self, payloads: Sequence[tuple[int, bytes]], stride: int = 1) -> None:
        """Index the windows of ``payloads`` (tag, text) at every ``stride``-th offset: 1, 3 or 9.

        3 and 9 have no factor in common with the 4 or 8 bytes by which a frame is read, so that a
        stretch of ``stride * step + 7`` differences is met all the same.
        """
        batch = Segments.join(payloads)
        self._batches.append(batch)
        text = differences(batch.text, self.lag)
        for phase in range(WINDOW):
            # 8 is -1 modulo 3 and 9: phase + 8 m is a multiple where m and phase leave the same rest.
            self._windows.update(windows(text, phase, phase % stride, stride))
        # Runs of one byte have no differences: they would match every padding.
        self._windows.discard(0)

    def matches(self, frames: Segments, step: int) -> Iterator[Match]:
        """The stretches that ``frames`` and a payload share, found at every ``step``-th byte (1, 4 or 8).

        A stretch of ``lag + 7 + stride * step`` bytes is always found, a shorter one of ``lag + 8`` by
        luck. Each is grown as far as both texts go; none is given twice.
        """
        text = differences(frames.text, self.lag)
        columns = {phase: windows(text, phase) for phase in range(0, WINDOW, step)}
        hits: set[int] = set()
        for column in columns.values():
            hits |= self._windows.intersection(column)
        if not hits:
            return
        places = self._places(hits)
        done: dict[tuple[int, int, int, int], int] = {}
        for position, window in sorted(
            (phase + WINDOW * count, window)
            for phase, column in columns.items()
            for count, window in enumerate(column)
            if window in hits
        ):
            yield from self._grow(frames, text, position, places.get(window, ()), done)

    def _places(self, hits: set[int]) -> dict[int, list[tuple[int, int]]]:
        """Where each window of ``hits`` stands: (batch, position)."""
        places: dict[int, list[tuple[int, int]]] = {}
        for number, batch in enumerate(self._batches):
            text = differences(batch.text, self.lag)
            for phase in range(WINDOW):
                for count, window in enumerate(windows(text, phase)):
                    if window in hits:
                        places.setdefault(window, []).append((number, phase + WINDOW * count))
        return places

    def _grow(
        self,
        frames: Segments,
        text: bytes,
        position: int,
        places: Iterable[tuple[int, int]],
        done: dict[tuple[int, int, int, int], int],
    ) -> Iterator[Match]:
        place, low, high = frames.bounds(position)
        high -= self.lag
        if position + WINDOW > high:
            return
        for number, other in places:
            batch = self._batches[number]
            payload_place, payload_low, payload_high = batch.bounds(other)
            payload_high -= self.lag
            if other + WINDOW > payload_high:
                continue
            key = (place, number, payload_place, position - other)
            if position < done.get(key, -1):
                continue
            payload = differences(batch.text[payload_low : payload_high + self.lag], self.lag)
            at = other - payload_low
            before = _common_suffix(text[low:position], payload[:at])
            after = _common_prefix(text[position:high], payload[at:])
            done[key] = position + after
            yield Match(
                text_tag=frames.tags[place],
                text_place=place,
                text_offset=position - before - low,
                payload_tag=batch.tags[payload_place],
                payload_offset=at - before,
                length=before + after + self.lag,
            )


def _common_prefix(one: bytes, other: bytes) -> int:
    size = min(len(one), len(other))
    unequal = int.from_bytes(one[:size]) ^ int.from_bytes(other[:size])
    return size - (unequal.bit_length() + 7) // 8


def _common_suffix(one: bytes, other: bytes) -> int:
    return _common_prefix(one[::-1], other[::-1])
