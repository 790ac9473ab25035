"""What a call costs over the wire: the C shim beside the same call in this process."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from pytest_prose_go.targets.guard import GuardedTarget
from pytest_prose_go.targets.naming import find_target
from tests.targets.tiny_target import TinyTarget

CALLS = 3000
SHIM = Path(__file__).resolve().parents[1] / "examples" / "c_shim"


def seconds_a_call(target: GuardedTarget) -> float:
    """The median of :data:`CALLS` calls of ``wake`` on a station of ``target``."""
    station = target.station("idle", 1, [], bytes(32))
    spent = []
    for number in range(CALLS):
        started = perf_counter()
        station.wake(float(number))
        spent.append(perf_counter() - started)
    target.close()
    return median(spent)


def over_the_wire() -> float | None:
    """Seconds that a call of the C shim takes more than one in this process; None where it cannot be built."""
    if shutil.which("make") is None or shutil.which("cc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SHIM, folder, dirs_exist_ok=True)
        if subprocess.run(["make", "-s", "-B"], cwd=folder, check=False).returncode:
            return None
        program = seconds_a_call(find_target(f"exec:{folder}/c_shim")())
    return program - seconds_a_call(GuardedTarget(TinyTarget(), "tiny"))
