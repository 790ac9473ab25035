"""Which passages a move acts on: by emitter, receiver, direction, ordinal or a rule of one's own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypedDict

from pytest_prose_go.air.passage import Passage

Stations = int | Collection[int]
Ordinals = int | Collection[int]


class Chosen(TypedDict, total=False):
    """The conditions of a move; all that are given must hold.

    ``emitter`` and ``receiver``: a station's number or several. ``direction``: from one station to
    another. ``between``: the same both ways. ``ordinal``: which frames, counted from 0 since the move
    began, among those that meet every other condition; all the passages of one emission share its
    ordinal. ``where``: called with the :class:`Passage`, changed as the moves before have left it.
    """

    emitter: Stations
    receiver: Stations
    direction: tuple[int, int]
    between: tuple[int, int]
    ordinal: Ordinals
    where: Callable[[Passage], bool]


def _several(stations: int | Collection[int]) -> Collection[int]:
    return (stations,) if isinstance(stations, int) else stations


class Choice:
    """The conditions of one move, with its count of frames."""

    def __init__(self, chosen: Chosen) -> None:
        unknown = set(chosen) - Chosen.__annotations__.keys()
        if unknown:
            raise TypeError(f"a move has no condition {', '.join(sorted(unknown))}")
        self._emitters = _several(chosen["emitter"]) if "emitter" in chosen else None
        self._receivers = _several(chosen["receiver"]) if "receiver" in chosen else None
        self._ways: list[tuple[int, int]] | None = None
        if "direction" in chosen:
            self._ways = [chosen["direction"]]
        if "between" in chosen:
            one, other = chosen["between"]
            both = [(one, other), (other, one)]
            self._ways = both if self._ways is None else [way for way in self._ways if way in both]
        self._ordinals = _several(chosen["ordinal"]) if "ordinal" in chosen else None
        self._where = chosen.get("where")
        self._counted: dict[int, int] = {}
        self.text = ", ".join(self._tell(chosen)) or "every frame"

    @staticmethod
    def _tell(chosen: Chosen) -> list[str]:
        words = []
        if "emitter" in chosen:
            words.append(f"from {_listed(chosen['emitter'])}")
        if "receiver" in chosen:
            words.append(f"to {_listed(chosen['receiver'])}")
        if "direction" in chosen:
            words.append("from {} to {}".format(*chosen["direction"]))
        if "between" in chosen:
            words.append("between {} and {}".format(*chosen["between"]))
        if "ordinal" in chosen:
            words.append(f"frame {_listed(chosen['ordinal'])}")
        if "where" in chosen:
            words.append(f"where {getattr(chosen['where'], '__name__', 'a rule holds')}")
        return words

    def fits(self, passage: Passage) -> bool:
        """Whether every condition holds for ``passage``. A frame that fits but for its ordinal counts."""
        if self._emitters is not None and passage.emitter not in self._emitters:
            return False
        if self._receivers is not None and passage.receiver not in self._receivers:
            return False
        if self._ways is not None and (passage.emitter, passage.receiver) not in self._ways:
            return False
        if self._where is not None and not self._where(passage):
            return False
        if self._ordinals is None or passage.emission is None:
            return True
        return self._counted.setdefault(passage.emission, len(self._counted)) in self._ordinals


def _listed(numbers: int | Collection[int]) -> str:
    if isinstance(numbers, int):
        return str(numbers)
    if isinstance(numbers, range):
        if numbers.step == 1:
            return f"{numbers.start} to {numbers.stop - 1}"
        return ", ".join(str(number) for number in numbers[:2]) + f", … {numbers[-1]}"
    return " or ".join(str(number) for number in sorted(numbers)) or "none"
