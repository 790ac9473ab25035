"""Reading the catalogue is strict, and its check finds where it is out of step."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_prose_go.catalogue import CatalogueError, bare, check, load, untried
from pytest_prose_go.contract import Limits, Statement
from tests.plugin.conftest import REQUIREMENTS

CASES = [
    "BASE.admit.one",
    "MINI.closed.joins",
    "MINI.closed.twice[a]",
    "MINI.closed.twice[b]",
    "MINI.quiet.listens",
]


def suite(folder: Path, *replacements: tuple[str, str]) -> Path:
    text = REQUIREMENTS
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    (folder / "clause").mkdir()
    (folder / "clause" / "requirements.toml").write_text(text)
    return folder


def test_ids_are_joined_and_permanent(tmp_path: Path) -> None:
    catalogue = load(suite(tmp_path))
    assert list(catalogue.aspects) == ["BASE.admit", "MINI.closed", "MINI.quiet"]
    assert catalogue.cases["MINI.closed.joins"].title == "a stranger joins"
    assert catalogue.booked["plaintext.uplink"].id == "MINI.quiet"
    assert bare("MINI.closed.twice[a[0]]") == "MINI.closed.twice"
    assert check(catalogue, CASES) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"plaintext.uplink"', '"plaintext.upstream"', "Invalid enum value 'plaintext.upstream'"),
        ('level = "mandatory"', 'level = "vital"', "requirement[0].aspect[0].level"),
        ("needs =", "neds =", "neds"),
        ('title = "Nothing leaks"', "", "missing required field `title`"),
        ('reason = "The', 'reason = "a"\nreason = "The', "overwrite"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load(suite(tmp_path, (old, new)))
    assert said in str(caught.value)
    assert "clause/requirements.toml" in str(caught.value)


def test_a_folder_without_catalogue_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"no clause folder"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('id = "quiet"', 'id = "closed"', "aspect MINI.closed stands 2 times"),
        ('id = "MINI"', 'id = "BASE"', "requirement BASE stands 2 times"),
        ('id = "twice"', 'id = "joins"', "case MINI.closed.joins stands 2 times"),
        (
            '"plaintext.uplink"',
            '"admission.foreign-authority"',
            "kind of violation admission.foreign-authority stands 2 times",
        ),
        (
            'needs = ["BASE.admit"]',
            'needs = ["BASE.admits"]',
            "MINI.closed: needs BASE.admits, which is no aspect",
        ),
        ('cases = [{ id = "one", title = "one UE joins" }]', "", "BASE.admit: has no case"),
        ('reason = "The proposal drops the word."', "", "MINI.quiet: is recommended without a reason"),
        ('when = "owners"', 'when = "owner"', "MINI.quiet: owner is no field of a statement"),
        ('equals = "any-member", ', "", "MINI.quiet: the condition on owners wants one of equals and lacks"),
        (', because = "anybody may own"', "", "MINI.quiet: is not applicable without a because"),
        (', proposal = "recommended"', "", "MINI.quiet: has no level under one of the readings"),
        ('judges = ["GO"]', "judges = []", "MINI.closed: judges nobody"),
        (
            "needs =",
            'method = "lab"\nneeds =',
            "MINI.closed: names a capability if and only if its method is lab",
        ),
        ("needs =", 'method = "inspect"\nneeds =', "MINI.closed: is settled by inspection, yet has cases"),
    ],
)
def test_mistakes_are_found(tmp_path: Path, old: str, new: str, mistake: str) -> None:
    assert mistake in check(load(suite(tmp_path, (old, new))))


def test_cases_and_tests_out_of_step_are_found(tmp_path: Path) -> None:
    catalogue = load(suite(tmp_path))
    assert check(catalogue, [*CASES[:-1], "MINI.quiet.sings"]) == [
        "MINI.quiet.listens: listed, but no test",
        "MINI.quiet.sings: a test, but not listed",
    ]


def test_conditions_read_nested_fields_and_members(tmp_path: Path) -> None:
    path = suite(tmp_path, ('when = "owners", equals = "any-member"', 'when = "limits.members", equals = 2'))
    aspect = load(path).aspects["MINI.quiet"]
    assert aspect.not_applicable(Statement(product="p", version="1")) is None
    few = Statement(product="p", version="1", limits=Limits(members=2))
    assert aspect.not_applicable(few) == "anybody may own"


def test_a_condition_on_what_a_statement_lacks(tmp_path: Path) -> None:
    path = suite(tmp_path, ('when = "owners", equals = "any-member"', 'when = "reports", lacks = "sender"'))
    aspect = load(path).aspects["MINI.quiet"]
    assert aspect.not_applicable(Statement(product="p", version="1")) == "anybody may own"
    assert aspect.not_applicable(Statement(product="p", version="1", reports=("sender",))) is None


@pytest.mark.parametrize(
    ("floor", "statement"),
    [
        ("three-ues", Statement(product="p", version="1", limits=Limits(members=2))),
        ("two-groups", Statement(product="p", version="1", limits=Limits(groups=("g",)))),
        ("payload-64", Statement(product="p", version="1", limits=Limits(payload_most=63))),
        ("groupcast", Statement(product="p", version="1", groupcast=False)),
        ("remove", Statement(product="p", version="1", removes=False)),
    ],
)
def test_floors(tmp_path: Path, floor: str, statement: Statement) -> None:
    aspect = load(suite(tmp_path, ("needs =", f'floor = ["{floor}"]\nneeds ='))).aspects["MINI.closed"]
    assert aspect.below_floor(statement) is not None
    assert aspect.below_floor(Statement(product="p", version="1")) is None


ATTACKS = """
attack = [
    { id = "X-1", observable = "events", title = "one" },
    { id = "X-2", observable = "wire", title = "two" },
    { id = "X-3", observable = "nothing", title = "three" },
]
"""
NOT_TESTED = (
    '[[not_tested]]\nattack = "X-3"\nbecause = "so"\nreviewer = "looks"\n\n[[requirement]]\nid = "MINI"'
)
TRIES = ('books = ["plaintext.uplink"]', 'books = ["plaintext.uplink"]\nattacks = ["X-1"]')
LEAVES = ('[[requirement]]\nid = "MINI"', NOT_TESTED)


def with_attacks(folder: Path, *replacements: tuple[str, str], attacks: str = ATTACKS) -> Path:
    suite(folder, *replacements)
    (folder / "attacks.toml").write_text(attacks)
    return folder


def test_attacks_are_tried_or_left_out_for_a_reason_or_still_open(tmp_path: Path) -> None:
    catalogue = load(with_attacks(tmp_path, TRIES, LEAVES))
    assert check(catalogue) == []
    assert catalogue.tried == {"X-1": ["MINI.quiet"]}
    assert [one.attack for one in catalogue.not_tested] == ["X-3"]
    assert untried(catalogue) == ["X-2"]


@pytest.mark.parametrize(
    ("replacement", "mistake"),
    [
        ((TRIES[0], TRIES[1].replace("X-1", "X-9")), "attack X-9 is named and not listed in attacks.toml"),
        (
            (TRIES[0], TRIES[1].replace("X-1", "X-3")),
            "attack X-3 is tried by MINI.quiet, yet stands as not tested",
        ),
    ],
)
def test_mistakes_about_attacks_are_found(tmp_path: Path, replacement: tuple[str, str], mistake: str) -> None:
    assert mistake in check(load(with_attacks(tmp_path, replacement, LEAVES)))


def test_an_attack_list_is_read_as_strictly(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"attacks.toml: .*observable"):
        load(with_attacks(tmp_path, attacks=ATTACKS.replace('"wire"', '"hearsay"')))
    twice = tmp_path / "twice"
    twice.mkdir()
    catalogue = load(with_attacks(twice, attacks=ATTACKS.replace("X-2", "X-1")))
    assert "attack X-1 stands 2 times" in check(catalogue)
