"""The probe before any case: an honest target cannot do these things, and can do those that it claims.

- A capability with a random name must not work: an adapter that says yes to everything would pass by it.
- Each claimed capability is used once; it must give a sane answer.
- The air *cut*: with no frame delivered nobody can have joined, nor received anything but own copies.
- The air *scrambled*, each payload replaced by random bytes of its length: nobody can have joined, nor
  received what was sent.
- The same two after an honest join: what was sent must not arrive.

A target that shows anything under the last three talks past the air; no verdict on it would mean a thing.
What goes wrong otherwise (no join at all, a breach of contract) is no matter of the probe: the cases show it.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from pytest_prose_go.air.clock import RealClock, VirtualClock
from pytest_prose_go.air.medium import Air, Storm
from pytest_prose_go.air.trace import Entry, Reported, Trace
from pytest_prose_go.contract import (
    Credentials,
    Frame,
    Joined,
    Output,
    Received,
    Statement,
    Station,
    Unsupported,
)
from pytest_prose_go.targets.breach import TargetError
from pytest_prose_go.targets.deadline import Overrun, within
from pytest_prose_go.targets.guard import CAPABILITY_OF, GuardedStation, GuardedTarget

UES = 2
LEAST_TO_RECOGNISE = 8
"""Bytes; a shorter payload may turn up among random bytes by chance, so it proves nothing."""
_LENGTH = 48
_YEAR = 365 * 86_400.0
_GO = 0

Source = Callable[[], GuardedTarget]
Use = Callable[["Group"], object]


class ProbeFailure(Exception):
    """The target is not fit to be judged. ``failures`` says why, a line each."""

    def __init__(self, failures: Sequence[str]) -> None:
        super().__init__("; ".join(failures))
        self.failures = tuple(failures)


def probe(source: Source, seed: bytes) -> list[str]:
    """What unfits the targets of ``source`` for judgement, a line each (none: fit).

    A fresh target is made for each look, its names and payloads drawn from ``seed``. In real time it takes
    some four times the statement's patience. Raises :class:`TargetError` if no target can be made.
    """
    draw = random.Random(seed)
    failures = _unknown_capability(source, draw)
    failures += _claimed_capabilities(source, draw)
    for cut in (True, False):
        failures += _joins_without_air(source, draw, cut)
        failures += _receives_without_air(source, draw, cut)
    return failures


def check(source: Source, seed: bytes) -> None:
    """Raise :class:`ProbeFailure` if :func:`probe` finds anything."""
    failures = probe(source, seed)
    if failures:
        raise ProbeFailure(failures)


class Group:
    """A GO and its UEs on an air of their own, named at random within the statement's limits."""

    def __init__(self, target: GuardedTarget, draw: random.Random) -> None:
        statement = target.statement
        limits = statement.limits
        ues = min(UES, limits.members)
        self.target = target
        self.draw = draw
        self.statement = statement
        self.group = _names(draw, limits.groups, 1, limits.identity_most)[0]
        self.identities = _names(draw, limits.identities, 1 + ues, limits.identity_most)
        self.addresses = _addresses(draw, limits.addresses, 1 + ues)
        self.trace = Trace(statement)
        clock = VirtualClock() if statement.clock == "virtual" else RealClock()
        self.air = Air(self.trace, clock)
        authority = _name(draw, 12)
        self.authority = authority
        self.credentials: list[Credentials] = [
            target.credentials(
                identity,
                self.group,
                authority,
                "owner" if number == _GO else "member",
                clock.now - _YEAR,
                clock.now + _YEAR,
            )
            for number, identity in enumerate(self.identities)
        ]
        self.stations: list[GuardedStation] = []
        for number, address in enumerate(self.addresses):
            station = target.station(_name(draw, 8), address, [authority], draw.randbytes(32))
            self.stations.append(station)
            self.air.attach(number, station)
        self.sent: list[tuple[int, bytes]] = []
        self.told: list[Reported] = []
        """What stations told of joining and receiving."""
        self.trace.listeners.append(self._note)

    def _note(self, index: int, record: Entry) -> None:
        if isinstance(record, Reported) and isinstance(record.event, Joined | Received):
            self.told.append(record)

    @property
    def ues(self) -> range:
        return range(1, len(self.stations))

    def join(self) -> None:
        """Let the GO own the group and the UEs ask to join it."""
        self.do(_GO, "own", lambda station, now: station.own(self.group, self.credentials[_GO], now))
        for number in self.ues:
            self.ask(number)

    def ask(self, number: int) -> None:
        own = self.credentials[number]
        owner = self.addresses[_GO]
        self.do(number, "join", lambda station, now: station.join(self.group, owner, own, now))

    def send(self) -> None:
        """Let everybody send to everybody: each UE to its GO and to the group, the GO to each and to all."""
        for number in range(len(self.stations)):
            to = [None] if self.statement.groupcast else []
            others = self.identities[1:] if number == _GO else self.identities[:1]
            for receiver in [*others, *to]:
                self.send_one(number, receiver)

    def send_one(self, number: int, to: str | None) -> None:
        limits = self.statement.limits
        data = self.draw.randbytes(min(max(_LENGTH, limits.payload_least), limits.payload_most))
        self.sent.append((number, data))
        self.do(number, "send", lambda station, now: station.send(self.group, data, to, now))

    def do(self, number: int, by: str, call: Callable[[Station, float], Output]) -> None:
        self.air.drive(number, by, call)

    def run(self, until: Callable[[], bool], limit: float) -> bool:
        return self.air.run(until, limit)

    def all_joined(self) -> bool:
        told = {(r.station, r.event.peer) for r in self.told if isinstance(r.event, Joined)}
        owner = self.identities[_GO]
        return all({(_GO, self.identities[ue]), (ue, owner)} <= told for ue in self.ues)

    def join_shown(self) -> str | None:
        """A line on a station that has reported a peer as joined."""
        for record in self.told:
            event = record.event
            if isinstance(event, Joined) and event.peer != self.identities[record.station]:
                return f"{self.who(record.station)} reported in {record.by} that its peer joined"
        return None

    def other_copy(self, since: int, known: bool) -> str | None:
        """A line on a station that received what it did not send itself; ``known``: only what was sent."""
        for record in self.told[since:]:
            event = record.event
            if not isinstance(event, Received) or (record.station, event.data) in self.sent:
                continue
            is_sending = len(event.data) >= LEAST_TO_RECOGNISE and any(
                event.data == data for _, data in self.sent
            )
            if is_sending or not known:
                what = "what another station sent" if is_sending else "a message that nobody sent"
                return f"{self.who(record.station)} received in {record.by} {what}"
        return None

    @staticmethod
    def who(number: int) -> str:
        return "the GO" if number == _GO else "a UE"


