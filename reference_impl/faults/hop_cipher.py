"""Faults in the cipher of a hop, the MAC being good: what stays in clear, and keystream that comes again."""

from __future__ import annotations

import base64
from typing import ClassVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reference_impl.algorithms import PduInput
from reference_impl.errors import PeerViolation
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import ComposedSet, on_hops, without_direction

_BLOCK = 16
_LONG = 128


class _HopCipherFault(Fault, family=True):
    """Shows in both directions of a hop, and in the copies of groupcasts that go by it."""

    breaks = "PROT.confidential-uplink"
    also_breaks: ClassVar[tuple[str, ...]] = ("PROT.confidential-downlink", "MCAST.outsiders")
    ability = "eavesdrop"


class _TailInClear(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        whole = len(data) - len(data) % _BLOCK
        return super().cipher(key, pdu, data[:whole]) + data[whole:]


class TailInClear(_HopCipherFault):
    """Only whole blocks go through the cipher."""

    identifier = "tail-in-clear"
    sentence = "The octets after the last whole block of a message on a hop are not ciphered."
    published = "PROT-18"
    decisions = on_hops(_TailInClear())


class _BeginningOnly(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return super().cipher(key, pdu, data[:_LONG]) + data[_LONG:]


class OnlyBeginningCiphered(_HopCipherFault):
    """The cipher is called once, for a buffer of a fixed size."""

    identifier = "only-beginning-ciphered"
    sentence = "Only the first 128 octets of a message on a hop are ciphered."
    published = "PROT-18"
    decisions = on_hops(_BeginningOnly())


class _BlockInClear(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        start, end = 4 * _BLOCK, 5 * _BLOCK
        ciphered = super().cipher(key, pdu, data)
        return ciphered[:start] + data[start:end] + ciphered[end:]


class MiddleBlockInClear(_HopCipherFault):
    """A loop that leaves out one turn."""

    identifier = "middle-block-in-clear"
    sentence = "The fifth block of a message on a hop is not ciphered."
    published = "PROT-18"
    variation_of = "tail-in-clear"
    decisions = on_hops(_BlockInClear())


class _FirstInClear(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return data if pdu.count & 0xFFFF < 4 else super().cipher(key, pdu, data)


class FirstMessageInClear(_HopCipherFault):
    """The cipher is switched on too late."""

    identifier = "first-message-in-clear"
    sentence = "The first messages of a session go out before the cipher is switched on."
    published = "PROT-45"
    decisions = on_hops(_FirstInClear())


class _LongInClear(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return data if len(data) > 512 else super().cipher(key, pdu, data)


class LongMessageInClear(_HopCipherFault):
    """Too big for the cipher's buffer: sent as it is."""

    identifier = "long-message-in-clear"
    sentence = "A message on a hop of more than 512 octets is not ciphered."
    published = "PROT-18"
    decisions = on_hops(_LongInClear())


class _ShortInClear(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return data if len(data) < 40 else super().cipher(key, pdu, data)


class ShortMessageInClear(_HopCipherFault):
    """Less than two blocks and a bit: not worth it, somebody thought."""

    identifier = "short-message-in-clear"
    sentence = "A short message on a hop is not ciphered."
    published = "PROT-18"
    variation_of = "long-message-in-clear"
    decisions = on_hops(_ShortInClear())


class _EveryOther(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return data if pdu.count % 8 == 7 else super().cipher(key, pdu, data)


class EveryEighthInClear(_HopCipherFault):
    """As after every refill of a queue (framing frames)."""

    identifier = "every-eighth-in-clear"
    sentence = "Each eighth message on a hop goes out of the queue without the cipher."
    published = "PROT-37"
    variation_of = "first-message-in-clear"
    decisions = on_hops(_EveryOther())


class _Base64(ComposedSet):
    tag_octets = 16

    def encipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return base64.b64encode(data)

    def decipher(self, key: bytes, pdu: PduInput, body: bytes) -> bytes:
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            raise PeerViolation("no base64") from None


class EncodedNotCiphered(_HopCipherFault):
    """It cannot be read at a glance, and that was all."""

    identifier = "encoded-not-ciphered"
    sentence = "Messages on a hop are encoded in base64 instead of ciphered."
    published = "PROT-09"
    decisions = on_hops(_Base64())


class _Inverted(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return bytes(octet ^ 0xFF for octet in data)


class InvertedNotCiphered(_HopCipherFault):
    """A cipher without a key."""

    identifier = "inverted-not-ciphered"
    sentence = "Each octet of a message on a hop is inverted instead of ciphered."
    published = "PROT-09"
    variation_of = "encoded-not-ciphered"
    decisions = on_hops(_Inverted())


class _ShortPeriod(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        pad = (key[:8] * (len(data) // 8 + 1))[: len(data)]
        return bytes(octet ^ mask for octet, mask in zip(data, pad, strict=True))


class RepeatedKeyAsKeystream(_HopCipherFault):
    """The key is secret and good, the cipher is none."""

    identifier = "repeated-key-as-keystream"
    sentence = "Messages on a hop are combined with a key of 8 octets, over and over."
    published = "KEYS-20"
    also_breaks = ("PROT.confidential-downlink", "MCAST.outsiders", "PROT.keystream")
    decisions = on_hops(_ShortPeriod())


class _KeystreamFault(Fault, family=True):
    breaks = "PROT.keystream"
    ability = "eavesdrop"


class _OneKeystream(ComposedSet):
    def first_block(self, pdu: PduInput) -> bytes:
        return bytes(16)


class OneKeystreamForASession(_KeystreamFault):
    """The nonce is a constant."""

    identifier = "one-keystream-for-a-session"
    sentence = "Every message of a session on a hop is ciphered with the same keystream."
    published = "PROT-28"
    decisions = on_hops(_OneKeystream())


class _BothWays(ComposedSet):
    def first_block(self, pdu: PduInput) -> bytes:
        return super().first_block(without_direction(pdu))


class KeystreamBothWays(_KeystreamFault):
    """DIRECTION is no input of the cipher."""

    identifier = "keystream-both-ways"
    sentence = "The keystream of a message to the GO and of the GO's message with the same number are equal."
    published = "PROT-28"
    decisions = on_hops(_BothWays())


class _ShortNonce(ComposedSet):
    def first_block(self, pdu: PduInput) -> bytes:
        return bytes([pdu.count & 0x0F, pdu.direction]) + bytes(14)


class NonceOfFourBits(_KeystreamFault):
    """The counter is cut on its way into the cipher."""

    identifier = "nonce-of-four-bits"
    sentence = (
        "Only four bits of the counter reach the cipher, so the keystream comes back after 16 messages."
    )
    published = "PROT-29"
    decisions = on_hops(_ShortNonce())


class _EightBits(ComposedSet):
    def first_block(self, pdu: PduInput) -> bytes:
        return bytes([pdu.count & 0xFF, pdu.direction]) + bytes(14)


class NonceOfEightBits(_KeystreamFault):
    """As above, and rarer."""

    identifier = "nonce-of-eight-bits"
    sentence = (
        "Only eight bits of the counter reach the cipher, so the keystream comes back after 256 messages."
    )
    published = "PROT-29"
    variation_of = "nonce-of-four-bits"
    decisions = on_hops(_EightBits())


class _NextTo(ComposedSet):
    def first_block(self, pdu: PduInput) -> bytes:
        start = int.from_bytes(super().first_block(pdu)[:5], "big") << 11 * 8
        low = pdu.count & 0xFFFF
        return (start & ~(0xFFFF << 12 * 8) | low).to_bytes(16, "big")


class CounterBlocksOverlap(_KeystreamFault):
    """The message's number is added where the cipher counts its blocks."""

    identifier = "counter-blocks-overlap"
    sentence = "The second block of a message is ciphered with the keystream of the next message's first."
    published = "PROT-28"
    decisions = on_hops(_NextTo())


class _Codebook(ComposedSet):
    def encipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        padded = data + bytes([0x80]) + bytes(-(len(data) + 1) % _BLOCK)
        encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def decipher(self, key: bytes, pdu: PduInput, body: bytes) -> bytes:
        if len(body) % _BLOCK:
            raise PeerViolation("no whole blocks")
        decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
        return (decryptor.update(body) + decryptor.finalize()).rstrip(b"\0")[:-1]


class ElectronicCodebook(_KeystreamFault):
    """A block cipher without a mode."""

    identifier = "electronic-codebook"
    sentence = "Each block of a message on a hop is ciphered by itself, so that equal blocks look equal."
    published = "PROT-28"
    decisions = on_hops(_Codebook())
