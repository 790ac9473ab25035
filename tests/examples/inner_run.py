"""Runs the suite against a target inside a test, and reads what came of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from pytest_prose_go.catalogue import Catalogue
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.run_summary import Bounds, summarise
from pytest_prose_go.targets.naming import find_target


class _Results:
    """Collects what came of each case of an inner run."""

    def __init__(self) -> None:
        self.cases: list[CaseResult] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, "prose", None)
        if told is not None:
            self.cases.append(msgspec.json.decode(told, type=CaseResult))


def run_suite(
    pytester: pytest.Pytester, target: str, aspects: Iterable[str] = (), depth: str = "standard"
) -> list[CaseResult]:
    """The results of the cases of ``aspects``, or of all cases if there are none."""
    results = _Results()
    narrowed = [f"--prose-requirement={aspect}" for aspect in aspects]
    plain = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    pytester.inline_run(
        f"--prose-target={target}",
        "--prose-seed=trial",
        f"--prose-depth={depth}",
        *narrowed,
        *plain,
        plugins=[results],
    )
    assert results.cases, "no case ran"
    return results.cases


def booked(catalogue: Catalogue, results: Iterable[CaseResult]) -> set[str]:
    """The aspects to which violations are booked."""
    found = set()
    for result in results:
        for violation in result.violations:
            listed = catalogue.booked.get(violation.kind)
            found.add(result.aspect if listed is None else listed.id)
    return found


def not_passed(catalogue: Catalogue, target: str, results: list[CaseResult]) -> dict[str, Verdict]:
    """The aspects that did not pass, of those that cases test."""
    source = find_target(target)()
    try:
        bounds = Bounds(statement=source.statement, lab=True)
    finally:
        source.close()
    summary = summarise(catalogue, bounds, [result.case for result in results], results)
    return {
        aspect.id: aspect.verdict
        for aspect in summary.aspects
        if aspect.verdict is not Verdict.PASS and aspect.method != "inspect"
    }
