"""Playing an attack on a scenario, step by step. What cannot be done here and now is skipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

from pytest_prose_go.air import frame_changes
from pytest_prose_go.air.choice import Chosen
from pytest_prose_go.air.frame_changes import CHECKSUMS
from pytest_prose_go.air.medium import Storm
from pytest_prose_go.air.moves import Move, Withhold
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.air.trace import Emitted
from pytest_prose_go.contract import Unsupported
from pytest_prose_go.scenario import Endpoint, GroupOwner, Inconclusive, Scenario, UserEquipment
from pytest_prose_go.scenario.sweep import headed, tailed
from pytest_prose_go.search.parts import Parts
from pytest_prose_go.search.steps import (
    AnyStep,
    Change,
    Disturb,
    Frames,
    Inject,
    Join,
    Leave,
    Lift,
    Own,
    Pause,
    Rekey,
    Remove,
    Replay,
    Restart,
    Send,
    Silence,
    Splice,
    Wait,
)
from pytest_prose_go.targets.breach import TargetError

ITSELF, OTHER, GROUP = "itself", "other", "group"
"""Destinations that are no part's address: one that the receiver listens to; another such one; one that frames went
to and that is nobody's own."""

_BETWEEN = 0.02
"""Seconds between messages that are sent in a row."""

_BRIEF, _MINUTE, _IDLE = 0.3, 95.0, 700.0
_ALL = 1 << 20
_BLOCK, _WORD = 16, 64
_FIELDS = {
    "claim",
    "at",
    "who",
    "to",
    "by",
    "within",
    "emitter",
    "receiver",
    "source",
    "destination",
    "old",
    "new",
}
"""The fields of steps that name a part."""


class Skipped(Exception):
    """A step that cannot be done here and now."""


