"""The members of an owner: found by their address, and looked through only where something is under way.

An owner of ten thousand members does no more for a frame than one of ten.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from typing import Any

from reference_impl.link import Link


class Links(dict[str, Link]):
    """The members' links by identity, in the order in which they came.

    A link is *stirred* by all that may change what it waits for: when it is set, sends, or is given a frame. Only
    those that were stirred are looked at again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._by_address: dict[int, dict[int, Link]] = {}
        self._noted: dict[str, tuple[int, int, bytes]] = {}
        """Rank, address and capabilities of each link when it was set."""
        self._identities: dict[int, str] = {}
        self._capabilities: Counter[bytes] = Counter()
        self._ends: list[tuple[float, int]] = []
        """When the credentials of each link's peer end, and its rank; those of links that are gone count no more."""
        self._stirred: set[int] = set()
        self._busy: set[int] = set()
        """Those that wait for an answer or for keys."""
        self._needing: set[int] = set()
        self._dues: dict[int, float] = {}
        self._by_due: list[tuple[float, int]] = []
        """When each of those is due, and its rank; those whose time has changed count no more."""
        self._ranks = 0

    def __setitem__(self, identity: str, link: Link) -> None:
        """Take in a link, in the place of a former one of that identity; also to tell that it has changed."""
        noted = self._noted.get(identity)
        rank = self._ranks if noted is None else noted[0]
        if noted is None:
            self._ranks += 1
        else:
            self._strike(identity)
        super().__setitem__(identity, link)
        link.rank, link.stirred = rank, self._stirred
        self._noted[identity] = (rank, link.peer_address, link.capabilities)
        self._identities[rank] = identity
        self._by_address.setdefault(link.peer_address, {})[rank] = link
        self._capabilities[link.capabilities] += 1
        heapq.heappush(self._ends, (link.peer.expires_at, rank))
        self._stirred.add(rank)

    def __delitem__(self, identity: str) -> None:
        self.pop(identity)

    def pop(self, identity: str, *default: Any) -> Any:
        """As of any dictionary."""
        if identity in self:
            self[identity].stirred = None
            self._strike(identity)
        return super().pop(identity, *default)

    def _strike(self, identity: str) -> None:
        """Forget what was noted of a link."""
        rank, address, capabilities = self._noted.pop(identity)
        del self._identities[rank]
        there = self._by_address[address]
        del there[rank]
        if not there:
            del self._by_address[address]
        self._capabilities[capabilities] -= 1
        if not self._capabilities[capabilities]:
            del self._capabilities[capabilities]
        for ranks in (self._stirred, self._busy, self._needing):
            ranks.discard(rank)
        self._dues.pop(rank, None)

    def at(self, address: int) -> list[Link]:
        """Those whose peer is at ``address``."""
        return list(self._by_address.get(address, {}).values())

    def concerned(self, source: int, payload: bytes) -> Link | None:
        """The link to which a protected frame from ``source`` belongs, if there is one."""
        for link in self._by_address.get(source, {}).values():
            if link.concerns(source, payload):
                return link
        return next((link for link in self.values() if link.concerns(source, payload)), None)

    def capabilities(self) -> list[bytes]:
        """All the capabilities that some peer has, each once."""
        return list(self._capabilities)

    def first_end(self) -> float:
        """When the first of the peers' credentials end, infinite if there is no peer."""
        while self._ends:
            end, rank = self._ends[0]
            identity = self._identities.get(rank)
            if identity is not None and self[identity].peer.expires_at == end:
                return end
            heapq.heappop(self._ends)
        return math.inf

    def stir(self) -> None:
        """Look at all of them again: something was changed from outside."""
        self._stirred.update(self._identities)

    def first_due(self) -> float:
        """When the first of them wants to be looked after, infinite if none does."""
        self._look()
        while self._by_due:
            due, rank = self._by_due[0]
            if self._dues.get(rank) == due:
                return due
            heapq.heappop(self._by_due)
        return math.inf

    def needing_keys(self) -> list[tuple[str, Link]]:
        """Those whose counters run out, in their order, by identity."""
        self._look()
        return self._of(self._needing) if self._needing else []

    def awake(self) -> list[tuple[str, Link]]:
        """Those that wait for an answer or for keys, in their order, by identity."""
        self._look()
        return self._of(self._busy)

    def _of(self, ranks: set[int]) -> list[tuple[str, Link]]:
        identities = [self._identities[rank] for rank in sorted(ranks)]
        return [(identity, self[identity]) for identity in identities]

    def _look(self) -> None:
        """See what those that were stirred wait for."""
        for rank in self._stirred:
            link = self[self._identities[rank]]
            needs_keys = link.needs_keys
            _mark(self._needing, rank, needs_keys)
            _mark(self._busy, rank, needs_keys or bool(link.transfers.outgoing))
            due = link.deadline()
            if due is None:
                self._dues.pop(rank, None)
            elif self._dues.get(rank) != due:
                self._dues[rank] = due
                heapq.heappush(self._by_due, (due, rank))
        self._stirred.clear()


def _mark(ranks: set[int], rank: int, on: bool) -> None:
    if on:
        ranks.add(rank)
    else:
        ranks.discard(rank)
