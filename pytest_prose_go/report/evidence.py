"""What a person looks at of a case: its chart and its capture, beside its trace in the journal."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_prose_go.air.trace import Trace
from pytest_prose_go.certificate.journal import beside, trace_file
from pytest_prose_go.judge.verdict import CaseResult
from pytest_prose_go.report.capture import capture
from pytest_prose_go.report.sequence_chart import sequence_chart

CHART = ".svg"
CAPTURE = ".pcapng"


def draw_case(folder: Path, result: CaseResult, lines: bytes, redact: bool) -> None:
    """Write chart and capture of the trace in ``lines`` beside where the trace of the case stands in ``folder``, for
    their owner alone; with ``redact`` no capture, and a chart without payloads."""
    trace = Trace.decode(lines)
    title = f"{result.case}: {result.purpose}"
    place = trace_file(folder, result.case)
    chart = sequence_chart(trace, result.violations, title, result.verdict, redact)
    _write(beside(place, CHART), chart.encode())
    if not redact:
        _write(beside(place, CAPTURE), capture(trace, f"{title}: {result.verdict}"))


def chart_of(folder: Path, case: str) -> str:
    """The chart of a case in ``folder``, "" if there is none."""
    try:
        return beside(trace_file(folder, case), CHART).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
