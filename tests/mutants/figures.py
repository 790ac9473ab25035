"""What came of the mutants, in figures: the table of docs/mutants.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from tests.mutants.ledger import Equivalent
from tests.mutants.trial import Tried

START = "<!-- mutants -->"
END = "<!-- end of the mutants -->"
COLUMNS = ("module", "tried", "killed", "by BASE", "no verdict", "time-out", "survived", "equivalent", "open")


def outstanding(known: Mapping[str, Tried], entries: Sequence[Equivalent]) -> list[Tried]:
    """The survivors that have no line in the ledger."""
    excused = {entry.identity for entry in entries}
    return [each for each in known.values() if each.came == "survived" and _identity(each) not in excused]


def _identity(each: Tried) -> tuple[str, str, str, str, str]:
    return each.module, each.definition, each.operator, each.before, each.after


def table(modules: Sequence[str], known: Iterable[Tried], entries: Sequence[Equivalent]) -> str:
    """A row a module, and their sum."""
    excused = {entry.identity for entry in entries}
    all_tried = [each for each in known if each.module in modules]
    rows = [
        _row(module, [each for each in all_tried if each.module == module], excused) for module in modules
    ]
    rows.append(_row("all", all_tried, excused))
    lines = [COLUMNS, ("---",) + ("---:",) * (len(COLUMNS) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(
    name: str, some: Sequence[Tried], excused: Collection[tuple[str, str, str, str, str]]
) -> tuple[str, ...]:
    counts = [
        sum(each.came == came for each in some)
        for came in ("killed", "base", "unsettled", "timeout", "survived")
    ]
    equivalent = sum(each.came == "survived" and _identity(each) in excused for each in some)
    return (name, *map(str, (len(some), *counts, equivalent, counts[-1] - equivalent)))


def written_into(
    path: Path, seed: str, modules: Sequence[str], known: Mapping[str, Tried], entries: Sequence[Equivalent]
) -> None:
    """Put the table in place of the one that stands in the document. Raises ValueError where it has no place."""
    text = path.read_text(encoding="utf-8")
    head, start, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{path} has no place for the figures: {START} and {END}")
    path.write_text(
        f"{head}{START}\nSeed {seed}.\n\n{table(modules, known.values(), entries)}\n{END}{tail}",
        encoding="utf-8",
    )
