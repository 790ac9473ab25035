"""``prose-go check-adapter TARGET``: tries the contract alone, before any case, and says what to mend first.

No verdict comes of it: whether a target is *secure* is for the suite. This asks only whether it can be spoken to.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pytest_prose_go.contract import Event, Output, Station
    from pytest_prose_go.targets.naming import TargetSource
    from pytest_prose_go.targets.probe import Group

QUIET = 30.0
"""Seconds without any traffic in which a group is watched."""
MOST_A_SECOND = 200
"""Frames and wake-ups of one station in a second that still count as quiet."""
_YEAR = 365 * 86_400.0
_GO = 0


class Unfinished(Exception):
    """A step went wrong; the next steps would say no more. The text says what to do."""


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "check-adapter", help="try the contract alone on a target, and say what to mend first"
    )
    parser.add_argument("target", help="as for --prose-target")
    parser.add_argument(
        "--seed", default="1", help="what names and payloads are drawn from (default: %(default)s)"
    )
    parser.add_argument("--isolate", action="store_true", help="as --prose-isolate does")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Check the target. Returns 0 if there is nothing to mend, 1 if there is, 2 for a name that leads nowhere."""
    from pytest_prose_go.targets.breach import TargetError
    from pytest_prose_go.targets.naming import TargetNameError, find_target

    try:
        source = find_target(asked.target, isolate=asked.isolate)
    except TargetNameError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    check = Check(source, random.Random(asked.seed))
    try:
        check.run()
    except Unfinished as unfinished:
        print(f"next  {unfinished}")
        return 1
    except TargetError as breach:
        print(f"mend  {breach}")
        return 1
    print(f"The contract is kept. Now: pytest '--prose-target={asked.target}'")
    return 0


