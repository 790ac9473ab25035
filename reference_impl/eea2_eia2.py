"""128-EEA2 and 128-EIA2 (TS 33.401 Annex B): AES in counter mode, and AES-CMAC cut to 32 bits.

COUNT is 32 bits, BEARER 5 bits, DIRECTION 1 bit. PDCP PDUs are whole octets; the published test sets of the
MAC are of any number of bits, so :func:`eia2_of_bits` takes those.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

MAC_OCTETS = 4
BLOCK_OCTETS = 16


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


def eia2_of_bits(key: bytes, count: int, bearer: int, direction: int, message: bytes, bits: int) -> bytes:
    """The 4-octet MAC-I of the first ``bits`` bits of ``message``; whatever stands after them is left out.

    Raises ValueError if ``message`` has fewer bits.
    """
    if bits > 8 * len(message):
        raise ValueError(f"{bits} bits of {len(message)} octets")
    head = _block_head(count, bearer, direction)
    return cmac_of_bits(key, head + message, 8 * len(head) + bits)[:MAC_OCTETS]


def cmac_of_bits(key: bytes, text: bytes, bits: int) -> bytes:
    """AES-CMAC (RFC 4493), 16 octets, of the first ``bits`` bits of ``text``: it pads bits, not octets.

    Only for test sets: it makes no effort to be quick.
    """
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    subkey = _doubled(encryptor.update(bytes(BLOCK_OCTETS)))
    blocks = max(1, -(-bits // (8 * BLOCK_OCTETS)))
    spare = 8 * BLOCK_OCTETS * blocks - bits
    value = int.from_bytes(text, "big") >> (8 * len(text) - bits) << spare
    if spare:
        value |= 1 << spare - 1
        subkey = _doubled(subkey)
    value ^= int.from_bytes(subkey, "big")
    padded = value.to_bytes(blocks * BLOCK_OCTETS, "big")
    state = bytes(BLOCK_OCTETS)
    for at in range(0, len(padded), BLOCK_OCTETS):
        block = int.from_bytes(padded[at : at + BLOCK_OCTETS], "big") ^ int.from_bytes(state, "big")
        state = encryptor.update(block.to_bytes(BLOCK_OCTETS, "big"))
    return state


def _doubled(block: bytes) -> bytes:
    """``block`` times x in the field of 2**128 elements that CMAC uses."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = value & (1 << 128) - 1 ^ 0x87
    return value.to_bytes(BLOCK_OCTETS, "big")
