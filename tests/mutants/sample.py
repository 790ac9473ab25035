"""Which mutants are tried: an order by lot, the same for a seed, that spreads over places before it goes into depth."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import zip_longest

from tests.mutants.sites import Mutant, Site, mutant, sites


def in_order(module: str, seed: str, operators: Collection[str] = ()) -> Iterator[Mutant]:
    """The mutants of a module (of these operators, if any are named): first one of each line, then a second of
    each, and so on, each meaning once."""
    by_place: dict[tuple[str, str], list[Site]] = defaultdict(list)
    for site in sorted(sites(module), key=lambda site: _lot(seed, site)):
        if operators and site.operator not in operators:
            continue
        by_place[site.definition, site.line].append(site)
    met: set[str] = set()
    for round_of_places in zip_longest(*(_kinds_first(place) for place in by_place.values())):
        for site in filter(None, round_of_places):
            made = mutant(site)
            if made is not None and made.key not in met:
                met.add(made.key)
                yield made


def _kinds_first(place: list[Site]) -> list[Site]:
    """One of each kind of operator before another of the same: there are a dozen ways to replace a plus."""
    turns: list[tuple[int, Site]] = []
    counts: dict[str, int] = defaultdict(int)
    for site in place:
        kind = site.operator.split("_")[0]
        turns.append((counts[kind], site))
        counts[kind] += 1
    return [site for _, site in sorted(turns, key=lambda turn: turn[0])]


def _lot(seed: str, site: Site) -> str:
    told = (seed, site.module, site.definition, site.operator, site.line, site.occurrence)
    return hashlib.sha256(repr(told).encode()).hexdigest()
