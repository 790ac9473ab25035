"""Attacks of several steps, in the words of the cases: replays, sweeps, injections, impostors.

Each takes honest endpoints that already stand (a control), makes the attacker's moves, waits long enough
and ends with a control that honest traffic still flows. Violations are booked by the oracles that watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product

from pytest_prose_go.air.frame_changes import Change, flip, xor
from pytest_prose_go.air.moves import Move
from pytest_prose_go.air.passage import Passage
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, UserEquipment
from pytest_prose_go.scenario.forgeries import Forgeries
from pytest_prose_go.scenario.join_attacks import PAUSES, JoinAttacks
from pytest_prose_go.scenario.judging import Carrier
from pytest_prose_go.scenario.losses import Losses
from pytest_prose_go.scenario.removals import Removals

MakeMove = Callable[[Change], Move]

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

_AT_ONCE = 0.1
"""Seconds in which frames arrive that are sent again, so that a member speaks right after."""

_BEHIND = (0.0, 0.05, 0.05)
"""Seconds by which the GO's frames come later, so that an impostor beside it is heard first."""

_AT_ONE_MOMENT = (40, 96, 200)
_IN_A_ROW = 8
"""Bytes of the messages that both ends of a hop send at one moment, and how many of each length."""

_LAST_WORDS = 3
"""Messages that are on their way to a member when its session ends."""

_BLOCK = 16
_WORD = 64
"""Bytes of a block, and blocks of a word."""

_MANY = {"quick": 40, "standard": 270, "exhaustive": 3000}
_LOST = 80
_BETWEEN = 0.02
"""How many messages are sent in a row, lost in a row, and the seconds between messages."""

_SWEPT = (150, 600)
"""Bytes of the longer messages whose frames are altered, beside usual ones."""

_ALONE = {"quick": 3, "standard": 8, "exhaustive": 64}
"""How many of a long message's frames are altered alone."""

_PLACES = (None, 0, -1)
"""Where in a frame a name is rewritten: everywhere, or only where it stands first or last. A certificate that
bears it would not survive, and hide what becomes of the name beside it."""

_LONG = 600
_ONE_LONG_IN = 8
"""Bytes of a long message, which a target may protect in another way than a short one, and how many of a row are."""


_HEAD = 24
"""Bytes at a frame's head, each of which is changed in a replay."""

_SILENCES = (75.0, 700.0)
"""Virtual seconds after which what was not used may have been forgotten."""

_NOTICES = 90.0
"""Virtual seconds in which a station notices that its peer is gone, and tries to come back by itself."""


