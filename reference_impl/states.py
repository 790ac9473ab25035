"""The states of a session, and every legal move between them.

A session is one run of request, security mode procedure and acceptance between a UE (the initiator)
and a GO (the responder), and what follows. The table is all the state logic there is, and it does not
know which role we play. What is not in the table is refused.

    initiator:  IDLE ──ask──▶ REQUESTED ──command──▶ COMPLETED ──accept──▶ OPEN ──release──▶ CLOSING
    responder:  IDLE ──request──▶ COMMANDED ──complete──▶ OPEN ──release──▶ CLOSING

A session that replaces another runs beside it: the older one is dropped only when the younger is OPEN.
"""

from __future__ import annotations

from enum import Enum

from reference_impl.errors import PeerViolation


class State(Enum):
    """Where a session stands."""

    IDLE = "idle"
    REQUESTED = "requested"
    COMMANDED = "commanded"
    COMPLETED = "completed"
    OPEN = "open"
    CLOSING = "closing"


class Step(Enum):
    """What moves a session on. All but ``ask`` and ``release`` stand for a verified message."""

    ASK = "ask"
    REQUEST = "request"
    COMMAND = "command"
    COMPLETE = "complete"
    ACCEPT = "accept"
    RELEASE = "release"


TABLE: dict[State, dict[Step, State]] = {
    State.IDLE: {Step.ASK: State.REQUESTED, Step.REQUEST: State.COMMANDED},
    State.REQUESTED: {Step.COMMAND: State.COMPLETED},
    State.COMMANDED: {Step.COMPLETE: State.OPEN},
    State.COMPLETED: {Step.ACCEPT: State.OPEN},
    State.OPEN: {Step.RELEASE: State.CLOSING},
    State.CLOSING: {},
}


def following(state: State, step: Step) -> State:
    """The state after ``step``. Raises :class:`PeerViolation` if the table has no such move."""
    try:
        return TABLE[state][step]
    except KeyError:
        raise PeerViolation(f"{step.value} is out of place in state {state.value}") from None
