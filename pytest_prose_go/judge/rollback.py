"""A device that is started from an older image of its own, and takes again what it had received since.

Judged is what an attacker brings it anew. A frame that its GO repeats by itself may be the last word of a message of
which the device, as it was then, knew nothing.
"""

from __future__ import annotations

from pytest_prose_go.air.trace import Delivered, Handlers, Reported
from pytest_prose_go.contract import Received
from pytest_prose_go.judge.compromise import LEAST_DATA
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.kinship import Kinship
from pytest_prose_go.judge.roster import Roster


class Rollback:
    """Judges every ``Received`` of a start from a device's own, unchanged image."""

    def __init__(self, roster: Roster, kinship: Kinship, booked: list[Violation]) -> None:
        self._roster = roster
        self._kinship = kinship
        self._booked = booked
        self._taken: dict[tuple[int, str, bytes], int] = {}
        """(device, group, payload) → the record in which the device first reported it."""
        self._replayed: set[int] = set()

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {Delivered: self._delivered, Reported: self._reported}

    def _delivered(self, index: int, record: Delivered) -> None:
        if record.how == "replayed":
            self._replayed.add(record.number)

    def _reported(self, index: int, record: Reported) -> None:
        event = record.event
        if not isinstance(event, Received) or len(event.data) < LEAST_DATA:
            return
        device = self._kinship.origin(record.station)
        key = device, event.group, event.data
        how = self._kinship.restored(record.station)
        if how is None:
            if record.station == device:
                self._taken.setdefault(key, index)
        elif (
            key in self._taken
            and record.delivery in self._replayed
            and not self._kinship.is_foreign_copy(record.station)
        ):
            self._book(index, record, event, self._taken[key])

    def _book(self, index: int, record: Reported, event: Received, before: int) -> None:
        name = self._roster.members[record.station].name_in(event.group)
        self._booked.append(
            Violation(
                kind="storage.rolled-back",
                at=record.at,
                record=index,
                station=self._kinship.origin(record.station),
                asked=f"{name} was started from an older image of its own, and frames that it had been given since "
                "were sent again",
                seen=f"it received a message once more that it had received before (record {before})",
                ideal="what is at rest does not go back: a message that was received is never received again",
                proof=f"{len(event.data)} bytes from {event.data[:16].hex()} in the output of {record.by}"
                + (f" of delivery {record.delivery}" if record.delivery is not None else ""),
            )
        )
