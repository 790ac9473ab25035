"""Known failures: marked and never forgiven, and an entry that no longer holds is red."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.conftest import verdicts

RunMini = Callable[..., pytest.RunResult]

ENTRY = {
    "case": '"MINI.closed.joins"',
    "aspect": '"MINI.closed"',
    "reason": '"the check is switched off"',
    "link": '"issue 7"',
    "expires": "2999-01-01",
}


def entry(**changed: str) -> str:
    return "[[known]]\n" + "".join(f"{name} = {value}\n" for name, value in {**ENTRY, **changed}.items())


def known(*entries: str) -> Path:
    path = Path("prose-known-failures.toml")
    path.write_text("\n".join(entries))
    return path


def test_a_known_failure_is_marked_and_stays_a_failure(run_mini: RunMini) -> None:
    known(entry())
    result = run_mini(joins="fail")
    assert verdicts(result) == {"BASE.admit": "PASS", "MINI.closed": "FAIL (known)", "MINI.quiet": "PASS"}
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*verdict overall*: FAIL", "known failures: 1 of 1 *"])


def test_a_failure_beside_the_known_one_is_not_known(run_mini: RunMini) -> None:
    known(entry())
    result = run_mini(joins="fail", twice="fail")
    assert verdicts(result)["MINI.closed"] == "FAIL"
    result.stdout.fnmatch_lines(["known failures: 1 of 3 *"])


def test_an_entry_matches_the_aspect_that_was_broken(run_mini: RunMini) -> None:
    known(entry(aspect='"MINI.quiet"'))
    result = run_mini(joins="fail=plaintext.uplink")
    assert verdicts(result)["MINI.quiet"] == "FAIL (known)"


@pytest.mark.parametrize(
    ("changed", "cases", "said"),
    [
        ({}, {}, "known failure MINI.closed.joins of MINI.closed: did not fail: the case is PASS:*"),
        ({}, {"joins": "inconclusive"}, "*did not fail: the case is INCONCLUSIVE:*"),
        ({}, {"joins": "error"}, "*did not fail: the case is ERROR:*"),
        ({}, {"joins": "fail=plaintext.uplink"}, "*did not fail: the case fails other aspects:*"),
        ({"case": '"MINI.closed.twice[c]"'}, {}, "*did not fail: that run of the case did not take place:*"),
        ({"expires": "2024-02-29"}, {"joins": "fail"}, "*: expired on 2024-02-29: *switched off*"),
    ],
)
def test_an_entry_that_does_not_hold_is_red(
    run_mini: RunMini, changed: dict[str, str], cases: dict[str, str], said: str
) -> None:
    known(entry(**changed))
    result = run_mini(**cases)
    assert result.ret == 1
    result.stdout.fnmatch_lines([said])
    assert "FAIL (known)" not in result.stdout.str()


def test_an_entry_of_a_case_that_was_not_selected_is_left_alone(run_mini: RunMini) -> None:
    known(entry())
    result = run_mini("--prose-requirement=MINI.quiet")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*did not fail*")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[known]\n", "*prose-known-failures.toml: *line 1*"),
        (entry(expiry="2999-01-01"), "*unknown field `expiry`*known[[]0]*"),
        (entry(expires='"soon"'), "*known[[]0].expires*a date like 2031-12-24*"),
        (entry(expires="2999-02-30"), "*prose-known-failures.toml: *"),
        (entry(case='"MINI.closed.join"'), "*known[[]0]: there is no case MINI.closed.join; did you mean*"),
        (entry(aspect='"MINI.close"'), "*known[[]0]: there is no aspect MINI.close; did you mean*"),
        (entry(reason='" "'), "*known[[]0]: its reason is empty*"),
        (entry() + entry(), "*known[[]1]: *stand twice*"),
    ],
)
def test_a_broken_file_is_a_usage_error_with_its_place(run_mini: RunMini, text: str, said: str) -> None:
    known(text)
    result = run_mini()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_a_file_that_is_named_must_be_there(run_mini: RunMini) -> None:
    result = run_mini("--prose-known-failures=elsewhere.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*elsewhere.toml: No such file*"])


def test_what_is_written_on_request_is_known_in_the_next_run(run_mini: RunMini) -> None:
    cases = {"joins": "fail", "twice": "fail=plaintext.uplink"}
    written = run_mini("--prose-write-known-failures=written.toml", **cases)
    written.stdout.fnmatch_lines(["written as known: 3 failures, *"])
    result = run_mini("--prose-known-failures=written.toml", **cases)
    assert verdicts(result)["MINI.closed"] == verdicts(result)["MINI.quiet"] == "FAIL (known)"
    result.stdout.fnmatch_lines(["known failures: 3 of 3 *"])


def test_what_was_known_keeps_its_reason_when_it_is_written_again(run_mini: RunMini) -> None:
    path = known(entry(reason=r'"a \"quoted\" reason"'), entry(case='"MINI.closed.twice[a]"'))
    run_mini(f"--prose-write-known-failures={path}", joins="fail")
    text = path.read_text()
    assert r'reason = "a \"quoted\" reason"' in text
    assert "expires = 2999-01-01" in text
    assert "twice" not in text


def test_workers_mark_the_same(run_mini: RunMini) -> None:
    known(entry(), entry(case='"MINI.closed.twice[a]"'))
    result = run_mini("-n2", joins="fail")
    assert verdicts(result)["MINI.closed"] == "FAIL (known)"
    assert sum("did not fail" in line for line in result.outlines) == 1
