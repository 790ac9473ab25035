"""Faults in when the group gets a new key."""

from __future__ import annotations

from reference_impl.faults import Fault
from reference_impl.group_key import GroupProtection, Occasion
from reference_impl.parts import Parts


class _KeptAfterRemoval(GroupProtection):
    def renews_on(self, occasion: Occasion) -> bool:
        return occasion != "remove"


class NoRekeyAfterRemoval(Fault):
    """The member is off the list, and its key still opens everything."""

    identifier = "no-rekey-after-removal"
    sentence = "The group keeps its key when the GO removes a member."
    published = "MCAST-06"
    breaks = "MCAST.removed"
    ability = "removed member"
    decisions = Parts(group=_KeptAfterRemoval())
