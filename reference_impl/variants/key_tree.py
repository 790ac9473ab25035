"""A key tree over the members of a group (logical key hierarchy, RFC 2627 5.4), for groups of thousands.

Each member stands at a leaf and holds the keys of all nodes above it; the key at the root is the group's. When one
comes or goes, the keys above its leaf are new, and each of them goes out under the keys of the two nodes below it:
one frame to the group, whose length grows as the logarithm of the group's size, where the reference itself sends a
frame to each member. The frame carries the owner's signature and the number of the epoch. Who comes gets the keys
above it on its hop; who missed a frame notices by a groupcast under a key that it does not know, and asks.

A frame is: channel ‖ SDU type 7 in the three high bits ‖ epoch (4) ‖ algorithm (1) ‖ height (1) ‖ count (1) ‖ for
each new key, from the leaf up: level (1) and number (4) of the node under whose key it is, the key wrapped (48) ‖
signature (64). The node above (level, number) is (level + 1, number / 2). Nothing of it is 3GPP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reference_impl.algorithms import BY_IDENTIFIER, BY_NAME
from reference_impl.certificates import is_signed_by
from reference_impl.errors import PeerViolation
from reference_impl.group_key import GroupEpoch, Occasion, group_address, group_algorithm
from reference_impl.group_owner import GroupOwner
from reference_impl.handshake import Responder, Self
from reference_impl.key_hierarchy import kdf
from reference_impl.link import Link
from reference_impl.messages import (
    GROUP_KEY_OCTETS,
    SIGNATURE_OCTETS,
    GroupKey,
    Message,
    TreeKeys,
    TreeKeysRequest,
)
from reference_impl.octets import Reader, Writer
from reference_impl.outcome import AirFrame, KeysRenewed, Outbox
from reference_impl.protection import Channel
from reference_impl.randomness import Randomness
from reference_impl.surroundings import Surroundings
from reference_impl.user_equipment import HINT_INTERVAL, UserEquipment
from reference_impl.variants import Variant

MEMBERS_MOST = 1 << 14
SDU_REKEYING = 7
WRAPPED_OCTETS = GROUP_KEY_OCTETS + 16
FC_PRIVATE_WRAPPING = 0xF6
"""Own: no other derivation has a key of a node as its key."""

Node = tuple[int, int]
"""Level, from 0 at the leaves, and number within it."""


def _above(node: Node) -> Node:
    return node[0] + 1, node[1] >> 1


def _path(leaf: int, height: int) -> Iterator[Node]:
    """The nodes from a leaf up to the root."""
    return ((level, leaf >> level) for level in range(height + 1))


def _nonce(epoch: int, under: Node) -> bytes:
    return epoch.to_bytes(4, "big") + under[0].to_bytes(1, "big") + under[1].to_bytes(4, "big") + bytes(3)


def _wrapping(key: bytes) -> AESGCM:
    return AESGCM(kdf(key, FC_PRIVATE_WRAPPING))


@dataclass(slots=True)
class KeyTree:
    """The owner's tree: the keys of all nodes with a member below, who stands where, and which leaves are free."""

    randomness: Randomness
    height: int = 0
    keys: dict[Node, bytes] = field(default_factory=dict)
    leaves: dict[str, int] = field(default_factory=dict)
    free: list[int] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    """Leaves of those that came or went since the keys above them were made."""

    def add(self, member: str) -> None:
        """Give a member a leaf with a key."""
        leaf = self.free.pop() if self.free else len(self.leaves)
        while leaf >> self.height:
            self.height += 1
        self.leaves[member] = leaf
        for node in _path(leaf, self.height):
            if node not in self.keys or not node[0]:
                self.keys[node] = self.randomness.draw(GROUP_KEY_OCTETS)
        self.changed.add(leaf)

    def remove(self, member: str) -> None:
        """Take a member and its leaf out."""
        leaf = self.leaves.pop(member, None)
        if leaf is not None:
            del self.keys[0, leaf]
            self.free.append(leaf)
            self.changed.add(leaf)

    def root(self) -> bytes:
        """The group's key."""
        return self.keys.get((self.height, 0), b"")

    def renew(self) -> list[tuple[Node, bytes]]:
        """Make all keys new above the leaves that changed, and the root. Returns each new key with the node under
        whose key it is to go, from the leaves up."""
        fresh = {node for leaf in self.changed for node in _path(leaf, self.height) if node[0]}
        fresh.add((self.height, 0))
        joined = {(0, leaf) for leaf in self.changed}
        self.changed = set()
        given: list[tuple[Node, bytes]] = []
        for node in sorted(fresh):
            level, number = node
            below = [(level - 1, 2 * number + side) for side in (0, 1)] if level else []
            self.keys[node] = self.randomness.draw(GROUP_KEY_OCTETS)
            # Who just came gets everything on its hop.
            given += [(each, self.keys[node]) for each in below if each in self.keys and each not in joined]
            if level and not any(each in self.keys for each in below) and node != (self.height, 0):
                del self.keys[node]
        return given

    def above(self, member: str) -> tuple[int, tuple[bytes, ...]]:
        """The leaf of a member, and the keys from there up to the root."""
        leaf = self.leaves[member]
        return leaf, tuple(self.keys[node] for node in _path(leaf, self.height))


