"""How the owner passes on what members send: from whom, and to whom."""

from __future__ import annotations

from collections.abc import Collection

from reference_impl.messages import Data


class RelayRules:
    """The owner's decisions on a message that came by the hop of an authenticated member."""

    def origin(self, authenticated: str, data: Data) -> str:
        """The identity that the message is passed on under: the session's own, whatever it claims."""
        return authenticated

    def is_true_origin(self, authenticated: str, data: Data) -> bool:
        """Whether the message claims the origin whose session brought it. If not, it is dropped."""
        return data.origin == authenticated

    def recipients(self, data: Data, members: Collection[str]) -> list[str]:
        """The members that get a unicast by their own hop: the one addressed, or none."""
        return [data.destination] if data.destination in members else []

    def is_mine(self, identity: str, data: Data) -> bool:
        """At a member: whether a message from the owner is for this member."""
        return data.destination == identity if data.cast == "unicast" else data.destination == ""
