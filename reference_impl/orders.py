"""What credentials are ordered for, and what may be wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from reference_impl.certificates import Role

Flaw = Literal[
    "expired",
    "not-yet-valid",
    "revoked",
    "without-key",
    "wrong-purpose",
    "issued-by-member",
    "look-alike-issuer",
    "name-variant",
]
FLAWS: tuple[Flaw, ...] = get_args(Flaw)

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Order:
    """What credentials are asked for. Times are POSIX seconds."""

    identity: str
    group: str
    authority: str
    role: Role
    valid_from: float
    valid_until: float

    @property
    def names(self) -> str:
        """All but the dates, unambiguously."""
        return repr((self.identity, self.group, self.authority, self.role))

    def with_dates_of(self, flaw: Flaw | None) -> Order:
        """The order with dates that are past or yet to come, if that is the flaw."""
        if flaw == "expired":
            return replace(self, valid_from=self.valid_from - 2 * DAY, valid_until=self.valid_from - DAY)
        if flaw == "not-yet-valid":
            return replace(self, valid_from=self.valid_until + DAY, valid_until=self.valid_until + 2 * DAY)
        return self
