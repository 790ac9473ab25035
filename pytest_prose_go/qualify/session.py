"""All trials in one outer run of pytest, an item each, shared out over the cores by xdist.

The module is the plugin of that outer run: the trials come to the workers with xdist's input, each worker runs one
after the other in its own process, and the controller hears each outcome as soon as it is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
from msgspec.structs import replace

from pytest_prose_go.qualify.by_search import searched
from pytest_prose_go.qualify.trial import INI, Outcome, Trial, hold

TRIALS_INPUT = "prose_trials"
"""The entry of xdist's ``workerinput`` that carries the trials, as JSON."""

HERE = "pytest_prose_go.qualify.session"
OUTER = ("--disable-plugin-autoload", "-p", HERE, "-p", "no:terminal", "-p", "no:cacheprovider")
SHARED = ("-p", "xdist", "--dist=load", "--maxschedchunk=1")
"""Trials differ in length a hundredfold: each is given out when a worker is free."""

Hear = Callable[[Trial, Outcome], None]


class Worker(Protocol):
    """What is used of xdist's controller of a worker."""

    workerinput: dict[str, object]


class BrokenSession(Exception):
    """The outer run broke down; the text is what it said."""


class TrialItem(pytest.Item):
    """A trial, as pytest sees it."""

    trial: Trial
    outcome: Outcome | None = None

    def runtest(self) -> None:
        outcome = hold(self.trial)
        self.outcome = outcome if outcome.problem else replace(outcome, searched=searched(self.trial))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class TrialItems:
    """Pytest's hooks in a process that holds trials."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.trials = trials

    def pytest_collection(self, session: pytest.Session) -> bool:
        for trial in self.trials:
            item: TrialItem = TrialItem.from_parent(session, name=trial.key, nodeid=trial.key)
            item.trial = trial
            session.items.append(item)
        session.testscollected = len(session.items)
        session.config.hook.pytest_collection_finish(session=session)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "call" and isinstance(item, TrialItem) and item.outcome is not None:
            vars(report)["prose_outcome"] = msgspec.json.encode(item.outcome).decode()
        return report


class Controller:
    """Pytest's hooks in the process that hears every outcome."""

    def __init__(self, trials: Sequence[Trial], hear: Hear) -> None:
        self.trials = {trial.key: trial for trial in trials}
        self.hear = hear
        self.heard: set[str] = set()
        self.broken: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        if not config.getoption("numprocesses", None):
            config.pluginmanager.register(TrialItems(list(self.trials.values())))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Worker) -> None:
        node.workerinput[TRIALS_INPUT] = msgspec.json.encode(list(self.trials.values())).decode()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, "prose_outcome", None)
        trial = self.trials.get(report.nodeid)
        if trial is None:
            return
        if told is not None:
            self._tell(trial, msgspec.json.decode(told, type=Outcome))
        elif report.failed:
            self._tell(trial, Outcome(key=trial.key, problem=f"the trial broke down: {report.longreprtext}"))

    def _tell(self, trial: Trial, outcome: Outcome) -> None:
        if trial.key not in self.heard:
            self.heard.add(trial.key)
            self.hear(trial, outcome)

    def pytest_internalerror(self, excrepr: object) -> None:
        self.broken.append(str(excrepr))


def pytest_configure(config: pytest.Config) -> None:
    """On a worker: take the trials out of what xdist brought."""
    told = getattr(config, "workerinput", {}).get(TRIALS_INPUT)
    if told is not None:
        config.pluginmanager.register(TrialItems(msgspec.json.decode(told, type=list[Trial])))


def hold_all(trials: Sequence[Trial], processes: int, hear: Hear) -> None:
    """Hold every trial, in so many processes (0: in this one), and tell ``hear`` of each as it ends.

    One that is lost, with the process that ran it, is told as a problem. Raises :class:`KeyboardInterrupt` where
    the user ends it, :class:`BrokenSession` where pytest itself breaks down.
    """
    controller = Controller(trials, hear)
    shared = [*SHARED, f"--numprocesses={processes}"] if processes else []
    with _own_environment():
        code = pytest.main([*OUTER, *shared, f"--config-file={INI}", str(INI.parent)], plugins=[controller])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if controller.broken or code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        raise BrokenSession("\n".join(controller.broken) or f"pytest ended with exit code {int(code)}")
    for trial in trials:
        if trial.key not in controller.heard:
            hear(trial, Outcome(key=trial.key, problem="lost: nothing was heard of this trial"))


@contextmanager
def _own_environment() -> Iterator[None]:
    """No options that were meant for other runs."""
    kept = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        yield
    finally:
        if kept is not None:
            os.environ["PYTEST_ADDOPTS"] = kept
