"""``prose-go qualify`` on a family that is not the reference's, from the command line to the files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pytest_prose_go.qualify.qualification import FaultResult, Qualification

ROOT = Path(__file__).parents[2]
FAMILY = "tests.qualify.vendors_family"


def _qualify(folder: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest_prose_go.cli", "qualify", *arguments]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": "--no-such-option"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("vendor")
    (folder / "conftest.py").write_text("raise RuntimeError('this project is no matter of the trials')\n")
    (folder / "matrix.md").write_text(
        "before\n<!-- prose-go qualify -->\n<!-- end of the qualification -->\nafter\n"
    )
    arguments = [
        f"--target-family={FAMILY}",
        "--only=faults",
        "--expected-cases",
        "-n",
        "2",
        "--into=matrix.md",
    ]
    return _qualify(folder, arguments), folder


def _faults(folder: Path) -> dict[str, FaultResult]:
    told = (folder / "qualification" / "qualification.json").read_bytes()
    return {fault.identifier: fault for fault in msgspec.json.decode(told, type=Qualification).faults}


def test_a_fault_is_killed_by_the_case_that_finds_it_first(
    ran: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    found = _faults(ran[1])["found"]
    assert found.found == "killed"
    assert len(found.killers) == 1
    assert found.killers[0].startswith("PROT.confidential-uplink.")
    assert f"--prose-target={FAMILY}:talks_in_clear" in found.repeat


def test_what_fails_elsewhere_is_wrongly_tagged(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    mistaken = _faults(ran[1])["mistaken"]
    assert mistaken.found == "wrongly tagged"
    assert "PROT.confidential-uplink" in mistaken.unexpected


def test_a_fault_that_is_none_survives(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    assert _faults(ran[1])["harmless"].found == "survived"


def test_a_trial_whose_process_died_is_told_and_the_others_go_on(
    ran: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    deadly = _faults(ran[1])["deadly"]
    assert deadly.found == "error"
    assert "crashed while running" in deadly.problem


def test_the_suite_is_not_proven_and_says_why(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, _ = ran
    assert done.returncode == 1, done.stderr
    assert "NOT PROVEN: 1 of 4 faults killed" in done.stdout
    assert "fault harmless survives (open: It stands here to survive.)" in done.stdout
    assert done.stdout.count("PARTIAL") == 1


def test_a_log_gets_no_moving_line(ran: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, _ = ran
    assert done.stderr.splitlines()[-1].startswith("4 of 4 trials")
    assert "\r" not in done.stderr
    assert "\x1b" not in done.stderr


def test_the_page_stands_alone_and_escapes_what_it_tells(
    ran: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    page = (ran[1] / "qualification" / "qualification.html").read_text()
    assert "reads &lt;all&gt; that is said" in page
    assert "<all>" not in page
    assert "<svg" in page
    assert "<script" not in page
    assert "http" not in page


def test_the_document_has_the_matrix_between_its_lines(
    ran: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    text = (ran[1] / "matrix.md").read_text()
    assert text.startswith("before\n<!-- prose-go qualify -->\nHeld on ")
    assert text.endswith("<!-- end of the qualification -->\nafter\n")
    assert "| `found` |" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_module", "No module named 'no_such_module'"),
        ("json", "it has no conforming, no faults, no variants"),
        (f"{FAMILY}:nothing", "has no attribute nothing"),
    ],
)
def test_a_family_that_is_none_is_told_by_name(tmp_path: Path, name: str, said: str) -> None:
    done = _qualify(tmp_path, [f"--target-family={name}"])
    assert done.returncode == 2
    assert f"family {name!r}" in done.stderr
    assert said in done.stderr
