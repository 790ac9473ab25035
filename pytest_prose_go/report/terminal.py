"""The terminal: the run's header, a case's letter, and the table of verdicts with the reasons below it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec
import pytest

from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.options import Settings
from pytest_prose_go.run_summary import AspectResult, RequirementResult, Summary, judged_aspects

Status = tuple[str, str, tuple[str, dict[str, bool]]]

STATUS: dict[Verdict, Status] = {
    Verdict.FAIL: ("failed", "F", ("FAIL", {"red": True})),
    Verdict.ERROR: ("error", "E", ("ERROR", {"red": True})),
    Verdict.INCONCLUSIVE: ("inconclusive", "I", ("INCONCLUSIVE", {"yellow": True})),
    Verdict.NOT_APPLICABLE: ("not applicable", "n", ("NOT APPLICABLE", {"yellow": True})),
}
COLOURS = {
    Verdict.FAIL: {"red": True, "bold": True},
    Verdict.ERROR: {"red": True},
    Verdict.INCONCLUSIVE: {"yellow": True},
    Verdict.NOT_SHOWN: {"yellow": True},
    Verdict.PASS: {"green": True},
}
AS_BEFORE: Status = ("errors alike", "E", ("ERROR", {"red": True}))
"""Of a case that ended with an error for the reason of an earlier one."""
DISCLOSURE = "a FAIL may be somebody's vulnerability: tell whoever can mend it before you pass this on"
CRASHED = "???"
"""The phase that xdist gives to the report on a test during which its worker died."""
REASONS_MOST = 2
LINES_MOST = 3
WIDTH_MOST = 200
LINE_WRAPS = 118
NUMBER = re.compile(r"\d+")
LABEL = re.compile(r"station [^\s:]+")
"""What differs in the error of one cause from case to case."""


def header_lines(settings: Settings, statement: Statement, isolation: str) -> list[str]:
    """Who is tested and under what, for the head of the run."""
    return [
        f"prose target: {settings.target}: {statement.product} {statement.version}, {statement.clock} clock",
        f"prose run: seed {settings.seed}, reading {settings.reading}, scope {settings.scope}, "
        f"depth {settings.depth}",
        f"prose isolation: {isolation}",
    ]


class Statuses:
    """The letter and word of each report that carries a verdict. Errors with one reason are told once."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def of(self, report: pytest.TestReport) -> Status | None:
        """None leaves it to pytest."""
        told = getattr(report, "prose", None)
        if told is None:
            return STATUS[Verdict.ERROR] if str(report.when) == CRASHED else None
        result = msgspec.json.decode(told, type=CaseResult)
        if result.verdict is Verdict.ERROR:
            reason = NUMBER.sub("#", LABEL.sub("station", result.reason))
            if self._told.setdefault(reason, report.nodeid) != report.nodeid:
                return AS_BEFORE
        return STATUS.get(result.verdict)


def write_alike(reporter: pytest.TerminalReporter) -> None:
    """Say of how many cases the error is not told, as it was told of another."""
    alike = len(reporter.stats.get(AS_BEFORE[0], ()))
    if alike:
        reporter.write_line(f"{alike} more cases ended with an error that is told above", red=True)


def write_summary(reporter: pytest.TerminalReporter, summary: Summary, settings: Settings) -> None:
    """The table of verdicts, why each is not PASS, and what was not tried or not shown."""
    reporter.section("verdicts", "=")
    if any(one.verdict is Verdict.FAIL for one in summary.aspects):
        reporter.write_line(DISCLOSURE)
    if summary.partial:
        reporter.write_line(
            f"PARTIAL RUN: {summary.selected} of {summary.listed} cases; "
            "this says nothing of the product as a whole",
            yellow=True,
            bold=True,
        )
    asked = [one for one in summary.aspects if one.asked]
    width = max((len(one.id) for one in asked), default=0) + 2
    verdicts = {one.id: one for one in summary.requirements}
    for name, aspects in groupby(asked, key=lambda one: one.requirement):
        requirement = verdicts[name]
        derived = ", derived: outside the overall verdict" if requirement.derived else ""
        reporter.write(f"{name}: {requirement.title} [{requirement.clause}{derived}] ")
        rows = list(aspects)
        reporter.write(f"{requirement.verdict}", **COLOURS.get(requirement.verdict, {}))
        reporter.write(f"{_out_of_scope(requirement, rows)}\n")
        for one in rows:
            reporter.write(f"  {one.id:<{width}}{_level(one):<18}{one.ran:>3} of {one.listed:<4}")
            reporter.write(f"{one.word}\n", **COLOURS.get(one.verdict, {}))
    for line in (*reason_lines(asked), *secrecy_lines(asked)):
        reporter.write_line(line)
    whole = "of what was selected" if summary.partial else "overall"
    reporter.write(f"verdict {whole} (reading {settings.reading}, scope {settings.scope}, ")
    reporter.write(f"{len(judged_aspects(summary.aspects))} aspects): ")
    reporter.write(f"{summary.overall}\n", **COLOURS.get(summary.overall, {}))


