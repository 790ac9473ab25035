"""The files of the installed suite, and what they amount to: two installations with one digest judge alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

PLUGIN = "pytest_prose_go"
_LEFT_OUT = ("__pycache__",)


def digests(folders: Iterable[Path]) -> dict[str, str]:
    """SHA-256 in hex of every file of the plugin and of the suites in ``folders``, by name (a package and a
    path in it, with forward slashes)."""
    plugin = Path(str(resources.files(PLUGIN)))
    found: dict[str, str] = {}
    for folder in (plugin, *folders):
        found |= tree_digests(folder)
    return found


def tree_digests(folder: Path) -> dict[str, str]:
    """SHA-256 in hex of every file in ``folder``, by its path from the folder's parent; compiled files are left
    out, as Python makes them anew from the others."""
    return {
        path.relative_to(folder.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not set(path.parts) & set(_LEFT_OUT)
    }


def digest(files: Mapping[str, str]) -> str:
    """One SHA-256 in hex over names and digests, in order of name."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{files[name]}  {name}\n".encode())
    return whole.hexdigest()
