"""A device that owns groups, joins groups, or both: who is a member, and who hears what from whom."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from examples.star.channel import Party, PeerRefused
from examples.star.groupcast import Groupcasts, KeyMessage, MembersKeys, OwnersKeys
from examples.star.hop import Hop, StreamHop
from examples.star.messages import Message
from examples.star.segment import (
    DATA,
    EARLY,
    GROUPCAST,
    OPENING,
    RESET,
    RESPONDER,
    Segment,
    address_of,
    decode,
    tag_of,
)
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
    Rekeyed,
    Role,
    Station,
    Unsupported,
)

PAYLOAD_MOST = 2048
RETRY_FIRST, RETRY_MOST = 0.5, 4.0
SETTLED_AFTER = 5.0
UNMET_MOST = 64
"""Sessions without a verified peer that a GO keeps at a time: the oldest goes."""
UNREAD_MOST = 16
"""Groupcasts that a UE keeps until it has the keys for them."""


@dataclass
class Owned:
    """A group of this device's own, with its member list."""

    group: str
    party: Party
    credentials: bytes
    keys: OwnersKeys | None = None
    members: dict[str, Hop] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The owner's name."""
        return self.party.identity


@dataclass
class Membership:
    """A group that this device has joined, or keeps asking for."""

    group: str
    owner_address: int
    party: Party
    credentials: bytes
    keys: MembersKeys | None = None
    hop: Hop | None = None
    joined: bool = False
    retry_at: float | None = None
    retry_after: float = RETRY_FIRST
    unread: list[bytes] = field(default_factory=list)

    @property
    def identity(self) -> str:
        """This device's name in the group."""
        return self.party.identity