@contextmanager
def _group(source: Source, draw: random.Random) -> Iterator[Group | None]:
    """A group of a fresh target; None if it cannot even be made. Breaches and storms end the look."""
    target = source()
    try:
        group: Group | None = None
        with suppress(TargetError, Unsupported):
            group = Group(target, draw)
        with suppress(TargetError, Unsupported, Storm):
            yield group
    finally:
        target.close()


def _joins_without_air(source: Source, draw: random.Random, cut: bool) -> list[str]:
    with _group(source, draw) as group:
        if group is None:
            return []
        patience = group.statement.patience
        _spoil(group, cut)

        def shown() -> str | None:
            return group.join_shown() or group.other_copy(0, known=not cut)

        with suppress(TargetError, Unsupported, Storm):  # what came before such an end still counts
            group.join()
            group.send()
            group.run(lambda: shown() is not None, max(patience.join, patience.delivery))
        return _told(shown(), cut)
    return []


def _receives_without_air(source: Source, draw: random.Random, cut: bool) -> list[str]:
    with _group(source, draw) as group:
        if group is None:
            return []
        patience = group.statement.patience
        group.join()
        if not group.run(group.all_joined, patience.join):
            return []
        group.run(lambda: False, min(patience.delivery, 1.0))  # let the last frames of the join arrive
        _spoil(group, cut)
        since = len(group.told)

        def shown() -> str | None:
            return group.other_copy(since, known=True)

        with suppress(TargetError, Unsupported, Storm):
            group.send()
            group.run(lambda: shown() is not None, patience.delivery)
        return _told(shown(), cut, " after an honest join")
    return []


def _spoil(group: Group, cut: bool) -> None:
    if cut:
        group.air.cut()
    else:
        group.air.scramble(group.draw.randbytes(16))


def _told(shown: str | None, cut: bool, when: str = "") -> list[str]:
    if shown is None:
        return []
    air = "with no frame delivered" if cut else "with every payload replaced by random bytes"
    return [f"the target talks past the air: {air}{when}, {shown}"]


def _unknown_capability(source: Source, draw: random.Random) -> list[str]:
    name = _name(draw, 16)
    with _group(source, draw) as group:
        if group is None:
            return []
        for owner in (group.target.raw, group.stations[_GO].raw):
            if _works(owner, name, group.target.call_deadline):
                return [
                    f"{type(owner).__name__} has a capability that does not exist: {name}, a random name, "
                    "could be called; raise AttributeError or Unsupported for what is not there, and over the "
                    "wire answer with the error -32601"
                ]
    return []


def _works(owner: object, name: str, limit: float) -> bool:
    try:
        method = getattr(owner, name)
        if not callable(method):
            return False
        within(limit, method)
    except (Exception, Overrun, SystemExit):
        return False
    return True


