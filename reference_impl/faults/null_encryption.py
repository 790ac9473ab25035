"""Fault: the hop keeps its MAC but ciphers nothing."""

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
    breaks = "PROT.hop-confidentiality"
    ability = "eavesdrop"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(hop=_Open())
