"""Faults: a hop keeps its MAC but ciphers nothing, both ways or one way only."""

from __future__ import annotations

from reference_impl.faults import Fault
from reference_impl.parts import Parts
from reference_impl.protection import Channel, HopProtection


class _Open(HopProtection):
    def is_ciphered(self, channel: Channel, from_command_sender: bool) -> bool:
        return False


class NullEncryption(Fault):
    """Integrity alone, as with EEA0."""

    identifier = "null-encryption"
    sentence = "Messages on a hop are integrity protected but not ciphered."
    published = "PROT-09"
    breaks = "PROT.confidential-uplink"
    # The group key is given to each member on its hop, so it is read there.
    also_breaks = ("PROT.confidential-downlink", "PROT.keystream", "KEYS.fresh-sessions")
    ability = "eavesdrop"
    decisions = Parts(hop=_Open())


class _OpenUplink(HopProtection):
    def is_ciphered(self, channel: Channel, from_command_sender: bool) -> bool:
        return from_command_sender and super().is_ciphered(channel, from_command_sender)


class UplinkInClear(Fault):
    """Only the owner ciphers."""

    identifier = "uplink-in-clear"
    sentence = "What a UE sends to the GO is not ciphered, while what the GO sends is."
    published = "PROT-39"
    in_both_profiles = True
    breaks = "PROT.confidential-uplink"
    also_breaks = ("PROT.keystream",)
    ability = "eavesdrop"
    decisions = Parts(hop=_OpenUplink())


class _OpenDownlink(HopProtection):
    def is_ciphered(self, channel: Channel, from_command_sender: bool) -> bool:
        return not from_command_sender


class DownlinkInClear(Fault):
    """Only the UEs cipher."""

    identifier = "downlink-in-clear"
    sentence = "What the GO sends to one UE is not ciphered, while what the UE sends is."
    published = "PROT-39"
    breaks = "PROT.confidential-downlink"
    also_breaks = ("PROT.keystream",)
    ability = "eavesdrop"
    decisions = Parts(hop=_OpenDownlink())
