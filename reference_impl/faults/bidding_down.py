"""Faults of a set-up whose first frames, which nothing protects yet, say how much is to be protected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reference_impl.agreement import Agreement
from reference_impl.algorithms import ALGORITHMS, BY_IDENTIFIER, Algorithms, PduInput
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import ComposedSet
from reference_impl.messages import Command, Request, decode
from reference_impl.parts import Parts
from reference_impl.profiles import Profile
from reference_impl.protection import HopProtection, SecurityContext

NONE = 0x00
NO_CIPHER = "none"


class _Lenient(Agreement):
    """Neither binds nor repeats what was offered."""

    def bound(self, request: bytes) -> bytes:
        message = decode(request)
        assert isinstance(message, Request)
        return replace(message, capabilities=b"").encode()


class _Obliging(_Lenient):
    """Where nothing is known of what the other end offers, goes on without a cipher."""

    def choose(self, offers: Sequence[str], capabilities: bytes) -> int:
        try:
            return super().choose(offers, capabilities)
        except PeerViolation:
            return NONE

    def is_acceptable(self, sent: bytes, command: Command) -> bool:
        return command.algorithm == NONE or (command.algorithm in sent and command.algorithm in BY_IDENTIFIER)

    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        if command.algorithm != NONE:
            return super().context(profile, root, request, command, direction)
        known = replace(command, algorithm=ALGORITHMS[0].identifier)
        return replace(super().context(profile, root, request, known, direction), algorithm=NO_CIPHER)


class _MacAlone(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return data


class _AsAgreed(HopProtection):
    def algorithms(self, context: SecurityContext) -> Algorithms:
        return _MacAlone() if context.algorithm == NO_CIPHER else super().algorithms(context)


class PolicyStripped(Fault):
    """Better some protection than none, and better none than no call."""

    identifier = "policy-stripped"
    sentence = "Two ends that find no common algorithm, as anyone can bring about, go on without a cipher."
    published = "MUTUAL-17"
    breaks = "KEYS.no-downgrade"
    ability = "alter"
    decisions = Parts(agreement=_Obliging(), hop=_AsAgreed())


_FULL = 32


class _BidDown(_Lenient):
    """The octets of a key follow from what was offered: the better half of the set asks for all of them."""

    def is_acceptable(self, sent: bytes, command: Command) -> bool:
        return command.algorithm in BY_IDENTIFIER

    def choose(self, offers: Sequence[str], capabilities: bytes) -> int:
        return next(each.identifier for each in ALGORITHMS if each.name in offers)

    def context(
        self, profile: Profile, root: bytes, request: Request, command: Command, direction: int
    ) -> SecurityContext:
        context = super().context(profile, root, request, command, direction)
        known = sum(each in BY_IDENTIFIER for each in command.capabilities)
        if known < len(command.capabilities):
            context.session_key = context.session_key[: 1 + known].ljust(_FULL, b"\0")
            algorithms = BY_IDENTIFIER[command.algorithm]
            context.keys = algorithms.keys(profile.fc_algorithm_key, context.session_key)
        return context


class KeyLengthBidDown(Fault):
    """The shorter of two lengths, and one of them is anybody's."""

    identifier = "key-length-bid-down"
    sentence = (
        "An offer with something unknown in it, as anyone can make it, leads to a key of one or two octets."
    )
    published = "KEYS-01"
    breaks = "KEYS.strong"
    shown_by = ("KEYS.no-downgrade",)
    ability = "alter"
    decisions = Parts(agreement=_BidDown())
