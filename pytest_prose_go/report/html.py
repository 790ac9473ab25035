"""The report of a run as one HTML page that needs nothing else: no network, no script from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from markupsafe import Markup

from pytest_prose_go.catalogue import bare
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.report.run_report import RunReport
from pytest_prose_go.report.templating import render
from pytest_prose_go.report.terminal import DISCLOSURE


def as_html(report: RunReport, chart_of: Callable[[CaseResult], str]) -> str:
    """The page. ``chart_of`` gives a case's chart as SVG, "" where there is none."""
    by_case: dict[str, list[CaseResult]] = {}
    for result in report.cases:
        by_case.setdefault(bare(result.case), []).append(result)
    listed = {
        case
        for suite in report.suites
        for requirement in suite.requirements
        for aspect in requirement.aspects
        for case in aspect.purposes
    }
    return render(
        "report.html.jinja",
        report=report,
        started=datetime.fromtimestamp(report.started, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        by_case=by_case,
        own=[result for result in report.cases if bare(result.case) not in listed],
        counts={
            verdict: sum(result.verdict is verdict for result in report.cases)
            for verdict in (
                Verdict.PASS,
                Verdict.FAIL,
                Verdict.ERROR,
                Verdict.INCONCLUSIVE,
                Verdict.NOT_APPLICABLE,
            )
        },
        statement=_plain(report),
        disclosure=DISCLOSURE if report.failed else "",
        # The chart's template has escaped whatever the target said.
        chart_of=lambda result: Markup(chart_of(result)),
        slug=lambda text: str(text).lower().replace(" ", "-"),
    )


def _plain(report: RunReport) -> dict[str, str]:
    told = msgspec.to_builtins(report.statement)
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in told.items()
    }
