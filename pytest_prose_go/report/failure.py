"""The text of a case that is not PASS: what was asked, seen and due, and the line that repeats it."""

from __future__ import annotations

from pytest_prose_go.catalogue import Catalogue, ListedAspect
from pytest_prose_go.judge.verdict import CaseResult, Verdict

PROOF_MOST = 300


def failure_text(result: CaseResult, reason: str, catalogue: Catalogue | None) -> str:
    """At most ten lines, verdict and case in the first."""
    lines = [f"{result.verdict} {result.case}: {result.purpose}"]
    if result.verdict is Verdict.FAIL and result.violations:
        lines += _violation_lines(result, catalogue)
    else:
        lines += reason.splitlines()[:6]
    return "\n".join([*lines, f"repeat:  {result.repeat}"])


def _violation_lines(result: CaseResult, catalogue: Catalogue | None) -> list[str]:
    first, *rest = result.violations
    listed = _listed(result, catalogue)
    lines = []
    if listed:
        lines.append(
            f"{listed.requirement.clause}: {listed.requirement.says} ({listed.id}: {listed.aspect.title})"
        )
    lines += [f"asked:   {first.asked}", f"seen:    {first.seen}", f"ideal:   {first.ideal}"]
    if first.proof:
        lines.append(f"proof:   {first.proof[:PROOF_MOST]}")
    if rest:
        kinds = ", ".join(dict.fromkeys(one.kind for one in rest))
        lines.append(f"and {len(rest)} more: {kinds}")
    return lines


def _listed(result: CaseResult, catalogue: Catalogue | None) -> ListedAspect | None:
    """The aspect that the first violation is booked to."""
    if catalogue is None:
        return None
    return catalogue.booked.get(result.violations[0].kind) or catalogue.aspects.get(result.aspect)
