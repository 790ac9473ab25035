"""The attacker's moves, each on until it is lifted."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Self

from pytest_prose_go.air.choice import Choice
from pytest_prose_go.air.frame_changes import Change
from pytest_prose_go.air.passage import NOBODY, Passage
from pytest_prose_go.air.trace import Delivered, Dropped, Emitted

Handler = Callable[[Passage], Iterable[Passage]]
"""What a man in the middle does with a passage: the passages that go on in its place."""


class Battlefield(ABC):
    """What the moves need of the air."""

    latency: float

    @abstractmethod
    def keep(self, passage: Passage, move: Move) -> None:
        """Book that ``move`` kept ``passage`` from its receiver."""

    @abstractmethod
    def hears(self, number: int, destination: int) -> bool:
        """Whether the station is there, not silenced, and its radio passes ``destination`` up."""

    @abstractmethod
    def hearers(self, destination: int) -> list[int]:
        """The stations that hear ``destination``, in the order in which they were attached."""

    @abstractmethod
    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call ``call`` when ``seconds`` have passed."""

    @abstractmethod
    def hand(self, passage: Passage) -> None:
        """Give ``passage`` to its receiver now, past all moves, if it hears it."""

    @abstractmethod
    def resume(self, passage: Passage, after: Move) -> None:
        """Let ``passage`` meet the moves made after ``after``, and arrive."""

    @abstractmethod
    def end(self, move: Move) -> None:
        """Book that ``move`` is over, and forget it."""


class Move:
    """A move of the attacker. As a context manager it is lifted at the end of the block.

    ``number`` is its number in the trace. ``touched`` are the records of what it acted on, in order:
    :class:`Delivered` and :class:`Dropped`, or for a tap :class:`Emitted`. The trace's own ``move`` is
    the number of the last move that acted on the frame.
    """

    kind = "move"

    def __init__(self, air: Battlefield, number: int, choice: Choice) -> None:
        self.air = air
        self.number = number
        self.choice = choice
        self.touched: list[Delivered | Dropped | Emitted] = []
        self.on = True

    def lift(self) -> None:
        """End the move; nothing if it is over already."""
        if self.on:
            self.on = False
            self.air.end(self)
            self.over()

    def over(self) -> None:
        """What is left to do when the move is over."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lift()

    @property
    def text(self) -> str:
        return f"{self.kind} {self.choice.text}"

    def meet(self, emitted: Emitted, passages: list[Passage]) -> list[Passage]:
        """What becomes of an emission's ``passages``: those that go on, in order."""
        going_on: list[Passage] = []
        for passage in passages:
            if self.choice.fits(passage):
                going_on += self.act(passage)
            else:
                going_on.append(passage)
        return going_on

    def act(self, passage: Passage) -> Iterable[Passage]:
        """What becomes of one chosen passage."""
        return (passage,)


class Tap(Move):
    """Overhears: ``emissions`` are the chosen ones, in order, from the moment they are emitted."""

    kind = "tap"

    def __init__(self, air: Battlefield, number: int, choice: Choice) -> None:
        super().__init__(air, number, choice)
        self.emissions: list[Emitted] = []

    def overhear(self, emitted: Emitted) -> None:
        """Take note of ``emitted`` if the choice fits for a station that hears it now, or for nobody."""
        receivers = [n for n in self.air.hearers(emitted.destination) if n != emitted.station]
        if any(self.choice.fits(passage_to(emitted, receiver)) for receiver in (NOBODY, *receivers)):
            self.emissions.append(emitted)
            self.touched.append(emitted)


class Drop(Move):
    """Keeps frames from their receivers for good."""

    kind = "drop"

    def act(self, passage: Passage) -> Iterable[Passage]:
        self.air.keep(passage, self)
        return ()


class Cut(Drop):
    """Nobody hears anybody."""

    kind = "cut"

    @property
    def text(self) -> str:
        return "nobody hears anybody"


class Withhold(Move):
    """Drops, but keeps: ``held`` are the passages kept so far, in order."""

    kind = "withhold"

    def __init__(self, air: Battlefield, number: int, choice: Choice) -> None:
        super().__init__(air, number, choice)
        self.held: list[Passage] = []

    def act(self, passage: Passage) -> Iterable[Passage]:
        self.air.keep(passage, self)
        self.held.append(passage)
        return ()

    def release(self) -> None:
        """Give every passage held to its receiver, whole and in order, a latency apart, past all moves.

        May also be called when the move is over.
        """
        held, self.held = self.held, []
        for place, passage in enumerate(held, 1):
            passage.acted_on(self)
            self.air.later(place * self.air.latency, partial(self.air.hand, passage))


