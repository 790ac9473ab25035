"""Which items are cases, and which of them run: markers joined to the catalogue."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_prose_go.catalogue import Catalogue, bare, nearest
from pytest_prose_go.options import Settings
from pytest_prose_go.run import Run
from pytest_prose_go.scenario_key import CASE_KEY, Case

MARKER = "requirement"


def name_cases(run: Run, items: list[pytest.Item]) -> None:
    """Give every item its :class:`Case`.

    Raises :class:`pytest.UsageError` for a suite's test without marker, for an aspect or case that the
    catalogue does not know, and for two tests of one id.
    """
    mistakes = []
    for item in items:
        try:
            item.stash[CASE_KEY] = _case(run, item)
        except ValueError as error:
            mistakes.append(f"{item.nodeid}: {error}")
    suite_cases = Counter(item.stash[CASE_KEY].id for item in items if CASE_KEY in item.stash)
    mistakes += [f"case {case} stands {count} times" for case, count in suite_cases.items() if count > 1]
    if mistakes:
        raise pytest.UsageError("\n".join(["tests and catalogue are out of step:", *mistakes]))


def _case(run: Run, item: pytest.Item) -> Case:
    suite = run.suite_of(item.path)
    catalogues = [suite.catalogue] if suite else [one.catalogue for one in run.suites]
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        if suite:
            raise ValueError(f"a suite's test without @pytest.mark.{MARKER}")
        return _made(run, f"own.{item.path.stem}.{item.name}", "", item.name)
    if len(marker.args) != 1 or set(marker.kwargs) - {"case"}:
        raise ValueError(f'write @pytest.mark.{MARKER}("REQUIREMENT.aspect", case="name")')
    aspect = str(marker.args[0])
    known = {name for catalogue in catalogues for name in catalogue.aspects}
    if aspect not in known:
        raise ValueError(f"there is no aspect {aspect}{nearest(aspect, known)}")
    if "case" not in marker.kwargs:
        if suite:
            raise ValueError(f'its marker wants the case: case="name" of {aspect}')
        return _made(run, f"own.{item.path.stem}.{item.name}", aspect, item.name)
    bare_id = f"{aspect}.{marker.kwargs['case']}"
    title = _title(catalogues, bare_id)
    if suite and title is None:
        raise ValueError(f"the catalogue lists no case {bare_id}{nearest(bare_id, suite.catalogue.cases)}")
    if not suite and title is not None:
        raise ValueError(f"case {bare_id} is the suite's own: give this one another name")
    callspec = getattr(item, "callspec", None)
    parameters = f"[{callspec.id}]" if callspec is not None else ""
    return _made(run, bare_id + parameters, aspect, title or item.name)


def _title(catalogues: list[Catalogue], case: str) -> str | None:
    return next((one.cases[case].title for one in catalogues if case in one.cases), None)


def _made(run: Run, case: str, aspect: str, title: str) -> Case:
    return Case(id=case, aspect=aspect, title=title, seed=run.settings.case_seed(case))


def deselected(run: Run, items: list[pytest.Item]) -> list[pytest.Item]:
    """The items that ``--prose-requirement`` and ``--prose-case`` leave out, and those that a resumed run has
    behind it."""
    return [
        item
        for item in items
        if item.stash[CASE_KEY].id in run.done or not _wanted(run.settings, item.stash[CASE_KEY])
    ]


def _wanted(settings: Settings, case: Case) -> bool:
    requirement = case.aspect.partition(".")[0]
    return (
        not settings.requirements or bool({case.aspect, requirement}.intersection(settings.requirements))
    ) and (not settings.cases or bool({case.id, bare(case.id)}.intersection(settings.cases)))
