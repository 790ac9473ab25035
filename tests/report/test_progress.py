"""A long run says now and then how far it is; a short one says nothing."""

from __future__ import annotations

import pytest

from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.report.progress import EVERY, Progress, foreseen


def ended(verdict: Verdict) -> CaseResult:
    return CaseResult(case="A.b.c", aspect="A.b", purpose="", verdict=verdict, apart=verdict)


def test_a_short_run_says_nothing() -> None:
    progress = Progress(3, 100.0)
    for number in range(3):
        progress.begins(f"{number}")
        assert progress.ends(f"{number}", ended(Verdict.PASS), 101.0 + number) is None


def test_a_long_run_says_how_far_it_is() -> None:
    progress = Progress(10, 0.0)
    progress.begins("one")
    progress.begins("two")
    assert progress.ends("one", ended(Verdict.PASS), EVERY / 2) is None
    assert progress.ends("two", ended(Verdict.FAIL), EVERY) == (
        "prose: 2 of 10 cases done; 1 FAIL, 1 PASS; about 2 min left"
    )
    progress.begins("three")
    progress.begins("four")
    assert progress.ends("three", None, EVERY + 1) is None
    line = progress.ends("none that began", None, 2 * EVERY)
    assert line == "prose: 4 of 10 cases done; 1 FAIL, 1 PASS; about 90 s left; running four"


def test_the_last_case_needs_no_word() -> None:
    progress = Progress(1, 0.0)
    progress.begins("one")
    assert progress.ends("one", None, 10 * EVERY) is None


@pytest.mark.parametrize(
    ("cases", "patience", "processes", "told"),
    [
        (180, 0.3, 1, "some 4 min; most of it is waiting, which -n 8 shares out"),
        (180, 0.3, 4, "some 63 s"),
        (180, 10.0, 4, "some 23 min"),
        (10, 0.3, 1, None),
    ],
)
def test_the_time_that_a_real_clock_will_take(
    cases: int, patience: float, processes: int, told: str | None
) -> None:
    line = foreseen(cases, patience, 3.0, processes)
    assert line is None if told is None else line is not None and line.endswith(told)
