"""What a run's cryptography costs by itself: the operations that it asked the library for, and as many of each alone.

The operations are counted by the profiler, which sees each call into the library, and then done with nothing about
them. What a run costs beyond that is protocol, air, judge and pytest.
"""

from __future__ import annotations

import hmac
import os
import pstats
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

SAMPLE = 300
"""Operations of each kind that are done; the rest is multiplied."""
TEXT = bytes(120)
"""About as much as a frame of the standard run carries."""


def _operations() -> dict[str, Callable[[], object]]:
    """Each operation, by what the profiler calls it."""
    key, other = ec.generate_private_key(ec.SECP256R1()), X25519PrivateKey.generate()
    public, other_public = key.public_key(), other.public_key()
    deterministic = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    signature = key.sign(TEXT, deterministic)
    gcm, nonce, secret = AESGCM(bytes(16)), bytes(12), os.urandom(32)
    sealed = gcm.encrypt(nonce, TEXT, b"header")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x" * 64)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, public, 4711, now, now + timedelta(days=1))
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    def cmac() -> bytes:
        mac = CMAC(algorithms.AES(bytes(16)))
        mac.update(TEXT)
        return mac.finalize()

    def counter_mode() -> bytes:
        return Cipher(algorithms.AES(bytes(16)), modes.CTR(bytes(16))).encryptor().update(TEXT)

    return {
        "'verify' of 'cryptography.hazmat.bindings._rust.openssl.ec.": lambda: public.verify(
            signature, TEXT, deterministic
        ),
        "'sign' of 'cryptography.hazmat.bindings._rust.openssl.ec.": lambda: key.sign(TEXT, deterministic),
        "ec.derive_private_key": lambda: ec.derive_private_key(4711, ec.SECP256R1()),
        "x25519.from_private_bytes": lambda: X25519PrivateKey.from_private_bytes(secret),
        "'exchange' of 'cryptography.hazmat.bindings._rust.openssl.x25519.": lambda: other.exchange(
            other_public
        ),
        "'encrypt' of 'cryptography.hazmat.bindings._rust.openssl.aead.": lambda: gcm.encrypt(
            nonce, TEXT, b"header"
        ),
        "'decrypt' of 'cryptography.hazmat.bindings._rust.openssl.aead.": lambda: gcm.decrypt(
            nonce, sealed, b"header"
        ),
        "x509.create_x509_certificate": lambda: builder.sign(key, hashes.SHA256()),
        "x509.load_der_x509_certificate": lambda: x509.load_der_x509_certificate(der),
        "create_encryption_ctx": counter_mode,
        "create_decryption_ctx": counter_mode,
        "openssl.cmac.": cmac,
        "hmac_digest": lambda: hmac.digest(secret, TEXT, "sha256"),
    }


def bare(profile: Path) -> tuple[int, float]:
    """How many operations the run of that profile asked for, and the processor's seconds that they cost alone."""
    counted = {
        name: calls
        for (_, _, name), (_, calls, *_) in pstats.Stats(str(profile)).stats.items()  # type: ignore[attr-defined]
    }
    number, seconds = 0, 0.0
    for called, operation in _operations().items():
        calls = sum(count for name, count in counted.items() if called in name and name.startswith("<"))
        if not calls:
            continue
        started = process_time()
        for _ in range(SAMPLE):
            operation()
        number += calls
        seconds += (process_time() - started) / SAMPLE * calls
    return number, seconds
