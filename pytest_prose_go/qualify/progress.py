"""A live line while trials are held; in a log a line now and then."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pytest_prose_go.qualify.trial import Outcome, Trial, kills

EVERY = 50
"""Trials between two lines in a log."""


class ProgressLine:
    """Counts trials on standard error: one line that moves on a terminal, a line for each :data:`EVERY` trials
    elsewhere."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.killed = 0
        self.faults = 0
        self._live = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._live.add_task("trials", total=total)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        self._live.stop()

    def hear(self, trial: Trial, outcome: Outcome) -> None:
        """One trial more is over."""
        self.done += 1
        if trial.sort == "fault":
            self.faults += 1
            self.killed += any(kills(case, trial.breaks) for case in outcome.cases)
        told = f"killed {self.killed} of {self.faults}; last: {trial.identifier}"
        self._live.update(self._task, completed=self.done, description=told)
        if self._live.disable and (self.done % EVERY == 0 or self.done == self.total):
            print(f"{self.done} of {self.total} trials, {told}", file=sys.stderr, flush=True)
