"""Verdicts: of a case, an aspect, a requirement and a run. Knows neither air nor target."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from pytest_prose_go.judge.finding import Violation


class Verdict(StrEnum):
    """The verdicts, after ISO/IEC 9646, with the two of an aspect that no case settles."""

    FAIL = "FAIL"
    ERROR = "ERROR"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_SHOWN = "NOT SHOWN"
    DECLARED = "DECLARED"
    PASS = "PASS"
    NOT_APPLICABLE = "NOT APPLICABLE"


ORDER = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_SHOWN,
    Verdict.DECLARED,
    Verdict.PASS,
)
"""From worst to best. NOT APPLICABLE is left out of every sum."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of ``verdicts``; NOT APPLICABLE if nothing else is among them (or nothing at all)."""
    present = set(verdicts)
    return next((verdict for verdict in ORDER if verdict in present), Verdict.NOT_APPLICABLE)


class CaseResult(Struct, frozen=True, kw_only=True):
    """What one case showed: the one record that travels between processes and into every report.

    ``case`` is the permanent id, ``aspect`` the aspect that it tests. ``verdict`` is the case's own,
    before the run is known (a failed base function is laid over it later). ``violations`` may name
    other aspects than ``aspect``; ``apart`` is the verdict with the violations left aside: whether the case
    ran to its end with its controls good. ``reason`` says in a line why ``apart`` is not PASS; ``notes`` say
    what was looked for, counted or only a lead; ``not_tried`` what the target does not offer; ``looked_for``
    what the eavesdropper searched the air for. ``failed_control`` is the kind of the control that did not
    hold, if one ended the case, and ``said_last`` what stations then last said. Of a FAIL, ``moves`` are the
    attacker's up to what the first violation rests on. ``cast`` names the stations by their numbers;
    ``trace`` is the file of the evidence, if one was written.
    """

    case: str
    aspect: str
    purpose: str
    verdict: Verdict
    apart: Verdict
    violations: tuple[Violation, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    not_tried: tuple[str, ...] = ()
    looked_for: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    failed_control: str = ""
    said_last: tuple[str, ...] = ()
    seed: str = ""
    seconds: float = 0.0
    repeat: str = ""
    trace: str = ""