class Attacks(JoinAttacks, Forgeries, Removals, Losses):
    """What the attacker does in a case, step by step."""

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

    @property
    def long(self) -> int:
        """The length of a long message, within the target's limits."""
        return min(_LONG, self._scenario.statement.limits.payload_most)

    def sends_alike(self, sender: Endpoint, to: Endpoint | None, among: Sequence[Endpoint] = ()) -> None:
        """Send one random payload, another of its length and the first again, and two random words over two
        random blocks."""
        for data in self._alike():
            self._judge.delivers(sender, to, among=among, data=data)

    def says_alike(self, sender: Endpoint, to: Endpoint) -> None:
        """As :meth:`sends_alike`, in a row and to whatever effect: be it received or not."""
        for data in self._alike():
            sender.sends(to, data)
            self._judge.passes(_BETWEEN)

    def plays_again(self, emissions: Sequence[int], to: Endpoint) -> None:
        """Send frames again to ``to``: as they were, and under an address of its own. They arrived (a control)."""
        shots = [self._air.replay(emissions, to=to.number)]
        if (destination := self._reachable_at(to)) is not None:
            shots.append(self._air.replay(emissions, to=to.number, destination=destination))
        self._judge.passes(_AT_ONCE)
        self._judge.acted(shots[-1])

    def _alike(self) -> list[bytes]:
        scenario = self._scenario
        most = scenario.statement.limits.payload_most
        payload = scenario.draw.payload(min(most, _ALIKE))
        other = scenario.draw.payload(len(payload))
        blocks = (scenario.draw.payload(min(_BLOCK, most)), scenario.draw.payload(min(_BLOCK, most)))
        words = [b"".join(scenario.draw.random.choices(blocks, k=_WORD))[:most] for _ in range(2)]
        return [payload, other, payload, *words]

    def speaks_just_before_the_join_of(
        self, ue: UserEquipment, owner: GroupOwner, member: UserEquipment
    ) -> None:
        """``member`` sends to the group, then the GO does, and ``ue`` asks to join at that very moment (a control) and
        has the time of a negative to show what it received."""
        judge = self._judge
        member.sends()
        judge.passes(_AT_ONCE)
        owner.sends()
        judge.admits(owner, ue)
        judge.waits()

    def speaks_to_the_last(self, to: UserEquipment, *senders: Endpoint, ends: Callable[[], None]) -> None:
        """``senders`` send to ``to``, again when ``ends`` has ended its session at that very moment, and for a
        while after. Nothing is waited for."""
        for _ in range(_LAST_WORDS):
            for sender in senders:
                sender.sends(to)
        ends()
        for pause in PAUSES:
            for sender in senders:
                sender.sends(to)
            self._judge.passes(pause)
        self._judge.outlasts_patience()

    def speak_at_one_moment(self, one: Endpoint, other: Endpoint) -> None:
        """Both ends of a hop send each other messages in a row before either hears of the other's, so that data meet
        data under equal counters, for several lengths; be they received or not."""
        for length in _AT_ONE_MOMENT:
            for _ in range(_IN_A_ROW):
                for sender, to in ((one, other), (other, one)):
                    sender.sends(to, length=min(length, self._scenario.statement.limits.payload_most))
            self._judge.passes(self._scenario.statement.patience.delivery)

    def sends_many(self, sender: Endpoint, to: Endpoint) -> None:
        """Send so many messages under one key that a nonce of 8 bits must come again, some of them long; then one
        more, with its control. Some may be lost."""
        short = min(_ALIKE // 4, self._scenario.statement.limits.payload_most)
        for place in range(_MANY[self._scenario.depth]):
            sender.sends(to, length=short if (place + 1) % _ONE_LONG_IN else self.long)
            self._judge.passes(_BETWEEN)
        self._judge.delivers(sender, to)

    def delivers_anyhow(self, sender: Endpoint, to: Endpoint) -> None:
        """Send a message and give it the patience to arrive, whether or not it does."""
        sender.sends(to)
        self._judge.passes(self._scenario.statement.patience.delivery)

    def repeats_in_each_session(
        self, owner: GroupOwner, sender: UserEquipment, receiver: UserEquipment, sessions: int
    ) -> None:
        """Send equal payloads, one of them long, first thing in each of so many sessions of ``sender``, both ways,
        and give the GO the frames of the session before."""
        judge, scenario = self._judge, self._scenario
        payload = scenario.draw.payload(min(scenario.statement.limits.payload_most, 96))
        answer = scenario.draw.payload(min(scenario.statement.limits.payload_most, 96))
        long = scenario.draw.payload(self.long)
        for _ in range(sessions):
            since = judge.mark
            judge.delivers(sender, receiver, data=payload)
            judge.delivers(receiver, sender, data=answer)
            judge.delivers(sender, receiver, data=long)
            recorded = judge.frames_of(sender, since)
            sender.leaves(owner)
            judge.outlasts_patience()
            judge.admits(owner, sender)
            judge.settles()
            judge.acted(self._air.replay(recorded, to=owner.number), waiting=True)
            judge.admits_anew(owner, sender)

    # --- replay ------------------------------------------------------------------------------------

    def replays_after_silences(self, emissions: Sequence[int], to: Endpoint) -> None:
        """Send frames again to ``to`` after minutes in which nothing was said, where they cost nothing: on a virtual
        clock."""
        if self._scenario.statement.clock == "virtual":
            for seconds in _SILENCES:
                self._judge.passes(seconds)
                self._judge.acted(self._air.replay(emissions, to=to.number), waiting=True)

    def brings_the_original_after_its_copy(
        self, owner: GroupOwner, late: UserEquipment, other: UserEquipment
    ) -> None:
        """The GO sends to the group, and ``late`` is kept from what is not addressed to itself, while ``other``
        receives it (a control). Where the target mends that by itself, ``late`` is given those frames when the
        message has settled. Then traffic flows again (a control)."""
        judge, air, scenario = self._judge, self._air, self._scenario

        def to_others(passage: Passage) -> bool:
            return passage.destination != late.address

        with air.withhold(direction=(owner.number, late.number), where=to_others) as withheld:
            sending = judge.delivers(owner, among=(other,))
            came = air.run(
                lambda: scenario.controls.received(sending.number, late.number),
                scenario.statement.patience.delivery,
            )
            judge.settles()
        missed = tuple(dict.fromkeys(p.emission for p in withheld.held if p.emission is not None))
        if came and missed:
            judge.acted(air.replay(missed, to=late.number), waiting=True)
        else:
            judge.note("no groupcast came in two ways")
        judge.recovers(owner, owner, late, other)

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

    def replays_disguised(self, carrier: Carrier, owner: GroupOwner, stranger: Endpoint) -> None:
        """Send a carrier's frames again from the address of ``stranger``, then each time with another byte of their
        head changed, then, on a virtual clock, after minutes of silence; then honest traffic flows again (a
        control)."""
        judge, air = self._judge, self._air
        judge.settles()
        for number in carrier.went_to:
            judge.acted(air.replay(carrier.emissions, to=number, source=stranger.address), waiting=True)
            for place in range(_HEAD):
                for mask in (b"\x01", b"\x10", b"\x80"):
                    air.replay(carrier.emissions, number, xor(mask, place))
                    judge.passes(_BETWEEN)
        judge.waits()
        first, *more = carrier.reporters
        judge.recovers(owner, carrier.sending.sender, first, *more)
        if self._scenario.statement.clock == "virtual":
            judge.settles()
            for seconds in _SILENCES:
                judge.passes(seconds)
                shots = [air.replay(carrier.emissions, to=number) for number in carrier.went_to]
                judge.acted(*shots, waiting=True)
            judge.recovers(owner, carrier.sending.sender, first, *more)

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
                judge.pauses(1.0)
            touched += len(rewriting.touched)
            judge.recovers(owner, sender, receiver)
        judge.note(f"names rewritten in {touched} frames")
        judge.waits()

    # --- alteration ----------------------------------------------------------------------------------

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
        patience = self._scenario.statement.patience
        tried = judge.affordable(self.changes(piece, pieces), 2 * patience.delivery + patience.join)
        for place, change in enumerate(tried):
            # Of an exhaustive sweep each change meets messages of every length, else of one in turn.
            for length in lengths if every else (lengths[place % len(lengths)],):
                effect = judge.tries_disturbed(sender, to, pair[1], make(change), length)
                counts[effect] += 1
                if effect == "kept" and judge.recovers(owner, *pair):
                    counts["torn down and joined again"] += 1
        judge.waits()
        judge.had_effect(counts)

    def sweeps_each_frame(
        self,
        owner: GroupOwner,
        sender: UserEquipment,
        receiver: UserEquipment,
        hop: tuple[Endpoint, Endpoint],
    ) -> None:
        """Alter one frame alone of those that a long message takes on one ``hop`` (its emitter and its receiver), one
        after another of a sample, at several places, while ``sender`` sends to ``receiver``. What is sent again comes
        unaltered: that the message comes all the same shows nothing."""
        judge, draw = self._judge, self._scenario.draw.random
        statement = self._scenario.statement
        length = min(_SWEPT[-1], statement.limits.payload_most)
        since = judge.mark
        judge.delivers(sender, receiver, length=length)
        count = len(judge.frames_of(hop[0], since))
        judge.settles()
        most = _ALONE[self._scenario.depth]
        places = range(count) if count <= most else sorted({count * part // most for part in range(most)})
        changes = [
            (place, flip(8 * at + draw.randrange(8)))
            for place in places
            for at in (draw.randrange(8, 24), draw.randrange(24, 48), -1, -17 - draw.randrange(16))
        ]
        for place, change in judge.affordable(
            changes, 2 * statement.patience.delivery + statement.patience.join
        ):
            move = self._air.alter(change, direction=(hop[0].number, hop[1].number), ordinal=place)
            if judge.tries_disturbed(sender, receiver, receiver, move, length) == "kept":
                judge.recovers(owner, sender, receiver)
        judge.note(f"{len(changes)} changes of one frame alone, of {count} that a message takes")
        judge.waits()

    def all_but_the_first(self, frames: int) -> Callable[[Passage], bool]:
        """A rule for a move: every frame but the first so many of those that it meets."""
        seen: list[int | None] = []

        def all_but_the_first(passage: Passage) -> bool:
            if passage.emission not in seen:
                seen.append(passage.emission)
            return seen.index(passage.emission) >= frames

        return all_but_the_first

    # --- impostors -----------------------------------------------------------------------------------

    def speaks_in_a_live_group(
        self, owner: GroupOwner, impostor: GroupOwner, *members: UserEquipment
    ) -> None:
        """``impostor``, at the address of ``owner``, owns the group and speaks to its members, who speak to theirs,
        while ``owner`` is there too; it did hear them (a control). Then traffic flows again (a control)."""
        judge, statement = self._judge, self._scenario.statement
        impostor.speaks_again()
        impostor.owns()
        since = judge.mark
        for delay in _BEHIND:
            with self._air.delay(delay, emitter=owner.number):
                for member in members:
                    impostor.sends(member)
                    member.sends(members[0] if member is not members[0] else members[-1])
                impostor.sends()
                if "rekey" in statement.capabilities:
                    impostor.rekeys()
                judge.passes(statement.patience.delivery)
        impostor.sends()
        judge.waits()
        judge.heard(impostor, since)
        judge.note(f"the impostor gave {len(judge.frames_of(impostor, since))} frames to the air")
        impostor.falls_silent()
        judge.outlasts_patience()
        judge.recovers(owner, members[0], members[-1])

    def is_named_in_the_join_of(
        self, ue: UserEquipment, stranger: UserEquipment, owner: GroupOwner, *members: UserEquipment
    ) -> None:
        """``stranger`` asks to join, and ``ue`` does while its name is rewritten to the stranger's on the way to
        ``owner`` and back again on the way from it; then ``members`` and ``owner`` speak to the group, with
        ``stranger`` listening. Afterwards ``ue`` joins (a control)."""
        judge = self._judge
        for only in _PLACES:
            with self._rewriting(ue.identity, stranger.identity, ue, owner, only):
                stranger.asks(owner)
                ue.asks(owner)
                judge.passes(self._a_try)
                self.groupcasts_without(owner, stranger, *members)
            ue.leaves(owner)
            stranger.leaves(owner)
            judge.outlasts_patience()
        judge.admits(owner, ue)

    def asks_beside(
        self, thief: UserEquipment, victim: UserEquipment, owner: GroupOwner, *members: UserEquipment
    ) -> None:
        """``victim`` has left. ``thief`` asks to join in its place, the frames of the victim's former join are sent
        again, and the victim joins once more (a control); then ``members`` and ``owner`` speak to the group, with
        ``thief`` listening."""
        judge = self._judge
        joined = judge.frames_of(victim)
        victim.leaves(owner)
        judge.outlasts_patience()
        thief.asks(owner)
        judge.acted(self._air.replay(joined, to=owner.number), waiting=True)
        thief.leaves(owner)
        thief.asks(owner)
        judge.admits(owner, victim)
        self.groupcasts_without(owner, thief, *members)
        thief.leaves(owner)
        judge.passes(self._a_try)

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

    def attempts_from_the_other_group(
        self, ue: UserEquipment, other: GroupOwner, owner: GroupOwner, partner: UserEquipment
    ) -> None:
        """``ue``, a member of ``other``, asks the same station for the group of ``owner`` with the credentials that it
        has, and sends to ``partner`` there. If its device will not, it leaves and asks for its own group anew,
        while the names of the groups are rewritten in flight. It did ask (a control)."""
        judge = self._judge
        since = judge.mark
        ue.asks(owner)
        self.speaks_throughout(ue, partner, owner.group)
        judge.waits()
        if not judge.has_spoken(ue, since):
            ue.leaves(other)
            judge.outlasts_patience()
            since = judge.mark
            with self._rewriting(other.group, owner.group, ue, owner):
                ue.asks(other)
                judge.waits()
        judge.spoke(ue, since)

    @contextmanager
    def _rewriting(
        self, old: str, new: str, ue: Endpoint, owner: Endpoint, only: int | None = None
    ) -> Iterator[None]:
        """Rewrite ``old`` to ``new`` in what ``ue`` sends (only at one place in a frame), and back in what
        ``owner`` sends to it."""
        one, other = old.encode(), new.encode()
        with (
            self._air.rewrite(one, other, mend_lengths=True, only=only, emitter=ue.number),
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
        statement = self._scenario.statement
        judge.passes(max(statement.patience.rejoin, _NOTICES if statement.clock == "virtual" else 0.0))
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
        there_and_back = [0, 0]
        for only in _PLACES:
            there = air.rewrite(one, other, mend_lengths=True, only=only, emitter=ue.number)
            back = air.rewrite(other, one, mend_lengths=True, emitter=owners, receiver=ue.number)
            for address in (owner.address, elsewhere.address):
                ue.asks(owner, address=address)
                judge.passes_a_join()
                ue.leaves(owner)
                judge.outlasts_patience()
            for way, move in enumerate((there, back)):
                move.lift()
                there_and_back[way] += len(move.touched)
        judge.note("a name rewritten in {} frames to the GOs and {} back".format(*there_and_back))

    def joins_misnamed(self, ue: UserEquipment, owner: GroupOwner, *others: Endpoint) -> None:
        """``ue`` asks to join ``owner`` again and again, while its GO's name is rewritten on the way to it, or its own
        on the way to the GO and back on the way from it: to the names of ``others``, and to others in case or by a
        sign at the end. In the end it joins (a control)."""
        judge, air = self._judge, self._air
        most = self._scenario.statement.limits.identity_most
        to_it, to_the_owner = (owner.number, ue.number), (ue.number, owner.number)
        named = {owner: to_it, ue: to_the_owner}
        touched = 0
        for end, way in named.items():
            name = end.identity
            likenesses = (name.swapcase(), name[:-1], name + "0")
            names = [*(other.identity for other in others if end is owner), *likenesses]
            for other in (each for each in dict.fromkeys(names) if each != name and 0 < len(each) <= most):
                for only in _PLACES:
                    one, another = name.encode(), other.encode()
                    there = air.rewrite(one, another, mend_lengths=True, only=only, direction=way)
                    back = air.rewrite(another, one, mend_lengths=True, direction=way[::-1])
                    ue.asks(owner)
                    judge.passes(self._a_try)
                    ue.leaves(owner)
                    judge.outlasts_patience()
                    there.lift()
                    back.lift()
                    touched += len(there.touched)
        judge.note(f"a name rewritten in {touched} frames to another or one like it")
        judge.admits(owner, ue)

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
