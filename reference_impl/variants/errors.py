"""What follows from a bad frame: an answer in clear, the end of the session, a lock, an alarm."""

from __future__ import annotations

from typing import ClassVar

from reference_impl.errors import PeerViolation
from reference_impl.group_owner import GroupOwner
from reference_impl.outcome import AirFrame, Outbox, PeerRefused
from reference_impl.protection import channel_of
from reference_impl.user_equipment import UserEquipment
from reference_impl.variants import Variant
from reference_impl.variants.timing import SET_UP

ERROR = 0xEE
"""First octet of an answer to a bad frame. It names no logical channel."""

QUOTED_MOST = 600


def _answer(frame: AirFrame, own_address: int, reason: str, outbox: Outbox) -> None:
    payload = bytes([ERROR]) + reason.encode() + b": " + frame.payload[:QUOTED_MOST]
    outbox.emit(own_address, frame.source, payload)


class _OwnerAnswers(GroupOwner):
    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if frame.payload[:1] == bytes([ERROR]):
            return False
        try:
            return super().receive(frame, now, outbox)
        except PeerViolation as violation:
            _answer(frame, self.surroundings.address, violation.reason, outbox)
            raise


class _MemberAnswers(UserEquipment):
    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if frame.payload[:1] == bytes([ERROR]):
            return False
        try:
            return super().receive(frame, now, outbox)
        except PeerViolation as violation:
            _answer(frame, self.surroundings.address, violation.reason, outbox)
            raise


class QuotesBadFrames(Variant):
    identifier = "quotes-bad-frames"
    sentence = "A bad frame is answered in clear, with the reason and the frame itself."
    shows = ("C-13", "C-59")
    owner = _OwnerAnswers
    member = _MemberAnswers


class _OwnerTearsDown(GroupOwner):
    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        try:
            return super()._protected(frame, now, outbox)
        except PeerViolation as violation:
            link = next(
                (each for each in self.links.values() if each.concerns(frame.source, frame.payload)), None
            )
            if link is not None and violation.reason == "wrong MAC":
                self._lose(link.peer.identity, now, outbox)
            raise


class _MemberTearsDown(UserEquipment):
    def _protected(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        try:
            return super()._protected(frame, now, outbox)
        except PeerViolation as violation:
            link = self.link
            if (
                link is not None
                and link.concerns(frame.source, frame.payload)
                and violation.reason == "wrong MAC"
            ):
                self._lose(now, outbox)
            raise


class TearsDown(Variant):
    identifier = "tears-down"
    sentence = "The first frame with a wrong MAC ends the session; the member asks to join again."
    shows = ("C-11", "C-25")
    owner = _OwnerTearsDown
    member = _MemberTearsDown


class _LocksOut(GroupOwner):
    """Hears nobody's requests for a while after ``most_failures`` within ``memory`` seconds."""

    most_failures = 2
    memory = 10.0
    locked_for = 4.0
    failures: tuple[float, ...] = ()
    locked_until = 0.0

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        if channel_of(frame.payload) not in SET_UP:
            return super().receive(frame, now, outbox)
        if now < self.locked_until:
            return False
        told = len(outbox.events)
        try:
            return super().receive(frame, now, outbox)
        finally:
            if any(isinstance(event, PeerRefused) for event in outbox.events[told:]):
                recent = tuple(at for at in self.failures if at > now - self.memory)
                self.failures = (*recent, now)
                if len(self.failures) >= self.most_failures:
                    self.failures, self.locked_until = (), now + self.locked_for


class LocksOut(Variant):
    identifier = "locks-out"
    sentence = "After two refusals within ten seconds the GO hears nobody's request for four."
    shows = ("C-52", "C-66")
    claims: ClassVar = {"patience": {"join": 12.0, "rejoin": 30.0}}
    owner = _LocksOut


class _SilentOwner(GroupOwner):
    """Never sends a REJECT nor a hint: who is unknown hears nothing."""

    def receive(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        sent, told = len(outbox.frames), len(outbox.events)
        taken = super().receive(frame, now, outbox)
        if any(isinstance(event, PeerRefused) for event in outbox.events[told:]):
            del outbox.frames[sent:]
        return taken


class NeverRejects(Variant):
    identifier = "never-rejects"
    sentence = "A UE that the GO refuses gets no answer."
    shows = ("C-12", "C-58")
    owner = _SilentOwner
