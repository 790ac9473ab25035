"""The bundled suite and its catalogue are in step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance
from pytest_prose_go.catalogue import Tolerance, check, load, unbooked, untried
from pytest_prose_go.commands.catalogue import between
from pytest_prose_go.report.matrix import markdown
from pytest_prose_go.scenario_key import CASE_KEY
from reference_impl.faults import all_faults
from reference_impl.variants import all_variants

CATALOGUE = load(Path(conformance.__file__).parent)


class Recorder:
    """Keeps the ids of the cases that a run collects."""

    def __init__(self) -> None:
        self.cases: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.cases = [item.stash[CASE_KEY].id for item in session.items if CASE_KEY in item.stash]


def test_catalogue_and_tests_are_in_step(pytester: pytest.Pytester, mini: Path) -> None:
    recorder = Recorder()
    pytester.inline_run(
        "--prose-target=mute.py:Mute", "--prose-suite=go-mode", "--collect-only", "-q", plugins=[recorder]
    )
    assert len(recorder.cases) >= len(CATALOGUE.cases)
    assert check(CATALOGUE, recorder.cases) == []


def test_every_kind_of_violation_counts_against_an_aspect() -> None:
    assert unbooked(CATALOGUE) == []


FAULTS = all_faults()
WITH_CASES = {
    name: listed.aspect
    for name, listed in CATALOGUE.aspects.items()
    if listed.requirement.id != "BASE" and listed.aspect.method != "inspect"
}


def test_every_aspect_with_cases_lists_a_fault_that_they_catch() -> None:
    assert [name for name, aspect in WITH_CASES.items() if not aspect.faults] == []


def test_every_fault_that_is_listed_is_there() -> None:
    assert {fault for aspect in WITH_CASES.values() for fault in aspect.faults} - FAULTS.keys() == set()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_fault_is_listed_by_the_aspects_that_it_breaks(fault: str) -> None:
    broken = {FAULTS[fault].breaks, *FAULTS[fault].also_breaks}
    assert {name for name in broken if fault not in WITH_CASES[name].faults} == set()


def test_every_published_attack_is_accounted_for() -> None:
    assert len(CATALOGUE.attacks) == 151
    assert untried(CATALOGUE) == []


def test_every_fault_restates_a_published_attack() -> None:
    attacks = {attack.id for attack in CATALOGUE.attacks}
    assert {name: fault.published for name, fault in FAULTS.items() if fault.published not in attacks} == {}


ROOT = Path(conformance.__file__).parent.parent


def test_every_conforming_behaviour_is_answered() -> None:
    assert len(CATALOGUE.tolerances) == 59
    assert [one.id for one in CATALOGUE.tolerances if not one.answered_by] == []


@pytest.mark.parametrize("tolerance", CATALOGUE.tolerances, ids=lambda one: one.id)
def test_what_answers_a_conforming_behaviour_names_it(tolerance: Tolerance) -> None:
    variants = {f"reference:{name}" for name, one in all_variants().items() if tolerance.id in one.shows}
    named = {answer for answer in tolerance.answered_by if answer.startswith("reference:")}
    assert named == variants
    for trace in set(tolerance.answered_by) - named:
        file, _, test = trace.partition("::")
        told = re.search(rf'^def {test}\(.*?"""(.*?)"""', (ROOT / file).read_text("utf-8"), re.M | re.S)
        assert told is not None
        assert tolerance.id in told[1]


def test_the_readme_shows_the_catalogue_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert between(readme) == markdown(CATALOGUE), (
        "run: prose-go catalogue --format markdown --into README.md"
    )
