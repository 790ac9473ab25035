"""Laws of the state table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.errors import PeerViolation
from reference_impl.states import TABLE, State, Step, following


@given(st.sampled_from(State), st.sampled_from(Step))
def test_a_step_follows_the_table_or_is_refused(state: State, step: Step) -> None:
    if step in TABLE[state]:
        assert following(state, step) is TABLE[state][step]
    else:
        with pytest.raises(PeerViolation):
            following(state, step)


@given(st.lists(st.sampled_from(Step), max_size=8))
def test_nothing_is_open_without_the_proof_of_the_other_end(steps: list[Step]) -> None:
    state = State.IDLE
    done: list[Step] = []
    for step in steps:
        try:
            state = following(state, step)
        except PeerViolation:
            continue
        done.append(step)

    if state is State.OPEN:
        assert done in ([Step.ASK, Step.COMMAND, Step.ACCEPT], [Step.REQUEST, Step.COMPLETE])


def test_every_state_can_be_reached_and_all_but_the_last_can_be_left() -> None:
    reached = {State.IDLE} | {after for moves in TABLE.values() for after in moves.values()}

    assert reached == set(State)
    assert [state for state, moves in TABLE.items() if not moves] == [State.CLOSING]
