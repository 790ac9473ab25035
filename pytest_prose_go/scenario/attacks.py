"""Attacks of several steps, in the words of the cases: replays, sweeps, injections, impostors.

Each takes honest endpoints that already stand (a control), makes the attacker's moves, waits long enough
and ends with a control that honest traffic still flows. Violations are booked by the oracles that watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import product

from pytest_prose_go.air.choice import Chosen
from pytest_prose_go.air.frame_changes import Change
from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.air.trace import Delivered, Emitted
from pytest_prose_go.scenario import sweep
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, UserEquipment
from pytest_prose_go.scenario.judging import Carrier, Judge
from pytest_prose_go.scenario.scenario import Scenario

MakeMove = Callable[[Change], Move]
MakeJoinMove = Callable[[Change, tuple[int, int]], Move]

_PAUSES = (0.0, 0.002, 0.01, 0.05, 0.2, 1.0, 2.0)
"""Seconds between the messages of one who speaks throughout a join."""

_HEADS = (5, 8, 16, 32)
"""How many bytes of a recorded frame stand before an injected payload."""

_MORE_TRAFFIC = {"quick": 5, "standard": 70, "exhaustive": 1100}
"""Messages between two replays, at most: beyond the usual replay windows of 32, 64 and 1024."""

_LENGTHS = {
    "quick": (1, 16, 40, 100),
    "standard": (1, 2, 4, 8, 13, 16, 17, 24, 32, 48, 64, 100, 200, 500, 1000),
    "exhaustive": (*range(1, 130), 200, 255, 256, 257, 500, 512, 1000, 1023, 1024, 1400, 4000),
}


_TOGETHER = 12
"""How many bytes short payloads of one length hold together."""

_ALIKE = 96
"""Bytes of a payload that is sent twice."""

_BLOCK = 16
_WORD = 64
"""Bytes of a block, and blocks of a word."""

_MANY = {"quick": 40, "standard": 270, "exhaustive": 3000}
_LOST = 80
_MISSED = {"quick": 2, "standard": 5, "exhaustive": 40}
_BETWEEN = 0.02
"""How many messages are sent in a row, lost in a row, how many frames of a removal are missed in turn, and the
seconds between messages."""

_NEVER = 1000
"""A number that no frame reaches while a move acts."""

_SWEPT = (150, 600)
"""Bytes of the longer messages whose frames are altered, beside usual ones."""

_STEPS = 8
"""Up to which frame of a join one is left out."""

_A_TRY = 4.0
"""Seconds that a stranger's attempt is given before the next."""

_SPLICED = 4
"""How many of the withheld frames are crossed with one another."""


