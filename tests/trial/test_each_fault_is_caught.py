"""Deliberate mistakes of the reference make their aspect fail, and no other that they should not touch.

Here some that stand for all others; ``prose-go qualify`` tries every one, and ``.ci/run`` runs it.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.qualify.families import read_families
from pytest_prose_go.qualify.plan import Asked, trials
from pytest_prose_go.qualify.qualification import Circumstances, qualify
from pytest_prose_go.qualify.trial import hold
from pytest_prose_go.suites import folders
from reference_impl.faults import all_faults
from reference_impl.pair_keys import PairKeys

ALWAYS = (
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
    "psk+unicast-to-all",
    "replayed-join-accepted",
    "replayed-owner-accepted",
    "role-not-checked",
    "unicast-under-group-key",
    "unknown-key-is-zero",
)
"""The faults that every run of the tests tries: the plain ones of each requirement."""

ASKED = Asked(seed="trial", depth="standard", which="expected", sorts=("fault",))
NOWHERE = Circumstances(plugin="", date="", processes=0, seconds=0.0)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(folders()[0])


def _not_as_it_should_be(catalogue: Catalogue, identifier: str, depth: str) -> tuple[str, ...]:
    families = read_families(["reference_impl.family"], [catalogue])
    trial = next(one for one in trials(families, ASKED) if one.identifier == identifier)
    told = qualify([catalogue], families, ASKED, [(trial, hold(replace(trial, depth=depth)))], NOWHERE)
    assert [fault.identifier for fault in told.faults] == [identifier]
    return told.because


@pytest.mark.parametrize("identifier", ALWAYS)
def test_its_aspect_fails_and_no_other(catalogue: Catalogue, identifier: str) -> None:
    assert _not_as_it_should_be(catalogue, identifier, "standard") == ()


@pytest.mark.slow
@pytest.mark.parametrize("identifier", ["fallback-after-loss", "offers-ignored", "offers-not-bound"])
def test_a_downgrade_is_seen_at_quick_depth(catalogue: Catalogue, identifier: str) -> None:
    assert _not_as_it_should_be(catalogue, identifier, "quick") == ()


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
    with_pair_keys = [
        f for f in faults.values() if f.in_both_profiles or isinstance(f.parts().kind, PairKeys)
    ]
    assert len(with_pair_keys) >= 15, "too few in profile B"


def test_every_fault_says_something_of_its_own() -> None:
    sentences = [fault.sentence for fault in all_faults().values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
