"""A run that is killed loses the case that it was at, and nothing else; it goes on where it was."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_prose_go.certificate import journal
from pytest_prose_go.judge.verdict import Verdict
from tests.certificate.conftest import SUITE, installed
from tests.certificate.test_verify import CASES

SEED = "5eed"


def command(evidence: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        "-q",
        "--prose-target=reference",
        f"--prose-suite={SUITE}",
        f"--prose-evidence={evidence}",
        *options,
    ]


def run(evidence: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(evidence, *options), cwd=evidence.parent, capture_output=True, text=True, check=False
    )


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture(scope="module")
def whole(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a run that came to its end."""
    evidence = tmp_path_factory.mktemp("whole") / "evidence"
    with installed(site):
        assert run(evidence, f"--prose-seed={SEED}").returncode == 0
    return evidence


@pytest.fixture
def ended(whole: Path, evidence: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(whole, evidence))


def drop_after(evidence: Path, cases: int) -> None:
    """Leave the journal as a run leaves it that was killed after so many cases, in the middle of a line."""
    path = evidence / journal.ENTRIES
    lines = path.read_bytes().split(b"\n")
    at = [number for number, line in enumerate(lines) if b'"type":"case"' in line]
    path.write_bytes(b"\n".join(lines[: at[cases]]) + b"\n" + lines[at[cases]][:40])
    for case in CASES[cases:]:
        journal.trace_file(evidence, case).unlink()


def test_each_line_is_an_entry(ended: Path) -> None:
    path = ended / journal.ENTRIES
    assert all(json.loads(line)["type"] for line in path.read_text().splitlines())
    path.write_bytes(path.read_bytes()[:-9])
    journal.Journal(ended).add(journal.Resumed(at=1.0))
    assert journal.read(ended).torn == 1
    assert path.read_bytes().endswith(b'\n{"type":"resumed","at":1.0}\n')


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_run_that_was_killed_goes_on(ended: Path, workers: tuple[str, ...]) -> None:
    evidence = ended
    whole = journal.read(evidence)
    drop_after(evidence, 2)
    assert list(journal.read(evidence).results) == CASES[:2]
    assert journal.read(evidence).torn == 1
    told = run(evidence, "--prose-resume", *workers)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "3 passed" in told.stdout
    assert "went on after it was broken off: 2 cases were done" in told.stdout
    again = journal.read(evidence)
    assert again.resumed == 1
    assert set(again.expected) == set(CASES)
    assert again.finished is not None
    assert {case: result.verdict for case, result in again.results.items()} == {
        case: result.verdict for case, result in whole.results.items()
    }
    assert {path.name for path in evidence.glob("*.trace.jsonl")} == {
        journal.trace_file(evidence, case).name for case in CASES
    }


def test_a_run_that_had_ended_has_nothing_left_to_do(ended: Path) -> None:
    told = run(ended, "--prose-resume")
    assert told.returncode == 0
    assert "overall (reading analysis, scope air, 3 aspects): PASS" in told.stdout


def test_another_run_is_not_gone_on_with(ended: Path) -> None:
    told = run(ended, "--prose-resume", "--prose-depth=quick")
    assert told.returncode == pytest.ExitCode.USAGE_ERROR
    assert "was asked something else: depth is 'quick' here and 'standard' there" in told.stderr
    told = run(ended, "--prose-resume", "--prose-seed=other")
    assert told.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"began with --prose-seed={SEED}" in told.stderr


def test_there_is_nothing_to_go_on_with(evidence: Path) -> None:
    told = run(evidence, "--prose-resume")
    assert told.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no journal of a run is there" in told.stderr


def test_a_new_run_removes_what_the_old_one_wrote_and_nothing_else(ended: Path) -> None:
    evidence = ended
    own = evidence / "own.txt"
    own.write_text("mine")
    assert run(evidence, f"--prose-seed={SEED}", f"--prose-case={CASES[0]}").returncode == 0
    assert [path.name for path in evidence.glob("*.trace.jsonl")] == [f"{CASES[0]}.trace.jsonl"]
    assert own.read_text() == "mine"


def test_a_failed_case_is_kept_with_its_violation(evidence: Path) -> None:
    line = command(evidence, "--prose-target=reference:foreign-authority-accepted")
    subprocess.run(line, cwd=evidence.parent, capture_output=True, check=False)
    failed = journal.read(evidence).results[CASES[1]]
    assert failed.verdict is Verdict.FAIL
    assert {violation.kind for violation in failed.violations} == {"admission.foreign-authority"}


def _killed(evidence: Path, moment: float, workers: tuple[str, ...]) -> int:
    """Kill a run, all its processes at once, so many seconds after its first entry. Returns how many cases it kept."""
    process = subprocess.Popen(
        command(evidence, f"--prose-seed={SEED}", *workers),
        cwd=evidence.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    entries = evidence / journal.ENTRIES
    while not entries.exists() and not _ends_within(process, 0.01):
        pass
    if not _ends_within(process, moment):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return len(journal.read(evidence).results)


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_hundred_runs_that_are_killed(evidence: Path, workers: tuple[str, ...]) -> None:
    moments = random.Random(11)
    for _ in range(50):
        kept = _killed(evidence, moments.uniform(0, 2.5), workers)
        record = journal.read(evidence)
        for case, result in record.results.items():
            assert journal.trace_file(evidence, case).is_file()
            assert result.verdict is Verdict.PASS
        told = run(evidence, "--prose-resume", *workers)
        assert told.returncode == 0, (kept, told.stdout, told.stderr)
        assert set(journal.read(evidence).results) == set(CASES)


def test_the_header_tells_what_was_asked(ended: Path) -> None:
    header = json.loads((ended / journal.HEADER).read_text())
    assert header["asked"]["seed"] == SEED
    assert header["statement"]["product"] == "pytest-prose-go reference"