class Attacks:
    """What the attacker does in a case, step by step."""

    def __init__(self, scenario: Scenario, judge: Judge) -> None:
        self._scenario = scenario
        self._judge = judge
        self._air = scenario.air

    # --- what honest stations send, for those who listen -------------------------------------------

    def lengths(self) -> list[int]:
        """Payload lengths to send, by depth, within the target's limits, its least and most among them; short
        ones several times over, since only several together prove a leak."""
        limits = self._scenario.statement.limits
        within = {
            n for n in _LENGTHS[self._scenario.depth] if limits.payload_least <= n <= limits.payload_most
        }
        lengths = sorted(within | {max(limits.payload_least, 1), limits.payload_most})
        return [length for length in lengths for _ in range(-(-_TOGETHER // length))]

    def sends_alike(self, sender: Endpoint, to: Endpoint | None, among: Sequence[Endpoint] = ()) -> None:
        """Send one random payload, another of its length and the first again, and two random words over two
        random blocks."""
        scenario = self._scenario
        most = scenario.statement.limits.payload_most
        payload = scenario.draw.payload(min(most, _ALIKE))
        other = scenario.draw.payload(len(payload))
        blocks = (scenario.draw.payload(min(_BLOCK, most)), scenario.draw.payload(min(_BLOCK, most)))
        words = [b"".join(scenario.draw.random.choices(blocks, k=_WORD))[:most] for _ in range(2)]
        for data in (payload, other, payload, *words):
            self._judge.delivers(sender, to, among=among, data=data)

    def sends_many(self, sender: Endpoint, to: Endpoint) -> None:
        """Send so many messages under one key that a nonce of 8 bits must come again; then one more, with its
        control. Some may be lost."""
        for _ in range(_MANY[self._scenario.depth]):
            sender.sends(to, length=min(_ALIKE // 4, self._scenario.statement.limits.payload_most))
            self._judge.passes(_BETWEEN)
        self._judge.delivers(sender, to)

    def speaks_throughout(self, sender: Endpoint, to: Endpoint) -> None:
        """Send to ``to`` and to the group again and again while time passes. Nothing is waited for."""
        for pause in _PAUSES:
            self._judge.passes(pause)
            sender.sends(to)
            if self._scenario.statement.groupcast:
                sender.sends()

    def delivers_anyhow(self, sender: Endpoint, to: Endpoint) -> None:
        """Send a message and give it the patience to arrive, whether or not it does."""
        sender.sends(to)
        self._judge.passes(self._scenario.statement.patience.delivery)

    def groupcasts_without(self, owner: GroupOwner, listener: UserEquipment, *members: UserEquipment) -> None:
        """The GO and a member send to the group, with controls at the members; ``listener`` is given every
        frame of theirs (a control)."""
        judge = self._judge
        since = judge.mark
        first, *others = members
        with self.overhearing(listener, owner, first):
            judge.delivers(owner, among=members)
            judge.delivers(first, among=others)
            judge.waits()
        self.was_given_frames(listener, since)

    @contextmanager
    def overhearing(self, listener: Endpoint, *emitters: Endpoint) -> Iterator[Move | None]:
        """Bring ``listener`` every frame of ``emitters`` also under an address of its own: what goes to
        others alone it would not hear. Yields the move, or None if its radio is off."""
        destination = self._reachable_at(listener)
        if destination is None:
            yield None
            return
        with self._air.redirect(
            to=listener.number,
            destination=destination,
            keep=True,
            emitter=tuple(emitter.number for emitter in emitters),
        ) as redirecting:
            yield redirecting

    def was_given_frames(self, listener: Endpoint, since: int) -> None:
        """Control: ``listener`` was given frames after record ``since``, unless its radio is off."""
        if self._reachable_at(listener) is None:
            self._judge.note(f"the radio of {listener.identity} is off: nothing reaches it")
        else:
            self._judge.heard(listener, since)

    def _reachable_at(self, station: Endpoint) -> int | None:
        """An address that the radio of ``station`` passes up, its own if that is one; None if none is."""
        listens = self._scenario.station(station).listens
        if listens is None or station.address in listens:
            return station.address
        return min(listens, default=None)

    def gives(self, listener: Endpoint, emissions: Sequence[int]) -> None:
        """Give ``listener`` recorded frames: as they were, and under an address of its own. It was given some
        (a control), and had the time of a negative to show it."""
        since = self._judge.mark
        self._air.replay(emissions, to=listener.number)
        self._air.replay(emissions, to=listener.number, destination=self._reachable_at(listener))
        self._judge.waits()
        self.was_given_frames(listener, since)

    def carries_groupcasts_to(
        self, listener: UserEquipment, owner: GroupOwner, *members: UserEquipment
    ) -> None:
        """The GO and a member send to the group, with controls at the members, while ``listener`` is given
        every frame of the GO's: as it was, and to each address to which its own group's frames go."""
        judge = self._judge
        since = judge.mark
        for destination in (None, *self.destinations_heard_by(listener)):
            with self._air.redirect(
                to=listener.number, destination=destination, keep=True, emitter=owner.number
            ):
                judge.delivers(owner, among=members)
                judge.delivers(members[0], among=members[1:])
                judge.waits()
        judge.heard(listener, since)

    def repeats_in_each_session(
        self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment, sessions: int
    ) -> None:
        """Send one long payload first thing in each of so many sessions of ``sender``, both ways, and give
        the GO the frames of the session before."""
        judge, scenario = self._judge, self._scenario
        payload = scenario.draw.payload(min(scenario.statement.limits.payload_most, 96))
        answer = scenario.draw.payload(min(scenario.statement.limits.payload_most, 96))
        for _ in range(sessions):
            since = judge.mark
            judge.delivers(sender, receiver, data=payload)
            judge.delivers(receiver, sender, data=answer)
            recorded = judge.frames_of(sender, since)
            sender.leaves(owner)
            judge.outlasts_patience()
            judge.admits(owner, sender)
            judge.settles()
            judge.acted(self._air.replay(recorded, to=owner.number), waiting=True)
            judge.admits_anew(owner, sender)

    # --- replay ------------------------------------------------------------------------------------

    def replays(self, carrier: Carrier, owner: GroupOwner, after: int = 0) -> None:
        """Send a carrier's frames again to where they went, after so many further messages at most; then
        honest traffic flows again (a control)."""
        judge = self._judge
        sending = carrier.sending
        for _ in range(min(after, _MORE_TRAFFIC[self._scenario.depth])):
            judge.delivers(sending.sender, sending.to, among=carrier.reporters)
        judge.settles()
        shots = [self._air.replay(carrier.emissions, to=number) for number in carrier.went_to]
        judge.acted(*shots, waiting=True)
        first, *more = carrier.reporters
        judge.recovers(owner, sending.sender, first, *more)

    def replays_all(
        self,
        owner: GroupOwner,
        sender: Endpoint,
        to: UserEquipment | None,
        emitter: Endpoint,
        receivers: Sequence[UserEquipment],
    ) -> None:
        """Send many messages in a row, let them settle, and send the frames of each again, the newest first: so
        a message is replayed at every distance behind the newest. ``emitter`` is the sender, or the GO for
        the hop behind it. Then honest traffic flows again (a control)."""
        judge, scenario = self._judge, self._scenario
        marks, sendings = [], []
        for _ in range(_MANY[scenario.depth]):
            marks.append(judge.mark)
            sendings.append(sender.sends(to, length=min(24, scenario.statement.limits.payload_most)))
            judge.passes(_BETWEEN)
        judge.delivers(sender, to, among=receivers)
        judge.settles()
        went_to = (
            (owner.number,)
            if emitter is sender and emitter is not owner
            else tuple(r.number for r in receivers)
        )
        shots = []
        for since, upto, sending in reversed(
            list(zip(marks, [*marks[1:], judge.mark], sendings, strict=True))
        ):
            if all(scenario.controls.received(sending.number, receiver.number) for receiver in receivers):
                frames = judge.frames_of(emitter, since, upto)
                shots += [self._air.replay(frames, to=number) for number in went_to]
                judge.passes(_BETWEEN)
        judge.note(f"{len(shots)} of {len(sendings)} messages sent again, each at another distance")
        judge.acted(*shots[:1], waiting=True)
        first, *more = receivers
        judge.recovers(owner, sender, first, *more)

    def loses_many(self, owner: GroupOwner, sender: Endpoint, to: UserEquipment) -> None:
        """Lose so many messages in a row that a replay window is passed over; then traffic flows again (a
        control)."""
        with self._air.drop(emitter=sender.number):
            for _ in range(_LOST):
                sender.sends(to)
                self._judge.passes(_BETWEEN / 4)
        self._judge.recovers(owner, sender, to)

    def sends_rewritten(
        self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment, other: UserEquipment
    ) -> None:
        """``sender`` sends to ``receiver`` while names in its frames, the GO's or both are rewritten in flight, a
        pair at a time: its own, the receiver's and the GO's, to ``other``'s. Then traffic flows again (a control)."""
        judge = self._judge
        touched = 0
        hops = ((sender.number, owner.number), (sender.number,), (owner.number,))
        for name, emitter in product((sender.identity, receiver.identity, owner.identity), hops):
            with self._air.rewrite(
                name.encode(), other.identity.encode(), mend_lengths=True, emitter=emitter
            ) as rewriting:
                self.delivers_anyhow(sender, receiver)
                sender.sends()
                judge.passes(1.0)
            touched += len(rewriting.touched)
            judge.recovers(owner, sender, receiver)
        judge.note(f"names rewritten in {touched} frames")
        judge.waits()

    def misses_parts_of_its_removal(
        self, owner: GroupOwner, member: UserEquipment, *others: UserEquipment
    ) -> None:
        """``owner`` removes ``member`` again and again, and it listens to groupcasts, not heard: twice it misses
        what is addressed to itself and is given all else, then all but the first few of that, then another frame
        each time. In between it joins again (a control)."""
        judge = self._judge
        times = _MISSED[self._scenario.depth]

        def to_itself(passage: Passage) -> bool:
            return passage.destination == member.address

        def to_others(passage: Passage) -> bool:
            return passage.destination != member.address

        once = self._scenario.statement.removal == "bar"
        heard_before = (0, 0, *range(1, times // 2 + 1))
        misses: list[Chosen] = [
            Chosen(receiver=member.number, where=to_itself, ordinal=range(heard, _NEVER))
            for heard in heard_before
        ]
        misses += [Chosen(receiver=member.number, ordinal=place) for place in range(times)]
        for place, missed in enumerate(misses[:1] if once else misses, start=-len(heard_before)):
            with (
                self._air.drop(direction=(member.number, owner.number)),
                self._air.drop(**missed) as missing,
                self._air.redirect(
                    to=member.number,
                    destination=member.address,
                    keep=True,
                    emitter=owner.number,
                    where=to_others,
                ),
            ):
                owner.removes(member)
                judge.outlasts_patience()
                self.groupcasts_without(owner, member, *others)
            if place >= 0 and not missing.touched:
                break
            member.leaves()
            judge.outlasts_patience()
            if not once:
                judge.admits(owner, member)

    # --- alteration ----------------------------------------------------------------------------------

    def changes(self, piece: int = 0, pieces: int = 1) -> list[Change]:
        """The changes to try, by depth and lot: the ``piece``-th of so many parts of them."""
        longest = max((len(r.payload) for r in self._scenario.trace if isinstance(r, Emitted)), default=0)
        return sweep.changes(self._scenario.depth, longest, self._scenario.draw.random)[piece::pieces]

    def sweeps(
        self,
        owner: GroupOwner,
        sender: UserEquipment,
        receiver: UserEquipment,
        make: MakeMove,
        piece: int = 0,
        pieces: int = 1,
    ) -> None:
        """Try each change on the frames that ``make`` chooses, while ``sender`` sends to ``receiver``."""
        self._sweeps(owner, sender, receiver, (sender, receiver), make, piece, pieces)

    def sweeps_groupcast(
        self,
        owner: GroupOwner,
        bystander: UserEquipment,
        receiver: UserEquipment,
        make: MakeMove,
        piece: int = 0,
        pieces: int = 1,
    ) -> None:
        """Try each change on the frames that ``make`` chooses, while the GO sends to the group."""
        self._sweeps(owner, owner, None, (bystander, receiver), make, piece, pieces)

    def _sweeps(
        self,
        owner: GroupOwner,
        sender: Endpoint,
        to: UserEquipment | None,
        pair: tuple[UserEquipment, UserEquipment],
        make: MakeMove,
        piece: int,
        pieces: int,
    ) -> None:
        judge = self._judge
        limits = self._scenario.statement.limits
        lengths = [None, *(min(length, limits.payload_most) for length in _SWEPT)]
        for length in lengths:
            judge.delivers(*pair, length=length)
        counts: Counter[str] = Counter()
        every = self._scenario.depth == "exhaustive"
        for place, change in enumerate(self.changes(piece, pieces)):
            # Of an exhaustive sweep each change meets messages of every length, else of one in turn.
            for length in lengths if every else (lengths[place % len(lengths)],):
                effect = judge.tries_disturbed(sender, to, pair[1], make(change), length)
                counts[effect] += 1
                if effect == "kept" and judge.recovers(owner, *pair):
                    counts["torn down and joined again"] += 1
        judge.waits()
        judge.had_effect(counts)

    def sweeps_join(
        self,
        owner: GroupOwner,
        ue: UserEquipment,
        partner: UserEquipment,
        make: MakeJoinMove,
        piece: int = 0,
        pieces: int = 1,
    ) -> None:
        """Try each change on every frame of a join, one way and then the other; where both ends still join
        while it acts, or when it is over, they exchange messages with ``partner`` for the oracles."""
        judge, scenario = self._judge, self._scenario
        judge.admits(owner, ue)
        ue.leaves(owner)
        judge.outlasts_patience()
        counts: Counter[str] = Counter()
        for change in self.changes(piece, pieces):
            for way in ((ue.number, owner.number), (owner.number, ue.number)):
                move = make(change, way)
                asked = ue.asks(owner)
                joined = scenario.air.run(
                    partial(scenario.controls.joined, ue.number, owner.number, asked),
                    scenario.statement.patience.join,
                )
                if joined:
                    ue.sends(partner)
                    partner.sends(ue)
                    judge.passes(1.0)
                move.lift()
                counts["joined" if joined else "kept" if move.touched else "missed"] += 1
                if move.touched and not joined:
                    judge.stays_apart(ue, owner, asked, move.text)
                ue.leaves(owner)
                judge.passes(scenario.statement.patience.delivery)
        judge.had_effect(counts)
        judge.admits(owner, ue)
        judge.delivers(ue, partner)

    def asks_in_every_disguise(self, stranger: UserEquipment, owner: GroupOwner) -> None:
        """A UE that must not be admitted asks again and again, each time with its frames changed on the way:
        parts blanked or cut, a frame left out, all doubled, swapped, or answered with the GO's own."""
        judge, air = self._judge, self._air
        way = (stranger.number, owner.number)
        longest = max((len(r.payload) for r in self._scenario.trace if isinstance(r, Emitted)), default=0)
        disguises: list[Callable[[], Move]] = [
            *(
                partial(air.alter, change, direction=way)
                for change in sweep.blanks(self._scenario.depth, longest)
            ),
            *(partial(air.drop, ordinal=left_out, direction=way) for left_out in range(_STEPS)),
            *(partial(air.drop, ordinal=range(upto), direction=way) for upto in range(2, _STEPS)),
            partial(air.man_in_the_middle, stranger.number, owner.number, _doubled),
            partial(air.reorder, 2, direction=way),
            partial(air.reflect, emitter=owner.number, swap=True),
        ]
        touched = 0
        for disguise in disguises:
            with disguise() as move:
                stranger.asks(owner)
                judge.passes(_A_TRY)
            touched += bool(move.touched)
            stranger.leaves(owner)
            judge.passes(_A_TRY / 4)
        judge.note(f"asked in {len(disguises)} disguises, {touched} of which changed a frame")
        judge.waits()

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
                    for place in _places(len(frames[head]), scenario.depth):
                        air.splice(head, place, tail, place, to=owner.number)
                        judge.passes(0.01)
        withheld.release()
        judge.passes(scenario.statement.patience.delivery)
        judge.note(f"{len(held)} frames of {len(sendings)} sendings crossed")
        judge.waits()
        judge.recovers(owner, sender, receiver)

    def all_but_the_first(self, frames: int) -> Callable[[Passage], bool]:
        """A rule for a move: every frame but the first so many of those that it meets."""
        seen: list[int | None] = []

        def all_but_the_first(passage: Passage) -> bool:
            if passage.emission not in seen:
                seen.append(passage.emission)
            return seen.index(passage.emission) >= frames

        return all_but_the_first

    def injects(self, owner: GroupOwner, *members: UserEquipment) -> None:
        """Send payloads that nobody was asked to send: bare, and behind heads of frames seen so far."""
        scenario = self._scenario
        frames = [record for record in scenario.trace if isinstance(record, Emitted)]
        shapes = {(f.source, f.destination, len(f.payload)): f for f in reversed(frames)}.values()
        for member in members:
            for source, destination in (
                (member.address, owner.address),
                (owner.address, member.address),
            ):
                self._air.inject(scenario.draw.payload(), source, destination)
        for frame in shapes:
            for head in _HEADS:
                payload = frame.payload[:head] + scenario.draw.payload()
                self._air.inject(payload, frame.source, frame.destination)
        self._judge.passes(1.0)

    # --- impostors -----------------------------------------------------------------------------------

    def meets_instead(self, ue: UserEquipment, owner: GroupOwner, impostor: GroupOwner) -> None:
        """``ue`` joins ``owner`` (a control), leaves, and is sent to ``impostor`` by discovery while ``owner``
        is silent; the impostor did answer (a control); afterwards ``ue`` joins ``owner`` again (a control).

        An impostor with another group's credentials whose device will not own this group with them owns
        its own, and the names of the groups are rewritten in flight.
        """
        judge = self._judge
        judge.admits(owner, ue)
        ue.leaves(owner)
        judge.silences_for_long(owner)
        impostor.owns()
        since = judge.mark
        ue.asks(owner, address=impostor.address)
        judge.waits()
        if impostor.at_home is not None and not judge.has_spoken(impostor, since):
            ue.leaves(owner)
            impostor.at_home.owns()
            since = judge.mark
            with self._rewriting(owner.group, impostor.at_home.group, ue, impostor):
                ue.asks(owner, address=impostor.address)
                judge.waits()
            judge.heard(impostor, since)
        else:
            judge.spoke(impostor, since)
            judge.heard(ue, since)
        ue.leaves(owner)
        impostor.falls_silent()
        judge.brings_back(owner)
        judge.admits(owner, ue)

    def attempts_from_outside(
        self, outsider: UserEquipment, elsewhere: GroupOwner, owner: GroupOwner
    ) -> None:
        """``outsider``, with credentials for the group of ``elsewhere``, asks to join ``owner``'s with them.

        If its device will not ask for this group with them, it asks for its own, while that one's GO is
        silent, the names of the groups are rewritten in flight and its frames carried to ``owner``.
        """
        judge = self._judge
        since = judge.mark
        outsider.asks(owner)
        judge.waits()
        if not judge.has_spoken(outsider, since):
            elsewhere.falls_silent()
            since = judge.mark
            with (
                self._rewriting(elsewhere.group, owner.group, outsider, owner),
                self._air.redirect(to=owner.number, destination=owner.address, emitter=outsider.number),
            ):
                outsider.asks(elsewhere)
                judge.waits()
            outsider.leaves(elsewhere)
            elsewhere.speaks_again()
        judge.spoke(outsider, since)

    @contextmanager
    def _rewriting(self, old: str, new: str, ue: Endpoint, owner: Endpoint) -> Iterator[None]:
        """Rewrite ``old`` to ``new`` in what ``ue`` sends, and back in what ``owner`` sends to it."""
        one, other = old.encode(), new.encode()
        with (
            self._air.rewrite(one, other, mend_lengths=True, emitter=ue.number),
            self._air.rewrite(other, one, mend_lengths=True, direction=(owner.number, ue.number)),
        ):
            yield

    def takes_the_place_of(self, owner: GroupOwner, impostor: GroupOwner, *members: UserEquipment) -> None:
        """``owner`` falls silent and ``impostor`` speaks in its place, for as long as a target may try to come
        back by itself; afterwards the members join ``owner`` again (a control)."""
        judge = self._judge
        judge.silences_for_long(owner)
        impostor.speaks_again()
        since = judge.mark
        for member in members:
            member.sends(members[0] if member is not members[0] else members[-1])
            impostor.sends(member)
        impostor.sends()
        judge.passes(self._scenario.statement.patience.rejoin)
        for member in members:
            member.leaves(owner)
            member.asks(owner)
        judge.waits()
        judge.heard(impostor, since)
        impostor.falls_silent()
        judge.brings_back(owner)
        judge.admits_anew(owner, *members)
        judge.delivers(members[0], members[-1])

    def joins_rewritten(
        self, ue: UserEquipment, owner: GroupOwner, elsewhere: GroupOwner, old: str, new: str
    ) -> None:
        """``ue`` asks to join ``owner`` while ``old`` is rewritten to ``new`` on its way to either GO and back
        again on the way to it: once at ``owner``, once carried to ``elsewhere``. Then it leaves."""
        judge, air = self._judge, self._air
        one, other = old.encode(), new.encode()
        owners = (owner.number, elsewhere.number)
        there = air.rewrite(one, other, mend_lengths=True, emitter=ue.number)
        back = air.rewrite(other, one, mend_lengths=True, emitter=owners, receiver=ue.number)
        for address in (owner.address, elsewhere.address):
            ue.asks(owner, address=address)
            judge.passes_a_join()
            ue.leaves(owner)
            judge.outlasts_patience()
        there.lift()
        back.lift()
        judge.note(f"a name rewritten in {len(there.touched)} frames to the GOs and {len(back.touched)} back")

    def removes_unheard(self, owner: GroupOwner, member: UserEquipment) -> None:
        """``owner`` removes ``member``, which does not hear of it and is not heard for long afterwards."""
        self._air.drop(direction=(member.number, owner.number))
        with self._air.drop(direction=(owner.number, member.number)):
            owner.removes(member)
            self._judge.outlasts_patience()

    def crosses_joins(
        self, owner: GroupOwner, partner: UserEquipment, one: UserEquipment, other: UserEquipment
    ) -> None:
        """Two UEs ask to join at once, and each one's frames reach the GO as the other's too; both send."""
        judge, air = self._judge, self._air
        crossings = [
            air.redirect(
                to=owner.number, source=posing_as.address, keep=True, direction=(ue.number, owner.number)
            )
            for ue, posing_as in ((one, other), (other, one))
        ]
        answers = [
            air.redirect(
                to=listener.number,
                destination=listener.address,
                keep=True,
                direction=(owner.number, ue.number),
            )
            for ue, listener in ((one, other), (other, one))
        ]
        one.asks(owner)
        other.asks(owner)
        judge.passes_a_join()
        one.sends(partner)
        other.sends(partner)
        judge.passes(self._scenario.statement.patience.delivery)
        for move in (*crossings, *answers):
            move.lift()
        judge.acted(*crossings)
        judge.waits()

    @contextmanager
    def relaying(self, ue: UserEquipment, owner: GroupOwner, posing_as: GroupOwner) -> Iterator[Move]:
        """Carry the frames of ``ue`` to ``owner`` instead of ``posing_as``, and ``owner``'s frames to ``ue`` as
        from that one, which stays to be heard but hears nothing of it. Yields the move that does the former."""
        with (
            self._air.redirect(to=owner.number, destination=owner.address, emitter=ue.number) as there,
            self._air.redirect(
                to=ue.number,
                source=posing_as.address,
                destination=ue.address,
                keep=True,
                emitter=owner.number,
            ),
        ):
            yield there

    def destinations_heard_by(self, station: Endpoint) -> list[int]:
        """Every address to which frames went that ``station`` was given as they were."""
        trace = self._scenario.trace
        emitted = {record.number: record for record in trace if isinstance(record, Emitted)}
        return sorted(
            {
                emitted[record.emission].destination
                for record in trace
                if isinstance(record, Delivered)
                and record.station == station.number
                and record.emission is not None
                and record.move is None
            }
        )


def _doubled(passage: Passage) -> tuple[Passage, Passage]:
    return passage, passage.changed()


def _places(length: int, depth: str) -> list[int]:
    """Where to cut a frame of ``length`` bytes."""
    if depth == "exhaustive":
        return list(range(1, length))
    parts = 4 if depth == "quick" else 12
    near_the_ends = [4, 5, 8, length - 16, length - 8, length - 4, length - 1]
    return sorted(
        {*(length * part // parts for part in range(1, parts)), *near_the_ends} & set(range(1, length))
    )
