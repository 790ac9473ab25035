"""Public keys that were made known beforehand: each authority keeps a list, and a device is given those it trusts."""

from __future__ import annotations

from dataclasses import dataclass

from examples.star.channel import PeerRefused
from pytest_prose_go.contract import Flaw, Role, Unsupported

UNOFFERED: frozenset[Flaw] = frozenset({"issued-by-member", "look-alike-issuer", "explicit-parameters"})
"""Flaws of certificates, which lists have not."""
_DAY = 86_400.0


@dataclass(frozen=True)
class Pin:
    """Whose a key is."""

    identity: str
    group: str
    role: Role
    first: float
    last: float
    purpose: bool = True
    revoked: bool = False


Pins = dict[bytes, Pin]
"""Public keys and whose they are, as one device was told."""


class Lists:
    """The list of every authority, by its name."""

    def __init__(self) -> None:
        self._lists: dict[str, Pins] = {}

    def enter(
        self,
        key: bytes,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None,
    ) -> None:
        """Enter ``key`` on the list of ``authority``, or with ``flaw`` in the way that it is wrong: credentials without
        their key stand on no list. Raises :class:`Unsupported` for flaws that a list has not."""
        if flaw in UNOFFERED:
            raise Unsupported(flaw)
        entered = self._lists.setdefault(authority, {})
        if flaw == "without-key":
            return
        first, last = valid_from, valid_until
        if flaw == "expired":
            first, last = first - 2 * _DAY, first - _DAY
        elif flaw == "not-yet-valid":
            first, last = last + _DAY, last + 2 * _DAY
        entered[key] = Pin(
            identity, group, role, first, last, purpose=flaw != "wrong-purpose", revoked=flaw == "revoked"
        )

    def of(self, authorities: tuple[str, ...]) -> Pins:
        """What a device is told that trusts these."""
        return {key: pin for name in authorities for key, pin in self._lists.get(name, {}).items()}


def holder(pins: Pins, key: bytes, group: str, role: Role, now: float) -> str:
    """The identity whose key it is. Raises :class:`PeerRefused` unless it is one of ``group`` in ``role``, now."""
    pin = pins.get(key)
    if pin is None:
        raise PeerRefused("a key that nobody vouches for")
    if pin.revoked or not pin.purpose:
        raise PeerRefused("a key that is not to be used")
    if not pin.first <= now <= pin.last:
        raise PeerRefused("not valid now")
    if (pin.group, pin.role) != (group, role):
        raise PeerRefused("a key for another group or role")
    return pin.identity
