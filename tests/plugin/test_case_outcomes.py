"""What a case shows becomes a verdict, an outcome of pytest's and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugin.conftest import verdicts

RunMini = Callable[..., pytest.RunResult]


def test_a_violation_fails_with_what_was_asked_seen_and_due(run_mini: RunMini) -> None:
    result = run_mini(joins="fail")
    assert result.ret == 1
    assert verdicts(result)["MINI.closed"] == "FAIL"
    result.stdout.fnmatch_lines(
        [
            "FAIL MINI.closed.joins: a stranger joins",
            "pCR clause 5.9: The group is closed. (MINI.closed: No stranger is admitted)",
            "asked:    nothing was asked",
            "seen:     Joined(stranger)",
            "ideal:    no such event",
            "attacker: 1. drop every frame (over); 2. double every frame",
            "stations: 0 = GO gina, 1 = rogue UE rita",
            "proof:    frame 7",
            "evidence: add --prose-evidence=DIR to keep the trace, every record of it",
            "repeat:   pytest --prose-target=mute.py:Mute --prose-case=MINI.closed.joins --prose-seed=5eed",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert sum("somebody's vulnerability" in line for line in result.outlines) == 1


def test_errors_of_one_cause_are_told_once(run_mini: RunMini) -> None:
    result = run_mini(one="error", joins="error", twice="error")
    told = [line for line in result.outlines if line.startswith(("ERROR MINI.", "ERROR BASE."))]
    assert len(told) == 1
    result.stdout.fnmatch_lines(["*more cases ended with an error that is told above", "* errors alike*"])
    assert result.ret == 1


def test_a_violation_of_another_aspect_fails_that_one(run_mini: RunMini) -> None:
    result = run_mini(joins="fail=plaintext.uplink")
    assert result.ret == 1
    assert verdicts(result) == {"BASE.admit": "PASS", "MINI.closed": "PASS", "MINI.quiet": "FAIL"}


def test_the_repeating_line_names_what_is_not_default(run_mini: RunMini) -> None:
    result = run_mini("--prose-depth=quick", "--prose-reading=proposal", twice="fail")
    line = next(line for line in result.outlines if line.startswith("repeat:"))
    assert line.endswith(
        "'--prose-case=MINI.closed.twice[a]' --prose-seed=5eed --prose-reading=proposal --prose-depth=quick"
    )


@pytest.mark.parametrize(
    ("word", "verdict", "exit_code"),
    [
        ("inconclusive", "INCONCLUSIVE", 6),
        ("error", "ERROR", 1),
        ("setup", "ERROR", 1),
        ("teardown", "ERROR", 1),
        ("raise", "INCONCLUSIVE", 6),
        ("skip", "INCONCLUSIVE", 6),
    ],
)
def test_what_is_not_shown_is_no_pass(run_mini: RunMini, word: str, verdict: str, exit_code: int) -> None:
    result = run_mini(twice=word)
    assert result.ret == exit_code
    assert verdicts(result) == {"BASE.admit": "PASS", "MINI.closed": verdict, "MINI.quiet": "PASS"}


def test_a_failed_base_function_makes_a_pass_inconclusive(run_mini: RunMini) -> None:
    result = run_mini(one="inconclusive")
    assert verdicts(result)["MINI.closed"] == "INCONCLUSIVE"
    assert verdicts(result)["MINI.quiet"] == "PASS"
    result.stdout.fnmatch_lines(["MINI.closed: INCONCLUSIVE: the base function BASE.admit does not work"])


def test_a_recommended_aspect_sets_no_exit_code(run_mini: RunMini) -> None:
    assert run_mini("--prose-reading=analysis", listens="fail=plaintext.uplink").ret == 1
    result = run_mini("--prose-reading=proposal", listens="fail=plaintext.uplink")
    assert result.ret == 0
    assert verdicts(result)["MINI.quiet"] == "FAIL"


def test_not_applicable_by_the_catalogues_table_alone(
    run_mini: RunMini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINI_OWNERS", "any-member")
    result = run_mini(listens="fail")
    assert result.ret == 0
    assert verdicts(result)["MINI.quiet"] == "NOT APPLICABLE"
    result.stdout.fnmatch_lines(["*MINI.quiet: NOT APPLICABLE: anybody may own*", "*1 not applicable*"])


def test_a_companion_is_not_judged(run_mini: RunMini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINI_GO", "companion")
    result = run_mini(listens="fail")
    assert verdicts(result) == {"BASE.admit": "PASS", "MINI.closed": "OUT OF SCOPE", "MINI.quiet": "ERROR"}
    result.stdout.fnmatch_lines(["*MINI.quiet: ERROR: companion unfit: Joined(stranger)"])
    result.stdout.no_fnmatch_line("FAIL *")
    assert result.ret == 1


def test_a_statement_below_the_floor_is_inconclusive(mini: Path, run_mini: RunMini) -> None:
    catalogue = mini / "clause_5_9" / "requirements.toml"
    catalogue.write_text(catalogue.read_text().replace("needs = [", 'floor = ["three-ues"]\nneeds = ['))
    target = Path("mute.py")
    target.write_text(target.read_text().replace("owners=", "limits=Limits(members=2), owners="))
    target.write_text(target.read_text().replace("import NOTHING", "import NOTHING, Limits"))
    result = run_mini()
    assert result.ret == 6
    assert verdicts(result)["MINI.closed"] == "INCONCLUSIVE"
    result.stdout.fnmatch_lines(["MINI.closed: INCONCLUSIVE: *three UEs in a group"])


def test_a_target_that_talks_past_the_air_is_judged_in_no_case(run_mini: RunMini) -> None:
    target = Path("mute.py")
    target.write_text(
        target.read_text()
        .replace("    join = send", "    send")
        .replace("import NOTHING", "import Joined, NOTHING, Output")
        .replace(
            "    def stop(self)",
            "    def join(self, group, *_):\n        return Output(events=(Joined(group, 'anyone'),))\n\n"
            "    def stop(self)",
        )
    )
    result = run_mini(joins="fail")
    assert result.ret == 1
    assert set(verdicts(result).values()) == {"ERROR"}
    assert sum("with no frame delivered" in line for line in result.outlines) == 1


def test_a_case_without_scenario_has_shown_nothing(mini: Path, run_mini: RunMini) -> None:
    path = mini / "clause_5_9" / "test_mini.py"
    path.write_text(path.read_text().replace("def test_listens(scenario)", "def test_listens()"))
    result = run_mini()
    assert result.ret == 1
    assert verdicts(result)["MINI.quiet"] == "ERROR"


def test_parallel_runs_show_the_same(run_mini: RunMini) -> None:
    cases = {"joins": "fail", "twice": "fail=plaintext.uplink", "listens": "inconclusive"}
    serial, parallel = run_mini("-n0", **cases), run_mini("-n2", **cases)
    assert serial.ret == parallel.ret == 1
    assert _told(serial) == _told(parallel)


def _told(result: pytest.RunResult) -> list[str]:
    start = next(index for index, line in enumerate(result.outlines) if " verdicts " in line)
    end = next(index for index, line in enumerate(result.outlines) if " short test summary " in line)
    return result.outlines[start + 1 : end]


def test_a_dead_worker_costs_its_case_and_no_other(run_mini: RunMini) -> None:
    result = run_mini("-n2", joins="die")
    assert result.ret == 1
    assert verdicts(result) == {"BASE.admit": "PASS", "MINI.closed": "ERROR", "MINI.quiet": "PASS"}
    result.stdout.fnmatch_lines(["MINI.closed: ERROR: the process that ran it died*"])


def test_cases_that_no_worker_is_left_for_are_lost(run_mini: RunMini) -> None:
    result = run_mini("-n1", "--max-worker-restart=0", joins="die")
    assert result.ret == 1
    assert verdicts(result) == {"BASE.admit": "PASS", "MINI.closed": "ERROR", "MINI.quiet": "ERROR"}
    result.stdout.fnmatch_lines(["*ERROR: lost: the case was to run and nothing was heard of it"])


def test_tests_are_lost_by_name_where_no_worker_told_their_cases(run_mini: RunMini) -> None:
    result = run_mini("-n1", "--max-worker-restart=0", one="die")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["lost: *test_joins, *test_listens, *test_twice[[]a], *test_twice[[]b]"])


def test_workers_take_the_controllers_seed(run_mini: RunMini, mini: Path) -> None:
    path = mini / "clause_5_9" / "test_mini.py"
    path.write_text(
        path.read_text().replace(
            "    told = Told(word)\n",
            "    told = Told(word)\n    seed = request.node.stash[CASE_KEY].seed.hex()\n"
            "    open(os.environ['SEEDS'] + case, 'a').write(seed + chr(10))\n",
        )
    )
    seeds = Path("seeds")
    seeds.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEDS", f"{seeds.resolve()}/")
        run_mini("-n0")
        run_mini("-n2")
    drawn = {path.name: path.read_text().split() for path in seeds.iterdir()}
    assert all(len(seen) == 2 and len(set(seen)) == 1 for seen in drawn.values())
    assert len({seen[0] for seen in drawn.values()}) == 5


def test_a_case_that_shows_nothing_says_which_control_and_where_to_look(run_mini: RunMini) -> None:
    result = run_mini(joins="inconclusive")
    result.stdout.fnmatch_lines(
        [
            "INCONCLUSIVE MINI.closed.joins: a stranger joins",
            "control that did not hold: told so",
            "look at:  patience.join in the statement*",
            "stations: 0 = GO gina, 1 = rogue UE rita",
            "said:     gina declined join: no wish",
            "evidence: *",
            "repeat:   pytest *",
        ]
    )


def test_a_violation_beside_the_point_of_its_case_says_so_and_what_led_to_it(run_mini: RunMini) -> None:
    result = run_mini(joins="fail=plaintext.uplink")
    result.stdout.fnmatch_lines(
        [
            "FAIL MINI.closed.joins: a stranger joins",
            "breaks MINI.quiet, beside the point of this case: Nothing leaks",
            "asked:    *",
            "seen:     Joined(stranger)",
            "ideal:    *",
            "attacker: *",
            "stations: *",
            "proof:    frame 7",
            "evidence: *",
            "repeat:   *",
        ]
    )


def test_a_pass_of_secrecy_says_what_was_looked_for(run_mini: RunMini) -> None:
    result = run_mini()
    result.stdout.fnmatch_lines(
        ["MINI.quiet: nothing found of: payloads of 3 sendings (in MINI.quiet.listens)"]
    )
    result.stdout.no_fnmatch_line("*MINI.closed: nothing found*")
    assert "vulnerability" not in result.stdout.str()
    assert "nothing found" not in run_mini(listens="fail=plaintext.uplink").stdout.str()


def test_evidence_is_kept_for_its_owner_alone(run_mini: RunMini) -> None:
    result = run_mini("--prose-evidence=proofs", joins="fail")
    kept = Path("proofs").resolve()
    cases = {
        "BASE.admit.one",
        "MINI.closed.joins",
        "MINI.closed.twice[a]",
        "MINI.closed.twice[b]",
        "MINI.quiet.listens",
    }
    assert {path.name for path in kept.iterdir()} == {"run.json", "journal.jsonl"} | {
        case + ending for case in cases for ending in (".trace.jsonl", ".svg", ".pcapng")
    }
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    assert b'"type":"Ended"' in (kept / "MINI.closed.joins.trace.jsonl").read_bytes()
    result.stdout.fnmatch_lines(
        [f"evidence: {kept}/MINI.closed.joins.trace.jsonl (the trace; its chart, .svg, *"]
    )


def test_evidence_wants_a_folder(run_mini: RunMini) -> None:
    Path("proofs").write_text("a file")
    result = run_mini("--prose-evidence=proofs")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--prose-evidence=*: File exists: name a folder*"])