class Player:
    """Plays ``steps`` on a new ``scenario``. ``done`` says of each step whether it was; ``more`` names further parts to
    cast."""

    def __init__(self, scenario: Scenario, steps: Sequence[AnyStep], more: Sequence[str] = ()) -> None:
        self.scenario = scenario
        self.steps = steps
        self.done: list[bool] = []
        self.broke: BaseException | None = None
        """What ended the play early: a breach of contract, or a storm."""
        self.parts = Parts(scenario)
        self.parts.cast((*named(steps), *more))
        self._bursts: list[tuple[str, dict[int, list[int]]]] = []
        self._seen = 0
        self._moves: list[Move] = []
        self._silent: set[int] = set()
        self._doubtful: dict[int, Endpoint] = {}
        self._last: dict[int, bytes] = {}

    def play(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Play all steps, or as long as ``goes_on()`` says after each."""
        try:
            for step in self.steps:
                try:
                    self._do(step)
                    self.done.append(True)
                except (Skipped, Inconclusive, Unsupported):
                    self.done.append(False)
                self._keep_burst(type(step).__name__)
                if not goes_on():
                    return
            self._lift_all(releases=True)
            self._pause("settled")
        except (TargetError, Storm) as broke:
            self.broke = broke

    def _do(self, step: AnyStep) -> None:
        match step:
            case Join():
                self._join(step)
            case Send():
                self._send(step)
            case Leave():
                self._leave(step)
            case Remove():
                self._remove(step)
            case Own():
                self._owner(step.who).owns()
            case Restart():
                self._who(step.who).restarts()
                self._pause(step.pause)
            case Rekey():
                self._rekey(step)
            case Silence():
                self._silence(step)
            case Wait():
                self._pause(step.pause)
            case Disturb():
                self._disturb(step)
            case Lift():
                self._lift(step)
            case Replay():
                self._replay(step)
            case Splice():
                self._splice(step)
            case Inject():
                self._inject(step)

    # --- who, and which frames --------------------------------------------------------------------

    def _who(self, name: str) -> Endpoint:
        part = self.parts.get(name)
        if part is None:
            raise Skipped
        return part

    def _ue(self, name: str) -> UserEquipment:
        part = self._who(name)
        if not isinstance(part, UserEquipment):
            raise Skipped
        return part

    def _owner(self, name: str) -> GroupOwner:
        part = self._who(name)
        if not isinstance(part, GroupOwner):
            raise Skipped
        return part

    def _keep_burst(self, kind: str) -> None:
        records = self.scenario.trace.records
        burst: dict[int, list[int]] = {}
        for record in islice(records, self._seen, None):
            if type(record) is Emitted and record.station not in self._silent:
                burst.setdefault(record.station, []).append(record.number)
        self._seen = len(records)
        if burst:
            self._bursts.append((kind, burst))

    def _frames(self, frames: Frames) -> list[int]:
        number = self._who(frames.of).number
        back = frames.back
        for kind, burst in reversed(self._bursts):
            if number in burst and frames.during in ("", kind):
                if back == 0:
                    found = burst[number][frames.first :]
                    found = found[: frames.count] if frames.count else found
                    if not found:
                        break
                    return found[::-1] if frames.newest_first else found
                back -= 1
        raise Skipped

    def _change(self, change: Change) -> frame_changes.Change:
        at, size, value = change.at, change.size, change.value & 0xFF
        match change.kind:
            case "flip":
                return frame_changes.flip(at)
            case "xor":
                return frame_changes.xor(bytes([value or 1]) * max(size, 1), at)
            case "pair":
                return frame_changes.xor(
                    bytes([value or 1]) + bytes(max(size - 1, 0)) + bytes([value or 1]), at
                )
            case "fill":
                return frame_changes.fill(at, size or None, value)
            case "truncate":
                return frame_changes.truncate(at)
            case "cut":
                end = at + size
                return frame_changes.cut(at, None if at < 0 <= end else end)
            case "extend":
                return frame_changes.extend(bytes([value]) * max(size, 1))
            case "mend":
                return frame_changes.xor_and_mend(bytes([value or 1]), at, CHECKSUMS[size % len(CHECKSUMS)])
            case "head" | "tail":
                if change.other is None:
                    raise Skipped
                emission = self.scenario.air.emission(self._frames(change.other)[0])
                make = headed if change.kind == "head" else tailed
                return make(emission.payload, abs(at), emission.number)

    def _address(self, name: str, receiver: Endpoint | None) -> int | None:
        """The address that ``name`` means in a frame for ``receiver``; None for the frame's own."""
        if not name:
            return None
        if name == GROUP:
            own = {endpoint.address for endpoint in self.scenario.endpoints}
            for record in reversed(self.scenario.trace.records):
                if type(record) is Emitted and record.destination not in own:
                    return record.destination
            raise Skipped
        if name in (ITSELF, OTHER):
            if receiver is None:
                raise Skipped
            listens = self.scenario.station(receiver).listens
            if name == ITSELF and (listens is None or receiver.address in listens):
                return receiver.address
            heard = sorted((listens or frozenset()) - {receiver.address})
            if not heard:
                raise Skipped
            return heard[0]
        return self.scenario.discovered_address(self._who(name))

    # --- time ------------------------------------------------------------------------------------

    def _pause(self, pause: Pause) -> None:
        patience, grace = self.scenario.statement.patience, self.scenario.statement.rekey_grace
        real = self.scenario.statement.clock == "real"
        seconds = {
            "none": 0.0,
            "brief": min(_BRIEF, patience.delivery),
            "settled": patience.delivery * 1.01 + 0.1,
            "outlasted": max(patience.join, patience.delivery, grace) * 1.01 + 0.1,
            "minute": 0.0 if real else _MINUTE,
            "idle": 0.0 if real else _IDLE,
        }[pause]
        if seconds:
            self.scenario.air.run(None, seconds)

    def _lift_all(self, releases: bool) -> None:
        moves, self._moves = self._moves, []
        for move in moves:
            move.lift()
        for move in moves:
            if releases and isinstance(move, Withhold):
                move.release()

    # --- what stations are asked ------------------------------------------------------------------

    def _join(self, step: Join) -> None:
        scenario, ue, owner = self.scenario, self._ue(step.who), self._owner(step.to)
        claim = None
        if step.claim:
            if not scenario.statement.claims_identity:
                raise Skipped
            claim = self._who(step.claim).identity
        asked = scenario.asked(ue, owner)
        if asked is not None:
            if self._is_in(ue, owner, asked) and not self._fails(ue):
                return
            ue.leaves(owner)
            self._pause("settled")
        self._doubtful.pop(ue.number, None)
        address = self._address(step.at, None)
        asked = ue.asks(owner, claim=claim, address=address)
        if step.waits:
            joined = partial(self._is_in, ue, owner, asked)
            scenario.air.run(joined, scenario.statement.patience.join)

    def _is_in(self, ue: UserEquipment, owner: GroupOwner, asked: int) -> bool:
        return self.scenario.controls.joined(ue.number, owner.number, asked)

    def _fails(self, ue: UserEquipment) -> bool:
        """Whether a message of ``ue``, of which one got lost, still does not arrive."""
        peer = self._doubtful.pop(ue.number, None)
        if peer is None:
            return False
        sending = ue.sends(peer)
        came = partial(self.scenario.controls.received, sending.number, peer.number)
        return not self.scenario.air.run(came, self.scenario.statement.patience.delivery)

    def _send(self, step: Send) -> None:
        scenario, sender = self.scenario, self._who(step.who)
        to = self._who(step.to) if step.to else None
        if to is None and not scenario.statement.groupcast:
            raise Skipped
        group = self._who(step.within).group if step.within else None
        if isinstance(sender, GroupOwner) and not scenario.asked_before(sender):
            raise Skipped
        for turn in range(max(step.times, 1)):
            if turn:
                scenario.air.run(None, _BETWEEN)
            data = self._payload(step, sender.number)
            sending = sender.sends(to, data, group)
            self._last[sender.number] = data
        self._pause(step.pause)
        if to is not None and step.pause not in ("none", "brief"):
            came = scenario.controls.received(sending.number, to.number)
            for one, other in ((sender, to), (to, sender)):
                if came:
                    self._doubtful.pop(one.number, None)
                elif isinstance(one, UserEquipment):
                    self._doubtful[one.number] = other

    def _payload(self, step: Send, sender: int) -> bytes:
        draw, limits = self.scenario.draw, self.scenario.statement.limits
        if step.data == "again" and sender in self._last:
            return self._last[sender]
        if step.data == "blocks":
            blocks = [draw.payload(min(_BLOCK, limits.payload_most)) for _ in range(2)]
            return b"".join(draw.random.choices(blocks, k=_WORD))[: limits.payload_most]
        if step.length == 0:
            return draw.payload()
        length = step.length if step.length > 0 else limits.payload_most + step.length + 1
        return draw.payload(min(max(length, limits.payload_least, 1), limits.payload_most))

    def _leave(self, step: Leave) -> None:
        ue, owner = self._ue(step.who), self._owner(step.to)
        if self.scenario.asked(ue, owner) is None:
            raise Skipped
        self._doubtful.pop(ue.number, None)
        ue.leaves(owner)
        self._pause(step.pause)

    def _remove(self, step: Remove) -> None:
        owner, who = self._owner(step.by), self._who(step.who)
        if not self.scenario.statement.removes or not self.scenario.asked_before(owner):
            raise Skipped
        owner.removes(who)
        self._pause(step.pause)

    def _rekey(self, step: Rekey) -> None:
        owner = self._owner(step.by)
        if not self.scenario.asked_before(owner):
            raise Skipped
        owner.rekeys()
        self._pause(step.pause)

    def _silence(self, step: Silence) -> None:
        who = self._who(step.who)
        if step.on == (who.number in self._silent):
            raise Skipped
        if step.on:
            self._pause("brief")
            self._keep_burst("Silence")
            who.falls_silent()
            self._silent.add(who.number)
        else:
            who.speaks_again()
            self._silent.discard(who.number)
        self._pause(step.pause)

    # --- what the attacker does -------------------------------------------------------------------

    def _chosen(self, step: Disturb) -> Chosen:
        chosen: Chosen = {}
        if step.emitter and step.receiver:
            chosen["direction"] = (self._who(step.emitter).number, self._who(step.receiver).number)
        elif step.emitter:
            chosen["emitter"] = self._who(step.emitter).number
        elif step.receiver:
            chosen["receiver"] = self._who(step.receiver).number
        if step.first or step.count:
            chosen["ordinal"] = range(step.first, step.first + step.count if step.count else _ALL)
        if step.only:
            address = self._who(step.to or step.receiver).address
            own = step.only == "own"

            def addressed(passage: Passage) -> bool:
                return (passage.destination == address) is own

            chosen["where"] = addressed
        return chosen

    def _disturb(self, step: Disturb) -> None:
        self.scenario.come_alive()
        self._moves.append(self._begun(step))

    def _begun(self, step: Disturb) -> Move:
        air, chosen = self.scenario.air, self._chosen(step)
        match step.kind:
            case "drop":
                return air.drop(**chosen)
            case "alter":
                if step.change is None:
                    raise Skipped
                return air.alter(self._change(step.change), **chosen)
            case "delay":
                return air.delay(max(step.seconds, 0.0), **chosen)
            case "reorder":
                return air.reorder(2, **chosen)
            case "double":
                return air.double(**chosen)
            case "reflect":
                return air.reflect(keep=step.keep, **chosen)
            case "withhold":
                return air.withhold(**chosen)
            case "redirect":
                to = self._who(step.to) if step.to else None
                source, destination = self._address(step.source, to), self._address(step.destination, to)
                number = None if to is None else to.number
                if (number, source, destination) == (None, None, None):
                    raise Skipped
                return air.redirect(number, source, destination, step.keep, **chosen)
            case "rewrite":
                old, new = self._who(step.old), self._who(step.new)
                names = (old.group, new.group) if step.groups else (old.identity, new.identity)
                if names[0] == names[1]:
                    raise Skipped
                return air.rewrite(
                    names[0].encode(), names[1].encode(), mend_lengths=True, only=step.place, **chosen
                )
            case "skew":
                return air.skew(self._who(step.emitter).number, step.seconds)

    def _lift(self, step: Lift) -> None:
        if not self._moves:
            raise Skipped
        self._lift_all(step.releases)
        self._pause(step.pause)

    def _replay(self, step: Replay) -> None:
        air = self.scenario.air
        emissions = self._frames(step.frames)
        to = self._who(step.to) if step.to else None
        changes = () if step.change is None else (self._change(step.change),)
        source, destination = self._address(step.source, to), self._address(step.destination, to)
        if to is None:
            air.replay(emissions, None, *changes, source=source, destination=destination)
        else:
            air.deliver(emissions, to.number, *changes, source=source, destination=destination)
        self._pause(step.pause)

    def _splice(self, step: Splice) -> None:
        head, tail = self._frames(step.head)[0], self._frames(step.tail)[0]
        self.scenario.air.splice(head, step.at, tail, step.at, self._who(step.to).number if step.to else None)
        self._pause(step.pause)

    def _inject(self, step: Inject) -> None:
        scenario = self.scenario
        least, most = max(scenario.statement.limits.payload_least, 1), scenario.statement.limits.payload_most
        payload = scenario.draw.payload(min(max(step.length, least), most) if step.length else None)
        source = self._address(step.source, None)
        destination = self._address(step.destination, None)
        if step.head is not None:
            emission = scenario.air.emission(self._frames(step.head)[0])
            head = emission.payload[: max(step.keep, 0)]
            if step.flip is not None:
                head = frame_changes.flip(step.flip)(head)
            payload = head + payload
            source = emission.source if source is None else source
            destination = emission.destination if destination is None else destination
        if source is None or destination is None:
            raise Skipped
        scenario.air.inject(payload, source, destination)
        self._pause(step.pause)


def named(steps: Sequence[AnyStep]) -> set[str]:
    """The parts that the steps name."""
    names: set[str] = set()
    for step in steps:
        for field in step.__struct_fields__:
            value = getattr(step, field)
            if field in _FIELDS and isinstance(value, str):
                names.add(value)
            elif isinstance(value, Frames):
                names.add(value.of)
            elif isinstance(value, Change) and value.other is not None:
                names.add(value.other.of)
    return names - {"", ITSELF, OTHER, GROUP}
