"""Whether a target's statement holds together, before anything else is asked of the target."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from pytest_prose_go.contract import (
    ADDRESS_BITS,
    CONTRACT_VERSION,
    Algorithm,
    Capability,
    Limits,
    Patience,
    Statement,
)
from pytest_prose_go.targets.breach import MisfitError, brief

MOST_GRACE = 60.0
"""Seconds; a longer time in which a removed member still reads is no removal."""
CAPABILITIES: tuple[str, ...] = get_args(Capability)
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


def validated(given: object) -> Statement:
    """``given`` as a checked :class:`Statement`: one of the contract, a mapping, or any object with the
    same attribute names. Raises :class:`MisfitError` with field, value and rule."""
    if given is None:
        raise MisfitError(
            "is missing", "give the target an attribute statement = Statement(product=…, version=…)."
        )
    statement = _converted(given)
    for field, value, holds, rule in _rules(statement):
        if not holds:
            raise MisfitError(f"has {field} = {brief(value)}", f"{field} must be {rule}.")
    return statement


def _converted(given: object) -> Statement:
    as_tuple: Callable[[], object] | None = getattr(given, "_asdict", None)
    if as_tuple is not None:
        given = as_tuple()
    if isinstance(given, Mapping):
        _check_names(given)
    try:
        plain = msgspec.to_builtins(given, builtin_types=(bytes,)) if isinstance(given, Statement) else given
        _check_capabilities(plain)
        # Twice, for an object that is a Struct already would be taken without a look at its fields.
        found = msgspec.convert(plain, Statement, from_attributes=True)
        found = msgspec.convert(msgspec.to_builtins(found, builtin_types=(bytes,)), Statement)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as wrong:
        text = str(wrong)
        at = re.search(r"\$\.([\w.\[\]…]+)", text)
        field = at.group(1) if at else "a field"
        value = _at(given, field)
        raise MisfitError(
            f"has {field} = {brief(value)}" if at else f"cannot be read from {brief(given)}",
            f"{text.split(' - at')[0]}{_choices(field)} (see Statement in pytest_prose_go.contract).",
        ) from wrong
    return _settled(found)


def _settled(statement: Statement) -> Statement:
    """``statement`` with tuples for its lists, so that nothing changes it and equal ones compare equal."""
    replace, limits = msgspec.structs.replace, statement.limits
    pools = {
        name: None if pool is None else tuple(pool)
        for name, pool in (
            ("identities", limits.identities),
            ("groups", limits.groups),
            ("addresses", limits.addresses),
        )
    }
    return replace(
        statement,
        limits=replace(limits, **pools),
        reports=tuple(statement.reports),
        algorithms=tuple(statement.algorithms),
        capabilities=tuple(statement.capabilities),
    )


def _choices(field: str) -> str:
    """What the field may be, where that is one of a few words."""
    choices = get_args(get_type_hints(Statement).get(field))
    return (
        f": {field} is one of {', '.join(choices)}"
        if choices and all(type(one) is str for one in choices)
        else ""
    )


def _check_names(given: Mapping[Any, Any]) -> None:
    """Whether each field is known, also of what stands in the statement: one that is misspelt would else be lost."""
    _check_fields("", given, Statement)
    for name, kind in (("patience", Patience), ("limits", Limits)):
        _check_fields(f"{name}.", given.get(name), kind)
    algorithms = given.get("algorithms")
    for place, one in enumerate(algorithms if isinstance(algorithms, list | tuple) else ()):
        _check_fields(f"algorithms[{place}].", one, Algorithm)


def _check_fields(before: str, given: object, kind: type[msgspec.Struct]) -> None:
    known = kind.__struct_fields__
    for name in given if isinstance(given, Mapping) else ():
        if name not in known:
            raise MisfitError(f"has an unknown field {before}{name}", _nearest(str(name), known))


def _check_capabilities(given: object) -> None:
    named = given.get("capabilities", ()) if isinstance(given, dict) else getattr(given, "capabilities", ())
    for name in named if isinstance(named, list | tuple | set | frozenset) else ():
        if name not in CAPABILITIES:
            raise MisfitError(
                f"claims an unknown capability {brief(name)}", _nearest(str(name), CAPABILITIES)
            )


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return (f"did you mean {near[0]}? " if near else "") + f"Known: {', '.join(sorted(known))}."


def _at(given: object, path: str) -> object:
    value = given
    for name in re.findall(r"\w+", path):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list | tuple) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = getattr(value, name, None)
    return value


def _rules(statement: Statement) -> list[tuple[str, object, bool, str]]:
    """Field, value, whether it is good, and the rule."""
    limits, patience = statement.limits, statement.patience
    rules: list[tuple[str, object, bool, str]] = [
        ("product", statement.product, bool(statement.product.strip()), "the product's name"),
        ("version", statement.version, bool(statement.version.strip()), "the product's version"),
        (
            "contract",
            statement.contract,
            statement.contract == CONTRACT_VERSION,
            f"{CONTRACT_VERSION}, the contract of this version of the suite",
        ),
        (
            "user_equipment",
            statement.user_equipment,
            "product" in (statement.group_owner, statement.user_equipment),
            "product, or group_owner must: two companions leave nothing to test",
        ),
        (
            "rekey_grace",
            statement.rekey_grace,
            0 <= statement.rekey_grace <= MOST_GRACE,
            f"from 0 to {MOST_GRACE:g} seconds",
        ),
        (
            "algorithms",
            statement.algorithms,
            bool(statement.algorithms) or not {"offers", "parameters"} & set(statement.capabilities),
            "listed where the capability offers or parameters is claimed",
        ),
    ]
    rules += [
        (f"artefacts[{name!r}]", digest, bool(_DIGEST.fullmatch(digest)), "a SHA-256 in 64 hex digits")
        for name, digest in statement.artefacts.items()
    ]
    durations = {
        "call_deadline": statement.call_deadline,
        "setup_deadline": statement.setup_deadline,
        "patience.join": patience.join,
        "patience.delivery": patience.delivery,
        "patience.rejoin": patience.rejoin,
    }
    rules += [
        (name, value, math.isfinite(value) and value > 0, "a positive, finite number of seconds")
        for name, value in durations.items()
    ]
    rules += [
        ("limits.payload_least", limits.payload_least, limits.payload_least >= 0, "0 or more"),
        (
            "limits.payload_most",
            limits.payload_most,
            limits.payload_most >= max(1, limits.payload_least),
            f"1 or more, and no less than limits.payload_least ({limits.payload_least})",
        ),
    ]
    counts = {
        "limits.frame_most": limits.frame_most,
        "limits.members": limits.members,
        "limits.groups_per_station": limits.groups_per_station,
        "limits.identity_most": limits.identity_most,
    }
    rules += [(name, value, value >= 1, "1 or more") for name, value in counts.items()]
    stations = limits.members + 1
    rules += _pool("identities", limits.identities, stations, "limits.members and their GO")
    rules += _pool("addresses", limits.addresses, stations, "limits.members and their GO")
    rules += _pool("groups", limits.groups, limits.groups_per_station, "limits.groups_per_station")
    rules += [
        (
            "limits.identities",
            name,
            0 < len(name.encode()) <= limits.identity_most,
            f"of names of 1 to {limits.identity_most} bytes (limits.identity_most)",
        )
        for name in limits.identities or ()
    ]
    rules += [
        ("limits.groups", name, bool(name), "of names that are not empty") for name in limits.groups or ()
    ]
    rules += [
        ("limits.addresses", address, 0 <= address < 1 << ADDRESS_BITS, "of 24-bit addresses")
        for address in limits.addresses or ()
    ]
    names = [algorithm.name for algorithm in statement.algorithms]
    rules += [
        ("algorithms", names, len(set(names)) == len(names) and all(names), "of different names, none empty"),
        *(
            (f"algorithms ({algorithm.name}).{kind}", bits, 0 <= bits <= 1024, "a strength of 0 to 1024 bits")
            for algorithm in statement.algorithms
            for kind, bits in (
                ("confidentiality", algorithm.confidentiality),
                ("integrity", algorithm.integrity),
            )
        ),
    ]
    return rules


def _pool(name: str, pool: Any, least: int, why: str) -> list[tuple[str, object, bool, str]]:
    if pool is None:
        return []
    return [
        (f"limits.{name}", pool, len(set(pool)) == len(pool), "without doubles"),
        (
            f"limits.{name}",
            pool,
            len(pool) >= least,
            f"None (any) or at least {least} long, enough for {why}; or lower that limit",
        ),
    ]
