"""The security decisions of a device, gathered: the seams at which one can be changed alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.agreement import Agreement
from reference_impl.certificate_credentials import Certificates
from reference_impl.credentials import CredentialChecks, CredentialKind
from reference_impl.group_key import GroupProtection
from reference_impl.protection import HopProtection
from reference_impl.relay import RelayRules
from reference_impl.storage import Sealing


@dataclass(frozen=True)
class Parts:
    """One object a field of decisions. They hold no state of a session, so devices can share them.

    ``kind`` tells profile A (certificates) from profile B (pair keys); all else serves both.
    """

    kind: CredentialKind = field(default_factory=Certificates)
    credentials: CredentialChecks = field(default_factory=CredentialChecks)
    agreement: Agreement = field(default_factory=Agreement)
    hop: HopProtection = field(default_factory=HopProtection)
    group: GroupProtection = field(default_factory=GroupProtection)
    relay: RelayRules = field(default_factory=RelayRules)
    sealing: Sealing = field(default_factory=Sealing)

    def __deepcopy__(self, memo: dict[int, object]) -> Parts:
        """Decisions are not state: a copied device decides by the same ones."""
        return self