class Check:
    """The steps, in the order in which an adapter is best written."""

    def __init__(self, source: TargetSource, draw: random.Random) -> None:
        self.source = source
        self.draw = draw

    def run(self) -> None:
        """Take all steps, a line each. Raises :class:`Unfinished` at the first that goes wrong, TargetError for
        a breach of contract."""
        from pytest_prose_go.targets.probe import Group, probe

        target = self.source()
        try:
            statement = target.statement
            self._say("statement", f"{statement.product} {statement.version}, {statement.clock} clock")
            group = Group(target, self.draw)
            self._say("credentials", "of an owner and of members")
            self._flaws(group)
            self._say("station", f"{len(group.stations)} made; listens: {self._listens(group)}")
            self._own_and_join(group)
            self._send(group)
            self._limits(group)
            self._goes_quiet(group)
            self._leave_and_remove(group)
            for capability in statement.capabilities:
                if capability == "restart":
                    group.do(1, "restart", lambda station, now: station.restart(now, True))
                    self._say("restart", "of a UE, after a loss of power")
        finally:
            target.close()
        if target.complaints:
            raise Unfinished(f"stop and close: {target.complaints[0]}")
        self._say("stop, close", "nothing was raised")
        self._repeats(statement.repeatable)
        failures = probe(self.source, self.draw.randbytes(32))
        if failures:
            raise Unfinished("what the statement claims, and the air: " + "\n      ".join(failures))
        self._say("capabilities", ", ".join(statement.capabilities) or "none is claimed")
        self._say("air", "nobody joins or receives past it")

    @staticmethod
    def _say(what: str, how: str) -> None:
        print(f"ok    {what}: {how}", flush=True)

    @staticmethod
    def _listens(group: Group) -> str:
        heard = group.stations[_GO].listens
        return "to all" if heard is None else f"the GO to {', '.join(f'{a:#08x}' for a in sorted(heard))}"

    def _flaws(self, group: Group) -> None:
        from pytest_prose_go.contract import Flaw, Unsupported

        offered = []
        for flaw in get_args(Flaw):
            try:
                now = group.air.now
                group.target.credentials(
                    group.identities[1],
                    group.group,
                    group.authority,
                    "member",
                    now - _YEAR,
                    now + _YEAR,
                    flaw,
                )
                offered.append(flaw)
            except Unsupported:
                pass
        self._say("flaws", ", ".join(offered) or "none is offered: those cases say not tried")

    def _own_and_join(self, group: Group) -> None:
        since = len(group.trace.records)
        group.join()
        if not group.run(group.all_joined, group.statement.patience.join):
            told = {f"{group.who(record.station)} told of one" for record in group.told}
            half = f" So far: {', '.join(sorted(told))}." if told else ""
            raise Unfinished(
                f"own, join, receive: nobody has joined within patience.join "
                f"({group.statement.patience.join:g} s). Both ends report Joined once they have verified "
                f"each other.{half}{self._words(group, since)}"
            )
        self._say("own, join, receive", f"{len(group.ues)} UEs joined, and both ends say so")

    def _send(self, group: Group) -> None:
        since = len(group.trace.records)
        group.send()
        wanted = [(number, data) for number, data in group.sent]
        group.run(
            lambda: all(self._arrived(group, *each) for each in wanted), group.statement.patience.delivery
        )
        lost = [number for number, data in wanted if not self._arrived(group, number, data)]
        if lost:
            raise Unfinished(
                f"send: {len(lost)} of {len(wanted)} messages did not arrive within patience.delivery, the first "
                f"of {group.who(lost[0])}. A UE's message goes to its GO, which passes it on; whoever it is for "
                f"reports Received.{self._words(group, since)}"
            )
        self._say("send", f"{len(wanted)} messages arrived, to one and to all")

    @staticmethod
    def _arrived(group: Group, sender: int, data: bytes) -> bool:
        from pytest_prose_go.contract import Received

        return any(
            isinstance(r.event, Received) and r.event.data == data and r.station != sender for r in group.told
        )

    def _limits(self, group: Group) -> None:
        limits = group.statement.limits
        for length in (limits.payload_least, limits.payload_most):
            since = len(group.trace.records)
            data = self.draw.randbytes(length)
            group.do(1, "send", lambda s, now, d=data: s.send(group.group, d, group.identities[_GO], now))  # type: ignore[misc]
            patience = group.statement.patience.delivery
            if not group.run(lambda d=data: self._arrived(group, 1, d), patience):  # type: ignore[misc]
                raise Unfinished(
                    f"limits: a message of {length} bytes, which the statement allows, did not arrive; mend "
                    f"send, or limits.payload_least and payload_most.{self._words(group, since)}"
                )
        self._say("limits", f"messages of {limits.payload_least} and of {limits.payload_most} bytes arrived")

    def _goes_quiet(self, group: Group) -> None:
        from pytest_prose_go.air.trace import Emitted

        since = len(group.trace.records)
        seconds = QUIET if group.statement.clock == "virtual" else 1.0
        group.run(lambda: False, seconds)
        frames = sum(isinstance(record, Emitted) for record in group.trace.records[since:])
        if frames > MOST_A_SECOND * seconds * len(group.stations):
            raise Unfinished(
                f"wake: {frames} frames in {seconds:g} s in which nobody asked for anything; send less often."
            )
        self._say("wake", f"{frames} frames in {seconds:g} s of rest")

    def _leave_and_remove(self, group: Group) -> None:
        calls: list[tuple[str, int, Callable[[Station, float], Output]]] = [
            ("leave", 1, lambda station, now: station.leave(group.group, now))
        ]
        if group.statement.removes and len(group.stations) > 2:
            member = group.identities[2]
            calls.append(("remove", _GO, lambda station, now: station.remove(group.group, member, now)))
        for name, number, call in calls:
            group.do(number, name, call)
            group.run(lambda: False, 1.0)
            self._say(name, "answered")
        since = len(group.trace.records)
        group.told.clear()
        group.ask(1)
        if not group.run(
            lambda: {record.station for record in group.told} >= {_GO, 1}, group.statement.patience.rejoin
        ):
            raise Unfinished(
                f"leave, join: a UE that left did not join again within patience.rejoin.{self._words(group, since)}"
            )
        self._say("join again", "a UE that left came back")

    def _repeats(self, claimed: bool) -> None:
        if not claimed:
            self._say("repeatable", "not claimed")
            return
        seed = self.draw.random()
        one, other = self._frames(seed), self._frames(seed)
        if one != other:
            raise Unfinished(
                "repeatable: equal seeds gave other bytes; draw all randomness from station's seed, or state "
                "repeatable = False."
            )
        self._say("repeatable", f"{len(one)} frames came again byte for byte")

    def _frames(self, seed: float) -> list[bytes]:
        from pytest_prose_go.air.trace import Emitted
        from pytest_prose_go.targets.probe import Group

        target = self.source()
        try:
            group = Group(target, random.Random(seed))
            group.join()
            group.run(group.all_joined, group.statement.patience.join)
            return [record.payload for record in group.trace.records if isinstance(record, Emitted)]
        finally:
            target.close()

    @staticmethod
    def _words(group: Group, since: int) -> str:
        """What the stations said of it, the last few."""
        from pytest_prose_go.air.trace import Reported
        from pytest_prose_go.contract import Declined, Diagnostic, Refused

        said: list[Event] = [
            record.event
            for record in group.trace.records[since:]
            if isinstance(record, Reported) and isinstance(record.event, Declined | Diagnostic | Refused)
        ]
        lines: Sequence[str] = list(dict.fromkeys(_text(event) for event in said))[-4:]
        return "".join(f"\n      said: {line}" for line in lines)


def _text(event: Any) -> str:
    return str(getattr(event, "text", None) or f"{type(event).__name__}: {getattr(event, 'reason', '')}")
