"""What counts as evidence: who is honest, what was asked to be sent, and which frames carried it.

Only what honest stations emitted counts, as they emitted it, and only payloads that an honest station
was asked to send to honest ones. What the attacker put on the air explains a match and never makes one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Delivered,
    Emitted,
    Entry,
    Handlers,
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
    destination: int
    payload: bytes
    by: str
    sending: int | None
    cause: int | None
    twinned: bool


class Hop(Struct, frozen=True):
    """A frame that carried a sending, or its last part, and the station that took it."""

    emission: Emission
    receiver: int
    route: Route


class Carriage(Struct, frozen=True):
    """A report of a sending, at ``index`` in the trace, with the hops that brought it, the last first.

    ``certain``: the first frame came straight out of the ``send`` call, and each frame was the only one
    of its length and destination that its call returned. It can then be no resending of an older one.
    """

    sending: Sending
    receiver: int
    index: int
    hops: tuple[Hop, ...]
    certain: bool


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
        self._honest_names: Counter[str] = Counter()
        self._twinned: set[int] = set()
        self._owners: set[tuple[int, str]] = set()
        self._deliveries: dict[int, Delivered] = {}
        self._heard: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._by_emission: dict[int, Emission] = {}
        self._by_data: dict[bytes, list[Sending]] = {}
        self._by_call: dict[tuple[int, int | None, int | None], list[Emission]] = {}
        self._reported: set[tuple[int, int]] = set()

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {
            Made: self._observe_made,
            Compromised: self._observe_compromised,
            Owned: self._observe_owned,
            Asked: self._observe_renewal,
            Restarted: self._observe_renewal,
            Sent: self._observe_sent,
            Emitted: self._observe_emitted,
            Delivered: self._observe_delivered,
            Moved: self._observe_moved,
            Reported: self._observe_reported,
        }

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        handler = self.handlers.get(type(record))
        if handler is not None:
            handler(index, record)

    def _observe_made(self, index: int, record: Made) -> None:
        self._identities[record.station] = record.identity
        if record.standing == "honest":
            self._honest.add(record.station)
            self._honest_names[record.identity] += 1
        for origin in (record.clone_of, record.image_of):
            if origin is not None:
                self._twinned |= {record.station, origin}

    def _observe_compromised(self, index: int, record: Compromised) -> None:
        if record.station in self._honest:
            self._honest.discard(record.station)
            self._honest_names[self._identities[record.station]] -= 1
        self._twinned.add(record.station)

    def _observe_owned(self, index: int, record: Owned) -> None:
        self._owners.add((record.station, record.group))
        self.renewals.append((index, record.station))

    def _observe_renewal(self, index: int, record: Asked | Restarted) -> None:
        self.renewals.append((index, record.station))

    def _observe_delivered(self, index: int, record: Delivered) -> None:
        self._deliveries[record.number] = record
        self._heard[record.station] = record.number
        if record.payload is not None and record.how != "passed":
            self.foreign.append((index, record.payload))

    def _observe_moved(self, index: int, record: Moved) -> None:
        if record.kind != "tap":
            self.meddled.append(index)

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
        to_honest = record.to is None or self._honest_names[record.to] > 0
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
            destination=record.destination,
            payload=record.payload,
            by=record.by,
            sending=self._asked.get(record.station) if record.by == "send" else None,
            cause=self._heard.get(record.station) if record.by == "receive" else None,
            twinned=record.station in self._twinned,
        )
        self.emissions.append(emission)
        self._by_emission[record.number] = emission
        self._by_call.setdefault((emission.station, emission.sending, emission.cause), []).append(emission)

    def _observe_reported(self, index: int, record: Reported) -> None:
        event = record.event
        if isinstance(event, Diagnostic):
            self.diagnostics.append((index, record.at, record.station, event.text))
        if not isinstance(event, Received) or record.delivery is None or record.station not in self._honest:
            return
        emissions = self._chain(record.delivery)
        sending = self._sending_of(record.station, event.data, emissions)
        if sending is None:
            return
        self._reported.add((record.station, sending.number))
        receiver = record.station
        hops: list[Hop] = []
        for emission in emissions:
            if emission.index < sending.index:
                break
            if self._is_on_the_way(emission, receiver, sending):
                hops.append(Hop(emission, receiver, self.route(emission, sending)))
            receiver = emission.station
        if hops:
            certain = hops[-1].emission.sending == sending.number and all(
                self._is_alone(hop.emission) for hop in hops
            )
            self.carriages.append(Carriage(sending, record.station, index, tuple(hops), certain))

    def _is_on_the_way(self, emission: Emission, receiver: int, sending: Sending) -> bool:
        """True if the payload may go that way: from its sender to the GO, or from the GO onwards. A frame may
        also have been brought about by an answer that goes the other way, and carries nothing."""
        if emission.station == sending.station:
            return self.owns(receiver, sending.group) or self.owns(sending.station, sending.group)
        return self.owns(emission.station, sending.group) and receiver != sending.station

    def _is_alone(self, emission: Emission) -> bool:
        """True if the call that returned ``emission`` returned no other frame that could be meant."""
        alike = [
            other
            for other in self._by_call.get((emission.station, emission.sending, emission.cause), ())
            if other.destination == emission.destination and len(other.payload) == len(emission.payload)
        ]
        return len(alike) == 1

    def and_neighbours(self, emission: Emission) -> Iterator[tuple[int, Emission]]:
        """``emission`` (0), and what the same call gave out for the same destination just before it (-1) and after
        it (1). What comes by itself, at no call's or frame's bidding, has no neighbours."""
        yield 0, emission
        if emission.sending is None and emission.cause is None:
            return
        alike = [
            other
            for other in self._by_call[emission.station, emission.sending, emission.cause]
            if other.destination == emission.destination
        ]
        at = alike.index(emission)
        if at:
            yield -1, alike[at - 1]
        if at + 1 < len(alike):
            yield 1, alike[at + 1]

    def _sending_of(self, receiver: int, data: bytes, emissions: Sequence[Emission]) -> Sending | None:
        """The sending of ``data`` to ``receiver`` that the frames stem from, where one came straight out of
        a ``send`` call; else the oldest that it has not yet reported."""
        handed_in = [emission.sending for emission in emissions if emission.sending is not None]
        candidates = [
            sending
            for sending in self._by_data.get(data, ())
            if sending.to in (None, self._identities.get(receiver)) and sending.station != receiver
        ]
        for sending in candidates:
            if sending.number in handed_in[-1:]:
                return sending
        for sending in candidates:
            if (receiver, sending.number) not in self._reported:
                return sending
        return None

    def _chain(self, delivery: int) -> list[Emission]:
        """The emissions that led to a delivery, the last first; they end where the attacker had a hand in
        it, or another station with the same state."""
        chain: list[Emission] = []
        at: int | None = delivery
        while at is not None:
            delivered = self._deliveries.get(at)
            if delivered is None or delivered.how != "passed" or delivered.emission is None:
                break
            emission = self._by_emission.get(delivered.emission)
            if emission is None or emission.twinned:
                break
            chain.append(emission)
            at = emission.cause
        return chain
