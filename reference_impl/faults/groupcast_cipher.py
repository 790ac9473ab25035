"""Faults in the cipher of groupcasts."""

from __future__ import annotations

from reference_impl.faults import Fault
from reference_impl.group_key import GroupProtection
from reference_impl.parts import Parts


class _Open(GroupProtection):
    def is_ciphered(self) -> bool:
        return False


class PlaintextMulticast(Fault):
    """Hops are ciphered, the multicast is forgotten."""

    identifier = "plaintext-multicast"
    sentence = "What the GO multicasts is signed and has a MAC, but is not ciphered."
    published = "MCAST-18"
    breaks = "MCAST.outsiders"
    also_breaks = ("MCAST.keystream",)
    ability = "eavesdrop"
    decisions = Parts(group=_Open())
