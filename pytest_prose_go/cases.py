"""The public names for writers of test cases: all that a suite may import of the plugin.

from pytest_prose_go.cases import CastOwner, Judge, requirement

@requirement("AUTH.foreign-authority", case="joins-alone")
def test_...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from pytest_prose_go.air.frame_changes import Change, flip
from pytest_prose_go.air.medium import Air
from pytest_prose_go.contract import Flaw, Statement
from pytest_prose_go.scenario import (
    Carrier,
    GroupOwner,
    Inconclusive,
    Judge,
    Scenario,
    Sending,
    UserEquipment,
)
from pytest_prose_go.scenario.attacks import Attacks
from pytest_prose_go.scenario.laboratory import Laboratory
from pytest_prose_go.scenario.life import FUNCTIONS, Life
from pytest_prose_go.scenario.sweep import PIECES
from pytest_prose_go.scenario.troupe import Troupe
from pytest_prose_go.search.stage import Search

requirement = pytest.mark.requirement
"""Marks a test case with the aspect that it tests and its permanent name."""

CastOwner = Callable[[], GroupOwner]
CastGroup = Callable[[int], tuple[GroupOwner, tuple[UserEquipment, ...]]]
CastOutsider = Callable[[], tuple[UserEquipment, GroupOwner]]
CastRogueOwner = Callable[[], GroupOwner]
CastClone = Callable[[UserEquipment], UserEquipment]
CastRemoved = Callable[[GroupOwner, UserEquipment], UserEquipment]


class CastUE(Protocol):
    """Casts a UE of some kind for the group of ``owner`` (by default of the first GO)."""

    def __call__(self, owner: GroupOwner | None = None) -> UserEquipment: ...


class CastRogue(Protocol):
    """Casts a UE that the GO must not admit; see :meth:`Troupe.rogue`."""

    def __call__(
        self,
        owner: GroupOwner | None = None,
        identity: str | None = None,
        flaw: Flaw | None = None,
    ) -> UserEquipment: ...


__all__ = [
    "FUNCTIONS",
    "PIECES",
    "Air",
    "Attacks",
    "Carrier",
    "CastClone",
    "CastGroup",
    "CastOutsider",
    "CastOwner",
    "CastRemoved",
    "CastRogue",
    "CastRogueOwner",
    "CastUE",
    "Change",
    "Flaw",
    "GroupOwner",
    "Inconclusive",
    "Judge",
    "Laboratory",
    "Life",
    "Scenario",
    "Search",
    "Sending",
    "Statement",
    "Troupe",
    "UserEquipment",
    "flip",
    "requirement",
]
