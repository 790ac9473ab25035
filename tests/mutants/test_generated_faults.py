"""The ledger of mutants that break no requirement is about today's source, and mutants are what they are said to be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from cosmic_ray.mutating import mutate_code

from tests.mutants.figures import END, START, written_into
from tests.mutants.ledger import LEDGER, Equivalent, mutant_of, read_ledger
from tests.mutants.operators import all_operators
from tests.mutants.sample import in_order
from tests.mutants.sites import PACKAGE, TOP, mutants, security_modules
from tests.mutants.trial import Came, Instead, Tried, targets_of

WHICH = [pytest.param(entry, id=f"{entry.module}-{place}") for place, entry in enumerate(read_ledger())]


@pytest.mark.parametrize("entry", WHICH)
def test_an_excused_mutant_is_one_of_todays_source(entry: Equivalent) -> None:
    assert mutant_of(entry) is not None, f"no such mutant any more: mend or drop its entry in {LEDGER.name}"


def test_no_mutant_is_excused_twice_nor_without_a_sentence() -> None:
    entries = read_ledger()
    assert [one for one, times in Counter(entry.identity for entry in entries).items() if times > 1] == []
    assert [
        entry for entry in entries if len(entry.because.split()) < 5 or not entry.because.endswith(".")
    ] == []


def test_an_entry_with_a_field_too_many_is_refused(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.toml"
    ledger.write_text('[[equivalent]]\nmodule = "relay"\nreason = "none"\n')
    with pytest.raises(msgspec.ValidationError, match="reason"):
        read_ledger(ledger)


def test_every_security_module_is_there_and_has_a_target() -> None:
    for module in security_modules():
        assert (TOP / PACKAGE / f"{module}.py").exists()
        assert targets_of(module)


@pytest.mark.parametrize(
    ("operator", "place", "before", "after"),
    [
        ("RemoveStatement", 0, "def f(a):\n    b = a\n    check(a)\n", "def f(a):\n    pass\n    check(a)\n"),
        ("RemoveStatement", 1, "def f(a):\n    b = a\n    check(a)\n", "def f(a):\n    b = a\n    pass\n"),
        ("RemoveStatement", 0, "def f():\n    raise Error\n", "def f():\n    pass\n"),
        ("ReturnTrue", 0, "def f(a) -> bool:\n    return a == 1\n", "def f(a) -> bool:\n    return True\n"),
        ("DropOperand", 0, "x = a or b\n", "x = False or b\n"),
        ("DropOperand", 1, "x = a and b\n", "x = a and True\n"),
    ],
)
def test_an_operator_of_ours_makes_its_change(operator: str, place: int, before: str, after: str) -> None:
    assert mutate_code(before, all_operators()[operator], place) == after


@pytest.mark.parametrize(
    ("operator", "source"),
    [
        ("RemoveStatement", '"""Text."""\nX = 1\n\n\ndef f():\n    """Text."""\n    return g()\n'),
        ("ReturnTrue", "def f(a) -> int:\n    return a\n\n\ndef g() -> bool:\n    return True\n"),
        ("DropOperand", "x = a + b\n"),
    ],
)
def test_an_operator_of_ours_leaves_all_else_alone(operator: str, source: str) -> None:
    assert mutate_code(source, all_operators()[operator], 0) is None


def test_a_mutant_differs_in_more_than_annotations_and_from_every_other() -> None:
    made = list(mutants("relay"))
    assert len({mutant.source for mutant in made}) == len(made)
    assert not [mutant for mutant in made if mutant.before == mutant.after]
    assert not [mutant for mutant in made if "def " in mutant.before]


def test_the_order_is_that_of_the_seed_and_leaves_none_out() -> None:
    first = [mutant.key for mutant in in_order("relay", "1")]
    assert first == [mutant.key for mutant in in_order("relay", "1")]
    assert first != [mutant.key for mutant in in_order("relay", "2")]
    assert set(first) >= {mutant.key for mutant in mutants("relay")}


def test_only_the_named_module_is_imported_from_the_changed_source() -> None:
    finder = Instead("relay", "changed = True")
    assert finder.find_spec(f"{PACKAGE}.storage", None) is None
    spec = finder.find_spec(f"{PACKAGE}.relay", None)
    assert spec is not None
    assert spec.loader is not None
    room: dict[str, object] = {}
    exec(spec.loader.get_code(spec.name), room)  # type: ignore[attr-defined]
    assert room["changed"] is True


def test_the_figures_tell_the_excused_survivors_from_the_open_ones(tmp_path: Path) -> None:
    def came(key: str, how: Came) -> Tried:
        return Tried(
            key=key,
            module="relay",
            definition="f",
            operator="AddNot",
            before=key,
            after="b",
            line=1,
            came=how,
        )

    entry = Equivalent(
        module="relay", definition="f", operator="AddNot", before="1", after="b", because="It is the same."
    )
    ways: tuple[Came, ...] = ("killed", "survived", "survived", "base", "unsettled")
    known = {str(key): came(str(key), how) for key, how in enumerate(ways)}
    document = tmp_path / "figures.md"
    document.write_text(f"Before\n{START}\nold\n{END}\nafter\n")
    written_into(document, "7", ["relay"], known, [entry])
    text = document.read_text()
    assert "| relay | 5 | 1 | 1 | 1 | 0 | 2 | 1 | 1 |" in text
    assert "old" not in text
    assert text.startswith("Before\n")
    assert text.endswith("\nafter\n")
