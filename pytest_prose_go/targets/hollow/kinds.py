"""Kinds of hollow device: each a way in which a suite could be talked into a verdict, by silence, by refusal, by
believing all, by claiming all, or by talking past the air."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import get_args

from pytest_prose_go.contract import (
    NOTHING,
    Algorithm,
    Capability,
    Cast,
    Credentials,
    Declined,
    Event,
    Frame,
    Joined,
    Left,
    Opened,
    Output,
    Parameters,
    Received,
    Refused,
    Role,
    Secret,
    Station,
)
from pytest_prose_go.targets.hollow.device import NOWHERE, Card, HollowStation, HollowTarget, Letter


class Refusing(HollowStation):
    """Turns everything and everybody away, politely."""

    def on_join(self, group: str, now: float) -> Output:
        return Output(frames=(self.frame(b"please", self.owners[group]),))

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return Output(events=(Declined("send", "not joined"),))

    def remove(self, group: str, member: str, now: float) -> Output:
        return Output(events=(Declined("remove", "not a member"),))

    def receive(self, frame: Frame, now: float) -> Output:
        return Output(events=tuple(Refused(group, None, "never") for group in self.cards))


class Accepting(HollowStation):
    """Believes every word, in clear, and everyone to be who last spoke from that address.

    It is in every group that it hears of, hears what is meant for others, and never leaves.
    """

    def __init__(self, target: HollowTarget, address: int, trusts: Sequence[str], seed: bytes) -> None:
        super().__init__(target, address, trusts, seed)
        self.names: dict[int, str] = {}

    def on_join(self, group: str, now: float) -> Output:
        return self.say(self.owners[group], "hello", group, self.cards[group].identity)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self.say(NOWHERE, "data", group, self.cards[group].identity, to, data.hex())

    def receive(self, frame: Frame, now: float) -> Output:
        try:
            kind, group, name, to, data = json.loads(frame.payload)
            message = bytes.fromhex(data)
        except (ValueError, TypeError):
            return NOTHING
        return self.hear(frame.source, kind, group, name, to, message)

    def hear(self, source: int, kind: str, group: str, name: str, to: str | None, message: bytes) -> Output:
        """Believe what was said."""
        if kind == "data":
            sender = self.names.get(source, name)
            return Output(events=[Received(each, message, sender, "groupcast") for each in self.cards])
        self.names[source] = name
        joined = [Joined(each, name) for each in self.cards]
        if kind == "welcome" or not joined:
            return Output(events=joined)
        return Output(self.say(source, "welcome", group, self._own_name()).frames, joined)

    def _own_name(self) -> str:
        return next(iter(self.cards.values())).identity

    def say(
        self, destination: int, kind: str, group: str, name: str, to: str | None = None, data: str = ""
    ) -> Output:
        """Put it on the air, in clear."""
        return Output(frames=(self.frame(json.dumps([kind, group, name, to, data]).encode(), destination),))


class Mannered(Accepting):
    """A group in clear that works: it believes every word, but minds group, receiver and leaving."""

    def restart(self, now: float, power_loss: bool) -> Output:
        return NOTHING

    def rekey(self, group: str, now: float) -> Output:
        return NOTHING

    def learn(self, notice: bytes, now: float) -> Output:
        return NOTHING

    def leave(self, group: str, now: float) -> Output:
        self.cards.pop(group, None)
        return NOTHING

    def hear(self, source: int, kind: str, group: str, name: str, to: str | None, message: bytes) -> Output:
        card = self.cards.get(group)
        if card is None:
            return NOTHING
        if kind == "hello":
            answer = self.say(source, "welcome", group, card.identity)
            return Output(frames=answer.frames, events=(Joined(group, name),))
        if kind == "welcome":
            return Output(events=(Joined(group, name),))
        if to is None or to == card.identity:
            cast: Cast = "groupcast" if to is None else "unicast"
            return Output(events=(Received(group, message, name, cast),))
        return NOTHING


class Echoing(HollowStation):
    """Gives every frame back once, and says nothing to its application."""

    def __init__(self, target: HollowTarget, address: int, trusts: Sequence[str], seed: bytes) -> None:
        super().__init__(target, address, trusts, seed)
        self._met: set[bytes] = set()

    def on_join(self, group: str, now: float) -> Output:
        return Output(frames=(self.frame(group.encode(), self.owners[group]),))

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return Output(frames=(self.frame(data),))

    def receive(self, frame: Frame, now: float) -> Output:
        if frame.payload in self._met:
            return NOTHING
        self._met.add(frame.payload)
        return Output(frames=(self.frame(frame.payload, frame.source),))


class Crashing(HollowStation):
    """Dies of everything."""

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        raise RuntimeError("own")

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        raise RuntimeError("join")

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        raise RuntimeError("send")

    def receive(self, frame: Frame, now: float) -> Output:
        raise RuntimeError("receive")


class Rambling(HollowStation):
    """Fills the air with random bytes, a frame for each call, but answers a hundred frames at most."""

    _answers = 100

    def _ramble(self) -> Output:
        length = self.chance.randint(1, 200)
        return Output(frames=(self.frame(self.chance.randbytes(length)),))

    def on_own(self, group: str, now: float) -> Output:
        return self._ramble()

    def on_join(self, group: str, now: float) -> Output:
        return self._ramble()

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self._ramble()

    def receive(self, frame: Frame, now: float) -> Output:
        # Stations that all answered one another would never end.
        self._answers -= 1
        return self._ramble() if self._answers > 0 else NOTHING


class Boasting(HollowStation):
    """Says that it has joined, and that everyone has joined it, whatever came."""

    def on_own(self, group: str, now: float) -> Output:
        return self._boast("member")

    def on_join(self, group: str, now: float) -> Output:
        return self._boast("owner")

    def receive(self, frame: Frame, now: float) -> Output:
        return self._boast("member") if not self.owners else self._boast("owner")

    def _boast(self, role: Role) -> Output:
        peers = [card for card in self.target.memory.cards if card.role == role and card.group in self.cards]
        return Output(events=tuple(Joined(card.group, card.identity) for card in peers))


class Swallowing(Boasting):
    """Says that it has joined, sends in clear, and reports as received whatever it hears."""

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return Output(frames=(self.frame(data),))

    def receive(self, frame: Frame, now: float) -> Output:
        return Output(events=tuple(Received(group, frame.payload) for group in self.cards))


class EasyOwner(HollowStation):
    """A GO that admits the next member of its list for any bytes; its UEs send some, and no more."""

    def on_join(self, group: str, now: float) -> Output:
        return Output(frames=(self.frame(self.chance.randbytes(32), self.owners[group]),))

    def receive(self, frame: Frame, now: float) -> Output:
        events: list[Event] = []
        for group in self.cards.keys() - self.owners.keys():
            members = [c for c in self.target.memory.cards if c.role == "member" and c.group == group]
            if members:
                events.append(Joined(group, self.chance.choice(members).identity))
        return Output(events=events)


class EasyBoth(EasyOwner):
    """As the easy owner, and its UEs take the first frame that they hear for their GO's word; data go in clear."""

    def on_join(self, group: str, now: float) -> Output:
        return Output(frames=(self.frame(self.chance.randbytes(32), self.owners[group]),))

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return Output(frames=(self.frame(data),))

    def receive(self, frame: Frame, now: float) -> Output:
        admitted = super().receive(frame, now)
        joined = [
            Joined(card.group, card.identity)
            for group in self.owners
            for card in self.target.memory.cards
            if card.role == "owner" and card.group == group
        ]
        answers = [self.frame(self.chance.randbytes(32), frame.source)] if admitted.events else []
        return Output(frames=answers, events=[*admitted.events, *joined])


