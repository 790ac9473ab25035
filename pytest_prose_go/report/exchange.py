"""The report of a run in the forms that other tools read: JSON, Markdown for a pull request, CSV of traceability."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from pytest_prose_go.catalogue import bare
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.report.run_report import AspectReport, RunReport
from pytest_prose_go.report.terminal import DISCLOSURE

COLUMNS = (
    "clause",
    "requirement",
    "aspect",
    "level",
    "method",
    "case",
    "purpose",
    "fault",
    "verdict",
    "evidence",
)
"""The columns of the traceability matrix."""

_MARKS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.ERROR: "💥"}
_OTHER = "⚠️"


def as_json(report: RunReport) -> str:
    """The whole report."""
    return msgspec.json.format(msgspec.json.encode(report)).decode() + "\n"


def as_markdown(report: RunReport) -> str:
    """The verdicts in a table, and each failure in a few lines: for the text of a pull request."""
    lines = []
    for suite in report.suites:
        part = " (PARTIAL RUN)" if suite.partial else ""
        lines += [
            f"### {_marked(suite.overall)} {_inert(report.product)} {_inert(report.version)}: {suite.overall}{part}",
            "",
        ]
        if report.failed:
            lines += [f"> {DISCLOSURE}", ""]
        lines += ["| Requirement | Clause | Verdict | Aspects |", "|---|---|---|---|"]
        for requirement in suite.requirements:
            asked = [one.result for one in requirement.aspects if one.result.asked]
            if not asked:
                continue
            passed = sum(one.verdict is Verdict.PASS for one in asked)
            lines.append(
                f"| {requirement.result.id}: {requirement.result.title} | {requirement.result.clause} | "
                f"{_marked(requirement.result.verdict)} {requirement.result.verdict} | {passed} of {len(asked)} pass |"
            )
        lines.append("")
        lines += [
            line
            for requirement in suite.requirements
            for aspect in requirement.aspects
            for line in _failure(aspect)
        ]
    lines += [f"Run again: `{_inert(report.repeat)}`", ""]
    return "\n".join(lines)


def as_csv(report: RunReport) -> str:
    """The traceability matrix: a line for each aspect, case and fault that they are to catch."""
    whole = io.StringIO()
    writer = csv.writer(whole, lineterminator="\n")
    writer.writerow(COLUMNS)
    results: dict[str, list[CaseResult]] = {}
    for result in report.cases:
        results.setdefault(bare(result.case), []).append(result)
    for suite in report.suites:
        for requirement in suite.requirements:
            for aspect in requirement.aspects:
                head = (
                    aspect.result.clause,
                    requirement.result.id,
                    aspect.result.id,
                    aspect.result.level,
                    aspect.result.method,
                )
                faults = " ".join(aspect.faults)
                if not aspect.purposes:
                    writer.writerow((*head, "", "", faults, aspect.result.word, ""))
                for case, purpose in aspect.purposes.items():
                    for one in results.get(case, []):
                        writer.writerow(
                            (*head, one.case, purpose, faults, str(one.verdict), _formula(one.trace))
                        )
                    if case not in results:
                        writer.writerow((*head, case, purpose, faults, str(Verdict.NOT_SHOWN), ""))
    return whole.getvalue()


def _failure(aspect: AspectReport) -> Iterator[str]:
    if not aspect.result.booked:
        return
    first = aspect.result.booked[0]
    yield f"<details><summary>❌ {aspect.result.id}: {aspect.result.title}</summary>"
    yield ""
    yield f"- asked: {_inert(first.violation.asked)}"
    yield f"- seen: {_inert(first.violation.seen)}"
    yield f"- ideal: {_inert(first.violation.ideal)}"
    yield f"- run again: `{_inert(first.repeat)}`"
    yield ""
    yield "</details>"
    yield ""


def _marked(verdict: Verdict) -> str:
    return _MARKS.get(verdict, _OTHER)


def _inert(text: str) -> str:
    """Text of a target, so that it is nothing but text in Markdown and HTML."""
    line = " ".join(text.split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").replace("`", "'")


def _formula(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
