"""A device: one address, one store, and the groups that it owns or is a member of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reference_impl.errors import LocalMisuse, PeerViolation
from reference_impl.group_key import group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Self
from reference_impl.messages import RekeyingTrigger
from reference_impl.outcome import AirFrame, CallDeclined, Outbox
from reference_impl.parts import Parts
from reference_impl.profiles import LTE_33303, Profile
from reference_impl.protection import Channel, channel_of, key_id_of
from reference_impl.randomness import Randomness
from reference_impl.storage import DEVICE_KEY_OCTETS, NONCE_OCTETS, AtRest, Engagement
from reference_impl.surroundings import GROUPS_MOST, Surroundings
from reference_impl.user_equipment import REJOIN_TIME, UserEquipment

HINT_INTERVAL = 0.2
HINT_SOURCES_MOST = 64


@dataclass(frozen=True, slots=True)
class Build:
    """What is fixed when a device is made: its decisions, its profile, its algorithms, and whom it trusts."""

    address: int
    anchors: tuple[bytes, ...]
    offers: tuple[str, ...]
    parts: Parts = field(default_factory=Parts)
    profile: Profile = LTE_33303


class Device:
    """Every call takes the time and returns an :class:`Outbox`; none blocks, and none raises for
    anything that came off the air or was asked too early."""

    owner_room: type[GroupOwner] = GroupOwner
    member_room: type[UserEquipment] = UserEquipment

    def __init__(self, build: Build, randomness: Randomness) -> None:
        self.build = build
        self.randomness = randomness
        self.device_key = randomness.draw(DEVICE_KEY_OCTETS)
        self.trust = build.parts.kind.trust(build.anchors)
        self.owned: dict[str, GroupOwner] = {}
        self.joined: dict[str, UserEquipment] = {}
        self.engagements: dict[str, Engagement] = {}
        self.unsealed: tuple[bytes, AtRest] | None = None
        """What is to be at rest, and the nonce for it, where nobody has asked for the image since."""
        self.sealed = b""
        self.sealed_shut = False
        self.waits_to_start = False
        self.hints: dict[int, float] = {}
        self.former_addresses: set[int] = set()
        self.due: float | None = None
        self.listens: frozenset[int] = frozenset()
        """The layer-2 IDs that the radio passes up: the same object as long as nothing changes."""
        self.listens_for: tuple[object, ...] = ()
        self.rooms: tuple[GroupOwner | UserEquipment, ...] = ()
        """All groups that it owns or is a member of; another tuple whenever one comes or goes."""
        self.settled: tuple[GroupOwner | UserEquipment, ...] | None = None
        """The rooms as they were when every membership was wanted and the radio was tuned to them."""
        self.surroundings = self._surroundings()
        self._store()
        self._tune()

    # --- what the application asks ----------------------------------------------------------------

    def own(self, group: str, credentials: bytes, now: float, claim: str | None = None) -> Outbox:
        """Own a group, with encoded credentials (empty: those in the store, or none)."""

        def act(outbox: Outbox) -> None:
            if group in self.owned:
                raise LocalMisuse("own", "already its owner")
            self._engage(Engagement(group, None, self._credentials(group, credentials), claim), now, outbox)

        return self._call("own", now, act)

    def join(
        self, group: str, owner_address: int, credentials: bytes, now: float, claim: str | None = None
    ) -> Outbox:
        """Ask the device at ``owner_address`` to join ``group``; asking again begins anew."""

        def act(outbox: Outbox) -> None:
            if group in self.owned:
                raise LocalMisuse("join", "this device owns the group")
            chosen = self._credentials(group, credentials)
            self._engage(Engagement(group, owner_address, chosen, claim), now, outbox)

        return self._call("join", now, act)

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Outbox:
        """Send to an identity, or to the whole group (None)."""
        return self._call("send", now, lambda outbox: self._room("send", group).send(data, to, now, outbox))

    def remove(self, group: str, member: str, now: float) -> Outbox:
        """Put a member out of an owned group."""
        return self._call("remove", now, lambda out: self._owner("remove", group).remove(member, now, out))

    def rekey(self, group: str, now: float) -> Outbox:
        """Make the key of an owned group new."""
        return self._call("rekey", now, lambda out: self._owner("rekey", group).rekey(now, out))

    def leave(self, group: str, now: float) -> Outbox:
        """Leave a group, or stop asking for it."""

        def act(outbox: Outbox) -> None:
            room = self.joined.get(group)
            if room is None:
                raise LocalMisuse("leave", "not joined")
            room.leave(now, outbox)
            self.engagements.pop(group, None)
            self._store()

        return self._call("leave", now, act)

    def learn(self, notice: bytes, now: float) -> Outbox:
        """Take a notice of revocation that came by other means than the air."""

        def act(outbox: Outbox) -> None:
            if not self.trust.learn(notice):
                raise LocalMisuse("learn", "no trusted authority signed the notice")
            for room in self.rooms:
                room.drop_revoked(now, outbox)
            self._store()

        return self._call("learn", now, act)

    # --- air and time -----------------------------------------------------------------------------

    def receive(self, frame: AirFrame, now: float) -> Outbox:
        """Take a frame off the air. What is not proven is dropped in silence."""
        return self._call("receive", now, lambda outbox: self._receive(frame, now, outbox))

    def wake(self, now: float) -> Outbox:
        """The time of :meth:`deadline` has come."""
        return self._call("wake", now, lambda outbox: None)

    def deadline(self) -> float | None:
        """When the device next wants :meth:`wake`, or None, as of the last call."""
        return self.due

    def restart(self, now: float) -> Outbox:
        """Off and on again: what is at rest is kept, all else is gone."""
        self.owned, self.joined, self.engagements = {}, {}, {}
        self.trust = self.build.parts.kind.trust(self.build.anchors)
        self.surroundings = self._surroundings()
        self._list_rooms()
        self.waits_to_start = True
        return self._call("restart", now, lambda outbox: None)

    def stop(self) -> None:
        """Off for good."""
        self.surroundings.rooms.clear()
        self.owned, self.joined = {}, {}
        self.surroundings = self._surroundings()
        self._list_rooms()
        self.due = None
        self._tune()

    def provision(self, notice: bytes) -> None:
        """Bring a notice of revocation into the store before the device is in use."""
        if self.trust.learn(notice):
            self._store()

    def become_copy(self, purpose: str, address: int | None) -> None:
        """Be another device with this one's whole state: fresh randomness, and perhaps another address."""
        self.randomness = self.surroundings.randomness = self.randomness.fork(purpose)
        if address is not None:
            self.former_addresses.add(self.build.address)
            self.build = replace(self.build, address=address)
            self.surroundings.address = address
            self._tune()

    def load(self, image: bytes) -> None:
        """Start from an image at rest, with the first call that comes."""
        self.image = image
        self.waits_to_start = True

    # --- steps ------------------------------------------------------------------------------------

    def _call(self, name: str, now: float, act: Callable[[Outbox], None]) -> Outbox:
        """Carry out one call: first what a start left to do, then the call, then what is due."""
        outbox = Outbox()
        try:
            if self.waits_to_start:
                self._start(now, outbox)
                self._tune()
            if self.sealed_shut:
                raise LocalMisuse(name, "the store is not this device's, or was changed")
            if self.due is not None and self.due <= now:
                # The end of a peer's credentials is among what is due.
                for room in self.rooms:
                    room.drop_expired(now, outbox)
            act(outbox)
        except LocalMisuse as misuse:
            if name not in ("receive", "wake", "restart"):
                outbox.report(CallDeclined(name, misuse.reason))
        except PeerViolation:
            # Nothing is said: an answer would tell an attacker which check failed.
            pass
        earliest = None
        for room in self.rooms:
            due = room.deadline()
            if due is not None and due <= now:
                room.wake(now, outbox)
                due = room.deadline()
            if due is not None and (earliest is None or due < earliest):
                earliest = due
        self.due = earliest
        if self.settled is not self.rooms or not self._is_all_wanted():
            self._forget_finished()
            self._tune()
            self.settled = self.rooms if self._is_all_wanted() else None
        return outbox

    def _is_all_wanted(self) -> bool:
        """Whether every membership is wanted still. As long as the rooms are the same as well, there is nothing
        to forget, and nothing else to listen to."""
        return not self.joined or all(room.is_wanted for room in self.joined.values())

    def _tune(self) -> None:
        """Let the radio pass up what is for this device, and for the groups that it is in."""
        own = (self.build.address, *self.former_addresses)
        groups = [group for group, room in self.joined.items() if room.is_wanted] if self.joined else ()
        listens_for = (*own, *groups)
        if listens_for != self.listens_for:
            self.listens = frozenset((*own, *map(group_address, groups)))
            self.listens_for = listens_for

    def _receive(self, frame: AirFrame, now: float, outbox: Outbox) -> None:
        if frame.destination not in self.listens:
            return
        is_bad = False
        for room in self.rooms:
            try:
                if room.receive(frame, now, outbox):
                    return
            except PeerViolation:
                is_bad = True
        if not is_bad:
            self._hint(frame, now, outbox)

    def _hint(self, frame: AirFrame, now: float, outbox: Outbox) -> None:
        """At an owner: hint to the sender of a frame under unknown keys that they are unknown."""
        if not self.owned or frame.destination != self.build.address:
            return
        if channel_of(frame.payload) not in (Channel.DATA, Channel.SIGNALLING):
            return
        key_id = key_id_of(self.build.profile, frame.payload)
        if self.hints.get(frame.source, now) > now:
            return
        if len(self.hints) >= HINT_SOURCES_MOST:
            del self.hints[next(iter(self.hints))]
        self.hints[frame.source] = now + HINT_INTERVAL
        payload = bytes([Channel.PLAIN_SIGNALLING]) + RekeyingTrigger(key_id).encode()
        outbox.emit(self.build.address, frame.source, payload)

    def _engage(self, engagement: Engagement, now: float, outbox: Outbox, restarted: bool = False) -> None:
        """Take up the part in a group that ``engagement`` describes, and remember it at rest."""
        group = engagement.group
        if group not in self.engagements and len(self.engagements) >= GROUPS_MOST:
            raise LocalMisuse("join", f"no more than {GROUPS_MOST} groups")
        own = self._self(engagement)
        former = self.joined.pop(group, None)
        if engagement.owner_address is None:
            room = self.owned[group] = self.owner_room.found(self.surroundings, own)
            self._list_rooms()
            if restarted:
                room.announce(now, outbox)
        else:
            member = self.joined[group] = self.member_room(self.surroundings, own, engagement.owner_address)
            member.closing = former.closing if former else []
            self._list_rooms()
            if restarted:
                member.join(now, outbox, REJOIN_TIME)
            else:
                member.join(now, outbox)
        self.engagements[group] = engagement
        self._store()

    def _self(self, engagement: Engagement) -> Self:
        kind, randomness = self.build.parts.kind, self.randomness
        given = engagement.credentials
        credentials = kind.read(given, randomness) if given else kind.none(randomness)
        name = engagement.claim if engagement.claim is not None else credentials.identity
        return Self(engagement.group, credentials, name, self.trust, self.build.offers)

    def _credentials(self, group: str, given: bytes) -> bytes:
        known = self.engagements.get(group)
        return given or (known.credentials if known else b"")

    def _start(self, now: float, outbox: Outbox) -> None:
        """Take up again what the store says, once after a start."""
        self.waits_to_start = False
        sealing = self.build.parts.sealing
        try:
            at_rest = AtRest.decode(sealing.unseal(self.device_key, self.image))
        except (LocalMisuse, ValueError, KeyError, TypeError):
            self.sealed_shut = True
            return
        self.sealed_shut = False
        for notice in at_rest.notices:
            self.trust.learn(notice)
        for engagement in at_rest.engagements:
            self._engage(engagement, now, outbox, restarted=True)

    def _store(self) -> None:
        """Bring what is at rest up to date."""
        content = AtRest(tuple(self.engagements.values()), tuple(self.trust.notices))
        self.unsealed = self.randomness.draw(NONCE_OCTETS), content

    @property
    def image(self) -> bytes:
        """What is at rest, sealed: made when somebody looks, since most images are replaced before."""
        if self.unsealed is not None:
            nonce, content = self.unsealed
            self.sealed = self.build.parts.sealing.seal(self.device_key, nonce, content.encode())
            self.unsealed = None
        return self.sealed

    @image.setter
    def image(self, image: bytes) -> None:
        self.sealed, self.unsealed = image, None

    def _forget_finished(self) -> None:
        if len(self.owned) == len(self.engagements) and not self.joined:
            return
        over = [group for group, room in self.joined.items() if room.is_over]
        for group in over:
            del self.joined[group]
        lost = [
            group
            for group in self.engagements
            if group not in self.owned and not ((room := self.joined.get(group)) and room.is_wanted)
        ]
        if lost:
            for group in lost:
                del self.engagements[group]
            self._store()
        if over:
            self._list_rooms()

    def _list_rooms(self) -> None:
        self.rooms = (*self.owned.values(), *self.joined.values())
        self.surroundings.rooms[:] = self.rooms

    def _room(self, call: str, group: str) -> GroupOwner | UserEquipment:
        room = self.owned.get(group) or self.joined.get(group)
        if room is None:
            raise LocalMisuse(call, "not joined")
        return room

    def _owner(self, call: str, group: str) -> GroupOwner:
        if group not in self.owned:
            raise LocalMisuse(call, "not the owner")
        return self.owned[group]

    def _surroundings(self) -> Surroundings:
        return Surroundings(self.build.parts, self.build.profile, self.randomness, self.build.address)
