"""A trace written by hand: one GO, some UEs, and an air of which every byte is chosen by the test."""

from __future__ import annotations

from random import Random

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Delivered,
    Emitted,
    HowDelivered,
    Made,
    Moved,
    Owned,
    Reported,
    Sent,
    Standing,
    Trace,
)
from pytest_prose_go.contract import Diagnostic, Received, Statement
from pytest_prose_go.judge.eavesdropper import Eavesdropper

GROUP = "allotment"
OWNER = 0
UE = 1
OTHER_UE = 2
INSIDER = 3
NAMES = {OWNER: "olga", UE: "ulf", OTHER_UE: "vera", INSIDER: "ian"}


class HandWritten:
    """A trace under the eavesdropper's eyes. Times and numbers count up by themselves."""

    def __init__(self, seed: int = 0) -> None:
        self.trace = Trace(Statement(product="paper", version="1"))
        self.eavesdropper = Eavesdropper(self.trace.statement)
        self.trace.listeners.append(self.eavesdropper.observe)
        self.random = Random(seed)
        self._sendings = 0
        self._emissions = 0
        self._deliveries = 0
        self._moves = 0
        for station in (OWNER, UE, OTHER_UE, INSIDER):
            self.make(station, "insider" if station == INSIDER else "honest")
        self.trace.append(Owned(at=self.now, station=OWNER, group=GROUP, credentials=None))

    @property
    def now(self) -> float:
        return float(len(self.trace))

    def make(self, station: int, standing: Standing, clone_of: int | None = None) -> None:
        self.trace.append(
            Made(
                at=self.now,
                station=station,
                label=f"box-{station}",
                identity=NAMES.get(station, f"guest-{station}"),
                address=station,
                trusts=(),
                standing=standing,
                clone_of=clone_of,
            )
        )

    def draw(self, size: int) -> bytes:
        return self.random.randbytes(size)

    def send(self, data: bytes, station: int = UE, to: str | None = NAMES[OTHER_UE]) -> int:
        number = self._sendings
        self._sendings += 1
        self.trace.append(Sent(at=self.now, station=station, group=GROUP, number=number, data=data, to=to))
        return number

    def emit(self, payload: bytes, station: int = UE, by: str = "send") -> int:
        number = self._emissions
        self._emissions += 1
        self.trace.append(
            Emitted(
                at=self.now,
                station=station,
                number=number,
                source=station,
                destination=0xFFFFFF,
                payload=payload,
                by=by,
            )
        )
        return number

    def deliver(
        self,
        station: int,
        emission: int | None,
        how: HowDelivered = "passed",
        payload: bytes | None = None,
    ) -> int:
        number = self._deliveries
        self._deliveries += 1
        self.trace.append(
            Delivered(
                at=self.now, number=number, station=station, emission=emission, how=how, payload=payload
            )
        )
        return number

    def report(self, station: int, data: bytes, delivery: int) -> None:
        event = Received(group=GROUP, data=data)
        self.trace.append(
            Reported(at=self.now, station=station, event=event, by="receive", delivery=delivery)
        )

    def log(self, station: int, text: str) -> None:
        self.trace.append(Reported(at=self.now, station=station, event=Diagnostic(text=text), by="wake"))

    def move(self, kind: str) -> None:
        self.trace.append(Moved(at=self.now, number=self._moves, kind=kind, text=kind))
        self._moves += 1

    def join(self, station: int) -> None:
        self.trace.append(
            Asked(at=self.now, station=station, group=GROUP, owner_address=OWNER, credentials=None)
        )

    def compromise(self, station: int) -> None:
        self.trace.append(Compromised(at=self.now, station=station))

    def hop(self, data: bytes, payload: bytes, sender: int, receiver: int) -> None:
        """``sender`` is asked to send ``data``, puts ``payload`` on the air, and ``receiver`` reports."""
        self.send(data, sender, NAMES[receiver])
        self.report(receiver, data, self.deliver(receiver, self.emit(payload, sender)))

    def groupcast(self, data: bytes, payload: bytes) -> None:
        """The GO is asked to send ``data`` to its group; one UE reports it."""
        self.send(data, OWNER, None)
        self.report(UE, data, self.deliver(UE, self.emit(payload, OWNER)))

    def kinds(self) -> set[str]:
        return {violation.kind for violation in self.eavesdropper.conclude()}
