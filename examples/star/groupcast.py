"""What an engine has to give for groupcasts under keys of the group. Without it each is one unicast a member."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from examples.star.channel import Channel


class KeyMessage(NamedTuple):
    """What one member has to learn, by its hop, before it can read on."""

    member: str
    data: bytes


class OwnersKeys(Protocol):
    """The keys of one group, at its owner."""

    def admitted(self, member: str, channel: Channel) -> list[KeyMessage]:
        """``member`` has been authenticated at the other end of ``channel``."""

    def told(self, member: str, data: bytes) -> list[KeyMessage]:
        """``member`` has sent this by its hop."""

    def gone(self, member: str) -> list[KeyMessage]:
        """``member`` left, was removed or was lost."""

    def replace(self) -> list[KeyMessage]:
        """Make the keys new."""

    def seal(self, origin: str, data: bytes) -> bytes:
        """A groupcast that ``origin`` sent."""


class MembersKeys(Protocol):
    """The keys of one group, at a member, for one session."""

    def introduction(self) -> bytes | None:
        """What the owner has to know first, or None."""

    def told(self, data: bytes) -> bool:
        """The owner has sent this by the hop; True once groupcasts can be read."""

    def open(self, sealed: bytes) -> tuple[str, bytes] | None:
        """Origin and data of a groupcast, or None if it is none of this group's, or for later keys."""


class Groupcasts(Protocol):
    """Makes the keys of a group."""

    def owner(self, group: str, party: Any) -> OwnersKeys:
        """For the owner of ``group``, which ``party`` is."""

    def member(self, group: str, party: Any, channel: Any) -> MembersKeys:
        """For the member of ``group`` that ``party`` is, in the session of ``channel``."""
