"""Each deliberate mistake of the reference makes its aspect fail, and no other that it should not touch.

A fault runs against the cases of the aspects that show it. By default a sample of them; ``-m 'slow or not slow'``
runs all, and each against the whole suite as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.suites import folders
from reference_impl.faults import Fault, all_faults

SEED = "trial"

ALWAYS = frozenset(
    {
        "claim-not-checked",
        "foreign-authority-accepted",
        "group-not-checked",
        "mac-leaves-header-out",
        "mac-not-checked",
        "no-certificate-check",
        "no-rekey-after-removal",
        "no-replay-window",
        "null-encryption",
        "one-group-key-for-all",
        "owner-not-authenticated",
        "plaintext-multicast",
        "possession-not-checked",
        "replayed-join-accepted",
        "replayed-owner-accepted",
        "role-not-checked",
        "unicast-under-group-key",
    }
)
"""The faults that every run tries; of the others every :data:`ONE_IN`-th, and all with ``-m 'slow or not slow'``."""

ONE_IN = 6


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(folders()[0])


class _Results:
    """Collects what came of each case of an inner run."""

    def __init__(self) -> None:
        self.cases: list[CaseResult] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, "prose", None)
        if told is not None:
            self.cases.append(msgspec.json.decode(told, type=CaseResult))


def _run(
    pytester: pytest.Pytester, fault: type[Fault], aspects: Iterable[str], depth: str = "standard"
) -> list[CaseResult]:
    """The results of the cases of ``aspects``, or of all cases if there are none."""
    results = _Results()
    narrowed = [f"--prose-depth={depth}", *(f"--prose-requirement={aspect}" for aspect in aspects)]
    if fault.in_depth:
        narrowed = ["--prose-depth=exhaustive", f"--prose-case={fault.in_depth}"]
    pytester.inline_run(
        f"--prose-target=reference:{fault.identifier}",
        f"--prose-seed={SEED}",
        *narrowed,
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        plugins=[results],
    )
    assert results.cases, "no case ran"
    return results.cases


def _booked(catalogue: Catalogue, results: Iterable[CaseResult]) -> set[str]:
    """The aspects to which violations are booked."""
    found = set()
    for result in results:
        for violation in result.violations:
            listed = catalogue.booked.get(violation.kind)
            found.add(result.aspect if listed is None else listed.id)
    return found


def _check(catalogue: Catalogue, fault: type[Fault], results: list[CaseResult]) -> None:
    errors = {result.case: result.reason for result in results if result.verdict is Verdict.ERROR}
    assert not errors
    booked = _booked(catalogue, results)
    assert fault.breaks in booked, f"not caught: {fault.sentence}"
    assert booked <= {fault.breaks, *fault.also_breaks, *fault.may_break}, (
        "more is broken than the fault says"
    )


def _name(fault: type[Fault]) -> str:
    return fault.identifier


def _sampled() -> list[object]:
    return [
        pytest.param(fault, id=name, marks=() if _is_quick(number, fault) else pytest.mark.slow)
        for number, (name, fault) in enumerate(all_faults().items())
    ]


def _is_quick(number: int, fault: type[Fault]) -> bool:
    return not fault.in_depth and (number % ONE_IN == 0 or fault.identifier in ALWAYS)


@pytest.mark.parametrize("fault", _sampled())
def test_its_aspect_fails(pytester: pytest.Pytester, catalogue: Catalogue, fault: type[Fault]) -> None:
    _check(catalogue, fault, _run(pytester, fault, fault.shown_by or (fault.breaks,)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fallback-after-loss", "offers-ignored", "offers-not-bound"])
def test_a_downgrade_is_seen_at_quick_depth(
    pytester: pytest.Pytester, catalogue: Catalogue, name: str
) -> None:
    fault = all_faults()[name]
    _check(catalogue, fault, _run(pytester, fault, fault.shown_by or (fault.breaks,), depth="quick"))


@pytest.mark.slow
@pytest.mark.parametrize("fault", [fault for fault in all_faults().values() if not fault.in_depth], ids=_name)
def test_nothing_else_fails(pytester: pytest.Pytester, catalogue: Catalogue, fault: type[Fault]) -> None:
    results = _run(pytester, fault, ())
    _check(catalogue, fault, results)
    assert set(fault.also_breaks) <= _booked(catalogue, results), "less is broken than the fault says"


def test_faults_and_catalogue_are_in_step(catalogue: Catalogue) -> None:
    faults = all_faults()
    listed = {name for aspect in catalogue.aspects.values() for name in aspect.aspect.faults}
    attacks = {attack.id for attack in catalogue.attacks}
    assert listed <= faults.keys()
    assert {fault.in_depth for fault in faults.values()} <= {"", *catalogue.cases}
    assert {fault.published for fault in faults.values()} <= attacks
    named = {
        name
        for each in faults.values()
        for name in (each.breaks, *each.shown_by, *each.also_breaks, *each.may_break)
    }
    assert named <= catalogue.aspects.keys()


def test_every_fault_stands_beside_what_it_breaks(catalogue: Catalogue) -> None:
    listed = {(name, aspect.id) for aspect in catalogue.aspects.values() for name in aspect.aspect.faults}
    assert {(each.identifier, each.breaks) for each in all_faults().values()} <= listed


def test_faults_are_many_and_different() -> None:
    faults = all_faults()
    variations = {name: fault.variation_of for name, fault in faults.items() if fault.variation_of}
    assert set(variations.values()) <= faults.keys() - variations.keys()
    assert len(faults) >= 150
    assert len(faults) - len(variations) >= 120, "too few decisions"
    assert len({fault.published for fault in faults.values()}) >= 90, "of too few published flaws"


def test_every_fault_says_something_of_its_own() -> None:
    sentences = [fault.sentence for fault in all_faults().values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
