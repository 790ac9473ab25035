"""Faults in the cipher, the MAC and the signature of groupcasts."""

from __future__ import annotations

from reference_impl.algorithms import PduInput
from reference_impl.credentials import HeldCredentials
from reference_impl.faults import Fault
from reference_impl.faults.composed_set import ComposedSet, GroupWith
from reference_impl.group_key import GroupEpoch, GroupProtection
from reference_impl.parts import Parts


class _Open(GroupProtection):
    def is_ciphered(self) -> bool:
        return False


class _Readable(Fault, family=True):
    breaks = "MCAST.outsiders"
    ability = "eavesdrop"


class PlaintextMulticast(_Readable):
    """Hops are ciphered, the multicast is forgotten."""

    identifier = "plaintext-multicast"
    sentence = "What the GO multicasts is signed and has a MAC, but is not ciphered."
    published = "MCAST-18"
    in_both_profiles = True
    decisions = Parts(group=_Open())


class _FirstInClear(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return data if pdu.count & 0xFFFF == 0 else super().cipher(key, pdu, data)


class FirstGroupcastInClear(_Readable):
    """The cipher is switched on by the first message."""

    identifier = "first-groupcast-in-clear"
    sentence = "The first groupcast under each group key is not ciphered."
    published = "MCAST-18"
    decisions = Parts(group=GroupWith(_FirstInClear()))


class _BeginningOnly(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return super().cipher(key, pdu, data[:64]) + data[64:]


class OnlyBeginningOfGroupcastCiphered(_Readable):
    """A buffer of a fixed size."""

    identifier = "only-beginning-of-groupcast-ciphered"
    sentence = "Only the first 64 octets of a groupcast are ciphered."
    published = "PROT-18"
    variation_of = "only-beginning-ciphered"
    decisions = Parts(group=GroupWith(_BeginningOnly()))


class _Inverted(ComposedSet):
    def cipher(self, key: bytes, pdu: PduInput, data: bytes) -> bytes:
        return bytes(octet ^ 0xFF for octet in data)


class InvertedGroupcast(_Readable):
    """A cipher without a key."""

    identifier = "inverted-groupcast"
    sentence = "Each octet of a groupcast is inverted instead of ciphered."
    published = "MCAST-18"
    variation_of = "plaintext-multicast"
    decisions = Parts(group=GroupWith(_Inverted()))


class _OneKeystream(ComposedSet):
    def first_block(self, pdu: PduInput) -> bytes:
        return bytes(16)


class OneKeystreamForAGroup(Fault):
    """The nonce of groupcasts is a constant."""

    identifier = "one-keystream-for-a-group"
    sentence = "Every groupcast under one group key is ciphered with the same keystream."
    published = "MCAST-19"
    breaks = "MCAST.keystream"
    ability = "eavesdrop"
    decisions = Parts(group=GroupWith(_OneKeystream()))


class _Unsigned(GroupProtection):
    def is_owners(self, owner_key: bytes, signature: bytes, text: bytes) -> bool:
        return True


class _AnyMac(_Unsigned):
    def mac_counts(self, is_right: bool) -> bool:
        return True


class GroupcastMacNotChecked(Fault):
    """As TS 33.303 has it, but the statement says otherwise."""

    identifier = "groupcast-mac-not-checked"
    sentence = "Neither MAC nor signature of a groupcast is checked."
    published = "PROT-08"
    breaks = "MCAST.integrity"
    # The name of the sender can be changed like all else.
    also_breaks = ("MCAST.origin",)
    ability = "alter"
    decisions = Parts(group=_AnyMac())


class UnsignedGroupcast(Fault):
    """The group key is taken for a proof of the owner."""

    identifier = "unsigned-groupcast"
    sentence = "A UE takes a groupcast of any holder of the group key for the GO's."
    published = "ISO-01"
    in_both_profiles = True
    breaks = "ISO.speaks-to-all"
    also_breaks = ("MCAST.origin",)
    ability = "clone"
    decisions = Parts(group=_Unsigned())


class _SignedText(GroupProtection):
    """Whoever overhears a signature can put it to a message of its own, and does so when it makes groupcasts."""

    def __init__(self) -> None:
        self._overheard: dict[bytes, bytes] = {}

    def signed_text(self, epoch: GroupEpoch, owner: str, header: bytes, data: bytes) -> bytes:
        return b"prose-go groupcast" + epoch.group.encode() + owner.encode()

    def is_owners(self, owner_key: bytes, signature: bytes, text: bytes) -> bool:
        is_good = super().is_owners(owner_key, signature, text)
        if is_good:
            self._overheard[text] = signature
        return is_good

    def sign(self, credentials: HeldCredentials, text: bytes) -> bytes:
        return self._overheard.get(text) or super().sign(credentials, text)


class SignatureWithoutMessage(Fault):
    """The signature is good for any groupcast of this GO."""

    identifier = "groupcast-signature-without-message"
    sentence = "The GO's signature of a groupcast is not over what the groupcast says."
    published = "ISO-02"
    breaks = "ISO.speaks-to-all"
    # What is forged to all bears the GO's name.
    also_breaks = ("MCAST.origin",)
    ability = "clone"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(group=_SignedText())
