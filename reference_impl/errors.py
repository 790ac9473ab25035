"""The two ways in which a step can be wrong: our own caller's, or the peer's."""

from __future__ import annotations


class LocalMisuse(Exception):
    """The application asked for something that this device cannot do now.

    ``call`` names what was asked for. It never says anything about a peer.
    """

    def __init__(self, call: str, reason: str) -> None:
        super().__init__(f"{call}: {reason}")
        self.call = call
        self.reason = reason


class PeerViolation(Exception):
    """What came off the air is malformed, unproven or out of place.

    After set-up the frame is dropped in silence; during set-up the reason becomes a refusal.
    ``peer`` is the name that the other end claimed, where one was read.
    """

    def __init__(self, reason: str, peer: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.peer = peer
