"""Unusual habits that no requirement forbids: each a small class that changes one habit of the reference.

A module in this package holds :class:`Variant` subclasses of one family. Being defined registers one; nothing
else has to be edited but ``expected.toml``, where a variant that lacks something stands with the aspects that it
cannot pass. It says

* ``identifier``: its permanent name, by which ``reference:IDENTIFIER`` opens it;
* ``sentence``: what is unusual, in one sentence;
* ``shows``: the tolerances that it is an example of (``C-05``), or none for a habit that the list has not;
* ``open``: why the suite wrongly fails it still, where it does;
* ``claims``: answers of the statement that differ; tables in it (``limits``, ``patience``) hold single answers;

and it gives the subclass in which the habit stands, of whatever the reference makes its devices of: a room
(``owner``, ``member``), the ``device``, a class of decisions (``hop``, ``group``, ``agreement``, ``checks``), the
``habits`` of the radio, another ``profile`` or ``kind`` of credentials.

Variants combine, ``reference:ONE+OTHER``: their subclasses are put in one row, in which each goes on to the next
by ``super()``. The radio habits of the first stand nearest to the device.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from reference_impl.agreement import Agreement
from reference_impl.certificate_credentials import Certificates
from reference_impl.credentials import CredentialChecks, CredentialKind
from reference_impl.group_key import GroupProtection
from reference_impl.group_owner import GroupOwner
from reference_impl.parts import Parts
from reference_impl.profiles import LTE_33303, Profile
from reference_impl.protection import HopProtection
from reference_impl.user_equipment import UserEquipment
from reference_impl.variants.radio import Habit, RadioDevice

Made = TypeVar("Made")


class Variant:
    """The reference with one unusual habit."""

    registry: ClassVar[dict[str, type[Variant]]] = {}

    identifier: ClassVar[str]
    sentence: ClassVar[str]
    shows: ClassVar[tuple[str, ...]] = ()
    open: ClassVar[str] = ""
    claims: ClassVar[Mapping[str, object]] = {}

    owner: ClassVar[type[GroupOwner]] = GroupOwner
    member: ClassVar[type[UserEquipment]] = UserEquipment
    device: ClassVar[type[RadioDevice]] = RadioDevice
    hop: ClassVar[type[HopProtection]] = HopProtection
    group: ClassVar[type[GroupProtection]] = GroupProtection
    agreement: ClassVar[type[Agreement]] = Agreement
    checks: ClassVar[type[CredentialChecks]] = CredentialChecks
    habits: ClassVar[tuple[type[Habit], ...]] = ()
    profile: ClassVar[Profile] = LTE_33303
    kind: ClassVar[type[CredentialKind]] = Certificates

    def __init_subclass__(cls) -> None:
        for name in ("identifier", "sentence"):
            if not isinstance(getattr(cls, name, None), str):
                raise TypeError(f"variant {cls.__name__} does not say its {name}")
        former = Variant.registry.get(cls.identifier, cls)
        if (former.__module__, former.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two variants are called {cls.identifier}")
        Variant.registry[cls.identifier] = cls


@dataclass(frozen=True)
class Composition:
    """What a target of some variants is made of."""

    parts: Parts
    device_class: type[RadioDevice]
    profile: Profile
    claims: dict[str, object]


def all_variants() -> dict[str, type[Variant]]:
    """Every variant by its identifier."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(Variant.registry.items()))


def composed(variants: Sequence[type[Variant]]) -> Composition:
    """All of ``variants`` in one device. Decisions are made anew for each call, as some remember something.

    Raises ValueError for variants that contradict each other.
    """
    made = {
        name: _in_a_row(base, [getattr(variant, name) for variant in variants])
        for name, base in _BASES.items()
    }
    device = _in_a_row(RadioDevice, [variant.device for variant in variants])
    device_class = type(
        device.__name__,
        (device,),
        {
            "owner_room": _in_a_row(GroupOwner, [variant.owner for variant in variants]),
            "member_room": _in_a_row(UserEquipment, [variant.member for variant in variants]),
            "habit_classes": tuple(habit for variant in variants for habit in variant.habits),
        },
    )
    return Composition(
        Parts(
            kind=_only(variants, "kind", Certificates)(),
            hop=made["hop"](),
            group=made["group"](),
            agreement=made["agreement"](),
            credentials=made["checks"](),
        ),
        cast("type[RadioDevice]", device_class),
        _only(variants, "profile", LTE_33303),
        _joined_claims(variants),
    )


_BASES: dict[str, type[Any]] = {
    "hop": HopProtection,
    "group": GroupProtection,
    "agreement": Agreement,
    "checks": CredentialChecks,
}


def _in_a_row(base: type[Made], classes: Iterable[type[Made]]) -> type[Made]:
    """One class in which each of ``classes``, all subclasses of ``base``, has its say, the first one first."""
    different = tuple(dict.fromkeys(each for each in classes if each is not base))
    if not different:
        return base
    if len(different) == 1:
        return different[0]
    return cast("type[Made]", type("And".join(each.__name__ for each in different), different, {}))


def _only(variants: Sequence[type[Variant]], name: str, usual: Made) -> Made:
    unusual = {getattr(variant, name) for variant in variants} - {usual}
    if len(unusual) > 1:
        raise ValueError(f"these variants want more than one {name}")
    return cast("Made", next(iter(unusual), usual))


def _joined_claims(variants: Sequence[type[Variant]]) -> dict[str, object]:
    joined: dict[str, object] = {}
    for variant in variants:
        for name, answer in variant.claims.items():
            former = joined.get(name, answer)
            if isinstance(answer, Mapping) and isinstance(former, Mapping):
                joined[name] = dict(former) | {
                    key: _both(key, former, value) for key, value in answer.items()
                }
            elif isinstance(answer, tuple) and isinstance(former, tuple):
                joined[name] = tuple(each for each in former if each in answer)
            elif answer == former:
                joined[name] = answer
            else:
                raise ValueError(f"these variants give two answers to {name}")
    return joined


_THE_GREATER = ("join", "delivery", "rejoin", "payload_least", "frame_most")
_THE_LESS = ("payload_most", "members", "groups_per_station", "identity_most")


def _both(key: str, former: Mapping[str, Any], value: Any) -> Any:
    """The answer that is true of a device with both habits."""
    if key not in former or former[key] == value:
        return value
    if key in _THE_GREATER:
        return max(former[key], value)
    if key in _THE_LESS:
        return min(former[key], value)
    raise ValueError(f"these variants give two answers to {key}")
