"""Equal blocks of a payload that stay equal on the air (ECB and its like).

The suite sends payloads that are a random word over two random blocks of 16 bytes. Where each block is
enciphered by itself, the frame repeats in the pattern of the word: where the cipher's blocks lie on the
payload's, by its letters, else by its pairs of neighbouring letters. The offset is free.

The sum. A word of m letters holds m - 1 bits (which block is called the first is no choice), or 4 for each
different four letters in a row, if that is less. Each costs log2 of 160 offsets in 2 patterns, and 8 bits
for the choice among 2**8 sendings: 17. What is left is added up over the sendings of one station; 64
bits are needed, hence one word of 82 blocks, or two of 50. A word that repeats with less is a lead.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log2

from pytest_prose_go.judge.eavesdropping.arithmetic import SAFETY_BITS
from pytest_prose_go.judge.eavesdropping.evidence import Emission, Ledger, Route, Sending
from pytest_prose_go.judge.finding import Kind, Lead, Violation

BLOCK = 16
LEAST_WORD = 4
MOST_OFFSET = 160
COST = log2(MOST_OFFSET * 2) + 8


class EqualBlockSearch:
    """The search for words of blocks in the frames that carried them, in one trace."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._searched = 0
        self._sums: dict[tuple[int, Route], float] = {}
        self._seen: set[tuple[int, Route, bytes]] = set()
        self._violations: dict[tuple[Kind, int], Violation] = {}
        self.leads: list[Lead] = []
        self.words = 0
        """How many payloads were such words."""

    def search(self) -> list[Violation]:
        """All violations so far: the first of each kind for each station."""
        for carriage in self._ledger.carriages[self._searched :]:
            word = _word(carriage.sending.data)
            if word is None:
                continue
            self.words += 1
            for hop in carriage.hops:
                place = (hop.emission.station, hop.route, carriage.sending.data)
                offset = _find(hop.emission.payload, word)
                if place not in self._seen and offset is not None:
                    self._seen.add(place)
                    self._weigh(hop.emission, hop.route, carriage.sending, word, offset)
        self._searched = len(self._ledger.carriages)
        return list(self._violations.values())

    def _weigh(
        self, emission: Emission, route: Route, sending: Sending, word: Sequence[int], offset: int
    ) -> None:
        kind: Kind = "determinism.groupcast" if route == "groupcast" else "determinism.hop"
        total = self._sums.get((emission.station, route), 0.0) + max(_bits(word) - COST, 0.0)
        self._sums[emission.station, route] = total
        text = (
            f"frame {emission.number} repeats blocks of {BLOCK} bytes from offset {offset} as the "
            f"{len(word)} blocks of the payload do: {''.join('AB'[letter] for letter in word[:24])}…"
        )
        if total < SAFETY_BITS:
            self.leads.append(Lead(kind=kind, at=emission.at, record=emission.index, text=text))
        elif (kind, emission.station) not in self._violations:
            self._violations[kind, emission.station] = Violation(
                kind=kind,
                at=emission.at,
                record=emission.index,
                station=emission.station,
                asked=f"{self._ledger.describe(sending)}, a random word over two random blocks",
                seen="equal blocks of the payload gave equal blocks on the air",
                ideal="nothing on the air that tells which parts of a payload are equal",
                proof=f"{text} ({int(total)} bits over the sendings so far)",
            )


def _word(data: bytes) -> list[int] | None:
    """Which of two blocks each block of ``data`` is, the first being 0; None if it is no such word."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data) // BLOCK * BLOCK, BLOCK)]
    names = list(dict.fromkeys(blocks))
    if len(blocks) < LEAST_WORD or len(names) > 2:
        return None
    return [names.index(block) for block in blocks]


def _bits(word: Sequence[int]) -> int:
    return min(len(word) - 1, 4 * len({tuple(word[at : at + 4]) for at in range(len(word) - 3)}))


def _find(frame: bytes, word: Sequence[int]) -> int | None:
    """The offset from which ``frame`` repeats as ``word`` does, or as its pairs of letters do."""
    pairs = [2 * one + other for one, other in pairwise(word)]
    for pattern in (list(word), pairs):
        for offset in range(min(len(frame) - BLOCK * len(pattern) + 1, MOST_OFFSET)):
            if _repeats_as(frame[offset : offset + BLOCK * len(pattern)], pattern):
                return offset
    return None


def _repeats_as(text: bytes, pattern: Sequence[int]) -> bool:
    names: dict[int, bytes] = {}
    for at, letter in enumerate(pattern):
        block = text[BLOCK * at : BLOCK * (at + 1)]
        if names.setdefault(letter, block) != block:
            return False
    # Padding repeats as well, and tells nothing: other letters must be other blocks.
    return len(set(names.values())) == len(names) and (len(names) > 1 or len(set(text)) > BLOCK // 2)
