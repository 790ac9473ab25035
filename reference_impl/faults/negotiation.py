"""Faults in how two ends agree on algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reference_impl.agreement import Agreement
from reference_impl.algorithms import ALGORITHMS, BY_IDENTIFIER, AesGcm
from reference_impl.device import Device
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import HopWith
from reference_impl.handshake import Initiator
from reference_impl.messages import Command, Request, decode
from reference_impl.outcome import Outbox
from reference_impl.parts import Parts
from reference_impl.profiles import FROM_COMMAND_SENDER, Profile
from reference_impl.protection import SecurityContext
from reference_impl.user_equipment import UserEquipment


class _Deaf(Agreement):
    def choose(self, offers: Sequence[str], capabilities: bytes) -> int:
        return ALGORITHMS[0].identifier

    def is_acceptable(self, sent: bytes, command: Command) -> bool:
        return command.capabilities == sent and command.algorithm in BY_IDENTIFIER


class OffersIgnored(Fault):
    """The GO has its favourite."""

    identifier = "offers-ignored"
    sentence = "The GO chooses an algorithm that the UE did not offer, and the UE takes it."
    published = "KEYS-02"
    breaks = "KEYS.no-downgrade"
    shown_by = ("KEYS.offers",)
    ability = "offers"
    decisions = Parts(agreement=_Deaf())


class _Unbound(Agreement):
    def is_acceptable(self, sent: bytes, command: Command) -> bool:
        return command.algorithm in sent and command.algorithm in BY_IDENTIFIER

    def bound(self, request: bytes) -> bytes:
        message = decode(request)
        assert isinstance(message, Request)
        return replace(message, capabilities=b"").encode()


class OffersNotBound(Fault):
    """The offer is all that a man in the middle can change, and it is enough."""

    identifier = "offers-not-bound"
    sentence = (
        "The UE's offer of algorithms is not under the proofs of the set-up, nor repeated and compared."
    )
    published = "KEYS-02"
    breaks = "KEYS.no-downgrade"
    ability = "alter"
    decisions = Parts(agreement=_Unbound())


class _TwoMinds(Agreement):
    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        context = super().context(profile, root, request, command, direction)
        if direction == FROM_COMMAND_SENDER:
            return context
        return replace(context, algorithm=ALGORITHMS[-1].name)


class ChosenAlgorithmNotConfirmed(Fault):
    """Each end knows better what they agreed on."""

    identifier = "chosen-algorithm-not-confirmed"
    sentence = "The UE notes another algorithm than the one that the GO chose, and no end looks."
    published = "KEYS-23"
    breaks = "KEYS.agreed"
    # What one end notes was never offered.
    also_breaks = ("KEYS.no-downgrade",)
    ability = "parameters"
    decisions = Parts(agreement=_TwoMinds(), hop=HopWith(AesGcm()))


class _FallingBack(UserEquipment):
    """When nobody answers it tries with less."""

    def _ask(self, now: float, outbox: Outbox, former: Initiator | None) -> None:
        own = self.own
        if former is not None:
            self.own = replace(own, offers=own.offers[-1:])
        try:
            super()._ask(now, outbox, former)
        finally:
            self.own = own


class _FallingBackDevice(Device):
    member_room = _FallingBack


class FallbackAfterLoss(Fault):
    """Loss is taken for a sign that the other end is old."""

    identifier = "fallback-after-loss"
    sentence = "A UE whose request goes unanswered asks again with its weakest algorithm alone."
    published = "KEYS-03"
    breaks = "KEYS.no-downgrade"
    ability = "drop"
    device_class = _FallingBackDevice
