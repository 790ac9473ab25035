"""The endpoints that a case plays with: Group Owners and UEs, and what one asks of them.

An endpoint is cast first (its credentials are made) and made a station only when the first of the
scenario's endpoints acts, so that all credentials of a scenario exist before its first station. What is
asked of an endpoint is written to the trace; what it answers comes as events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_prose_go.air.trace import (
    Asked,
    Owned,
    Quit,
    RekeyAsked,
    Removed,
    Restarted,
    Sent,
    Standing,
    Stopped,
)
from pytest_prose_go.contract import Credentials, Role

if TYPE_CHECKING:
    from pytest_prose_go.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Issue:
    """Credentials with their number in the trace."""

    number: int
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Sending:
    """One ``send``: its number in the trace, the record of the call, and what it was."""

    number: int
    index: int
    sender: Endpoint
    to: Endpoint | None
    group: str
    data: bytes


class Endpoint:
    """One station of the scenario, and how to ask it for things. ``number`` is its number in the trace."""

    def __init__(
        self,
        scenario: Scenario,
        number: int,
        identity: str,
        group: str,
        issue: Issue | None,
        trusts: tuple[str, ...],
        standing: Standing,
        role: Role,
        claim: str | None = None,
    ) -> None:
        self.scenario = scenario
        self.number = number
        self.identity = identity
        self.group = group
        self.issue = issue
        self.trusts = trusts
        self.standing = standing
        self.role = role
        self.claim = claim
        self.address = scenario.draw.address()
        self.offers: tuple[str, ...] | None = None
        """The algorithms that the station is restricted to (capability ``offers``), None for all."""
        self.admirer: Endpoint | None = None
        """For a rogue: the endpoint that trusts it, with which its control is made."""

    def __repr__(self) -> str:
        return f"<{self.standing} {self.role} {self.identity}>"

    def sends(
        self,
        to: Endpoint | None = None,
        data: bytes | None = None,
        group: str | None = None,
        length: int | None = None,
    ) -> Sending:
        """Send a message to ``to``, or to the whole group (None). Without ``data`` a random payload, of
        ``length`` bytes or of a usual length. Nothing is waited for."""
        scenario = self.scenario
        payload = scenario.draw.payload(length) if data is None else data
        in_group = self.group if group is None else group
        receiver = None if to is None else to.identity
        number = scenario.next_sending()
        index = scenario.book(Sent(scenario.now, self.number, in_group, number, payload, receiver))
        scenario.drive(self, "send", lambda station, now: station.send(in_group, payload, receiver, now))
        return Sending(number, index, self, to, in_group, payload)

    def restarts(self, power_loss: bool = True) -> None:
        """Switch off (or lose power) and on again. Raises :class:`Unsupported` if it cannot."""
        scenario = self.scenario
        scenario.require("restart")
        scenario.book(Restarted(scenario.now, self.number, power_loss))
        scenario.drive(self, "restart", lambda station, now: station.restart(now, power_loss))

    def falls_silent(self) -> None:
        """Neither hear nor be heard from here on."""
        self.scenario.come_alive()
        self.scenario.air.silence(self.number)

    def speaks_again(self) -> None:
        """Hear and be heard again."""
        self.scenario.air.silence(self.number, on=False)

    def stops(self) -> None:
        """Switch off for good."""
        self.scenario.book(Stopped(self.scenario.now, self.number))
        self.scenario.air.detach(self.number)
        self.scenario.station(self).stop()


class GroupOwner(Endpoint):
    """A station that owns a group, or poses as one that does."""

    at_home: GroupOwner | None = None
    """For one with another group's credentials: itself as the owner of that group."""

    def owns(self) -> None:
        """Become the owner of the group (once; asked again, nothing happens)."""
        scenario = self.scenario
        if scenario.asked_to_own(self):
            return
        issue = None if self.issue is None else self.issue.number
        credentials = Credentials(b"") if self.issue is None else self.issue.credentials
        scenario.come_alive()
        scenario.book(Owned(scenario.now, self.number, self.group, issue, self.claim))
        scenario.drive(
            self, "own", lambda station, now: station.own(self.group, credentials, now, claim=self.claim)
        )

    def removes(self, member: Endpoint) -> None:
        """Put ``member`` out of the group."""
        scenario = self.scenario
        scenario.book(Removed(scenario.now, self.number, self.group, member.identity))
        scenario.drive(self, "remove", lambda station, now: station.remove(self.group, member.identity, now))

    def rekeys(self) -> None:
        """Make the keys of the group new. Raises :class:`Unsupported` if it cannot."""
        scenario = self.scenario
        scenario.require("rekey")
        scenario.book(RekeyAsked(scenario.now, self.number, self.group))
        scenario.drive(self, "rekey", lambda station, now: station.rekey(self.group, now))


class UserEquipment(Endpoint):
    """A station that joins groups, with good credentials or without."""

    def asks(self, owner: GroupOwner, claim: str | None = None, address: int | None = None) -> int:
        """Ask to join the group of ``owner`` (at ``address``, if discovery says another). Nothing is waited
        for. Returns the index of the record."""
        scenario = self.scenario
        owner.owns()
        issue = self.issue
        claimed = self.claim if claim is None else claim
        group = owner.group
        owner_address = scenario.discovered_address(owner) if address is None else address
        credentials = Credentials(b"") if issue is None else issue.credentials
        index = scenario.book(
            Asked(
                scenario.now,
                self.number,
                group,
                owner_address,
                None if issue is None else issue.number,
                claimed,
            )
        )
        scenario.remember_asked(self, owner, index)
        scenario.drive(
            self,
            "join",
            lambda station, now: station.join(group, owner_address, credentials, now, claim=claimed),
        )
        return index

    def leaves(self, owner: GroupOwner | None = None) -> None:
        """Leave the group (of ``owner``, if it is another than its own)."""
        scenario = self.scenario
        group = self.group if owner is None else owner.group
        scenario.book(Quit(scenario.now, self.number, group))
        scenario.forget_asked(self, group)
        scenario.drive(self, "leave", lambda station, now: station.leave(group, now))
