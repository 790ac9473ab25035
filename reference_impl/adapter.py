"""The reference as a target of the suite: the only module here that knows the contract."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_prose_go import contract
from pytest_prose_go.contract import (
    Cast,
    Credentials,
    Flaw,
    Frame,
    Limits,
    Output,
    Role,
    Statement,
    Unsupported,
)
from reference_impl import inspection, outcome
from reference_impl.algorithms import ALGORITHMS
from reference_impl.authority import Laboratory
from reference_impl.device import Build, Device
from reference_impl.errors import LocalMisuse
from reference_impl.faults import Fault, all_faults, find_fault
from reference_impl.orders import Order
from reference_impl.pair_key_authority import PairKeyLaboratory
from reference_impl.pair_keys import PairKeys
from reference_impl.parts import Parts
from reference_impl.profiles import LTE_33303, Profile
from reference_impl.randomness import Randomness
from reference_impl.surroundings import GROUPS_MOST, MEMBERS_MOST, PAYLOAD_MOST
from reference_impl.variants import Variant, all_variants, composed, radio

PAIR_KEY_VARIANT = "psk"
LABORATORY_SEED = b"prose-go reference laboratory"
FRAME_MOST = 4096
IDENTITY_MOST = 64

STATEMENT = Statement(
    product="pytest-prose-go reference",
    version="1",
    patience=contract.Patience(join=10.0, delivery=5.0, rejoin=20.0),
    limits=Limits(
        payload_least=1,
        payload_most=PAYLOAD_MOST,
        frame_most=FRAME_MOST,
        members=MEMBERS_MOST,
        groups_per_station=GROUPS_MOST,
        identity_most=IDENTITY_MOST,
    ),
    credential_kind="certificate",
    owners="distinguished",
    late_issue=True,
    claims_identity=True,
    reports=("sender", "cast", "session"),
    removal="evict",
    rekey_grace=0.0,
    groupcast_integrity=True,
    groupcast_origin=True,
    forward_secrecy=True,
    algorithms=tuple(
        contract.Algorithm(name=each.name, confidentiality=each.strength[0], integrity=each.strength[1])
        for each in ALGORITHMS
    ),
    repeatable=True,
    capabilities=(
        "clone",
        "unprotect",
        "protect",
        "secrets",
        "stored",
        "parameters",
        "rekey",
        "near_wrap",
        "revoke",
        "offers",
        "restart",
    ),
)

"""Of profile A: certificates."""


def _with(statement: Statement, answers: Mapping[str, object]) -> Statement:
    """The statement with other answers: of limits and patience single ones, of algorithms the names."""
    given = _answers(statement)
    for name, answer in answers.items():
        if name == "limits" and isinstance(answer, Mapping):
            answer = Limits(**(_answers(statement.limits) | dict(answer)))
        elif name == "patience" and isinstance(answer, Mapping):
            answer = contract.Patience(**(_answers(statement.patience) | dict(answer)))
        elif name == "algorithms" and isinstance(answer, tuple):
            answer = tuple(each for each in statement.algorithms if each.name in answer)
        given[name] = answer
    return Statement(**given)


def _answers(told: Statement | Limits | contract.Patience) -> dict[str, Any]:
    return {each: getattr(told, each) for each in told.__struct_fields__}


PAIR_KEY_STATEMENT = _with(
    STATEMENT,
    {
        "product": "pytest-prose-go reference, pair keys",
        "credential_kind": "pair-key",
        "symmetric": True,
        "late_issue": False,
    },
)
"""Of profile B. Groupcasts are signed there, too, under a key that the owner gives to each member on its hop."""


def _event(happening: outcome.Happening, reports: Sequence[str]) -> contract.Event:
    """The event for the application, with no more in it than the statement says that it ``reports``."""
    match happening:
        case outcome.SessionOpened(group, peer, token):
            return contract.Joined(group, peer, token if "session" in reports else None)
        case outcome.MessageReceived(group, data, origin, cast, hop):
            sender = origin if "sender" in reports else None
            return contract.Received(group, data, sender, cast if "cast" in reports else None, hop)
        case outcome.PeerRefused(group, peer, reason):
            return contract.Refused(group, peer, reason)
        case outcome.SessionClosed(group, peer, reason):
            return contract.Left(group, peer, reason)
        case outcome.KeysRenewed(group):
            return contract.Rekeyed(group)
        case outcome.CallDeclined(call, reason):
            return contract.Declined(call, reason)
        case outcome.LogLine(text):
            return contract.Diagnostic(text)


class ReferenceStation(contract.Station):
    """A :class:`Device` behind the contract. ``completed`` puts into credentials what was issued since;
    ``reports`` are the fields that its events fill."""

    listens: frozenset[int] | None = None
    """The radio's, as of the last call."""

    def __init__(self, device: Device, completed: Callable[[bytes], bytes], reports: Sequence[str]) -> None:
        self.device = device
        self.listens = radio.listens(device)
        self._hears_all = self.listens is None
        self._completed = completed
        self._reports = reports

    def _output(self, outbox: outcome.Outbox) -> Output:
        if not self._hears_all:
            self.listens = self.device.listens
        frames, events = outbox.frames, outbox.events
        return Output(
            tuple([Frame(each.source, each.destination, each.payload) for each in frames]) if frames else (),
            tuple([_event(each, self._reports) for each in events]) if events else (),
            self.device.deadline(),
        )

    def own(self, group: str, credentials: Credentials, now: float, claim: str | None = None) -> Output:
        return self._output(self.device.own(group, self._completed(credentials.data), now, claim))

    def join(
        self, group: str, owner_address: int, credentials: Credentials, now: float, claim: str | None = None
    ) -> Output:
        given = self._completed(credentials.data)
        return self._output(self.device.join(group, owner_address, given, now, claim))

    def send(self, group: str, data: bytes, to: str | None, now: float) -> Output:
        return self._output(self.device.send(group, data, to, now))

    def remove(self, group: str, member: str, now: float) -> Output:
        return self._output(self.device.remove(group, member, now))

    def leave(self, group: str, now: float) -> Output:
        return self._output(self.device.leave(group, now))

    def receive(self, frame: Frame, now: float) -> Output:
        return self._output(
            self.device.receive(outcome.AirFrame(frame.source, frame.destination, frame.payload), now)
        )

    def wake(self, now: float) -> Output:
        return self._output(self.device.wake(now))

    def restart(self, now: float, power_loss: bool) -> Output:
        return self._output(self.device.restart(now))

    def rekey(self, group: str, now: float) -> Output:
        return self._output(self.device.rekey(group, now))

    def learn(self, notice: bytes, now: float) -> Output:
        return self._output(self.device.learn(notice, now))

    def stop(self) -> None:
        self.device.stop()


