"""Beginning a run's journal, or going on with the one of a run that was broken off."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_prose_go.certificate import journal, suite_files
from pytest_prose_go.judge.verdict import CaseResult
from pytest_prose_go.options import Settings
from pytest_prose_go.run import Run


def resumed(settings: Settings, seed_given: bool) -> tuple[Settings, dict[str, CaseResult]]:
    """The settings with the seed of the run that is resumed, and the results that it had come to, by case.

    Raises :class:`pytest.UsageError` if there is no journal, or if another seed was given.
    """
    assert settings.evidence is not None
    try:
        kept = journal.read(settings.evidence)
    except journal.JournalError as error:
        raise pytest.UsageError(f"--prose-resume: {error}") from error
    seed = kept.header.asked.seed
    if seed_given and settings.seed != seed:
        raise pytest.UsageError(
            f"--prose-resume: the run began with --prose-seed={seed}: leave the option out"
        )
    return replace(settings, seed=seed), kept.results


def begin_journal(run: Run, folder: Path) -> None:
    """Start the journal in ``folder``, or say in the one that is there that the run goes on.

    Raises :class:`pytest.UsageError` if the run that is resumed was asked something else, or if nothing can be
    written there.
    """
    settings = run.settings
    asked = journal.Asked(
        target=settings.target,
        seed=settings.seed,
        reading=settings.reading,
        scope=settings.scope,
        depth=settings.depth,
        requirements=settings.requirements,
        cases=settings.cases,
        isolate=settings.isolate,
        suites={
            suite.folder.name: suite_files.digest(suite_files.digests([suite.folder])) for suite in run.suites
        },
    )
    book = journal.Journal(folder)
    if not settings.resume:
        book.begin(
            journal.Header(asked=asked, statement=run.statement, isolation=run.isolation, started=time.time())
        )
        return
    differing = journal.differences(asked, journal.read(folder).header.asked)
    if differing:
        raise pytest.UsageError(
            "--prose-resume: the run whose journal this is was asked something else: " + "; ".join(differing)
        )
    book.add(journal.Resumed(time.time()))
