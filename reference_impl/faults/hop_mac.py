"""Faults in the integrity of a hop, the cipher being good."""

from __future__ import annotations

from reference_impl.faults import Fault
from reference_impl.parts import Parts
from reference_impl.protection import HopProtection


class _AnyMac(HopProtection):
    def mac_counts(self, is_right: bool) -> bool:
        return True


class MacNotChecked(Fault):
    """The MAC is sent, computed, and its result is thrown away."""

    identifier = "mac-not-checked"
    sentence = "A message on a hop is taken whether or not its MAC is right."
    published = "PROT-05"
    breaks = "PROT.integrity"
    ability = "alter"

    @classmethod
    def parts(cls) -> Parts:
        return Parts(hop=_AnyMac())
