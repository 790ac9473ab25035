"""``prose-go`` prints the catalogue in each form, and tells what is asked wrongly."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_prose_go.cli import main
from pytest_prose_go.commands.catalogue import BEGIN, END, between


def test_the_table_names_cases_faults_and_attacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue"]) == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("  AUTH.no-credentials "))
    assert lines[place].endswith("R, air, judges GO: A UE without credentials is not admitted")
    assert [line.split()[:2] for line in lines[place + 1 : place + 4]] == [
        ["cases", "asks"],
        ["faults", "no-certificate-check"],
        ["attacks", "AUTH-21,"],
    ]
    assert "  AUTH-23: A short secret follows from one join whose nonces can be guessed" in lines
    assert re.match(r"\d+ requirements, \d+ aspects, \d+ cases, ", lines[-1])


def test_json_holds_everything_and_counts_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "--suite=go-mode", "--format=json"]) == 0
    told = json.loads(capsys.readouterr().out)
    counts = told["counts"]
    aspects = [
        aspect
        for clause in told["clauses"]
        for requirement in clause["requirement"]
        for aspect in requirement["aspect"]
    ]
    assert counts["aspects"] == len(aspects)
    assert counts["cases"] == sum(len(aspect["cases"]) for aspect in aspects)
    assert counts["attacks"] == len(told["attacks"])
    not_tested = sum(len(clause["not_tested"]) for clause in told["clauses"])
    assert len(told["tried"]) + not_tested + len(told["untried"]) == counts["attacks"]


def test_a_suite_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "--suite=elsewhere"]) == 2
    assert "there is no suite elsewhere (installed: " in capsys.readouterr().err


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "usage: prose-go" in capsys.readouterr().err


def test_a_file_is_written_between_its_marks_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    assert main(["catalogue", "--format=markdown", "--into", str(path)]) == 0
    text = path.read_text()
    assert text.startswith(f"before\n\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\n\nafter\n")
    assert "| `AUTH.no-credentials` |" in text
    assert "old" not in text.splitlines()
    assert main(["catalogue", "--format=markdown"]) == 0
    assert between(text) == capsys.readouterr().out.rstrip("\n")


def test_a_file_without_marks_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"{END}\n{BEGIN}\n")
    assert main(["catalogue", "--into", str(path)]) == 2
    assert "there are no lines" in capsys.readouterr().err
    assert path.read_text() == f"{END}\n{BEGIN}\n"
