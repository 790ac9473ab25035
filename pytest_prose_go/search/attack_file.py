"""An attack in a file: small JSON, to be looked at, kept in a folder and played again."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_prose_go.judge.finding import Kind
from pytest_prose_go.search.steps import AnyStep

FORMAT = 1
SUFFIX = ".attack.json"


class AttackFileError(ValueError):
    """A file that holds no attack; the text names it and what is wrong."""


class Attack(Struct, frozen=True, kw_only=True):
    """An attack that showed a violation of ``kind``, booked to ``aspect``, when it was played on ``target`` with the
    lots of ``seed``. ``seen`` is what the target then did; ``repeats`` says in how many of so many plays it showed."""

    format: int = FORMAT
    kind: Kind
    aspect: str
    seen: str
    target: str
    seed: str
    repeats: tuple[int, int] = (1, 1)
    steps: tuple[AnyStep, ...]


def write(folder: Path, attack: Attack, chart: str) -> Path:
    """Write the attack into ``folder``, with its sequence chart beside it, for their owner alone: it may be
    somebody's vulnerability. Returns the file; one of the same kind is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{attack.kind}{SUFFIX}"
    _write(path, msgspec.json.format(msgspec.json.encode(attack), indent=2) + b"\n")
    _write(path.with_name(f"{attack.kind}.svg"), chart.encode())
    return path


def read(path: Path) -> Attack:
    """The attack in a file. Raises :class:`AttackFileError`."""
    try:
        attack = msgspec.json.decode(path.read_bytes(), type=Attack)
    except OSError as error:
        raise AttackFileError(f"{path}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise AttackFileError(f"{path}: {error}") from error
    if attack.format != FORMAT:
        raise AttackFileError(f"{path}: its format is {attack.format}, and {FORMAT} is what can be read")
    return attack


def files(path: Path) -> list[Path]:
    """The attack's file itself, or those in a folder, by name. Raises :class:`AttackFileError` if there is none."""
    found = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not found or not all(each.is_file() for each in found):
        raise AttackFileError(f"{path}: no attack is there (*{SUFFIX})")
    return found


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
