"""One membership of a UE: what it holds, and what it takes from its group once it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reference_impl.algorithms import BY_IDENTIFIER
from reference_impl.errors import PeerViolation
from reference_impl.group_key import GroupEpoch
from reference_impl.handshake import Initiator, Self
from reference_impl.link import Link
from reference_impl.messages import Cause, Data, GroupAck, GroupKey, decode
from reference_impl.outcome import AirFrame, MessageReceived, Outbox, SessionClosed
from reference_impl.surroundings import Surroundings


@dataclass(slots=True)
class Membership:
    """``attempt`` is a set-up under way, beside which an older ``link`` stays in use; ``epoch`` is the present
    key of the group."""

    surroundings: Surroundings
    own: Self
    owner_address: int
    attempt: Initiator | None = None
    give_up_at: float = 0.0
    next_hint: float = 0.0
    link: Link | None = None
    epoch: GroupEpoch | None = None
    closing: list[Link] = field(default_factory=list)

    # --- what the owner sends to the group ---------------------------------------------------------

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link, epoch = self.link, self.epoch
        if link is None or epoch is None or frame.source != link.peer_address:
            return False
        text = self.surroundings.parts.group.unprotect(
            self.surroundings.profile, epoch, link.peer.identity, link.peer.public_key, frame.payload
        )
        message = decode(text)
        if not isinstance(message, Data) or message.cast != "groupcast":
            raise PeerViolation("no message in a groupcast")
        if message.origin != self.own.name:
            link.tell(GroupAck(message.number), outbox)
            self._deliver(link, message, outbox)
        return True

    def _deliver(self, link: Link, message: Data, outbox: Outbox) -> None:
        if not self.surroundings.parts.relay.is_mine(self.own.name, message):
            raise PeerViolation("message for somebody else")
        if message.cast == "groupcast" and not link.groupcasts.take(message.number):
            return
        outbox.report(
            MessageReceived(self.own.group, message.data, message.origin, message.cast, link.peer.identity)
        )

    def _install(self, link: Link, given: GroupKey) -> bool:
        """Take the key of a newer epoch; the former one is forgotten. Returns whether it was newer."""
        if self.epoch is not None and given.epoch <= self.epoch.epoch:
            return False
        if given.algorithm not in BY_IDENTIFIER:
            self.epoch = None
            return False
        name = BY_IDENTIFIER[given.algorithm].name
        self.epoch = GroupEpoch(self.own.group, given.epoch, name, given.key, link.peer_address)
        return True

    # --- what it is ---------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of this membership."""
        return self.attempt is None and self.link is None and not self.closing

    @property
    def is_wanted(self) -> bool:
        """Whether the application still wants this membership."""
        return self.attempt is not None or self.link is not None

    def key_ids(self, peer_address: int) -> set[int]:
        """None: a UE chooses only the high octet."""
        return set()

    def key_ids_high(self) -> set[int]:
        """The high octets of all sessions, also of those that end or begin."""
        used = {link.context.key_id >> 8 for link in self.all_links()}
        return used | ({self.attempt.key_id_high} if self.attempt else set())

    def all_links(self) -> list[Link]:
        """All links, also those that are closing."""
        return [*([self.link] if self.link else []), *self.closing]

    def group_secrets(self) -> list[tuple[str, bytes]]:
        """The secrets of the group that it holds now, with their names."""
        return [("PGK", self.epoch.key)] if self.epoch is not None else []

    def epochs_in(self, frames: Sequence[AirFrame]) -> list[GroupEpoch]:
        """The keys of the group that its present ones open in ``frames``: none, since they go out on hops."""
        return []

    # --- its end ------------------------------------------------------------------------------------

    def _link_of(self, attempt: Initiator) -> Link:
        assert attempt.peer is not None
        assert attempt.context is not None
        addresses = attempt.addresses
        return Link(
            self.surroundings.parts,
            attempt.peer,
            addresses.member,
            addresses.owner,
            attempt.context,
            attempt.token,
        )

    def _retire(self, link: Link, now: float, outbox: Outbox, cause: Cause | None) -> None:
        link.close(now, outbox, cause)
        self.closing.append(link)

    def _end(self, outbox: Outbox, reason: str) -> None:
        self.link = self.attempt = self.epoch = None
        outbox.report(SessionClosed(self.own.group, None, reason))
