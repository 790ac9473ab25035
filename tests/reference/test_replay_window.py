"""The replay window against a plain set of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reference_impl.replay_window import ReplayWindow

SIZE = 64


@given(st.lists(st.integers(0, 400)))
def test_no_number_is_taken_twice_and_none_in_the_window_is_lost(numbers: list[int]) -> None:
    window = ReplayWindow(SIZE)
    taken: set[int] = set()
    for number in numbers:
        expected = number not in taken and number > max(taken, default=-1) - SIZE
        assert window.is_fresh(number) is expected
        assert window.take(number) is expected
        if expected:
            taken.add(number)
        assert window.highest == max(taken)


@given(st.integers(0, 2 * SIZE))
def test_the_edge_of_the_window(behind: int) -> None:
    window = ReplayWindow(SIZE)
    window.take(1000)

    assert window.is_fresh(1000 - behind) is (0 < behind < SIZE)


def test_a_jump_beyond_the_window_forgets_what_was_taken_but_not_that_it_is_old() -> None:
    window = ReplayWindow(SIZE)
    for number in range(10):
        window.take(number)
    window.take(10_000)

    assert not any(window.is_fresh(number) for number in range(10))
    assert window.is_fresh(9_999)