def _device(station: contract.Station) -> Device:
    if not isinstance(station, ReferenceStation):
        raise TypeError("this station belongs to another target")
    return station.device


class ReferenceTarget(contract.Target):
    """Devices of one build, and a laboratory that issues their credentials.

    ``parts`` and ``device_class`` are where a fault or a variant differs; the kind of credentials in ``parts``
    says which profile it is.
    """

    def __init__(
        self,
        parts: Parts | None = None,
        device_class: type[Device] = Device,
        profile: Profile = LTE_33303,
        claims: Mapping[str, object] | None = None,
    ) -> None:
        self._parts = parts or Parts()
        has_pair_keys = isinstance(self._parts.kind, PairKeys)
        self.statement = _with(PAIR_KEY_STATEMENT if has_pair_keys else STATEMENT, claims or {})
        self._device_class = device_class
        self._profile = profile
        self._laboratory = (PairKeyLaboratory if has_pair_keys else Laboratory)(LABORATORY_SEED)
        self._stations: list[tuple[ReferenceStation, tuple[str, ...]]] = []
        self._copies = 0

    def credentials(
        self,
        identity: str,
        group: str,
        authority: str,
        role: Role,
        valid_from: float,
        valid_until: float,
        flaw: Flaw | None = None,
    ) -> Credentials:
        if flaw == "explicit-parameters":
            raise Unsupported("P-256 is named in the certificate, never spelt out")
        if flaw is not None and flaw not in self._laboratory.flaws:
            raise Unsupported(f"a pair key cannot be {flaw}")
        order = Order(identity, group, authority, role, valid_from, valid_until)
        issued = self._laboratory.issue(order, flaw)
        if flaw == "revoked":
            notice = self._laboratory.notice(authority, valid_from)
            for station, trusts in self._stations:
                if notice and authority in trusts:
                    station.device.provision(notice)
        return Credentials(
            data=issued.encode(),
            secret_parts=issued.secret_parts,
            public_parts=issued.public_parts,
        )

    def station(
        self,
        label: str,
        address: int,
        trusts: Sequence[str],
        seed: bytes,
        offers: Sequence[str] | None = None,
    ) -> ReferenceStation:
        known = tuple(each.name for each in ALGORITHMS)
        wanted = known if offers is None else tuple(name for name in known if name in offers)
        if not wanted:
            raise ValueError(f"none of {offers} is an algorithm of this target")
        anchors = tuple(self._laboratory.anchor(authority) for authority in trusts)
        build = Build(address, anchors, wanted, self._parts, self._profile)
        device = self._device_class(build, Randomness(seed, "device"))
        for authority in trusts:
            notice = self._laboratory.notice(authority, 0.0)
            if notice:
                device.provision(notice)
        station = self._station(device)
        self._stations.append((station, tuple(trusts)))
        return station

    def _station(self, device: Device) -> ReferenceStation:
        return ReferenceStation(device, self._laboratory.completed, self.statement.reports)

    def close(self) -> None:
        self._stations.clear()

    def clone(self, station: contract.Station, address: int | None = None) -> ReferenceStation:
        stolen = copy.deepcopy(_device(station))
        self._copies += 1
        stolen.become_copy(f"clone {self._copies}", address)
        return self._station(stolen)

    def unprotect(self, station: contract.Station, frames: Sequence[Frame]) -> Sequence[contract.Opened]:
        seen = [outcome.AirFrame(each.source, each.destination, each.payload) for each in frames]
        return [contract.Opened(index, data) for index, data in radio.opened(_device(station), seen)]

    def protect(
        self,
        station: contract.Station,
        group: str,
        data: bytes,
        claimed_sender: str,
        to: str | None,
        cast: Cast,
    ) -> Sequence[Frame]:
        made = radio.forged(_device(station), group, data, claimed_sender, to, cast)
        return [Frame(each.source, each.destination, each.payload) for each in made]

    def secrets(self, station: contract.Station) -> Sequence[contract.Secret]:
        return [
            contract.Secret(each.label, each.scope, each.value, each.peer, each.group)
            for each in inspection.secrets(_device(station))
        ]

    def stored(self, station: contract.Station) -> bytes:
        return _device(station).image

    def restore(self, image: bytes, station: contract.Station, same_device: bool) -> ReferenceStation:
        former = _device(station)
        self._copies += 1
        device = self._device_class(former.build, former.randomness.fork(f"restored {self._copies}"))
        if same_device:
            device.device_key = former.device_key
        device.load(image)
        return self._station(device)

    def parameters(self, station: contract.Station, group: str, peer: str) -> contract.Parameters:
        try:
            return contract.Parameters((inspection.algorithm(_device(station), group, peer),))
        except LocalMisuse as misuse:
            raise ValueError(str(misuse)) from misuse

    def near_wrap(self, station: contract.Station, messages_left: int) -> None:
        others = [other.device for other, _ in self._stations]
        inspection.bring_near_wrap(_device(station), messages_left, others)

    def revoke(self, credentials: Credentials) -> bytes:
        return self._laboratory.revoke(self._laboratory.read(credentials.data), 0.0)


