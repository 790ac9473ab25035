"""What the attacker search alone finds of a fault: no named case has a part in it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pytest_prose_go.catalogue import Catalogue
from pytest_prose_go.judge.finding import Kind
from pytest_prose_go.qualify.trial import Searched, Trial
from pytest_prose_go.search.exploring import Explorer, Finding
from pytest_prose_go.targets.naming import find_target


def to_be_searched(trials: Iterable[Trial], catalogues: Sequence[Catalogue], seconds: float) -> list[Trial]:
    """The trials, those of faults with what the search is to find. Faults that only a capability of a laboratory shows
    are left out: the search has none."""
    return [replace(trial, sought=sought(trial, catalogues), search=seconds) for trial in trials]


def sought(trial: Trial, catalogues: Sequence[Catalogue]) -> tuple[Kind, ...]:
    """The kinds of violation that count against the aspect that the trial's fault breaks; none if it is no fault, or
    one that the air alone does not show."""
    if trial.sort != "fault" or trial.case:
        return ()
    aspects = {name: listed for catalogue in catalogues for name, listed in catalogue.aspects.items()}
    shown_by = [name for name in trial.first if name != trial.breaks] or [trial.breaks]
    if any(aspects[name].aspect.method != "air" for name in (trial.breaks, *shown_by)):
        return ()
    return aspects[trial.breaks].aspect.books


def searched(trial: Trial) -> Searched | None:
    """Search the target of ``trial``. None if there is nothing to be sought."""
    if not trial.sought or not trial.search:
        return None
    open_target = find_target(trial.target)
    opened = open_target()
    statement = opened.statement
    opened.close()
    began = time.process_time()
    found: list[Finding] = []

    def hear(finding: Finding) -> None:
        if finding.violation.kind in trial.sought:
            found.append(finding)

    explorer = Explorer(open_target, statement, trial.seed, hear, clock=time.process_time, shrinks=False)
    explorer.explore(trial.search, lambda: not found)
    return Searched(found=bool(found), attacks=explorer.tried, seconds=round(time.process_time() - began, 1))
