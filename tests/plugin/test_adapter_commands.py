"""``new-adapter`` writes what runs at once; ``check-adapter`` says what to write next, or that all is well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_prose_go.cli import main
from pytest_prose_go.commands.new_adapter import SKELETONS
from tests.targets import tiny_target
from tests.targets.misbehaving import shim

NEXT = "next  own, join, receive: nobody has joined within patience.join"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def target_of(language: str) -> str:
    """How the new adapter in ``language`` is named, built where that has to be."""
    if language == "python":
        return "my_radio.py:MyRadioTarget"
    tool = shutil.which({"c": "cc", "node": "node"}[language])
    if tool is None:
        pytest.skip(f"no {language} here")
    if language == "c":
        subprocess.run([tool, "-Wall", "-Werror", "-o", "my_radio", "my_radio.c"], check=True)
        return "exec:./my_radio"
    return "exec:node my_radio.js"


@pytest.mark.parametrize("language", sorted(SKELETONS))
def test_a_new_adapter_runs_at_once_and_is_told_what_comes_next(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new-adapter", "my_radio", "--language", language]) == 0
    target = target_of(language)
    assert target in capsys.readouterr().out.replace("'", "")
    assert main(["check-adapter", target]) == 1
    said = capsys.readouterr().out
    assert "ok    statement: my_radio 0" in said
    assert NEXT in said
    assert "2. write own" in said


def test_a_new_adapter_ends_in_a_table(tmp_path: Path) -> None:
    assert main(["new-adapter", "my_radio"]) == 0
    command = [sys.executable, "-m", "pytest", "--prose-target=my_radio.py:MyRadioTarget"]
    command += ["--prose-requirement=BASE.admit", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "BASE.admit  mandatory           1 of 1   INCONCLUSIVE" in done.stdout
    assert "declined join: 3. write join" in done.stdout


@pytest.mark.parametrize("name", ["my-radio", "1st", "", "a/b"])
def test_a_name_that_will_not_do(name: str, tmp_path: Path) -> None:
    assert main(["new-adapter", name]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept() -> None:
    Path("my_radio.py").write_text("mine")
    assert main(["new-adapter", "my_radio"]) == 2
    assert Path("my_radio.py").read_text() == "mine"


def test_what_a_target_cannot_do_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-adapter", f"{tiny_target.__file__}:TinyTarget"]) == 1
    assert "next  leave, join: a UE that left did not join again" in capsys.readouterr().out


def test_the_reference_keeps_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-adapter", "reference"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok    ") for line in said[:-1])
    assert said[-1].startswith("The contract is kept.")


def test_a_breach_is_told_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    program = f"exec:{sys.executable} {shim.__file__} segfault credentials token"
    assert main(["check-adapter", program]) == 1
    said = capsys.readouterr().out
    assert "mend  target" in said
    assert "credentials was not answered: the program was ended by SIGSEGV" in said
    assert "What to do: it crashed" in said


def test_a_name_that_leads_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-adapter", "nowhere"]) == 2
    assert "no entry point" in capsys.readouterr().err
