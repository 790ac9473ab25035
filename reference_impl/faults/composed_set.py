"""A sound set of algorithms whose every decision can be changed alone, and how to use it on a hop.

AES in counter mode, and HMAC-SHA-256 cut to 16 octets over COUNT, BEARER, DIRECTION, header and plain data.
It stands in the place of AES-GCM, whose cipher and MAC cannot be taken apart.
"""

from __future__ import annotations

import hmac
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reference_impl.algorithms import Algorithms, KeyPair, PduInput
from reference_impl.group_key import GroupEpoch, GroupProtection
from reference_impl.parts import Parts
from reference_impl.protection import HopProtection, SecurityContext

TAG_OCTETS = 16


class ComposedSet(Algorithms):
    """Each method is one decision."""

    name = "aes-gcm"
    identifier = 0x10
    strength = (128, 128)
    tag_octets = TAG_OCTETS

    def first_block(self, pdu: PduInput) -> bytes:
        """The first counter block of 16 octets; it must never come again under a key."""
        return pdu.count.to_bytes(4, "big") + bytes([pdu.bearer << 3 | pdu.direction << 2]) + bytes(11)

    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        """``data``, ciphered or deciphered: both are the same."""
        encryptor = Cipher(algorithms.AES(key), modes.CTR(self.first_block(pdu))).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def encipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        """What goes on the air for ``data``, as long as it."""
        return self.cipher(key, pdu, data)

    def decipher(self, key: bytes, pdu: PduInput, body: bytes) -> bytes:
        """The reverse of :meth:`encipher`."""
        return self.cipher(key, pdu, body)

    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        """What the MAC is over."""
        return (
            pdu.count.to_bytes(4, "big")
            + bytes([pdu.bearer << 3 | pdu.direction << 2, len(header)])
            + header
            + data
        )

    def mac(self, key: bytes, text: bytes) -> bytes:
        """The MAC of ``text``, 16 octets."""
        return hmac.digest(key, text, "sha256")[:TAG_OCTETS]

    def is_right(self, expected: bytes, got: bytes, pdu: PduInput, data: bytes) -> bool:
        """Whether the MAC that came is good for ``data``."""
        return hmac.compare_digest(expected, got)

    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        body = self.encipher(keys.encryption, pdu, data) if ciphered else data
        return body + self.mac(keys.integrity, self.covered(pdu, header, data))

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        data, tag = body[:-TAG_OCTETS], body[-TAG_OCTETS:]
        if ciphered:
            data = self.decipher(keys.encryption, pdu, data)
        expected = self.mac(keys.integrity, self.covered(pdu, header, data))
        return data, self.is_right(expected, tag, pdu, data)


class HopWith(HopProtection):
    """The hops' protection with another set, whatever was negotiated."""

    def __init__(self, used: Algorithms) -> None:
        self._used = used

    def algorithms(self, context: SecurityContext) -> Algorithms:
        return self._used


class GroupWith(GroupProtection):
    """The groupcasts' protection with another set."""

    def __init__(self, used: Algorithms) -> None:
        self._used = used

    def algorithms(self, epoch: GroupEpoch) -> Algorithms:
        return self._used


def on_hops(used: Algorithms) -> Parts:
    """Decisions that differ in the set used on hops."""
    return Parts(hop=HopWith(used))


def on_groupcasts(used: Algorithms) -> Parts:
    """Decisions that differ in the set used for groupcasts."""
    return Parts(group=GroupWith(used))


def without_direction(pdu: PduInput) -> PduInput:
    """The input as it is for the other direction, too."""
    return replace(pdu, direction=0)
