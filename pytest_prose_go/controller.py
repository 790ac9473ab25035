"""The one process that hears every result: it knows what got lost, sums up, and sets the exit code."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from pytest_prose_go import known_failures
from pytest_prose_go.catalogue import bare
from pytest_prose_go.certificate.journal import Finished, Journal, Kept
from pytest_prose_go.judge.verdict import CaseResult, Verdict, worst
from pytest_prose_go.options import DONE_INPUT, EVIDENCE_INPUT, SEED_INPUT
from pytest_prose_go.report import terminal
from pytest_prose_go.report.progress import Progress, foreseen
from pytest_prose_go.run import Run, Suite
from pytest_prose_go.run_summary import Summary, exit_code, summarise
from pytest_prose_go.scenario.judging import REAL_SECONDS


class Worker(Protocol):
    """What is used of xdist's controller of a worker."""

    workerinput: dict[str, object]


class ControllerHooks:
    """Pytest's hooks on the controller, or in the only process there is."""

    def __init__(
        self,
        run: Run,
        collect_only: bool,
        kept: Iterable[CaseResult] = (),
        allure_results: Path | None = None,
    ) -> None:
        """``kept``: the results that a run which is resumed here had come to; ``allure_results``: Allure's folder."""
        self.run = run
        self.collect_only = collect_only
        self.allure_results = allure_results
        self.results = list(kept)
        evidence = run.settings.evidence
        self.journal = None if evidence is None or collect_only else Journal(evidence)
        self.cases: dict[str, str] = {}
        self.expected: set[str] = set()
        self.heard: set[str] = set()
        self.foreign_failed = False
        self.stopped = False
        self.started = time.time()
        self.progress: Progress | None = None
        self.processes = 0
        self.reporter: pytest.TerminalReporter | None = None
        self.judged_suites: list[Suite] = []
        self.summaries: list[Summary] = []
        self.statuses = terminal.Statuses()
        self.stale: list[str] = []
        self.told: list[str] = []
        if run.settings.resume:
            self.told.append(f"the run went on after it was broken off: {len(run.done)} cases were done")

    def pytest_report_header(self) -> list[str]:
        return terminal.header_lines(self.run.settings, self.run.statement, self.run.isolation)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Worker) -> None:
        self.processes += 1
        node.workerinput[SEED_INPUT] = self.run.settings.seed
        node.workerinput[DONE_INPUT] = sorted(self.run.done)
        if self.run.settings.evidence is not None:
            node.workerinput[EVIDENCE_INPUT] = str(self.run.settings.evidence)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        self.expected.update(ids)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.expected.update(item.nodeid for item in session.items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.reporter = session.config.pluginmanager.get_plugin("terminalreporter")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self.progress is None:
            self.progress = Progress(len(self.expected), time.monotonic())
            self._tell_how_long()
        self.progress.begins(self.cases.get(nodeid, nodeid.rpartition("::")[2]))

    def _tell_how_long(self) -> None:
        statement = self.run.statement
        if statement is None or statement.clock != "real" or self.reporter is None:
            return
        patience = max(statement.patience.join, statement.patience.delivery)
        tries = REAL_SECONDS[self.run.settings.depth]
        line = foreseen(len(self.expected), patience, tries, self.processes)
        if line is not None:
            self.reporter.ensure_newline()
            self.reporter.write_line(line)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        if self.progress is None or self.reporter is None:
            return
        name = self.cases.get(nodeid, nodeid.rpartition("::")[2])
        result = next((one for one in reversed(self.results) if one.case == self.cases.get(nodeid)), None)
        line = self.progress.ends(name, result, time.monotonic())
        if line is not None:
            self.reporter.ensure_newline()
            self.reporter.write_line(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.cases.update(msgspec.json.decode(getattr(report, "prose_collected", "{}"), type=dict[str, str]))
        told = getattr(report, "prose", None)
        if told is not None:
            self.results.append(msgspec.json.decode(told, type=CaseResult))
        elif str(report.when) == terminal.CRASHED:
            self._crashed(report)
        elif report.failed and self._suite(self.cases.get(report.nodeid, "")) is None:
            self.foreign_failed = True
        self.heard.add(report.nodeid)

    def _crashed(self, report: pytest.TestReport) -> None:
        case = self.cases.get(report.nodeid)
        suite = self._suite(case) if case else None
        if case is None or suite is None:
            self.foreign_failed = True
            return
        listed = suite.catalogue.cases[bare(case)]
        lost = CaseResult(
            case=case,
            aspect=listed.aspect.id,
            purpose=listed.title,
            verdict=Verdict.ERROR,
            apart=Verdict.ERROR,
            reason="the process that ran it died; name the target exec:… to keep it out of that process",
            seed=self.run.settings.seed,
            repeat=self.run.settings.repeat(f"--prose-case={case}"),
        )
        self.results.append(lost)
        if self.journal is not None:
            self.journal.add(Kept(lost, time.time()))

    def _suite(self, case: str) -> Suite | None:
        """The suite that lists the case; None for a vendor's own."""
        return next((suite for suite in self.run.suites if bare(case) in suite.catalogue.cases), None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        return self.statuses.of(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.collect_only or (
            not self.heard and exitstatus != pytest.ExitCode.OK and not self._all_was_done(exitstatus)
        ):
            self.expected.clear()
            return
        ran = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or self._all_was_done(
            exitstatus
        )
        self.stopped = bool(session.shouldstop or session.shouldfail) or not ran
        judged = [
            (suite, summary) for suite in self.run.suites if (summary := self._summary(suite)) is not None
        ]
        self.judged_suites = [suite for suite, _ in judged]
        self.summaries = [summary for _, summary in judged]
        self._look_at_known_failures()
        if ran:
            session.exitstatus = self._exit_code()
        self._finish_allure()
        if not self._write_reports(int(session.exitstatus)):
            session.exitstatus = session.exitstatus or 1
        if self.journal is not None and not self.stopped:
            self.journal.add(Finished(time.time(), int(session.exitstatus)))

    def _finish_allure(self) -> None:
        """Add to Allure's results what no process that ran cases could."""
        if self.allure_results is None:
            return
        from pytest_prose_go.report.allure_run import AllureRun

        named = {self.cases[nodeid] for nodeid in self.expected if nodeid in self.cases}
        lost = named - {result.case for result in self.results}
        overall = str(worst(summary.overall for summary in self.summaries))
        added = AllureRun(self.run, self.allure_results)
        try:
            added.finish(self.results, () if self.stopped else sorted(lost), self.started)
            added.describe(overall)
        except OSError as error:
            self.stale.append(f"--alluredir: {error.filename}: {error.strerror}")

    def _write_reports(self, code: int) -> bool:
        """Write the reports that were asked for. Returns whether all could be."""
        if not self.run.settings.reports:
            return True
        from pytest_prose_go import reporting
        from pytest_prose_go.report.run_report import run_report

        report = run_report(
            self.run,
            list(zip(self.judged_suites, self.summaries, strict=True)),
            self.results,
            started=self.started,
            exit_code=code,
            lost=self.nameless,
            told=(*self.told, *self.stale),
        )
        unwritten = list(reporting.write(self.run.settings, report))
        self.stale += unwritten
        return not unwritten

    def _all_was_done(self, exitstatus: int) -> bool:
        return bool(self.run.done) and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED

    def _look_at_known_failures(self) -> None:
        """Mark what is known, find the entries that are stale, and write the file that was asked for."""
        settings, today = self.run.settings, date.today()
        failures = known_failures.seen_failures(self.summaries)
        entries = self.run.known_failures
        if entries:
            marked = known_failures.mark(entries, failures, today)
            self.summaries = [known_failures.marked(summary, marked) for summary in self.summaries]
            verdicts = {result.case: str(result.verdict) for result in self.results}
            selected = {self.cases.get(nodeid, "") for nodeid in self.expected}
            if not self.stopped:
                self.stale = list(known_failures.stale(entries, failures, verdicts, selected, today))
            self.told.append(f"known failures: {len(marked)} of {len(failures)} ({settings.known_failures})")
        path = settings.write_known_failures
        if path is not None:
            try:
                count = known_failures.write(path, failures, entries, today)
            except OSError as error:
                self.stale.append(f"--prose-write-known-failures: {path}: {error.strerror}")
            else:
                self.told.append(f"written as known: {count} failures, to {path}: give reasons and links")

    def _summary(self, suite: Suite) -> Summary | None:
        known = suite.catalogue.cases
        named = {*self.run.done, *(self.cases.get(nodeid, "") for nodeid in self.expected)}
        selected = {case for case in named if bare(case) in known}
        results = [one for one in self.results if bare(one.case) in known or self._suite(one.case) is None]
        if not selected and not any(one.violations for one in results):
            return None
        return summarise(suite.catalogue, self.run.bounds, selected, results, self.stopped)

    @property
    def nameless(self) -> list[str]:
        """Tests that were to run, and of which not even the case is known: every worker died before its first
        report."""
        if self.collect_only or self.stopped:
            return []
        return sorted(self.expected - self.heard - self.cases.keys())

    def _exit_code(self) -> int:
        codes = [summary.exit_code for summary in self.summaries]
        own = [one.verdict for one in self.results if self._suite(one.case) is None]
        if own:
            codes.append(exit_code(own))
        if self.foreign_failed or self.nameless or self.stale or 1 in codes:
            return 1
        if not self.results:
            return int(pytest.ExitCode.NO_TESTS_COLLECTED) if not self.heard else exit_code([])
        return max(codes, default=0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminal.write_alike(terminalreporter)
        terminal.write_failed_controls(terminalreporter)
        for summary in self.summaries:
            terminal.write_summary(terminalreporter, summary, self.run.settings)
        for line in self.told:
            terminalreporter.write_line(line)
        for line in self.stale:
            terminalreporter.write_line(line, red=True)
        if self.nameless:
            terminalreporter.write_line("lost: " + ", ".join(self.nameless))
