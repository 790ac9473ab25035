"""Running a case in its process: what is decided before it, its verdict, the result on pytest's report."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, NoReturn

import msgspec
import pytest
from msgspec.structs import replace

from pytest_prose_go import selection
from pytest_prose_go.certificate.journal import Collected, Journal, Kept
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.outcomes import CaseError, CaseInconclusive, RequirementViolated
from pytest_prose_go.report.failure import failure_text, foremost
from pytest_prose_go.report.redaction import redacted
from pytest_prose_go.run import Run
from pytest_prose_go.run_summary import OUT_OF_SCOPE, companion_unfit
from pytest_prose_go.scenario_key import CASE_KEY, SCENARIO_KEY, Case, Conclusion
from pytest_prose_go.targets.breach import TargetError

if TYPE_CHECKING:
    from pytest_prose_go.report.allure import AllureResults
    from pytest_prose_go.scenario import Scenario

RESULT_KEY: pytest.StashKey[CaseResult] = pytest.StashKey()
TRACE_KEY: pytest.StashKey[bytes] = pytest.StashKey()
"""The trace of a case until its result is known."""

ENDS = {
    Verdict.FAIL: RequirementViolated,
    Verdict.INCONCLUSIVE: CaseInconclusive,
    Verdict.ERROR: CaseError,
}
COLLECT_EVERY = 10_000
"""Objects, over those that went, between two looks of the garbage collector at the youngest."""
FRAMES_TOLD = 4
LINES_TOLD = 40
"""Lines of the stderr of each process that stand under a case which is not PASS."""
LOG_KEY: pytest.StashKey[list[tuple[str, str]]] = pytest.StashKey()
LEAVES_THE_RUN = (KeyboardInterrupt, pytest.exit.Exception)


class CaseHooks:
    """Pytest's hooks around a case, registered in every process that runs cases."""

    def __init__(self, run: Run, allure: AllureResults | None, tells_collection: bool) -> None:
        """``tells_collection``: of the processes that collect, this one writes to the journal what is to run."""
        self.run = run
        self.allure = allure
        self.tells_collection = tells_collection
        evidence = run.settings.evidence
        self.journal = None if evidence is None else Journal(evidence)
        self.probed: str | None = None
        self.told_collection = False
        self.collected: dict[str, str] = {}
        self.stage: Callable[[str, bytes, str], Scenario] | None = None
        """What makes the stage of a case (by its id, seed and depth) where it is not played on the run's target."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        selection.name_cases(self.run, items)
        left_out = selection.deselected(self.run, items)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
        if self.allure:
            self.allure.mark(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # Called also when the collection was refused, and the items have no names.
        self.collected = {
            item.nodeid: item.stash[CASE_KEY].id for item in session.items if CASE_KEY in item.stash
        }
        if self.journal is not None and self.tells_collection and not session.config.option.collectonly:
            self.journal.add(Collected((*self.run.done, *self.collected.values())))
        if self.run.settings.debug:
            from pytest_prose_go import pause

            pause.check(len(session.items))
        # What pytest and the plugins made until here stays to the end: no use to look through it for each case, nor
        # to look for rings among a case's records every few hundred of them.
        gc.freeze()
        gc.set_threshold(max(gc.get_threshold()[0], COLLECT_EVERY), *gc.get_threshold()[1:])

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        try:
            self._decide_before(item)
            return (yield)
        except LEAVES_THE_RUN:
            raise
        except BaseException as raised:
            if SCENARIO_KEY in item.stash:
                self._conclude(item, raised)
            raise

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        raised: BaseException | None = None
        try:
            yield
        except LEAVES_THE_RUN:
            raise
        except BaseException as error:
            raised = error
        if SCENARIO_KEY in item.stash:
            self._conclude(item, raised)
        elif raised is not None:
            raise raised
        elif self.run.suite_of(item.path):
            self._end(item, Verdict.ERROR, "the case made no scenario: it has shown nothing")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if type(report) is not pytest.TestReport or CASE_KEY not in item.stash:
            return report
        if not self.told_collection:
            # A worker's first report tells the controller which test is which case, for those that get lost.
            self.told_collection = True
            vars(report)["prose_collected"] = msgspec.json.encode(self.collected).decode()
        result = self._result(item, report, call)
        said: list[tuple[str, str]] = []
        if result is not None and result.verdict is not Verdict.PASS:
            said = item.stash.get(LOG_KEY, [])
            report.sections.extend(said)
        if result is not None:
            lines = item.stash.get(TRACE_KEY, None)
            if self.journal is not None:
                self._keep(self.journal, item, result)
            vars(report)["prose"] = msgspec.json.encode(result).decode()
            if call.excinfo is not None and isinstance(call.excinfo.value, (*ENDS.values(), TargetError)):
                report.longrepr = _short(call.excinfo.value)
            if self.allure is not None:
                text = "" if report.passed else report.longreprtext
                text = "\n\n".join([text, *(f"{head}\n{log}" for head, log in said)])
                self.allure.tell(result, text, self.run.settings.evidence, lines)
        return report

    def _decide_before(self, item: pytest.Item) -> None:
        """What the catalogue and the probe say before the case runs."""
        case = item.stash[CASE_KEY]
        suite = self.run.suite_of(item.path)
        if suite is None or self.stage is not None:
            return
        listed = suite.catalogue.aspects[case.aspect]
        statement = self.run.statement
        because = OUT_OF_SCOPE if listed.out_of_scope(statement) else listed.not_applicable(statement)
        if because is not None:
            item.stash[RESULT_KEY] = self._case_result(item, Verdict.NOT_APPLICABLE, reason=because)
            pytest.skip(f"{Verdict.NOT_APPLICABLE}: {because}")
        missing = listed.below_floor(statement)
        if missing is not None:
            self._end(item, Verdict.INCONCLUSIVE, f"the target offers less than the case needs: {missing}")
        unfit = self._probe()
        if unfit:
            result = self._case_result(item, Verdict.ERROR, reason=unfit)
            self._raise(item, result, said="the target is unfit to be judged; why stands below the table")

    def _probe(self) -> str:
        """Why the target cannot be tested ("" if it can): tried once in each process."""
        if self.probed is None and self.run.settings.debug:
            self.probed = ""  # it would stop at every look
        if self.probed is None:
            from pytest_prose_go.targets.probe import probe

            try:
                failures = probe(self.run.open_target, self.run.settings.case_seed("probe"))
            except TargetError as error:
                failures = [str(error)]
            self.probed = "\n".join(failures)
        return self.probed

    def _conclude(self, item: pytest.Item, raised: BaseException | None) -> None:
        """Ask the scenario for its verdict; anything but PASS ends the case."""
        scenario = item.stash[SCENARIO_KEY]
        conclusion = scenario.conclude(raised)
        item.stash[LOG_KEY] = [
            (f"stderr of process {process}, its last lines", "\n".join(lines[-LINES_TOLD:]))
            for process, text in scenario.logs
            if not self.run.settings.redact and (lines := text.splitlines())
        ]
        suite = self.run.suite_of(item.path)
        if suite is None and raised is not None and not conclusion.violations:
            raise raised
        verdict, apart = conclusion.verdict, conclusion.apart
        if isinstance(raised, pytest.skip.Exception):
            apart = Verdict.INCONCLUSIVE
            verdict = Verdict.FAIL if conclusion.violations else apart
        result = replace(
            self._case_result(
                item, verdict, reason=conclusion.reason or ("" if raised is None else str(raised))
            ),
            apart=apart,
            violations=tuple(conclusion.violations),
            notes=tuple(conclusion.notes),
            not_tried=tuple(conclusion.not_tried),
            looked_for=tuple(conclusion.looked_for),
            failed_control=conclusion.failed_control,
            said_last=tuple(conclusion.said_last),
            cast=() if verdict is Verdict.PASS else tuple(conclusion.cast),
            trace=self._keep_evidence(item),
        )
        catalogue = suite.catalogue if suite else None
        if catalogue:
            result = companion_unfit(catalogue, self.run.statement, result)
        if result.violations:
            upto = foremost(result, catalogue).record
            result = replace(result, moves=_moves_before(upto, conclusion))
        if self.run.settings.redact:
            result = redacted(result)
        if result.verdict is Verdict.PASS:
            item.stash[RESULT_KEY] = result
        else:
            self._raise(item, result, raised)

    def _keep_evidence(self, item: pytest.Item) -> str:
        """Write the trace to the journal. Returns the file, "" where there is none that stays."""
        if self.journal is None:
            return ""
        lines = item.stash[SCENARIO_KEY].evidence()
        item.stash[TRACE_KEY] = lines
        if self.run.settings.redact:
            return ""
        kept = self.journal.keep_trace(item.stash[CASE_KEY].id, lines)
        return str(kept) if self.run.settings.evidence_stays else ""

    def _keep(self, journal: Journal, item: pytest.Item, result: CaseResult) -> None:
        """Write the result to the journal, and draw what is to be looked at of the case."""
        journal.add(Kept(result, time.time()))
        lines = item.stash.get(TRACE_KEY, None)
        if lines is not None:
            from pytest_prose_go.report.evidence import draw_case

            draw_case(journal.folder, result, lines, self.run.settings.redact)
            del item.stash[TRACE_KEY]

    def _end(self, item: pytest.Item, verdict: Verdict, reason: str) -> None:
        self._raise(item, self._case_result(item, verdict, reason=reason))

    def _raise(
        self, item: pytest.Item, result: CaseResult, cause: BaseException | None = None, said: str = ""
    ) -> NoReturn:
        """End the case with its result; ``said`` is told in its place instead of the reason."""
        item.stash[RESULT_KEY] = result
        suite = self.run.suite_of(item.path)
        text = failure_text(result, said or result.reason, suite.catalogue if suite else None)
        raise ENDS[result.verdict](text) from cause

    def _case_result(self, item: pytest.Item, verdict: Verdict, reason: str = "") -> CaseResult:
        case: Case = item.stash[CASE_KEY]
        settings = self.run.settings
        narrowing = f"--prose-case={case.id}" if self.run.suite_of(item.path) else item.nodeid
        return CaseResult(
            case=case.id,
            aspect=case.aspect,
            purpose=case.title,
            verdict=verdict,
            apart=verdict,
            reason=reason,
            seed=settings.seed,
            repeat=settings.repeat(narrowing),
        )

    def _result(
        self, item: pytest.Item, report: pytest.TestReport, call: pytest.CallInfo[None]
    ) -> CaseResult | None:
        """The result that this phase of the case came to, if it came to one."""
        result = item.stash.get(RESULT_KEY, None)
        if result is not None:
            del item.stash[RESULT_KEY]
            return replace(result, seconds=report.duration)
        if report.passed or not self.run.suite_of(item.path):
            return None
        if report.skipped:
            return self._case_result(item, Verdict.INCONCLUSIVE, reason="the test was skipped")
        said = call.excinfo.exconly() if call.excinfo is not None else ""
        return self._case_result(item, Verdict.ERROR, reason=f"{report.when}: {said}")


def _short(raised: BaseException) -> str:
    """The text of a case's end, without pytest's traceback: only where the suite's own code failed, the last
    frames of that are added."""
    cause = raised.__cause__
    if not isinstance(raised, CaseError) or cause is None or isinstance(cause, TargetError):
        return str(raised)
    return "\n".join([str(raised), *traceback.format_tb(cause.__traceback__, limit=-FRAMES_TOLD)]).rstrip()


def _moves_before(upto: int, conclusion: Conclusion) -> tuple[str, ...]:
    """The attacker's moves that began before record ``upto``; those that were over by then say so."""
    return tuple(
        play.text + (" (over)" if play.over is not None and play.over < upto else "")
        for play in conclusion.moves
        if play.index < upto
    )
