"""The sets of algorithms that stations can agree on. There is no null set, and none can be named.

Each protects one PDU: header ‖ data, with COUNT, BEARER and DIRECTION as the input that never
repeats under a key.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reference_impl.eea2_eia2 import MAC_OCTETS, eea2, eia2
from reference_impl.key_hierarchy import ENCRYPTION, INTEGRITY, algorithm_key


@dataclass(frozen=True, slots=True)
class KeyPair:
    """PEK and PIK, 16 octets each."""

    encryption: bytes
    integrity: bytes


@dataclass(slots=True)
class PduInput:
    """What goes into cipher and MAC beside key, header and data."""

    count: int
    bearer: int
    direction: int


class Algorithms:
    """A named set: how it seals a PDU, and how it opens one.

    ``identifier`` is its 8-bit algorithm identity in the KDF and on the air; ``strength`` gives the bits
    of confidentiality and of integrity.
    """

    name: str
    identifier: int
    strength: tuple[int, int]
    tag_octets: int

    def keys(self, fc: int, key: bytes) -> KeyPair:
        """PEK and PIK of this set under ``key`` (KD-sess or PTK)."""
        return KeyPair(
            algorithm_key(fc, key, ENCRYPTION, self.identifier),
            algorithm_key(fc, key, INTEGRITY, self.identifier),
        )

    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        """What follows the header on the air: the data, ciphered or not, and the MAC."""
        raise NotImplementedError

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        """The data in ``body``, and whether its MAC is right. ``body`` is at least ``tag_octets`` long."""
        raise NotImplementedError


class Eea2Eia2(Algorithms):
    """128-EEA2 with 128-EIA2: the MAC-I over header ‖ plain data, then the cipher (TS 36.323 5.6.2, 5.7).

    ``cipher_mac`` is the NR manner, where the MAC-I is ciphered too.
    """

    name = "eea2-eia2"
    identifier = 0x02
    strength = (128, 32)
    tag_octets = MAC_OCTETS

    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        mac = eia2(keys.integrity, pdu.count, pdu.bearer, pdu.direction, header + data)
        if not ciphered:
            return data + mac
        if cipher_mac:
            return eea2(keys.encryption, pdu.count, pdu.bearer, pdu.direction, data + mac)
        return eea2(keys.encryption, pdu.count, pdu.bearer, pdu.direction, data) + mac

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        if ciphered and cipher_mac:
            body = eea2(keys.encryption, pdu.count, pdu.bearer, pdu.direction, body)
        data, mac = body[:-MAC_OCTETS], body[-MAC_OCTETS:]
        if ciphered and not cipher_mac:
            data = eea2(keys.encryption, pdu.count, pdu.bearer, pdu.direction, data)
        expected = eia2(keys.integrity, pdu.count, pdu.bearer, pdu.direction, header + data)
        return data, hmac.compare_digest(expected, mac)


class AesGcm(Algorithms):
    """AES-128-GCM with a tag of 16 octets: this project's own addition to the 3GPP sets.

    The IV of 12 octets is COUNT ‖ BEARER ‖ DIRECTION ‖ zeros, so it repeats only if COUNT does. PDUs
    that are not ciphered go into the associated data whole. One key serves both ends of the work.
    """

    name = "aes-gcm"
    identifier = 0x10
    strength = (128, 128)
    tag_octets = 16

    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        gcm, iv = _gcm(keys.encryption), _GCM_IV(pdu.count, pdu.bearer << 3 | pdu.direction << 2)
        if ciphered:
            return gcm.encrypt(iv, data, header)
        return data + gcm.encrypt(iv, b"", header + data)

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        gcm, iv = _gcm(keys.encryption), _GCM_IV(pdu.count, pdu.bearer << 3 | pdu.direction << 2)
        if ciphered:
            try:
                return gcm.decrypt(iv, body, header), True
            except InvalidTag:
                data, tag = body[: -self.tag_octets], body[-self.tag_octets :]
                cipher = Cipher(algorithms.AES(keys.encryption), modes.GCM(iv, tag))
                return cipher.decryptor().update(data), False
        data, tag = body[: -self.tag_octets], body[-self.tag_octets :]
        try:
            gcm.decrypt(iv, tag, header + data)
        except InvalidTag:
            return data, False
        return data, True


_GCM_IV = struct.Struct(">IB7x").pack


@lru_cache(maxsize=1024)
def _gcm(key: bytes) -> AESGCM:
    """The cipher under ``key``. Kept, since making it costs more than a PDU does."""
    return AESGCM(key)


ALGORITHMS: tuple[Algorithms, ...] = (AesGcm(), Eea2Eia2())
"""All sets, the preferred one first."""

BY_NAME = {each.name: each for each in ALGORITHMS}
BY_IDENTIFIER = {each.identifier: each for each in ALGORITHMS}
