"""The reference's faults and variants as a family of targets, by which ``prose-go qualify`` tries the suite.

It knows nothing of the plugin: what it tells are plain data with the names that a family has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from reference_impl import faults as fault_room
from reference_impl import variants as variant_room

name = "reference"
conforming = "reference"
conforming_expected = {"AUTH.barred": "NOT APPLICABLE"}
"""The removals of the reference do not bar."""


@dataclass(frozen=True)
class FaultyTarget:
    """The reference with one mistake."""

    identifier: str
    sentence: str
    target: str
    breaks: str
    also_breaks: tuple[str, ...]
    may_break: tuple[str, ...]
    shown_by: tuple[str, ...]
    in_depth: str
    published: str
    ability: str
    open: str


@dataclass(frozen=True)
class UnusualTarget:
    """The reference with an unusual habit, and the aspects that it therefore cannot pass."""

    identifier: str
    sentence: str
    target: str
    expected: dict[str, str]
    because: str
    open: str


def faults() -> Iterator[FaultyTarget]:
    """Every fault, with the name that opens it, some in both profiles; ``open`` where no case finds it yet."""
    for identifier, kind in fault_room.all_faults().items():
        yield _faulty(identifier, kind)
        if kind.in_both_profiles:
            yield _faulty(f"psk+{identifier}", kind)


def _faulty(name: str, kind: type[fault_room.Fault]) -> FaultyTarget:
    return FaultyTarget(
        identifier=name,
        sentence=kind.sentence,
        target=f"reference:{name}",
        breaks=kind.breaks,
        also_breaks=kind.also_breaks,
        may_break=kind.may_break,
        shown_by=kind.shown_by,
        in_depth=kind.in_depth,
        published=kind.published,
        ability=kind.ability,
        open=kind.open,
    )


def variants() -> Iterator[UnusualTarget]:
    """Every variant, with what it is expected to pass; ``open`` where the suite wrongly fails it still."""
    for identifier, kind in variant_room.all_variants().items():
        yield UnusualTarget(
            identifier=identifier,
            sentence=kind.sentence,
            target=f"reference:{identifier}",
            expected=expected((identifier,)),
            because=_tables().get(identifier, {}).get("because", ""),
            open=kind.open,
        )


def expected(identifiers: tuple[str, ...]) -> dict[str, str]:
    """The verdict on each aspect that a target of all these variants does not pass."""
    found = dict(conforming_expected)
    for table in (_tables().get(each, {}) for each in identifiers):
        found |= dict.fromkeys(table.get("inconclusive", ()), "INCONCLUSIVE")
        found |= dict.fromkeys(table.get("not-applicable", ()), "NOT APPLICABLE")
        for aspect in table.get("applicable", ()):
            found.pop(aspect, None)
    return found


def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = tomllib.loads(
        (files(variant_room) / "expected.toml").read_text(encoding="utf-8")
    )
    return tables
