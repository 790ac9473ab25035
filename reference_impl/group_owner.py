"""The Group Owner of one group: it admits members, passes on what they send, and keeps the group key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from reference_impl.admission import Admission
from reference_impl.algorithms import BY_NAME
from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.group_key import GroupEpoch, Occasion, group_address, group_algorithm
from reference_impl.handshake import Responder, Self
from reference_impl.hints import AFTER_LOSS, AFTER_RESTART, WHEN_KEYS_RUN_OUT, Hints
from reference_impl.link import Link
from reference_impl.links import Links
from reference_impl.messages import (
    Accept,
    Cause,
    Data,
    GroupAck,
    GroupKey,
    Message,
    Release,
    Request,
    decode,
)
from reference_impl.outcome import (
    AirFrame,
    KeysRenewed,
    MessageReceived,
    Outbox,
    SessionClosed,
    SessionOpened,
)
from reference_impl.protection import Channel, channel_of
from reference_impl.surroundings import MEMBERS_MOST, Surroundings, check_payload

COPY_AFTER = 0.25
"""Seconds after which a member that did not acknowledge a groupcast gets a copy on its hop."""


@dataclass(slots=True)
class Groupcast:
    """A groupcast whose acknowledgements are awaited until ``due``: of ``missing`` members still, which are all
    that were there but its origin, those ``apart`` and those that have ``answered``."""

    message: Data
    missing: int
    due: float
    apart: frozenset[str]
    answered: set[str] = field(default_factory=set)


@dataclass(slots=True)
class GroupOwner:
    """One group. A new key of it goes to each member on its hop, in as many frames as there are members.

    ``links`` are its members by identity, ``waiting`` its groupcasts by number; to members ``apart``
    no groupcasts go."""

    members_most: ClassVar[int] = MEMBERS_MOST

    surroundings: Surroundings
    own: Self
    admission: Admission
    epoch: GroupEpoch
    links: Links = field(default_factory=Links)
    closing: list[Link] = field(default_factory=list)
    waiting: dict[int, Groupcast] = field(default_factory=dict)
    next_groupcast: int = 1
    hints: Hints = field(default_factory=Hints)
    apart: frozenset[str] = frozenset()

    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        """A group without members, with its first key."""
        key = surroundings.parts.group.new_key(surroundings.randomness, own.group, None)
        epoch = GroupEpoch(own.group, 1, group_algorithm(own.offers, []), key, surroundings.address)
        return cls(surroundings, own, Admission(surroundings, own), epoch)

    # --- what the application asks ----------------------------------------------------------------

    def announce(self, now: float, outbox: Outbox) -> None:
        """After a restart: hint, a few times, that all sessions are gone. It proves nothing."""
        self.hints.plan(group_address(self.own.group), None, now, AFTER_RESTART)
        self._give_hints(now, outbox)

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        """Send to a member, or to all (None). Raises :class:`LocalMisuse`."""
        check_payload(data)
        if to is None:
            self._groupcast(self.own.name, data, now, outbox)
            return
        if to not in self.links:
            raise LocalMisuse("send", "no such member")
        self._pass_on(Data("unicast", self.own.name, to, 0, data), now, outbox)

    def remove(self, member: str, now: float, outbox: Outbox, reason: str = "removed") -> None:
        """Put a member out: its session ends at once, and the others get a new key. Raises
        :class:`LocalMisuse`."""
        if member not in self.links:
            raise LocalMisuse("remove", "no such member")
        self._part(member, now, outbox, Cause.NOT_ALLOWED, "remove", reason)

    def rekey(self, now: float, outbox: Outbox) -> None:
        """Make the key of the group new."""
        self._renew("asked", now, outbox, None)
        outbox.report(KeysRenewed(self.own.group))

    def drop_revoked(self, now: float, outbox: Outbox) -> None:
        """Put out the members whose credentials have been withdrawn."""
        for member, link in list(self.links.items()):
            if self.own.trust.has_revoked(link.peer):
                self.remove(member, now, outbox, "credentials were revoked")

    def drop_expired(self, now: float, outbox: Outbox) -> None:
        """Put out the members whose credentials are no longer good."""
        if self.links.first_end() > now:
            return
        expired = [member for member, link in self.links.items() if link.peer.has_expired(now)]
        for member in expired:
            self.remove(member, now, outbox, "credentials have expired")

    # --- what the air brings ----------------------------------------------------------------------

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        """Take a frame if it is for this group. Raises :class:`PeerViolation` if it is bad."""
        channel = channel_of(frame.payload)
        if channel is Channel.GROUPCAST:
            return False
        if channel is Channel.PLAIN_SIGNALLING:
            request = decode(frame.payload[1:])
            if not isinstance(request, Request) or request.group != self.own.group:
                return False
            has_room = len(self.links) < self.members_most or request.user in self.links
            self.admission.take_request(frame, request, has_room, now, outbox)
            return True
        if channel is Channel.SECURITY_MODE:
            responder = self.admission.take_complete(frame, now, outbox)
            if responder is not None:
                self._admit(responder, now, outbox)
            return responder is not None
        return self._protected(frame, now, outbox)

    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        concerned = self.links.concerned(frame.source, frame.payload)
        if concerned is not None:
            message = concerned.take(frame.payload, now, outbox)
            if message is not None:
                self._act(concerned, message, now, outbox)
            self._mind_keys(now, outbox)
            return True
        for link in self.closing:
            if link.concerns(frame.source, frame.payload):
                link.linger(frame.payload, now, outbox)
                return True
        return False

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        """The UE has proven itself: its session stands, beside no older one."""
        fresh = self._link_of(responder)
        identity = fresh.peer.identity
        self.hints.cancel_all_for(fresh.peer_address)
        former = self.links.get(identity)
        continued = former is not None and responder.continues == former.context.key_id
        if former is not None and continued:
            former.renew(fresh)
            link = self.links[identity] = former
            outbox.report(KeysRenewed(self.own.group))
        else:
            self._forget(identity)
            fresh.first_groupcast = self.next_groupcast
            link = self.links[identity] = fresh
            outbox.report(SessionOpened(self.own.group, identity, fresh.token))
            self._renew("join", now, outbox, link)
        link.send(Channel.SIGNALLING, Accept(continued, self._key_for(link)), now, outbox)

    def _act(self, link: Link, message: Message, now: float, outbox: Outbox) -> None:
        """Carry out what a member said on its hop."""
        if isinstance(message, Data):
            self._relay(link, message, now, outbox)
        elif isinstance(message, GroupAck):
            groupcast = self.waiting.get(message.number)
            if groupcast is not None:
                self._miss_no_more(groupcast, link.peer.identity)
        elif isinstance(message, Release):
            self._part(link.peer.identity, now, outbox, None, "leave", "left")
        else:
            raise PeerViolation("message is out of place")

    def _relay(self, link: Link, message: Data, now: float, outbox: Outbox) -> None:
        rules, member = self.surroundings.parts.relay, link.peer.identity
        if not rules.is_true_origin(member, message):
            raise PeerViolation("message claims another origin")
        origin = rules.origin(member, message)
        if message.cast == "groupcast":
            self._received(message, origin, outbox, member)
            self._groupcast(origin, message.data, now, outbox)
        elif message.destination == self.own.name:
            self._received(message, origin, outbox, member)
        else:
            self._pass_on(Data("unicast", origin, message.destination, 0, message.data), now, outbox)

    def _received(self, message: Data, origin: str, outbox: Outbox, hop: str) -> None:
        outbox.report(MessageReceived(self.own.group, message.data, origin, message.cast, hop))

    def _pass_on(self, message: Data, now: float, outbox: Outbox) -> None:
        """A unicast to its recipient, under the recipient's own keys; to nobody if it is unknown."""
        for member in self.surroundings.parts.relay.recipients(message, self.links):
            copy = Data("unicast", message.origin, member, 0, message.data)
            self.links[member].send(Channel.DATA, copy, now, outbox)
        self._mind_keys(now, outbox)

    def _groupcast(self, origin: str, data: bytes, now: float, outbox: Outbox) -> None:
        """One frame to the group. Who lacks its algorithm gets a copy at once, who does not answer gets one
        later."""
        message = Data("groupcast", origin, "", self.next_groupcast, data)
        self.next_groupcast += 1
        group = self.surroundings.parts.group
        arguments = (self.own.name, self.own.credentials, message.encode())
        try:
            payload = group.protect(self.surroundings.profile, self.epoch, *arguments)
        except OverflowError:
            self._renew("asked", now, outbox, None)
            payload = group.protect(self.surroundings.profile, self.epoch, *arguments)
        outbox.emit(self.surroundings.address, group_address(self.own.group), payload)
        unable = self._unable()
        self._copy(message, unable - self.apart - {origin}, now, outbox)
        apart = unable | self.apart
        missing = len(self.links) - len(apart | {origin} if origin in self.links else apart)
        if missing:
            self.waiting[message.number] = Groupcast(message, missing, now + COPY_AFTER, apart)

    def _is_missing(self, groupcast: Groupcast, member: str) -> bool:
        """Whether an answer of ``member`` is awaited."""
        link, message = self.links.get(member), groupcast.message
        return (
            link is not None
            and link.first_groupcast <= message.number
            and member != message.origin
            and member not in groupcast.apart
            and member not in groupcast.answered
        )

    def _miss_no_more(self, groupcast: Groupcast, member: str) -> None:
        """The member has answered, or is gone."""
        if self._is_missing(groupcast, member):
            groupcast.answered.add(member)
            groupcast.missing -= 1
            if not groupcast.missing:
                del self.waiting[groupcast.message.number]

    def _copy(self, message: Data, members: Iterable[str], now: float, outbox: Outbox) -> None:
        for member in sorted(members):
            self.links[member].send(Channel.DATA, message, now, outbox)

    # --- keys -------------------------------------------------------------------------------------

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        """A new key of the group, given to each member on its hop; the ``joiner`` gets it in its ACCEPT."""
        group = self.surroundings.parts.group
        if not group.renews_on(occasion):
            return
        key = group.new_key(self.surroundings.randomness, self.own.group, self.epoch)
        algorithm = group_algorithm(self.own.offers, self.links.capabilities())
        self.epoch = GroupEpoch(
            self.own.group, self.epoch.epoch + 1, algorithm, key, self.surroundings.address
        )
        for link in self.links.values():
            if link is not joiner:
                link.send(Channel.SIGNALLING, self._key_for(link), now, outbox)

    def _has_algorithm(self, link: Link) -> bool:
        return BY_NAME[self.epoch.algorithm].identifier in link.capabilities

    def _unable(self) -> frozenset[str]:
        """The members that lack the algorithm of the group's key."""
        identifier = BY_NAME[self.epoch.algorithm].identifier
        if all(identifier in each for each in self.links.capabilities()):
            return frozenset()
        return frozenset(member for member, link in self.links.items() if not self._has_algorithm(link))

    def _key_for(self, link: Link) -> GroupKey:
        if not self._has_algorithm(link):
            return GroupKey(self.epoch.epoch, 0, b"")
        return GroupKey(self.epoch.epoch, BY_NAME[self.epoch.algorithm].identifier, self.epoch.key)

    def _mind_keys(self, now: float, outbox: Outbox) -> None:
        """Ask members for a new set-up where the counters of this end run out. An unanswered hop is lost."""
        for member, link in self.links.needing_keys():
            session = (link.peer_address, link.context.key_id)
            if link.context.counters_left <= 0 and self.hints.is_exhausted(*session):
                self._lose(member, now, outbox)
            else:
                self.hints.plan(*session, now, WHEN_KEYS_RUN_OUT)
        self._give_hints(now, outbox)

    # --- members and time -------------------------------------------------------------------------

    def _part(
        self, member: str, now: float, outbox: Outbox, cause: Cause | None, occasion: Occasion, reason: str
    ) -> None:
        """A member goes: with a ``cause`` it is told; the others get a new key."""
        link = self._forget(member)
        if link is not None:
            link.close(now, outbox, cause)
            self.closing.append(link)
        outbox.report(SessionClosed(self.own.group, member, reason))
        self._renew(occasion, now, outbox, None)

    def _forget(self, member: str) -> Link | None:
        """Drop the session of a member and all that waits for it."""
        self.admission.forget(member)
        for groupcast in list(self.waiting.values()):
            self._miss_no_more(groupcast, member)
        link: Link | None = self.links.pop(member, None)
        return link

    def wake(self, now: float, outbox: Outbox) -> None:
        """Repeat, copy, expire, whatever is due."""
        self.drop_expired(now, outbox)
        self.admission.expire(now)
        self._give_hints(now, outbox)
        for number, groupcast in list(self.waiting.items()):
            if groupcast.due <= now:
                missing = [member for member in self.links if self._is_missing(groupcast, member)]
                del self.waiting[number]
                self._copy(groupcast.message, missing, now, outbox)
        for link in self.closing:
            link.flush(now, outbox)
        self.closing = [link for link in self.closing if not link.is_forgotten(now)]
        for member, link in self.links.awake():
            if link.transfers.is_lost(now):
                self._lose(member, now, outbox)
            else:
                link.flush(now, outbox)
        self._mind_keys(now, outbox)

    def _lose(self, member: str, now: float, outbox: Outbox) -> None:
        """The hop of a member is gone: it is one no more, until it comes back."""
        link = self.links[member]
        self._part(member, now, outbox, None, "lost", "hop lost")
        self.hints.cancel(link.peer_address, link.context.key_id)
        self.hints.plan(link.peer_address, link.context.key_id, now, AFTER_LOSS)

    def _give_hints(self, now: float, outbox: Outbox) -> None:
        self.hints.give(now, lambda to, payload: outbox.emit(self.surroundings.address, to, payload))

    def deadline(self) -> float | None:
        """When :meth:`wake` is wanted, or None."""
        soonest = min(self.links.first_end(), self.links.first_due())
        for due in (self.admission.deadline(), self.hints.deadline()):
            if due is not None and due < soonest:
                soonest = due
        for link in self.closing:
            due = link.deadline()
            if due is not None and due < soonest:
                soonest = due
        for groupcast in self.waiting.values():
            if groupcast.due < soonest:
                soonest = groupcast.due
        return None if soonest == math.inf else soonest

    def key_ids(self, peer_address: int) -> set[int]:
        """The key identities of all sessions with that peer, also of those that end or begin."""
        closing = [link for link in self.closing if link.peer_address == peer_address]
        used = {link.context.key_id for link in (*self.links.at(peer_address), *closing)}
        pending = self.admission.pending.values()
        return used | {each.key_id for each in pending if each.addresses.member == peer_address}

    def key_ids_high(self) -> set[int]:
        """None: the owner chooses only the low octet."""
        return set()

    def group_secrets(self) -> list[tuple[str, bytes]]:
        """The secrets of the group that it holds now, with their names."""
        return [("PGK", self.epoch.key)]

    def epochs_in(self, frames: Sequence[AirFrame]) -> list[GroupEpoch]:
        """The keys of the group that its present ones open in ``frames``: none, since they go out on hops."""
        return []

    def all_links(self) -> list[Link]:
        """All links, also those that are closing."""
        return [*self.links.values(), *self.closing]

    def _link_of(self, responder: Responder) -> Link:
        assert responder.peer is not None
        assert responder.context is not None
        assert responder.request is not None
        return Link(
            self.surroundings.parts,
            responder.peer,
            responder.addresses.owner,
            responder.addresses.member,
            responder.context,
            responder.token,
            responder.request.capabilities,
        )
