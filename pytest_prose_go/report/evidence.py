"""What a person looks at of a case: its chart and its capture, beside its trace in the journal."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_prose_go.air.trace import Trace
from pytest_prose_go.judge.verdict import CaseResult
from pytest_prose_go.report.capture import capture
from pytest_prose_go.report.sequence_chart import sequence_chart

CHART = ".svg"
CAPTURE = ".pcapng"
_TRACE = ".trace.jsonl"


def draw_case(result: CaseResult) -> None:
    """Write chart and capture beside the trace that ``result`` names, for their owner alone."""
    trace = Trace.decode(Path(result.trace).read_bytes())
    title = f"{result.case}: {result.purpose}"
    chart = sequence_chart(trace, result.violations, title, result.verdict)
    _write(beside(result.trace, CHART), chart.encode())
    _write(beside(result.trace, CAPTURE), capture(trace, f"{title}: {result.verdict}"))


def beside(trace: str, ending: str) -> Path:
    """The file beside the trace with another ending."""
    return Path(trace.removesuffix(_TRACE) + ending)


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
