"""Allure: labels as markers at collection, the verdict as a label once it is known.

Imported only when Allure's results are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import allure
import pytest

from pytest_prose_go.catalogue import ListedCase, bare
from pytest_prose_go.judge.verdict import CaseResult
from pytest_prose_go.run import Run
from pytest_prose_go.scenario_key import CASE_KEY

SEVERITY = {"mandatory": "critical", "recommended": "minor"}


class AllureLabels:
    """The labels of a run's cases: clause, requirement and case make the tree."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def mark(self, items: Iterable[pytest.Item]) -> None:
        """Label each suite's case. As markers, labels hold even where a fixture fails."""
        for item in items:
            suite = self.run.suite_of(item.path)
            if suite:
                for marker in self._markers(suite.catalogue.cases[bare(item.stash[CASE_KEY].id)]):
                    item.add_marker(marker)

    def _markers(self, case: ListedCase) -> list[pytest.MarkDecorator]:
        settings = self.run.settings
        aspect, requirement = case.aspect, case.aspect.requirement
        level = aspect.level(settings.reading, self.run.statement)
        return [
            allure.epic(case.aspect.clause.title),
            allure.feature(f"{requirement.id} {requirement.title}"),
            allure.story(f"{case.id} {case.title}"),
            allure.parent_suite(settings.target),
            allure.suite(case.aspect.clause.clause),
            allure.sub_suite(requirement.id),
            allure.severity(SEVERITY[level]),
            allure.label("aspect", aspect.id),
            allure.label("seed", settings.seed),
            allure.label("reading", settings.reading),
            allure.label("target", settings.target),
        ]

    @staticmethod
    def tell_verdict(result: CaseResult) -> None:
        """Add the verdict, once the case has one."""
        allure.dynamic.label("verdict", str(result.verdict))
