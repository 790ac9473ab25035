"""Controls: what must have been seen for a negative finding to mean anything.

A control is a question to the trace so far, named by its kind and its operands, so that whoever judges
the trace again puts the same questions to it and needs nobody's word for the answers.
"""

from __future__ import annotations

import hashlib

from pytest_prose_go.air.trace import (
    KINDS,
    Controlled,
    Delivered,
    Dropped,
    Emitted,
    Entry,
    Handlers,
    Imaged,
    Negotiated,
    Reported,
    Sent,
    Told,
    Unprotected,
)
from pytest_prose_go.contract import Joined, Left, Received
from pytest_prose_go.judge.roster import Roster


class Controls:
    """Answers the questions of the controls from the records observed so far.

    The kinds, with their operands (numbers of stations, sendings, moves or records):

    * ``joined`` (ue, go, since): after record ``since`` both ends reported the session.
    * ``apart`` (ue, go, since): after record ``since`` they did not both report a session.
    * ``spoke`` (station, since): after record ``since`` the station gave frames to the air.
    * ``received`` (sending, station): the station reported the sending.
    * ``kept`` (sending, station): it has not reported it.
    * ``live`` (ue, go, since): after record ``since`` neither end reported that their session ended or
      that there is a new one.
    * ``acted`` (move): the move acted on a frame.
    * ``heard`` (station, since): after record ``since`` the station was given a frame.
    * ``waited`` (since, milliseconds): so long a time has passed since record ``since``.
    * ``opened`` (sending, station): what ``unprotect`` opened with the station's state shows the sending.
    * ``told`` (station, since): after record ``since`` the station told of a secret of a hop or a group.
    * ``imaged`` (station, since): after record ``since`` its image at rest was given, and is not empty.
    * ``agreed`` (station, since): after record ``since`` it told of the algorithms that it agreed on.
    * ``earlier`` (record): that record is a control that held.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._times: list[float] = []
        self._sessions: dict[int, list[tuple[int, Joined | Left]]] = {}
        self._sendings: dict[int, tuple[int, Sent]] = {}
        self._received: dict[tuple[int, bytes], list[int]] = {}
        self._acted: set[int] = set()
        self._heard: dict[int, int] = {}
        self._spoke: dict[int, int] = {}
        self._held: set[int] = set()
        self._opened: dict[int, list[bytes]] = {}
        self._told: dict[int, int] = {}
        self._imaged: dict[int, int] = {}
        self._agreed: dict[int, int] = {}

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type."""
        return dict.fromkeys(KINDS, self.observe) | {
            Delivered: self._delivered,
            Emitted: self._emitted,
            Reported: self._reported,
        }

    def observe(self, index: int, record: Entry) -> None:
        """Take in the next record of the trace."""
        match record:
            case Delivered():
                self._delivered(index, record)
                return
            case Emitted():
                self._emitted(index, record)
                return
            case Reported():
                self._reported(index, record)
                return
            case Dropped():
                self._acted.add(record.move)
            case Sent():
                self._sendings[record.number] = (index, record)
            case Unprotected():
                self._opened.setdefault(record.station, []).append(record.data)
            case Told() if record.scope != "device":
                self._told[record.station] = index
            case Imaged() if record.digest != _OF_NOTHING:
                self._imaged[record.station] = index
            case Negotiated() if record.algorithms:
                self._agreed[record.station] = index
            case Controlled():
                if record.held:
                    self._held.add(index)
            case _:
                pass
        self._times.append(record.at)

    def _delivered(self, index: int, record: Delivered) -> None:
        self._times.append(record.at)
        self._heard[record.station] = index
        if record.move is not None:
            self._acted.add(record.move)

    def _emitted(self, index: int, record: Emitted) -> None:
        self._times.append(record.at)
        self._spoke[record.station] = index

    def _reported(self, index: int, record: Reported) -> None:
        self._times.append(record.at)
        event = record.event
        if isinstance(event, Received):
            self._received.setdefault((record.station, event.data), []).append(index)
        elif isinstance(event, Joined | Left):
            self._sessions.setdefault(record.station, []).append((index, event))

    @property
    def any_held(self) -> bool:
        """Whether any control of the trace held."""
        return bool(self._held)

    def holds(self, kind: str, operands: tuple[int, ...], at: float) -> bool:
        """The answer at time ``at``. Raises :class:`ValueError` for a kind that there is not."""
        match kind, operands:
            case "joined", (ue, go, since):
                return self.joined(ue, go, since)
            case "apart", (ue, go, since):
                return not self.joined(ue, go, since)
            case "spoke", (station, since):
                return self._spoke.get(station, -1) > since
            case "received", (sending, station):
                return self.received(sending, station)
            case "kept", (sending, station):
                return not self.received(sending, station)
            case "live", (ue, go, since):
                return not self.session_changed(ue, go, since)
            case "acted", (move,):
                return move in self._acted
            case "heard", (station, since):
                return self._heard.get(station, -1) > since
            case "waited", (since, milliseconds):
                return round((at - self._times[since]) * 1000) >= milliseconds
            case "opened", (sending, station):
                return self.opened(sending, station)
            case "told", (station, since):
                return self._told.get(station, -1) > since
            case "imaged", (station, since):
                return self._imaged.get(station, -1) > since
            case "agreed", (station, since):
                return self._agreed.get(station, -1) > since
            case "earlier", (record,):
                return record in self._held
        raise ValueError(f"there is no control {kind!r} with operands {operands}")

    def agrees(self, record: Controlled) -> bool:
        """Whether the trace so far gives the answer that ``record`` claims."""
        return self.holds(record.kind, record.operands, record.at) == record.held

    # --- the questions -------------------------------------------------------------------------

    def joined(self, ue: int, go: int, since: int) -> bool:
        """Whether both ends reported their session after record ``since``."""
        return self.told_joined(go, ue, since) and self.told_joined(ue, go, since)

    def told_joined(self, station: int, peer: int, since: int) -> bool:
        """Whether ``station`` reported a session with ``peer`` after record ``since``."""
        for index, event in reversed(self._sessions.get(station, ())):
            if index <= since:
                return False
            if isinstance(event, Joined) and event.peer == self._roster.members[peer].name_in(event.group):
                return True
        return False

    def session_changed(self, ue: int, go: int, since: int) -> bool:
        """Whether either end reported an end, or another beginning, of their session after ``since``."""
        for station, peer in ((ue, go), (go, ue)):
            for index, event in reversed(self._sessions.get(station, ())):
                if index <= since:
                    break
                if event.peer in (
                    None,
                    self._roster.members[peer].name_in(event.group),
                ):
                    return True
        return False

    def received(self, sending: int, station: int) -> bool:
        """Whether ``station`` reported sending ``sending`` (in the sending's group, after it)."""
        since, sent = self._sendings[sending]
        return any(index > since for index in self._received.get((station, sent.data), ()))

    def opened(self, sending: int, station: int) -> bool:
        """Whether the state of ``station`` opened sending ``sending``: the whole of it, or, in fragments,
        the greater part."""
        _, sent = self._sendings[sending]
        texts = self._opened.get(station, ())
        if any(sent.data in text for text in texts):
            return True
        pieces = {text for text in texts if len(text) > 1 and text in sent.data}
        return 2 * sum(map(len, pieces)) > len(sent.data)


_OF_NOTHING = hashlib.sha256(b"").hexdigest()
