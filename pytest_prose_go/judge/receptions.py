"""What may be received: the rules *origin and integrity*, *right to speak*, *membership* and *no replay*.

A message that its sender sent anew, since an acknowledgement was lost, may be received again, in a later session too: a
protocol may deliver at least once. That is a lead; only what the attacker sent again is a replay.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from pytest_prose_go.air.trace import (
    Delivered,
    Dropped,
    Entry,
    HowDelivered,
    Moved,
    Reported,
    Sent,
    Silenced,
)
from pytest_prose_go.contract import Received, Statement
from pytest_prose_go.judge.admissions import Admissions
from pytest_prose_go.judge.finding import Kind, Lead, Violation
from pytest_prose_go.judge.likeness import alike, difference
from pytest_prose_go.judge.roster import Member, Roster

_ENTITLED = ("honest", "insider", "compromised")

MOST_GRACE = 60.0
"""The longest grace, in seconds, that a statement may claim for a UE that left or was removed."""


HEEDED = frozenset({Delivered, Sent, Moved, Dropped, Silenced})
"""The records that :meth:`Receptions.observe` does something with."""


@dataclass(slots=True)
class Sending:
    """One ``send`` and where it stands in the trace. ``alike`` are the sendings of equal bytes, sender
    and audience, itself among them: so many reports are allowed."""

    index: int
    sent: Sent
    alike: int = 1


@dataclass(slots=True)
class Reports:
    """The reports of one sending (or of equal ones) at one station."""

    count: int = 0
    first: int = 0
    last: int = 0
    last_at: float = 0.0
    settled_at: float | None = None
    """When it was settled, in POSIX seconds; None: not yet."""


@dataclass(slots=True)
class Attack:
    """An attacker's act that may disturb, and the frame that it brought anew, if it brought one."""

    index: int
    at: float
    emission: int | None = None
    receiver: int | None = None
    how: HowDelivered | None = None


@dataclass(slots=True)
class _Acts:
    """The attacker's acts in order, and the places of those records for a binary search."""

    acts: list[Attack] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)

    def add(self, act: Attack) -> None:
        self.acts.append(act)
        self.indices.append(act.index)

    def after(self, index: int) -> list[Attack]:
        return self.acts[bisect_right(self.indices, index) :]


