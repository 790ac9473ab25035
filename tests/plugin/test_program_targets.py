"""A run whose target is a program: it outlives the program's death, and Ctrl-C ends both in order."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_prose_go.targets.leftovers import MARK

LIMIT = 120
"""Seconds after which a run that does not end is ended."""
ROOT = Path(__file__).resolve().parents[2]
ADAPTER = """
import os, sys, time
from pathlib import Path
from pytest_prose_go.contract import Statement
from msgspec.structs import replace
from tests.targets.tiny_target import TinyStation, TinyTarget

HERE = Path(__file__).parent

class Station(TinyStation):
    def leave(self, group, now):
        print("about to die", file=sys.stderr, flush=True)
        os._exit(9)

    def stop(self):
        raise RuntimeError("it does not stop")

    def remove(self, group, member, now):
        if (HERE / "hangs").exists():
            with open(HERE / "hangs", "w") as waiting:
                waiting.write(str(os.getpid()))
            time.sleep(3600)
        return super().remove(group, member, now)

class Target(TinyTarget):
    statement = replace(TinyTarget.statement, call_deadline=3600.0)
    station_class = Station
"""


def command(folder: Path, *words: str) -> list[str]:
    """A run against the adapter above as a program."""
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    program = f"{sys.executable} -m pytest_prose_go.targets.host {folder}/adapter.py:Target"
    run = [sys.executable, "-m", "pytest", f"--prose-target=exec:{program}", "--prose-seed=1"]
    return [*run, "-q", "-p", "no:cacheprovider", *words]


def hears(pipe: Path) -> int:
    """The number that is written to ``pipe``, within :data:`LIMIT` seconds."""
    number = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        waiting = select.poll()
        waiting.register(number, select.POLLIN)
        assert waiting.poll(LIMIT * 1000)
        return int(os.read(number, 100))
    finally:
        os.close(number)


@pytest.fixture
def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_the_run_goes_on_when_the_program_dies(tmp_path: Path, environment: dict[str, str]) -> None:
    cases = ["--prose-requirement=BASE.leave", "--prose-requirement=BASE.remove"]
    done = subprocess.run(
        command(tmp_path, *cases), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "INTERNALERROR" not in done.stdout
    verdicts = dict(re.findall(r"^  (BASE\.\w+) .* (\w+)$", done.stdout, re.MULTILINE))
    assert verdicts == {"BASE.leave": "ERROR", "BASE.remove": "PASS"}
    assert "leave was not answered: the program ended with exit code 9" in done.stdout
    assert "about to die" in done.stdout
    assert "PytestWarning: target exec" in done.stdout
    assert "stop raised RuntimeError: it does not stop" in done.stdout


def test_ctrl_c_keeps_what_is_finished_and_ends_the_program(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    os.mkfifo(tmp_path / "hangs")
    cases = ["--prose-requirement=BASE.admit", "--prose-requirement=BASE.remove"]
    with subprocess.Popen(
        command(tmp_path, *cases), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            hanging = hears(tmp_path / "hangs")
            run.send_signal(signal.SIGINT)
            said, _ = run.communicate(timeout=LIMIT)
        finally:
            run.kill()
    assert run.returncode == 2
    assert "BASE.admit" in said
    assert "PASS" in next(line for line in said.splitlines() if line.startswith("  BASE.admit"))
    assert not os.path.exists(f"/proc/{hanging}")
    assert MARK not in os.environ
