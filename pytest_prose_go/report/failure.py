"""The text of a case that is not PASS: what was asked, seen and due, and the line that repeats it."""

from __future__ import annotations

import re

from pytest_prose_go.catalogue import Catalogue, ListedAspect
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.verdict import CaseResult, Verdict

LINE_MOST = 400
"""Characters of one line, the proof's among them; the evidence has the rest."""

MOVES_TOLD = 4
"""How many of the attacker's moves are told: the last before what the violation rests on."""

REASON_LINES = 5

HONEST = re.compile(r"\d+ = (GO|UE) ")
"""What a station's name in the cast begins with if it is not the attacker's."""

BESIDE = " (the trace; its chart, .svg, and its capture, .pcapng, beside it)"
NO_EVIDENCE = "add --prose-evidence=DIR to keep the trace, every record of it"

LOOK_AT = {
    "joined": "patience.join in the statement (is it long enough?), limits.members, and what the two stations "
    "said last",
    "received": "patience.delivery in the statement, limits.payload_most, and whether both ends were still in "
    "their session",
    "kept": "whether the message has another way than by the frames that were withheld",
    "live": "why the session ended, or began anew, while the case went on",
    "acted": "whether the frames that the move was to act on were ever sent (Station.listens, addresses)",
    "heard": "Station.listens of the station that was given the frames: its radio passed none up",
    "spoke": "what the station said last: it sent nothing when it was asked",
    "waited": "the real clock: the time that was to pass did not",
    "earlier": "whether any change reached a frame that mattered; with --prose-depth=exhaustive more are tried",
    "apart": "which frame the joins went through unchanged",
}
"""Where to look when a control of that kind did not hold."""


def failure_text(result: CaseResult, reason: str, catalogue: Catalogue | None) -> str:
    """At most ten lines, verdict and case in the first."""
    lines = [f"{result.verdict} {result.case}: {result.purpose}"]
    if result.verdict is Verdict.FAIL and result.violations:
        lines += _violation_lines(result, catalogue)
    else:
        lines += _reason_lines(result, reason)
    if result.trace or result.failed_control or result.verdict is Verdict.FAIL:
        lines.append(f"evidence: {result.trace + BESIDE if result.trace else NO_EVIDENCE}")
    return "\n".join([*lines, f"repeat:   {result.repeat}"])


def foremost(result: CaseResult, catalogue: Catalogue | None) -> Violation:
    """The violation to tell first: one of the case's own aspect if there is one."""
    if catalogue is not None:
        for violation in result.violations:
            listed = catalogue.booked.get(violation.kind)
            if listed is not None and listed.id == result.aspect:
                return violation
    return result.violations[0]


def _violation_lines(result: CaseResult, catalogue: Catalogue | None) -> list[str]:
    first = foremost(result, catalogue)
    listed = _listed(first, result, catalogue)
    seen = f"seen:     {_cut(first.seen)}{_cut(_more(result, first))}"
    proof = [f"proof:    {_cut(first.proof)}"] if first.proof else []
    lines = []
    if listed and listed.id != result.aspect:
        lines.append(f"breaks {listed.id}, beside the point of this case: {listed.aspect.title}")
    elif listed:
        lines.append(
            f"{listed.requirement.clause}: {listed.requirement.says} ({listed.id}: {listed.aspect.title})"
        )
    lines += [f"asked:    {_cut(first.asked)}", seen, f"ideal:    {_cut(first.ideal)}"]
    lines.append(f"attacker: {_cut(_moves(result))}")
    if result.cast:
        lines.append(f"stations: {_cut(', '.join(result.cast))}")
    return [*lines, *proof]


def _more(result: CaseResult, first: Violation) -> str:
    """How often the same was seen in the case, and what else."""
    kinds = [one.kind for one in result.violations if one is not first]
    again, others = kinds.count(first.kind), [kind for kind in kinds if kind != first.kind]
    told = [f"{again} more of the kind {first.kind}"] if again else []
    if others:
        told.append(f"{len(others)} of others: {', '.join(dict.fromkeys(others))}")
    return f" (and {', '.join(told)})" if told else ""


def _moves(result: CaseResult) -> str:
    """The attacker's last moves, in order, each with its number; else what he has but moves."""
    if not result.moves:
        stations = [told for told in result.cast if not HONEST.match(told)]
        return f"no move on the air, but he plays {', '.join(stations)}" if stations else "no move on the air"
    before = len(result.moves) - MOVES_TOLD
    told = [f"{number}. {text}" for number, text in enumerate(result.moves, start=1)][-MOVES_TOLD:]
    after = f"after {before} other move{'s'[: before > 1]} " if before > 0 else ""
    return after + "; ".join(told)


def _reason_lines(result: CaseResult, reason: str) -> list[str]:
    if not result.failed_control:
        return [_cut(line) for line in reason.splitlines()[:REASON_LINES]]
    lines = [
        f"control that did not hold: {_cut(reason.removeprefix('control failed: '))}",
        f"look at:  {LOOK_AT.get(result.failed_control, 'what the stations said last')}",
    ]
    if result.cast:
        lines.append(f"stations: {_cut(', '.join(result.cast))}")
    said = result.said_last or ("nothing (an adapter can report Diagnostic events)",)
    return [*lines, *(f"said:     {_cut(text)}" for text in said)]


def _cut(text: str) -> str:
    # Names are the attacker's to choose: nothing of them may act on a terminal.
    line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in " ".join(text.split(" ")))
    return line if len(line) <= LINE_MOST else line[: LINE_MOST - 1] + "…"


def _listed(first: Violation, result: CaseResult, catalogue: Catalogue | None) -> ListedAspect | None:
    """The aspect that the violation is booked to."""
    if catalogue is None:
        return None
    return catalogue.booked.get(first.kind) or catalogue.aspects.get(result.aspect)
