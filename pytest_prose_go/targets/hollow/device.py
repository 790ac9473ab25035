"""What every hollow target is made of: a target that hands out plain words, and a device that does nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_prose_go.contract import (
    NOTHING,
    Credentials,
    Flaw,
    Frame,
    Output,
    Role,
    Statement,
    Station,
    Target,
)

NOWHERE = 0xFFFFFF


@dataclass(frozen=True)
class Card:
    """What hollow credentials say: plain words that nobody vouches for."""

    identity: str
    group: str
    authority: str
    role: Role
    valid_from: float
    valid_until: float
    flaw: Flaw | None


class HollowStation(Station):
    """A device that answers nothing. ``cards`` are the credentials that it was given, by group."""

    def __init__(self, target: HollowTarget, address: int, trusts: Sequence[str], seed: bytes) -> None:
        self.target = target
        self.address = address
        self.trusts = frozenset(trusts)
        self.chance = random.Random(seed)
        self.cards: dict[str, Card] = {}
        self.owners: dict[str, int] = {}
        """Where discovery says that the owner is, by group joined."""

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        self.cards[group] = read(credentials)
        return self.on_own(group, now)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        self.cards[group] = read(credentials)
        self.owners[group] = owner_address
        return self.on_join(group, now)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return NOTHING

    def remove(self, group: str, member: str, now: float) -> Output:
        return NOTHING

    def leave(self, group: str, now: float) -> Output:
        return NOTHING

    def receive(self, frame: Frame, now: float) -> Output:
        return NOTHING

    def on_own(self, group: str, now: float) -> Output:
        """What follows :meth:`own`."""
        return NOTHING

    def on_join(self, group: str, now: float) -> Output:
        """What follows :meth:`join`."""
        return NOTHING

    def frame(self, payload: bytes, destination: int = NOWHERE) -> Frame:
        """A frame of this device."""
        return Frame(self.address, destination, payload)


@dataclass
class Letter:
    """Something left in the mailbox for whoever shows its token."""

    kind: str
    group: str
    card: Card
    data: bytes = b""
    to: str | None = None
    sender: str = ""
    from_address: int = NOWHERE
    for_address: int = NOWHERE


@dataclass
class Memory:
    """What the stations of one target share beside the air."""

    cards: list[Card] = field(default_factory=list)
    letters: dict[bytes, Letter] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(7))


class HollowTarget(Target):
    """Makes stations of one hollow kind."""

    def __init__(self, kind: type[HollowStation], statement: Statement) -> None:
        self.kind = kind
        self.statement = statement
        self.memory = Memory()

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        card = Card(identity, group, authority, role, valid_from, valid_until, flaw)
        self.memory.cards.append(card)
        return Credentials(data=json.dumps(vars(card)).encode())

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> HollowStation:
        return self.kind(self, address, trusts, seed)


def read(credentials: Credentials) -> Card:
    """The words in hollow credentials; a nobody's if there are none."""
    if not credentials.data:
        return Card("nobody", "", "", "member", 0.0, 0.0, None)
    return Card(**json.loads(credentials.data))
