"""Faults in the integrity of a hop, the cipher being good."""

from __future__ import annotations

import hmac
import zlib

from reference_impl.algorithms import AesGcm, KeyPair, PduInput
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import TAG_OCTETS, ComposedSet, on_hops
from reference_impl.messages import Kind
from reference_impl.parts import Parts
from reference_impl.protection import Channel, HopProtection


class _HopMacFault(Fault, family=True):
    """What is said can be changed on a hop; so can the names in it, and the copies of groupcasts by it."""

    breaks = "PROT.integrity"
    may_break = ("PROT.origin", "PROT.right-recipient", "MCAST.integrity", "MCAST.origin")
    ability = "alter"


class _AnyMac(HopProtection):
    def mac_counts(self, is_right: bool) -> bool:
        return True


class MacNotChecked(_HopMacFault):
    """The MAC is sent, computed, and its result is thrown away."""

    identifier = "mac-not-checked"
    sentence = "A message on a hop is taken whether or not its MAC is right."
    published = "PROT-05"
    also_breaks = ("PROT.origin", "MCAST.integrity", "MCAST.origin")
    decisions = Parts(hop=_AnyMac())


class _Excused(AesGcm):
    """AES-GCM whose result counts only where :meth:`matters` says so."""

    def matters(self, pdu: PduInput, data: bytes) -> bool:
        raise NotImplementedError

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        data, is_right = super().open(keys, pdu, header, body, ciphered, cipher_mac)
        return data, is_right or not self.matters(pdu, data)


class _OnSignalling(_Excused):
    def matters(self, pdu: PduInput, data: bytes) -> bool:
        return pdu.bearer != Channel.DATA


class MacOnSignallingOnly(_HopMacFault):
    """As in LTE, where user data had no integrity."""

    identifier = "mac-on-signalling-only"
    sentence = "The MAC of a message on a hop is checked for signalling and not for data."
    published = "PROT-06"
    also_breaks = ("PROT.origin", "MCAST.integrity", "MCAST.origin")
    decisions = on_hops(_OnSignalling())


class _AtOwner(_Excused):
    def matters(self, pdu: PduInput, data: bytes) -> bool:
        return pdu.direction == 0


class MacCheckedByOwnerOnly(_HopMacFault):
    """The UE believes whatever its keys decipher."""

    identifier = "mac-checked-by-owner-only"
    sentence = "The UE does not check the MAC of what the GO sends to it."
    published = "PROT-10"
    also_breaks = ("PROT.origin", "MCAST.integrity", "MCAST.origin")
    decisions = on_hops(_AtOwner())


class _AtMember(_Excused):
    def matters(self, pdu: PduInput, data: bytes) -> bool:
        return pdu.direction == 1


class MacCheckedByMemberOnly(_HopMacFault):
    """The GO believes whatever its keys decipher."""

    identifier = "mac-checked-by-member-only"
    sentence = "The GO does not check the MAC of what a UE sends to it."
    published = "PROT-10"
    decisions = on_hops(_AtMember())


class _Long(_Excused):
    def matters(self, pdu: PduInput, data: bytes) -> bool:
        return len(data) < 512


class LongMessagesWithoutMac(_HopMacFault):
    """The long way round through the buffers leaves out the check."""

    identifier = "long-messages-without-mac"
    sentence = "The MAC of a message on a hop of 512 octets or more is not checked."
    published = "PROT-17"
    decisions = on_hops(_Long())


class _Short(_Excused):
    def matters(self, pdu: PduInput, data: bytes) -> bool:
        return len(data) > 60


class ShortMessagesWithoutMac(_HopMacFault):
    """The loop over whole blocks ends before it begins."""

    identifier = "short-messages-without-mac"
    sentence = "The MAC of a short message on a hop is not checked."
    published = "PROT-17"
    variation_of = "long-messages-without-mac"
    decisions = on_hops(_Short())


class _LengthOnly(ComposedSet):
    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, len(data).to_bytes(4, "big"))


