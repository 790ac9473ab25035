"""The life of a group, function by function: what the basic cases repeat on a bad air."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from pytest_prose_go.air.moves import Move
from pytest_prose_go.scenario.endpoints import GroupOwner, UserEquipment
from pytest_prose_go.scenario.judging import Judge
from pytest_prose_go.scenario.scenario import Scenario

FUNCTIONS = ("join", "unicast", "groupcast", "leave", "rejoin", "remove")
"""The basic functions, in the order of a life."""

_MOST_FRAMES = {"quick": 4, "standard": 12, "exhaustive": 400}
"""How many frames of one function are lost in turn."""


class Life:
    """Lets a group of a GO and three members live, on whatever air."""

    def __init__(self, scenario: Scenario, judge: Judge, owner: GroupOwner, *members: UserEquipment) -> None:
        self._scenario = scenario
        self._judge = judge
        self._owner = owner
        self._alice, self._bob, self._carol = members

    def comes_to(self, function: str) -> None:
        """Bring the group to where ``function`` can be done."""
        if function == "rejoin":
            self._alice.leaves()
            self._judge.outlasts_patience()

    def does(self, function: str) -> None:
        """One basic function, with its control: it works, perhaps after the target's own repeating or by
        asking again."""
        judge, owner = self._judge, self._owner
        alice, bob, carol = self._alice, self._bob, self._carol
        match function:
            case "join":
                alice.leaves()
                judge.passes(self._scenario.statement.patience.delivery)
                judge.admits(owner, alice)
            case "unicast":
                judge.delivers(alice, bob)
            case "groupcast":
                judge.delivers(alice, among=(bob, carol))
            case "leave":
                alice.leaves()
                judge.passes(self._scenario.statement.patience.delivery)
                judge.delivers(bob, carol)
            case "rejoin":
                judge.admits(owner, alice)
                judge.delivers(alice, bob)
                judge.delivers(bob, alice)
            case "remove":
                owner.removes(carol)
                judge.passes(self._scenario.statement.patience.delivery)
                judge.delivers(alice, bob)
            case _:
                raise ValueError(f"{function} is none of {FUNCTIONS}")

    def goes_on(self, function: str) -> None:
        """Bring the group back to where ``function`` can be done once more; a member that is barred stays out."""
        judge, owner = self._judge, self._owner
        match function:
            case "leave":
                judge.admits(owner, self._alice)
            case "remove" if self._scenario.statement.removal != "bar":
                self._carol.leaves()
                judge.passes(self._scenario.statement.patience.delivery)
                judge.admits(owner, self._carol)
            case _:
                pass

    def loses_each_frame(self, function: str, lose: Callable[[int], Move]) -> None:
        """Do ``function`` again and again, each time with one more frame lost: the first, the second, …, until
        it has no more of them, or as many as the depth asks for."""
        once = function == "remove" and self._scenario.statement.removal == "bar"
        tried = 0
        for place in range(1 if once else _MOST_FRAMES[self._scenario.depth]):
            self.comes_to(function)
            with lose(place) as losing:
                self.does(function)
            if not losing.touched:
                break
            tried += 1
            self.goes_on(function)
        self._judge.note(f"{function}: {tried} frames lost in turn")

    def lives(self, air: AbstractContextManager[object]) -> None:
        """Do every function once on a bad ``air``."""
        with air:
            for function in FUNCTIONS:
                self.comes_to(function)
                self.does(function)
                if function == "leave":
                    self.goes_on(function)
