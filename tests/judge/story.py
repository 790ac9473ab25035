"""A vocabulary for writing traces by hand, so that a trace reads like a story.

A :class:`Story` keeps the books that an air would keep of what happens in it: each sentence adds the
records of one happening, a millisecond a record. Nothing here judges: a story says what was asked, what
went over the air and what stations told; :meth:`Story.expects` says what an ideal group makes of it.

A frame is known by the number of its emission. By default one message is one frame a hop.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from pytest_prose_go.air.trace import (
    Asked,
    Compromised,
    Delivered,
    Dropped,
    Emitted,
    Entry,
    Issued,
    Lifted,
    Made,
    Moved,
    Owned,
    Quit,
    Removed,
    Reported,
    Restarted,
    Revoked,
    Sent,
    Silenced,
    Standing,
    Stopped,
    Trace,
)
from pytest_prose_go.contract import Cast, Event, Flaw, Joined, Left, Patience, Received, Role, Statement
from pytest_prose_go.judge.finding import Kind
from pytest_prose_go.judge.ideal_group import IdealGroup

PATIENCE = 30.0
"""Seconds longer than any patience of the stories' target."""

A_MOMENT = 1.0
"""Seconds shorter than any patience of the stories' target."""

GRACE = 10.0
"""Seconds in which one who left may still read, in the stories that grant it."""

AUTHORITY = "ministry"
FOREIGN = "bazaar"
START = 1_700_000_000.0
DAY = 86_400.0
STEP = 0.001

Truth = Literal["the truth"]
TRUTH: Truth = "the truth"


@dataclass(eq=False)
class Party:
    """A station of the story. ``issues`` are the numbers of its credentials, by group."""

    number: int
    identity: str
    group: str
    address: int
    issues: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Message:
    """A sending. ``up`` is its frame to the GO, ``down`` the GO's frame of it; ``arrived`` are the
    deliveries of it, by station number."""

    number: int
    sender: Party
    owner: Party
    group: str
    data: bytes
    to: Party | None
    up: int | None = None
    down: int | None = None
    arrived: dict[int, int] = field(default_factory=dict)


