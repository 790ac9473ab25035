"""The fixtures under the short names that the bundled suite uses, and a vendor's own tests may use.

In a ``conftest.py`` at the root of one's tests: ``pytest_plugins = ["pytest_prose_go.short_names"]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_prose_go.air.medium import Air
    from pytest_prose_go.contract import Statement
    from pytest_prose_go.scenario import GroupOwner, Judge, Scenario, UserEquipment
    from pytest_prose_go.scenario.attacks import Attacks
    from pytest_prose_go.scenario.laboratory import Laboratory
    from pytest_prose_go.scenario.life import Life
    from pytest_prose_go.scenario.troupe import Troupe
    from pytest_prose_go.search.stage import Search


@pytest.fixture
def scenario(prose_scenario: Scenario) -> Scenario:
    return prose_scenario


@pytest.fixture
def air(prose_air: Air) -> Air:
    return prose_air


@pytest.fixture
def judge(prose_judge: Judge) -> Judge:
    return prose_judge


@pytest.fixture
def attacker(prose_attacker: Attacks) -> Attacks:
    return prose_attacker


@pytest.fixture
def troupe(prose_troupe: Troupe) -> Troupe:
    return prose_troupe


@pytest.fixture
def laboratory(prose_laboratory: Laboratory) -> Laboratory:
    return prose_laboratory


@pytest.fixture
def life(prose_life: Life) -> Life:
    return prose_life


@pytest.fixture
def search(prose_search: Search) -> Search:
    return prose_search


@pytest.fixture
def statement(prose_statement: Statement) -> Statement:
    return prose_statement


@pytest.fixture
def go(prose_group_owner: Callable[[], GroupOwner]) -> Callable[[], GroupOwner]:
    return prose_group_owner


@pytest.fixture
def ue(prose_ue: Callable[..., UserEquipment]) -> Callable[..., UserEquipment]:
    return prose_ue


@pytest.fixture
def member(prose_member: Callable[..., UserEquipment]) -> Callable[..., UserEquipment]:
    return prose_member


@pytest.fixture
def group_of(
    prose_group_of: Callable[[int], tuple[GroupOwner, tuple[UserEquipment, ...]]],
) -> Callable[[int], tuple[GroupOwner, tuple[UserEquipment, ...]]]:
    return prose_group_of


@pytest.fixture
def rogue(prose_rogue: Callable[..., UserEquipment]) -> Callable[..., UserEquipment]:
    return prose_rogue


@pytest.fixture
def outsider(
    prose_outsider: Callable[..., tuple[UserEquipment, GroupOwner]],
) -> Callable[..., tuple[UserEquipment, GroupOwner]]:
    return prose_outsider


@pytest.fixture
def insider(prose_insider: Callable[..., UserEquipment]) -> Callable[..., UserEquipment]:
    return prose_insider


@pytest.fixture
def clone(prose_clone: Callable[[UserEquipment], UserEquipment]) -> Callable[[UserEquipment], UserEquipment]:
    return prose_clone


@pytest.fixture
def removed_member(
    prose_removed_member: Callable[[GroupOwner, UserEquipment], UserEquipment],
) -> Callable[[GroupOwner, UserEquipment], UserEquipment]:
    return prose_removed_member


@pytest.fixture
def rogue_owner(prose_rogue_owner: Callable[..., GroupOwner]) -> Callable[..., GroupOwner]:
    return prose_rogue_owner


__all__ = [
    "air",
    "attacker",
    "clone",
    "go",
    "group_of",
    "insider",
    "judge",
    "laboratory",
    "life",
    "member",
    "outsider",
    "removed_member",
    "rogue",
    "rogue_owner",
    "scenario",
    "search",
    "statement",
    "troupe",
    "ue",
]
