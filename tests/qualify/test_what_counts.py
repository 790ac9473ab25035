"""The rules of a qualification, on outcomes written by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.family import Family, Fault, Variant
from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.qualify.families import FamilyError, read_families
from pytest_prose_go.qualify.plan import Asked, sampled, trials
from pytest_prose_go.qualify.qualification import (
    Circumstances,
    Qualification,
    as_json,
    qualify,
    schema,
)
from pytest_prose_go.qualify.trial import CaseOutcome, Outcome, Trial
from pytest_prose_go.suites import folders

ASPECT, OTHER = "PROT.integrity", "AUTH.no-credentials"
FAULT = Fault(identifier="one", sentence="It is wrong.", target="x:one", breaks=ASPECT)
VARIANT = Variant(
    identifier="odd", sentence="It is odd.", target="x:odd", expected={OTHER: "INCONCLUSIVE"}, because="odd"
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(folders()[0])


def _family(*, faults: tuple[Fault, ...] = (), variants: tuple[Variant, ...] = ()) -> Family:
    return Family(name="x", conforming="x", conforming_expected={}, faults=faults, variants=variants)


def _saw(case: str, *aspects: str, apart: Verdict = Verdict.PASS) -> CaseOutcome:
    verdict = Verdict.FAIL if aspects else apart
    return CaseOutcome(case=case, verdict=verdict, apart=apart, booked=dict.fromkeys(aspects, "seen"))


def _qualified(
    catalogue: Catalogue,
    family: Family,
    key: str,
    outcome: Outcome,
    which: str = "all",
    accept_open: bool = False,
) -> Qualification:
    sort, _, identifier = key.split(":")
    asked = Asked(seed="s", depth="standard", which=which)  # type: ignore[arg-type]
    trial = Trial(sort=sort, family="x", identifier=identifier, target="x", seed="s", depth="standard")  # type: ignore[arg-type]
    where = Circumstances(plugin="0", date="2026-01-01", processes=1, seconds=1.0)
    return qualify([catalogue], [family], asked, [(trial, outcome)], where, accept_open)


def _one_fault(
    catalogue: Catalogue, *cases: CaseOutcome, fault: Fault = FAULT, accept_open: bool = False
) -> Qualification:
    outcome = Outcome(key="fault:x:one", cases=cases)
    return _qualified(catalogue, _family(faults=(fault,)), outcome.key, outcome, accept_open=accept_open)


def test_a_fault_is_killed_under_its_aspect(catalogue: Catalogue) -> None:
    told = _one_fault(catalogue, _saw(f"{ASPECT}.a", ASPECT), _saw(f"{ASPECT}.b"))
    assert told.faults[0].found == "killed"
    assert told.faults[0].killers == (f"{ASPECT}.a",)
    assert [(rate.requirement, rate.killed, rate.faults) for rate in told.rates] == [("PROT", 1, 1)]
    assert told.proven


def test_a_case_that_broke_down_kills_nothing(catalogue: Catalogue) -> None:
    told = _one_fault(catalogue, _saw(f"{ASPECT}.a", ASPECT, apart=Verdict.ERROR))
    assert told.faults[0].found == "error"
    assert not told.proven


def test_a_kill_does_not_excuse_a_wrong_tag(catalogue: Catalogue) -> None:
    told = _one_fault(catalogue, _saw(f"{ASPECT}.a", ASPECT, OTHER))
    assert told.faults[0].found == "wrongly tagged"
    assert told.faults[0].unexpected == (OTHER,)
    assert told.rates[0].killed == 0
    assert not told.proven


def test_what_the_fault_is_said_to_break_beside_is_no_wrong_tag(catalogue: Catalogue) -> None:
    fault = Fault(identifier="one", sentence="", target="x:one", breaks=ASPECT, may_break=(OTHER,))
    told = _one_fault(catalogue, _saw(f"{ASPECT}.a", ASPECT, OTHER), fault=fault)
    assert told.faults[0].found == "killed"


def test_only_under_another_of_its_aspects_is_no_kill(catalogue: Catalogue) -> None:
    fault = Fault(identifier="one", sentence="", target="x:one", breaks=ASPECT, also_breaks=(OTHER,))
    assert _one_fault(catalogue, _saw(f"{OTHER}.a", OTHER), fault=fault).faults[0].found == "survived"


@pytest.mark.parametrize(("accept_open", "proven"), [(False, False), (True, True)])
def test_an_open_survivor_counts_unless_it_is_accepted(
    catalogue: Catalogue, accept_open: bool, proven: bool
) -> None:
    fault = Fault(identifier="one", sentence="", target="x:one", breaks=ASPECT, open="too rare")
    told = _one_fault(catalogue, _saw(f"{ASPECT}.a"), fault=fault, accept_open=accept_open)
    assert told.faults[0].found == "survived"
    assert told.rates[0].killed == 0
    assert told.proven is proven


def test_what_is_open_no_more_must_lose_its_word(catalogue: Catalogue) -> None:
    fault = Fault(identifier="one", sentence="", target="x:one", breaks=ASPECT, open="too rare")
    told = _one_fault(catalogue, _saw(f"{ASPECT}.a", ASPECT), fault=fault, accept_open=True)
    assert told.because == ("fault one was open and is killed: take its word out",)


def test_a_lost_trial_is_no_proof(catalogue: Catalogue) -> None:
    outcome = Outcome(key="fault:x:one", problem="lost")
    told = _qualified(catalogue, _family(faults=(FAULT,)), outcome.key, outcome)
    assert told.faults[0].found == "error"
    assert not told.proven


def test_sole_killers_and_cases_that_kill_nothing(catalogue: Catalogue) -> None:
    case = next(name for name in catalogue.cases if name.startswith(f"{ASPECT}."))
    told = _one_fault(catalogue, _saw(f"{case}[0]", ASPECT), _saw(f"{case}[1]", ASPECT))
    assert told.sole_killers == {case: ("one",)}
    assert told.idle is not None
    assert case not in told.idle
    assert set(told.idle) == {
        name for name in catalogue.cases if name != case and not name.startswith("BASE.")
    }


def test_which_cases_earn_their_place_is_said_only_where_all_ran(catalogue: Catalogue) -> None:
    outcome = Outcome(key="fault:x:one", cases=(_saw(f"{ASPECT}.a", ASPECT),))
    told = _qualified(catalogue, _family(faults=(FAULT,)), outcome.key, outcome, which="until-killed")
    assert told.sole_killers is None
    assert told.idle is None


def _one_variant(catalogue: Catalogue, aspects: dict[str, str], *cases: CaseOutcome) -> Qualification:
    outcome = Outcome(key="variant:x:odd", cases=cases, aspects=aspects)
    return _qualified(catalogue, _family(variants=(VARIANT,)), outcome.key, outcome)


def test_a_variant_is_as_expected(catalogue: Catalogue) -> None:
    told = _one_variant(catalogue, {ASPECT: "PASS", OTHER: "INCONCLUSIVE"})
    assert told.variants[0].conforms == "as expected"
    assert told.proven


def test_a_fail_of_any_case_is_a_false_alarm(catalogue: Catalogue) -> None:
    told = _one_variant(catalogue, {ASPECT: "FAIL", OTHER: "INCONCLUSIVE"}, _saw(f"{ASPECT}.a", ASPECT))
    assert told.variants[0].conforms == "false alarm"
    assert not told.proven


@pytest.mark.parametrize("aspects", [{ASPECT: "INCONCLUSIVE"}, {OTHER: "PASS"}])
def test_other_verdicts_than_expected_are_told(catalogue: Catalogue, aspects: dict[str, str]) -> None:
    told = _one_variant(catalogue, aspects)
    assert told.variants[0].conforms == "other verdicts"
    assert not told.proven


@pytest.mark.parametrize(("aspect", "passes"), [(ASPECT, "something"), ("BASE.admit", "nothing")])
def test_a_hollow_target_may_pass_base_alone(catalogue: Catalogue, aspect: str, passes: str) -> None:
    asked = Asked(seed="s", depth="quick")
    family = _family()
    trial = next(one for one in trials([family], asked) if one.key == "hollow:hollow:silent")
    outcome = Outcome(key=trial.key, aspects={aspect: "PASS"})
    where = Circumstances(plugin="0", date="2026-01-01", processes=1, seconds=1.0)
    told = qualify([catalogue], [family], asked, [(trial, outcome)], where)
    assert next(one for one in told.hollow if one.identifier == "silent").passes == passes
    assert told.proven is (passes == "nothing")


def test_the_samples_of_all_turns_are_all_variants() -> None:
    entries = list(range(11))
    turns = [sampled(entries, 4, turn) for turn in range(11)]
    assert {len(turn) for turn in turns} == {4}
    assert {entry for turn in turns for entry in turn} == set(entries)
    assert turns[0] != turns[1]


def test_every_fault_of_the_reference_has_its_trial(catalogue: Catalogue) -> None:
    families = read_families(["reference_impl.family"], [catalogue])
    held = [trial for trial in trials(families, Asked(seed="s", depth="standard")) if trial.sort == "fault"]
    assert len(held) == len(families[0].faults) >= 100
    assert all(trial.first for trial in held)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            Fault(identifier="f", sentence="", target="", breaks="PROT.integritty"),
            "did you mean PROT.integrity",
        ),
        (SimpleNamespace(identifier="f", sentence="", target=""), "breaks"),
        (SimpleNamespace(identifier="f", sentence="", target="", breaks=7), "breaks"),
    ],
)
def test_a_fault_that_says_too_little_or_wrong_is_refused(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, fault: object, said: str
) -> None:
    family = SimpleNamespace(conforming="x", faults=lambda: [fault], variants=list)
    monkeypatch.setattr(f"{__name__}.A_FAMILY", family, raising=False)
    with pytest.raises(FamilyError, match=said):
        read_families([f"{__name__}:A_FAMILY"], [catalogue])


def test_the_published_schema_is_that_of_the_output(catalogue: Catalogue) -> None:
    published = Path(__file__).parents[2] / "docs" / "qualification.schema.json"
    assert published.read_text() == schema()
    assert '"format": 1' in as_json(_one_fault(catalogue))