class Story:
    """The books of one story, and what is to be found in it."""

    def __init__(self) -> None:
        self.statement = Statement(
            product="a story's target",
            version="1",
            patience=Patience(join=5.0, delivery=5.0, rejoin=5.0),
            claims_identity=True,
            late_issue=True,
            reports=(),
        )
        self.now = START
        self.told = False
        self._records: list[Entry] = []
        self._emissions: list[Emitted] = []
        self._counts: dict[str, int] = {}
        self._parties: list[Party] = []
        self._owners: dict[str, Party] = {}
        self._members: dict[str, list[Party]] = {}

    # --- the frame of the story -------------------------------------------------------------------

    def under(self, **claims: Any) -> None:
        """The target states this of itself."""
        self.statement = msgspec.structs.replace(self.statement, **claims)

    def passes(self, seconds: float) -> None:
        """Time passes, and nothing happens."""
        self.now += seconds

    def writes(self, record: Entry) -> None:
        """Add a record as it is."""
        self._records.append(record)
        self.now += STEP

    def expects(self, *kinds: Kind) -> None:
        """The ideal group finds violations of exactly these kinds (none, if none is named)."""
        self.told = True
        found = self._found()
        assert {violation.kind for violation in found.violations} == set(kinds)

    def expects_a_lead(self) -> None:
        """The ideal group finds something worth a look, and no violation."""
        self.told = True
        found = self._found()
        assert found.violations == []
        assert found.leads != []

    def _found(self) -> IdealGroup:
        """What the ideal group finds as it looks on; what it reads in the file later must be the same."""
        live, later = IdealGroup(self.statement), IdealGroup(self.statement)
        trace = Trace(self.statement)
        trace.listeners.append(live.observe)
        for record in self._records:
            trace.append(record)
        for index, record in enumerate(Trace.decode(trace.encode())):
            later.observe(index, record)
        assert later.violations == live.violations
        return live

    def _next(self, what: str) -> int:
        count = self._counts.get(what, 0)
        self._counts[what] = count + 1
        return count

    def payload(self, size: int = 24) -> bytes:
        """Random bytes that are nowhere else in the story."""
        return random.Random(f"bytes {self._next('bytes')}").randbytes(size)

    # --- who is there -----------------------------------------------------------------------------

    def issues(
        self,
        identity: str,
        group: str,
        authority: str = AUTHORITY,
        role: Role = "member",
        flaw: Flaw | None = None,
        valid: tuple[float, float] = (-DAY, 30 * DAY),
    ) -> int:
        """Credentials are made; ``valid`` counts from now."""
        number = self._next("issue")
        since, until = self.now + valid[0], self.now + valid[1]
        self.writes(Issued(self.now, number, identity, group, authority, role, since, until, flaw))
        return number

    def makes(
        self,
        identity: str,
        group: str,
        issue: int | None,
        trusts: Iterable[str] = (AUTHORITY,),
        standing: Standing = "honest",
        clone_of: Party | None = None,
    ) -> Party:
        """A station is made."""
        number = self._next("station")
        party = Party(number, identity, group, 0x100 + number, {} if issue is None else {group: issue})
        original = None if clone_of is None else clone_of.number
        label = f"device-{number}"
        self.writes(Made(self.now, number, label, identity, party.address, tuple(trusts), standing, original))
        self._parties.append(party)
        return party

    def owner(
        self,
        identity: str = "gina",
        group: str = "red",
        authority: str = AUTHORITY,
        role: Role = "owner",
        trusts: Iterable[str] = (AUTHORITY,),
        standing: Standing = "honest",
        flaw: Flaw | None = None,
        credentials_for: str | None = None,
        credentialed: bool = True,
        claim: str | None = None,
        valid: tuple[float, float] = (-DAY, 30 * DAY),
    ) -> Party:
        """A GO that owns ``group``, with credentials for it (or for ``credentials_for``)."""
        meant_for = group if credentials_for is None else credentials_for
        issue = self.issues(identity, meant_for, authority, role, flaw, valid) if credentialed else None
        party = self.makes(identity, group, issue, trusts, standing)
        self.writes(Owned(self.now, party.number, group, issue, claim))
        if standing == "honest":
            self._owners.setdefault(group, party)
        return party

    def ue(
        self,
        identity: str,
        group: str = "red",
        authority: str = AUTHORITY,
        trusts: Iterable[str] = (AUTHORITY,),
        standing: Standing = "honest",
        flaw: Flaw | None = None,
        valid: tuple[float, float] = (-DAY, 30 * DAY),
        credentialed: bool = True,
    ) -> Party:
        """A UE with credentials for ``group``, which has done nothing yet."""
        issue = self.issues(identity, group, authority, "member", flaw, valid) if credentialed else None
        return self.makes(identity, group, issue, trusts, standing)

    def owns(self, party: Party, group: str) -> None:
        """A station is asked to own a group, with such credentials as it has for it."""
        self.writes(Owned(self.now, party.number, group, party.issues.get(group)))

    def also_owns(self, party: Party, group: str) -> None:
        """A station owns a further group."""
        party.issues[group] = self.issues(party.identity, group, role="owner")
        self.writes(Owned(self.now, party.number, group, party.issues[group]))
        self._owners[group] = party

    def also_belongs(self, party: Party, group: str) -> None:
        """A UE gets credentials for a further group."""
        party.issues[group] = self.issues(party.identity, group)

    def group(self, *identities: str) -> tuple[Party, ...]:
        """A GO and honest members, all joined, then a while of quiet."""
        owner = self.owner()
        ues = tuple(self.ue(identity) for identity in identities)
        for ue in ues:
            self.joins(ue, owner)
        self.passes(PATIENCE)
        return (owner, *ues)

    def clones(self, party: Party) -> Party:
        """A thief takes everything out of a station, into one of his own."""
        self.writes(Compromised(self.now, party.number))
        issue = party.issues.get(party.group)
        return self.makes(party.identity, party.group, issue, standing="compromised", clone_of=party)

    def revokes(self, party: Party, *told: Party) -> None:
        """A UE's or GO's credentials are withdrawn, and these stations learn of it."""
        issue = party.issues[party.group]
        self.writes(Revoked(self.now, issue))
        for station in told:
            self.writes(Revoked(self.now, issue, station.number))

    # --- frames -----------------------------------------------------------------------------------

    def emits(self, party: Party, by: str = "receive", to: Party | None = None) -> int:
        """A station gives a frame to the air."""
        number = self._next("emission")
        destination = 0xF00000 if to is None else to.address
        payload = self.payload(40)
        emitted = Emitted(self.now, party.number, number, party.address, destination, payload, by)
        self._emissions.append(emitted)
        self.writes(emitted)
        return number

    def delivers(self, frame: int, to: Party) -> int:
        """A frame arrives as it was emitted. Returns the number of the delivery."""
        return self._deliver(to, frame, "passed")

    def exchange(self, party: Party, with_: Party, by: str = "receive") -> int:
        """A frame goes from one to the other. Returns the number of its delivery."""
        return self.delivers(self.emits(party, by, with_), with_)

    def move(self, kind: str) -> int:
        """The attacker makes a move."""
        number = self._next("move")
        self.writes(Moved(self.now, number, kind, f"{kind} of the story"))
        return number

    def lifts(self, move: int) -> None:
        self.writes(Lifted(self.now, move))

    def drops(self, frame: int, at: Party) -> int:
        """The attacker keeps a frame from a station. Returns the move."""
        move = self.move("drop")
        self.writes(Dropped(self.now, at.number, frame, move))
        return move

    def replays_frame(self, frame: int, to: Party) -> int:
        """The attacker sends a frame again. Returns the number of the delivery."""
        return self._deliver(to, frame, "replayed", self.move("replay"))

    def releases(self, frame: int, to: Party, move: int) -> int:
        """The attacker lets go of a frame that he kept back by that move. Returns the delivery."""
        return self._deliver(to, frame, "passed", move)

    def redirects(self, frame: int, to: Party) -> int:
        """The attacker brings a frame to another station than it was for. Returns the delivery."""
        move = self.move("redirect")
        return self._deliver(to, frame, "redirected", move, destination=to.address)

    def alters(self, frame: int, to: Party, at: int = 20) -> int:
        """A frame arrives with one bit changed. Returns the number of the delivery."""
        payload = bytearray(self._emissions[frame].payload)
        payload[at] ^= 1
        return self._deliver(to, frame, "altered", self.move("alter"), bytes(payload))

    def injects(self, to: Party, payload: bytes | None = None) -> int:
        """A frame of the attacker's own making arrives. Returns the number of the delivery."""
        made_up = self.payload(40) if payload is None else payload
        move = self.move("inject")
        return self._deliver(to, None, "injected", move, made_up, 0xABCDEF, to.address)

    def _deliver(
        self,
        to: Party,
        frame: int | None,
        how: Literal["passed", "altered", "replayed", "redirected", "injected"],
        move: int | None = None,
        payload: bytes | None = None,
        source: int | None = None,
        destination: int | None = None,
    ) -> int:
        number = self._next("delivery")
        self.writes(Delivered(self.now, number, to.number, frame, how, move, payload, source, destination))
        return number

    # --- joining and parting ----------------------------------------------------------------------

    def asks(
        self,
        ue: Party,
        owner: Party,
        group: str | None = None,
        claim: str | None = None,
        credentials_of: str | None = None,
    ) -> int:
        """A UE is asked to join, and emits a first frame. Returns the frame."""
        in_group = owner.group if group is None else group
        issue = ue.issues.get(in_group if credentials_of is None else credentials_of)
        self.writes(Asked(self.now, ue.number, in_group, owner.address, issue, claim))
        return self.emits(ue, "join", owner)

    def joins(
        self,
        ue: Party,
        owner: Party,
        group: str | None = None,
        claim: str | None = None,
        credentials_of: str | None = None,
        session: str | None = None,
    ) -> list[int]:
        """A whole join of three frames, reported at both ends under the UE's name (or its claim).
        Returns the frames."""
        in_group = owner.group if group is None else group
        first = self.asks(ue, owner, in_group, claim, credentials_of)
        self.delivers(first, owner)
        second = self.emits(owner, to=ue)
        at_ue = self.delivers(second, ue)
        self.believes(ue, owner, in_group, session, at_ue)
        third = self.emits(ue, to=owner)
        at_owner = self.delivers(third, owner)
        self.admits(owner, ue.identity if claim is None else claim, in_group, session, at_owner)
        members = self._members.setdefault(in_group, [])
        if ue not in members:
            members.append(ue)
        return [first, second, third]

    def tries(self, ue: Party, owner: Party, **how: Any) -> list[int]:
        """A UE asks, and its two frames and the GO's answer arrive; nobody reports anything."""
        first = self.asks(ue, owner, **how)
        self.delivers(first, owner)
        second = self.emits(owner, to=ue)
        self.delivers(second, ue)
        third = self.emits(ue, to=owner)
        self.delivers(third, owner)
        return [first, second, third]

    def admits(
        self,
        owner: Party,
        peer: Party | str,
        group: str | None = None,
        session: str | None = None,
        delivery: int | None = None,
    ) -> None:
        """A GO reports that a UE is admitted."""
        self._joined(owner, peer, group, session, delivery)

    def believes(
        self,
        ue: Party,
        peer: Party | str,
        group: str | None = None,
        session: str | None = None,
        delivery: int | None = None,
    ) -> None:
        """A UE reports that it is a member of its peer's group."""
        self._joined(ue, peer, group, session, delivery)

    def _joined(
        self, party: Party, peer: Party | str, group: str | None, session: str | None, delivery: int | None
    ) -> None:
        name = peer if isinstance(peer, str) else peer.identity
        self.tells(party, Joined(party.group if group is None else group, name, session), delivery)

    def tells(self, party: Party, event: Event, delivery: int | None = None, by: str | None = None) -> None:
        """A station reports an event, of a timer's call if of no delivery."""
        call = by or ("wake" if delivery is None else "receive")
        self.writes(Reported(self.now, party.number, event, call, delivery))

    def leaves(self, ue: Party, group: str | None = None) -> int:
        """A UE is asked to leave, and says good-bye. Returns the frame of that."""
        in_group = ue.group if group is None else group
        self.writes(Quit(self.now, ue.number, in_group))
        self._parts(ue, in_group)
        return self.emits(ue, "leave", self._owners.get(in_group))

    def removes(self, owner: Party, member: Party, group: str | None = None) -> None:
        """A GO is asked to put a member out."""
        in_group = owner.group if group is None else group
        self.writes(Removed(self.now, owner.number, in_group, member.identity))
        self._parts(member, in_group)

    def _parts(self, ue: Party, group: str) -> None:
        members = self._members.get(group, [])
        if ue in members:
            members.remove(ue)

    def drops_member(self, owner: Party, peer: Party | None, group: str | None = None) -> None:
        """A station reports that a session ended (its own, if there is no peer)."""
        name = None if peer is None else peer.identity
        self.tells(owner, Left(owner.group if group is None else group, name))

    def silences(self, party: Party, on: bool = True) -> None:
        """A station neither hears nor is heard from here on, or again does."""
        self.writes(Silenced(self.now, party.number, on))

    def restarts(self, party: Party) -> None:
        """A station loses power and comes back."""
        self.writes(Restarted(self.now, party.number, power_loss=True))

    def stops(self, party: Party) -> None:
        self.writes(Stopped(self.now, party.number))

    # --- messages ---------------------------------------------------------------------------------

    def sends(
        self,
        sender: Party,
        to: Party | None = None,
        group: str | None = None,
        data: bytes | None = None,
        owner: Party | None = None,
        emits: bool = True,
    ) -> Message:
        """A station is asked to send to one, or to the whole group, and emits a frame of it."""
        in_group = sender.group if group is None else group
        by_way_of = owner or self._owners[in_group]
        payload = self.payload() if data is None else data
        number = self._next("sending")
        receiver = None if to is None else to.identity
        self.writes(Sent(self.now, sender.number, in_group, number, payload, receiver))
        message = Message(number, sender, by_way_of, in_group, payload, to)
        if emits and sender is by_way_of:
            message.down = self.emits(sender, "send", to)
        elif emits:
            message.up = self.emits(sender, "send", by_way_of)
        return message

    def uplinked(self, message: Message) -> int:
        """The sender's frame reaches the GO. Returns the delivery."""
        assert message.up is not None
        delivery = self.delivers(message.up, message.owner)
        message.arrived.setdefault(message.owner.number, delivery)
        return delivery

    def relays(self, message: Message) -> int:
        """The GO emits a (further) frame of the message. Returns the frame."""
        message.down = self.emits(message.owner, "receive", message.to)
        return message.down

    def downlinked(self, message: Message, *to: Party) -> None:
        """The GO's frame reaches these, or whom the message is for."""
        assert message.down is not None
        for party in to or self._audience(message):
            message.arrived[party.number] = self.delivers(message.down, party)

    def carried(self, message: Message) -> Message:
        """The message's frames go all the way as they should, and nothing is reported yet."""
        if message.sender is not message.owner:
            self.uplinked(message)
            if message.to is not message.owner:
                self.relays(message)
        if message.to is not message.owner:
            self.downlinked(message)
        return message

    def _audience(self, message: Message) -> list[Party]:
        if message.to is not None:
            return [message.to]
        return [member for member in self._members.get(message.group, []) if member is not message.sender]

    def reports(
        self,
        party: Party,
        message: Message,
        sender: str | Truth | None = TRUTH,
        cast: Cast | Truth | None = TRUTH,
        data: bytes | None = None,
        group: str | None = None,
        delivery: int | None = None,
        by_timer: bool = False,
    ) -> None:
        """A station reports a message, truly but for what is given here."""
        named = message.sender.identity if sender == TRUTH else sender
        true_cast: Cast = "groupcast" if message.to is None else "unicast"
        told_cast = true_cast if cast == "the truth" else cast
        in_group = message.group if group is None else group
        event = Received(in_group, message.data if data is None else data, named, told_cast)
        arrived = message.arrived.get(party.number) if delivery is None else delivery
        self.tells(party, event, None if by_timer else arrived)

    def arrives(self, message: Message) -> Message:
        """The message goes all the way, and all whom it is for report it."""
        self.carried(message)
        for party in self._audience(message):
            self.reports(party, message)
        return message

    def settles(self, message: Message) -> Message:
        """The message arrives, is reported, and then there is quiet for longer than the patience."""
        self.arrives(message)
        self.passes(PATIENCE)
        return message

    def replays(self, message: Message, to: Party) -> int:
        """The attacker sends the message's frame of the hop to ``to`` again. Returns the delivery."""
        frame = message.up if to is message.owner else message.down
        assert frame is not None
        delivery = self.replays_frame(frame, to)
        message.arrived[to.number] = delivery
        return delivery
