"""The states of a session, and every legal move between them.

A session is one run of request, security mode procedure and acceptance between a UE (the initiator)
and a GO (the responder), and what follows. The table is all the state logic there is, and it does not
know which role we play. What is not in the table is refused.

    initiator:  IDLE ──ask──▶ REQUESTED ──command──▶ COMPLETED ──accept──▶ OPEN ──release──▶ CLOSING
    responder:  IDLE ──request──▶ COMMANDED ──complete──▶ OPEN ──release──▶ CLOSING
    both:       any of these ──forget──▶ CLOSED

A session that replaces another runs beside it: the older one is forgotten only when the younger is OPEN.
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
    CLOSED = "closed"


class Step(Enum):
    """What moves a session on. All but ``ask``, ``release`` and ``forget`` stand for a verified message."""

    ASK = "ask"
    REQUEST = "request"
    COMMAND = "command"
    COMPLETE = "complete"
    ACCEPT = "accept"
    RELEASE = "release"
    FORGET = "forget"


TABLE: dict[State, dict[Step, State]] = {
    State.IDLE: {Step.ASK: State.REQUESTED, Step.REQUEST: State.COMMANDED},
    State.REQUESTED: {Step.COMMAND: State.COMPLETED, Step.FORGET: State.CLOSED},
    State.COMMANDED: {Step.COMPLETE: State.OPEN, Step.FORGET: State.CLOSED},
    State.COMPLETED: {Step.ACCEPT: State.OPEN, Step.FORGET: State.CLOSED},
    State.OPEN: {Step.RELEASE: State.CLOSING, Step.FORGET: State.CLOSED},
    State.CLOSING: {Step.FORGET: State.CLOSED},
    State.CLOSED: {},
}


def following(state: State, step: Step) -> State:
    """The state after ``step``. Raises :class:`PeerViolation` if the table has no such move."""
    try:
        return TABLE[state][step]
    except KeyError:
        raise PeerViolation(f"{step.value} is out of place in state {state.value}") from None
