"""Finding families of targets by name or entry point, and reading them strictly."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from pytest_prose_go.catalogue import Catalogue, nearest
from pytest_prose_go.family import Family, Fault, Variant
from pytest_prose_go.judge.verdict import Verdict

GROUP = "prose_go.families"
"""The entry-point group of installed families: each names a module, or an attribute of one."""

Entry = TypeVar("Entry", bound=Struct)


class FamilyError(ValueError):
    """A family that cannot be found or read; the text says which, and what is wrong with it."""


def installed() -> dict[str, str]:
    """The families of installed distributions: name → ``module`` or ``module:attribute``."""
    return {point.name: point.value for point in sorted(entry_points(group=GROUP), key=lambda one: one.name)}


def read_families(names: Sequence[str], catalogues: Iterable[Catalogue]) -> list[Family]:
    """The families of these names (of all that are installed, if there are none): each the name of an entry point,
    a module, or ``module:attribute``.

    Raises :class:`FamilyError` for one that is not there, lacks something, or names an unknown aspect, and for
    two that call themselves the same.
    """
    known = installed()
    if not names and not known:
        raise FamilyError(
            f"no installed distribution declares a family (entry-point group {GROUP}): name one"
        )
    aspects = {aspect for catalogue in catalogues for aspect in catalogue.aspects}
    families = [_read(name, known.get(name, name), aspects) for name in names or known]
    called = [family.name for family in families]
    if len(set(called)) < len(called):
        raise FamilyError(f"two families have one name: {', '.join(sorted(called))}")
    return families


def _read(name: str, where: str, aspects: Collection[str]) -> Family:
    told = _find(name, where)
    missing = [each for each in ("conforming", "faults", "variants") if not hasattr(told, each)]
    if missing:
        raise FamilyError(f"family {name!r}: it has no {', no '.join(missing)}")
    family = Family(
        name=str(getattr(told, "name", name)),
        conforming=str(told.conforming),
        conforming_expected=_converted(
            name, "conforming_expected", getattr(told, "conforming_expected", {}), dict[str, str]
        ),
        faults=_entries(name, "faults()", told.faults(), Fault),
        variants=_entries(name, "variants()", told.variants(), Variant),
    )
    mistakes = list(_mistakes(family, aspects))
    if mistakes:
        raise FamilyError("\n".join(f"family {name!r}: {mistake}" for mistake in mistakes))
    return family


def _find(name: str, where: str) -> Any:
    module_name, _, attribute = where.partition(":")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.append(here)
    try:
        found: Any = importlib.import_module(module_name)
    except ImportError as error:
        known = ", ".join(installed()) or "none"
        raise FamilyError(f"family {name!r}: {error} (installed families: {known})") from error
    for part in filter(None, attribute.split(".")):
        if not hasattr(found, part):
            raise FamilyError(f"family {name!r}: {module_name} has no attribute {part}")
        found = getattr(found, part)
    return found


def _entries(name: str, what: str, told: Iterable[object], kind: type[Entry]) -> tuple[Entry, ...]:
    return tuple(
        _converted(name, f"{what}[{place}] ({getattr(one, 'identifier', 'nameless')})", one, kind)
        for place, one in enumerate(told)
    )


def _converted(name: str, what: str, told: object, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(told, kind, from_attributes=True)
    except msgspec.ValidationError as error:
        raise FamilyError(f"family {name!r}: {what}: {error}") from error


def _mistakes(family: Family, aspects: Collection[str]) -> Iterator[str]:
    for sort, entries in (("fault", family.faults), ("variant", family.variants)):
        identifiers = [entry.identifier for entry in entries]
        for double in sorted({each for each in identifiers if identifiers.count(each) > 1}):
            yield f"two {sort}s are called {double}"
    for fault in family.faults:
        for aspect in (fault.breaks, *fault.also_breaks, *fault.may_break, *fault.shown_by):
            if aspect not in aspects:
                yield f"fault {fault.identifier}: there is no aspect {aspect}{nearest(aspect, aspects)}"
    known = [str(verdict) for verdict in Verdict]
    conforming = Variant(
        identifier="conforming", sentence="", target="", expected=dict(family.conforming_expected)
    )
    for variant in (conforming, *family.variants):
        for aspect, verdict in variant.expected.items():
            if aspect not in aspects:
                yield f"variant {variant.identifier}: there is no aspect {aspect}{nearest(aspect, aspects)}"
            if verdict not in known:
                yield f"variant {variant.identifier}: {verdict!r} is no verdict{nearest(verdict, known)}"
            if verdict in (Verdict.FAIL, Verdict.ERROR):
                yield f"variant {variant.identifier}: what conforms cannot be expected to {verdict} {aspect}"
