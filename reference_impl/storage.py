"""What a device keeps at rest, sealed under a key that never leaves it.

The image is a magic, a nonce and AES-256-GCM ciphertext. The device key stands for hardware that binds
it (a secure element): it is no part of the image, and another device has another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reference_impl.errors import LocalMisuse

MAGIC = b"PGO1"
DEVICE_KEY_OCTETS = 32
NONCE_OCTETS = 12


@dataclass(frozen=True, slots=True)
class Engagement:
    """What the device does in one group: own it (no owner's address) or be a member of it."""

    group: str
    owner_address: int | None
    credentials: bytes
    claim: str | None


@dataclass(frozen=True, slots=True)
class AtRest:
    """Everything that survives a loss of power: engagements and notices of revocation."""

    engagements: tuple[Engagement, ...] = ()
    notices: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """As JSON, octets in hexadecimal."""
        engagements = [
            {
                "group": each.group,
                "owner_address": each.owner_address,
                "credentials": each.credentials.hex(),
                "claim": each.claim,
            }
            for each in self.engagements
        ]
        notices = [each.hex() for each in self.notices]
        return json.dumps({"engagements": engagements, "notices": notices}).encode()

    @classmethod
    def decode(cls, octets: bytes) -> AtRest:
        """The reverse of :meth:`encode`."""
        tree = json.loads(octets)
        engagements = tuple(
            Engagement(
                each["group"], each["owner_address"], bytes.fromhex(each["credentials"]), each["claim"]
            )
            for each in tree["engagements"]
        )
        return cls(engagements, tuple(map(bytes.fromhex, tree["notices"])))


class Sealing:
    """How what is at rest is protected."""

    def seal(self, device_key: bytes, nonce: bytes, content: bytes) -> bytes:
        """The image of ``content`` under the 32-octet device key; the 12-octet nonce is used only once."""
        return MAGIC + nonce + AESGCM(device_key).encrypt(nonce, content, MAGIC)

    def unseal(self, device_key: bytes, image: bytes) -> bytes:
        """The content. Raises :class:`LocalMisuse` for an image of another device, or a changed one."""
        head = len(MAGIC) + NONCE_OCTETS
        try:
            return AESGCM(device_key).decrypt(image[len(MAGIC) : head], image[head:], image[: len(MAGIC)])
        except (InvalidTag, ValueError):
            raise LocalMisuse("storage", "the image is not this device's, or was changed") from None
