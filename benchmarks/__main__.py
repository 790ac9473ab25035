"""``python -m benchmarks``: whole processes, on one core where the system can pin them, medians of several runs;
then where a run spends its time, and the frames that the air carries in a second."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.air import frames_a_second, frames_a_second_of_a_queue
from benchmarks.shares import LINE
from benchmarks.wire import over_the_wire

RUNS = 3
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
PASSING = "test_nothing.py"
COMMANDS: dict[str, tuple[str, ...]] = {
    "pytest without the plugin": (*PYTEST, PASSING, "-p", "no:prose_go"),
    "pytest, no target": (*PYTEST, PASSING),
    "reference, start-up": (*PYTEST, "--prose-target=reference", "--collect-only"),
    "reference, BASE alone": (*PYTEST, "--prose-target=reference", "--prose-requirement=BASE"),
    "reference, quick": (*PYTEST, "--prose-target=reference", "--prose-depth=quick"),
    "reference, standard": (*PYTEST, "--prose-target=reference"),
}


def seconds(command: tuple[str, ...], folder: str) -> tuple[float, float]:
    """Wall and processor seconds of one run of ``command`` in ``folder``. Raises if it fails."""
    before, started = os.times(), time.monotonic()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - started, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def shares(folder: str) -> str:
    """Where a standard run spends its processor time, room by room."""
    command = (*COMMANDS["reference, standard"], "-p", "benchmarks.shares")
    root = str(Path(__file__).parents[1])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    run = subprocess.run(
        command,
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    return next((line for line in run.stdout.splitlines() if line.startswith(LINE)), f"{LINE} not told")


def main() -> None:
    """Print a line a command: median wall and processor seconds. Then where the time goes, and the air."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, PASSING).write_text("def test_nothing():\n    pass\n")
        for name, command in COMMANDS.items():
            walls, used = zip(*(seconds(command, folder) for _ in range(RUNS)), strict=True)
            print(f"{name:26} wall {median(walls):6.2f} s   processor {median(used):6.2f} s", flush=True)
        print(shares(folder), flush=True)
    air = median(frames_a_second() for _ in range(RUNS))
    queue = median(frames_a_second_of_a_queue() for _ in range(RUNS))
    wire = over_the_wire()
    print("a call over the wire       " + ("no C compiler" if wire is None else f"{wire * 1e6:.0f} µs more"))
    print(f"{'the air':26} {air:,.0f} frames a second; a bare queue {queue:,.0f}")


if __name__ == "__main__":
    main()
