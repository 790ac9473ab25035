"""A trace judged again: nothing of what its case found is believed, all of it is found anew.

What cannot be found anew is named in :data:`NOT_IN_A_TRACE`: a certifier has the vendor's word for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_prose_go.air.trace import Controlled, Ended, Trace
from pytest_prose_go.judge.controls import Controls
from pytest_prose_go.judge.eavesdropper import Eavesdropper
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.ideal_group import IdealGroup
from pytest_prose_go.judge.key_material import KeyMaterial
from pytest_prose_go.judge.soundness import flaws
from pytest_prose_go.judge.verdict import Verdict

NOT_IN_A_TRACE = {
    "secret.air": "that no secret of the credentials stood on the air: secrets stand in no trace",
    "secret.log": "that no secret of the credentials stood in a diagnostic text: secrets stand in no trace",
}
"""The kinds of violation that no trace shows, each with what is left to be believed."""


@dataclass(frozen=True)
class Judgement:
    """What a trace shows by itself.

    ``verdict`` and ``apart`` are as in :class:`~pytest_prose_go.judge.verdict.CaseResult`; ``controls`` counts
    the controls that held. ``flaws`` say what no run of the suite can have written: a trace with any was made
    or changed by another hand, and shows nothing.
    """

    verdict: Verdict
    apart: Verdict
    reason: str
    violations: tuple[Violation, ...]
    controls: int
    flaws: tuple[str, ...]


def judge_again(trace: Trace) -> Judgement:
    """Judge ``trace`` by the rules of this installation, from its first record to its last."""
    found = list(flaws(trace))
    if found:
        # The oracles rest on a sound trace.
        return Judgement(Verdict.ERROR, Verdict.ERROR, found[0], (), 0, tuple(found))
    try:
        violations, controls, held, claimed = _observed(trace)
    except (LookupError, ValueError, AssertionError) as error:
        # The judge relies on what every run writes, and says nothing of a trace that lacks it.
        flaw = f"the judge cannot follow the trace ({type(error).__name__}: {error})"
        return Judgement(Verdict.ERROR, Verdict.ERROR, flaw, (), 0, (flaw,))
    found += claimed
    ended = trace.records[-1]
    assert isinstance(ended, Ended)
    apart, reason = Verdict(ended.apart), ended.reason
    if apart is Verdict.PASS and not controls.any_held:
        found.append("the case says that it came to its end, and no control held in it")
    return Judgement(
        verdict=Verdict.FAIL if violations else apart,
        apart=apart,
        reason=reason,
        violations=violations,
        controls=held,
        flaws=tuple(found),
    )


def _observed(trace: Trace) -> tuple[tuple[Violation, ...], Controls, int, list[str]]:
    """The violations, the controls, how many of them held, and which did not come out as the trace claims."""
    ideal = IdealGroup(trace.statement)
    eavesdropper = Eavesdropper(trace.statement)
    key_material = KeyMaterial(trace.statement, ideal)
    controls = Controls(ideal.roster)
    held = 0
    claimed = []
    for index, record in enumerate(trace.records):
        if isinstance(record, Controlled):
            if not controls.agrees(record):
                claimed.append(f"record {index}: the control {record.text!r} did not come out as it says")
            held += record.held
        ideal.observe(index, record)
        key_material.observe(index, record)
        controls.observe(index, record)
        eavesdropper.observe(index, record)
    return (
        (*ideal.violations, *key_material.conclude(), *eavesdropper.conclude()),
        controls,
        held,
        claimed,
    )
