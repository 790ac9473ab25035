"""Unusual but conforming habits fail nothing together.

``prose-go qualify`` tries each variant alone, and ``.ci/run`` the next few of them at each run; here a few sets of
them, and with ``-m slow`` many.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import reference_impl.variants
from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.qualify.trial import Trial, hold
from pytest_prose_go.suites import folders
from reference_impl.family import expected
from reference_impl.variants import all_variants, composed

VARIANTS = all_variants()
EXPECTED: dict[str, dict[str, list[str]]] = tomllib.loads(
    (files(reference_impl.variants) / "expected.toml").read_text()
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(folders()[0])


def _combine(names: Iterable[str]) -> bool:
    try:
        composed([VARIANTS[name] for name in names])
    except (ValueError, TypeError):
        return False
    return True


SETS = st.lists(
    st.sampled_from([name for name, variant in VARIANTS.items() if not variant.open]),
    min_size=2,
    max_size=5,
    unique=True,
).filter(_combine)
DRAWN = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def _check_together(names: list[str]) -> None:
    target = f"reference:{'+'.join(names)}"
    trial = Trial(
        sort="variant", family="reference", identifier=target, target=target, seed="trial", depth="quick"
    )
    outcome = hold(trial)
    alarms = {
        case.case: case.booked or case.reason
        for case in outcome.cases
        if case.verdict in (Verdict.FAIL, Verdict.ERROR)
    }
    assert not alarms, f"{target} conforms"
    assert not outcome.problem
    not_passed = {aspect for aspect, verdict in outcome.aspects.items() if verdict != Verdict.PASS}
    assert not_passed <= expected(tuple(names)).keys()


@settings(DRAWN, max_examples=2)
@given(names=SETS)
def test_together(names: list[str]) -> None:
    _check_together(names)


@pytest.mark.slow
@settings(DRAWN, max_examples=40)
@given(names=SETS)
def test_many_together(names: list[str]) -> None:
    _check_together(names)


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
