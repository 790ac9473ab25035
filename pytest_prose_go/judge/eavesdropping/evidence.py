"""What counts as evidence: who is honest, what was asked to be sent, and which frames carried it.

Only what honest stations emitted counts, as they emitted it, and only payloads that an honest station
was asked to send to honest ones. What the attacker put on the air explains a match and never makes one.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Delivered,
    Emitted,
    Entry,
    Made,
    Moved,
    Owned,
    Reported,
    Restarted,
    Sent,
)
from pytest_prose_go.contract import Diagnostic, Received

Route = Literal["uplink", "downlink", "groupcast"]


class Sending(Struct, frozen=True):
    """A ``send`` call whose payload is evidence. ``index`` is its record's place in the trace."""

    index: int
    at: float
    number: int
    station: int
    group: str
    data: bytes
    to: str | None


class Emission(Struct, frozen=True):
    """A frame that an honest station emitted.

    ``sending`` is the number of the sending whose ``send`` call returned it, ``cause`` the number of the
    delivery whose ``receive`` call did. ``twinned``: another station with the same state was active.
    """

    index: int
    at: float
    station: int
    number: int
    payload: bytes
    by: str
    sending: int | None
    cause: int | None
    twinned: bool


class Carriage(Struct, frozen=True):
    """A report of a sending by ``receiver``, with the emissions that brought it, the last hop first.

    ``handed_in``: the first hop's frame came straight out of the ``send`` call.
    """

    sending: Sending
    receiver: int
    index: int
    emissions: tuple[Emission, ...]
    handed_in: bool


