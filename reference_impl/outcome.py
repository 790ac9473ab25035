"""What comes out of a call: frames for the air and events for the application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Cast = Literal["unicast", "groupcast"]


@dataclass(slots=True, unsafe_hash=True)
class AirFrame:
    """A layer-2 frame. ``source`` and ``destination`` are 24-bit IDs.

    Nobody changes one; it is not frozen because freezing is dear in what is made for every frame.
    """

    source: int
    destination: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The peer was verified and the session stands. ``token`` is public and equal at both ends."""

    group: str
    peer: str
    token: str


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message for the application, with the identity of its origin and of the last hop."""

    group: str
    data: bytes
    origin: str
    cast: Cast
    hop: str


@dataclass(frozen=True, slots=True)
class PeerRefused:
    """A peer was turned away, or never answered well. ``peer`` is only its claim."""

    group: str
    peer: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The session with ``peer`` ended, or this device's own membership did (None)."""

    group: str
    peer: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class KeysRenewed:
    """The key of the group, or the keys of a hop in it, are new."""

    group: str


@dataclass(frozen=True, slots=True)
class CallDeclined:
    """The application's call was not carried out."""

    call: str
    reason: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line for the device's log, which is nobody's secret."""

    text: str


Happening = (
    SessionOpened | MessageReceived | PeerRefused | SessionClosed | KeysRenewed | CallDeclined | LogLine
)


@dataclass(slots=True)
class Outbox:
    """Collects the frames and the events of one call, each in order."""

    frames: list[AirFrame] = field(default_factory=list)
    events: list[Happening] = field(default_factory=list)

    def emit(self, source: int, destination: int, payload: bytes) -> None:
        """Put a frame on its way."""
        self.frames.append(AirFrame(source, destination, payload))

    def report(self, happening: Happening) -> None:
        """Tell the application."""
        self.events.append(happening)
