"""A run as data: what every report is made of, and what ``--prose-json`` writes.

Its JSON Schema stands in ``docs/report.schema.json``; ``format`` counts up when a field changes or goes.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version

from msgspec import Struct

from pytest_prose_go.catalogue import Catalogue, ListedAspect
from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.run import Run, Suite
from pytest_prose_go.run_summary import AspectResult, RequirementResult, Summary

FORMAT = 1
PACKAGES = ("pytest-prose-go", "pytest", "pytest-xdist", "cryptography", "msgspec")


class AspectReport(Struct, frozen=True, kw_only=True):
    """An aspect with the verdict on it, and what the catalogue says of it. ``purposes`` maps its cases to their
    purposes, ``faults`` are the deliberate faults that these catch, ``later`` is the later normative clause."""

    result: AspectResult
    why: str
    judges: tuple[str, ...]
    purposes: dict[str, str]
    faults: tuple[str, ...]
    attacks: tuple[str, ...]
    later: str = ""


class RequirementReport(Struct, frozen=True, kw_only=True):
    """A requirement with the verdict on it; ``says`` is the sentence of the source, paraphrased."""

    result: RequirementResult
    says: str
    aspects: tuple[AspectReport, ...]


class Untested(Struct, frozen=True, kw_only=True):
    """A published attack that no case tries, and what a reviewer looks at instead."""

    attack: str
    because: str
    reviewer: str


class SuiteReport(Struct, frozen=True, kw_only=True):
    """What one suite showed."""

    name: str
    overall: Verdict
    exit_code: int
    partial: bool
    selected: int
    listed: int
    requirements: tuple[RequirementReport, ...]
    untested: tuple[Untested, ...]


class RunReport(Struct, frozen=True, kw_only=True):
    """The whole run. ``started`` is POSIX seconds; ``repeat`` is the line that runs it again; ``lost`` are tests of
    which nothing was heard, ``told`` what else there is to say."""

    format: int
    target: str
    product: str
    version: str
    seed: str
    reading: str
    scope: str
    depth: str
    isolation: str
    started: float
    seconds: float
    exit_code: int
    repeat: str
    redacted: bool
    suites: tuple[SuiteReport, ...]
    cases: tuple[CaseResult, ...]
    lost: tuple[str, ...]
    told: tuple[str, ...]
    statement: Statement
    environment: dict[str, str]

    @property
    def failed(self) -> bool:
        """Whether somebody's vulnerability may stand in it."""
        return any(case.verdict is Verdict.FAIL for case in self.cases)


def run_report(
    run: Run,
    summaries: Sequence[tuple[Suite, Summary]],
    results: Iterable[CaseResult],
    *,
    started: float,
    exit_code: int,
    lost: Iterable[str] = (),
    told: Iterable[str] = (),
) -> RunReport:
    """The report of ``run``, given what each suite showed and every case's result."""
    settings = run.settings
    statement = run.statement
    return RunReport(
        format=FORMAT,
        target=settings.target,
        product=statement.product,
        version=statement.version,
        seed=settings.seed,
        reading=settings.reading,
        scope=settings.scope,
        depth=settings.depth,
        isolation=run.isolation,
        started=started,
        seconds=time.time() - started,
        exit_code=exit_code,
        repeat=settings.repeat(*_narrowing(run)),
        redacted=settings.redact,
        suites=tuple(_suite(suite, summary) for suite, summary in summaries),
        cases=tuple(results),
        lost=tuple(lost),
        told=tuple(told),
        statement=statement,
        environment=environment(),
    )


def environment() -> dict[str, str]:
    """What the run ran on: Python, system, and the versions of what bears on a verdict."""
    found = {"Python": platform.python_version(), "system": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _narrowing(run: Run) -> list[str]:
    settings = run.settings
    return [f"--prose-requirement={name}" for name in settings.requirements] + [
        f"--prose-case={name}" for name in settings.cases
    ]


def _suite(suite: Suite, summary: Summary) -> SuiteReport:
    catalogue = suite.catalogue
    return SuiteReport(
        name=suite.folder.name,
        overall=summary.overall,
        exit_code=summary.exit_code,
        partial=summary.partial,
        selected=summary.selected,
        listed=summary.listed,
        requirements=tuple(_requirement(catalogue, one, summary) for one in summary.requirements),
        untested=tuple(
            Untested(attack=one.attack, because=one.because, reviewer=one.reviewer)
            for one in catalogue.not_tested
        ),
    )


def _requirement(catalogue: Catalogue, result: RequirementResult, summary: Summary) -> RequirementReport:
    return RequirementReport(
        result=result,
        says=catalogue.requirements[result.id].says,
        aspects=tuple(
            _aspect(catalogue.aspects[one.id], one) for one in summary.aspects if one.requirement == result.id
        ),
    )


def _aspect(listed: ListedAspect, result: AspectResult) -> AspectReport:
    aspect = listed.aspect
    return AspectReport(
        result=result,
        why=aspect.why,
        judges=aspect.judges,
        purposes={f"{listed.id}.{purpose.id}": purpose.title for purpose in aspect.cases},
        faults=aspect.faults,
        attacks=aspect.attacks,
        later="" if aspect.later is None else f"{aspect.later.clause}: {aspect.later.text}",
    )
