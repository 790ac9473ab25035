"""What an engine has to give for one hop: bytes in, bytes out, and the name of who is at the other end."""

from __future__ import annotations

from typing import Protocol

from pytest_prose_go.contract import Role


class PeerRefused(Exception):
    """Who is at the other end is not the member or owner that it should be."""


class Channel:
    """One end of a protected session. What its engine refuses makes it ``failed``, or is dropped without a word."""

    open = False
    """True once this end may protect messages."""
    failed: str | None = None
    """Why it is of no more use, where it is."""

    def start(self) -> None:
        """Begin, where this end is the one that does."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came off the air (a piece of the stream, or one datagram); return what it yields in clear."""
        raise NotImplementedError

    def protect(self, plain: bytes) -> None:
        """Protect a message; it comes out of :meth:`outgoing`."""
        raise NotImplementedError

    def close(self) -> None:
        """Say goodbye, where the protocol has a word for it."""

    def outgoing(self) -> list[bytes]:
        """What is to be sent since the last call, piece by piece."""
        raise NotImplementedError

    def peer(self, role: Role, now: float) -> str:
        """The identity at the other end, once ``open``. Raises :class:`PeerRefused` unless it is one in that
        role of this channel's group, now."""
        raise NotImplementedError


class Party(Protocol):
    """What credentials make of a device in one role."""

    @property
    def identity(self) -> str:
        """The name in the credentials, "" if they are empty."""

    def channel(self, group: str, initiator: bool) -> Channel:
        """A new session of this party."""