class Ledger:
    """The evidence in a trace, kept up to date record by record."""

    def __init__(self) -> None:
        self.sendings: list[Sending] = []
        self.by_number: dict[int, Sending] = {}
        self.emissions: list[Emission] = []
        self.carriages: list[Carriage] = []
        self.diagnostics: list[tuple[int, float, int, str]] = []
        self.foreign: list[tuple[int, bytes]] = []
        self.meddled: list[int] = []
        """Indices of the records of attacker's moves, other than taps."""
        self.renewals: list[tuple[int, int]] = []
        """(index, station) of each ``join``, ``own`` and restart: a session may be new after it."""
        self._identities: dict[int, str] = {}
        self._honest: set[int] = set()
        self._twinned: set[int] = set()
        self._owners: set[tuple[int, str]] = set()
        self._deliveries: dict[int, Delivered] = {}
        self._heard: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._by_emission: dict[int, Emission] = {}
        self._by_data: dict[bytes, list[Sending]] = {}
        self._reported: set[tuple[int, int]] = set()

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        match record:
            case Made():
                self._identities[record.station] = record.identity
                if record.standing == "honest":
                    self._honest.add(record.station)
                for origin in (record.clone_of, record.image_of):
                    if origin is not None:
                        self._twinned |= {record.station, origin}
            case Compromised():
                self._honest.discard(record.station)
                self._twinned.add(record.station)
            case Owned():
                self._owners.add((record.station, record.group))
                self.renewals.append((index, record.station))
            case Asked() | Restarted():
                self.renewals.append((index, record.station))
            case Sent():
                self._observe_sent(index, record)
            case Emitted():
                self._observe_emitted(index, record)
            case Delivered():
                self._deliveries[record.number] = record
                self._heard[record.station] = record.number
                if record.payload is not None and record.how != "passed":
                    self.foreign.append((index, record.payload))
            case Moved() if record.kind != "tap":
                self.meddled.append(index)
            case Reported():
                self._observe_reported(index, record)
            case _:
                pass

    def is_honest(self, station: int) -> bool:
        return station in self._honest

    def owns(self, station: int, group: str) -> bool:
        return (station, group) in self._owners

    def route(self, emission: Emission, sending: Sending) -> Route:
        """The hop on which ``emission`` carries ``sending``, if it does: by whom it was emitted."""
        if not self.owns(emission.station, sending.group):
            return "uplink"
        return "groupcast" if sending.to is None else "downlink"

    def is_explained(self, window: bytes, sending: Sending, emission: Emission) -> bool:
        """True if bytes of ``emission`` were on the air before ``sending`` was asked for, or were put
        there by the attacker before ``emission``: an honest station may quote either."""
        return self.was_foreign(window, emission.index) or any(
            window in earlier.payload for earlier in self.emissions if earlier.index < sending.index
        )

    def was_foreign(self, window: bytes, before: int) -> bool:
        """True if the attacker, or a station under him, put ``window`` on the air before that index."""
        return any(window in foreign for index, foreign in self.foreign if index < before)

    def name(self, station: int) -> str:
        """The station in a report: its number, and its identity where one is known."""
        identity = self._identities.get(station)
        return f"station {station}" if identity is None else f"station {station} ({identity})"

    def describe(self, sending: Sending) -> str:
        """What was asked of the target, for a violation."""
        whom = "the whole group" if sending.to is None else sending.to
        return (
            f"{self.name(sending.station)} was asked to send {len(sending.data)} random bytes "
            f"to {whom} in group {sending.group} (sending {sending.number})"
        )

    def _observe_sent(self, index: int, record: Sent) -> None:
        self._asked[record.station] = record.number
        to_honest = record.to is None or any(
            self._identities[station] == record.to for station in self._honest
        )
        if not (record.station in self._honest and to_honest and record.data):
            return
        sending = Sending(
            index, record.at, record.number, record.station, record.group, record.data, record.to
        )
        self.sendings.append(sending)
        self.by_number[record.number] = sending
        self._by_data.setdefault(record.data, []).append(sending)

    def _observe_emitted(self, index: int, record: Emitted) -> None:
        if record.station not in self._honest:
            self.foreign.append((index, record.payload))
            return
        emission = Emission(
            index=index,
            at=record.at,
            station=record.station,
            number=record.number,
            payload=record.payload,
            by=record.by,
            sending=self._asked.get(record.station) if record.by == "send" else None,
            cause=self._heard.get(record.station) if record.by == "receive" else None,
            twinned=record.station in self._twinned,
        )
        self.emissions.append(emission)
        self._by_emission[record.number] = emission

    def _observe_reported(self, index: int, record: Reported) -> None:
        event = record.event
        if isinstance(event, Diagnostic):
            self.diagnostics.append((index, record.at, record.station, event.text))
        if not isinstance(event, Received) or record.delivery is None or record.station not in self._honest:
            return
        sending = self._sending_of(record.station, event.data, index)
        if sending is None:
            return
        self._reported.add((record.station, sending.number))
        emissions = self._chain(record.delivery, sending)
        if emissions:
            handed_in = emissions[-1].sending == sending.number
            self.carriages.append(Carriage(sending, record.station, index, emissions, handed_in))

    def _sending_of(self, receiver: int, data: bytes, index: int) -> Sending | None:
        """The oldest sending of ``data`` to ``receiver`` that it has not yet reported."""
        for sending in self._by_data.get(data, ()):
            if sending.to is not None and sending.to != self._identities.get(receiver):
                continue
            if (receiver, sending.number) not in self._reported:
                return sending
        return None

    def _chain(self, delivery: int, sending: Sending) -> tuple[Emission, ...]:
        """The emissions that brought a report, back to the sender's own; none where the attacker had a
        hand in one of them or where the frame is older than the sending."""
        chain: list[Emission] = []
        at: int | None = delivery
        while at is not None:
            delivered = self._deliveries.get(at)
            if delivered is None or delivered.how != "passed" or delivered.emission is None:
                break
            emission = self._by_emission.get(delivered.emission)
            if emission is None or emission.index < sending.index or emission.twinned:
                break
            chain.append(emission)
            if emission.station == sending.station:
                break
            at = emission.cause
        return tuple(chain)
