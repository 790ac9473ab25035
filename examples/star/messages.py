"""The messages between a Group Owner and a UE, inside whatever protects their hop."""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple

MessageKind = Literal["data", "admitted", "removed", "leaving", "ping", "keys"]
_KINDS: tuple[MessageKind, ...] = ("data", "admitted", "removed", "leaving", "ping", "keys")
_HEAD = struct.Struct(">BBHH")


class Message(NamedTuple):
    """``name`` is the destination on the way to the GO and the origin on the way from it; ``to_group``
    tells a groupcast. A GO never believes an origin that a UE writes: there is no field for it.
    """

    kind: MessageKind
    name: str = ""
    to_group: bool = False
    data: bytes = b""

    def encode(self) -> bytes:
        """The message with its lengths before it."""
        name = self.name.encode()
        return (
            _HEAD.pack(_KINDS.index(self.kind), self.to_group, len(name), len(self.data)) + name + self.data
        )


def take_message(buffer: bytearray) -> Message | None:
    """Take the first message off ``buffer``, or None as long as it is not whole. Raises :class:`ValueError` if
    it is of no known kind."""
    if len(buffer) < _HEAD.size:
        return None
    kind, to_group, name_size, data_size = _HEAD.unpack_from(buffer)
    if kind >= len(_KINDS):
        raise ValueError("a message of no known kind")
    whole = _HEAD.size + name_size + data_size
    if len(buffer) < whole:
        return None
    name = buffer[_HEAD.size : _HEAD.size + name_size].decode(errors="replace")
    data = bytes(buffer[_HEAD.size + name_size : whole])
    del buffer[:whole]
    return Message(_KINDS[kind], name, bool(to_group), data)
