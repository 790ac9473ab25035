"""The catalogue as a matrix: a row an aspect, as text, as Markdown or as JSON. Knows neither pytest nor target."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from pytest_prose_go.catalogue import (
    Aspect,
    Attack,
    Catalogue,
    Clause,
    Requirement,
    Tolerance,
    untried,
)

LEVEL_LETTERS = {"mandatory": "M", "recommended": "R"}
GAP = "  "


class Counts(Struct, frozen=True):
    """How many of each a catalogue has. An attack may be tried by several aspects and counts once."""

    requirements: int
    aspects: int
    cases: int
    faults: int
    attacks: int
    attacks_tried: int
    attacks_not_tested: int
    attacks_untried: int
    tolerances: int
    tolerances_answered: int


class Exported(Struct, frozen=True):
    """The whole catalogue, as ``--format json`` prints it."""

    counts: Counts
    clauses: tuple[Clause, ...]
    attacks: tuple[Attack, ...]
    tried: dict[str, list[str]]
    untried: list[str]
    tolerances: tuple[Tolerance, ...]


def counts(catalogue: Catalogue) -> Counts:
    """What there is, counted."""
    aspects = [listed.aspect for listed in catalogue.aspects.values()]
    return Counts(
        requirements=len(catalogue.requirements),
        aspects=len(aspects),
        cases=len(catalogue.cases),
        faults=len({fault for aspect in aspects for fault in aspect.faults}),
        attacks=len(catalogue.attacks),
        attacks_tried=len(catalogue.tried),
        attacks_not_tested=len(catalogue.not_tested),
        attacks_untried=len(untried(catalogue)),
        tolerances=len(catalogue.tolerances),
        tolerances_answered=sum(bool(one.answered_by) for one in catalogue.tolerances),
    )


def as_json(catalogue: Catalogue) -> str:
    """Everything that the files say, joined and counted, as indented JSON."""
    exported = Exported(
        counts(catalogue),
        catalogue.clauses,
        catalogue.attacks,
        catalogue.tried,
        untried(catalogue),
        catalogue.tolerances,
    )
    return msgspec.json.format(msgspec.json.encode(exported), indent=2).decode()


def table(catalogue: Catalogue) -> str:
    """For the terminal: each requirement with its aspects; then the attacks that are not tried, and counts."""
    lines = ["levels: M mandatory, R recommended; where two, under the readings analysis/proposal"]
    width = max((len(name) for name in catalogue.aspects), default=0)
    for clause, requirement in _requirements(catalogue):
        derived = ", derived" if clause.derived else ""
        lines += ["", f"{requirement.id}: {requirement.title} [{requirement.clause}{derived}]"]
        for aspect in requirement.aspect:
            name = f"{requirement.id}.{aspect.id}"
            method = f"lab ({aspect.capability})" if aspect.method == "lab" else aspect.method
            judged = "+".join(aspect.judges)
            lines.append(
                f"{GAP}{name:<{width}}{GAP}{level(aspect)}, {method}, judges {judged}: {aspect.title}"
            )
            for what, names in (
                ("cases", tuple(case.id for case in aspect.cases)),
                ("faults", aspect.faults),
                ("attacks", aspect.attacks),
            ):
                if names:
                    lines.append(f"{GAP * 3}{what:<8} {', '.join(names)}")
    titles = {attack.id: attack.title for attack in catalogue.attacks}
    if catalogue.not_tested:
        lines += ["", "attacks not tested, why, and what a reviewer looks at instead"]
        for one in catalogue.not_tested:
            lines.append(f"{GAP}{one.attack}: {titles.get(one.attack, '')}")
            lines.append(f"{GAP}{GAP}because {one.because}")
            lines.append(f"{GAP}{GAP}reviewer: {one.reviewer}")
    left = untried(catalogue)
    if left:
        lines += ["", "attacks that no case tries yet"]
        lines += [f"{GAP}{name}: {titles[name]}" for name in left]
    return "\n".join([*lines, "", counted(catalogue)])


def markdown(catalogue: Catalogue) -> str:
    """For a README: the counts and a table, a row an aspect."""
    lines = [counted(catalogue), "", "| aspect | asks that | level | cases | faults | attacks |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for clause, requirement in _requirements(catalogue):
        derived = ", derived" if clause.derived else ""
        lines.append(
            f"| **{requirement.id}** | **{requirement.title}** ({requirement.clause}{derived}) | | | | |"
        )
        for aspect in requirement.aspect:
            method = "" if aspect.method == "air" else f", {aspect.method}"
            lines.append(
                f"| `{requirement.id}.{aspect.id}` | {aspect.title} | {level(aspect)}{method} "
                f"| {len(aspect.cases) or ''} | {len(aspect.faults) or ''} | {len(aspect.attacks) or ''} |"
            )
    return "\n".join(lines)


def counted(catalogue: Catalogue) -> str:
    """The counts, in a sentence or two."""
    told = counts(catalogue)
    text = (
        f"{told.requirements} requirements, {told.aspects} aspects, {told.cases} cases, "
        f"{told.faults} faults that they must catch."
    )
    if told.attacks:
        text += (
            f" Of {told.attacks} published attacks {told.attacks_tried} are tried, {told.attacks_not_tested} "
            "cannot be shown by a suite that parses no frame"
        )
        text += f", {told.attacks_untried} no case tries yet." if told.attacks_untried else "."
    if told.tolerances:
        text += (
            f" Of {told.tolerances} unusual but conforming behaviours {told.tolerances_answered} are shown to "
            "pass."
        )
    return text


def level(aspect: Aspect) -> str:
    """``M`` or ``R``; where the readings differ, first under ``analysis``."""
    if isinstance(aspect.level, dict):
        return "/".join(LEVEL_LETTERS[aspect.level[reading]] for reading in ("analysis", "proposal"))
    return LEVEL_LETTERS[aspect.level] + (" (M where claimed)" if aspect.mandatory_where else "")


def _requirements(catalogue: Catalogue) -> Iterator[tuple[Clause, Requirement]]:
    for clause in catalogue.clauses:
        for requirement in clause.requirement:
            yield clause, requirement
