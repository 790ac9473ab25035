"""Secrets on the air or in a log: the whole value, in any common encoding.

Text may be broken into lines, as PEM is. The sum. A secret of n bytes that shows no pattern has 8 n bits, found
whole or not at all. Compared are fewer than 2**7 secrets in fewer than 2**5 encodings with every offset of fewer
than 2**20 bytes of frames and logs: 64 + 32 = 96 bits are needed, hence secrets of 12 bytes and more. Those that
hold less (short or patterned ones) are not sought. Nothing that is told of a secret is its bytes: only where it
was seen, how long it is, and its digest.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from msgspec import Struct

from pytest_prose_go.judge.eavesdropping.arithmetic import needed_bits, unexplained_bits
from pytest_prose_go.judge.eavesdropping.evidence import Ledger
from pytest_prose_go.judge.eavesdropping.window_index import windows
from pytest_prose_go.judge.finding import Kind, Violation

COMPARISONS = 2**32
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_NOT_HEX = re.compile(r"[^0-9a-f]+")
_BREAKS = re.compile(rb"\s+|\\[nrt]")
"""What breaks text into lines, also where it is written out."""
_IN_LINES = ("Base64", "hexadecimal", "hexadecimal, upper case")
_LEAST_RUN = 15
"""Characters that stand side by side in any encoding but those of :data:`_NO_TEXT`: of 12 bytes, the shortest
secret that is sought, so many letters of Base64 hold nothing else."""
_NO_TEXT = ("as it is", "bytes in reverse order", "escaped")
_CLASSES = bytes(
    ord("T") if re.match(rb"[0-9A-Za-z+/\-_,\s\\]", bytes([byte])) else ord(".") for byte in range(256)
)
"""T for a character of such an encoding, or of what may break its lines, a dot for all else."""
_RUN = b"T" * _LEAST_RUN
_MANY = 64


class Needle(Struct, frozen=True):
    """A secret in one encoding."""

    label: str
    value: bytes
    encoding: str
    text: bytes


class _Log(Struct, frozen=True):
    """A diagnostic text: its lines, the same without what breaks them, and its hexadecimal digits alone."""

    lines: bytes
    unbroken: bytes
    digits: bytes

    @classmethod
    def of(cls, text: str) -> _Log:
        lines = text.encode(errors="surrogateescape")
        return cls(lines, _unbroken(lines), _NOT_HEX.sub("", text.lower()).encode())

    def shows(self, needle: Needle) -> bool:
        return (
            needle.text in self.lines
            or (needle.encoding in _IN_LINES and needle.text in self.unbroken)
            or (needle.encoding == "hexadecimal" and needle.text in self.digits)
        )


class SecretSearch:
    """The search for told secrets in the frames and diagnostics of one trace, a batch at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._values: set[bytes] = set()
        self._needles: list[Needle] = []
        self._searched = (0, 0, 0)
        self._violations: dict[tuple[Kind, int], Violation] = {}

    @property
    def count(self) -> int:
        """How many secrets are sought."""
        return len(self._values)

    def knows(self, label: str, value: bytes) -> None:
        """Seek ``value``. It is passed over if it is sought already, or too short or regular to prove
        anything."""
        if value not in self._values and unexplained_bits(value) >= needed_bits(COMPARISONS):
            self._values.add(value)
            self._needles += [Needle(label, value, name, text) for name, text in _encoded(value)]

    def search(self) -> list[Violation]:
        """All violations so far: the first of each kind for each station."""
        needles, emissions, texts = self._searched
        sizes = (len(self._needles), len(self._ledger.emissions), len(self._ledger.diagnostics))
        self._searched = sizes
        self._search(self._needles[:needles], emissions, texts)
        self._search(self._needles[needles:], 0, 0)
        return list(self._violations.values())

    def _search(self, needles: list[Needle], emissions: int, texts: int) -> None:
        if not needles:
            return
        fresh = self._ledger.emissions[emissions:]
        # One search through all frames at once tells which needles are worth a look in each.
        heap = b"\x00".join(emission.payload for emission in fresh)
        texts_in_it = _runs_of_text(heap)
        unbroken = _unbroken(texts_in_it)
        plain = set(_worth_a_look([needle for needle in needles if needle.encoding in _NO_TEXT], heap))
        for needle in needles:
            reading: Callable[[bytes], bytes] = bytes
            if needle.encoding in _NO_TEXT:
                if needle not in plain or needle.text not in heap:
                    continue
            elif needle.text in texts_in_it:
                pass
            elif needle.encoding in _IN_LINES and needle.text in unbroken:
                reading = _unbroken
            else:
                continue
            for emission in fresh:
                offset = reading(emission.payload).find(needle.text)
                if offset >= 0 and not self._ledger.was_foreign(needle.text, emission.index):
                    self._book(
                        "secret.air",
                        (emission.index, emission.at, emission.station),
                        needle,
                        f"frame {emission.number}, offset {offset}",
                    )
                    break
        self._search_logs(needles, self._ledger.diagnostics[texts:])

    def _search_logs(self, needles: list[Needle], diagnostics: Iterable[tuple[int, float, int, str]]) -> None:
        # What a station said again tells nothing more.
        said: dict[tuple[int, str], tuple[int, float]] = {}
        for index, at, station, text in diagnostics:
            if self._ledger.is_honest(station):
                said.setdefault((station, text), (index, at))
        if not said:
            return
        logs = [(index, at, station, _Log.of(text)) for (station, text), (index, at) in said.items()]
        whole = _Log.of("\x00".join(text for _, text in said))
        for needle in needles:
            if whole.shows(needle):
                for index, at, station, log in logs:
                    if log.shows(needle):
                        self._book("secret.log", (index, at, station), needle, "a diagnostic text")

    def _book(self, kind: Kind, where: tuple[int, float, int], needle: Needle, place: str) -> None:
        record, at, station = where
        known = self._violations.get((kind, station))
        if known is not None and known.record <= record:
            return
        name = self._ledger.name(station)
        self._violations[kind, station] = Violation(
            kind=kind,
            at=at,
            record=record,
            station=station,
            asked=f"{name} holds, or talks to one that holds, {needle.label}",
            seen=(
                f"a secret part of it {'went on the air' if kind == 'secret.air' else 'stood in its log'}, "
                f"{needle.encoding}"
            ),
            ideal="no secret leaves the device, on the air or in a log",
            proof=(
                f"{place}: {len(needle.value)} bytes whose SHA-256 is "
                f"{sha256(needle.value).hexdigest()[:16]}…, {needle.encoding}"
            ),
        )


