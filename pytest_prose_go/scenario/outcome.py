"""How a case ends."""

from __future__ import annotations

from msgspec import Struct

from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.verdict import Verdict


class Inconclusive(Exception):
    """Nothing was shown: a control did not hold, or the target does not offer what the case needs."""


class CaseMisuse(Exception):
    """A case used the stage wrongly: a mistake in the suite, not in the target."""


class Play(Struct, frozen=True):
    """A move of the attacker: the index of its record, its text, and the record at which it was over (None if
    it never was)."""

    index: int
    text: str
    over: int | None


class Conclusion(Struct, frozen=True, kw_only=True):
    """The verdict of one case, with what it rests on.

    ``apart`` is the verdict with the violations left aside, ``reason`` says in a line why that one is not
    PASS. ``moves`` are the attacker's, in order; ``cast`` names the stations by their numbers;
    ``looked_for`` says what the eavesdropper searched the air for. ``failed_control`` is the kind of the
    control that ended the case, "" if none did; ``said_last`` then what stations last declined, refused or
    said in words.
    """

    verdict: Verdict
    apart: Verdict
    violations: tuple[Violation, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    not_tried: tuple[str, ...] = ()
    moves: tuple[Play, ...] = ()
    cast: tuple[str, ...] = ()
    looked_for: tuple[str, ...] = ()
    failed_control: str = ""
    said_last: tuple[str, ...] = ()
