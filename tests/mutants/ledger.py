"""The mutants that break no requirement, each with the reason: tests/equivalent_mutants.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.mutants.operators import all_operators
from tests.mutants.sites import Mutant, mutant, sites_of

LEDGER = Path(__file__).parents[1] / "equivalent_mutants.toml"


class Equivalent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mutant that conforms as the reference does. ``before`` and ``after`` are the lines that differ, without
    indent; ``because`` says why no requirement is broken."""

    module: str
    definition: str
    operator: str
    before: str
    after: str
    because: str

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What :attr:`Mutant.identity` is of a mutant."""
        return self.module, self.definition, self.operator, self.before, self.after


def read_ledger(path: Path = LEDGER) -> list[Equivalent]:
    """All entries. Raises :class:`msgspec.ValidationError` for one that is not well-formed."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert(told["equivalent"], list[Equivalent])


def mutant_of(entry: Equivalent) -> Mutant | None:
    """The mutant of today's source that the entry is about, or None if there is none any more."""
    if entry.operator not in all_operators():
        return None
    for site in sites_of(entry.module, entry.operator):
        if site.definition == entry.definition and site.line in entry.before:
            made = mutant(site)
            if made is not None and made.identity == entry.identity:
                return made
    return None
