"""One attack tried on a target: played on a scenario of its own, and judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from pytest_prose_go.air.trace import Emitted, Reported
from pytest_prose_go.contract import Target
from pytest_prose_go.judge.finding import Kind, Violation
from pytest_prose_go.scenario import Scenario
from pytest_prose_go.scenario.outcome import Conclusion
from pytest_prose_go.search.playing import Player
from pytest_prose_go.search.steps import AnyStep

OpenTarget = Callable[[], Target]


class Trial:
    """``steps`` played on a new target, with all lots from ``seed``. To be used as a context manager: its scenario
    lives within."""

    def __init__(self, open_target: OpenTarget, steps: Sequence[AnyStep], seed: str) -> None:
        self.scenario = Scenario(open_target, "search", scenario_seed(seed))
        self.player = Player(self.scenario, steps)
        self.conclusion: Conclusion | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        self.scenario.close()

    def judged(self, sought: Kind | None = None) -> tuple[Violation, ...]:
        """Play, and give what the judge says of it. With ``sought`` the play ends as soon as the ideal group saw
        that."""
        ideal = self.scenario.ideal

        def goes_on() -> bool:
            return sought is None or all(one.kind != sought for one in ideal.violations)

        self.player.play(goes_on)
        self.conclusion = self.scenario.conclude(self.player.broke)
        return self.conclusion.violations

    @property
    def broke(self) -> str:
        """What the target breached or where it stormed, "" if it did not."""
        return "" if self.player.broke is None else str(self.player.broke)

    def seen(self) -> set[tuple[object, ...]]:
        """What the target showed, in kinds: frames by who emitted them, when and how long; reports by who and what."""
        kinds: set[tuple[object, ...]] = set()
        for record in self.scenario.trace:
            if type(record) is Emitted:
                kinds.add((record.station, record.by, len(record.payload)))
            elif type(record) is Reported:
                kinds.add((record.station, record.by, type(record.event).__name__))
        return kinds


def scenario_seed(seed: str) -> bytes:
    return hashlib.sha256(b"search\0" + seed.encode()).digest()


def shows(open_target: OpenTarget, steps: Sequence[AnyStep], seed: str, kind: Kind) -> bool:
    """Whether the attack shows a violation of ``kind``."""
    with Trial(open_target, steps, seed) as trial:
        return any(one.kind == kind for one in trial.judged(kind))
