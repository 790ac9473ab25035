"""A qualification as one HTML page that needs nothing else: the matrix as a picture, and the lists."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from pytest_prose_go.catalogue import bare
from pytest_prose_go.qualify.qualification import FaultResult, Qualification
from pytest_prose_go.qualify.terminal import by_search, cell, shown_requirements, summary

TEMPLATE = "page.html.j2"


def page(told: Qualification) -> str:
    """The page. Everything in it that came from elsewhere is escaped."""
    environment = Environment(
        loader=PackageLoader("pytest_prose_go.qualify", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    columns = shown_requirements(told)
    faults = [fault for name in columns for fault in told.faults if fault.requirement == name]
    return environment.get_template(TEMPLATE).render(
        told=told,
        summary=summary(told),
        columns=columns,
        faults=faults,
        cell=cell,
        by_search=by_search,
        picture=picture(faults),
    )


def picture(faults: list[FaultResult]) -> dict[str, object]:
    """What the picture draws: a column for each case that found something, in the catalogue's order of the faults,
    and a square for each fault and case: ``breaks``, ``also`` or ``unexpected``."""
    columns = list(
        dict.fromkeys(
            bare(case)
            for fault in faults
            for found in (fault.killers, *fault.tags.values())
            for case in found
        )
    )
    columns.sort(
        key=lambda case: (
            [fault.requirement for fault in faults].index(case.partition(".")[0])
            if case.partition(".")[0] in {fault.requirement for fault in faults}
            else len(faults)
        )
    )
    place = {case: number for number, case in enumerate(columns)}
    squares = [
        (row, place[bare(case)], kind, fault.identifier, bare(case), aspect)
        for row, fault in enumerate(faults)
        for aspect, cases in fault.tags.items()
        for case in cases
        for kind in [_kind(fault, aspect)]
    ]
    return {"columns": columns, "squares": squares}


def _kind(fault: FaultResult, aspect: str) -> str:
    if aspect == fault.breaks:
        return "breaks"
    return "unexpected" if aspect in fault.unexpected else "also"
