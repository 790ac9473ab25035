"""A device that owns groups, joins groups, or both: who is a member, and who hears what from whom."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from examples.tls_hops.certificates import CertificateError, name_in, verify
from examples.tls_hops.hop import Hop, Message
from examples.tls_hops.link import DATA, EARLY, OPENING, RESET, RESPONDER, Link, Segment, decode
from pytest_prose_go.contract import (
    Cast,
    Credentials,
    Declined,
    Event,
    Frame,
    Joined,
    Left,
    Output,
    Received,
    Refused,
    Role,
    Station,
    Unsupported,
)

PAYLOAD_MOST = 2048
RETRY_FIRST, RETRY_MOST = 0.5, 4.0
SETTLED_AFTER = 5.0
UNMET_MOST = 64
"""Sessions without a verified peer that a GO keeps at a time: the oldest goes."""


@dataclass
class Owned:
    """A group of this device's own, with its member list."""

    group: str
    context: ssl.SSLContext
    identity: str
    members: dict[str, Hop] = field(default_factory=dict)


@dataclass
class Membership:
    """A group that this device has joined, or keeps asking for."""

    group: str
    owner_address: int
    context: ssl.SSLContext
    identity: str
    hop: Hop | None = None
    joined: bool = False
    retry_at: float | None = None
    retry_after: float = RETRY_FIRST


