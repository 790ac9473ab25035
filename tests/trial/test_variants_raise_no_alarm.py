"""Unusual but conforming targets fail nothing, alone or together.

A run takes a sample of the variants, the next one for each number in the environment variable
``PROSE_TRIAL_SAMPLE`` (CI counts its runs there), and a few sets of them; with ``-m slow`` all, and many sets.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import reference_impl.variants
from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.run_summary import Bounds, summarise
from pytest_prose_go.suites import folders
from reference_impl.adapter import target
from reference_impl.variants import all_variants, composed

SEED = "trial"
SAMPLE = 4
VARIANTS = all_variants()
EXPECTED: dict[str, dict[str, list[str]]] = tomllib.loads(
    (files(reference_impl.variants) / "expected.toml").read_text()
)
ALWAYS = {"AUTH.barred": Verdict.NOT_APPLICABLE}
"""What the reference itself does not pass, as its removals do not bar."""

FALSE_ALARMS = {name: variant.open for name, variant in VARIANTS.items() if variant.open}
"""Variants that the suite wrongly fails, each with why. One that it no longer fails is red here."""


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


def _not_passed(pytester: pytest.Pytester, catalogue: Catalogue, name: str) -> dict[str, Verdict]:
    """The aspects that ``reference:name`` does not pass in a whole run of the suite, those apart that no case
    tests. A FAIL or an ERROR is an error of the test."""
    results = _Results()
    pytester.inline_run(
        f"--prose-target=reference:{name}",
        f"--prose-seed={SEED}",
        "--prose-depth=quick",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        plugins=[results],
    )
    alarms = {
        result.case: result.reason or [violation.seen for violation in result.violations]
        for result in results.cases
        if result.verdict in (Verdict.FAIL, Verdict.ERROR)
    }
    assert not alarms, f"{name} conforms"
    bounds = Bounds(statement=target(name).statement, lab=True)
    summary = summarise(catalogue, bounds, [result.case for result in results.cases], results.cases)
    return {
        aspect.id: aspect.verdict
        for aspect in summary.aspects
        if aspect.verdict is not Verdict.PASS and aspect.method != "inspect"
    }


def _expected(names: Iterable[str]) -> Mapping[str, Verdict]:
    """What the variants of these names cannot pass, all taken together."""
    found = dict(ALWAYS)
    for listed in (EXPECTED.get(name, {}) for name in names):
        found |= dict.fromkeys(listed.get("inconclusive", ()), Verdict.INCONCLUSIVE)
        found |= dict.fromkeys(listed.get("not-applicable", ()), Verdict.NOT_APPLICABLE)
        for aspect in listed.get("applicable", ()):
            found.pop(aspect, None)
    return found


def _sample() -> list[str]:
    names, step = list(VARIANTS), len(VARIANTS) // SAMPLE
    first = int(os.environ.get("PROSE_TRIAL_SAMPLE", "0")) % step
    return [names[(first + place * step) % len(names)] for place in range(SAMPLE)]


def _each() -> list[object]:
    sample = _sample()
    marked: list[object] = []
    for name in VARIANTS:
        marks = [] if name in sample else [pytest.mark.slow]
        if name in FALSE_ALARMS:
            marks.append(pytest.mark.xfail(reason=FALSE_ALARMS[name], strict=True))
        marked.append(pytest.param(name, marks=marks))
    return marked


@pytest.mark.parametrize("name", _each())
def test_alone(pytester: pytest.Pytester, catalogue: Catalogue, name: str) -> None:
    assert _not_passed(pytester, catalogue, name) == _expected([name])


def _combine(names: Iterable[str]) -> bool:
    try:
        composed([VARIANTS[name] for name in names])
    except (ValueError, TypeError):
        return False
    return True


SETS = st.lists(
    st.sampled_from([name for name in VARIANTS if name not in FALSE_ALARMS]),
    min_size=2,
    max_size=5,
    unique=True,
).filter(_combine)
DRAWN = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _check_together(pytester: pytest.Pytester, catalogue: Catalogue, names: list[str]) -> None:
    found, expected = _not_passed(pytester, catalogue, "+".join(names)), _expected(names)
    assert found.keys() <= expected.keys()


@settings(DRAWN, max_examples=2)
@given(names=SETS)
def test_together(pytester: pytest.Pytester, catalogue: Catalogue, names: list[str]) -> None:
    _check_together(pytester, catalogue, names)


@pytest.mark.slow
@settings(DRAWN, max_examples=40)
@given(names=SETS)
def test_many_together(pytester: pytest.Pytester, catalogue: Catalogue, names: list[str]) -> None:
    _check_together(pytester, catalogue, names)


def test_variants_and_catalogue_are_in_step(catalogue: Catalogue) -> None:
    tolerances = {tolerance.id for tolerance in catalogue.tolerances}
    listed = {
        aspect
        for table in EXPECTED.values()
        for key, found in table.items()
        if key != "because"
        for aspect in found
    }
    assert EXPECTED.keys() <= VARIANTS.keys()
    assert listed <= catalogue.aspects.keys()
    assert {shown for variant in VARIANTS.values() for shown in variant.shows} <= tolerances


def test_every_variant_says_something_of_its_own() -> None:
    sentences = [variant.sentence for variant in VARIANTS.values()]
    assert len(set(sentences)) == len(sentences) >= 50
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)


def test_what_lacks_something_says_why() -> None:
    assert [name for name, table in EXPECTED.items() if not table.get("because")] == []
