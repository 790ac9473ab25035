"""One run against one target: its settings, suites and statement, read and checked before any case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go import known_failures
from pytest_prose_go.catalogue import Catalogue, CatalogueError, bare, check, load, nearest
from pytest_prose_go.contract import Statement
from pytest_prose_go.known_failures import KnownFailure
from pytest_prose_go.options import Settings
from pytest_prose_go.run_summary import Bounds
from pytest_prose_go.suites import folders

if TYPE_CHECKING:
    from pytest_prose_go.targets.naming import TargetSource


@dataclass(frozen=True)
class Suite:
    """An installed suite: its folder and its catalogue."""

    folder: Path
    catalogue: Catalogue


@dataclass(frozen=True)
class Run:
    """What every process of the run knows. ``open_target`` makes the target anew, ``known_failures`` are the
    entries of the file of them, ``done`` the cases that a run that was broken off had behind it."""

    settings: Settings
    suites: tuple[Suite, ...]
    open_target: TargetSource
    known_failures: tuple[KnownFailure, ...] = ()
    done: frozenset[str] = frozenset()

    @cached_property
    def statement(self) -> Statement:
        """What the vendor states of the target; it is opened once for it."""
        target = self.open_target()
        try:
            return target.statement
        finally:
            target.close()

    @property
    def isolation(self) -> str:
        """What is known of how the target's stations are kept apart, in words."""
        if self.settings.isolate:
            return self.open_target.isolation
        if self.settings.target.startswith("exec:"):
            return f"{self.statement.isolation}, as the target states (--prose-isolate cuts the network off)"
        return "none: all stations in this process (--prose-isolate gives each its own)"

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            statement=self.statement, reading=self.settings.reading, lab=self.settings.scope == "lab"
        )

    def suite_of(self, path: Path) -> Suite | None:
        """The suite that a test file belongs to, or None for a vendor's own."""
        return next((suite for suite in self.suites if path.is_relative_to(suite.folder)), None)


def prepare(settings: Settings, done: Iterable[str] = ()) -> Run:
    """The run that the settings ask for, without the cases in ``done``.

    Raises :class:`pytest.UsageError` for a suite that is not what was installed, a catalogue with
    mistakes, an id that no catalogue knows, or a target that cannot be opened.
    """
    from pytest_prose_go.targets.breach import TargetError
    from pytest_prose_go.targets.naming import TargetNameError, find_target

    suites = tuple(_read(folder) for folder in folders(settings.suite))
    catalogues = [suite.catalogue for suite in suites]
    _check_ids(settings, catalogues)
    known = _known_failures(settings, catalogues)
    try:
        run = Run(
            settings=settings,
            suites=suites,
            open_target=find_target(settings.target, settings.deadlines, settings.isolate),
            known_failures=known,
            done=frozenset(done),
        )
        run.statement  # noqa: B018 (opened here, so that a broken target is one clear error before any case)
    except (TargetNameError, TargetError) as error:
        raise pytest.UsageError(f"--prose-target: {error}") from error
    return run


def _read(folder: Path) -> Suite:
    try:
        catalogue = load(folder)
    except CatalogueError as error:
        raise pytest.UsageError(f"the catalogue of suite {folder.name} cannot be read: {error}") from error
    mistakes = check(catalogue)
    if mistakes:
        raise pytest.UsageError("\n".join([f"the catalogue of suite {folder.name} has mistakes:", *mistakes]))
    return Suite(folder, catalogue)


def _known_failures(settings: Settings, catalogues: list[Catalogue]) -> tuple[KnownFailure, ...]:
    if settings.known_failures is None:
        return ()
    try:
        return known_failures.load(settings.known_failures, catalogues)
    except known_failures.KnownFailuresError as error:
        raise pytest.UsageError(f"known failures: {error}") from error


def _check_ids(settings: Settings, catalogues: Iterable[Catalogue]) -> None:
    aspects: dict[str, object] = {}
    cases: dict[str, object] = {}
    for catalogue in catalogues:
        aspects |= catalogue.requirements
        aspects |= catalogue.aspects
        cases |= catalogue.cases
    for name in settings.requirements:
        _known("--prose-requirement", name, aspects)
    for name in settings.cases:
        _known("--prose-case", bare(name), cases)


def _known(option: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        raise pytest.UsageError(f"{option}: there is no {name}{nearest(name, known)}")