def _runs_of_text(heap: bytes) -> bytes:
    """All stretches of ``heap`` in which a secret may stand in an encoding in text, and of what may break it."""
    classes = heap.translate(_CLASSES)
    runs, start = [], classes.find(_RUN)
    while start >= 0:
        end = classes.find(b".", start)
        end = len(heap) if end < 0 else end
        runs.append(heap[start:end])
        start = classes.find(_RUN, end)
    return b"\x00".join(runs)


def _worth_a_look(needles: list[Needle], heap: bytes) -> list[Needle]:
    """Those of many needles of which a window stands in ``heap``: one look for 4 bytes of it, however many they are.

    A needle has 11 bytes or more, so that one of its first four windows lies where the heap is read.
    """
    if len(needles) < _MANY:
        return needles
    by_window: dict[int, list[Needle]] = {}
    for needle in needles:
        for phase in range(4):
            by_window.setdefault(windows(needle.text, phase)[0], []).append(needle)
    sought = set(by_window)
    found = {window for phase in (0, 4) for window in sought.intersection(windows(heap, phase))}
    return [needle for window in found for needle in by_window[window]]


def _unbroken(text: bytes) -> bytes:
    return _BREAKS.sub(b"", text)


def _encoded(value: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", value
    yield "bytes in reverse order", value[::-1]
    yield "hexadecimal", value.hex().encode()
    yield "hexadecimal, upper case", value.hex().upper().encode()
    yield "escaped", repr(value)[2:-1].encode()
    yield "decimal numbers", ", ".join(map(str, value)).encode()
    yield "decimal numbers", ",".join(map(str, value)).encode()
    for phase in range(3):
        # Only those letters that hold bits of nothing but the value.
        first, last = -(-8 * phase // 6), 8 * (phase + len(value)) // 6
        letters = b64encode(bytes(phase) + value)[first:last]
        yield "Base64", letters
        yield "Base64", letters.translate(_URL_SAFE)
