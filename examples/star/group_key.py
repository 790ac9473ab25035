"""Groupcasts under one key of the group, AES-GCM, which the owner gives each member by its hop.

The key is new whenever somebody comes or goes. Origins are the owner's word, under a key that all members hold:
against an insider nothing is claimed.
"""

from __future__ import annotations

import secrets
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from examples.star.channel import Channel, Party
from examples.star.groupcast import KeyMessage, MembersKeys, OwnersKeys

_EPOCH = struct.Struct(">I")
_NUMBERED = struct.Struct(">IQ")
KEY_SIZE = 16


class OwnersGroupKey(OwnersKeys):
    """The group key at its owner."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.members: set[str] = set()
        self.epoch = 0
        self.number = 0
        self.key = self.new_key()

    def new_key(self) -> bytes:
        """A fresh key of 16 bytes."""
        return secrets.token_bytes(KEY_SIZE)

    def admitted(self, member: str, channel: Channel) -> list[KeyMessage]:
        self.members.add(member)
        return self.replace()

    def told(self, member: str, data: bytes) -> list[KeyMessage]:
        return []

    def gone(self, member: str) -> list[KeyMessage]:
        self.members.discard(member)
        return self.replace()

    def replace(self) -> list[KeyMessage]:
        """Make the key new; what every member has to be told."""
        self.epoch, self.number, self.key = self.epoch + 1, 0, self.new_key()
        return [self.word_for(member) for member in sorted(self.members)]

    def word_for(self, member: str) -> KeyMessage:
        """The present key for one member."""
        return KeyMessage(member, _EPOCH.pack(self.epoch) + self.key)

    def nonce(self) -> bytes:
        """The nonce of the next groupcast, 12 bytes."""
        return self.number.to_bytes(12, "big")

    def seal(self, origin: str, data: bytes) -> bytes:
        self.number += 1
        head = _NUMBERED.pack(self.epoch, self.number)
        name = origin.encode()
        plain = len(name).to_bytes(2, "big") + name + data
        return head + AESGCM(self.key).encrypt(self.nonce(), plain, head + self.group.encode())


class MembersGroupKey(MembersKeys):
    """The group key at a member: the present one and the last, for what was on its way."""

    def __init__(self, group: str) -> None:
        self.group = group
        self._keys: dict[int, bytes] = {}
        self._seen: set[tuple[int, int]] = set()

    def introduction(self) -> bytes | None:
        return None

    def told(self, data: bytes) -> bool:
        if len(data) == _EPOCH.size + KEY_SIZE:
            epoch = _EPOCH.unpack_from(data)[0]
            self._keys = {old: key for old, key in self._keys.items() if old == epoch - 1}
            self._keys[epoch] = data[_EPOCH.size :]
        return bool(self._keys)

    def nonce(self, number: int) -> bytes:
        """The nonce of the groupcast of that number."""
        return number.to_bytes(12, "big")

    def fresh(self, epoch: int, number: int) -> bool:
        """Whether the groupcast of that number has not been read before."""
        return (epoch, number) not in self._seen

    def open(self, sealed: bytes) -> tuple[str, bytes] | None:
        if len(sealed) < _NUMBERED.size:
            return None
        head, (epoch, number) = sealed[: _NUMBERED.size], _NUMBERED.unpack_from(sealed)
        key = self._keys.get(epoch)
        if key is None or not self.fresh(epoch, number):
            return None
        try:
            plain = AESGCM(key).decrypt(
                self.nonce(number), sealed[_NUMBERED.size :], head + self.group.encode()
            )
        except InvalidTag:
            return None
        self._seen.add((epoch, number))
        size = int.from_bytes(plain[:2], "big")
        return plain[2 : 2 + size].decode(errors="replace"), plain[2 + size :]


class GroupKeys:
    """Makes the group keys of both roles."""

    owner_class: type[OwnersGroupKey] = OwnersGroupKey
    member_class: type[MembersGroupKey] = MembersGroupKey

    def owner(self, group: str, party: Party) -> OwnersGroupKey:
        """For the owner of ``group``."""
        return self.owner_class(group)

    def member(self, group: str, party: Party, channel: Channel) -> MembersGroupKey:
        """For a member of ``group``."""
        return self.member_class(group)
