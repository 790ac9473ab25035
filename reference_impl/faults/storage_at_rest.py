"""Faults in how credentials are kept at rest, and in what is kept beside them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reference_impl.device import Build, Device
from reference_impl.errors import LocalMisuse
from reference_impl.faults import Fault
from reference_impl.outcome import Outbox
from reference_impl.parts import Parts
from reference_impl.randomness import Randomness
from reference_impl.storage import MAGIC, NONCE_OCTETS, Sealing


def _content(image: bytes) -> bytes:
    if not image.startswith(MAGIC):
        raise LocalMisuse("storage", "no image")
    return image[len(MAGIC) :]


class _Clear(Sealing):
    def seal(self, device_key: bytes, nonce: bytes, content: bytes) -> bytes:
        return MAGIC + content

    def unseal(self, device_key: bytes, image: bytes) -> bytes:
        return _content(image)


class StoredInClear(Fault):
    """A file."""

    identifier = "stored-in-clear"
    sentence = "Credentials stand at rest as they are."
    published = "STORE-02"
    in_both_profiles = True
    breaks = "STORE.at-rest"
    # What is not sealed is neither bound to a device nor safe from change.
    also_breaks = ("STORE.bound-to-device", "STORE.unchanged")
    ability = "image at rest"
    decisions = Parts(sealing=_Clear())


class _Base64(Sealing):
    def seal(self, device_key: bytes, nonce: bytes, content: bytes) -> bytes:
        tree = json.loads(content)
        for each in tree["engagements"]:
            each["credentials"] = base64.b64encode(bytes.fromhex(each["credentials"])).decode()
        return MAGIC + json.dumps(tree).encode()

    def unseal(self, device_key: bytes, image: bytes) -> bytes:
        tree = json.loads(_content(image))
        for each in tree["engagements"]:
            each["credentials"] = base64.b64decode(each["credentials"]).hex()
        return json.dumps(tree).encode()


class StoredInBase64(Fault):
    """Encoded, which is not protected."""

    identifier = "stored-in-base64"
    sentence = "Credentials stand at rest in base64."
    published = "STORE-02"
    variation_of = "stored-in-clear"
    breaks = "STORE.at-rest"
    also_breaks = ("STORE.bound-to-device", "STORE.unchanged")
    ability = "image at rest"
    decisions = Parts(sealing=_Base64())


class _FixedMask(Sealing):
    def seal(self, device_key: bytes, nonce: bytes, content: bytes) -> bytes:
        return MAGIC + bytes(octet ^ 0x5A for octet in content)

    def unseal(self, device_key: bytes, image: bytes) -> bytes:
        return bytes(octet ^ 0x5A for octet in _content(image))


class StoredUnderFixedMask(Fault):
    """Enough against a search for strings."""

    identifier = "stored-under-fixed-mask"
    sentence = "Credentials at rest are combined with one constant octet."
    published = "STORE-02"
    variation_of = "stored-in-clear"
    breaks = "STORE.at-rest"
    also_breaks = ("STORE.bound-to-device", "STORE.unchanged")
    ability = "image at rest"
    decisions = Parts(sealing=_FixedMask())


class _FleetKey(Sealing):
    def seal(self, device_key: bytes, nonce: bytes, content: bytes) -> bytes:
        return super().seal(_FLEET_KEY, nonce, content)

    def unseal(self, device_key: bytes, image: bytes) -> bytes:
        return super().unseal(_FLEET_KEY, image)


_FLEET_KEY = hashlib.sha256(b"key of this make").digest()


class StoredUnderOneKeyForAll(Fault):
    """The key is in the program."""

    identifier = "stored-under-one-key-for-all"
    sentence = "All devices seal what is at rest under the same key."
    published = "STORE-08"
    breaks = "STORE.bound-to-device"
    ability = "copied image"
    decisions = Parts(sealing=_FleetKey())


class _Unauthenticated(Sealing):
    def seal(self, device_key: bytes, nonce: bytes, content: bytes) -> bytes:
        encryptor = Cipher(algorithms.AES(device_key), modes.CTR(nonce + bytes(4))).encryptor()
        return MAGIC + nonce + encryptor.update(content)

    def unseal(self, device_key: bytes, image: bytes) -> bytes:
        nonce = _content(image)[:NONCE_OCTETS]
        if len(nonce) < NONCE_OCTETS:
            raise LocalMisuse("storage", "no image")
        decryptor = Cipher(algorithms.AES(device_key), modes.CTR(nonce + bytes(4))).decryptor()
        return decryptor.update(_content(image)[NONCE_OCTETS:])


class StoredWithoutIntegrity(Fault):
    """Nobody can read it, and anybody can change it."""

    identifier = "stored-without-integrity"
    sentence = "What is at rest is ciphered but not protected against change."
    published = "STORE-12"
    breaks = "STORE.unchanged"
    ability = "changed image"
    decisions = Parts(sealing=_Unauthenticated())


class _OneDeviceKey(Device):
    def __init__(self, build: Build, randomness: Randomness) -> None:
        super().__init__(build, randomness)
        self.device_key = _FLEET_KEY
        self._store()


class OneDeviceKeyForAll(Fault):
    """What should be fused in each device is the same in all."""

    identifier = "one-device-key-for-all"
    sentence = "All devices were made with the same storage key."
    published = "ISO-05"
    variation_of = "stored-under-one-key-for-all"
    breaks = "KEYS.separate"
    also_breaks = ("STORE.bound-to-device",)
    ability = "clone"
    device_class = _OneDeviceKey


_KEYS_FOLLOW = b"\0session keys\0"


class _HoardingDevice(Device):
    """Writes the keys of sessions beside the sealed part, to go on with after a loss of power."""

    def _call(self, name: str, now: float, act: Callable[[Outbox], None]) -> Outbox:
        self.image = self.image.split(_KEYS_FOLLOW)[0]
        outbox = super()._call(name, now, act)
        keys = [link.context.session_key for room in self.rooms for link in room.all_links()]
        if keys:
            self.image += _KEYS_FOLLOW + b"".join(keys)
        return outbox


class SessionKeysStored(Fault):
    """The credentials are sealed, the keys made with them are not."""

    identifier = "session-keys-stored"
    sentence = "The keys of sessions stand in clear beside the sealed credentials."
    published = "STORE-02"
    breaks = "STORE.at-rest"
    ability = "image at rest"
    device_class = _HoardingDevice