def write_failed_controls(reporter: pytest.TerminalReporter) -> None:
    """Tell the cases that a control ended, which pytest does not count among its failures."""
    told = [
        report
        for report in reporter.stats.get(STATUS[Verdict.INCONCLUSIVE][0], ())
        if msgspec.json.decode(report.prose, type=CaseResult).failed_control
    ]
    if told:
        reporter.section("controls that did not hold", "=")
    for report in told:
        reporter.write_sep("_", report.head_line or report.nodeid)
        reporter.write_line(report.longreprtext)


def _out_of_scope(requirement: RequirementResult, aspects: Iterable[AspectResult]) -> str:
    """What to add to the verdict on a requirement of which the scope leaves out all that was shown."""
    left_out = any(one.method == "lab" and not one.in_scope and one.ran for one in aspects)
    if requirement.verdict is Verdict.NOT_SHOWN and left_out:
        return " (by the air alone; --prose-scope=lab counts what the target offers to a laboratory)"
    return ""


def _level(one: AspectResult) -> str:
    return one.level if one.method == "air" else f"{one.level}, {one.method}"


def reason_lines(aspects: Iterable[AspectResult]) -> Iterator[str]:
    """For each aspect that is not PASS a line or two; then what was not tried. Equal reasons stand once."""
    aspects = list(aspects)
    for one in aspects:
        if one.booked:
            first = one.booked[0]
            more = f" (and {len(one.booked) - 1} more)" if len(one.booked) > 1 else ""
            yield f"{one.id}: {one.word}: {_short(first.violation.seen)}{more}"
            yield f"    seen in {first.case}: {first.repeat}"
    together: dict[tuple[str, str], list[str]] = {}
    for one in aspects:
        for _, text in one.reasons[:REASONS_MOST]:
            together.setdefault((one.word, text), []).append(one.id)
    for (word, text), names in together.items():
        yield f"{_names(names)}: {word}: {_short(text)}"
    tried: dict[str, list[str]] = {}
    for one in aspects:
        for text in one.not_tried:
            tried.setdefault(text, []).append(one.id)
    for text, names in tried.items():
        yield f"{_names(names)}: not tried: {_short(text)}"


def secrecy_lines(aspects: Iterable[AspectResult]) -> Iterator[str]:
    """What a PASS of secrecy rests on: what was looked for and not found. What differs from case to case in its
    numbers alone stands once, with those of one case."""
    together: dict[str, tuple[str, str, list[str]]] = {}
    for one in aspects:
        for case, text in one.looked_for:
            _, _, names = together.setdefault(NUMBER.sub("#", text), (case, text, []))
            names.append(one.id)
    for case, text, names in together.values():
        told = f"{_names(names)}: nothing found of: {text} (in {case})"
        yield from textwrap.wrap(told, LINE_WRAPS, subsequent_indent="    ", break_on_hyphens=False)


def _names(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    rest = f" and {len(unique) - 3} more" if len(unique) > 3 else ""
    return ", ".join(unique[:3]) + rest


def _short(text: str) -> str:
    """The first lines of ``text``, those that are too long broken."""
    lines = [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, WIDTH_MOST, break_on_hyphens=False) or [""]
    ]
    lines[LINES_MOST:] = ["…"] if len(lines) > LINES_MOST else []
    return "\n    ".join(lines)
