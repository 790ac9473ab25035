"""Frames of the attacker's own making: invented ones, and those put together of frames that were sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_prose_go.air.frame_changes import flip
from pytest_prose_go.air.trace import Emitted
from pytest_prose_go.scenario import sweep
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, Sending, UserEquipment
from pytest_prose_go.scenario.listening import Listening

_HEADS = (5, 8, 16, 32)
"""How many bytes of a recorded frame stand before an injected payload."""

_MARKS = 8
"""Bytes of a frame's head, each bit of which is flipped before an injected payload: where a protocol says that
what follows is not protected."""

_SHAPES = {"quick": 6, "standard": 24, "exhaustive": 1000}
"""How many shapes of recorded frames are taken for that, the latest."""

_SPLICED = 4
"""How many of the withheld frames are crossed with one another."""

_PARTS = (1, 2)
"""After how many quarters of its frames a message is cut that is mixed with another."""

_ARRIVES = 0.1
"""Seconds in which frames that are brought to a station arrive."""


_FORGERIES = {"quick": 256, "standard": 1536, "exhaustive": 65536}
_FORGED = 200
_A_VOLLEY = 64
_HELD = 0.5
"""How often the frame of one message is forged by chance on each hop, how long that message is, how many
forgeries come at once, and the seconds for which frames are withheld before."""


class Forgeries(Listening):
    """What the attacker sends in frames of his own."""

    def splices(self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment) -> None:
        """Send every pair, of a sample, of the frames of two withheld sendings, crossed at a sample of places:
        the head of one with the tail of the other. Then release what was withheld."""
        judge, scenario, air = self._judge, self._scenario, self._air
        judge.delivers(sender, receiver)
        with air.withhold(emitter=sender.number) as withheld:
            sendings = [sender.sends(receiver) for _ in range(2)]
            judge.passes(min(1.0, scenario.statement.patience.delivery / 4))
        held = list(dict.fromkeys(p.emission for p in withheld.held if p.emission is not None))
        frames = {r.number: r.payload for r in scenario.trace if isinstance(r, Emitted)}
        most = len(held) if scenario.depth == "exhaustive" else _SPLICED
        for head in held[:most]:
            for tail in held[:most]:
                if head != tail:
                    for place in sweep.places(len(frames[head]), scenario.depth):
                        air.splice(head, place, tail, place, to=owner.number)
                        judge.passes(0.01)
        withheld.release()
        judge.passes(scenario.statement.patience.delivery)
        judge.note(f"{len(held)} frames of {len(sendings)} sendings crossed")
        judge.waits()
        judge.recovers(owner, sender, receiver)

    def forges_by_chance(self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment) -> None:
        """On either hop in turn, withhold a message and send its frame again and again, changed by lot, so that a
        check of a byte is right once in 256 times. Then release what was withheld; traffic flows again (a
        control)."""
        judge, scenario = self._judge, self._scenario
        length = min(_FORGED, scenario.statement.limits.payload_most)
        change = sweep.by_lot(scenario.draw.random)
        tries = _FORGERIES[scenario.depth] if scenario.statement.clock == "virtual" else _A_VOLLEY
        tried = 0
        for hop, (emitter, taker) in enumerate(((sender, owner), (owner, receiver)), start=1):
            with self._air.withhold(direction=(emitter.number, taker.number)) as withheld:
                sender.sends(receiver, length=length)
                judge.passes(_HELD)
                held = {p.emission: len(p.payload) for p in withheld.held if p.emission is not None}
                longest = max(held, key=lambda emission: held[emission], default=None)
                while longest is not None and tried < hop * tries:
                    shot = self._air.deliver([longest] * _A_VOLLEY, taker.number, change)
                    judge.passes((_A_VOLLEY + 1) * self._air.latency)
                    judge.acted(shot)
                    tried += _A_VOLLEY
            withheld.release()
            judge.passes(scenario.statement.patience.delivery)
            judge.recovers(owner, sender, receiver)
        judge.note(f"{tried} forgeries of the frames of two messages")
        judge.waits()

    def injects(self, owner: GroupOwner, *members: UserEquipment) -> None:
        """Send payloads that nobody was asked to send: bare, behind heads of frames seen so far, and behind such
        heads with each bit of their first bytes flipped; to where those frames went, and to the group."""
        air, draw = self._air, self._scenario.draw
        to_group = self._destinations_of_nobody()
        for member in members:
            for source, destination in (
                (member.address, owner.address),
                (owner.address, member.address),
                *((owner.address, address) for address in to_group),
            ):
                air.inject(draw.payload(), source, destination)
        frames = [record for record in self._scenario.trace if isinstance(record, Emitted)]
        shapes = list({(f.source, f.destination, len(f.payload)): f for f in frames}.values())
        for frame in shapes:
            for head in _HEADS:
                payload = frame.payload[:head] + draw.payload()
                for destination in {frame.destination, *to_group}:
                    air.inject(payload, frame.source, destination)
        for frame in shapes[-_SHAPES[self._scenario.depth] :]:
            for bit in range(8 * _MARKS):
                payload = flip(bit)(frame.payload[:_MARKS]) + draw.payload()
                air.inject(payload, frame.source, frame.destination)
        self._judge.pauses(1.0)

    def _destinations_of_nobody(self) -> list[int]:
        """The addresses to which frames went that are no station's own: those of groups, and of all."""
        own = {endpoint.address for endpoint in self._scenario.endpoints}
        sources = {record.source for record in self._scenario.trace if isinstance(record, Emitted)}
        went_to = {record.destination for record in self._scenario.trace if isinstance(record, Emitted)}
        return sorted(went_to - own - sources)

    def mixes(
        self,
        owner: GroupOwner,
        sender: Endpoint,
        receiver: UserEquipment,
        *more: UserEquipment,
        between: Callable[[], None] | None = None,
    ) -> None:
        """Withhold the frames of two messages of the greatest length (groupcasts if there are ``more`` receivers)
        and bring the first ones of the one with the last ones of the other, and the other way round, cut at a
        sample of places. ``between`` is done between the two. Then traffic flows again (a control)."""
        judge, scenario, air = self._judge, self._scenario, self._air
        receivers = (receiver, *more)
        to = None if more else receiver
        most = scenario.statement.limits.payload_most
        judge.delivers(sender, to, among=receivers, length=most)
        goes_to = receivers if sender is owner else (owner,)
        counts = []
        for head_first in (True, False):
            for part in _PARTS:
                with air.withhold(emitter=sender.number):
                    one = self._frames_of(sender.sends(to, length=most))
                    cut = max(len(one) * part // 4, 1)
                    first = one[:cut] if head_first else one[cut:]
                    self._brings(first, goes_to)
                    if between is not None:
                        between()
                    other = self._frames_of(sender.sends(to, length=most))
                    cut = max(len(other) * part // 4, 1)
                    self._brings(other[cut:] if head_first else other[:cut], goes_to)
                counts.append(len(one))
                judge.recovers(owner, sender, *receivers)
        judge.note(f"messages of {most} bytes took {min(counts)} to {max(counts)} frames each")
        judge.waits()

    def _frames_of(self, sending: Sending) -> list[int]:
        """The frames that came out of a ``send`` at once or, if that was one at most, in a while."""
        at_once = list(self._judge.frames_of(sending.sender, sending.index))
        self._judge.passes(min(1.0, self._scenario.statement.patience.delivery / 4))
        if len(at_once) > 1:
            return at_once
        return list(self._judge.frames_of(sending.sender, sending.index))

    def _brings(self, emissions: Sequence[int], receivers: Sequence[Endpoint]) -> None:
        for receiver in receivers:
            self._air.deliver(emissions, to=receiver.number)
        self._judge.passes(_ARRIVES)