class _TreeOwner(GroupOwner):
    """Keeps a tree of keys, and tells the group of new ones in one frame."""

    members_most = MEMBERS_MOST
    tree: KeyTree

    @classmethod
    def found(cls, surroundings: Surroundings, own: Self) -> GroupOwner:
        room = super().found(surroundings, own)
        assert isinstance(room, cls)
        room.tree = KeyTree(surroundings.randomness)
        room.tree.renew()
        return room

    def _admit(self, responder: Responder, now: float, outbox: Outbox) -> None:
        super()._admit(responder, now, outbox)
        assert responder.peer is not None
        link = self.links[responder.peer.identity]
        self._give_keys(link, now, outbox)

    def _act(self, link: Link, message: Message, now: float, outbox: Outbox) -> None:
        if isinstance(message, TreeKeysRequest):
            self._give_keys(link, now, outbox)
        else:
            super()._act(link, message, now, outbox)

    def _give_keys(self, link: Link, now: float, outbox: Outbox) -> None:
        leaf, keys = self.tree.above(link.peer.identity)
        identifier = BY_NAME[self.epoch.algorithm].identifier
        message = TreeKeys(self.epoch.epoch, identifier, leaf, keys)
        link.send(Channel.SIGNALLING, message, now, outbox)

    def _forget(self, member: str) -> Link | None:
        self.tree.remove(member)
        return super()._forget(member)

    def _renew(self, occasion: Occasion, now: float, outbox: Outbox, joiner: Link | None) -> None:
        if joiner is not None:
            self.tree.add(joiner.peer.identity)
        if not self.surroundings.parts.group.renews_on(occasion):
            self.tree.changed.clear()
            return
        given = self.tree.renew()
        algorithm = group_algorithm(self.own.offers, self.links.capabilities())
        number = self.epoch.epoch + 1
        self.epoch = GroupEpoch(
            self.own.group, number, algorithm, self.tree.root(), self.surroundings.address
        )
        if given:
            outbox.emit(self.surroundings.address, group_address(self.own.group), self._told(given))

    def _told(self, given: Sequence[tuple[Node, bytes]]) -> bytes:
        """The payload of the frame that tells of new keys."""
        epoch = self.epoch
        writer = Writer().number(SDU_REKEYING << 5, 1).number(epoch.epoch, 4)
        writer.number(BY_NAME[epoch.algorithm].identifier, 1).number(self.tree.height, 1)
        writer.number(len(given), 1)
        for under, key in given:
            wrapped = _wrapping(self.tree.keys[under]).encrypt(_nonce(epoch.epoch, under), key, None)
            writer.number(under[0], 1).number(under[1], 4).raw(wrapped)
        text = writer.done()
        signature = self.own.credentials.sign(_signed_text(self.own.group, self.own.name, text))
        return bytes([Channel.GROUPCAST]) + text + signature

    def group_secrets(self) -> list[tuple[str, bytes]]:
        below = [(f"key of node {level}.{number}", key) for (level, number), key in self.tree.keys.items()]
        return below or super().group_secrets()


