"""What a program says on stderr is evidence of its case; ``--prose-debug`` stops beside the device."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = """
import os, sys
from tests.targets.tiny_target import TinyStation, TinyTarget

class Station(TinyStation):
    def own(self, group, credentials, now, claim=None):
        print("line", os.getpid(), file=sys.stderr)
        if LEAKS:
            print("key is", credentials.secret_parts[0].hex(), file=sys.stderr)
        return super().own(group, credentials, now, claim)

    def leave(self, group, now):
        for number in range(100):
            print("word", number, file=sys.stderr)
        raise RuntimeError("no leave today")

class Target(TinyTarget):
    station_class = Station
"""


def run(folder: Path, *words: str, leaks: bool = False, typed: str = "") -> subprocess.CompletedProcess[str]:
    """A run against the adapter above as a program."""
    (folder / "adapter.py").write_text(f"LEAKS = {leaks}\n{ADAPTER}", encoding="utf-8")
    program = f"{sys.executable} -m pytest_prose_go.targets.host {folder}/adapter.py:Target"
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"--prose-target=exec:{program}",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_last_lines_of_stderr_stand_under_a_red_case_and_all_in_its_evidence(tmp_path: Path) -> None:
    done = run(tmp_path, "--prose-requirement=BASE.leave", "--prose-evidence=kept")
    _, _, section = done.stdout.partition("stderr of process")
    lines = [line for line in section.splitlines() if line.startswith("word ")]
    assert lines == [f"word {number}" for number in range(60, 100)]
    kept = [path.read_text(encoding="utf-8") for path in (tmp_path / "kept").rglob("*.jsonl")]
    assert any("word 0\\nword 1\\n" in text for text in kept)


def test_a_case_that_passes_shows_none(tmp_path: Path) -> None:
    done = run(tmp_path, "--prose-requirement=BASE.admit")
    assert done.returncode == 0
    assert "stderr of process" not in done.stdout


def test_a_secret_on_stderr_is_a_violation(tmp_path: Path) -> None:
    done = run(tmp_path, "--prose-requirement=BASE.admit", leaks=True)
    assert done.returncode == 1
    assert "STORE.never-shown: FAIL" in done.stdout


def test_debug_stops_and_tells_the_processes(tmp_path: Path) -> None:
    done = run(tmp_path, "--prose-case=BASE.admit.joins", "--prose-debug", typed="\n")
    assert done.returncode == 0
    assert "0 = GO" in done.stdout
    assert "1 = UE" in done.stdout
    assert "press Enter" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--prose-requirement=BASE"], "name it by --prose-case=ID"),
        (["--prose-case=BASE.admit.joins", "-n1"], "leave -n out"),
    ],
)
def test_debug_needs_one_case_in_one_process(words: list[str], said: str, tmp_path: Path) -> None:
    done = run(tmp_path, *words, "--prose-debug")
    assert done.returncode == 4
    assert said in done.stdout + done.stderr
