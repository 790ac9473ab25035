"""128-EEA2 and 128-EIA2 (TS 33.401 Annex B): AES in counter mode, and AES-CMAC cut to 32 bits.

COUNT is 32 bits, BEARER 5 bits, DIRECTION 1 bit. Messages are whole octets, as PDCP PDUs are.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

MAC_OCTETS = 4


def _block_head(count: int, bearer: int, direction: int) -> bytes:
    """COUNT ‖ BEARER ‖ DIRECTION ‖ 26 zero bits: the first 8 octets of both algorithms' input."""
    return count.to_bytes(4, "big") + bytes([bearer << 3 | direction << 2, 0, 0, 0])


def eea2(key: bytes, count: int, bearer: int, direction: int, data: bytes) -> bytes:
    """Cipher or decipher ``data`` under the 16-octet ``key`` (TS 33.401 B.1.3)."""
    start = _block_head(count, bearer, direction) + bytes(8)
    encryptor = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def eia2(key: bytes, count: int, bearer: int, direction: int, message: bytes) -> bytes:
    """The 4-octet MAC-I of ``message`` under the 16-octet ``key`` (TS 33.401 B.2.3)."""
    mac = CMAC(algorithms.AES(key))
    mac.update(_block_head(count, bearer, direction) + message)
    return mac.finalize()[:MAC_OCTETS]
