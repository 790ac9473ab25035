"""Exploring a target: attack after attack, guided by what it shows, until time is up.

Rounds of two sorts take turns. In the one the lots are dealt like cards, so that of everything something is tried. In
the other Hypothesis draws the attacks and, by its ``target()``, bends them towards those to which the target shows
most. Each round is short and has a seed of its own, so that what was found in one is no longer sought in the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from random import Random

from msgspec import Struct

from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.finding import Kind, Violation
from pytest_prose_go.search.phrases import DealtLots, Focus, Lots, composed
from pytest_prose_go.search.shrinking import shrunk
from pytest_prose_go.search.steps import AnyStep
from pytest_prose_go.search.trying import OpenTarget, Trial, shows

ROUND = 60
"""Attacks in a round."""

GUIDED_ONE_IN = 3
"""One round in so many is guided."""

SHRINKING = 30.0
"""Seconds for making one attack shorter, at most; never more than as long again as there was for the search."""

REPEATS = 3


class Finding(Struct, frozen=True, kw_only=True):
    """A violation, and the shortest attack that shows it. ``after`` is how many attacks it took and how many seconds;
    ``repeats`` in how many of so many plays it shows."""

    violation: Violation
    steps: tuple[AnyStep, ...]
    seed: str
    after: tuple[int, float]
    drawn: int
    repeats: tuple[int, int]


class Explorer:
    """Looks for attacks on one target. ``known`` are the kinds of violation that are no longer sought."""

    def __init__(
        self,
        open_target: OpenTarget,
        statement: Statement,
        seed: str,
        hear: Callable[[Finding], None],
        focus: Focus | None = None,
        clock: Callable[[], float] = time.monotonic,
        shrinks: bool = True,
    ) -> None:
        self._open_target = open_target
        self._statement = statement
        self._seed = seed
        self._hear = hear
        self._focus = focus
        self._clock = clock
        self._shrinks = shrinks
        self._guided = find_spec("hypothesis") is not None
        self._began = clock()
        self._ends = self._began
        self.known: set[Kind] = set()
        self.tried = 0
        self.broke: dict[str, int] = {}
        """What the target breached, with how many attacks it was."""
        self.seen: set[tuple[object, ...]] = set()

    def explore(self, seconds: float, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Look for so many seconds, or while ``goes_on()`` says after each attack; what is found is told at once."""
        self._ends = self._clock() + seconds
        dealt = DealtLots(Random(self._seed), self._statement)

        def over() -> bool:
            return self._spent() or not goes_on()

        rounds = 0
        while not over():
            if not self._guided or rounds % GUIDED_ONE_IN < GUIDED_ONE_IN - 1:
                for _ in range(ROUND):
                    if over():
                        return
                    self.tries(composed(dealt, self._focus))
            else:
                self._guided_round(f"{self._seed}:{rounds}", over)
            rounds += 1

    def _guided_round(self, seed: str, over: Callable[[], bool]) -> None:
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import seed as seeded
        from hypothesis import strategies as st
        from hypothesis import target as guides

        @st.composite
        def attacks(draw: st.DrawFn) -> list[AnyStep]:
            lots = Lots(lambda least, most: draw(st.integers(least, most)), self._statement)
            return composed(lots, self._focus)

        @settings(
            max_examples=ROUND,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.target),
            suppress_health_check=list(HealthCheck),
        )
        @seeded(seed)
        @given(attacks())
        def one(steps: list[AnyStep]) -> None:
            if not over():
                guides(float(self.tries(steps)), label="what the target shows")

        one()

    def _spent(self) -> bool:
        return self._clock() >= self._ends

    def tries(self, steps: Sequence[AnyStep]) -> int:
        """Try one attack, and tell of each kind of violation that was not known. Returns how many kinds of things
        the target showed."""
        self.tried += 1
        seed = f"{self._seed}:{self.tried}"
        with Trial(self._open_target, steps, seed) as trial:
            violations = trial.judged()
            seen = trial.seen()
            if trial.broke:
                self.broke[trial.broke] = self.broke.get(trial.broke, 0) + 1
        self.seen |= seen
        for violation in violations:
            if violation.kind not in self.known:
                self.known.add(violation.kind)
                self._found(violation, steps, seed)
        return len(seen)

    def _found(self, violation: Violation, steps: Sequence[AnyStep], seed: str) -> None:
        after = self.tried, self._clock() - self._began
        shortest = list(steps)
        held = REPEATS
        if self._shrinks:
            ends = self._clock() + SHRINKING

            def still(tried: Sequence[AnyStep]) -> bool:
                return shows(self._open_target, tried, seed, violation.kind)

            shortest = shrunk(steps, still, lambda: self._clock() >= ends)
            held = sum(still(shortest) for _ in range(REPEATS))
        self._hear(
            Finding(
                violation=violation,
                steps=tuple(shortest),
                seed=seed,
                after=after,
                drawn=len(steps),
                repeats=(held, REPEATS),
            )
        )