class _TreeMember(UserEquipment):
    """Holds the keys above its leaf, and works its way up through what the owner tells of new ones."""

    leaf = 0
    keys: tuple[bytes, ...] = ()
    next_request = 0.0

    def _groupcast(self, frame: AirFrame, now: float, outbox: Outbox) -> bool:
        link = self.link
        if link is None or frame.source != link.peer_address:
            return False
        payload = frame.payload
        try:
            if len(payload) > 1 and payload[1] >> 5 == SDU_REKEYING:
                if self._take_keys(link, payload):
                    outbox.report(KeysRenewed(self.own.group))
                return True
            if self.epoch is not None:
                return super()._groupcast(frame, now, outbox)
        except PeerViolation:
            self._ask_for_keys(link, now, outbox)
            raise
        self._ask_for_keys(link, now, outbox)
        return False

    def _ask_for_keys(self, link: Link, now: float, outbox: Outbox) -> None:
        """Whatever it was that could not be read, a new key may have been missed."""
        if now >= self.next_request:
            self.next_request = now + HINT_INTERVAL
            link.send(Channel.SIGNALLING, TreeKeysRequest(), now, outbox)

    def _take_keys(self, link: Link, payload: bytes) -> bool:
        """Take what a frame tells of new keys. Raises :class:`PeerViolation` for any doubt, or if the keys under
        which they are were missed."""
        text, signature = payload[1:-SIGNATURE_OCTETS], payload[-SIGNATURE_OCTETS:]
        if len(payload) <= SIGNATURE_OCTETS or not is_signed_by(
            link.peer.public_key, signature, _signed_text(self.own.group, link.peer.identity, text)
        ):
            raise PeerViolation("news of keys that are not the owner's")
        reader = Reader(text, 1)
        epoch, algorithm, height, count = (reader.number(octets) for octets in (4, 1, 1, 1))
        if self.epoch is not None and epoch <= self.epoch.epoch:
            return False
        keys = _worked_up(self.leaf, self.keys, epoch, height, [_item(reader) for _ in range(count)])
        reader.end()
        if keys is None:
            raise PeerViolation("news of keys under unknown ones")
        self.keys = keys
        return self._install(link, GroupKey(epoch, algorithm, keys[-1]))

    def _install(self, link: Link, given: GroupKey) -> bool:
        known = BY_IDENTIFIER.get(given.algorithm)
        if known is not None and known.name not in self.own.offers:
            given = GroupKey(given.epoch, 0, b"")
        return super()._install(link, given)

    def _act(self, link: Link, message: Message, now: float, outbox: Outbox) -> None:
        if not isinstance(message, TreeKeys):
            super()._act(link, message, now, outbox)
            return
        present = -1 if self.epoch is None else self.epoch.epoch
        if message.epoch < present:
            return
        self.leaf, self.keys = message.leaf, message.keys
        if self._install(link, GroupKey(message.epoch, message.algorithm, message.keys[-1])):
            outbox.report(KeysRenewed(self.own.group))

    def _end(self, outbox: Outbox, reason: str) -> None:
        self.keys = ()
        super()._end(outbox, reason)

    def _lose(self, now: float, outbox: Outbox) -> None:
        self.keys = ()
        super()._lose(now, outbox)

    def group_secrets(self) -> list[tuple[str, bytes]]:
        nodes = _path(self.leaf, len(self.keys) - 1)
        below = [
            (f"key of node {level}.{number}", key)
            for (level, number), key in zip(nodes, self.keys, strict=False)
        ]
        return [*super().group_secrets(), *below[:-1]] if below else super().group_secrets()

    def epochs_in(self, frames: Sequence[AirFrame]) -> list[GroupEpoch]:
        """What its keys tell of those that came after them."""
        found, keys = [], self.keys
        for frame in frames:
            payload = frame.payload
            if len(payload) <= SIGNATURE_OCTETS or payload[:1] != bytes([Channel.GROUPCAST]):
                continue
            if payload[1] >> 5 != SDU_REKEYING:
                continue
            try:
                reader = Reader(payload[1:-SIGNATURE_OCTETS], 1)
                epoch, algorithm, height, count = (reader.number(octets) for octets in (4, 1, 1, 1))
                newer = _worked_up(self.leaf, keys, epoch, height, [_item(reader) for _ in range(count)])
            except PeerViolation:
                continue
            if newer is not None and algorithm in BY_IDENTIFIER:
                keys = newer
                name = BY_IDENTIFIER[algorithm].name
                found.append(GroupEpoch(self.own.group, epoch, name, keys[-1], frame.source))
        return found


def _item(reader: Reader) -> tuple[Node, bytes]:
    return (reader.number(1), reader.number(4)), reader.raw(WRAPPED_OCTETS)


def _worked_up(
    leaf: int, held: Sequence[bytes], epoch: int, height: int, items: Sequence[tuple[Node, bytes]]
) -> tuple[bytes, ...] | None:
    """The keys above ``leaf`` after the ``items`` of an epoch, where ``held`` are those before it; None if they do
    not lead up to the root."""
    keys = dict(zip(_path(leaf, len(held) - 1), held, strict=False)) if held else {}
    mine = set(_path(leaf, height))
    renewed = None
    for under, wrapped in items:
        if under in mine and under in keys and _above(under) in mine:
            try:
                renewed = _above(under)
                keys[renewed] = _wrapping(keys[under]).decrypt(_nonce(epoch, under), wrapped, None)
            except InvalidTag:
                return None
    path = list(_path(leaf, height))
    if renewed != path[-1] or any(node not in keys for node in path):
        return None
    return tuple(keys[node] for node in path)


def _signed_text(group: str, owner: str, text: bytes) -> bytes:
    return b"prose-go key tree" + Writer().text(group).text(owner).raw(text).done()


class KeyTreeOfAGroup(Variant):
    identifier = "key-tree"
    sentence = "New keys of a group go out in one frame, wrapped in the keys of a tree over its members."
    claims: ClassVar = {"limits": {"members": MEMBERS_MOST}}
    owner = _TreeOwner
    member = _TreeMember
