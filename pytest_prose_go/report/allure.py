"""Allure: labels as markers at collection; verdict, steps and attachments once the case has ended.

Imported only when Allure's results are asked for. Allure's own adapter takes the status from the exception and keys a
result by its place on disk; what it hands over to be written is put right here, by Allure's hook ``report_result``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path

import allure
import allure_commons
import msgspec
import pytest
from allure_commons.model2 import Label, StatusDetails, TestResult, TestStepResult

from pytest_prose_go.air.trace import Trace
from pytest_prose_go.certificate.journal import beside, trace_file
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.report.allure_labels import STATUS, Tree, gravest, identity, message
from pytest_prose_go.report.evidence import CAPTURE, CHART
from pytest_prose_go.report.steps import steps
from pytest_prose_go.run import Run
from pytest_prose_go.scenario_key import CASE_KEY

NAMES_THE_MACHINE = ("host", "thread")


class AllureResults:
    """What Allure is told of a run's cases, in the process that runs them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.tree = Tree(run)
        self._told: dict[str, list[tuple[CaseResult, str]]] = {}
        self._steps: dict[str, list[TestStepResult]] = {}
        self._stories: dict[str, str] = {}

    def mark(self, items: Iterable[pytest.Item]) -> None:
        """Label each case. As markers, labels hold even where a fixture fails."""
        for item in items:
            case = item.stash[CASE_KEY].id
            self._stories[case] = inspect.getdoc(getattr(item, "function", None)) or ""
            for name, value in self.tree.labels(case):
                item.add_marker(allure.label(name, value))

    def tell(self, result: CaseResult, text: str, folder: Path | None, lines: bytes | None) -> None:
        """Attach what a case came to, while it is the one that runs: ``text`` says it as the terminal does (""
        where it passed), chart and capture stand in ``folder``, ``lines`` are its trace."""
        self._told.setdefault(result.case, []).append((result, text))
        if text:
            allure.attach(text, f"{result.verdict}", allure.attachment_type.TEXT)
        if lines is not None and folder is not None:
            self._draw(result, folder, lines)
        if result.violations:
            proof = msgspec.json.format(msgspec.json.encode(result.violations))
            allure.attach(proof, "proof", allure.attachment_type.JSON)
        looked_for = "\n".join((*result.looked_for, *result.notes))
        if looked_for:
            allure.attach(looked_for, "looked for, and noted", allure.attachment_type.TEXT)

    def _draw(self, result: CaseResult, folder: Path, lines: bytes) -> None:
        trace = trace_file(folder, result.case)
        chart, capture = beside(trace, CHART), beside(trace, CAPTURE)
        allure.attach.file(str(chart), "sequence chart", allure.attachment_type.SVG)
        if not self.run.settings.redact:
            allure.attach.file(str(capture), "capture", "application/x-pcapng", "pcapng")
        self._steps[result.case] = [
            TestStepResult(name=step.line, status=_status(step.violated, step.held))
            for step in steps(Trace.decode(lines), result.violations)
        ]

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: TestResult) -> None:
        """Allure's hook: a result is about to be written."""
        case = next((label.value for label in result.labels if label.name == "case"), None)
        if case is None:
            return
        for name, value in identity(case).items():
            setattr(result, name, value)
        result.name = case
        told = self._told.pop(case, [])
        result.steps = [*self._steps.pop(case, []), *result.steps]
        for step in result.steps:
            step.start = step.start or result.start
            step.stop = step.stop or result.start
        if self.run.settings.redact:
            result.labels = [label for label in result.labels if label.name not in NAMES_THE_MACHINE]
        if told:
            self._settle(result, told)
        repeat = told[0][0].repeat if told else ""
        result.description = self.tree.description(case, self._stories.get(case, ""), repeat)

    def _settle(self, result: TestResult, told: list[tuple[CaseResult, str]]) -> None:
        """Verdict, status and text, as the worst of what the case came to says."""
        worst = gravest(one for one, _ in told)
        result.status = STATUS[worst.verdict]
        result.labels.append(Label("verdict", str(worst.verdict)))
        if worst.verdict is Verdict.PASS:
            result.statusDetails = None
            return
        text = next(text for one, text in told if one is worst)
        known = self.tree.known(worst)
        result.statusDetails = StatusDetails(message=message(worst, known), trace=text, known=known or None)


def _status(violated: bool, held: bool) -> str:
    if violated:
        return STATUS[Verdict.FAIL]
    return STATUS[Verdict.PASS if held else Verdict.INCONCLUSIVE]
