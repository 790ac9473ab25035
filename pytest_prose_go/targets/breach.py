"""How a target's mistakes are told: one clear block naming who, which call, what came and what to do."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from pytest_prose_go.contract import Output

FRAMES_TOLD = 3
_OWN_FOLDER = Path(__file__).resolve().parent


class TargetError(Exception):
    """The target broke the contract, or its adapter failed. The case's verdict is ERROR.

    ``station`` is the label of the device ("" for the target itself), ``call`` the contract's method,
    ``got`` what came instead of a good answer, ``remedy`` what the adapter's author can do, ``partial``
    the valid frames and events of the very output that broke the contract (None if there were none),
    ``origin`` where the target comes from.
    """

    def __init__(
        self,
        station: str,
        call: str,
        got: str,
        remedy: str,
        partial: Output | None = None,
        origin: str = "",
    ) -> None:
        super().__init__(station, call, got, remedy, partial, origin)
        self.station = station
        self.call = call
        self.got = got
        self.remedy = remedy
        self.partial = partial
        self.origin = origin

    def __str__(self) -> str:
        who = f"target {self.origin}" if self.origin else "target"
        if self.station:
            who += f", station {self.station}"
        return f"{who}: {self.call} {self.got}\n  What to do: {self.remedy}"


class MisfitError(Exception):
    """An answer that does not fit the contract; the guard adds who gave it and to which call.

    ``spoils_target``: whether the whole target is of no more use, and not only the station that gave it.
    """

    spoils_target = False

    def __init__(self, got: str, remedy: str, partial: Output | None = None) -> None:
        super().__init__(got, remedy)
        self.got = got
        self.remedy = remedy
        self.partial = partial


def brief(value: object, most: int = 80) -> str:
    """``value`` in at most about ``most`` characters, with its type; never raises."""
    try:
        text = repr(value)
    except Exception:
        text = "(its repr fails)"
    if len(text) > most:
        text = text[: most - 1] + "…"
    return f"{text} ({type(value).__name__})"


def said(raised: BaseException) -> str:
    """Type and message of an exception, and the last frames of the adapter's code that it came through."""
    return f"{_named(raised)}{where(raised.__traceback__)}"


def where(trail: TracebackType | None) -> str:
    """The last frames of ``trail`` outside this package, one a line (nothing if there are none)."""
    frames = [frame for frame in traceback.extract_tb(trail) if not _is_own(frame.filename)]
    lines = [
        f"\n  {_short(frame.filename)}:{frame.lineno} in {frame.name}: {frame.line or ''}".rstrip(": ")
        for frame in frames[-FRAMES_TOLD:]
    ]
    return "".join(lines)


def _named(raised: BaseException) -> str:
    try:
        message = str(raised)
    except Exception:
        message = "(its message fails)"
    if len(message) > 500:
        message = message[:499] + "…"
    name = type(raised).__name__
    return f"{name}: {message}" if message else name


def _is_own(filename: str) -> bool:
    return Path(filename).parent == _OWN_FOLDER


def _short(filename: str) -> str:
    path = Path(filename)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(Path(*path.parts[-2:]))
