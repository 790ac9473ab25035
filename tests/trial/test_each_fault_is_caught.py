"""Each deliberate mistake of the reference makes its aspect fail, and no other that it should not touch.

A fault runs against the cases of the aspects that show it; with ``-m slow`` against the whole suite.
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
NOT_CAUGHT: dict[str, str] = {
    "certificate-cached-by-name": "a rogue that asks under the name of a member that was verified before it",
    "claim-not-checked": "the insider claims the name of a member that is in and heard; it has to be out or silent",
    "counter-compared-in-eight-bits": "a replay of what lies 128 to 255 messages back",
    "gap-empties-window": "a replay from before a gap of more than 64 lost messages",
    "groupcast-signature-without-message": "a member's state that puts an overheard signature to a message of its own",
    "groupcast-window-reset": "a replay after 16 further groupcasts under the same key",
    "identity-trimmed": "credentials with the flaw name-variant",
    "identity-truncated": "credentials with the flaw name-variant",
    "identity-up-to-zero": "credentials with the flaw name-variant",
    "identity-without-case": "credentials with the flaw name-variant",
    "long-messages-without-mac": "changes in a message of more than 512 octets",
    "mac-leaves-header-out": "names rewritten in flight after the join",
    "mac-leaves-last-octet-out": "a change of the last octet, in every run",
    "mac-of-two-octets": "some 65536 forgeries, which no default depth can try",
    "mac-over-beginning": "changes beyond the first 64 octets, in every run",
    "mac-over-parity": "the same change in two blocks of a message",
    "mac-over-seven-bits": "changes of the highest bit of an octet alone, in every run",
    "new-group-key-under-old-key": "a removed member that misses the word to itself and hears all else of its removal",
    "rekey-before-removal": "a removed member that misses the word to itself and hears all else of its removal",
    "sum-for-mac": "two changes of a message that cancel each other",
    "unknown-recipient-is-all": "a unicast to somebody who is not in the group, or has left it",
    "window-off-by-one": "a replay of a settled message exactly 64 back",
    "window-reset-by-rekey": "a replay on a hop after the group key was renewed",
}
"""Faults that the suite does not see yet, each with what it would take. One that is seen after all is red here."""


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


def _run(pytester: pytest.Pytester, fault: type[Fault], aspects: Iterable[str]) -> list[CaseResult]:
    """The results of the cases of ``aspects``, or of all cases if there are none."""
    results = _Results()
    narrowed = [f"--prose-requirement={aspect}" for aspect in aspects]
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
    assert booked <= {fault.breaks, *fault.also_breaks}, "more is broken than the fault says"


def _each() -> list[object]:
    return [
        pytest.param(
            fault,
            id=name,
            marks=[pytest.mark.xfail(reason=NOT_CAUGHT[name], strict=True)] if name in NOT_CAUGHT else [],
        )
        for name, fault in all_faults().items()
    ]


@pytest.mark.parametrize("fault", _each())
def test_its_aspect_fails(pytester: pytest.Pytester, catalogue: Catalogue, fault: type[Fault]) -> None:
    _check(catalogue, fault, _run(pytester, fault, fault.shown_by or (fault.breaks,)))


@pytest.mark.slow
@pytest.mark.parametrize("fault", _each())
def test_nothing_else_fails(pytester: pytest.Pytester, catalogue: Catalogue, fault: type[Fault]) -> None:
    results = _run(pytester, fault, ())
    _check(catalogue, fault, results)
    assert set(fault.also_breaks) <= _booked(catalogue, results), "less is broken than the fault says"


def test_faults_and_catalogue_are_in_step(catalogue: Catalogue) -> None:
    faults = all_faults()
    listed = {name for aspect in catalogue.aspects.values() for name in aspect.aspect.faults}
    attacks = {attack.id for attack in catalogue.attacks}
    assert listed <= faults.keys()
    assert NOT_CAUGHT.keys() <= faults.keys()
    assert {fault.published for fault in faults.values()} <= attacks
    named = {name for each in faults.values() for name in (each.breaks, *each.shown_by, *each.also_breaks)}
    assert named <= catalogue.aspects.keys()


def test_every_fault_says_something_of_its_own() -> None:
    sentences = [fault.sentence for fault in all_faults().values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
