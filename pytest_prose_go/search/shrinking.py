"""Cutting an attack down to the shortest that still shows its violation.

Hypothesis would take back what it drew: whole phrases, and lots within them. What is left over of a phrase would
stay. So it is the plain list of steps that is cut here: runs of steps are taken out, as long ones as can be, and what
is left of the steps is made simpler, field by field, until nothing more can go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields, replace

from pytest_prose_go.search.playing import named
from pytest_prose_go.search.steps import AnyStep, Join, Send

Shows = Callable[[Sequence[AnyStep]], bool]
Told = TypeVar("Told", bound=Struct)


def shrunk(steps: Sequence[AnyStep], shows: Shows, spent: Callable[[], bool]) -> list[AnyStep]:
    """The shortest attack that was found in ``steps`` for which ``shows`` holds, or the best until time is ``spent``.

    What is given shows it. No single step of the result can be left out, nor one of its fields, unless time was up.
    """
    best = list(steps)
    while not spent():
        shorter = _traded(_simplified(_cut(best, shows, spent), shows, spent), shows, spent)
        if shorter == best:
            break
        best = shorter
    return best


def _cut(steps: list[AnyStep], shows: Shows, spent: Callable[[], bool]) -> list[AnyStep]:
    """Without the runs of steps that can go, the long ones first and those at the end before others."""
    run = max(len(steps) // 2, 1)
    while run:
        end = len(steps)
        while end > 0 and not spent():
            start = max(end - run, 0)
            shorter = steps[:start] + steps[end:]
            if shorter and shows(shorter):
                steps = shorter
            end = start
        run //= 2
    return steps


def _simplified(steps: list[AnyStep], shows: Shows, spent: Callable[[], bool]) -> list[AnyStep]:
    for place in range(len(steps)):
        again = True
        while again and not spent():
            again = False
            for simpler in _simpler(steps[place]):
                tried = [*steps[:place], simpler, *steps[place + 1 :]]
                if shows(tried):
                    steps, again = tried, True
                    break
    return steps


def _traded(steps: list[AnyStep], shows: Shows, spent: Callable[[], bool]) -> list[AnyStep]:
    """A shorter attack of other steps: a mere join of two in it, or one message twice in the place of two steps."""
    for shorter in [*_joins(steps), *_said_twice(steps)]:
        if len(shorter) < len(steps) and not spent() and shows(shorter):
            return shorter
    return steps


def _joins(steps: Sequence[AnyStep]) -> Iterator[list[AnyStep]]:
    parts = sorted(named(steps))
    for who in parts:
        for to in parts:
            if who != to:
                yield [Join(who, to)]


def _said_twice(steps: Sequence[AnyStep]) -> Iterator[list[AnyStep]]:
    for place, step in enumerate(steps):
        if isinstance(step, Send) and step.times == 1:
            for other in range(len(steps)):
                if other != place:
                    twice = [*steps[:place], replace(step, times=2), *steps[place + 1 :]]
                    yield [*twice[:other], *twice[other + 1 :]]


def _simpler(told: Told) -> Iterator[Told]:
    """The same with one field as by default, a number nearer to it, or a part of it simpler."""
    for field in fields(told):
        value: Any = getattr(told, field.name)
        default: Any = None if field.default is NODEFAULT else field.default
        if field.default is not NODEFAULT and value != default:
            yield replace(told, **{field.name: default})
        if isinstance(value, Struct):
            for simpler in _simpler(value):
                yield replace(told, **{field.name: simpler})
        elif type(value) is int:
            base = default if isinstance(default, int) else 0
            if abs(value - base) > 1:
                yield replace(told, **{field.name: base + (value - base) // 2})


def weight(steps: Sequence[AnyStep]) -> int:
    """How much there is to say of an attack: bytes of its shortest form."""
    return len(msgspec.json.encode(steps))
