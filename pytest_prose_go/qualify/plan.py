"""What runs: which targets of the families, against which cases, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeVar, get_args

from msgspec import Struct

from pytest_prose_go.family import Family, Fault
from pytest_prose_go.qualify.trial import Sort, Trial, Which
from pytest_prose_go.targets.hollow import Hollow, hollow_targets

Depth = Literal["quick", "standard", "exhaustive"]
HOLLOW = "hollow"
"""What the family of hollow targets is called."""

CONFORMING = "itself"
"""What the conforming target of a family is called in it."""

Entry = TypeVar("Entry")


class Asked(Struct, frozen=True, kw_only=True):
    """What the qualification was asked for.

    ``sample`` is how many variants of each family run (None: all), and ``turn`` which of the samples it is: each
    turn takes the next ones. ``sorts`` and ``matching`` narrow the targets, by their kind and by a part of their
    names. ``search`` is how many seconds of one core the search alone gets for each fault.
    """

    seed: str
    depth: Depth
    which: Which = "until-killed"
    sample: int | None = None
    turn: int = 0
    sorts: tuple[Sort, ...] = get_args(Sort)
    matching: tuple[str, ...] = ()
    suite: str | None = None
    search: float = 0.0

    @property
    def fault_depth(self) -> Depth:
        """A fault's trial ends when it is found, so that quick depth would spare little and find less."""
        return "standard" if self.depth == "quick" else self.depth

    def leaves_out(self, fault: Fault) -> bool:
        """True for a fault that only exhaustive depth finds, where quick depth is all that is asked for."""
        return bool(fault.in_depth) and self.depth == "quick"

    @property
    def narrowed(self) -> bool:
        """True if some faults or hollow targets were left out, or all variants."""
        return bool(self.matching) or set(self.sorts) != set(get_args(Sort))


def all_hollow(families: Iterable[Family]) -> list[Hollow]:
    """The hollow targets: those that stand alone, and those made of the conforming target of each family."""
    return hollow_targets([family.conforming for family in families])


def trials(families: Sequence[Family], asked: Asked) -> list[Trial]:
    """The trials, the longest first, so that no core is left with a long one at the end."""
    return [trial for trial in _all(families, asked) if _wanted(trial, asked)]


def _wanted(trial: Trial, asked: Asked) -> bool:
    named = not asked.matching or any(part in trial.identifier for part in asked.matching)
    return trial.sort in asked.sorts and named


def _all(families: Sequence[Family], asked: Asked) -> Iterator[Trial]:
    for family in families:
        yield _whole(asked, "conforming", family.name, CONFORMING, family.conforming)
    for family in families:
        variants = family.variants if asked.matching else sampled(family.variants, asked.sample, asked.turn)
        for variant in variants:
            yield _whole(asked, "variant", family.name, variant.identifier, variant.target)
    for hollow in all_hollow(families):
        yield _whole(asked, "hollow", HOLLOW, hollow.identifier, hollow.target, hollow.needs_isolation)
    for family in families:
        for fault in family.faults:
            if asked.leaves_out(fault):
                continue
            yield Trial(
                sort="fault",
                family=family.name,
                identifier=fault.identifier,
                target=fault.target,
                seed=asked.seed,
                depth="exhaustive" if fault.in_depth else asked.fault_depth,
                case=fault.in_depth,
                breaks=fault.breaks,
                first=tuple(dict.fromkeys((*fault.shown_by, fault.breaks))),
                which=asked.which,
                suite=asked.suite,
            )


def _whole(
    asked: Asked, sort: Sort, family: str, identifier: str, target: str, isolated: bool = False
) -> Trial:
    return Trial(
        sort=sort,
        family=family,
        identifier=identifier,
        target=target,
        seed=asked.seed,
        depth=asked.depth,
        isolated=isolated,
        suite=asked.suite,
    )


def sampled(entries: Sequence[Entry], size: int | None, turn: int) -> list[Entry]:
    """So many of the entries, the next ones at each turn, from the start again when the end is reached."""
    if size is None or size >= len(entries):
        return list(entries)
    return [entries[(turn * size + place) % len(entries)] for place in range(size)]
