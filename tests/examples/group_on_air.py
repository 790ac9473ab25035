"""A target's stations on the air, driven by hand, with the ideal group looking on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from pytest_prose_go.air.clock import VirtualClock
from pytest_prose_go.air.medium import Air
from pytest_prose_go.air.trace import (
    Asked,
    Emitted,
    Entry,
    Issued,
    Made,
    Owned,
    Quit,
    Removed,
    Reported,
    Restarted,
    Sent,
    Standing,
    Trace,
)
from pytest_prose_go.contract import Credentials, Event, Flaw, Joined, Output, Role, Target
from pytest_prose_go.judge.finding import Kind
from pytest_prose_go.judge.ideal_group import IdealGroup
from pytest_prose_go.targets.guard import GuardedTarget

DAY = 86_400.0
SomeEvent = TypeVar("SomeEvent", bound=Event)


class Device:
    """A station of the scenario with the credentials that it holds."""

    def __init__(self, number: int, name: str, address: int, credentials: Credentials, issue: int) -> None:
        self.number, self.name, self.address = number, name, address
        self.credentials, self.issue = credentials, issue


class GroupOnAir:
    """Makes devices of ``target``, has them do things, and keeps the books of it."""

    def __init__(self, target: Target, group: str = "red") -> None:
        self.target = GuardedTarget(target, "a trial")
        self.group = group
        self.trace = Trace(self.target.statement)
        self.ideal = IdealGroup(self.target.statement)
        self.trace.listeners.append(self.ideal.observe)
        self.air = Air(self.trace, VirtualClock())
        self._issues = itertools.count()
        self._numbers = itertools.count()
        self._sendings = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.target.close()

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of violations so far."""
        return {violation.kind for violation in self.ideal.violations}

    def device(
        self,
        name: str,
        role: Role = "member",
        authority: str = "north",
        trusts: tuple[str, ...] = ("north",),
        group: str | None = None,
        valid: tuple[float, float] = (-DAY, DAY),
        flaw: Flaw | None = None,
        standing: Standing = "honest",
    ) -> Device:
        """A device at an address of its own; ``valid`` is relative to now."""
        group = group or self.group
        number, issue = next(self._numbers), next(self._issues)
        address = 0x1000 + 7 * number
        first, last = (self.air.now + offset for offset in valid)
        credentials = self.target.credentials(name, group, authority, role, first, last, flaw)
        self._book(Issued(self.air.now, issue, name, group, authority, role, first, last, flaw))
        station = self.target.station(f"device {number}", address, trusts, bytes([number]) * 32)
        self._book(Made(self.air.now, number, f"device {number}", name, address, trusts, standing))
        self.air.attach(number, station)
        return Device(number, name, address, credentials, issue)

    def own(self, device: Device, group: str | None = None) -> Output:
        """Let ``device`` own the group."""
        wanted = group or self.group
        self._book(Owned(self.air.now, device.number, wanted, device.issue))
        return self.air.drive(device.number, "own", lambda s, now: s.own(wanted, device.credentials, now))

    def join(self, device: Device, owner: Device, group: str | None = None) -> Output:
        """Let ``device`` ask ``owner`` for the group."""
        wanted = group or self.group
        self._book(Asked(self.air.now, device.number, wanted, owner.address, device.issue))
        return self.air.drive(
            device.number, "join", lambda s, now: s.join(wanted, owner.address, device.credentials, now)
        )

    def send(self, device: Device, data: bytes, to: Device | None = None) -> Output:
        """Let ``device`` send to ``to`` or to the group."""
        name = None if to is None else to.name
        self._book(Sent(self.air.now, device.number, self.group, next(self._sendings), data, name))
        return self.air.drive(device.number, "send", lambda s, now: s.send(self.group, data, name, now))

    def remove(self, owner: Device, member: Device) -> Output:
        """Let ``owner`` put ``member`` out."""
        self._book(Removed(self.air.now, owner.number, self.group, member.name))
        return self.air.drive(owner.number, "remove", lambda s, now: s.remove(self.group, member.name, now))

    def leave(self, device: Device) -> Output:
        """Let ``device`` leave the group."""
        self._book(Quit(self.air.now, device.number, self.group))
        return self.air.drive(device.number, "leave", lambda s, now: s.leave(self.group, now))

    def restart(self, device: Device) -> Output:
        """Let ``device`` lose its power for a moment."""
        self._book(Restarted(self.air.now, device.number, True))
        return self.air.drive(device.number, "restart", lambda s, now: s.restart(now, True))

    def group_of(self, *names: str) -> list[Device]:
        """An owner and members, all joined at both ends."""
        owner, *members = [self.device(name, "owner" if not n else "member") for n, name in enumerate(names)]
        self.own(owner)
        for member in members:
            self.join(member, owner)
            assert self.until(lambda member=member: self.both_joined(owner, member))  # type: ignore[misc]
        return [owner, *members]

    def both_joined(self, owner: Device, member: Device, since: int = 0) -> bool:
        """Whether each end has told that it met the other, after record ``since`` of the trace."""
        return any(event.peer == member.name for event in self.events(owner, Joined, since)) and any(
            event.peer == owner.name for event in self.events(member, Joined, since)
        )

    def events(self, device: Device, kind: type[SomeEvent], since: int = 0) -> list[SomeEvent]:
        """What ``device`` reported of that kind after record ``since``."""
        return [
            record.event
            for record in self.trace.records[since:]
            if isinstance(record, Reported)
            and record.station == device.number
            and isinstance(record.event, kind)
        ]

    def emissions(self, device: Device, since: int = 0) -> list[Emitted]:
        """The frames of ``device`` after record ``since``."""
        records = self.trace.records[since:]
        return [each for each in records if isinstance(each, Emitted) and each.station == device.number]

    def until(self, come: Callable[[], bool], limit: float = 30.0) -> bool:
        """Let time pass until ``come()``, at most ``limit`` seconds."""
        return self.air.run(come, limit)

    def pass_time(self, seconds: float) -> None:
        """Let that much time pass."""
        self.air.run(None, seconds)

    def _book(self, record: Entry) -> None:
        self.trace.append(record)
