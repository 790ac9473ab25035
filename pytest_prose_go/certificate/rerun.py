"""The run of a bundle, made again here from its seed: equal verdicts, case by case."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from pytest_prose_go.certificate import journal
from pytest_prose_go.certificate.bundle import RESULTS, RUN, deflated, trace_name, unpacked
from pytest_prose_go.certificate.envelope import strict_json
from pytest_prose_go.judge.verdict import CaseResult


def differing(data: bytes, target: str, room: Path, call: Callable[[Sequence[str]], int]) -> list[str]:
    """Run the suite against ``target`` with the seed and bounds of the bundle ``data`` (one that was verified), in
    folder ``room``. Returns what came out otherwise, a line each. ``call`` runs a command and returns its exit code.

    Bytes are compared only where the target says that it can be repeated. The stations run in this process.
    """
    members = unpacked(data)
    payload = base64.b64decode(strict_json(members[RUN])["payload"])
    signed = strict_json(payload)["predicate"]
    evidence = room / "evidence"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(room), f"--prose-target={target}", f"--prose-seed={signed['seed']}"]
    command += [f"--prose-{name}={signed[name]}" for name in ("reading", "scope", "depth")]
    command.append(f"--prose-suite={signed['suite']['name']}")
    code = call([*command, f"--prose-evidence={evidence}"])
    try:
        record = journal.read(evidence)
    except journal.JournalError as error:
        return [f"run again: it came to no end (exit code {code}): {error}"]
    there = msgspec.json.decode(members[RESULTS], type=list[CaseResult])
    here = record.results
    wrong = [
        f"{result.case}: {result.verdict} in the bundle, {here[result.case].verdict} when run again"
        if result.case in here
        else f"{result.case}: in the bundle, and not run here"
        for result in there
        if result.case not in here or here[result.case].verdict is not result.verdict
    ]
    if record.header.statement.repeatable:
        for case in sorted(here.keys() & {result.case for result in there}):
            path = journal.trace_file(evidence, case)
            if path.is_file() and members.get(trace_name(case)) != deflated(path.read_bytes()):
                wrong.append(f"{case}: repeatable, and another trace when run again")
    return wrong