class Alter(Move):
    """Changes payloads, until lifted: so every resend too."""

    kind = "alter"

    def __init__(self, air: Battlefield, number: int, choice: Choice, change: Change) -> None:
        super().__init__(air, number, choice)
        self.change = change

    @property
    def text(self) -> str:
        where = self.choice.text
        return f"{self.change.text} in {where if 'frame' in where else f'frames {where}'}"

    def act(self, passage: Passage) -> Iterable[Passage]:
        payload = self.change(passage.payload)
        if payload == passage.payload:
            return (passage,)
        return (passage.changed(payload).acted_on(self),)


class Double(Move):
    """Lets every frame arrive twice, the copy at once after the frame."""

    kind = "double"

    def act(self, passage: Passage) -> Iterable[Passage]:
        copy = passage.changed()
        copy.brought = "replayed"
        return (passage, copy.acted_on(self))


class Rewrite(Alter):
    """Replaces names in flight."""

    kind = "rewrite"


class Scramble(Alter):
    """Replaces each payload by other random bytes of its length, from a seeded generator."""

    kind = "scramble"

    def __init__(self, air: Battlefield, number: int, choice: Choice, seed: int | bytes | str) -> None:
        generator = random.Random(seed)

        def scrambled(payload: bytes) -> bytes:
            other = payload
            while payload and other == payload:
                other = generator.randbytes(len(payload))
            return other

        super().__init__(air, number, choice, Change("random bytes", scrambled))


class Delay(Move):
    """Lets frames arrive later than they would. Those on their way when it is lifted still arrive so."""

    kind = "delay"

    def __init__(self, air: Battlefield, number: int, choice: Choice, seconds: float) -> None:
        super().__init__(air, number, choice)
        self.seconds = seconds

    @property
    def text(self) -> str:
        return f"delay by {self.seconds:g} s {self.choice.text}"

    def act(self, passage: Passage) -> Iterable[Passage]:
        passage.acted_on(self)
        self.air.later(self.seconds, partial(self.air.resume, passage, self))
        return ()


class Reorder(Move):
    """Holds a receiver's frames until there are ``span``, and then lets them arrive last first.

    What is held when the move is lifted arrives a latency later, in its order.
    """

    kind = "reorder"

    def __init__(self, air: Battlefield, number: int, choice: Choice, span: int) -> None:
        super().__init__(air, number, choice)
        self.span = span
        self._held: dict[int, list[Passage]] = {}

    @property
    def text(self) -> str:
        return f"swap {self.span} at a time, {self.choice.text}"

    def act(self, passage: Passage) -> Iterable[Passage]:
        held = self._held.setdefault(passage.receiver, [])
        held.append(passage.acted_on(self))
        if len(held) < self.span:
            return ()
        del self._held[passage.receiver]
        return reversed(held)

    def over(self) -> None:
        for held in self._held.values():
            for passage in held:
                self.air.later(self.air.latency, partial(self.air.resume, passage, self))
        self._held.clear()


class _Elsewhere(Move):
    """A move that brings a frame where it was not going, once for each emission."""

    def __init__(self, air: Battlefield, number: int, choice: Choice, keep: bool) -> None:
        super().__init__(air, number, choice)
        self.keep = keep
        self._brought: set[int] = set()

    def first(self, emitted: Emitted) -> bool:
        """Whether nothing of this emission was brought anywhere yet; from now on it was."""
        if emitted.number in self._brought:
            return False
        self._brought.add(emitted.number)
        return True

    def meet(self, emitted: Emitted, passages: list[Passage]) -> list[Passage]:
        chosen = [passage for passage in passages if self.choice.fits(passage)]
        going_on = passages
        if chosen:
            going_on = self.stay(passages, chosen)
        elif not passages:
            # Nobody hears it, but the attacker does.
            nobody = passage_to(emitted, NOBODY)
            chosen = [nobody] if self.choice.fits(nobody) else []
        if chosen:
            going_on = [*going_on, *self.bring(emitted, chosen[0], [p.receiver for p in passages])]
        return going_on

    def stay(self, passages: list[Passage], chosen: list[Passage]) -> list[Passage]:
        """What goes on to where it was going."""
        if self.keep:
            return passages
        for passage in chosen:
            self.air.keep(passage, self)
        return [passage for passage in passages if passage not in chosen]

    def bring(self, emitted: Emitted, passage: Passage, receivers: list[int]) -> list[Passage]:
        """What goes elsewhere: copies of ``passage``; ``receivers`` have one of the emission anyway."""
        raise NotImplementedError


class Reflect(_Elsewhere):
    """Gives a station its own frames back.

    ``swap``: with source and destination swapped; None: if the station would not hear it otherwise.
    ``keep``: the frame also reaches its receivers.
    """

    kind = "reflect"

    def __init__(self, air: Battlefield, number: int, choice: Choice, swap: bool | None, keep: bool) -> None:
        super().__init__(air, number, choice, keep)
        self.swap = swap

    def bring(self, emitted: Emitted, passage: Passage, receivers: list[int]) -> list[Passage]:
        if not self.first(emitted):
            return []
        back = passage.changed(receiver=emitted.station).acted_on(self)
        swap = self.swap
        if swap is None:
            swap = not self.air.hears(emitted.station, back.destination)
        if swap:
            back.source, back.destination = back.destination, back.source
        return [back]