def _claimed_capabilities(source: Source, draw: random.Random) -> list[str]:
    failures: list[str] = []
    statement = _statement(source)
    left = [name for name in _USES if name in statement.capabilities]
    while left:
        # One target serves them all; after a breach, which spoils it, a fresh one serves the rest.
        before = len(left)
        with _group(source, draw) as group:
            if group is None:
                return failures
            group.join()
            joined = group.run(group.all_joined, group.statement.patience.join)
            while left:
                name = left.pop(0)
                use, needs_session = _USES[name]
                if needs_session and not joined:
                    continue
                try:
                    use(group)
                except _Insane as insane:
                    failures.append(f"claims {name}, but {insane}")
                except TargetError as error:
                    got = " ".join(error.got.split())
                    # What goes wrong may be a call that has nothing to do with it.
                    own = CAPABILITY_OF.get(error.call, error.call) == name
                    about = f"claims {name}, but" if own else f"while {name} was tried,"
                    failures.append(f"{about} {error.call} {got}; {error.remedy}")
                    break
                except Unsupported:
                    failures.append(f"claims {name}, but raised Unsupported")
        if len(left) == before:
            return failures
    return failures


def _statement(source: Source) -> Statement:
    target = source()
    target.close()
    return target.statement


class _Insane(Exception):
    """A capability answered, but with nothing that could be meant."""


def _use_clone(group: Group) -> None:
    group.target.clone(group.stations[1]).stop()


def _use_unprotect(group: Group) -> None:
    with group.air.tap() as tap:
        group.send_one(1, group.identities[_GO])
        group.run(lambda: False, group.statement.patience.delivery)
        frames = [Frame(e.source, e.destination, e.payload) for e in tap.emissions if e.station == 1]
    if frames and not group.target.unprotect(group.stations[1], frames):
        opened = group.target.unprotect(group.stations[_GO], frames)
        if not opened:
            raise _Insane("neither end of a hop opens the frames of a message on it")


def _use_protect(group: Group) -> None:
    data = group.draw.randbytes(min(_LENGTH, group.statement.limits.payload_most))
    ue = group.identities[1]
    frames = group.target.protect(group.stations[1], group.group, data, ue, group.identities[_GO], "unicast")
    if not frames:
        raise _Insane("made no frame with its own keys under its own name")


def _use_secrets(group: Group) -> None:
    if not any(group.target.secrets(station) for station in group.stations[:2]):
        raise _Insane("neither the GO nor a UE that asked to join holds any secret")


def _use_stored(group: Group) -> None:
    station = group.stations[1]
    group.target.restore(group.target.stored(station), station, True).stop()


def _use_parameters(group: Group) -> None:
    group.target.parameters(group.stations[1], group.group, group.identities[_GO])


def _use_offers(group: Group) -> None:
    name = group.statement.algorithms[0].name
    address = _addresses(group.draw, group.statement.limits.addresses, 1 + len(group.addresses))[-1]
    target = group.target
    target.station(_name(group.draw, 8), address, [group.authority], group.draw.randbytes(32), [name]).stop()


def _use_rekey(group: Group) -> None:
    group.do(_GO, "rekey", lambda station, now: station.rekey(group.group, now))


def _use_restart(group: Group) -> None:
    group.do(1, "restart", lambda station, now: station.restart(now, False))
    group.do(1, "restart", lambda station, now: station.restart(now, True))


def _use_revoke(group: Group) -> None:
    notice = group.target.revoke(group.credentials[-1])
    group.do(_GO, "learn", lambda station, now: station.learn(notice, now))


def _use_near_wrap(group: Group) -> None:
    group.target.near_wrap(group.stations[1], 1000)


_USES: dict[str, tuple[Use, bool]] = {
    "unprotect": (_use_unprotect, True),
    "protect": (_use_protect, True),
    "parameters": (_use_parameters, True),
    "secrets": (_use_secrets, True),
    "clone": (_use_clone, False),
    "offers": (_use_offers, False),
    "rekey": (_use_rekey, True),
    "near_wrap": (_use_near_wrap, True),
    "stored": (_use_stored, False),
    "restart": (_use_restart, False),
    "revoke": (_use_revoke, False),
}
"""How each capability is used, and whether that needs a session; those that spoil the session come last."""


def _names(draw: random.Random, pool: Sequence[str] | None, count: int, most: int) -> list[str]:
    if pool is not None:
        return draw.sample(list(pool), count)
    names: list[str] = []
    while len(names) < count:
        name = _name(draw, min(most, 10))
        if name not in names:
            names.append(name)
    return names


def _name(draw: random.Random, length: int) -> str:
    return "".join(draw.choices(string.ascii_lowercase, k=length))


def _addresses(draw: random.Random, pool: Iterable[int] | None, count: int) -> list[int]:
    return draw.sample(range(1, 1 << 24) if pool is None else list(pool), count)