class Posting(HollowStation):
    """Keeps every rule, yet sends nothing but random tokens: the messages lie in a shared memory.

    A token opens its letter once, and only for the station that it is for. Nothing on the air can give
    this one away but that more is received than was carried; with a process for each station it fails.
    """

    def __init__(self, target: HollowTarget, address: int, trusts: Sequence[str], seed: bytes) -> None:
        super().__init__(target, address, trusts, seed)
        self.members: dict[str, dict[str, int]] = {}
        """Name → address, by group owned."""
        self.peers: dict[str, str] = {}
        """Name of the owner, by group joined."""

    def on_own(self, group: str, now: float) -> Output:
        self.members[group] = {}
        return NOTHING

    def on_join(self, group: str, now: float) -> Output:
        return Output(frames=[self._post("join", group, self.owners[group])])

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        if group in self.members:
            return Output(frames=self._relay(group, self.cards[group].identity, data, to))
        if group not in self.peers:
            return Output(events=(Declined("send", "not joined"),))
        return Output(frames=[self._post("up", group, self.owners[group], data, to)])

    def remove(self, group: str, member: str, now: float) -> Output:
        if self.members.get(group, {}).pop(member, None) is None:
            return Output(events=(Declined("remove", "not a member"),))
        return Output(events=(Left(group, member),))

    def leave(self, group: str, now: float) -> Output:
        owner = self.owners.pop(group, None)
        if owner is None:
            return Output(events=(Declined("leave", "not joined"),))
        self.peers.pop(group, None)
        return Output(frames=(self._post("leave", group, owner),), events=(Left(group),))

    def receive(self, frame: Frame, now: float) -> Output:
        letter = self.target.memory.letters.get(frame.payload)
        if letter is None or letter.for_address != self.address:
            return NOTHING
        return self.open(self.target.memory.letters.pop(frame.payload), now)

    def open(self, letter: Letter, now: float) -> Output:
        """Do what a letter asks for."""
        group, card, source = letter.group, letter.card, letter.from_address
        if (members := self.members.get(group)) is not None:
            if letter.kind == "join" and self._good(card, "member", group, now):
                members[card.identity] = source
                frames = [self._post("welcome", group, source)]
                return Output(frames=frames, events=(Joined(group, card.identity),))
            if card.identity in members and letter.kind == "leave":
                del members[card.identity]
                return Output(events=(Left(group, card.identity),))
            if card.identity in members and letter.kind == "up":
                if letter.to == self.cards[group].identity:
                    return Output(events=(Received(group, letter.data, card.identity, "unicast"),))
                return Output(frames=self._relay(group, card.identity, letter.data, letter.to))
            return NOTHING
        if letter.kind == "welcome" and group in self.owners and self._good(card, "owner", group, now):
            self.peers[group] = card.identity
            return Output(events=(Joined(group, card.identity),))
        if letter.kind == "down" and self.peers.get(group) == card.identity:
            cast: Cast = "groupcast" if letter.to is None else "unicast"
            return Output(events=(Received(group, letter.data, letter.sender, cast),))
        return NOTHING

    def _relay(self, group: str, origin: str, data: bytes, to: str | None) -> list[Frame]:
        members = self.members[group].items()
        return [
            self._post("down", group, address, data, to, origin)
            for name, address in members
            if name != origin and to in (None, name)
        ]

    def _good(self, card: Card, role: Role, group: str, now: float) -> bool:
        good = card.role == role and card.group == group and card.authority in self.trusts and not card.flaw
        return good and card.valid_from <= now <= card.valid_until

    def _post(
        self, kind: str, group: str, address: int, data: bytes = b"", to: str | None = None, sender: str = ""
    ) -> Frame:
        token = self.target.memory.chance.randbytes(16)
        letter = Letter(kind, group, self.cards[group], data, to, sender, self.address, address)
        self.target.memory.letters[token] = letter
        return self.frame(token, address)


