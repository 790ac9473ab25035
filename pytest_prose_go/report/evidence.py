"""The evidence of a run: the trace of each case, as JSON lines, in a folder that only its owner may read."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest


def prepare_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises :class:`pytest.UsageError` if that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise pytest.UsageError(f"--prose-evidence={folder}: {error.strerror}: name a folder") from error


def write_trace(folder: Path, case: str, lines: bytes) -> Path:
    """Write the trace of ``case``, for its owner alone. Returns the file; an older one is replaced."""
    path = folder / f"{quote(case, safe='[]-._')}.jsonl"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(lines)
    return path
