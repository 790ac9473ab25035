"""What Allure is told of a run: the catalogue's tree, each verdict apart, the evidence, and the cases that no process
was left to tell of; and nothing that tells others of the reader."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_prose_go.cli import main
from pytest_prose_go.commands.allure import foreign_hosts, stripped
from pytest_prose_go.report.allure_labels import categories, identity
from pytest_prose_go.report.steps import MOST_STEPS, steps
from tests.plugin.conftest import mini, run_mini
from tests.report.traces import altered, long

__all__ = ["mini", "run_mini"]

RunMini = Callable[..., pytest.RunResult]
Told = dict[str, Any]

ANALYTICS = """<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments);}
  gtag('js', new Date());
</script>
"""


def results(folder: str = "results") -> dict[str, Told]:
    """The results in a folder, by name. None stands twice."""
    told = [json.loads(path.read_text()) for path in Path(folder).glob("*-result.json")]
    by_name = {one["name"]: one for one in told}
    assert len(by_name) == len(told)
    return by_name


def labels(result: Told) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


def category(result: Told) -> list[str]:
    """The names of the categories that Allure 2 would sort the result into."""
    said = result.get("statusDetails", {}).get("message", "")
    return [
        str(one["name"])
        for one in categories()
        if result["status"] in one["matchedStatuses"]  # type: ignore[operator]
        and re.fullmatch(str(one["messageRegex"]), said)
    ]


@pytest.fixture
def every_verdict(run_mini: RunMini, monkeypatch: pytest.MonkeyPatch) -> dict[str, Told]:
    monkeypatch.setenv("MINI_OWNERS", "any-member")
    run_mini("--alluredir=results", one="error", joins="fail", twice="inconclusive")
    return results()


def test_each_verdict_is_told_apart(every_verdict: dict[str, Told]) -> None:
    seen = {}
    for name, result in every_verdict.items():
        found = category(result)
        assert len(found) == 1, name
        verdict = labels(result)["verdict"]
        assert result["statusDetails"]["message"].startswith(f"{verdict} {name}: ")
        assert found[0].startswith(f"{verdict}: ")
        seen[name] = (verdict, result["status"])
    assert seen == {
        "BASE.admit.one": ("ERROR", "broken"),
        "MINI.closed.joins": ("FAIL", "failed"),
        "MINI.closed.twice[a]": ("INCONCLUSIVE", "broken"),
        "MINI.closed.twice[b]": ("INCONCLUSIVE", "broken"),
        "MINI.quiet.listens": ("NOT APPLICABLE", "skipped"),
    }


def test_the_tree_is_the_catalogues_and_sorts_by_name(every_verdict: dict[str, Told]) -> None:
    places = {name: labels(result) for name, result in every_verdict.items()}
    joins = places["MINI.closed.joins"]
    assert joins["epic"] == "1 5.9: Miniature clause"
    assert joins["feature"] == "1.2 MINI: Miniature requirement"
    assert joins["story"] == "1.2.1 MINI.closed.joins: a stranger joins"
    assert joins["severity"] == "critical"
    assert joins["seed"] == "5eed"
    by_name = sorted(places, key=lambda name: (places[name]["story"], name))
    assert by_name == [
        "BASE.admit.one",
        "MINI.closed.joins",
        "MINI.closed.twice[a]",
        "MINI.closed.twice[b]",
        "MINI.quiet.listens",
    ]


def test_severity_follows_the_level(run_mini: RunMini) -> None:
    run_mini("--alluredir=results", "--prose-reading=proposal", "--prose-requirement=MINI.quiet")
    assert labels(results()["MINI.quiet.listens"])["severity"] == "minor"


def test_parameters_and_evidence_are_told(every_verdict: dict[str, Told]) -> None:
    assert every_verdict["MINI.closed.twice[a]"]["parameters"] == [{"name": "way", "value": "'a'"}]
    attached = {one["name"]: one for one in every_verdict["MINI.closed.joins"]["attachments"]}
    assert set(attached) == {"FAIL", "sequence chart", "capture", "proof", "looked for, and noted"}
    content = {name: (Path("results") / one["source"]).read_bytes() for name, one in attached.items()}
    assert content["FAIL"].startswith(b"FAIL MINI.closed.joins: a stranger joins\n")
    assert b"<svg" in content["sequence chart"]
    assert content["capture"].startswith(bytes.fromhex("0a0d0d0a"))
    assert json.loads(content["proof"])[0]["proof"] == "frame 7"
    assert attached["sequence chart"]["type"] == "image/svg+xml"
    # The charts stood in a folder that has gone with the run: nothing may send a reader there.
    assert b"evidence: add --prose-evidence=DIR" in content["FAIL"]


def test_redacted(run_mini: RunMini) -> None:
    run_mini("--alluredir=results", "--prose-redact", joins="fail")
    assert {path.suffix for path in Path("results").iterdir()} == {".json", ".svg", ".txt", ".properties"}
    assert "frame 7" not in "".join(path.read_text() for path in Path("results").iterdir())
    assert not {"host", "thread"} & labels(results()["MINI.closed.joins"]).keys()


def test_the_controller_tells_of_cases_that_no_worker_could(
    run_mini: RunMini, every_verdict: dict[str, Told]
) -> None:
    run_mini("-n1", "--max-worker-restart=0", "--alluredir=workers", one="fail", joins="die")
    told = results("workers")
    assert {name: labels(result)["verdict"] for name, result in told.items()} == {
        "BASE.admit.one": "FAIL",
        "MINI.closed.joins": "ERROR",
        "MINI.closed.twice[a]": "ERROR",
        "MINI.closed.twice[b]": "ERROR",
        "MINI.quiet.listens": "ERROR",
    }
    for name, result in told.items():
        for key in ("historyId", "testCaseId", "fullName"):
            assert result[key] == every_verdict[name][key] == identity(name)[key]
    died, lost = told["MINI.closed.joins"], told["MINI.closed.twice[a]"]
    assert died["status"] == lost["status"] == "broken"
    assert category(died) == category(lost) == ["ERROR: no word on security"]
    assert died["statusDetails"]["message"].startswith(
        "ERROR MINI.closed.joins: the process that ran it died"
    )
    assert "lost" in lost["statusDetails"]["message"]
    written, real = labels(died), labels(every_verdict["MINI.closed.joins"])
    same = (
        "epic",
        "feature",
        "story",
        "severity",
        "aspect",
        "suite",
        "subSuite",
        "parentSuite",
        "case",
        "seed",
    )
    assert {key: written[key] for key in same} == {key: real[key] for key in same}


def test_a_resumed_run_tells_of_all(run_mini: RunMini) -> None:
    run_mini("--prose-evidence=kept", "--alluredir=first", "--prose-case=BASE.admit.one", joins="fail")
    journal = Path("kept/run.json")
    journal.write_text(journal.read_text().replace('"BASE.admit.one"', "").replace("[\n      \n    ]", "[]"))
    run_mini("--prose-evidence=kept", "--prose-resume", "--alluredir=results")
    assert len(results()) == 5
    assert labels(results()["BASE.admit.one"])["verdict"] == "PASS"


def test_the_run_is_described(run_mini: RunMini, mini: Path) -> None:
    target = Path("mute.py")
    target.write_text(target.read_text().replace('product="Mute"', 'product="Mute é\\n x=1"'))
    run_mini("--alluredir=results", "--clean-alluredir", joins="fail")
    lines = Path("results/environment.properties").read_text(encoding="ascii").splitlines()
    assert "verdict=FAIL" in lines
    assert "seed=5eed" in lines
    assert "product=Mute \\u00e9\\n x=1" in lines
    assert json.loads(Path("results/executor.json").read_text())["name"] == "pytest-prose-go"
    assert json.loads(Path("results/categories.json").read_text()) == categories()


def test_allure_3_is_given_the_same_categories(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["allure", "config"]) == 0
    given = re.findall(r'category\("([^"]+)", "(\w+)", "([^"]+)"\)', capsys.readouterr().out)
    assert given == [
        (one["name"], one["matchedStatuses"][0], re.sub(r"\\(.)", r"\1", str(one["messageRegex"])[4:-3]))  # type: ignore[index]
        for one in categories()
    ]


def test_the_steps_are_controls_moves_and_violations() -> None:
    trace, violations = altered()
    lines = [step.line for step in steps(trace, violations)]
    assert lines == [
        "0.000 s  stations: 0 = honest gina, 1 = honest alice",
        "2.000 s  control: they are joined",
        "3.000 s  attacker: flip bit 0 of byte 2 (frames: 1 altered)",
        "3.001 s  VIOLATION origin.altered: gina received 6 bytes that nobody sent, as from alice",
        "4.000 s  attacker: drop all (frames: 1 kept)",
        "5.000 s  attacker: replay frame 2 (frames: 1 replayed, 1 injected)",
    ]
    assert [step.violated for step in steps(trace, violations)].count(True) == 1


def test_many_steps_are_counted_but_no_violation_is_left_out() -> None:
    from pytest_prose_go.air.trace import Moved

    trace, violations = long(0), altered()[1]
    for number in range(3, 3 * MOST_STEPS):
        trace.append(Moved(trace.records[-1].at + 1, number, "drop", f"drop {number}"))
    told = steps(trace, violations)
    assert len(told) <= MOST_STEPS + 2
    assert any("more steps" in step.text for step in told)
    assert any(step.violated for step in told)


def test_a_report_is_stripped_of_what_tells_of_its_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = '<script src="data:text/javascript;base64,QQ=="></script><a href="https://example.org/">x</a>'
    page = tmp_path / "report" / "index.html"
    page.parent.mkdir()
    page.write_text(f"<html>{kept}{ANALYTICS}</html>")
    assert list(foreign_hosts(page.read_text())) == ["www.googletagmanager.com"]
    assert main(["allure", "strip", str(page.parent)]) == 0
    assert "2 scripts taken out" in capsys.readouterr().out
    assert page.read_text() == f"<html>{kept}\n\n</html>"
    assert main(["allure", "strip", str(page.parent)]) == 0
    assert "0 scripts" in capsys.readouterr().out


def test_what_strip_cannot_take_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "index.html"
    page.write_text("<html><img src=//beacon.example/x.gif></html>")
    assert main(["allure", "strip", str(page)]) == 1
    assert "beacon.example" in capsys.readouterr().err
    assert main(["allure", "strip", str(tmp_path / "nothing")]) == 2
    assert stripped("<script>let x = 1</script>") == ("<script>let x = 1</script>", 0)
