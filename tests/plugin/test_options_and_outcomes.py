"""Each option that pytest's users reach for, and what a run against a target then shows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugin.conftest import ARGUMENTS, verdicts

RunMini = Callable[..., pytest.RunResult]

ALL_PASS = {"BASE.admit": "PASS", "MINI.closed": "PASS", "MINI.quiet": "PASS"}


def test_target_alone_runs_the_installed_suite(run_mini: RunMini) -> None:
    result = run_mini()
    assert result.ret == 0
    assert verdicts(result) == ALL_PASS
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(
        ["prose target: mute.py:Mute: Mute 1.0, virtual clock", "prose run: seed 5eed,*"]
    )
    assert "PARTIAL" not in result.stdout.str()


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["-k", "joins"], {"MINI.closed": "PASS"}),
        (["-m", "requirement"], ALL_PASS),
        (["-p", "no:cacheprovider"], ALL_PASS),
        (["--strict-markers", "--strict-config"], ALL_PASS),
        (["-p", "no:xdist"], ALL_PASS),
        (["-W", "error"], ALL_PASS),
        (["--import-mode=importlib"], ALL_PASS),
        (["--prose-requirement=MINI"], {"MINI.closed": "PASS", "MINI.quiet": "PASS"}),
        (
            ["--prose-requirement=MINI.quiet", "--prose-requirement=BASE"],
            {"BASE.admit": "PASS", "MINI.quiet": "PASS"},
        ),
        (["--prose-case=MINI.closed.twice[b]"], {"MINI.closed": "PASS"}),
    ],
)
def test_options_that_narrow_or_not(run_mini: RunMini, options: list[str], left: dict[str, str]) -> None:
    result = run_mini(*options)
    assert result.ret == 0
    assert verdicts(result) == left
    assert ("PARTIAL RUN" in result.stdout.str()) == (left != ALL_PASS)


def test_first_failure_stops_and_the_rest_is_not_shown(run_mini: RunMini) -> None:
    result = run_mini("-x", one="inconclusive")
    assert result.ret == 6
    assert verdicts(result) == {
        "BASE.admit": "INCONCLUSIVE",
        "MINI.closed": "NOT SHOWN",
        "MINI.quiet": "NOT SHOWN",
    }


def test_last_failed_runs_only_what_failed(run_mini: RunMini) -> None:
    assert run_mini(listens="inconclusive").ret == 6
    result = run_mini("--lf", listens="inconclusive")
    assert verdicts(result) == {"MINI.quiet": "INCONCLUSIVE"}
    result.stdout.fnmatch_lines(["PARTIAL RUN: 1 of 4 cases*"])


def test_collect_only_judges_nothing(run_mini: RunMini) -> None:
    result = run_mini("--collect-only", "-q")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*verdict*")
    assert sum("test_mini.py::" in line for line in result.outlines) == 5


def test_junit_has_a_plain_testcase_for_each_test(run_mini: RunMini) -> None:
    run_mini("--junitxml=report.xml", joins="fail", listens="inconclusive")
    cases = list(ElementTree.parse("report.xml").iter("testcase"))
    assert len(cases) == 5
    assert {case.get("name"): [child.tag for child in case] for case in cases if len(case)} == {
        "test_joins": ["failure"],
        "test_listens": ["failure"],
    }
    failure = next(case for case in cases if case.get("name") == "test_joins")[0]
    assert "repeat:" in (failure.text or "")


def test_nothing_selected_is_an_error(run_mini: RunMini) -> None:
    assert run_mini("-m", "not requirement").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_without_the_plugin_its_options_are_unknown(pytester: pytest.Pytester, mini: Path) -> None:
    result = pytester.runpytest_subprocess(*ARGUMENTS, "-p", "no:prose_go")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_foreign_folder_named_like_the_suite_is_refused(pytester: pytest.Pytester, mini: Path) -> None:
    foreign = Path("conformance")
    foreign.mkdir()
    (foreign / "__init__.py").write_text("")
    (foreign / "test_foreign.py").write_text("def test_foreign(): pass\n")
    command = [sys.executable, "-m", "pytest", "--prose-target=mute.py:Mute", "--prose-suite=go-mode"]
    result = pytester.run(*command)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: suite go-mode: package 'conformance' in * is not the one installed*"]
    )


def test_a_foreign_package_on_the_path_is_no_other_distributions_suite(
    pytester: pytest.Pytester, mini: Path, run_mini: RunMini, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pytester.mkdir("other")
    (other / "mini_suite").mkdir()
    (other / "mini_suite" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(other))
    result = run_mini()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*package 'mini_suite' in * is not the one installed with it*"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--prose-requirement=MIMI"], "*there is no MIMI; did you mean MINI*"),
        (["--prose-case=MINI.closed.join"], "*there is no MINI.closed.join; did you mean MINI.closed.joins*"),
        (["--prose-target=mute.py:Mut"], "*Mut*"),
        (["--prose-target=nobody"], "*nobody*"),
        (["--prose-suite=maxi"], "*there is no suite maxi (installed: *mini)*"),
        (["-n2", "--dist=loadgroup"], "*--dist loadgroup loses cases*"),
        (["-n2", "--dist=loadscope"], "*--dist loadscope loses cases*"),
        (["-n2", "--dist=loadfile"], "*--dist loadfile loses cases*"),
        (["-n2", "--dist=each"], "*--dist each loses cases*"),
    ],
)
def test_settings_that_make_no_run_are_usage_errors(
    run_mini: RunMini, options: list[str], message: str
) -> None:
    result = run_mini(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_narrowing_without_a_target_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--prose-case=MINI.closed.joins")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *need --prose-target=NAME"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"MINI.quiet", case',
            '"MINI.quite", case',
            "*there is no aspect MINI.quite; did you mean MINI.quiet*",
        ),
        ('case="listens"', 'case="hears"', "*the catalogue lists no case MINI.quiet.hears*"),
        (
            '@pytest.mark.requirement("MINI.quiet", case="listens")',
            "",
            "*a suite's test without @pytest.mark*",
        ),
        (
            '("MINI.quiet", case="listens")',
            '("MINI.closed", case="joins")',
            "*MINI.closed.joins stands 2 times*",
        ),
    ],
)
def test_tests_out_of_step_with_the_catalogue_are_usage_errors(
    mini: Path, run_mini: RunMini, old: str, new: str, message: str
) -> None:
    path = mini / "clause_5_9" / "test_mini.py"
    path.write_text(path.read_text().replace(old, new))
    result = run_mini()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_explicit_paths_win_over_the_suite(run_mini: RunMini) -> None:
    Path("test_own.py").write_text("def test_own(): pass\n")
    result = run_mini("test_own.py")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*MINI*")


def test_a_vendors_own_case_counts_for_its_run(run_mini: RunMini) -> None:
    Path("test_own.py").write_text(
        "from mini_suite.clause_5_9.test_mini import Told\n"
        "from pytest_prose_go.scenario_key import SCENARIO_KEY\n"
        "def test_own(request):\n"
        "    request.node.stash[SCENARIO_KEY] = Told('fail')\n"
    )
    result = run_mini("test_own.py")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["seen:     Joined(stranger)", "repeat:   pytest *test_own.py::test_own*"])


def test_without_a_target_nothing_is_changed(pytester: pytest.Pytester) -> None:
    Path("test_own.py").write_text(
        "import sys\n"
        "HEAVY = {'cryptography', 'allure', 'hypothesis', 'msgspec'}\n"
        "def test_own():\n"
        "    import pytest_prose_go.plugin\n"
        "    assert not HEAVY & sys.modules.keys()\n"
    )
    result = pytester.runpytest_subprocess(
        "-W", "error", "-p", "no:allure_pytest", "-p", "no:hypothesispytest", "-p", "no:randomly"
    )
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*prose target*")
