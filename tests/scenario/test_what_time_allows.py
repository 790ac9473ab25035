"""How much of a sweep is tried depends on whether time is free."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from pytest_prose_go.scenario import Judge, Scenario
from tests.targets.tiny_target import TinyTarget


def stage(clock: Literal["virtual", "real"], depth: str = "standard") -> tuple[Scenario, Judge]:
    class Timed(TinyTarget):
        statement = msgspec.structs.replace(TinyTarget.statement, clock=clock)

    scenario = Scenario(Timed, "AUTH.some.case", b"seed", depth)
    return scenario, Judge(scenario)


def test_on_a_virtual_clock_everything_is_tried() -> None:
    scenario, judge = stage("virtual")
    assert judge.affordable(range(5000), 10.0) == list(range(5000))
    assert scenario.notes == []


def test_on_a_real_clock_one_of_each_stretch_is_tried_and_the_report_says_so() -> None:
    scenario, judge = stage("real")
    chosen = judge.affordable(range(100), 3.0)
    assert [place // 10 for place in chosen] == list(range(10))
    assert scenario.notes == ["on a real clock 10 of 100 tries, chosen by lot"]


def test_on_a_real_clock_the_sample_follows_from_the_seed() -> None:
    one, other = (stage("real")[1].affordable(range(1000), 1.0) for _ in range(2))
    assert one == other


def test_on_a_real_clock_few_tries_are_all_made_and_one_always() -> None:
    _, judge = stage("real", "quick")
    assert judge.affordable([1, 2, 3], 1.0) == [1, 2, 3]
    assert len(judge.affordable([1, 2, 3], 1000.0)) == 1


@pytest.mark.parametrize("depth", ["standard", "exhaustive"])
def test_more_depth_takes_more_time(depth: str) -> None:
    _, judge = stage("real", depth)
    _, quick = stage("real", "quick")
    assert len(judge.affordable(range(9999), 1.0)) > len(quick.affordable(range(9999), 1.0))
