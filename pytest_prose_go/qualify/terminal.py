"""A qualification as text, and as Markdown for a document. Knows neither pytest nor target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_prose_go.qualify.qualification import FaultResult, Qualification

GAP = "  "
MARKS = {"breaks": "#", "also": "+", "unexpected": "!"}
LEGEND = "# cases that killed it under the aspect that it breaks, + under others that it is said to break, ! elsewhere"


def cell(fault: FaultResult, requirement: str) -> str:
    """What the cases saw of the fault under a requirement: a mark and a count of cases, ``-`` where it should be
    killed and is not, "" for nothing."""
    told = ""
    killers = set(fault.killers)
    if requirement == fault.requirement:
        told = f"{MARKS['breaks']}{len(killers)}" if killers else "-"
    for mark, aspects in (
        ("also", {*fault.also_breaks, *fault.may_break}),
        ("unexpected", set(fault.unexpected)),
    ):
        cases = {
            case
            for aspect, found in fault.tags.items()
            if aspect in aspects and aspect.partition(".")[0] == requirement
            for case in found
        }
        if cases:
            told += f"{MARKS[mark]}{len(cases)}"
    return told


def by_search(fault: FaultResult) -> str:
    """What the search alone came to: the seconds until it found the fault, ``-`` where it did not, "" where it was not
    asked."""
    told = fault.searched
    if told is None:
        return ""
    return f"{told.seconds:.1f} s" if told.found else "-"


def text(qualification: Qualification) -> str:
    """Everything, for the terminal: the matrix, the rates, and what is not as it should be."""
    return "\n".join(_lines(qualification))


def _lines(told: Qualification) -> Iterator[str]:
    columns = shown_requirements(told)
    searching = ["search"] if told.search else []
    width = max((len(fault.identifier) for fault in told.faults), default=5)
    yield f"seed {told.seed}; faults at {told.fault_depth} depth, all else at {told.depth}"
    if told.faults:
        yield ""
        yield f"kill matrix: {LEGEND}"
        yield GAP.join([f"{'fault':<{width}}", *(f"{name:<6.6}" for name in columns), *searching, "cases"])
    for requirement in columns:
        for fault in (one for one in told.faults if one.requirement == requirement):
            cells = [f"{cell(fault, name) or '.':<6}" for name in columns]
            alone = [f"{by_search(fault) or '.':<6}"] if told.search else []
            yield GAP.join([f"{fault.identifier:<{width}}", *cells, *alone, _by(fault)])
    if told.rates:
        yield ""
        yield "kill rate by requirement"
        for rate in told.rates:
            yield f"{GAP}{rate.requirement:<10} {rate.killed:>3} of {rate.faults:<3}  {rate.title}"
    yield from _section(
        "wrongly tagged",
        (
            f"{fault.identifier}: fails {', '.join(fault.unexpected)} besides {fault.breaks}"
            for fault in told.faults
            if fault.found == "wrongly tagged"
        ),
    )
    yield from _section(
        "survivors",
        (
            f"{fault.identifier} ({fault.breaks}): {fault.sentence}"
            + (f" Open: {fault.open}" if fault.open else "")
            for fault in told.faults
            if fault.found == "survived"
        ),
    )
    yield from _section(
        "not tried",
        (f"{', '.join(identifiers)}: {problem}" for problem, identifiers in _problems(told).items()),
    )
    yield from _section(
        "false alarms and other unexpected verdicts on conforming targets",
        (
            f"{one.identifier}: {one.conforms}: "
            + "; ".join(
                [
                    *(f"{case}: {seen}" for case, seen in one.alarms.items()),
                    *(f"{aspect} is {now}, not {then}" for aspect, (then, now) in one.differences.items()),
                    *filter(None, [one.problem, f"open: {one.open}" if one.open else ""]),
                ]
            )
            for one in told.variants
            if one.conforms != "as expected"
        ),
    )
    yield from _section(
        "hollow targets (what they pass outside BASE)",
        (
            f"{one.identifier}: {one.passes}" + (f": {', '.join(one.passed)}" if one.passed else "")
            for one in told.hollow
        ),
    )
    yield from _section(
        "left out at this depth",
        (f"{fault.identifier}: {fault.sentence}" for fault in told.faults if fault.found == "not run"),
    )
    if told.sole_killers is not None:
        yield from _section(
            "cases without which some fault would survive",
            (f"{case}: {', '.join(faults)}" for case, faults in told.sole_killers.items()),
        )
    if told.idle is not None:
        yield from _section("cases that kill nothing", told.idle)
    yield ""
    if told.partial:
        yield "PARTIAL: only the targets that were asked for; this says nothing of the suite as a whole"
    yield summary(told)
    for reason in told.because:
        yield f"{GAP}{reason}"


def _problems(told: Qualification) -> dict[str, list[str]]:
    """What kept faults and hollow targets from being tried, each thing with those that it kept."""
    problems: dict[str, list[str]] = {}
    for fault in told.faults:
        if fault.found == "error":
            problem = fault.problem or "; ".join(dict.fromkeys(fault.errors.values()))
            problems.setdefault(problem, []).append(fault.identifier)
    for one in told.hollow:
        if one.passes == "error":
            problems.setdefault(one.problem, []).append(one.identifier)
    return problems


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield ""
        yield f"{title} ({len(told)})"
        yield from (f"{GAP}{line}" for line in told)


def _by(fault: FaultResult) -> str:
    if not fault.killers:
        return fault.found
    return f"{len(fault.killers)} of {fault.ran}: {', '.join(fault.killers)}"


def shown_requirements(told: Qualification) -> list[str]:
    """The requirements that some fault breaks or was found under, in the catalogue's order."""
    used = {fault.requirement for fault in told.faults}
    used |= {aspect.partition(".")[0] for fault in told.faults for aspect in fault.tags}
    return [name for name in told.requirements if name in used]


def summary(told: Qualification) -> str:
    """The figures, in a sentence or two."""
    killed = sum(fault.found == "killed" for fault in told.faults)
    ran = sum(fault.found != "not run" for fault in told.faults)
    alarms = sum(one.conforms != "as expected" for one in told.variants)
    empty = sum(one.passes == "nothing" for one in told.hollow)
    sampled = f" (a sample: {told.left_out} more did not run)" if told.left_out else ""
    verdict = "proven" if told.proven else "NOT PROVEN"
    sought = [fault.searched for fault in told.faults if fault.searched is not None]
    alone = sum(one.found for one in sought)
    parts = [
        f"{killed} of {ran} faults killed under the right aspect and no other" if ran else "",
        f"{len(told.variants) - alarms} of {len(told.variants)} conforming targets as expected{sampled}"
        if told.variants
        else "",
        f"{alone} of {len(sought)} faults that the air shows found by the search alone in {told.search:g} s each"
        if sought
        else "",
        f"{empty} of {len(told.hollow)} hollow targets pass nothing" if told.hollow else "",
        f"{told.seconds:.0f} s in {max(1, told.processes)} processes",
    ]
    return f"{verdict}: " + "; ".join(filter(None, parts))
