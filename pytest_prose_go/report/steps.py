"""What a case did, as a short list: its controls, the attacker's moves with what each acted on, and the violations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_prose_go.air.trace import (
    Compromised,
    Controlled,
    Delivered,
    Dropped,
    Forged,
    Made,
    Moved,
    Restored,
    Silenced,
    Trace,
    Unprotected,
)
from pytest_prose_go.judge.finding import Violation

MOST_STEPS = 80
"""Steps of a case: of more, those in the middle are counted and left out."""


@dataclass
class Step:
    """Something that was done or seen, ``at`` seconds after the case began. ``held`` is False for a control that
    did not hold, ``violated`` True for a violation."""

    at: float
    text: str
    held: bool = True
    violated: bool = False
    touched: Counter[str] = field(default_factory=Counter)

    @property
    def line(self) -> str:
        """The step in a line, with how many frames a move acted on."""
        counted = ", ".join(f"{count} {how}" for how, count in self.touched.items())
        return f"{self.at:.3f} s  {self.text}" + (f" (frames: {counted})" if counted else "")


def steps(trace: Trace, violations: Sequence[Violation]) -> list[Step]:
    """The steps of the case whose trace this is. No byte of a payload is in them, but for what the text of a move
    says of the attacker's own."""
    began = trace.records[0].at if trace.records else 0.0
    cast = [
        f"{one.station} = {one.standing} {one.identity}" for one in trace.records if isinstance(one, Made)
    ]
    told = [(-1, Step(0.0, f"stations: {', '.join(cast)}"))] if cast else []
    moves: dict[int, Step] = {}
    names = {record.station: record.identity for record in trace.records if isinstance(record, Made)}
    for index, record in enumerate(trace.records):
        at = record.at - began
        match record:
            case Moved():
                moves[record.number] = Step(at, f"attacker: {record.text}")
                told.append((index, moves[record.number]))
            case Delivered() if record.how != "passed" and record.move is not None:
                _touched(moves, record.move, record.how)
            case Dropped():
                _touched(moves, record.move, "kept")
            case Controlled():
                held = "control" if record.held else "control that did not hold"
                told.append((index, Step(at, f"{held}: {record.text}", held=record.held)))
            case Silenced() if record.on:
                told.append((index, Step(at, f"attacker: silences {_name(names, record.station)}")))
            case Compromised():
                told.append(
                    (index, Step(at, f"attacker: steals the state of {_name(names, record.station)}"))
                )
            case Restored():
                words = f"attacker: starts {_name(names, record.station)} from an image {record.change}"
                told.append((index, Step(at, words.rstrip())))
            case Forged():
                words = f"attacker: makes a frame as {record.claimed_sender} with the keys of "
                told.append((index, Step(at, words + _name(names, record.station))))
            case Unprotected():
                words = f"attacker: opens frame {record.emission} with the state of "
                told.append((index, Step(at, words + _name(names, record.station))))
            case _:
                pass
    for violation in violations:
        step = Step(violation.at - began, f"VIOLATION {violation.kind}: {violation.seen}", violated=True)
        told.append((violation.record, step))
    told.sort(key=lambda one: one[0])
    return _short([step for _, step in told])


def _touched(moves: dict[int, Step], number: int, how: str) -> None:
    move = moves.get(number)
    if move is not None:
        move.touched[how] += 1


def _name(names: dict[int, str], station: int) -> str:
    return f"{names.get(station, 'station')} ({station})"


def _short(told: list[Step]) -> list[Step]:
    """The first and the last of many, and every violation and failed control between them."""
    if len(told) <= MOST_STEPS:
        return told
    half = MOST_STEPS // 2
    middle = told[half:-half]
    kept = [step for step in middle if step.violated or not step.held]
    out = len(middle) - len(kept)
    gap = [Step(middle[0].at, f"… {out} more steps: the trace has them …")] if out else []
    return [*told[:half], *gap, *kept[:half], *told[-half:]]
