"""One trial: the suite against one target, within this process, and what each case came to."""

from __future__ import annotations

import gc
import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from msgspec import Struct

from pytest_prose_go.execution import CaseHooks
from pytest_prose_go.judge.finding import Kind
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.run import Run
from pytest_prose_go.run_summary import book, summarise
from pytest_prose_go.scenario_key import CASE_KEY
from pytest_prose_go.suites import folders
from pytest_prose_go.targets.breach import TargetError
from pytest_prose_go.targets.naming import TargetNameError, find_target

Sort = Literal["fault", "conforming", "variant", "hollow"]
Which = Literal["expected", "until-killed", "all"]

INI = Path(__file__).with_name("pytest.ini")
ALONE = (
    "--disable-plugin-autoload",
    "-p",
    "pytest_prose_go.plugin",
    "-p",
    "no:terminal",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
    "-p",
    "no:warnings",
    "-p",
    "no:capture",
)
"""A run within a run: it prints nothing, keeps nothing, and leaves signals and streams to the outer one."""

ENVIRONMENT = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST")


class Trial(Struct, frozen=True, kw_only=True):
    """What is to run: ``target`` against the cases.

    Of a fault, ``breaks`` is the aspect that must fail and ``first`` those whose cases are tried first; ``which``
    says whether to run only those, to go on until it is killed, or to run all; ``case`` is the only one that runs,
    if it is given. All else runs against every case; where it is ``isolated``, with a process for each station.
    """

    sort: Sort
    family: str
    identifier: str
    target: str
    seed: str
    depth: str
    breaks: str = ""
    first: tuple[str, ...] = ()
    which: Which = "all"
    case: str = ""
    isolated: bool = False
    suite: str | None = None
    sought: tuple[Kind, ...] = ()
    """Of a fault, what the search alone is to find afterwards, within ``search`` seconds of one core."""
    search: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.sort}:{self.family}:{self.identifier}"


class CaseOutcome(Struct, frozen=True, kw_only=True):
    """What one case made of the target. ``booked`` is what was seen first, by the aspect to which it is booked;
    ``reason`` says why the case is not PASS, apart from that."""

    case: str
    verdict: Verdict
    apart: Verdict
    booked: dict[str, str] = {}
    reason: str = ""
    repeat: str = ""


class Searched(Struct, frozen=True, kw_only=True):
    """What the search alone came to: whether it found what was sought, after how many attacks and seconds."""

    found: bool
    attacks: int
    seconds: float


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a trial. ``aspects`` are the verdicts on the aspects, where every case ran; ``problem`` is why
    there was no trial at all, "" if there was."""

    key: str
    cases: tuple[CaseOutcome, ...] = ()
    aspects: dict[str, str] = {}
    problem: str = ""
    seconds: float = 0.0
    searched: Searched | None = None


class _Watcher:
    """Hears each case of the inner run, puts those of the expected aspects first, and ends it when it may."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.results: list[CaseResult] = []
        self.cases: list[CaseOutcome] = []
        self.run: Run | None = None
        self.session: pytest.Session | None = None
        self.stopped = False

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session
        hooks = session.config.pluginmanager.get_plugin("prose_cases")
        self.run = hooks.run if isinstance(hooks, CaseHooks) else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        expected = [item for item in items if item.stash[CASE_KEY].aspect in self.trial.first]
        if self.trial.which == "expected":
            items[:] = expected
        elif expected:
            items[:] = [*expected, *(item for item in items if item not in expected)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, "prose", None)
        if told is None or self.run is None:
            return
        result = msgspec.json.decode(told, type=CaseResult)
        self.results.append(result)
        outcome = _outcome(self.run, result)
        self.cases.append(outcome)
        if self.trial.which != "all" and self.session and kills(outcome, self.trial.breaks):
            self.session.shouldstop = "the fault is found"
            self.stopped = True


def kills(outcome: CaseOutcome, breaks: str) -> bool:
    """True if the case found the fault under the aspect that it breaks, and did not break down itself."""
    return breaks in outcome.booked and outcome.apart is not Verdict.ERROR


def _outcome(run: Run, result: CaseResult) -> CaseOutcome:
    booked: dict[str, str] = {}
    for suite in run.suites:
        for aspect, found in book(suite.catalogue, run.statement, [result]).items():
            booked.setdefault(aspect, found[0].violation.seen)
    return CaseOutcome(
        case=result.case,
        verdict=result.verdict,
        apart=result.apart,
        booked=booked,
        reason=result.reason if result.apart is not Verdict.PASS else "",
        repeat=result.repeat if booked or result.verdict is Verdict.ERROR else "",
    )


def hold(trial: Trial) -> Outcome:
    """Run the suite against the target of ``trial``, in this process, and say what came of it.

    A target that cannot be opened is a ``problem`` of the outcome, as is a run that ends in any other way than by
    its cases. Raises :class:`KeyboardInterrupt` where the user ends it.
    """
    began = time.monotonic()
    problem = _unfit(trial.target)
    if problem:
        return Outcome(key=trial.key, problem=problem, seconds=time.monotonic() - began)
    watcher, said = _Watcher(trial), io.StringIO()
    with _undisturbed(), redirect_stderr(said):
        code = pytest.main(
            [
                *ALONE,
                f"--config-file={INI}",
                f"--prose-target={trial.target}",
                f"--prose-seed={trial.seed}",
                f"--prose-depth={trial.depth}",
                *([f"--prose-case={trial.case}"] if trial.case else []),
                *(["--prose-isolate"] if trial.isolated else []),
                *([] if trial.suite is None else [f"--prose-suite={trial.suite}"]),
                *(str(folder) for folder in folders(trial.suite)),
            ],
            plugins=[watcher],
        )
    if code == pytest.ExitCode.INTERRUPTED and not watcher.stopped:
        raise KeyboardInterrupt
    # Each inner run froze what it had collected: without this it would never be given back.
    gc.unfreeze()
    gc.collect()
    if not watcher.cases:
        problem = f"no case ran (pytest's exit code {int(code)}): {said.getvalue().strip()}"
    elif code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        problem = f"the run broke down: {said.getvalue().strip()}"
    return Outcome(
        key=trial.key,
        cases=tuple(watcher.cases),
        aspects={} if trial.sort == "fault" else _aspects(watcher),
        problem=problem,
        seconds=time.monotonic() - began,
    )


def _unfit(name: str) -> str:
    try:
        find_target(name)().close()
    except (TargetNameError, TargetError) as error:
        return str(error)
    return ""


def _aspects(watcher: _Watcher) -> dict[str, str]:
    """The verdict on each aspect that is not settled by inspection."""
    run = watcher.run
    if run is None:
        return {}
    bounds = msgspec.structs.replace(run.bounds, lab=True)
    verdicts: dict[str, str] = {}
    for suite in run.suites:
        ran = [result.case for result in watcher.results]
        for aspect in summarise(suite.catalogue, bounds, ran, watcher.results).aspects:
            if aspect.method != "inspect":
                verdicts[aspect.id] = str(aspect.verdict)
    return verdicts


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No setting of the environment that is meant for the outer run reaches the inner one."""
    kept = {name: os.environ.pop(name) for name in ENVIRONMENT if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