class Redirect(_Elsewhere):
    """Gives frames other addresses, or brings them to station ``to``.

    Without ``to`` a frame with another destination reaches whoever hears that, but never its emitter.
    ``keep``: the frame also reaches its receivers as it was.
    """

    kind = "redirect"

    def __init__(
        self,
        air: Battlefield,
        number: int,
        choice: Choice,
        to: int | None,
        source: int | None,
        destination: int | None,
        keep: bool,
    ) -> None:
        super().__init__(air, number, choice, keep)
        self.to = to
        self.source = source
        self.destination = destination

    @property
    def text(self) -> str:
        words = [f"redirect {self.choice.text}"]
        if self.to is not None:
            words.append(f"to station {self.to}")
        if self.source is not None:
            words.append(f"from address {self.source:#08x}")
        if self.destination is not None:
            words.append(f"to address {self.destination:#08x}")
        return ", ".join(words)

    def stay(self, passages: list[Passage], chosen: list[Passage]) -> list[Passage]:
        if self.to is not None or self.keep:
            return super().stay(passages, chosen)
        return [self._readdressed(p) if p in chosen else p for p in passages]

    def bring(self, emitted: Emitted, passage: Passage, receivers: list[int]) -> list[Passage]:
        if not self.first(emitted):
            return []
        if self.to is not None:
            return [self._readdressed(passage, self.to)]
        destination = passage.destination if self.destination is None else self.destination
        elsewhere = [n for n in self.air.hearers(destination) if n != emitted.station]
        if not self.keep:
            elsewhere = [n for n in elsewhere if n not in receivers]
        return [self._readdressed(passage, n) for n in elsewhere]

    def _readdressed(self, passage: Passage, receiver: int | None = None) -> Passage:
        return passage.changed(source=self.source, destination=self.destination, receiver=receiver).acted_on(
            self
        )


class ManInTheMiddle(Move):
    """Sits between two stations: what goes between them, either way, goes by ``handler``."""

    kind = "man-in-the-middle"

    def __init__(self, air: Battlefield, number: int, choice: Choice, handler: Handler) -> None:
        super().__init__(air, number, choice)
        self.handler = handler

    def act(self, passage: Passage) -> Iterable[Passage]:
        # The handler may change what it is given, so whether it was given back is asked of a copy.
        given = passage.changed()
        going_on = [p.acted_on(self) for p in self.handler(given)]
        if all(p.receiver != passage.receiver for p in going_on):
            self.air.keep(passage, self)
        return going_on


class Skew(Move):
    """Shifts what a station takes for the time. Lifted, the station's clock stands until it is right."""

    kind = "skew"

    def __init__(self, air: Battlefield, number: int, text: str, back: Callable[[], object]) -> None:
        super().__init__(air, number, Choice({}))
        self._text = text
        self._back = back

    @property
    def text(self) -> str:
        return self._text

    def over(self) -> None:
        self._back()


class Shot(Move):
    """Sends frames of the attacker's own, a latency apart, and is over when the last has arrived.

    Lifted before, the rest is never sent. The attacker's other moves do not act on his own frames.
    """

    def __init__(
        self, air: Battlefield, number: int, kind: str, text: str, passages: Sequence[Passage]
    ) -> None:
        super().__init__(air, number, Choice({}))
        self.kind = kind
        self._text = text
        self._left = deque(passage.acted_on(self) for passage in passages)

    @property
    def text(self) -> str:
        return self._text

    def start(self) -> None:
        """Send the first frame."""
        if self._left:
            self.air.later(self.air.latency, self._arrive)
        else:
            self.lift()

    def _arrive(self) -> None:
        if not self.on:
            return
        passage = self._left.popleft()
        receivers = [passage.receiver]
        if passage.receiver == NOBODY:
            receivers = [n for n in self.air.hearers(passage.destination) if n != passage.emitter]
        if self._left:
            self.air.later(self.air.latency, self._arrive)
        for receiver in receivers:
            self.air.hand(to_receiver(passage, receiver))
        if not self._left:
            self.lift()


def passage_to(emitted: Emitted, receiver: int) -> Passage:
    """The passage of ``emitted`` to ``receiver``, as emitted."""
    return Passage(
        emitted.number, emitted.station, receiver, emitted.source, emitted.destination, emitted.payload
    )


def to_receiver(passage: Passage, receiver: int) -> Passage:
    """A copy of the attacker's own ``passage`` for one of its receivers."""
    copy = passage.changed()
    copy.receiver = receiver
    return copy
