"""The ideal group: what a perfectly secure group could have reported, given what was asked of it.

It watches a trace record by record and books each event that no ideal group could have reported, by
the kind of rule that it breaks. It rests on nothing but what was asked, delivered and reported:
error messages, their absence and the number of frames are never judged.

Rules: *admission*, *owner*, *agreement* (here and in :mod:`.admissions`), *origin and integrity*, *right to
speak*, *membership* and *no replay* (:mod:`.receptions`).
"""

from __future__ import annotations

from pytest_prose_go.air.trace import (
    KINDS,
    Delivered,
    Emitted,
    Entry,
    Handlers,
    Quit,
    Removed,
    Reported,
)
from pytest_prose_go.contract import Declined, Diagnostic, Joined, Left, Received, Statement
from pytest_prose_go.judge.admissions import Admissions
from pytest_prose_go.judge.finding import Lead, Violation
from pytest_prose_go.judge.receptions import HEEDED, Receptions
from pytest_prose_go.judge.roster import Roster


class IdealGroup:
    """Books what the stations of one trace could not have reported if they kept the requirements."""

    def __init__(self, statement: Statement) -> None:
        self.roster = Roster()
        self.leads: list[Lead] = []
        self._booked: list[Violation] = []
        self._admissions = Admissions(statement, self.roster, self._booked)
        self._receptions = Receptions(statement, self.roster, self._admissions, self._booked, self.leads)
        self._held: list[tuple[int, Reported]] = []
        self._called: tuple[int, Removed | Quit] | None = None
        """A call that may yet be declined."""

    @property
    def violations(self) -> list[Violation]:
        """What was booked so far, in order."""
        self._judge_held()
        return self._booked

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type."""
        short_ways: Handlers = {Emitted: self._emitted, Delivered: self._delivered}
        return dict.fromkeys(KINDS, self.observe) | short_ways

    def _emitted(self, index: int, record: Emitted) -> None:
        if self._called is None and not self._held:
            self.roster.emitted(index, record)
        else:
            self.observe(index, record)

    def _delivered(self, index: int, record: Delivered) -> None:
        if self._called is None and not self._held:
            self.roster.delivered(index, record)
            self._receptions.delivered(index, record)
        else:
            self.observe(index, record)

    def observe(self, index: int, record: Entry) -> None:
        """Take in the next record of the trace."""
        if self._called is not None and not self._is_declined(record):
            if isinstance(record, Reported) and isinstance(record.event, Diagnostic):
                return
            if isinstance(record, Emitted) and record.by in ("leave", "remove"):
                self._take(index, record)
                return
            called, self._called = self._called, None
            self._take(*called)
        if type(record) is Reported:
            self._report(index, record)
        elif type(record) is Removed or type(record) is Quit:
            self._judge_held()
            self._called = (index, record)
        else:
            self._take(index, record)

    def _is_declined(self, record: Entry) -> bool:
        """Whether ``record`` says that the call before it was declined: then nothing happened."""
        if (
            self._called is None
            or not isinstance(record, Reported)
            or not isinstance(record.event, Declined)
            or record.station != self._called[1].station
        ):
            return False
        self._called = None
        return True

    def _report(self, index: int, record: Reported) -> None:
        # A station may tell of a message and of its sender's admission in one output, in either order: what
        # is received is judged only when the whole output is known.
        if self._held and not _same_output(self._held[0][1], record):
            self._judge_held()
        match record.event:
            case Received():
                self._held.append((index, record))
            case Joined():
                self._admissions.joined(index, record, record.event)
            case Left():
                self._admissions.left(index, record, record.event)
            case _:
                pass

    def _take(self, index: int, record: Entry) -> None:
        if self._held:
            self._judge_held()
        self.roster.observe(index, record)
        kind = type(record)
        if kind is Removed:
            self._admissions.observe(index, record)
        if kind in HEEDED:
            self._receptions.observe(index, record)

    def _judge_held(self) -> None:
        held, self._held = self._held, []
        for index, record in held:
            assert isinstance(record.event, Received)
            self._receptions.received(index, record, record.event)


def _same_output(one: Reported, other: Reported) -> bool:
    return (one.station, one.by, one.delivery, one.at) == (other.station, other.by, other.delivery, other.at)
