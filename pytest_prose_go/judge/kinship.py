"""Which stations are copies of which: clones of a device, and starts from its image at rest."""

from __future__ import annotations

from pytest_prose_go.air.trace import Entry, Handlers, Made, Restored
from pytest_prose_go.judge.roster import Member, Roster


class Kinship:
    """Remembers whose state each station began with.

    ``kin`` are one device and all that hold its keys by right or by theft: its clones, and its own starts
    from its image. A copy of an image on another device is no kin: it should hold nothing.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._parents: dict[int, int] = {}
        self._restored: dict[int, Restored] = {}
        self._clones: set[int] = set()
        self.born: dict[int, tuple[int, float]] = {}
        """Clone → index and time of the record that made it: the moment of its state."""

    @property
    def handlers(self) -> Handlers:
        """What it does with a record, by its type. Made anew, so that it does not hold itself in memory."""
        return {Made: self._made, Restored: self._take_restored}

    def observe(self, index: int, record: Entry) -> None:
        """Take the next record of the trace, at its ``index``."""
        handler = self.handlers.get(type(record))
        if handler is not None:
            handler(index, record)

    def _made(self, index: int, record: Made) -> None:
        parent = record.clone_of if record.clone_of is not None else record.image_of
        if parent is not None:
            self._parents[record.station] = parent
        if record.clone_of is not None or parent in self._clones:
            self._clones.add(record.station)
        if record.clone_of is not None:
            self.born[record.station] = (index, record.at)

    def _take_restored(self, index: int, record: Restored) -> None:
        self._restored[record.station] = record

    def restored(self, station: int) -> Restored | None:
        """How the station was restored, or None if it was not."""
        return self._restored.get(station)

    def origin(self, station: int) -> int:
        """The device from whose state, in the end, the station comes; itself if it is no copy."""
        while station in self._parents:
            station = self._parents[station]
        return station

    def parent(self, station: int) -> int:
        """The station whose clone or image this one began with; itself if it is no copy."""
        return self._parents.get(station, station)

    def is_foreign_copy(self, station: int) -> bool:
        """Whether the station, or one that it is a copy of, began with an image on another device or with
        a changed one."""
        while station in self._parents:
            restored = self._restored.get(station)
            if restored is not None and (not restored.same_device or restored.change):
                return True
            station = self._parents[station]
        return False

    def kin(self, station: int) -> list[int]:
        """All stations with the keys of this one's device, itself among them."""
        origin = self.origin(station)
        return [
            number
            for number in self._roster.members
            if self.origin(number) == origin and not self.is_foreign_copy(number)
        ]

    def rightful(self, station: int) -> list[Member]:
        """The station's device itself and its own starts, without its clones."""
        return [self._roster.members[number] for number in self.kin(station) if number not in self._clones]

    def names(self, station: int, group: str) -> set[str]:
        """The true names in ``group`` of the station's device, whatever its clones call themselves."""
        members = self.rightful(station)
        return {member.identity for member in members} | {member.name_in(group) for member in members}
