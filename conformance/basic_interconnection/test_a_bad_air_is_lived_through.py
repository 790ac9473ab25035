"""Basic interconnection on an air that loses, doubles, reorders and delays frames."""

import pytest

from pytest_prose_go.cases import FUNCTIONS, Air, CastGroup, Judge, Life, requirement


@pytest.mark.parametrize("function", FUNCTIONS)
@requirement("BASE.loss", case="each-frame")
def test_each_frame_is_lost_in_turn(life: Life, air: Air, function: str) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { a basic function is done, again and again, each time with another of its frames lost }
      then { it works, by the target's own timers or by asking again }
    }
    """
    life.loses_each_frame(function, lambda place: air.drop(ordinal=place))


@requirement("BASE.disorder", case="doubled")
def test_every_frame_comes_twice(life: Life, air: Air) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { every frame comes twice, through a whole life of the group }
      then { every basic function works }
    }
    """
    life.lives(air.double())


@requirement("BASE.disorder", case="reordered")
def test_frames_change_places(life: Life, air: Air) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { one in three frames comes a little later than the next, through a whole life of the group }
      then { every basic function works }
    }
    """
    life.lives(air.delay(0.004, ordinal=range(2, 100_000, 3)))


@requirement("BASE.disorder", case="delayed")
def test_frames_are_late(life: Life, air: Air) -> None:
    """pCR clause 5.7.1
    with { a GO and three members }
    ensure that {
      when { every frame takes 30 ms more than usual, through a whole life of the group }
      then { every basic function works }
    }
    """
    life.lives(air.delay(0.03))


@pytest.mark.parametrize("members", [3, 8, pytest.param(25, marks=pytest.mark.scale)])
@requirement("BASE.many", case="members")
def test_a_larger_group_works(group_of: CastGroup, judge: Judge, members: int) -> None:
    """pCR clause 5.7.1
    with { a GO and so many members }
    ensure that {
      when { the first sends to the last and to all, and then leaves }
      then { the last receives the one, every other member the other, and the others go on }
    }
    """
    owner, (first, *others) = group_of(members)
    judge.delivers(first, others[-1])
    judge.delivers(first, among=others)
    first.leaves()
    judge.outlasts_patience()
    judge.delivers(owner, among=others)
