"""A passage: one emission on its way to one receiver, as the attacker finds and leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_prose_go.air.trace import HowDelivered

if TYPE_CHECKING:
    from pytest_prose_go.air.moves import Move

NOBODY = -1
"""The receiver of an emission that no radio passes up."""


class Passage:
    """One frame on its way to one receiver.

    ``emission`` is the number of the emission that it stems from and ``emitter`` its station, both None
    where the attacker made the frame up. ``source``, ``destination`` and ``payload`` are as they are now.
    """

    __slots__ = ("brought", "by", "destination", "emission", "emitter", "payload", "receiver", "source")

    def __init__(
        self,
        emission: int | None,
        emitter: int | None,
        receiver: int,
        source: int,
        destination: int,
        payload: bytes,
        brought: HowDelivered = "passed",
        by: tuple[Move, ...] = (),
    ) -> None:
        self.emission = emission
        self.emitter = emitter
        self.receiver = receiver
        self.source = source
        self.destination = destination
        self.payload = payload
        self.brought = brought
        """What ``how`` says of its delivery unless the frame was changed."""
        self.by = by
        """The moves that acted on it, in order."""

    def changed(
        self,
        payload: bytes | None = None,
        source: int | None = None,
        destination: int | None = None,
        receiver: int | None = None,
    ) -> Passage:
        """A copy with other bytes, addresses or receiver; another receiver makes it ``redirected``."""
        elsewhere = receiver is not None and receiver != self.receiver
        return Passage(
            self.emission,
            self.emitter,
            self.receiver if receiver is None else receiver,
            self.source if source is None else source,
            self.destination if destination is None else destination,
            self.payload if payload is None else payload,
            "redirected" if elsewhere and self.brought == "passed" else self.brought,
            self.by,
        )

    def acted_on(self, move: Move) -> Passage:
        """The passage itself, with ``move`` noted as the latest that acted on it."""
        self.by = (*self.by, move)
        return self
