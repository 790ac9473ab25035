"""Where a case and its scenario are kept on a pytest item: the two keys that plugin and fixtures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pytest_prose_go.judge.finding import Violation
    from pytest_prose_go.judge.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The case that an item is.

    ``id`` is permanent (``AUTH.foreign-authority.joins-alone``, with ``[parameters]`` where there are
    any), ``aspect`` the aspect that it tests ("" in a vendor's own unmarked test), ``title`` its purpose
    in a line, ``seed`` its 32 bytes of seed.
    """

    id: str
    aspect: str
    title: str
    seed: bytes


class Play(Protocol):
    """A move of the attacker."""

    @property
    def index(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def over(self) -> int | None: ...


class Conclusion(Protocol):
    """What a scenario came to."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def violations(self) -> tuple[Violation, ...]: ...
    @property
    def reason(self) -> str: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def not_tried(self) -> tuple[str, ...]: ...
    @property
    def apart(self) -> Verdict: ...
    @property
    def moves(self) -> tuple[Play, ...]: ...
    @property
    def cast(self) -> tuple[str, ...]: ...
    @property
    def looked_for(self) -> tuple[str, ...]: ...
    @property
    def failed_control(self) -> str: ...
    @property
    def said_last(self) -> tuple[str, ...]: ...


class Concluding(Protocol):
    """A scenario, as far as the plugin needs to know one. ``logs`` is what each process of its target said on
    stderr, once it is concluded."""

    logs: list[tuple[int, str]]

    def conclude(self, raised: BaseException | None) -> Conclusion:
        """The verdict, given what ended the case early (None: it ran to its end)."""
        ...

    def evidence(self) -> bytes:
        """All that happened, as JSON lines."""
        ...


CASE_KEY: pytest.StashKey[Case] = pytest.StashKey()
SCENARIO_KEY: pytest.StashKey[Concluding] = pytest.StashKey()
