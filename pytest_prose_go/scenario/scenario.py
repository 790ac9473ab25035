"""The stage of one case: it casts the endpoints, owns the air, keeps the trace and lets the judge watch."""

from __future__ import annotations

from collections.abc import Callable

from pytest_prose_go.air.clock import EPOCH, RealClock, VirtualClock
from pytest_prose_go.air.medium import Air, Storm
from pytest_prose_go.air.trace import (
    Controlled,
    Emitted,
    Ended,
    Entry,
    Issued,
    Lifted,
    Made,
    Moved,
    Noted,
    Reported,
    Standing,
    Trace,
)
from pytest_prose_go.contract import (
    Capability,
    Credentials,
    Declined,
    Diagnostic,
    Flaw,
    Output,
    Refused,
    Role,
    Station,
    Target,
    Unsupported,
)
from pytest_prose_go.judge.controls import Controls
from pytest_prose_go.judge.eavesdropper import Eavesdropper
from pytest_prose_go.judge.ideal_group import IdealGroup
from pytest_prose_go.judge.key_material import KeyMaterial
from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.scenario.draw import Draw
from pytest_prose_go.scenario.endpoints import Endpoint, GroupOwner, Issue, UserEquipment
from pytest_prose_go.scenario.outcome import CaseMisuse, Conclusion, Inconclusive, Play
from pytest_prose_go.targets.breach import TargetError

DAY = 86_400.0
LIFETIME = (-30 * DAY, 365 * DAY)
"""From when until when credentials are valid, in seconds from the scenario's start."""

STDERR = "stderr"
"""By what a station told what stood on its process's stderr."""
LOG_MOST = 1 << 20
"""Characters of it that are booked for each process."""

SAID_LAST = 3
"""How many of the stations' last words are told where a case ended early."""

START_SPREAD = 30 * DAY
"""A virtual clock starts within so many seconds of its epoch, by lot."""