class StarStation(Station):
    """One device at one layer-2 address. At rest it keeps its groups and credentials, and no session.

    ``parties`` gives what credentials make of it in a role, or None if they are unusable. A UE believes that it has
    joined when its own handshake is done or, with ``wait_for_admission``, at the GO's word. With ``groupcasts``
    that word are the group's keys.
    """

    hop_class: type[Hop] = StreamHop

    def __init__(
        self,
        address: int,
        parties: Callable[[bytes, Role], Party | None],
        wait_for_admission: bool = False,
        groupcasts: Groupcasts | None = None,
    ) -> None:
        self._address = address
        self._parties = parties
        self._groupcasts = groupcasts
        self._wait = wait_for_admission or groupcasts is not None
        self._owned: dict[str, Owned] = {}
        self._joined: dict[str, Membership] = {}
        self._hops: dict[bytes, Hop] = {}
        self._frames: list[Frame] = []
        self._events: list[Event] = []

    @property
    def listens(self) -> frozenset[int]:
        return frozenset({self._address, *(address_of(group) for group in self._joined if self._groupcasts)})

    # --- what the application asks for ---

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        if claim is not None:
            raise Unsupported("claim")
        if group in self._owned or group in self._joined:
            return self._decline("own", "already in this group", now)
        if (party := self._parties(credentials.data, "owner")) is None:
            return self._decline("own", "unusable credentials", now)
        self._owned[group] = Owned(group, party, credentials.data)
        self._renew(self._owned[group])
        return self._turn(now)

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        if claim is not None:
            raise Unsupported("claim")
        if group in self._owned:
            return self._decline("join", "this device owns the group", now)
        if (party := self._parties(credentials.data, "member")) is None:
            return self._decline("join", "unusable credentials", now)
        if group in self._joined:
            self._forget(self._joined[group], "joining anew", now)
        self._joined[group] = Membership(group, owner_address, party, credentials.data, retry_at=now)
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
        if owned is None or hop is None:
            return self._decline("remove", "not a member", now)
        hop.tell(Message("removed"))
        hop.end("removed", now)
        self._events.append(Left(group, member, "removed"))
        self._gone(owned, member)
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

    def rekey(self, group: str, now: float) -> Output:
        owned = self._owned.get(group)
        if self._groupcasts is None:
            raise Unsupported("rekey")
        if owned is None or owned.keys is None:
            return self._decline("rekey", "not the owner", now)
        self._bring(owned, owned.keys.replace())
        self._events.append(Rekeyed(group))
        return self._turn(now)

    def restart(self, now: float, power_loss: bool) -> Output:
        self._hops.clear()
        for owned in self._owned.values():
            owned.members.clear()
            self._renew(owned)
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
        if segment.flags & GROUPCAST:
            self._take_groupcast(segment)
            return self._turn(now)
        hop = self._hops.get(segment.session) or self._opened(segment, frame.source, now)
        if hop is None:
            if segment.flags & DATA and not segment.flags & RESET:
                flags = RESET | (segment.flags & RESPONDER ^ RESPONDER)
                self._give(frame.source, segment._replace(flags=flags, body=b"").encode())
        elif not self._comes_from(hop, frame.source):
            pass  # Another device cannot speak in this session, were it only to disturb it.
        elif segment.flags & RESET:
            if bool(segment.flags & RESPONDER) == hop.initiator:
                self._drop(hop, "the peer's link knows this session no more", now)
        else:
            messages = hop.take(segment, now)
            if hop.open and hop.peer is None and hop.ended is None:
                self._meet(hop, now)
            for message in messages:
                if hop.peer is not None:
                    self._hear(hop, message, frame.source, now)
                else:
                    self._hear_stranger(hop, message)
            if hop.ended is not None:
                if hop.peer is None:
                    self._events.append(Refused(hop.group, None, hop.ended))
                self._lose(hop, now)
        return self._turn(now)

    def wake(self, now: float) -> Output:
        return self._turn(now)

    def _comes_from(self, hop: Hop, source: int) -> bool:
        return hop.address == source

    def _opened(self, segment: Segment, source: int, now: float) -> Hop | None:
        """A new session that a UE opens with a group of ours."""
        if segment.flags & (RESET | RESPONDER) or not segment.flags & OPENING:
            return None
        owned = next((owned for owned in self._owned.values() if tag_of(owned.group) == segment.tag), None)
        if owned is None:
            return None
        unmet = [hop for hop in self._hops.values() if hop.peer is None and not hop.initiator]
        if len(unmet) >= UNMET_MOST:
            self._drop(min(unmet, key=lambda hop: hop.began), "too many at a time", now)
        channel = owned.party.channel(owned.group, False)
        hop = self.hop_class(channel, segment.session, segment.tag, False, owned.group, source, now)
        self._hops[segment.session] = hop
        return hop

    def _meet(self, hop: Hop, now: float) -> None:
        """The handshake is done: now see with whom."""
        role: Role = "owner" if hop.initiator else "member"
        try:
            peer = hop.channel.peer(role, now)
        except PeerRefused as refused:
            self._refuse(hop, str(refused), now)
            return
        if not self._admits(hop, peer):
            self._refuse(hop, "put out for good", now)
            return
        self._welcome(hop, peer, now)

    def _refuse(self, hop: Hop, reason: str, now: float) -> None:
        hop.end(reason, now)

    def _welcome(self, hop: Hop, peer: str, now: float) -> None:
        hop.peer = peer
        if (owned := self._owned.get(hop.group)) is not None:
            if (former := owned.members.get(peer)) is not None:
                former.end("replaced by a new session", now)
            owned.members[peer] = hop
            hop.tell(Message("admitted"))
            self._events.append(Joined(hop.group, peer))
            if owned.keys is not None:
                self._bring(owned, owned.keys.admitted(peer, hop.channel))
        elif not self._wait:
            self._believe(hop)

    def _admits(self, hop: Hop, peer: str) -> bool:
        """Whether ``peer``, which has been authenticated, may come in. A member that was removed may."""
        return True

    def _believe(self, hop: Hop) -> None:
        membership = self._joined.get(hop.group)
        if membership is not None and membership.hop is hop and not membership.joined and hop.peer:
            membership.joined = True
            self._events.append(Joined(hop.group, hop.peer))

    def _origin(self, owned: Owned, hop: Hop, source: int) -> str:
        """Who said what came by ``hop`` in a frame from ``source``: the one who was authenticated there."""
        return hop.peer or ""

    def _hear(self, hop: Hop, message: Message, source: int, now: float) -> None:
        peer = hop.peer or ""
        if (owned := self._owned.get(hop.group)) is not None:
            if owned.members.get(peer) is not hop:
                return
            if message.kind == "data":
                origin = self._origin(owned, hop, source)
                self._distribute(owned, origin, None if message.to_group else message.name, message.data)
            elif message.kind == "keys" and owned.keys is not None:
                self._bring(owned, owned.keys.told(peer, message.data))
            elif message.kind == "leaving":
                hop.end("the peer left", now)
            return
        membership = self._joined.get(hop.group)
        if membership is None or membership.hop is not hop:
            return
        if message.kind == "admitted":
            if membership.keys is None:
                self._believe(hop)
            elif (introduction := membership.keys.introduction()) is not None:
                hop.tell(Message("keys", data=introduction))
        elif message.kind == "keys" and membership.keys is not None:
            if membership.keys.told(message.data):
                self._believe(hop)
            self._read_on(membership)
        elif message.kind == "removed":
            self._forget(membership, "removed", now)
            self._events.append(Left(hop.group, None, "removed"))
        elif message.kind == "data" and membership.joined:
            cast: Cast = "groupcast" if message.to_group else "unicast"
            self._events.append(Received(hop.group, message.data, message.name, cast, peer))

    def _hear_stranger(self, hop: Hop, message: Message) -> None:
        """What who was refused has to say is of no interest."""

    def _distribute(self, owned: Owned, origin: str, to: str | None, data: bytes) -> None:
        """Give a message to whom it is for; without keys of the group a groupcast is one unicast to each."""
        if origin != owned.identity and to in (None, owned.identity):
            cast: Cast = "groupcast" if to is None else "unicast"
            self._events.append(Received(owned.group, data, origin, cast, origin))
        if to is None and owned.keys is not None:
            self._multicast(owned, origin, data)
            return
        for hop in self._receivers(owned, origin, to):
            hop.tell(Message("data", origin, to is None, data))

    def _receivers(self, owned: Owned, origin: str, to: str | None) -> list[Hop]:
        return [hop for name, hop in owned.members.items() if name != origin and to in (None, name)]

    # --- groupcasts under keys of the group ---

    def _renew(self, owned: Owned) -> None:
        if self._groupcasts is not None:
            owned.keys = self._groupcasts.owner(owned.group, owned.party)

    def _bring(self, owned: Owned, messages: Iterable[KeyMessage]) -> None:
        for each in messages:
            if (hop := owned.members.get(each.member)) is not None:
                hop.tell(Message("keys", data=each.data))

    def _gone(self, owned: Owned, member: str) -> None:
        if owned.keys is not None:
            self._bring(owned, owned.keys.gone(member))

    def _multicast(self, owned: Owned, origin: str, data: bytes) -> None:
        assert owned.keys is not None
        body = owned.keys.seal(origin, data)
        payload = Segment(GROUPCAST, bytes(8), tag_of(owned.group), 0, 0, body).encode()
        self._frames.append(Frame(self._address, address_of(owned.group), payload))

    def _take_groupcast(self, segment: Segment) -> None:
        for membership in self._joined.values():
            if tag_of(membership.group) == segment.tag and membership.keys is not None and membership.hop:
                membership.unread = [*membership.unread[1 - UNREAD_MOST :], segment.body]
                self._read_on(membership)

    def _read_on(self, membership: Membership) -> None:
        """Read what there is to read; what is for later keys may be read once they have come."""
        hop, keys, unread = membership.hop, membership.keys, membership.unread
        if hop is None or hop.peer is None or keys is None or not membership.joined:
            return
        membership.unread = []
        for body in unread:
            read = keys.open(body)
            if read is None:
                membership.unread.append(body)
            elif read[0] != membership.identity:
                self._events.append(Received(membership.group, read[1], read[0], "groupcast", hop.peer))

    # --- sessions that end, and time ---

    def _lose(self, hop: Hop, now: float) -> None:
        """A session is over: tell the application; a UE tries again by itself."""
        owned, membership = self._owned.get(hop.group), self._joined.get(hop.group)
        if owned is not None and hop.peer is not None and owned.members.get(hop.peer) is hop:
            del owned.members[hop.peer]
            self._events.append(Left(hop.group, hop.peer, hop.ended or ""))
            self._gone(owned, hop.peer)
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
        self._hops.pop(hop.session, None)

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
            for payload in hop.poll(now):
                self._give(hop.address, payload)
            if hop.over(now):
                del self._hops[hop.session]
        timers = [hop.wake_at for hop in self._hops.values()]
        timers += [each.retry_at for each in self._joined.values() if each.retry_at is not None]
        output = Output(tuple(self._frames), tuple(self._events), min(timers, default=None))
        self._frames, self._events = [], []
        return output

    def _try(self, membership: Membership, now: float) -> None:
        membership.retry_at = None
        session, group = secrets.token_bytes(8), membership.group
        channel = membership.party.channel(group, True)
        if self._groupcasts is not None:
            membership.keys = self._groupcasts.member(group, membership.party, channel)
            membership.unread = []
        hop = self.hop_class(channel, session, tag_of(group), True, group, membership.owner_address, now)
        membership.hop = self._hops[session] = hop

    def _give(self, address: int, payload: bytes) -> None:
        self._frames.append(Frame(self._address, address, payload))

    def _decline(self, call: str, reason: str, now: float) -> Output:
        self._events.append(Declined(call, reason))
        return self._turn(now)