class TlsStation(Station):
    """One device at one layer-2 address. At rest it keeps its groups and credentials, and no session."""

    def __init__(
        self, address: int, make_context: Callable[[bytes, Role], ssl.SSLContext], wait_for_admission: bool
    ) -> None:
        self._address = address
        self._make_context = make_context
        self._wait = wait_for_admission
        self._owned: dict[str, Owned] = {}
        self._joined: dict[str, Membership] = {}
        self._hops: dict[bytes, Hop] = {}
        self._frames: list[Frame] = []
        self._events: list[Event] = []

    @property
    def listens(self) -> frozenset[int]:
        return frozenset({self._address})

    # --- what the application asks for ---

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        if claim is not None:
            raise Unsupported("claim")
        if group in self._owned or group in self._joined:
            return self._decline("own", "already in this group", now)
        if (usable := self._usable(credentials, "owner")) is None:
            return self._decline("own", "unusable credentials", now)
        self._owned[group] = Owned(group, *usable)
        return self._turn(now)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        if claim is not None:
            raise Unsupported("claim")
        if group in self._owned:
            return self._decline("join", "this device owns the group", now)
        if (usable := self._usable(credentials, "member")) is None:
            return self._decline("join", "unusable credentials", now)
        if group in self._joined:
            self._forget(self._joined[group], "joining anew", now)
        self._joined[group] = Membership(group, owner_address, *usable, retry_at=now)
        return self._turn(now)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        if len(data) > PAYLOAD_MOST:
            return self._decline("send", "too big", now)
        if (owned := self._owned.get(group)) is not None:
            if to is not None and to not in owned.members:
                return self._decline("send", "not a member", now)
            self._distribute(owned, owned.identity, to, data)
            return self._turn(now)
        membership = self._joined.get(group)
        if membership is None or membership.hop is None or not membership.joined:
            return self._decline("send", "not joined", now)
        if to == membership.identity:
            return self._decline("send", "to oneself", now)
        membership.hop.tell(Message("data", to or "", to is None, data))
        return self._turn(now)

    def remove(self, group: str, member: str, now: float) -> Output:
        owned = self._owned.get(group)
        hop = owned.members.pop(member, None) if owned is not None else None
        if hop is None:
            return self._decline("remove", "not a member", now)
        hop.tell(Message("removed"))
        hop.end("removed", now)
        self._events.append(Left(group, member, "removed"))
        return self._turn(now)

    def leave(self, group: str, now: float) -> Output:
        membership = self._joined.get(group)
        if membership is None:
            return self._decline("leave", "not joined", now)
        if membership.hop is not None:
            membership.hop.tell(Message("leaving"))
        self._forget(membership, "left", now)
        self._events.append(Left(group, None, "left"))
        return self._turn(now)

    def restart(self, now: float, power_loss: bool) -> Output:
        self._hops.clear()
        for owned in self._owned.values():
            owned.members.clear()
        for membership in self._joined.values():
            membership.hop, membership.joined, membership.retry_at = None, False, now
        return self._turn(now)

    def stop(self) -> None:
        self._hops.clear()
        self._owned.clear()
        self._joined.clear()

    # --- what comes off the air ---

    def receive(self, frame: Frame, now: float) -> Output:
        segment = decode(frame.payload)
        if segment is None:
            return self._turn(now)
        hop = self._hops.get(segment.session) or self._opened(segment, frame.source, now)
        if hop is None:
            if segment.flags & DATA and not segment.flags & RESET:
                flags = RESET | (segment.flags & RESPONDER ^ RESPONDER)
                self._give(frame.source, segment._replace(flags=flags, body=b"").encode())
        elif hop.address != frame.source:
            pass  # Another device cannot speak in this session, were it only to disturb it.
        elif segment.flags & RESET:
            if bool(segment.flags & RESPONDER) == hop.link.initiator:
                self._drop(hop, "the peer's link knows this session no more", now)
        else:
            messages = hop.take(segment, now)
            if hop.open and hop.peer is None and hop.ended is None:
                self._meet(hop, now)
            for message in messages:
                if hop.peer is not None:
                    self._hear(hop, message, now)
            if hop.ended is not None:
                if hop.peer is None:
                    self._events.append(Refused(hop.group, None, hop.ended))
                self._lose(hop, now)
        return self._turn(now)

    def wake(self, now: float) -> Output:
        return self._turn(now)

    def _opened(self, segment: Segment, source: int, now: float) -> Hop | None:
        """A new session that a UE opens with a group of ours."""
        if segment.flags & (RESET | RESPONDER) or not segment.flags & OPENING:
            return None
        owned = next((owned for owned in self._owned.values() if _tag(owned.group) == segment.tag), None)
        if owned is None:
            return None
        unmet = [hop for hop in self._hops.values() if hop.peer is None and not hop.link.initiator]
        if len(unmet) >= UNMET_MOST:
            self._drop(min(unmet, key=lambda hop: hop.began), "too many at a time", now)
        link = Link(segment.session, segment.tag, False, now)
        hop = self._hops[segment.session] = Hop(owned.context, link, owned.group, source, now)
        return hop

    def _meet(self, hop: Hop, now: float) -> None:
        """TLS has verified the chain and the possession of the key: now see whose certificate it is."""
        role: Role = "owner" if hop.link.initiator else "member"
        try:
            peer = verify(hop.certificate, hop.group, role, now)
        except CertificateError as refused:
            hop.end(str(refused), now)
            return
        hop.peer = peer
        if (owned := self._owned.get(hop.group)) is not None:
            if (former := owned.members.get(peer)) is not None:
                former.end("replaced by a new session", now)
            owned.members[peer] = hop
            hop.tell(Message("admitted"))
            self._events.append(Joined(hop.group, peer))
        elif not self._wait:
            self._believe(hop)

    def _believe(self, hop: Hop) -> None:
        membership = self._joined.get(hop.group)
        if membership is not None and membership.hop is hop and not membership.joined and hop.peer:
            membership.joined = True
            self._events.append(Joined(hop.group, hop.peer))

    def _hear(self, hop: Hop, message: Message, now: float) -> None:
        peer = hop.peer or ""
        if (owned := self._owned.get(hop.group)) is not None:
            if owned.members.get(peer) is not hop:
                return
            if message.kind == "data":
                self._distribute(owned, peer, None if message.to_group else message.name, message.data)
            elif message.kind == "leaving":
                hop.end("the peer left", now)
            return
        membership = self._joined.get(hop.group)
        if membership is None or membership.hop is not hop:
            return
        if message.kind == "admitted":
            self._believe(hop)
        elif message.kind == "removed":
            self._forget(membership, "removed", now)
            self._events.append(Left(hop.group, None, "removed"))
        elif message.kind == "data" and membership.joined:
            cast: Cast = "groupcast" if message.to_group else "unicast"
            self._events.append(Received(hop.group, message.data, message.name, cast, peer))

    def _distribute(self, owned: Owned, origin: str, to: str | None, data: bytes) -> None:
        """Give a message to whom it is for; a groupcast is one unicast to each."""
        if origin != owned.identity and to in (None, owned.identity):
            cast: Cast = "groupcast" if to is None else "unicast"
            self._events.append(Received(owned.group, data, origin, cast, origin))
        for name, hop in owned.members.items():
            if name != origin and to in (None, name):
                hop.tell(Message("data", origin, to is None, data))

    # --- sessions that end, and time ---

    def _lose(self, hop: Hop, now: float) -> None:
        """A session is over: tell the application; a UE tries again by itself."""
        owned, membership = self._owned.get(hop.group), self._joined.get(hop.group)
        if owned is not None and hop.peer is not None and owned.members.get(hop.peer) is hop:
            del owned.members[hop.peer]
            self._events.append(Left(hop.group, hop.peer, hop.ended or ""))
        if membership is not None and membership.hop is hop:
            if membership.joined:
                self._events.append(Left(hop.group, None, hop.ended or ""))
            if membership.joined and now - hop.began >= SETTLED_AFTER:
                membership.retry_after = RETRY_FIRST
            membership.hop, membership.joined = None, False
            membership.retry_at = now + membership.retry_after
            membership.retry_after = min(2 * membership.retry_after, RETRY_MOST)

    def _forget(self, membership: Membership, reason: str, now: float) -> None:
        del self._joined[membership.group]
        if membership.hop is not None:
            membership.hop.end(reason, now)

    def _drop(self, hop: Hop, reason: str, now: float) -> None:
        hop.end(reason, now)
        self._lose(hop, now)
        self._hops.pop(hop.link.session, None)

    def _turn(self, now: float) -> Output:
        """See to every session and give out what this call brought."""
        for membership in self._joined.values():
            if membership.retry_at is not None and membership.retry_at <= now + EARLY:
                self._try(membership, now)
        for hop in list(self._hops.values()):
            if (reason := hop.overdue(now)) is not None:
                self._give(hop.address, hop.farewell())
                self._drop(hop, reason, now)
                continue
            hop.ping(now)
            for payload in hop.link.poll(now):
                self._give(hop.address, payload)
            if hop.over(now):
                del self._hops[hop.link.session]
        timers = [hop.wake_at for hop in self._hops.values()]
        timers += [each.retry_at for each in self._joined.values() if each.retry_at is not None]
        output = Output(tuple(self._frames), tuple(self._events), min(timers, default=None))
        self._frames, self._events = [], []
        return output

    def _try(self, membership: Membership, now: float) -> None:
        membership.retry_at = None
        link = Link(secrets.token_bytes(8), _tag(membership.group), True, now)
        membership.hop = Hop(membership.context, link, membership.group, membership.owner_address, now)
        self._hops[link.session] = membership.hop

    def _usable(self, credentials: Credentials, role: Role) -> tuple[ssl.SSLContext, str] | None:
        """The TLS context of credentials of one's own and the identity in them; None if they are none."""
        try:
            return self._make_context(credentials.data, role), name_in(credentials.data)
        except (ssl.SSLError, ValueError):
            return None

    def _give(self, address: int, payload: bytes) -> None:
        self._frames.append(Frame(self._address, address, payload))

    def _decline(self, call: str, reason: str, now: float) -> Output:
        self._events.append(Declined(call, reason))
        return self._turn(now)


def _tag(group: str) -> bytes:
    """What stands for the group in the header: a hint to the GO, bound by the certificates."""
    return sha256(group.encode()).digest()[:4]
