"""Whole processes, measured from outside: seconds on the wall and of the processor, and the most memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Spent:
    """What one run took. ``memory`` is in bytes, of the process that had most."""

    wall: float
    processor: float
    memory: int


def environment(folder: Path) -> dict[str, str]:
    """That of a machine on which the programs have run before: compiled code is kept in ``folder``."""
    ours = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    found = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONPATH": ours}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def run(command: Iterable[str], folder: Path, output: Path | None = None) -> Spent:
    """One run in ``folder``; what it says goes to ``output``. Raises :class:`RuntimeError` if it fails."""
    started = time.monotonic()
    target = output or folder / "output"
    with target.open("w") as said:
        process = subprocess.Popen(
            tuple(command), cwd=folder, env=environment(folder), stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}:\n{target.read_text()[-2000:]}"
        )
    return Spent(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def in_turns(commands: Mapping[str, tuple[str, ...]], folder: Path, rounds: int) -> dict[str, Spent]:
    """The medians of each command, all in turns, so that what else the machine does falls on all of them. A round
    before them is not counted."""
    found: dict[str, list[Spent]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            spent = run(command, folder)
            if number or rounds == 0:
                found[name].append(spent)
    return {
        name: Spent(
            median(each.wall for each in all_of_it),
            median(each.processor for each in all_of_it),
            max(each.memory for each in all_of_it),
        )
        for name, all_of_it in found.items()
    }
