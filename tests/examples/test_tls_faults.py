"""Each deliberate mistake of the TLS example makes its aspect fail, and no other that it should not touch.

By default a sample of them against the cases of the aspects that show it, with ``-m 'slow or not slow'`` all,
and each against the whole suite as well; and so the two designs in which some of them stand, which pass.
"""

from __future__ import annotations

import pytest

from examples.tls_hops import faults
from examples.tls_hops.faults import Fault
from pytest_prose_go.catalogue import Catalogue
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from tests.examples.inner_run import booked, not_passed, run_suite

ALL = dict(sorted(Fault.registry.items()))
ONE_IN = 8
NOT_CAUGHT = {name: fault.open for name, fault in ALL.items() if fault.open}
"""Faults that the suite does not see yet, each with what it would take. One that is seen after all is red here."""

DESIGNS = ("group-key", "bulk")


def _name(identifier: str) -> str:
    return f"{faults.__file__}:{identifier}"


def _check(catalogue: Catalogue, fault: type[Fault], results: list[CaseResult]) -> None:
    assert not {result.case: result.reason for result in results if result.verdict is Verdict.ERROR}
    found = booked(catalogue, results)
    assert fault.breaks in found, f"not caught: {fault.sentence}"
    assert found <= {fault.breaks, *fault.also_breaks}, "more is broken than the fault says"


def _each(sampled: bool = False) -> list[object]:
    marked: list[object] = []
    for number, (name, fault) in enumerate(ALL.items()):
        marks = [pytest.mark.slow] if sampled and number % ONE_IN else []
        if name in NOT_CAUGHT:
            marks.append(pytest.mark.xfail(reason=NOT_CAUGHT[name], strict=True))
        marked.append(pytest.param(fault, id=name, marks=marks))
    return marked


@pytest.mark.parametrize("fault", _each(sampled=True))
def test_its_aspect_fails(pytester: pytest.Pytester, catalogue: Catalogue, fault: type[Fault]) -> None:
    results = run_suite(pytester, _name(fault.identifier), fault.shown_by or (fault.breaks,))
    _check(catalogue, fault, results)


@pytest.mark.slow
@pytest.mark.parametrize("fault", _each())
def test_nothing_else_fails(pytester: pytest.Pytester, catalogue: Catalogue, fault: type[Fault]) -> None:
    results = run_suite(pytester, _name(fault.identifier), depth="quick")
    _check(catalogue, fault, results)
    assert set(fault.also_breaks) <= booked(catalogue, results), "less is broken than the fault says"


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_the_designs_are_sound(pytester: pytest.Pytester, catalogue: Catalogue, design: str) -> None:
    results = run_suite(pytester, _name(design), depth="quick")
    verdicts = set(not_passed(catalogue, _name(design), results).values())
    assert verdicts == {Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE}
    assert not booked(catalogue, results)


def test_faults_and_catalogue_are_in_step(catalogue: Catalogue) -> None:
    assert len(ALL) >= 15
    assert {fault.published for fault in ALL.values()} <= {attack.id for attack in catalogue.attacks}
    named = {name for each in ALL.values() for name in (each.breaks, *each.also_breaks, *each.shown_by)}
    assert named <= catalogue.aspects.keys()
    sentences = [fault.sentence for fault in ALL.values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
