"""Whether a trace can be what a run of the suite wrote: its numbers count up, time never goes back, and what is
delivered, kept or reported stems from what stands before it.

A trace that somebody shortened, spliced or edited breaks such a rule unless all that rests on the edit was edited
as well. It says nothing of a target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pytest_prose_go.air.trace import (
    Asked,
    Controlled,
    Delivered,
    Dropped,
    Emitted,
    Ended,
    Issued,
    Lifted,
    Made,
    Moved,
    Owned,
    Record,
    Reported,
    Sent,
    Trace,
    Unprotected,
)

_COUNTED: dict[type[Record], str] = {
    Issued: "issue",
    Sent: "sending",
    Emitted: "frame",
    Delivered: "delivery",
    Moved: "move",
}
"""The records that carry a number, counted from 0 in the trace, with the word for what is counted."""

_SHOWN_FLAWS = 5


def flaws(trace: Trace) -> Iterator[str]:
    """What is wrong, a line each with the record's index: the first few."""
    for found, line in enumerate(_Reader(trace).read()):
        if found == _SHOWN_FLAWS:
            return
        yield line


class _Reader:
    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._stations: set[int] = set()
        self._frames: list[Emitted] = []
        self._deliveries: list[int] = []
        self._checks: dict[type[Record], Callable[[int, Any], str]] = {
            Made: self._made,
            Emitted: self._emitted,
            Delivered: self._delivered,
            Dropped: self._dropped,
            Reported: self._reported,
            Lifted: self._lifted,
            Unprotected: self._unprotected,
            Controlled: self._controlled,
            Owned: self._asked,
            Asked: self._asked,
        }

    def read(self) -> Iterator[str]:
        records = self._trace.records
        if not records or not isinstance(records[-1], Ended):
            yield "the trace does not end as a case ends: its tail is missing"
        now = float("-inf")
        for index, record in enumerate(records):
            kind = type(record)
            if record.at < now:
                yield f"record {index}: time goes back by {now - record.at:.6f} s"
            now = max(now, record.at)
            if isinstance(record, Ended) and index != len(records) - 1:
                yield f"record {index}: the case ended, and more stands after it"
            if kind in _COUNTED:
                yield from self._count(index, kind, getattr(record, "number"))  # noqa: B009
            station = getattr(record, "station", None)
            if kind is not Made and station is not None and station not in self._stations:
                yield f"record {index}: there is no station {station} yet"
            check = self._checks.get(kind)
            wrong = check(index, record) if check else ""
            if wrong:
                yield f"record {index}: {wrong}"

    def _count(self, index: int, kind: type[Record], number: int) -> Iterator[str]:
        if number != self._counts[kind]:
            yield f"record {index}: {_COUNTED[kind]} {self._counts[kind]} is missing before {number}"
        self._counts[kind] = number + 1

    def _made(self, index: int, record: Made) -> str:
        if record.station in self._stations:
            return f"station {record.station} is made twice"
        self._stations.add(record.station)
        return ""

    def _asked(self, index: int, record: Owned | Asked) -> str:
        if record.credentials is not None and record.credentials >= self._counts[Issued]:
            return f"there are no credentials {record.credentials} yet"
        return ""

    def _emitted(self, index: int, record: Emitted) -> str:
        self._frames.append(record)
        return ""

    def _delivered(self, index: int, record: Delivered) -> str:
        self._deliveries.append(record.station)
        if record.move is not None and record.move >= self._counts[Moved]:
            return f"move {record.move} brings a frame before it was made"
        if record.emission is None:
            return "" if record.payload is not None else "a frame that nobody emitted has no payload"
        if record.emission >= len(self._frames):
            return f"frame {record.emission} is delivered before it was emitted"
        changed = record.payload is not None or record.source is not None or record.destination is not None
        if record.how == "passed" and changed:
            return f"frame {record.emission} passed unchanged, and was changed"
        return ""

    def _dropped(self, index: int, record: Dropped) -> str:
        if record.emission >= len(self._frames):
            return f"frame {record.emission} is kept back before it was emitted"
        return ""

    def _reported(self, index: int, record: Reported) -> str:
        if record.delivery is None:
            return ""
        if record.delivery >= len(self._deliveries):
            return f"delivery {record.delivery} is answered before it came"
        if self._deliveries[record.delivery] != record.station:
            return f"delivery {record.delivery} went to another station"
        return ""

    def _lifted(self, index: int, record: Lifted) -> str:
        return "" if record.number < self._counts[Moved] else f"there is no move {record.number} yet"

    def _unprotected(self, index: int, record: Unprotected) -> str:
        return "" if record.emission < len(self._frames) else f"there is no frame {record.emission} yet"

    def _controlled(self, index: int, record: Controlled) -> str:
        return "" if all(number >= 0 for number in record.operands) else "a control has a negative operand"
