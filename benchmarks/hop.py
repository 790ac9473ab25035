"""Protected bytes on a hop beside the bare cipher: what the reference's protection costs over the library's."""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from time import process_time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC

from reference_impl.algorithms import BY_NAME
from reference_impl.profiles import FROM_COMMAND_SENDER, LTE_33303, TO_COMMAND_SENDER
from reference_impl.protection import Channel, HopProtection, SecurityContext

FRAME = 1400
CALLS = 2000
ROUNDS = 7


def _context(algorithm: str, direction: int) -> SecurityContext:
    keys = BY_NAME[algorithm].keys(LTE_33303.fc_algorithm_key, bytes(32))
    return SecurityContext(LTE_33303, algorithm, 0x1234, bytes(32), bytes(32), keys, direction)


def _of_reference(algorithm: str) -> Callable[[], object]:
    """Protects a PDU at one end and takes it at the other."""
    hop, data = HopProtection(), os.urandom(FRAME)
    sender, receiver = _context(algorithm, FROM_COMMAND_SENDER), _context(algorithm, TO_COMMAND_SENDER)

    def there() -> bytes:
        if sender.counters_left <= 0:
            sender.next_counter, receiver.window = 0, _context(algorithm, 0).window
        return hop.unprotect(receiver, hop.protect(sender, Channel.DATA, data))

    return there


def _of_gcm() -> Callable[[], object]:
    """The same bytes through the library alone, a nonce each."""
    gcm, data, count = AESGCM(os.urandom(16)), os.urandom(FRAME), 0

    def there() -> bytes:
        nonlocal count
        count += 1
        nonce = count.to_bytes(12, "big")
        return gcm.decrypt(nonce, gcm.encrypt(nonce, data, b"header"), b"header")

    return there


def _of_ctr_and_cmac() -> Callable[[], object]:
    """The same bytes through AES-CTR and AES-CMAC of the library, both ways."""
    key, other, data, count = os.urandom(16), os.urandom(16), os.urandom(FRAME), 0

    def through(text: bytes) -> bytes:
        cipher = Cipher(algorithms.AES(key), modes.CTR(count.to_bytes(16, "big"))).encryptor()
        return cipher.update(text) + cipher.finalize()

    def tag(text: bytes) -> bytes:
        mac = CMAC(algorithms.AES(other))
        mac.update(text)
        return mac.finalize()

    def there() -> bool:
        nonlocal count
        count += 1
        sent, mac = through(data), tag(data)
        return tag(through(sent)) == mac

    return there


def ratios() -> dict[str, tuple[float, float]]:
    """By algorithm: megabytes a second through the reference and through the library alone, in turns."""
    pairs = {
        "aes-gcm beside AES-GCM": (_of_reference("aes-gcm"), _of_gcm()),
        "eea2-eia2 beside AES-CTR and AES-CMAC": (_of_reference("eea2-eia2"), _of_ctr_and_cmac()),
    }
    found = {}
    for name, pair in pairs.items():
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for call, seconds in zip(pair, spent, strict=True):
                started = process_time()
                for _ in range(CALLS):
                    call()
                seconds.append(process_time() - started)
        mine, bare = (FRAME * CALLS / median(seconds) / 1e6 for seconds in spent)
        found[name] = (mine, bare)
    return found