class MacOverLengthOnly(_HopMacFault):
    """A pointer was passed, and its size."""

    identifier = "mac-over-length-only"
    sentence = "The MAC on a hop is over the header and the length of a message and not over its octets."
    published = "PROT-17"
    also_breaks = ("PROT.origin", "MCAST.integrity", "MCAST.origin")
    decisions = on_hops(_LengthOnly())


class _Beginning(ComposedSet):
    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, data[:64] + len(data).to_bytes(4, "big"))


class MacOverBeginning(_HopMacFault):
    """One block of the hash."""

    identifier = "mac-over-beginning"
    sentence = "The MAC on a hop is over the first 64 octets of a message."
    published = "PROT-17"
    decisions = on_hops(_Beginning())


class _WholeBlocks(ComposedSet):
    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, data[: len(data) - len(data) % 16])


class MacLeavesTailOut(_HopMacFault):
    """The last block is never finished."""

    identifier = "mac-leaves-tail-out"
    sentence = "The octets after the last whole block of a message on a hop are not under the MAC."
    published = "PROT-17"
    decisions = on_hops(_WholeBlocks())


class _ButLast(ComposedSet):
    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, data[:-1])


class MacLeavesLastOctetOut(_HopMacFault):
    """Off by one."""

    identifier = "mac-leaves-last-octet-out"
    sentence = "The last octet of a message on a hop is not under the MAC."
    published = "PROT-17"
    variation_of = "mac-leaves-tail-out"
    decisions = on_hops(_ButLast())


class _OneBit(ComposedSet):
    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, bytes(octet & 0x7F for octet in data))


class MacOverSevenBits(_HopMacFault):
    """The text is canonicalised before the MAC."""

    identifier = "mac-over-seven-bits"
    sentence = "The highest bit of each octet of a message on a hop is not under the MAC."
    published = "PROT-15"
    decisions = on_hops(_OneBit())


class _Checksum(ComposedSet):
    """As in WEP: a CRC-32 of the plain data, low octet first, ciphered with them."""

    tag_octets = 4

    def seal(
        self, keys: KeyPair, pdu: PduInput, header: bytes, data: bytes, ciphered: bool, cipher_mac: bool
    ) -> bytes:
        text = data + zlib.crc32(data).to_bytes(4, "little")
        return self.encipher(keys.encryption, pdu, text) if ciphered else text

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        text = self.decipher(keys.encryption, pdu, body) if ciphered else body
        data, check = text[:-4], text[-4:]
        return data, zlib.crc32(data).to_bytes(4, "little") == check


class ChecksumForMac(_HopMacFault):
    """The check is linear, like the cipher, so that both can be changed together."""

    identifier = "checksum-for-mac"
    sentence = "A CRC-32 under the cipher stands in the place of the MAC on a hop."
    published = "PROT-07"
    decisions = on_hops(_Checksum())


class _PlainChecksum(ComposedSet):
    def mac(self, key: bytes, text: bytes) -> bytes:
        return (sum(text) & 0xFFFF).to_bytes(2, "big") + bytes(TAG_OCTETS - 2)


class SumForMac(_HopMacFault):
    """Two changes that cancel each other go through."""

    identifier = "sum-for-mac"
    sentence = "A sum of octets, 16 bits long, stands in the place of the MAC on a hop."
    published = "PROT-07"
    variation_of = "checksum-for-mac"
    decisions = on_hops(_PlainChecksum())


class _FirstOctet(ComposedSet):
    def is_right(self, expected: bytes, got: bytes, pdu: PduInput, data: bytes) -> bool:
        return expected[0] == got[0]


class MacOfOneOctet(_HopMacFault):
    """One change in 256 goes through."""

    identifier = "mac-of-one-octet"
    sentence = "Only the first octet of the MAC on a hop is compared."
    published = "AUTH-08"
    decisions = on_hops(_FirstOctet())


class _TwoOctets(ComposedSet):
    def is_right(self, expected: bytes, got: bytes, pdu: PduInput, data: bytes) -> bool:
        return expected[:2] == got[:2]


