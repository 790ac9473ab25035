"""How far a long run is: at its begin how long it may take, where time is real, and then a line now and then, of how
many cases are done, what is running and what is left of the time.

A short run says nothing: pytest's own letters are enough.
"""

from __future__ import annotations

from collections import Counter

from pytest_prose_go.judge.verdict import ORDER, CaseResult, Verdict

EVERY = 30.0
"""Seconds between two lines."""

_MINUTE = 60.0
_PATIENCES = 3
"""How often a case waits for the target's whole patience, in the mean of the bundled suite."""

_ONE_TRIES_IN = 6
"""One case in so many tries as much as there is time for."""

_SOON = 5.0


def foreseen(cases: int, patience: float, tries: float, processes: int) -> str | None:
    """What to tell, before the first, of so many cases on a real clock; None where they take no minute.

    :param patience: the target's longest patience, in seconds
    :param tries: how long the tries of one case may take, in seconds
    :param processes: those that share the cases out
    """
    seconds = cases * (_PATIENCES * patience + tries / _ONE_TRIES_IN) / max(processes, 1)
    if seconds < _MINUTE:
        return None
    advice = "" if processes > 1 else "; most of it is waiting, which -n 8 shares out"
    return f"prose: {cases} cases on a real clock, each with this target's patience: some {_duration(seconds)}{advice}"


class Progress:
    """Told what begins and what ends, and when, it says a line where one is due. Times are seconds of any clock."""

    def __init__(self, total: int, now: float) -> None:
        self.total = total
        self._began = now
        self._told = now
        self._done = 0
        self._verdicts: Counter[Verdict] = Counter()
        self._running: dict[str, None] = {}

    def begins(self, case: str) -> None:
        """A case begins."""
        self._running[case] = None

    def ends(self, case: str, result: CaseResult | None, now: float) -> str | None:
        """A case has ended, with a result or without one. Returns the line to tell, None where none is due."""
        self._running.pop(case, None)
        self._done += 1
        if result is not None:
            self._verdicts[result.verdict] += 1
        if now - self._told < EVERY or self._done >= self.total:
            return None
        self._told = now
        return self._line(now)

    def _line(self, now: float) -> str:
        told = [
            f"{self._verdicts[one]} {one}" for one in (*ORDER, Verdict.NOT_APPLICABLE) if self._verdicts[one]
        ]
        left = (now - self._began) / self._done * (self.total - self._done)
        words = [f"{self._done} of {self.total} cases done", ", ".join(told), f"about {_duration(left)} left"]
        if self._running:
            words.append(f"running {', '.join(list(self._running)[:2])}")
        return "prose: " + "; ".join(word for word in words if word)


def _duration(seconds: float) -> str:
    if seconds < _SOON:
        return "a few seconds"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min"