class Scenario:
    """Everything of one case. ``seed`` decides all that is drawn by lot."""

    def __init__(
        self,
        open_target: Callable[[], Target],
        case: str,
        seed: bytes,
        depth: str = "standard",
        on_alive: Callable[[list[tuple[str, Station]]], None] | None = None,
    ) -> None:
        self.case = case
        self.depth = depth
        self.target = open_target()
        self.statement = self.target.statement
        self.draw = Draw(seed, self.statement.limits)
        self.trace = Trace(self.statement)
        self.ideal = IdealGroup(self.statement)
        self.eavesdropper = Eavesdropper(self.statement)
        self.key_material = KeyMaterial(self.statement, self.ideal)
        self.controls = Controls(self.ideal.roster)
        self.trace.watch(self.ideal.handlers)
        for handlers in self.key_material.handlers:
            self.trace.watch(handlers)
        self.trace.watch(self.controls.handlers)
        self.trace.watch(self.eavesdropper.handlers)
        self.clock = (
            RealClock()
            if self.statement.clock == "real"
            else VirtualClock(EPOCH + self.draw.random.randrange(int(START_SPREAD)))
        )
        self.air = Air(self.trace, self.clock)
        self.started = self.clock.now
        self.authority = self.draw.authority()
        self.endpoints: list[Endpoint] = []
        self.not_tried: list[str] = []
        self.notes: list[str] = []
        self._stations: dict[int, Station] = {}
        self.logs: list[tuple[int, str]] = []
        self._on_alive = on_alive
        self._issues = 0
        self._sendings = 0
        self._asked: dict[tuple[int, str], tuple[GroupOwner, int]] = {}
        self._owned: set[tuple[int, str]] = set()

    # --- casting ---------------------------------------------------------------------------------

    def cast_owner(
        self,
        group: str | None = None,
        identity: str | None = None,
        authority: str | None = None,
        standing: Standing = "honest",
        trusts: tuple[str, ...] | None = None,
        role: Role = "owner",
        credentials_group: str | None = None,
        credentialed: bool = True,
        flaw: Flaw | None = None,
        claim: str | None = None,
        lifetime: tuple[float, float] = LIFETIME,
    ) -> GroupOwner:
        """Cast a Group Owner, by default an honest one of a new group."""
        group = self.draw.group() if group is None else group
        name = self.draw.identity() if identity is None else identity
        issue = (
            self.issue(name, credentials_group or group, authority or self.authority, role, flaw, lifetime)
            if credentialed
            else None
        )
        owner = GroupOwner(
            self, len(self.endpoints), name, group, issue, trusts or (self.authority,), standing, role, claim
        )
        self.endpoints.append(owner)
        return owner

    def cast_ue(
        self,
        group: str,
        identity: str | None = None,
        authority: str | None = None,
        standing: Standing = "honest",
        trusts: tuple[str, ...] | None = None,
        credentialed: bool = True,
        flaw: Flaw | None = None,
        claim: str | None = None,
        role: Role = "member",
        lifetime: tuple[float, float] = LIFETIME,
        issued: tuple[str, Issue] | None = None,
    ) -> UserEquipment:
        """Cast a UE with credentials for ``group`` (those ``issued`` to an identity, if given), by default an
        honest one."""
        issue: Issue | None = None
        if issued is not None:
            name, issue = issued
        else:
            name = self.draw.identity() if identity is None else identity
            if credentialed:
                issue = self.issue(name, group, authority or self.authority, role, flaw, lifetime)
        ue = UserEquipment(
            self, len(self.endpoints), name, group, issue, trusts or (self.authority,), standing, role, claim
        )
        self.endpoints.append(ue)
        return ue

    def cast_second_group(self, owner: GroupOwner) -> GroupOwner:
        """The station of ``owner`` once more, as the owner of a second group."""
        if self.statement.limits.groups_per_station < 2:
            raise Inconclusive("not tried: a station of the target is in one group at a time")
        group = self.draw.group()
        return self.in_another_role(owner, group, self.issue(owner.identity, group, self.authority, "owner"))

    def in_another_role(self, owner: GroupOwner, group: str, issue: Issue | None = None) -> GroupOwner:
        """The station of ``owner`` as the owner of ``group``, with its credentials or with others."""
        other = GroupOwner(
            self,
            owner.number,
            owner.identity,
            group,
            issue or owner.issue,
            owner.trusts,
            owner.standing,
            owner.role,
        )
        other.address = owner.address
        return other

    def cast_ue_of_both(self, here: str, there: str) -> tuple[UserEquipment, UserEquipment]:
        """One honest UE with good credentials for two groups, as it is in each."""
        if self.statement.limits.groups_per_station < 2:
            raise Inconclusive("not tried: a station of the target is in one group at a time")
        first = self.cast_ue(here)
        issue = self.issue(first.identity, there, self.authority, "member")
        second = UserEquipment(
            self, first.number, first.identity, there, issue, first.trusts, first.standing, "member"
        )
        second.address = first.address
        return first, second

    def issue(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        flaw: Flaw | None = None,
        lifetime: tuple[float, float] = LIFETIME,
    ) -> Issue:
        """Have the target make credentials. Raises :class:`Inconclusive` if it does not offer ``flaw``."""
        if self._stations and not self.statement.late_issue:
            raise CaseMisuse("credentials are issued before the first station acts: cast first, then act")
        valid_from, valid_until = (self.started + offset for offset in lifetime)
        try:
            credentials = self.target.credentials(
                identity, group, authority, role, valid_from, valid_until, flaw=flaw
            )
        except Unsupported:
            what = f"credentials with flaw {flaw}" if flaw is not None else f"credentials of a {role}"
            self.not_tried.append(what)
            raise Inconclusive(f"not tried: the target offers no {what}") from None
        number = self._issues
        self._issues += 1
        self.book(Issued(self.now, number, identity, group, authority, role, valid_from, valid_until, flaw))
        self._keep_secret(f"credentials of {identity}", credentials)
        return Issue(number, credentials)

    def _keep_secret(self, label: str, credentials: Credentials) -> None:
        for part in credentials.secret_parts:
            self.eavesdropper.knows_secret(label, part)

    def come_alive(self) -> None:
        """Make the stations of all endpoints cast so far."""
        if len(self._stations) == len(self.endpoints):
            return
        for endpoint in self.endpoints:
            if endpoint.number not in self._stations:
                self._make(endpoint)
        if self._on_alive is not None:
            known = {endpoint.number: endpoint for endpoint in self.endpoints}
            self._on_alive(
                [(self._told(known[n]), station) for n, station in self._stations.items() if n in known]
            )

    def _make(self, endpoint: Endpoint) -> None:
        label = self.draw.label()
        self.book(
            Made(
                self.now,
                endpoint.number,
                label,
                endpoint.identity,
                endpoint.address,
                endpoint.trusts,
                endpoint.standing,
                offers=endpoint.offers,
            )
        )
        station = self.target.station(
            label, endpoint.address, endpoint.trusts, self.draw.seed(), offers=endpoint.offers
        )
        self._stations[endpoint.number] = station
        self.air.attach(endpoint.number, station)

    def take_in(
        self, endpoint: Endpoint, station: Station, clone_of: int | None = None, image_of: int | None = None
    ) -> None:
        """Put a station on the air that the target made of another: a clone, or a start from an image."""
        self.endpoints.append(endpoint)
        self._stations[endpoint.number] = station
        self.trace.append(
            Made(
                self.now,
                endpoint.number,
                "",
                endpoint.identity,
                endpoint.address,
                endpoint.trusts,
                endpoint.standing,
                clone_of,
                image_of,
            )
        )
        self.air.attach(endpoint.number, station)

    def require(self, capability: Capability) -> None:
        """Raise :class:`Inconclusive` unless the target claims ``capability``."""
        if capability not in self.statement.capabilities:
            self.not_tried.append(capability)
            raise Inconclusive(f"not tried: the target does not offer {capability}")

    # --- playing ---------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.clock.now

    def book(self, record: Entry) -> int:
        """Write to the trace. Returns the record's index."""
        if not isinstance(record, Issued | Made):
            self.come_alive()
        return self.trace.append(record)

    def note(self, text: str) -> None:
        """A line for the report: what was looked for, a count, a lead."""
        self.notes.append(text)
        self.trace.append(Noted(self.now, text))

    def station(self, endpoint: Endpoint) -> Station:
        self.come_alive()
        return self._stations[endpoint.number]

    def drive(self, endpoint: Endpoint, by: str, call: Callable[[Station, float], Output]) -> Output:
        """Call the endpoint's station, and book what it returns."""
        self.come_alive()
        return self.air.drive(endpoint.number, by, call)

    def next_sending(self) -> int:
        self._sendings += 1
        return self._sendings - 1

    def asked_to_own(self, owner: GroupOwner) -> bool:
        """Whether ``owner`` was asked to own its group already; from now on it was."""
        place = (owner.number, owner.group)
        asked = place in self._owned
        self._owned.add(place)
        return asked

    def asked_before(self, owner: GroupOwner) -> bool:
        """Whether ``owner`` was asked to own its group."""
        return (owner.number, owner.group) in self._owned

    def remember_asked(self, ue: UserEquipment, owner: GroupOwner, index: int) -> None:
        self._asked[ue.number, owner.group] = (owner, index)

    def forget_asked(self, ue: UserEquipment, group: str) -> None:
        self._asked.pop((ue.number, group), None)

    def asked(self, ue: UserEquipment, owner: GroupOwner) -> int | None:
        """The record at which ``ue`` last asked to join ``owner``'s group, if it has not left since."""
        asked = self._asked.get((ue.number, owner.group))
        return asked[1] if asked is not None and asked[0] is owner else None

    def discovered_address(self, station: Endpoint) -> int:
        """Where discovery says that ``station`` is: at its address, or where it last sent from if it no
        longer listens there."""
        listens = self.station(station).listens
        if listens is None or station.address in listens:
            return station.address
        return next(
            (
                record.source
                for record in reversed(self.trace.records)
                if isinstance(record, Emitted) and record.station == station.number
            ),
            station.address,
        )

    # --- the end ---------------------------------------------------------------------------------

    def conclude(self, raised: BaseException | None) -> Conclusion:
        """The verdict: an observed violation first, whatever else happened; then what ended the case
        early; PASS only if a control was made."""
        self._take_logs()
        violations = (
            *self.ideal.violations,
            *self.key_material.conclude(),
            *self.eavesdropper.conclude(),
        )
        apart, reason = self._without_violations(raised)
        self.trace.append(Ended(self.now, apart, reason))
        leads = tuple(
            f"lead: {lead.text}"
            for lead in (*self.ideal.leads, *self.key_material.leads, *self.eavesdropper.leads)[:5]
        )
        return Conclusion(
            verdict=Verdict.FAIL if violations else apart,
            apart=apart,
            violations=violations,
            reason=reason,
            notes=(*self.notes, *leads),
            not_tried=tuple(self.not_tried),
            moves=self._plays(),
            cast=tuple(self._told(endpoint) for endpoint in self.endpoints),
            looked_for=tuple(self.eavesdropper.looked_for),
            failed_control=self._failed_control(raised),
            said_last=() if raised is None else self._said_last(),
        )

    def _take_logs(self) -> None:
        """Book what the target's processes said on stderr as words of the first station, at the end: no secret may
        stand there either."""
        logs = getattr(self.target, "logs", None)
        self.logs = (
            [(process, said.decode("utf-8", "backslashreplace")) for process, said in logs()] if logs else []
        )
        for _, text in self.logs:
            if text.strip() and self._stations:
                said = Diagnostic(text[-LOG_MOST:])
                self.trace.append(Reported(self.now, min(self._stations), said, STDERR))

    def _plays(self) -> tuple[Play, ...]:
        moved: list[tuple[int, Moved]] = []
        over: dict[int, int] = {}
        for index, record in enumerate(self.trace.records):
            if type(record) is Moved:
                moved.append((index, record))
            elif type(record) is Lifted:
                over[record.number] = index
        return tuple(Play(index, record.text, over.get(record.number)) for index, record in moved)

    @staticmethod
    def _told(endpoint: Endpoint) -> str:
        role = "GO" if isinstance(endpoint, GroupOwner) else "UE"
        standing = "" if endpoint.standing == "honest" else f"{endpoint.standing} "
        name = endpoint.identity if endpoint.identity.isalnum() else repr(endpoint.identity)
        return f"{endpoint.number} = {standing}{role} {name}"

    def _failed_control(self, raised: BaseException | None) -> str:
        """The kind of the control that ended the case, "" if none did."""
        if not isinstance(raised, Inconclusive):
            return ""
        latest = next(
            (record for record in reversed(self.trace.records) if isinstance(record, Controlled)), None
        )
        return latest.kind if latest is not None and not latest.held else ""

    def _said_last(self) -> tuple[str, ...]:
        """What stations last declined, refused or said in words: the latest few, in order."""
        said = []
        for record in reversed(self.trace.records):
            if isinstance(record, Reported) and record.by == STDERR:
                continue
            if isinstance(record, Reported) and isinstance(record.event, Declined | Refused | Diagnostic):
                number = record.station
                known = number < len(self.endpoints)
                who = self.endpoints[number].identity if known else f"station {number}"
                match record.event:
                    case Declined(call, reason):
                        said.append(f"{who} declined {call}: {reason}")
                    case Refused(peer=peer, reason=reason):
                        said.append(f"{who} refused {peer or 'a peer'}: {reason}")
                    case Diagnostic(text):
                        said.append(f"{who}: {text}")
            if len(said) == SAID_LAST:
                break
        return tuple(reversed(said))

    def evidence(self) -> bytes:
        """All that happened, as JSON lines: the statement first, then a record a line. No secret is in it."""
        return self.trace.encode()

    def _without_violations(self, raised: BaseException | None) -> tuple[Verdict, str]:
        match raised:
            case None:
                if self.controls.any_held:
                    return Verdict.PASS, ""
                return Verdict.INCONCLUSIVE, "no control was made: nothing shows that the target works"
            case Inconclusive():
                return Verdict.INCONCLUSIVE, str(raised)
            case Unsupported():
                return Verdict.INCONCLUSIVE, f"not tried: the target does not offer {raised}"
            case TargetError() | Storm():
                return Verdict.ERROR, str(raised)
            case _:
                return Verdict.ERROR, f"{type(raised).__name__}: {raised}"

    def close(self) -> None:
        """Stop the stations and give the target back. What only memory holds together comes apart, so that it
        goes at once: a run has many cases."""
        for station in self._stations.values():
            station.stop()
        self.target.close()
        self.trace.unwatch()
        self.endpoints.clear()
        self._asked.clear()