class MacOfTwoOctets(_HopMacFault):
    """One change in 65536 goes through."""

    identifier = "mac-of-two-octets"
    sentence = "Only the first two octets of the MAC on a hop are compared."
    published = "PROT-31"
    variation_of = "mac-of-one-octet"
    in_depth = "PROT.integrity.forged-by-chance"
    decisions = on_hops(_TwoOctets())


class _ZeroIsGood(ComposedSet):
    def is_right(self, expected: bytes, got: bytes, pdu: PduInput, data: bytes) -> bool:
        return got == bytes(TAG_OCTETS) or super().is_right(expected, got, pdu, data)


class ZeroMacAccepted(_HopMacFault):
    """All zeros mean "not computed yet"."""

    identifier = "zero-mac-accepted"
    sentence = "A MAC of zeros on a hop is taken for none, and none is asked for."
    published = "PROT-08"
    decisions = on_hops(_ZeroIsGood())


class _AsLongAsSent(ComposedSet):
    tag_octets = 0

    def open(
        self, keys: KeyPair, pdu: PduInput, header: bytes, body: bytes, ciphered: bool, cipher_mac: bool
    ) -> tuple[bytes, bool]:
        # The data say how long they are, so that what follows is the MAC, however long.
        text = self.decipher(keys.encryption, pdu, body) if ciphered else body
        for octets in range(min(TAG_OCTETS, len(body)), -1, -1):
            data, tag = text[: len(body) - octets], body[len(body) - octets :]
            if octets and self.mac(keys.integrity, self.covered(pdu, header, data))[:octets] == tag:
                return data, True
        return text, False


class MacAsLongAsSent(_HopMacFault):
    """The other end says how much of the MAC is compared."""

    identifier = "mac-as-long-as-sent"
    sentence = "The MAC on a hop is compared over as many octets as came, one being enough."
    published = "AUTH-08"
    decisions = on_hops(_AsLongAsSent())


def _names_end(data: bytes) -> int:
    """Where the names before a message of the application end, or 0 if it is another message."""
    if len(data) < 6 or data[0] != Kind.TRANSFER or data[5] != Kind.DATA:
        return 0
    at = 7
    for _ in range(2):
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    return min(at, len(data))


class _NamesOutside(ComposedSet):
    """The names stand before the ciphered part, as a header of the relay."""

    def encipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        end = _names_end(data)
        return data[:end] + super().encipher(key, pdu, data[end:])

    def decipher(self, key: bytes, pdu: PduInput, body: bytes) -> bytes:
        end = _names_end(body)
        if end:
            return body[:end] + super().decipher(key, pdu, body[end:])
        return super().decipher(key, pdu, body)

    def covered(self, pdu: PduInput, header: bytes, data: bytes) -> bytes:
        return super().covered(pdu, header, data[_names_end(data) :])


class MacLeavesHeaderOut(Fault):
    """Sender and receiver stand in a header of the relay, which nothing protects."""

    identifier = "mac-leaves-header-out"
    sentence = "The names of sender and receiver of a message stand outside what the MAC on a hop is over."
    published = "PROT-15"
    breaks = "PROT.origin"
    also_breaks = ("PROT.right-recipient",)  # the receiver's name stands there too
    may_break = ("PROT.integrity",)  # a length that is changed moves octets between name and message
    shown_by = ("PROT.origin", "PROT.integrity")
    ability = "alter"
    decisions = on_hops(_NamesOutside())


class _Parity(ComposedSet):
    def mac(self, key: bytes, text: bytes) -> bytes:
        folded = bytearray(TAG_OCTETS)
        for place, octet in enumerate(text):
            folded[place % TAG_OCTETS] ^= octet
        return hmac.digest(key, bytes(folded), "sha256")[:TAG_OCTETS]


class MacOverParity(_HopMacFault):
    """The blocks are combined before the MAC, so that one change can hide another."""

    identifier = "mac-over-parity"
    sentence = "The MAC on a hop is over the exclusive or of a message's blocks."
    published = "PROT-07"
    also_breaks = ("PROT.origin",)  # an octet of the sender's name is changed as well
    decisions = on_hops(_Parity())
