"""Each rule by which cases' results become verdicts, on a few results made by hand."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from msgspec.structs import replace

from pytest_prose_go.catalogue import Aspect, Catalogue, Clause, Condition, Purpose, Requirement
from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.finding import Kind, Violation
from pytest_prose_go.judge.verdict import CaseResult, Verdict, worst
from pytest_prose_go.run_summary import OUT_OF_SCOPE, Bounds, Summary, summarise

STATEMENT = Statement(product="p", version="1")


def aspect(name: str, **fields: object) -> Aspect:
    """An aspect with two cases, ``a`` and ``b``, judging both roles, mandatory."""
    given: dict[str, object] = {
        "title": name,
        "level": "mandatory",
        "judges": ("GO", "UE"),
        "why": "why",
        "cases": (Purpose(id="a", title="a"), Purpose(id="b", title="b")),
    }
    return Aspect(id=name, **(given | fields))  # type: ignore[arg-type]


def catalogue(*aspects: Aspect, derived: Collection[Aspect] = ()) -> Catalogue:
    """A clause with BASE.admit and the aspects under R, and one that is derived."""
    base = Requirement(
        id="BASE",
        title="BASE",
        clause="b",
        says="s",
        aspect=(aspect("admit", cases=(Purpose(id="a", title="a"),)),),
    )
    own = Requirement(id="R", title="R", clause="1", says="s", aspect=aspects)
    clauses = [Clause(clause="1", title="one", requirement=(base, own))]
    if derived:
        inherited = Requirement(id="D", title="D", clause="2", says="s", aspect=tuple(derived))
        clauses.append(Clause(clause="2", title="two", derived=True, requirement=(inherited,)))
    return Catalogue(clauses)


def violation(kind: Kind) -> Violation:
    return Violation(
        kind=kind, at=0.0, record=0, station=0, asked="asked", seen=f"seen {kind}", ideal="ideal"
    )


def result(
    case: str, verdict: Verdict = Verdict.PASS, *kinds: Kind, apart: Verdict | None = None
) -> CaseResult:
    return CaseResult(
        case=case,
        aspect=case.rpartition(".")[0],
        purpose="p",
        verdict=Verdict.FAIL if kinds else verdict,
        apart=verdict if apart is None else apart,
        violations=tuple(violation(kind) for kind in kinds),
        reason="reason",
    )


def passed(listed: Catalogue) -> list[CaseResult]:
    return [result(case) for case in listed.cases]


def summary(listed: Catalogue, *changed: CaseResult, bounds: Bounds | None = None) -> Summary:
    """All cases PASS but those that are given."""
    names = {one.case for one in changed}
    results = [one for one in passed(listed) if one.case not in names]
    return summarise(listed, bounds or Bounds(statement=STATEMENT), set(listed.cases), [*results, *changed])


def words(told: Summary) -> dict[str, str]:
    return {one.id: one.word for one in told.aspects}


def requirements(told: Summary) -> dict[str, Verdict]:
    return {one.id: one.verdict for one in told.requirements}


def test_all_passed() -> None:
    told = summary(catalogue(aspect("x")))
    assert words(told) == {"BASE.admit": "PASS", "R.x": "PASS"}
    assert (told.overall, told.exit_code, told.partial) == (Verdict.PASS, 0, False)


@pytest.mark.parametrize(
    ("verdict", "exit_code"),
    [
        (Verdict.ERROR, 1),
        (Verdict.INCONCLUSIVE, 6),
    ],
)
def test_the_worst_case_is_the_aspects_verdict(verdict: Verdict, exit_code: int) -> None:
    told = summary(catalogue(aspect("x"), aspect("y")), result("R.x.b", verdict))
    assert words(told) == {"BASE.admit": "PASS", "R.x": verdict, "R.y": "PASS"}
    assert requirements(told) == {"BASE": Verdict.PASS, "R": verdict}
    assert told.exit_code == exit_code


def test_fail_is_worse_than_error_is_worse_than_inconclusive() -> None:
    order = [
        Verdict.FAIL,
        Verdict.ERROR,
        Verdict.INCONCLUSIVE,
        Verdict.NOT_SHOWN,
        Verdict.DECLARED,
        Verdict.PASS,
        Verdict.NOT_APPLICABLE,
    ]
    for index, verdict in enumerate(order):
        assert worst(reversed(order[index:])) is verdict


def test_a_violation_is_booked_by_its_kind_whichever_case_saw_it() -> None:
    listed = catalogue(aspect("x", books=("keystream.hop",)), aspect("y", books=("replay.hop",)))
    told = summary(listed, result("R.x.a", Verdict.PASS, "replay.hop"))
    assert words(told) == {"BASE.admit": "PASS", "R.x": "PASS", "R.y": "FAIL"}
    assert [one.case for one in told.aspects[2].booked] == ["R.x.a"]
    assert told.exit_code == 1


def test_an_aspect_that_books_nothing_does_not_pass_where_one_of_its_cases_saw_a_violation() -> None:
    listed = catalogue(aspect("x"), aspect("y", books=("replay.hop",)))
    told = summary(listed, result("R.x.a", Verdict.PASS, "replay.hop"))
    assert words(told) == {"BASE.admit": "PASS", "R.x": "INCONCLUSIVE", "R.y": "FAIL"}
    assert "replay.hop" in told.aspects[1].reasons[0][1]


def test_a_violation_that_no_aspect_books_is_its_cases_own() -> None:
    told = summary(catalogue(aspect("x")), result("R.x.a", Verdict.PASS, "replay.hop"))
    assert words(told)["R.x"] == "FAIL"


def test_a_case_that_saw_a_foreign_violation_and_broke_off_shows_nothing_of_its_own_aspect() -> None:
    listed = catalogue(aspect("x"), aspect("y", books=("replay.hop",)))
    told = summary(listed, result("R.x.a", Verdict.INCONCLUSIVE, "replay.hop"))
    assert words(told)["R.x"] == "INCONCLUSIVE"
    assert words(told)["R.y"] == "FAIL"


@pytest.mark.parametrize("later", [Verdict.PASS, Verdict.ERROR, Verdict.INCONCLUSIVE])
def test_no_rerun_and_no_error_removes_a_violation(later: Verdict) -> None:
    listed = catalogue(aspect("x", books=("replay.hop",)))
    told = summary(listed, result("R.x.a", Verdict.PASS, "replay.hop"), result("R.x.a", later))
    assert words(told)["R.x"] == "FAIL"


def test_a_rerun_does_not_heal_an_error() -> None:
    told = summary(catalogue(aspect("x")), result("R.x.a", Verdict.ERROR), result("R.x.a"))
    assert words(told)["R.x"] == "ERROR"


def test_a_failed_base_turns_only_a_pass_that_needs_it_into_inconclusive() -> None:
    listed = catalogue(
        aspect("needs", needs=("BASE.admit",)),
        aspect("failed", needs=("BASE.admit",), books=("replay.hop",)),
        aspect("error", needs=("BASE.admit",)),
        aspect("free"),
    )
    told = summary(
        listed,
        result("BASE.admit.a", Verdict.INCONCLUSIVE),
        result("R.failed.a", Verdict.PASS, "replay.hop"),
        result("R.error.a", Verdict.ERROR),
    )
    assert words(told) == {
        "BASE.admit": "INCONCLUSIVE",
        "R.needs": "INCONCLUSIVE",
        "R.failed": "FAIL",
        "R.error": "ERROR",
        "R.free": "PASS",
    }


def test_a_base_case_that_saw_a_foreign_violation_still_works() -> None:
    listed = catalogue(aspect("x", needs=("BASE.admit",)), aspect("y", books=("plaintext.uplink",)))
    told = summary(listed, result("BASE.admit.a", Verdict.PASS, "plaintext.uplink"))
    assert words(told) == {"BASE.admit": "PASS", "R.x": "PASS", "R.y": "FAIL"}


def test_a_base_that_was_not_selected_changes_nothing() -> None:
    listed = catalogue(aspect("x", needs=("BASE.admit",)))
    cases = {"R.x.a", "R.x.b"}
    told = summarise(listed, Bounds(statement=STATEMENT), cases, [result(case) for case in sorted(cases)])
    assert words(told)["R.x"] == "PASS"
    assert told.partial
    assert told.exit_code == 0


def test_a_lost_case_is_an_error() -> None:
    listed = catalogue(aspect("x"))
    heard = [one for one in passed(listed) if one.case != "R.x.b"]
    told = summarise(listed, Bounds(statement=STATEMENT), set(listed.cases), heard)
    assert words(told)["R.x"] == "ERROR"
    assert told.aspects[1].reasons[0][1].startswith("lost")


def test_one_lost_parameter_of_a_case_is_an_error() -> None:
    listed = catalogue(aspect("x"))
    selected = {*listed.cases, "R.x.b[two]"}
    told = summarise(listed, Bounds(statement=STATEMENT), selected, passed(listed))
    assert words(told)["R.x"] == "ERROR"


def test_a_run_that_was_stopped_does_not_show_the_rest() -> None:
    listed = catalogue(aspect("x"))
    told = summarise(
        listed, Bounds(statement=STATEMENT), set(listed.cases), [result("BASE.admit.a")], stopped=True
    )
    assert words(told) == {"BASE.admit": "PASS", "R.x": "NOT SHOWN"}
    assert told.exit_code == 6


def test_recommended_aspects_set_neither_exit_code_nor_requirement() -> None:
    listed = catalogue(aspect("x"), aspect("y", level="recommended", books=("replay.hop",)))
    told = summary(listed, result("R.y.a", Verdict.PASS, "replay.hop"))
    assert words(told)["R.y"] == "FAIL"
    assert requirements(told)["R"] is Verdict.PASS
    assert told.exit_code == 0


def test_the_reading_sets_the_level() -> None:
    listed = catalogue(aspect("x", level={"analysis": "mandatory", "proposal": "recommended"}))
    changed = result("R.x.a", Verdict.INCONCLUSIVE)
    assert summary(listed, changed).exit_code == 6
    proposal = Bounds(statement=STATEMENT, reading="proposal")
    assert summary(listed, changed, bounds=proposal).exit_code == 0


def test_a_claim_makes_a_recommended_aspect_mandatory() -> None:
    listed = catalogue(
        aspect("x"),
        aspect("y", level="recommended", mandatory_where=Condition(when="groupcast_integrity", equals=True)),
    )
    changed = result("R.y.a", Verdict.INCONCLUSIVE)
    assert summary(listed, changed).exit_code == 0
    claims = Bounds(statement=replace(STATEMENT, groupcast_integrity=True))
    assert summary(listed, changed, bounds=claims).exit_code == 6


def test_recommended_aspects_alone_pass_no_requirement() -> None:
    told = summary(catalogue(aspect("x", level="recommended")))
    assert requirements(told) == {"BASE": Verdict.PASS, "R": Verdict.NOT_SHOWN}


def test_no_requirement_passes_with_its_mandatory_aspects_not_applicable() -> None:
    by_any = Condition(when="owners", equals="any-member", because="anybody may own")
    listed = catalogue(aspect("x", not_applicable=(by_any,)), aspect("y", level="recommended"))
    bounds = Bounds(statement=replace(STATEMENT, owners="any-member"))
    told = summary(
        listed,
        result("R.x.a", Verdict.NOT_APPLICABLE),
        result("R.x.b", Verdict.NOT_APPLICABLE),
        bounds=bounds,
    )
    assert words(told)["R.x"] == "NOT APPLICABLE"
    assert requirements(told)["R"] is Verdict.NOT_SHOWN


def test_a_derived_clause_stands_outside_the_overall_verdict() -> None:
    listed = catalogue(aspect("x"), derived=[aspect("z", books=("replay.hop",))])
    told = summary(listed, result("D.z.a", Verdict.PASS, "replay.hop"))
    assert requirements(told)["D"] is Verdict.FAIL
    assert (told.overall, told.exit_code) == (Verdict.PASS, 0)


def test_the_scope_says_what_has_to_be_shown() -> None:
    listed = catalogue(aspect("x"), aspect("l", method="lab", capability="clone"))
    changed = result("R.l.a", Verdict.INCONCLUSIVE)
    air = summary(listed, changed)
    assert (air.exit_code, requirements(air)["R"]) == (0, Verdict.PASS)
    lab = summary(listed, changed, bounds=Bounds(statement=STATEMENT, lab=True))
    assert (lab.exit_code, requirements(lab)["R"]) == (6, Verdict.INCONCLUSIVE)


def test_the_scope_forgives_no_violation() -> None:
    listed = catalogue(aspect("x"), aspect("l", method="lab", capability="clone", books=("storage.clear",)))
    told = summary(listed, result("R.l.a", Verdict.PASS, "storage.clear"))
    assert told.exit_code == 1


def test_inspection_is_declared_and_never_passes() -> None:
    listed = catalogue(aspect("x"), aspect("i", method="inspect", cases=()))
    assert words(summary(listed))["R.i"] == "NOT SHOWN"
    told = summary(listed, bounds=Bounds(statement=STATEMENT, declared=frozenset({"R.i"})))
    assert words(told)["R.i"] == "DECLARED"
    assert requirements(told)["R"] is Verdict.DECLARED


def test_a_companions_violation_is_an_error_of_the_case() -> None:
    listed = catalogue(aspect("x"), aspect("go", judges=("GO",), books=("admission.barred",)))
    bounds = Bounds(statement=replace(STATEMENT, group_owner="companion"))
    told = summary(
        listed,
        result("R.x.a", Verdict.PASS, "admission.barred"),
        result("R.go.a", Verdict.NOT_APPLICABLE),
        result("R.go.b", Verdict.NOT_APPLICABLE),
        bounds=bounds,
    )
    assert words(told) == {"BASE.admit": "PASS", "R.x": "ERROR", "R.go": OUT_OF_SCOPE}
    assert told.aspects[1].reasons[0][1].startswith("companion unfit")
    assert told.exit_code == 1


def test_a_companions_violation_hides_no_other() -> None:
    listed = catalogue(
        aspect("x", books=("replay.hop",)), aspect("go", judges=("GO",), books=("admission.barred",))
    )
    bounds = Bounds(statement=replace(STATEMENT, group_owner="companion"))
    told = summary(listed, result("R.x.a", Verdict.PASS, "admission.barred", "replay.hop"), bounds=bounds)
    assert words(told)["R.x"] == "FAIL"


def test_a_narrowed_run_answers_for_what_it_selected() -> None:
    listed = catalogue(aspect("x"), aspect("y", level="recommended", books=("replay.hop",)))
    bounds = Bounds(statement=STATEMENT)
    told = summarise(listed, bounds, {"R.y.a"}, [result("R.y.a", Verdict.PASS, "replay.hop")])
    assert told.partial
    assert told.exit_code == 1


def test_a_run_in_which_nothing_applies_is_an_error() -> None:
    by_any = Condition(when="owners", equals="any-member", because="anybody may own")
    listed = catalogue(aspect("x", not_applicable=(by_any,)))
    bounds = Bounds(statement=replace(STATEMENT, owners="any-member"))
    told = summarise(listed, bounds, {"R.x.a"}, [result("R.x.a", Verdict.NOT_APPLICABLE)])
    assert told.exit_code == 5