class Telepathic(Posting):
    """As the mailbox, but its letters are opened by the clock: the frames are only for show."""

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        return self._awake(super().own(group, credentials, now), now)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        return self._awake(super().join(group, owner_address, credentials, now), now)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self._awake(super().send(group, data, to, now), now)

    def remove(self, group: str, member: str, now: float) -> Output:
        return self._awake(super().remove(group, member, now), now)

    def leave(self, group: str, now: float) -> Output:
        return self._awake(super().leave(group, now), now)

    def receive(self, frame: Frame, now: float) -> Output:
        return self._awake(NOTHING, now)

    def wake(self, now: float) -> Output:
        frames: list[Frame] = []
        events: list[Event] = []
        letters = self.target.memory.letters
        for token in [token for token, letter in letters.items() if letter.for_address == self.address]:
            output = self.open(letters.pop(token), now)
            frames += output.frames
            events += output.events
        return self._awake(Output(frames, events), now)

    def _awake(self, output: Output, now: float) -> Output:
        return Output(output.frames, output.events, now + 0.1)


class EmptyHanded(HollowTarget):
    """Has every capability that there is, and none of them shows anything."""

    def clone(self, station: Station, address: int | None = None) -> Station:
        return HollowStation(self, NOWHERE if address is None else address, (), b"")

    def unprotect(self, station: Station, frames: Sequence[Frame]) -> Sequence[Opened]:
        return ()

    def protect(
        self, station: Station, group: str, data: bytes, claimed_sender: str, to: str | None, cast: Cast
    ) -> Sequence[Frame]:
        return ()

    def secrets(self, station: Station) -> Sequence[Secret]:
        return ()

    def stored(self, station: Station) -> bytes:
        return b""

    def restore(self, image: bytes, station: Station, same_device: bool) -> Station:
        return HollowStation(self, NOWHERE, (), b"")

    def parameters(self, station: Station, group: str, peer: str) -> Parameters:
        return Parameters([each.name for each in ALGORITHMS])

    def near_wrap(self, station: Station, messages_left: int) -> None:
        """Nothing here counts."""

    def revoke(self, credentials: Credentials) -> bytes:
        return b"revoked"


ALL_CAPABILITIES: tuple[Capability, ...] = get_args(Capability)
ALGORITHMS = (Algorithm(name="rot13", confidentiality=128, integrity=128),)
"""The strength is what it says of itself."""
