"""A qualification as Markdown, written between two marking lines of a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_prose_go.qualify.qualification import Qualification
from pytest_prose_go.qualify.terminal import LEGEND, by_search, cell, shown_requirements, summary

BEGIN = "<!-- prose-go qualify -->"
END = "<!-- end of the qualification -->"


def write_into(path: Path, told: Qualification) -> None:
    """Replace what stands between the marking lines of the document.

    Raises :class:`OSError` if it cannot be read or written, or has no such lines.
    """
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise OSError(f"{path}: there are no lines {BEGIN} and, below, {END}")
    path.write_text(f"{before}{begin}{markdown(told)}\n{end}{after}", encoding="utf-8")


def markdown(told: Qualification) -> str:
    """The figures and tables, for a document."""
    return "\n".join(_lines(told))


def _lines(told: Qualification) -> Iterator[str]:
    yield f"Held on {told.date} with pytest-prose-go {told.plugin}, seed `{told.seed}`, {told.depth} depth."
    yield ""
    if told.partial:
        yield "PARTIAL: only a part of the targets; this says nothing of the suite as a whole."
        yield ""
    yield summary(told) + "."
    yield ""
    yield "| requirement | faults | killed | |"
    yield "| --- | --- | --- | --- |"
    for rate in told.rates:
        yield f"| {rate.requirement} | {rate.faults} | {rate.killed} | {rate.title} |"
    yield from _open(told)
    columns = shown_requirements(told)
    yield ""
    yield f"Kill matrix: {LEGEND}."
    yield ""
    searching = " | by the search alone" if told.search else ""
    yield "| fault | " + " | ".join(columns) + f"{searching} | killed by |"
    yield "| --- |" + " --- |" * (len(columns) + 1 + bool(told.search))
    for requirement in columns:
        for fault in (one for one in told.faults if one.requirement == requirement):
            cells = " | ".join(cell(fault, name) for name in columns)
            by = ", ".join(f"`{case}`" for case in fault.killers) or fault.found
            alone = f" | {by_search(fault)}" if told.search else ""
            yield f"| `{fault.identifier}` | {cells}{alone} | {by} |"
    yield ""
    yield "| hollow target | | passes outside BASE |"
    yield "| --- | --- | --- |"
    for hollow in told.hollow:
        yield f"| `{hollow.identifier}` | {hollow.sentence} | {hollow.passes} |"
    if told.sole_killers is not None:
        yield ""
        yield "Cases without which some fault would survive:"
        yield ""
        for case, faults in told.sole_killers.items():
            yield f"- `{case}`: {', '.join(faults)}"
    if told.idle is not None:
        yield ""
        yield "Cases that kill nothing: " + (", ".join(f"`{case}`" for case in told.idle) or "none") + "."


def _open(told: Qualification) -> Iterator[str]:
    survivors = [fault for fault in told.faults if fault.found != "killed"]
    alarms = [one for one in told.variants if one.conforms != "as expected"]
    if not survivors and not alarms:
        return
    yield ""
    for fault in survivors:
        yield f"- **{fault.identifier}** {fault.found}: {fault.sentence}" + (
            f" Open: {fault.open}." if fault.open else ""
        )
    for one in alarms:
        why = f" Open: {one.open}." if one.open else ""
        yield f"- **{one.identifier}** {one.conforms}: {one.sentence}{why}"
