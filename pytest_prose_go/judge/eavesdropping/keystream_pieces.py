"""One keystream for two messages, each cut over several frames.

Where a station puts nothing on the air for a sending that could hold its payload whole, each frame that it emits
until the next sending may carry a piece of it: any. The would-be keystream F ⊕ P is taken in windows of 8 bytes
at every eighth byte of the frame, each against all places in the first ``MOST_PLACES`` bytes of the payload, and
looked for among those of all other payloads. Two messages under one keystream whose heads are equally long meet
so at the same places of their frames.

The sum is that of :mod:`.keystream`: windows that agree are grown as far as both pieces go, and the stretch has to
explain 103 bits, which are payloads of 13 bytes that differ in each. At most 2**19 windows are taken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from pytest_prose_go.judge.eavesdropping.evidence import Emission, Ledger, Sending
from pytest_prose_go.judge.eavesdropping.keystream import (
    LEAST_PAYLOAD,
    Alignment,
    KeystreamSearch,
    all_windows,
    repeated,
)
from pytest_prose_go.judge.eavesdropping.window_index import WINDOW
from pytest_prose_go.judge.finding import Violation

STEP = 8
MOST_PLACES = 128
MOST_PIECES = 8
"""Frames of one station that are looked at for one sending."""
MOST_WINDOWS = 2**19


class PieceSearch(KeystreamSearch):
    """The search for keystreams used twice among pieces of payloads."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._known: dict[int, tuple[Alignment, int]] = {}
        """Each window, with where it was seen first: the alignment and the place in the payload."""
        self._sendings = 0

    def search(self) -> list[Violation]:
        """All violations so far: the first of each kind for each station."""
        for sending, emission in self._pieces():
            if len(self._known) < MOST_WINDOWS:
                self._take(sending, emission)
        return list(self._violations.values())

    def _pieces(self) -> Iterator[tuple[Sending, Emission]]:
        """Each new sending with the frames that may carry a piece of it."""
        ledger = self._ledger
        fresh = ledger.sendings[self._sendings :]
        self._sendings = len(ledger.sendings)
        starts = [emission.index for emission in ledger.emissions] if fresh else []
        for place, sending in enumerate(fresh):
            ends = fresh[place + 1].index if place + 1 < len(fresh) else None
            low = bisect_right(starts, sending.index)
            high = len(starts) if ends is None else bisect_right(starts, ends)
            by_station: dict[int, list[Emission]] = {}
            for emission in ledger.emissions[low:high]:
                if emission.station == sending.station or ledger.owns(emission.station, sending.group):
                    by_station.setdefault(emission.station, []).append(emission)
            for emissions in by_station.values():
                if max(len(emission.payload) for emission in emissions) < len(sending.data):
                    for emission in emissions[:MOST_PIECES]:
                        if len(emission.payload) >= LEAST_PAYLOAD and not emission.twinned:
                            yield sending, emission

    def _take(self, sending: Sending, emission: Emission) -> None:
        rows = all_windows(emission.payload)
        patterned = repeated(rows)
        heads = all_windows(sending.data[: MOST_PLACES + WINDOW])
        for at in range(0, len(rows), STEP):
            if rows[at] in patterned:
                continue
            for place, head in enumerate(heads):
                window = rows[at] ^ head
                if window not in self._known:
                    self._known[window] = Alignment(sending, emission, at - place), place
                elif window:
                    known, there = self._known[window]
                    if known.sending.data != sending.data:
                        self._weigh(known, there, Alignment(sending, emission, at - place), place)
