"""The journal of a run: what it was asked, and each case's trace and result, on disk the moment it ends.

A folder for its owner alone: ``run.json`` says what was asked, ``journal.jsonl`` has an entry a line in the order in
which things came, and each case's trace stands in a file of its own, written before its entry. A run that is killed
loses the case that it was at, and nothing else. Several processes write to one journal.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from msgspec import Struct

from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.verdict import CaseResult

HEADER = "run.json"
ENTRIES = "journal.jsonl"
_TRACE = ".trace.jsonl"
BESIDE = (".svg", ".pcapng")
"""The endings of what is drawn of a trace, beside it."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a run was asked for: two runs with equal fields try the same.

    ``suites`` maps each suite's name to the digest of its files and the plugin's.
    """

    target: str
    seed: str
    reading: str
    scope: str
    depth: str
    requirements: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    isolate: bool = False
    suites: dict[str, str] = {}


class Header(Struct, frozen=True, kw_only=True):
    """The first thing written. ``isolation`` says which isolation held, ``started`` is POSIX seconds."""

    asked: Asked
    statement: Statement
    isolation: str
    started: float


class Kept(Struct, frozen=True, tag="case"):
    """A case ended with this result, at this time (POSIX seconds)."""

    result: CaseResult
    at: float


class Resumed(Struct, frozen=True, tag="resumed"):
    """The run was broken off, and goes on from here."""

    at: float


class Finished(Struct, frozen=True, tag="finished"):
    """The run came to its end, with this exit code."""

    at: float
    exit_code: int


class Collected(Struct, frozen=True, tag="collected"):
    """The cases that the run was to try."""

    cases: tuple[str, ...]


Line = Kept | Resumed | Finished | Collected


class JournalError(Exception):
    """The journal cannot be written or read; the text says which, where and what to do."""


class Record(Struct, frozen=True, kw_only=True):
    """A journal as read. ``torn`` counts lines that were being written when the run was killed."""

    header: Header
    lines: tuple[Line, ...]
    torn: int

    @property
    def results(self) -> dict[str, CaseResult]:
        """The result of each case that ended; of one with several, the last."""
        return {line.result.case: line.result for line in self.lines if isinstance(line, Kept)}

    @property
    def expected(self) -> tuple[str, ...]:
        """The cases that the run was to try, as last collected."""
        collected = [line.cases for line in self.lines if isinstance(line, Collected)]
        return collected[-1] if collected else ()

    @property
    def resumed(self) -> int:
        """How often the run was broken off and went on."""
        return sum(isinstance(line, Resumed) for line in self.lines)

    @property
    def finished(self) -> Finished | None:
        """Its end, None if it never came."""
        last = self.lines[-1] if self.lines else None
        return last if isinstance(last, Finished) else None


class Journal:
    """Writes to the journal in ``folder``, from any process of the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, header: Header) -> None:
        """Start a journal: an older one in the folder is replaced, with its traces.

        Raises :class:`pytest.UsageError` if the folder cannot be made or written.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._clear()
            _write(self.folder / HEADER, msgspec.json.format(msgspec.json.encode(header)))
            _write(self.folder / ENTRIES, b"")
        except OSError as error:
            raise pytest.UsageError(
                f"--prose-evidence={self.folder}: {error.strerror}: name a folder that can be written"
            ) from error

    def _clear(self) -> None:
        """Remove what an older run left here: only files that a journal names."""
        try:
            old = read(self.folder)
        except JournalError:
            return
        for case in old.results:
            trace = trace_file(self.folder, case)
            for path in (trace, *(beside(trace, ending) for ending in BESIDE)):
                path.unlink(missing_ok=True)

    def keep_trace(self, case: str, lines: bytes) -> Path:
        """Write the trace of a case. Returns the file; an older one is replaced."""
        path = trace_file(self.folder, case)
        _write(path, lines)
        return path

    def add(self, line: Line) -> None:
        """Add an entry, whole or not at all."""
        data = msgspec.json.encode(line) + b"\n"
        # The lock ends with the process that holds it, so the last byte says whether an entry is torn.
        handle = os.open(self.folder / ENTRIES, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                data = b"\n" + data  # after a line that a killed process left torn
            os.write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)


def trace_file(folder: Path, case: str) -> Path:
    """Where the trace of ``case`` stands in ``folder``."""
    return folder / f"{quote(case, safe='[]-._')}{_TRACE}"


def beside(trace: Path, ending: str) -> Path:
    """The file beside a trace's, of the same name with another ending."""
    return trace.with_name(trace.name.removesuffix(_TRACE) + ending)


def read(folder: Path) -> Record:
    """The journal in ``folder``. Raises :class:`JournalError` if there is none."""
    header = folder / HEADER
    try:
        begun = msgspec.json.decode(header.read_bytes(), type=Header)
        raw = (folder / ENTRIES).read_bytes()
    except OSError as error:
        raise JournalError(f"{error.filename}: {error.strerror}: no journal of a run is there") from error
    except msgspec.MsgspecError as error:
        raise JournalError(f"{header}: {error}: that is no journal of this version") from error
    lines, torn = [], 0
    decoder = msgspec.json.Decoder(Line)
    for line in raw.split(b"\n"):
        if line:
            try:
                lines.append(decoder.decode(line))
            except msgspec.MsgspecError:
                torn += 1
    return Record(header=begun, lines=tuple(lines), torn=torn)


def differences(here: Asked, there: Asked) -> list[str]:
    """What differs between two runs' questions, a line each."""
    return [
        f"{name} is {getattr(here, name)!r} here and {getattr(there, name)!r} there"
        for name in Asked.__struct_fields__
        if getattr(here, name) != getattr(there, name)
    ]


def _write(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, and have it on disk before going on."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
