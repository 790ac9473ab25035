"""How far a long run is: a line now and then, of how many cases are done, what is running and what is left of the time.

A short run says nothing: pytest's own letters are enough.
"""

from __future__ import annotations

from collections import Counter

from pytest_prose_go.judge.verdict import ORDER, CaseResult, Verdict

EVERY = 30.0
"""Seconds between two lines."""

_MINUTE = 60.0
_SOON = 5.0


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
