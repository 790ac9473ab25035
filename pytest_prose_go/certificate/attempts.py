"""The vendor's record of attempts: every run that was started for a certificate, also those that came to none.

A file beside the bundle, a line an attempt. It is only the vendor's word: whoever keeps it can cut it, which is what a
certifier's challenge is for.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

FILE = "prose-attempts.jsonl"


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt at a certificate. ``product`` is the digest of what the target is made of, ``outcome`` the title of
    what was signed ("" as long as nothing was)."""

    started: float
    target: str
    product: str
    seed: str
    outcome: str = ""


def recorded(path: Path) -> tuple[Attempt, ...]:
    """The earlier attempts, with whatever product: a changed byte makes another. Lines that cannot be read are left
    out."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    attempts: dict[float, Attempt] = {}
    for line in lines:
        try:
            attempt = msgspec.json.decode(line, type=Attempt)
        except msgspec.MsgspecError:
            continue
        attempts[attempt.started] = attempt
    return tuple(attempts.values())


def record(path: Path, attempt: Attempt) -> None:
    """Add a line for ``attempt``; a later line of the same start replaces an earlier one when read."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, msgspec.json.encode(attempt) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
