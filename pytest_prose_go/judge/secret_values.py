"""What the value of a secret itself shows: whether it is one at all.

It is looked at once, while the value is there; the trace keeps only what was found, a digest and a length.
Where a secret stands is :mod:`.image_search`'s to find.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import permutations

from pytest_prose_go.air.trace import Emitted, Entry, Issued, Made
from pytest_prose_go.judge.eavesdropping.arithmetic import unexplained_bits

LEAST_SECRET = 16
"""Bytes of the shortest secret: 128 bits."""

_LEAST_BITS = 96
"""Random values of 16 bytes show 128 by :func:`unexplained_bits`; patterns of any length far fewer."""

_HASHES = {
    "MD5": hashlib.md5,
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
}
_SEPARATORS = (b"", b"\x00", b":", b"|", b"-", b"/", b",", b" ")


def digest(value: bytes) -> str:
    """SHA-256 in hex: how a secret is named in the trace."""
    return hashlib.sha256(value).hexdigest()


class PublicKnowledge:
    """What everybody knows: names, addresses and the frames on the air, each with its plain hashes."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._frames: list[tuple[int, bytes]] = []
        self._hashed: dict[bytes, str] = {}
        self._frames_hashed = 0
        self._names_hashed = 0
        self._text = bytearray()
        """The frames so far laid end to end: one search through it tells of most values that no frame has them."""
        self._ends: list[int] = []
        self._strong: dict[bytes, tuple[int, int]] = {}
        """Values of which nothing was found in so many names and in so many frames: told again and again."""

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        match record:
            case Emitted():
                self._frames.append((record.number, record.payload))
                self._text += record.payload
                self._ends.append(len(self._text))
            case Issued():
                self._names[record.identity.encode()] = f"the name {record.identity}"
                self._names[record.group.encode()] = f"the name of the group {record.group}"
                self._names[record.authority.encode()] = f"the name of the authority {record.authority}"
            case Made():
                if record.label:
                    self._names[record.label.encode()] = f"the label {record.label}"
                for order in ("big", "little"):
                    for size in (3, 4, 6, 8):
                        address = record.address.to_bytes(size, order)
                        self._names[address] = f"the address {record.address:06x}"
            case _:
                pass

    def weakness(self, value: bytes) -> str:
        """Why ``value`` is no secret, in words without its bytes; "" if nothing shows that.

        It is short (under 16 bytes), a pattern (constant, repeated or counting), public itself (a name, or
        16 bytes or more that stand in a frame), or a plain hash of public data, cut or not.
        """
        names, frames = self._strong.get(value, (0, 0))
        found = "" if names else _pattern(value)
        if not found and names != len(self._names):
            found = self._name(value)
        if not found and frames != len(self._frames):
            found = self._place(value, frames)
        if found:
            return found
        self._strong[value] = (len(self._names), len(self._frames))
        self._hash()
        return self._hashed.get(value[:LEAST_SECRET], self._hashed.get(value[-LEAST_SECRET:], ""))

    def _name(self, value: bytes) -> str:
        for data, words in self._names.items():
            if value.strip(b"\x00") == data or (len(data) >= LEAST_SECRET and value in data):
                return f"it is {words}"
        return ""

    def _place(self, value: bytes, since: int) -> str:
        """Where ``value`` stands in the frames from the ``since``-th on."""
        start = self._ends[since - 1] if since else 0
        if self._text.find(value, start) < 0:
            return ""
        for number, payload in self._frames[since:]:
            if value in payload:
                return f"it stands in frame {number}, at offset {payload.index(value)}"
        return ""

    def _hash(self) -> None:
        if len(self._names) != self._names_hashed:
            self._names_hashed = len(self._names)
            for data, words in _with_pairs(self._names):
                self._note_hashes(data, words)
        for number, payload in self._frames[self._frames_hashed :]:
            self._note_hashes(payload, f"frame {number}")
        self._frames_hashed = len(self._frames)

    def _note_hashes(self, data: bytes, words: str) -> None:
        for name, function in _HASHES.items():
            hashed = function(data, usedforsecurity=False).digest()
            self._hashed[hashed[:LEAST_SECRET]] = f"it is the {name} of {words}"
            self._hashed[hashed[-LEAST_SECRET:]] = f"it is the {name}, cut, of {words}"


def _pattern(value: bytes) -> str:
    """Why ``value`` by itself is no secret: it is short, or a pattern."""
    if len(value) < LEAST_SECRET:
        return f"it has {len(value)} bytes"
    if unexplained_bits(value) < _LEAST_BITS:
        return "it is a pattern (constant, repeated or counting)"
    return ""


def _with_pairs(names: Mapping[bytes, str]) -> Iterable[tuple[bytes, str]]:
    """Each name, and each two of the text names (not the addresses) in either order."""
    yield b"", "nothing"
    yield from names.items()
    spoken = [(data, words) for data, words in names.items() if "address" not in words]
    for (first, first_words), (second, second_words) in permutations(spoken, 2):
        for separator in _SEPARATORS:
            yield first + separator + second, f"{first_words} and {second_words}"