def target(variant: str | None = None) -> ReferenceTarget:
    """The reference itself (entry point ``reference``), or what ``variant`` names:

    * none: profile A, certificates;
    * ``psk``: profile B, pair keys;
    * the identifier of a fault: the reference with that fault, in profile A unless it is one of pair keys;
    * the identifier of a variant, or of several with a plus between them: the reference with those habits;
    * ``psk+``, and one of the latter two: the same in profile B.

    Raises KeyError, with the names there are, for another; ValueError for variants that contradict each other.
    """
    names = variant.split("+") if variant else []
    pair_keys = bool(names) and names[0] == PAIR_KEY_VARIANT
    names = names[1:] if pair_keys else names
    if not names:
        return ReferenceTarget(Parts(kind=PairKeys()) if pair_keys else None)
    # Faults are loaded only where one is asked for: whoever names none has none of them in the process.
    variants = all_variants()
    if len(names) == 1 and names[0] not in variants and names[0] in all_faults():
        return of_fault(find_fault(names[0]), pair_keys)
    unknown = [name for name in names if name not in variants]
    if unknown:
        known = (PAIR_KEY_VARIANT, *variants, *all_faults())
        raise KeyError(f"no variant {unknown[0]!r}; there are: {', '.join(known)}")
    return of_variants([variants[name] for name in names], pair_keys)


def of_variants(kinds: Sequence[type[Variant]], pair_keys: bool = False) -> ReferenceTarget:
    """The reference with all of these habits; with ``pair_keys`` in profile B."""
    made = composed(kinds)
    parts = replace(made.parts, kind=PairKeys()) if pair_keys else made.parts
    return ReferenceTarget(parts, made.device_class, made.profile, made.claims)


def fault(identifier: str) -> ReferenceTarget:
    """The reference with the named fault. Raises KeyError, with the names there are, for another."""
    return of_fault(find_fault(identifier))


def of_fault(kind: type[Fault], pair_keys: bool = False) -> ReferenceTarget:
    """The reference with this fault; with ``pair_keys`` in profile B, whichever the fault is of by itself."""
    parts = kind.parts()
    if pair_keys and not isinstance(parts.kind, PairKeys):
        parts = replace(parts, kind=PairKeys())
    return ReferenceTarget(parts, kind.device_class, claims=kind.claims)
