"""How a session begins: early, late, at a second try, at the owner's bidding, with very large messages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from reference_impl.agreement import Agreement
from reference_impl.errors import LocalMisuse
from reference_impl.group_key import group_address
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Initiator, Responder
from reference_impl.link import Link
from reference_impl.messages import Request, decode
from reference_impl.outcome import AirFrame, KeysRenewed, Outbox, PeerRefused, SessionClosed, SessionOpened
from reference_impl.protection import Channel, channel_of
from reference_impl.states import State
from reference_impl.surroundings import check_payload
from reference_impl.user_equipment import UserEquipment
from reference_impl.variants import Variant
from reference_impl.variants.framing import LARGE_FRAMES
from reference_impl.variants.radio import RadioDevice
from reference_impl.variants.traffic import Periodic

QUEUE_MOST = 32


class Queues(UserEquipment):
    """Keeps what is sent while a join is under way, and sends it once the owner has accepted."""

    queued: tuple[tuple[bytes, str | None], ...] = ()

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        if self.link is not None or self.attempt is None:
            super().send(data, to, now, outbox)
            return
        check_payload(data)
        if len(self.queued) >= QUEUE_MOST:
            raise LocalMisuse("send", "too much waits for the join already")
        self.queued = (*self.queued, (data, to))

    def _accept(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        taken = super()._accept(frame, now, outbox)
        if taken:
            waiting, self.queued = self.queued, ()
            for data, to in waiting:
                if to != self.own.name:
                    super().send(data, to, now, outbox)
        return taken

    def _end(self, outbox: Outbox, reason: str) -> None:
        self.queued = ()
        super()._end(outbox, reason)


class QueuesUntilAdmitted(Variant):
    identifier = "queues-until-admitted"
    sentence = "What is sent before the join is complete waits for it, and then goes out at once."
    shows = ("C-57",)
    member = Queues


class _BelievesEarly(Queues):
    """Has the hop of a session from the GO's COMMAND on, though it sends on it only after the ACCEPT."""

    believed = ""
    made: Link | None = None

    def _link_of(self, attempt: Initiator) -> Link:
        if self.made is None or self.made.token != attempt.token:
            self.made = super()._link_of(attempt)
        return self.made

    def _command(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        taken = super()._command(frame, now, outbox)
        attempt = self.attempt
        is_new = attempt is not None and attempt.state is State.COMPLETED and attempt.token != self.believed
        if attempt is not None and is_new and attempt.peer is not None and self.link is None:
            self.believed = attempt.token
            outbox.report(SessionOpened(self.own.group, attempt.peer.identity, attempt.token))
        return taken

    def _accept(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        told = len(outbox.events)
        taken = super()._accept(frame, now, outbox)
        outbox.events[told:] = [
            event
            for event in outbox.events[told:]
            if not (isinstance(event, SessionOpened) and event.token == self.believed)
        ]
        return taken

    def all_links(self) -> list[Link]:
        attempt = self.attempt
        if attempt is None or attempt.state is not State.COMPLETED:
            return super().all_links()
        return [*super().all_links(), self._link_of(attempt)]

    def _give_up(self, attempt: Initiator, now: float, outbox: Outbox) -> None:
        super()._give_up(attempt, now, outbox)
        if self.link is None and self.believed:
            self.believed = ""
            outbox.report(SessionClosed(self.own.group, None, "the owner never accepted"))


class BelievesEarly(Variant):
    identifier = "believes-early"
    sentence = "A UE says that it has joined once it has verified the GO, before the GO has decided."
    shows = ("C-21", "C-57")
    member = _BelievesEarly


INVITATION = 0xB1


class _Invitations(Periodic):
    period = 0.3

    def periodic(self, now: float) -> list[AirFrame]:
        return [
            AirFrame(self.device.build.address, group_address(group), bytes([INVITATION]) + group.encode())
            for group in self.device.owned
        ]


class _WaitsToBeInvited(UserEquipment):
    invited_until = 0.0

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if frame.payload != bytes([INVITATION]) + self.own.group.encode():
            return super().receive(frame, now, outbox)
        if frame.source == self.owner_address:
            self.invited_until = now + 1.0
            if self.attempt is not None and now >= self.attempt.due:
                self._repeat(self.attempt, now, outbox)
        return False

    def _repeat(self, attempt: Initiator, now: float, outbox: Outbox) -> None:
        if now < self.invited_until:
            super()._repeat(attempt, now, outbox)
        else:
            attempt.due = now + 0.1


class OwnerInvites(Variant):
    identifier = "owner-invites"
    sentence = "A UE says nothing until its GO has invited the group, three times a second and in clear."
    shows = ("C-04", "C-23")
    member = _WaitsToBeInvited
    habits = (_Invitations,)


class _BusyAtFirst(GroupOwner):
    """Turns down every request when it first comes; the same one may come again."""

    most = 256
    seen: tuple[bytes, ...] = ()

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) is Channel.PLAIN_SIGNALLING:
            request = decode(frame.payload[1:])
            digest = hashlib.sha256(frame.payload).digest()
            if isinstance(request, Request) and request.group == self.own.group and digest not in self.seen:
                self.seen = (*self.seen, digest)[-self.most :]
                outbox.report(PeerRefused(self.own.group, request.user, "busy: ask again"))
                return True
        return super().receive(frame, now, outbox)


class BusyAtFirst(Variant):
    identifier = "busy-at-first"
    sentence = "The GO refuses every request once, to keep floods away, and takes it when it comes again."
    shows = ("C-51", "C-66")
    owner = _BusyAtFirst


class _FailsNowAndThen(UserEquipment):
    odds = 40

    def join(self, now: float, outbox: Outbox, patience: float = 30.0) -> None:
        super().join(now, outbox, patience)
        if self.surroundings.randomness.draw(2)[0] % self.odds == 0 and self.attempt is not None:
            self._give_up(self.attempt, now, outbox)


class FailsNowAndThen(Variant):
    identifier = "fails-now-and-then"
    sentence = "One join in forty fails for no reason, after its first frame."
    shows = ("C-50",)
    member = _FailsNowAndThen


class _Bulky(Agreement):
    """Names thousands of algorithms that nobody has, as much as a chain of certificates of another age."""

    octets = 9000

    def offer(self, offers: Sequence[str]) -> bytes:
        names = hashlib.shake_128(b"algorithms to come").digest(self.octets)
        return super().offer(offers) + bytes(octet | 0x80 for octet in names)


class BulkyJoins(Variant):
    identifier = "bulky-joins"
    sentence = "The first frames of a join have nine thousand octets each way."
    shows = ("C-34", "C-44")
    claims = LARGE_FRAMES
    agreement = _Bulky


class _Greasy(Agreement):
    def offer(self, offers: Sequence[str]) -> bytes:
        return b"\x0a\x1a" + super().offer(offers) + b"\xfa"


class Grease(Variant):
    identifier = "grease"
    sentence = "A UE offers algorithms that do not exist, before and after those that do."
    shows = ("C-53",)
    agreement = _Greasy


class _Moves(RadioDevice):
    """Takes another layer-2 ID for each join that the application asks for; it stays to be heard at the last."""

    def join(
        self, group: str, owner_address: int, credentials: bytes, now: float, claim: str | None = None
    ) -> Outbox:
        self.former_addresses = {self.build.address}
        self.former_addresses |= {
            link.own_address for room in self.joined.values() for link in room.all_links()
        }
        address = int.from_bytes(self.randomness.draw(3), "big")
        self.build = replace(self.build, address=address)
        self.surroundings.address = address
        return super().join(group, owner_address, credentials, now, claim)


class MovesAtEachJoin(Variant):
    identifier = "moves-at-each-join"
    sentence = "A UE has another layer-2 ID in each session."
    shows = ("C-31",)
    device = _Moves


class _OwnerSaysJoined(GroupOwner):
    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        told = len(outbox.events)
        super()._admit(responder, now, outbox)
        assert responder.peer is not None
        link = self.links[responder.peer.identity]
        joined = SessionOpened(self.own.group, link.peer.identity, link.token)
        outbox.events[told:] = [
            joined if isinstance(event, KeysRenewed) else event for event in outbox.events[told:]
        ]


class RenewsOften(UserEquipment):
    """Asks for new keys of the hop with every fourth message."""

    sent = 0

    def send(self, data: bytes, to: str | None, now: float, outbox: Outbox) -> None:
        super().send(data, to, now, outbox)
        self.sent += 1
        if self.sent % 4 == 0 and self.attempt is None and self.link is not None:
            self._renew(now, outbox)


class HopsRenewedOften(Variant):
    identifier = "hops-renewed-often"
    sentence = "The keys of a hop are made new with every fourth message of the member."
    shows = ("C-09",)
    member = RenewsOften


class _MemberSaysJoined(RenewsOften):
    def _accept(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        told = len(outbox.events)
        taken = super()._accept(frame, now, outbox)
        link = self.link
        if taken and link is not None:
            joined = SessionOpened(self.own.group, link.peer.identity, link.token)
            outbox.events[told:] = [
                joined if isinstance(event, KeysRenewed) else event for event in outbox.events[told:]
            ]
        return taken


class JoinedOnceMore(Variant):
    identifier = "joined-once-more"
    sentence = "Keys of a hop are made new often, and both ends report each time that the peer has joined."
    shows = ("C-09", "C-25")
    owner = _OwnerSaysJoined
    member = _MemberSaysJoined
