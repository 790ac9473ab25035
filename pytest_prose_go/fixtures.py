"""What a case asks for. Every name is prefixed; the suite's short names are in :mod:`.short_names`.

``prose_scenario`` is the stage of the case; the other fixtures are parts of it: ``prose_air`` (the medium and
the attacker's vocabulary), ``prose_judge`` (controls), ``prose_troupe`` (who plays), and the casts
``prose_group_owner``, ``prose_member``, ``prose_rogue`` … each a callable that casts one endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.scenario_key import CASE_KEY, SCENARIO_KEY

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
def prose_scenario(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    """The stage of this case, on a target made anew for it."""
    cases = request.config.pluginmanager.get_plugin("prose_cases")
    if cases is None:
        pytest.fail("this test plays on a target: give one with --prose-target=NAME", pytrace=False)
    from pytest_prose_go.scenario import Scenario

    case = request.node.stash[CASE_KEY]
    settings = cases.run.settings
    if cases.stage is not None:
        played: Scenario = cases.stage(case.id, case.seed, settings.depth)
        request.node.stash[SCENARIO_KEY] = played
        yield played
        del request.node.stash[SCENARIO_KEY]
        return
    pause = None
    if settings.debug:
        from pytest_prose_go.pause import Pause

        pause = Pause(request.config)
    scenario = Scenario(cases.run.open_target, case.id, case.seed, settings.depth, pause)
    request.node.stash[SCENARIO_KEY] = scenario
    yield scenario
    scenario.close()
    for complaint in getattr(scenario.target, "complaints", ()):
        request.node.warn(pytest.PytestWarning(complaint))
    del request.node.stash[SCENARIO_KEY]


@pytest.fixture
def prose_search(request: pytest.FixtureRequest) -> Iterator[Search]:
    """The attacker search of this case, each attack on a target made anew for it."""
    cases = request.config.pluginmanager.get_plugin("prose_cases")
    if cases is None:
        pytest.fail("this test plays on a target: give one with --prose-target=NAME", pytrace=False)
    from pytest_prose_go.search.stage import Search

    if cases.stage is not None:
        pytest.skip("attacks composed by lot are not played again")
    case = request.node.stash[CASE_KEY]
    search = Search(cases.run.open_target, case.id, case.seed, cases.run.settings.depth)
    request.node.stash[SCENARIO_KEY] = search
    yield search
    search.close()
    for complaint in getattr(search.target, "complaints", ()):
        request.node.warn(pytest.PytestWarning(complaint))
    del request.node.stash[SCENARIO_KEY]


@pytest.fixture
def prose_air(prose_scenario: Scenario) -> Air:
    """The medium of this case, and the attacker's vocabulary."""
    return prose_scenario.air


@pytest.fixture
def prose_judge(prose_scenario: Scenario) -> Judge:
    """The judge's controls, carriers and waits."""
    from pytest_prose_go.scenario import Judge

    return Judge(prose_scenario)


@pytest.fixture
def prose_attacker(prose_scenario: Scenario, prose_judge: Judge) -> Attacks:
    """Attacks of several steps."""
    from pytest_prose_go.scenario.attacks import Attacks

    return Attacks(prose_scenario, prose_judge)


@pytest.fixture
def prose_troupe(prose_scenario: Scenario, prose_judge: Judge) -> Troupe:
    """Who plays: casts endpoints by what they are to the group."""
    from pytest_prose_go.scenario.troupe import Troupe

    return Troupe(prose_scenario, prose_judge)


@pytest.fixture
def prose_laboratory(prose_scenario: Scenario, prose_judge: Judge) -> Laboratory:
    """What is done with a device in hand, by the target's optional capabilities."""
    from pytest_prose_go.scenario.laboratory import Laboratory

    return Laboratory(prose_scenario, prose_judge)


@pytest.fixture
def prose_life(prose_scenario: Scenario, prose_judge: Judge, prose_troupe: Troupe) -> Life:
    """A GO and three members, joined (a control), whose life the basic cases repeat on a bad air."""
    from pytest_prose_go.scenario.life import Life

    owner, members = prose_troupe.standing_group(3)
    return Life(prose_scenario, prose_judge, owner, *members)


@pytest.fixture
def prose_statement(prose_scenario: Scenario) -> Statement:
    """What the vendor states of the target."""
    return prose_scenario.statement


@pytest.fixture
def prose_depth(prose_scenario: Scenario) -> str:
    """``quick``, ``standard`` or ``exhaustive``."""
    return prose_scenario.depth


@pytest.fixture
def prose_group_owner(prose_troupe: Troupe) -> Callable[[], GroupOwner]:
    """Casts an honest Group Owner with a group of its own. The first is the one meant by default."""
    return prose_troupe.owner


@pytest.fixture
def prose_ue(prose_troupe: Troupe) -> Callable[..., UserEquipment]:
    """Casts a UE without any credentials."""
    return prose_troupe.stranger


@pytest.fixture
def prose_member(prose_troupe: Troupe) -> Callable[..., UserEquipment]:
    """Casts an honest UE with good credentials for the group."""
    return prose_troupe.member


@pytest.fixture
def prose_group_of(
    prose_troupe: Troupe,
) -> Callable[[int], tuple[GroupOwner, tuple[UserEquipment, ...]]]:
    """Casts a Group Owner and so many members, and has them join (a control)."""
    return prose_troupe.standing_group


@pytest.fixture
def prose_rogue(prose_troupe: Troupe) -> Callable[..., UserEquipment]:
    """Casts a UE of an authority that the GO does not trust or, with ``flaw=``, of flawed credentials."""
    return prose_troupe.rogue


@pytest.fixture
def prose_outsider(prose_troupe: Troupe) -> Callable[..., tuple[UserEquipment, GroupOwner]]:
    """Casts a UE with good credentials for another group, and that group's GO."""
    return prose_troupe.outsider


@pytest.fixture
def prose_insider(prose_troupe: Troupe) -> Callable[..., UserEquipment]:
    """Casts a UE with good credentials for the group, under the attacker."""
    return prose_troupe.insider


@pytest.fixture
def prose_clone(prose_laboratory: Laboratory) -> Callable[[UserEquipment], UserEquipment]:
    """Takes a UE's place by a clone of it (capability ``clone``). Its control is :meth:`Laboratory.is_live`."""
    return prose_laboratory.clones


@pytest.fixture
def prose_removed_member(
    prose_attacker: Attacks,
) -> Callable[[GroupOwner, UserEquipment], UserEquipment]:
    """Has a UE join (a control) and be removed without its hearing of it, so that it keeps its keys."""
    return prose_attacker.puts_out


@pytest.fixture
def prose_rogue_owner(prose_troupe: Troupe) -> Callable[..., GroupOwner]:
    """Casts a GO that poses as the group's with credentials that its members do not trust."""
    return prose_troupe.rogue_owner