class Receptions:
    """Judges every ``Received``."""

    def __init__(
        self,
        statement: Statement,
        roster: Roster,
        admissions: Admissions,
        booked: list[Violation],
        leads: list[Lead],
    ) -> None:
        self._statement = statement
        self._roster = roster
        self._admissions = admissions
        self._booked = booked
        self._leads = leads
        self._grace = min(statement.rekey_grace, MOST_GRACE)
        self._patience = statement.patience.delivery
        self._any_member = statement.owners == "any-member"
        self._sendings: dict[bytes, list[Sending]] = {}
        self._reports: dict[tuple[int, int, bytes, str, str | None], Reports] = {}
        self._acts = _Acts()
        self._deliveries: dict[int, Delivered] = {}

    def observe(self, index: int, record: Entry) -> None:
        """Remember what was sent and what the attacker did."""
        match record:
            case Delivered():
                self.delivered(index, record)
            case Sent():
                same = self._sendings.setdefault(record.data, [])
                sending = Sending(index, record)
                alike = [
                    other
                    for other in same
                    if (other.sent.station, other.sent.group, other.sent.to)
                    == (record.station, record.group, record.to)
                ]
                same.append(sending)
                for other in (*alike, sending):
                    other.alike = len(alike) + 1
            case Moved():
                if record.kind != "tap":
                    self._acts.add(Attack(index, record.at))
            case Dropped() | Silenced():
                self._acts.add(Attack(index, record.at))
            case _:
                pass

    def delivered(self, index: int, record: Delivered) -> None:
        """As :meth:`observe`, of what comes most."""
        if record.move is not None:
            self._acts.add(Attack(index, record.at, record.emission, record.station, record.how))
        self._deliveries[record.number] = record

    def received(self, index: int, record: Reported, event: Received) -> None:
        """Judge a ``Received``."""
        receiver = self._roster.members[record.station]
        candidates = self._sendings.get(event.data, [])
        # Whoever has a station's keys can tell that station, and it alone, whatever he likes, as often as he likes.
        judges_origin = receiver.honest and not receiver.compromised
        if not candidates:
            if judges_origin:
                self._judge_unknown(index, record, event, receiver)
            return
        breaches = []
        for sending in reversed(candidates):
            kind = self._breach(index, record, event, receiver, sending)
            if kind is None:
                if not receiver.compromised:
                    self._judge_replay(index, record, event, receiver, sending)
                return
            breaches.append((sending, kind))
        for sending, kind in breaches:
            if kind == "origin.other-recipient" and self._is_replayed(receiver, sending):
                self._judge_replay(index, record, event, receiver, sending)
                return
        sending, kind = breaches[0]
        self._book(kind, index, record, sending, self._seen(kind, event, receiver, sending))

    # --- origin, right to speak, membership ----------------------------------------------------

    def _breach(
        self, index: int, record: Reported, event: Received, receiver: Member, sending: Sending
    ) -> Kind | None:
        """What ``receiver`` breaks by reporting ``sending``, or None if an ideal group could have."""
        sent = sending.sent
        speaker = self._roster.members[sent.station]
        if not self._may_read(index, record, receiver, speaker, sending):
            return self._why_not_read(index, record, receiver, speaker, sending)
        if not receiver.honest or receiver.compromised:
            return None
        if event.group != sent.group:
            return "origin.other-recipient"
        if not self._may_speak(index, record, receiver, speaker, sending):
            return "origin.not-admitted"
        if event.sender not in (None, speaker.name_in(sent.group)) and not any(
            event.sender in _names(speaker, sent.group)
            and self._admissions.was_wrong(owner, sent.group, event.sender)
            for owner in self._owners_of(receiver, sent.group)
            if event.sender is not None
        ):
            forged_on_the_group_hop = (
                sent.to is None and self._attacked_hop(record, receiver, sending) == "own"
            )
            return "origin.sender-groupcast" if forged_on_the_group_hop else "origin.sender"
        if event.cast is not None and event.cast != ("groupcast" if sent.to is None else "unicast"):
            return "origin.cast"
        return None

    def _may_read(
        self, index: int, record: Reported, receiver: Member, speaker: Member, sending: Sending
    ) -> bool:
        sent = sending.sent
        if receiver is speaker:
            return True
        if speaker.standing in ("rogue", "outsider") and not receiver.honest:
            return True  # what the attacker's own stations tell one another
        if sent.group in receiver.owns:
            # Who joined the wrong GO, which is booked as that, also speaks to it.
            return (
                receiver.honest
                or self._roster.is_good_owner(receiver, sent.group, speaker, record.at, self._any_member)
                or self._admissions.believes_to_have_joined(speaker, sent.group, receiver.name_in(sent.group))
            )
        if sent.to is not None:
            if receiver.name_in(sent.group) != sent.to:
                return False
            distributors = self._distributors(sending, speaker, index)
            return (
                receiver.standing in _ENTITLED
                or bool(self._roster.good_runs(receiver, sent.group, distributors, record.at))
                or self._was_wrongly_admitted(receiver, distributors, sent.group)
            )
        return self._membership(index, record, receiver, speaker, sending) is None

    def _why_not_read(
        self, index: int, record: Reported, receiver: Member, speaker: Member, sending: Sending
    ) -> Kind:
        if sending.sent.to is not None:
            return "origin.other-recipient"
        if sending.sent.group in receiver.owns:
            return "membership.outsider"
        return self._membership(index, record, receiver, speaker, sending) or "membership.outsider"

    def _distributors(self, sending: Sending, speaker: Member, last: int) -> list[Member]:
        """The owners that pass a sending on: the speaker itself, or those that had admitted it.

        More than one station may own a group of one name (a rogue, or a control's owner that trusts
        a rogue's authority): membership is a matter between a UE and the owner that spoke to it.
        """
        group = sending.sent.group
        if group in speaker.owns:
            return [speaker]
        name = speaker.name_in(group)
        owners = [owner for owner in self._roster.owners(group) if owner.standing in _ENTITLED]
        admitting = [
            owner
            for owner in owners
            if self._admissions.stood_between(owner, group, name, sending.index, last)
        ]
        return admitting or owners

    def _membership(
        self, index: int, record: Reported, receiver: Member, speaker: Member, sending: Sending
    ) -> Kind | None:
        """Which rule of membership the report of a groupcast breaks, if any."""
        sent = sending.sent
        owners = self._distributors(sending, speaker, index)
        runs = self._roster.good_runs(receiver, sent.group, owners, record.at)
        if not runs and self._was_wrongly_admitted(receiver, owners, sent.group):
            return None
        if not runs:
            elsewhere = any(
                run.group != sent.group
                and self._roster.good_runs(
                    receiver, run.group, list(self._roster.owners(run.group)), record.at
                )
                for run in receiver.runs
            )
            return "membership.other-group" if elsewhere else "membership.outsider"
        name = receiver.name_in(sent.group)
        ended = self._last_end(receiver, name, owners, sending)
        if ended is None:
            opened = min(run.opened for run in runs)
            return "membership.future" if self._went_out_before(opened, record, speaker, sending) else None
        kind, end_index = ended
        if self._admissions.admitted_since(owners, sent.group, name, end_index):
            if kind == "membership.removed":
                return None
            opened = min((run.opened for run in runs if run.opened > end_index), default=sending.index)
            return "membership.future" if self._went_out_before(opened, record, speaker, sending) else None
        return kind

    def _went_out_before(self, opened: int, record: Reported, speaker: Member, sending: Sending) -> bool:
        """Whether a groupcast had gone to the group before a run was ``opened``.

        A member's goes to the GO first: where that hop was slow, the GO passes it on to those who are members by then.
        So of a sending older than the run there must be a sign that it had gone out: it was the GO's own, somebody else
        had received it, or the GO had emitted the frame that brings it.
        """
        sent = sending.sent
        if sending.index >= opened:
            return False
        if sent.group in speaker.owns:
            return True
        delivery = self._deliveries.get(record.delivery) if record.delivery is not None else None
        if delivery is not None and delivery.emission is not None:
            emission = self._roster.emissions[delivery.emission]
            if emission.index < opened:
                return True
        return any(
            reports.first < opened
            for (receiver, *key), reports in self._reports.items()
            if key == [sent.station, sent.data, sent.group, sent.to] and receiver != sent.station
        )

    def _was_wrongly_admitted(self, member: Member, owners: list[Member], group: str) -> bool:
        """Whether an owner had admitted ``member``, as whom ever, and that is booked: what it then says and
        reads follows from it."""
        return any(
            self._admissions.was_wrong(owner, group, name)
            for owner in owners
            for name in _names(member, group)
        )

    def _last_end(
        self, receiver: Member, name: str, owners: list[Member], sending: Sending
    ) -> tuple[Kind, int] | None:
        """The last leaving or removal of ``receiver`` that came more than the grace before the
        sending."""
        sent = sending.sent
        ends: list[tuple[int, Kind]] = [
            (index, "membership.left")
            for index, at, group in self._quits(receiver, name, owners, sending)
            if group == sent.group and index < sending.index and sent.at - at > self._grace
        ]
        ends += [
            (index, "membership.removed")
            for index, removal in self._roster.removals
            if removal.group == sent.group
            and removal.member == name
            and index < sending.index
            and sent.at - removal.at > self._grace
            and any(owner.number == removal.station for owner in owners)
        ]
        if not ends:
            return None
        index, kind = max(ends)
        return kind, index

    def _quits(
        self, receiver: Member, name: str, owners: list[Member], sending: Sending
    ) -> list[tuple[int, float, str]]:
        """When ``receiver`` left; for a clone also when the device left whose state it has, if the GO knew of
        it when the message was sent."""
        if receiver.clone_of is None or any(
            self._admissions.stood_between(owner, sending.sent.group, name, sending.index, sending.index)
            for owner in owners
        ):
            return receiver.quits
        return [*receiver.quits, *self._roster.members[receiver.clone_of].quits]

    def _may_speak(
        self, index: int, record: Reported, receiver: Member, speaker: Member, sending: Sending
    ) -> bool:
        sent = sending.sent
        if receiver is speaker:
            return True
        if sent.group in speaker.owns:
            return self._roster.is_good_owner(
                speaker, sent.group, receiver, record.at, self._any_member
            ) or self._admissions.believes_to_have_joined(receiver, sent.group, speaker.name_in(sent.group))
        owners = self._owners_of(receiver, sent.group)
        name = speaker.name_in(sent.group)
        if self._was_wrongly_admitted(speaker, owners, sent.group):
            return True
        return any(
            self._admissions.stood_between(owner, sent.group, name, sending.index, index) for owner in owners
        ) or any(
            # The word of a good owner under the attacker on who may speak is not ours to judge.
            not owner.honest
            and self._roster.is_good_owner(owner, sent.group, receiver, sent.at, self._any_member)
            for owner in self._roster.owners(sent.group)
        )

    def _owners_of(self, receiver: Member, group: str) -> list[Member]:
        """The honest owners by whose word ``receiver`` hears others: itself, those that it joined or, if it
        told of none, all."""
        if group in receiver.owns:
            return [receiver]
        honest = self._roster.honest_owners(group)
        joined = [
            owner
            for owner in honest
            if self._admissions.believes_to_have_joined(receiver, group, owner.name_in(group))
        ]
        return joined or honest

    # --- data that nobody sent -----------------------------------------------------------------

    def _judge_unknown(self, index: int, record: Reported, event: Received, receiver: Member) -> None:
        likeness = self._most_alike(event.data)
        delivery = self._deliveries.get(record.delivery) if record.delivery is not None else None
        altered = likeness is not None or (delivery is not None and delivery.how == "altered")
        groupcast = self._is_groupcast(record, event, receiver, likeness)
        kind: Kind = (
            ("origin.altered-groupcast" if groupcast else "origin.altered")
            if altered
            else ("origin.invented-groupcast" if groupcast else "origin.invented")
        )
        seen = f"{receiver.name_in(event.group)} received {len(event.data)} bytes that nobody sent"
        if likeness is not None:
            seen += f", like sending {likeness.sent.number} but changed"
        if event.sender is not None:
            seen += f", as from {event.sender}"
        proof = _beginning(record)
        if likeness is not None:
            proof = difference(event.data, likeness.sent.data)
        self._book(kind, index, record, likeness, seen, proof=proof)

    def _is_groupcast(
        self, record: Reported, event: Received, receiver: Member, likeness: Sending | None
    ) -> bool:
        """Whether the breach is one of the groupcast hop (GO to all) rather than of a unicast hop.

        A group message is unicast from its sender to the GO: what was changed there is the unicast
        hop's fault, even if the GO then passes it on to all.
        """
        if event.group in receiver.owns or self._attacked_hop(record, receiver, likeness) == "to the owner":
            return False
        if likeness is not None:
            return likeness.sent.to is None
        if event.cast is not None:
            return event.cast == "groupcast"
        newest = self._newest_before(record)
        return newest is not None and newest.sent.to is None

    def _attacked_hop(self, record: Reported, receiver: Member, sending: Sending | None) -> str:
        """Where the attacker changed what was received: on the receiver's ``own`` hop, on one ``to the
        owner``, or ``""``."""
        delivery = self._deliveries.get(record.delivery) if record.delivery is not None else None
        if delivery is not None and delivery.move is not None:
            return "own"
        assert isinstance(record.event, Received)
        owners = {owner.number for owner in self._roster.owners(record.event.group)}
        changes = [
            act
            for act in self._acts.after(sending.index if sending is not None else -1)
            if act.how in ("altered", "redirected", "injected")
        ]
        if any(act.receiver == receiver.number for act in changes):
            return "own"
        return "to the owner" if any(act.receiver in owners for act in changes) else ""

    def _newest_before(self, record: Reported) -> Sending | None:
        """The newest sending before the frame whose delivery brought the report."""
        delivery = self._deliveries.get(record.delivery) if record.delivery is not None else None
        if delivery is None or delivery.emission is None:
            return None
        emitted = self._roster.emissions[delivery.emission].index
        before = [s for alike in self._sendings.values() for s in alike if s.index < emitted]
        return max(before, key=lambda sending: sending.index, default=None)

    def _most_alike(self, data: bytes) -> Sending | None:
        """The newest sending that ``data`` is a changed, cut or extended form of."""
        for sendings in reversed(self._sendings.values()):
            if alike(data, sendings[-1].sent.data):
                return sendings[-1]
        return None

    # --- replay --------------------------------------------------------------------------------

    def _judge_replay(
        self, index: int, record: Reported, event: Received, receiver: Member, sending: Sending
    ) -> None:
        sent = sending.sent
        key = (receiver.number, sent.station, sent.data, sent.group, sent.to)
        reports = self._reports.setdefault(key, Reports())
        reports.count += 1
        if reports.count > 1:
            self._settle(reports)
        if reports.count > sending.alike and receiver.honest:
            resent = self._resent_since_settled(reports, sending)
            if resent:
                self._book_replay(index, record, receiver, sending, resent)
            else:
                self._leads.append(
                    Lead(
                        kind="replay",
                        at=record.at,
                        record=index,
                        text=f"{receiver.name_in(sent.group)} reported sending {sent.number} again "
                        + ("on its own" if reports.settled_at is not None else "before it was settled"),
                    )
                )
        if reports.count == 1:
            reports.first = index
        reports.last, reports.last_at = index, record.at

    def _is_replayed(self, receiver: Member, sending: Sending) -> bool:
        """Whether ``receiver`` had reported the sending, rightly and settled, before its frames were sent again."""
        sent = sending.sent
        reports = self._reports.get((receiver.number, sent.station, sent.data, sent.group, sent.to))
        if reports is None:
            return False
        self._settle(reports)
        return bool(self._resent_since_settled(reports, sending))

    def _settle(self, reports: Reports) -> None:
        """A sending is settled once patience has passed after a report, without a duplicate and
        without an attacker's act."""
        if reports.settled_at is not None:
            return
        quiet_since = reports.last_at
        for act in self._acts.after(reports.last):
            if act.at - quiet_since >= self._patience:
                reports.settled_at = quiet_since + self._patience
                return
            quiet_since = act.at

    def _resent_since_settled(self, reports: Reports, sending: Sending) -> list[Attack]:
        """The attacker's deliveries, since the sending was settled, of frames that were emitted while it (or
        one of its equals) was on its way and had been given to somebody before: what was only held back
        is late, not sent again."""
        settled_at = reports.settled_at
        if settled_at is None:
            return []
        since = min(other.index for other in self._alike_to(sending))
        resent = []
        for act in self._acts.after(reports.first):
            if act.emission is None or act.at < settled_at:
                continue
            emission = self._roster.emissions[act.emission]
            if (
                since < emission.index
                and emission.at <= settled_at
                and min(emission.heard.values(), default=act.index) < act.index
            ):
                resent.append(act)
        return resent

    def _alike_to(self, sending: Sending) -> list[Sending]:
        sent = sending.sent
        return [
            other
            for other in self._sendings[sent.data]
            if (other.sent.station, other.sent.group, other.sent.to) == (sent.station, sent.group, sent.to)
        ]

    def _book_replay(
        self, index: int, record: Reported, receiver: Member, sending: Sending, resent: list[Attack]
    ) -> None:
        sent = sending.sent
        owners = {owner.number for owner in self._roster.owners(sent.group)}
        delivery = self._deliveries.get(record.delivery) if record.delivery is not None else None
        by_the_attacker = delivery is not None and delivery.move is not None
        to_the_owner = any(act.receiver in owners for act in resent)
        groupcast = (
            sent.to is None and receiver.number not in owners and (by_the_attacker or not to_the_owner)
        )
        self._book(
            "replay.groupcast" if groupcast else "replay.hop",
            index,
            record,
            sending,
            f"{receiver.name_in(sent.group)} received it once more after its frames were sent again",
            proof="frames sent again: " + ", ".join(dict.fromkeys(str(act.emission) for act in resent[:8])),
        )

    # --- words ---------------------------------------------------------------------------------

    def _seen(self, kind: Kind, event: Received, receiver: Member, sending: Sending) -> str:
        name = receiver.name_in(sending.sent.group)
        match kind:
            case "origin.sender" | "origin.sender-groupcast":
                return f"{name} received it as from {event.sender}"
            case "origin.cast":
                return f"{name} received it as {event.cast}"
            case "origin.not-admitted":
                return f"{name} received it though its sender was not admitted"
            case "membership.removed" | "membership.left" | "membership.future":
                return f"{name} ({receiver.standing}) received it, {self._outside(kind, name, receiver, sending)}"
            case "membership.outsider" | "membership.other-group":
                return f"{name} ({receiver.standing}) received it, no member of {event.group}"
            case _:
                return f"{name} ({receiver.standing}) received it in {event.group}"

    def _outside(self, kind: Kind, name: str, receiver: Member, sending: Sending) -> str:
        sent = sending.sent
        if kind == "membership.future":
            return "though it became a member only later"
        if kind == "membership.removed":
            act = "the GO had removed it"
            ends = [
                removal.at
                for index, removal in self._roster.removals
                if removal.group == sent.group and removal.member == name and index < sending.index
            ]
        else:
            act = "it had left"
            devices = {receiver.number, receiver.number if receiver.clone_of is None else receiver.clone_of}
            ends = [
                at
                for number in devices
                for index, at, group in self._roster.members[number].quits
                if group == sent.group and index < sending.index
            ]
        return f"though {act} {sent.at - max(ends):.0f} s before it was sent"

    def _bringing(self, record: Reported) -> str:
        """In words, the frame that brought a report."""
        delivery = self._deliveries.get(record.delivery) if record.delivery is not None else None
        if delivery is None:
            return f"told in the output of {record.by}"
        frame = "a frame of the attacker's" if delivery.emission is None else f"frame {delivery.emission}"
        if delivery.emission is not None:
            frame += f" of station {self._roster.emissions[delivery.emission].station}"
        how = "" if delivery.how == "passed" else f", {delivery.how} by the attacker"
        return f"brought by {frame}{how} (delivery {delivery.number})"

    def _book(
        self,
        kind: Kind,
        index: int,
        record: Reported,
        sending: Sending | None,
        seen: str,
        proof: str = "",
    ) -> None:
        if sending is None:
            asked = "nothing like it was sent"
        else:
            sent = sending.sent
            speaker = self._roster.members[sent.station]
            asked = (
                f"sending {sent.number}: {speaker.name_in(sent.group)} ({speaker.standing}) sent "
                f"{len(sent.data)} bytes to {sent.to or 'all'} in {sent.group}"
            )
        self._booked.append(
            Violation(
                kind=kind,
                at=record.at,
                record=index,
                station=record.station,
                asked=asked,
                seen=seen,
                ideal=_IDEAL[kind.split(".")[0]],
                proof=f"{proof or _beginning(record)}, {self._bringing(record)}",
            )
        )


def _beginning(record: Reported) -> str:
    """In hex, how what was received begins."""
    assert isinstance(record.event, Received)
    data = record.event.data
    return f"received {data[:16].hex()}" + ("…" if len(data) > 16 else "")


def _names(member: Member, group: str) -> set[str]:
    """The names under which ``member`` may have been admitted: its own and what it claimed."""
    claims = {run.claim for run in member.runs if run.claim is not None}
    return {member.name_in(group), member.identity, *claims}


_IDEAL = {
    "origin": "what is received is, to the byte, what an admitted member or the GO sent to that receiver, "
    "under its true name",
    "membership": "a groupcast is read only by those who are in the group when it is sent",
    "replay": "a message that was received and settled is never received again",
}
