"""Authorities of a laboratory that hand out pair keys: one for each owner and member of a group.

A key exists once both of its ends do, so a device is given its keys when it is put to use: by then all
credentials are issued. All keys follow from the seed of the laboratory and from names, so that a run can be
repeated. That is right for a bench and for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.certificates import generate_private_key, public_point
from reference_impl.credentials import HeldCredentials
from reference_impl.errors import LocalMisuse
from reference_impl.orders import Flaw, Order
from reference_impl.pair_keys import (
    KEY_NAME_OCTETS,
    KEY_OCTETS,
    SERIAL_OCTETS,
    PairKey,
    PairKeyring,
    write_notice,
)
from reference_impl.randomness import Randomness


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of credentials and its number. With ``victim`` it has the names of that one's keys, and other
    keys."""

    order: Order
    serial: int
    victim: Issue | None = None


class PairKeyLaboratory:
    """All authorities of a target, made at their first mention."""

    flaws: tuple[Flaw, ...] = ("expired", "not-yet-valid", "revoked", "without-key", "name-variant")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._issues: dict[int, Issue] = {}
        self._counts: dict[str, int] = {}
        self._withdrawn: dict[str, list[int]] = {}

    def anchor(self, authority: str) -> bytes:
        """The public point by which a device trusts ``authority``."""
        return public_point(self._authority(authority))

    def issue(self, order: Order, flaw: Flaw | None = None) -> PairKeyring:
        """Credentials as ordered, with ``flaw`` if one is asked for, and the keys that exist so far."""
        victim = None
        if flaw == "without-key":
            good = [each for each in self._issues.values() if each.order.names == order.names]
            victim = good[0] if good else self._add(order, None)
        issue = self._add(order.with_dates_of(flaw), victim)
        if flaw == "revoked":
            self._withdraw(issue)
        return self._keyring(issue)

    def completed(self, octets: bytes) -> bytes:
        """Credentials as they are when a device is given them: with all keys that exist by now."""
        try:
            issue = self._issues.get(self.read(octets).serial)
        except LocalMisuse:
            return octets
        return self._keyring(issue).encode() if issue else octets

    def read(self, octets: bytes) -> PairKeyring:
        """Credentials that were handed out."""
        return PairKeyring.decode(octets)

    def revoke(self, credentials: HeldCredentials, at: float) -> bytes:
        """Withdraw credentials: the notice of their authority. Raises KeyError if they are none of these."""
        assert isinstance(credentials, PairKeyring)
        issue = self._issues[credentials.serial]
        self._withdraw(issue)
        return write_notice(self._authority(issue.order.authority), self._withdrawn[issue.order.authority])

    def notice(self, authority: str, at: float) -> bytes | None:
        """All that ``authority`` withdrew, or None if that is nothing yet."""
        serials = self._withdrawn.get(authority)
        return write_notice(self._authority(authority), serials) if serials else None

    def _authority(self, name: str) -> bytes:
        return generate_private_key(self._draw(f"pair key authority {name}", 32))

    def _withdraw(self, issue: Issue) -> None:
        serials = self._withdrawn.setdefault(issue.order.authority, [])
        if issue.serial not in serials:
            serials.append(issue.serial)

    def _add(self, order: Order, victim: Issue | None) -> Issue:
        count = self._counts.get(order.names, 0)
        self._counts[order.names] = count + 1
        serial = int.from_bytes(self._draw(f"issue {count} {order.names}", SERIAL_OCTETS), "big")
        issue = self._issues[serial] = Issue(order, serial, victim)
        return issue

    def _keyring(self, issue: Issue) -> PairKeyring:
        order = issue.order
        others = [
            other
            for other in self._issues.values()
            if other.victim is None
            and (other.order.authority, other.order.group) == (order.authority, order.group)
            and other.order.role != order.role
        ]
        keys = tuple(self._pair_key(issue, other) for other in others)
        return PairKeyring(
            self.anchor(order.authority), order.identity, order.group, order.role, issue.serial, keys
        )

    def _pair_key(self, issue: Issue, other: Issue) -> PairKey:
        """The key of a pair at the end of ``issue``."""
        pair = sorted([(issue.victim or issue).serial, other.serial])
        thief = f" thief {issue.serial}" if issue.victim else ""
        return PairKey(
            self._draw(f"name {pair}", KEY_NAME_OCTETS),
            self._draw(f"key {pair}{thief}", KEY_OCTETS),
            other.order.identity,
            other.serial,
            other.order.valid_from,
            other.order.valid_until,
        )

    def _draw(self, purpose: str, octets: int) -> bytes:
        return Randomness(self._seed, purpose).draw(octets)
