"""The attacker's vocabulary: what can be done to frames by one who owns the air and knows no format.

Every move is written to the trace as :class:`Moved` when it is made and :class:`Lifted` when it is over,
acts until then, and returns itself. Moves act on an emission when it arrives, in the order in which they
were made; what the attacker sends himself meets none of them. The books name the last that acted on a
frame, so the move whose effect a control asks for is to be made last. A move's conditions are those of
:class:`Chosen`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from functools import partial
from typing import TypeVar, Unpack

from pytest_prose_go.air import frame_changes
from pytest_prose_go.air.choice import Choice, Chosen
from pytest_prose_go.air.frame_changes import Change
from pytest_prose_go.air.moves import (
    Alter,
    Battlefield,
    Cut,
    Delay,
    Double,
    Drop,
    Handler,
    ManInTheMiddle,
    Move,
    Redirect,
    Reflect,
    Reorder,
    Rewrite,
    Scramble,
    Shot,
    Skew,
    Tap,
    Withhold,
    passage_to,
)
from pytest_prose_go.air.passage import NOBODY, Passage
from pytest_prose_go.air.trace import Emitted

Emission = int | Emitted
"""An emission: its record, or its number in the trace."""

AnyMove = TypeVar("AnyMove", bound=Move)


class Attacker(Battlefield):
    """The moves, as methods of the air."""

    @abstractmethod
    def next_move(self) -> int:
        """The number of the next move."""

    @abstractmethod
    def begin(self, move: Move) -> None:
        """Book that ``move`` was made, and let it act."""

    @abstractmethod
    def emission(self, emission: Emission) -> Emitted:
        """The record of an emission. Raises :class:`LookupError` if there is none of that number."""

    @abstractmethod
    def shift_clock(self, number: int, seconds: float) -> float:
        """Set how far a station's time is off. Returns how far it was off before."""

    # --- what passes ------------------------------------------------------------------------------

    def tap(self, **chosen: Unpack[Chosen]) -> Tap:
        """Overhear: collect emissions as they are emitted. ``receiver`` means a station that hears them."""
        return self._begun(Tap(self, self.next_move(), Choice(chosen)))

    def drop(self, **chosen: Unpack[Chosen]) -> Drop:
        """Keep frames from their receivers for good."""
        return self._begun(Drop(self, self.next_move(), Choice(chosen)))

    def cut(self) -> Cut:
        """Let nobody hear anybody."""
        return self._begun(Cut(self, self.next_move(), Choice({})))

    def withhold(self, **chosen: Unpack[Chosen]) -> Withhold:
        """Keep frames from their receivers until :meth:`Withhold.release`."""
        return self._begun(Withhold(self, self.next_move(), Choice(chosen)))

    def alter(self, *changes: Change, **chosen: Unpack[Chosen]) -> Alter:
        """Change payloads; the changes, of :mod:`frame_changes`, one after the other."""
        change = changes[0] if len(changes) == 1 else frame_changes.in_turn(*changes)
        return self._begun(Alter(self, self.next_move(), Choice(chosen), change))

    def rewrite(
        self,
        old: bytes,
        new: bytes,
        mend_lengths: bool = False,
        only: int | None = None,
        **chosen: Unpack[Chosen],
    ) -> Rewrite:
        """Replace a byte string wherever, or at one of the places where, it stands in a payload; see
        :func:`frame_changes.rewrite`."""
        change = frame_changes.rewrite(old, new, mend_lengths, only)
        return self._begun(Rewrite(self, self.next_move(), Choice(chosen), change))

    def scramble(self, seed: int | bytes | str = 0, **chosen: Unpack[Chosen]) -> Scramble:
        """Replace each payload by other random bytes of its length."""
        return self._begun(Scramble(self, self.next_move(), Choice(chosen), seed))

    def double(self, **chosen: Unpack[Chosen]) -> Double:
        """Let frames arrive twice."""
        return self._begun(Double(self, self.next_move(), Choice(chosen)))

    def delay(self, seconds: float, **chosen: Unpack[Chosen]) -> Delay:
        """Let frames arrive ``seconds`` later than they would."""
        if seconds < 0:
            raise ValueError(f"a frame cannot arrive {-seconds:g} s before it was sent")
        return self._begun(Delay(self, self.next_move(), Choice(chosen), seconds))

    def reorder(self, span: int = 2, **chosen: Unpack[Chosen]) -> Reorder:
        """Hold each receiver's frames until there are ``span``, then let them arrive last first."""
        if span < 2:
            raise ValueError(f"{span} frame has no order to change")
        return self._begun(Reorder(self, self.next_move(), Choice(chosen), span))

    def reflect(self, swap: bool | None = None, keep: bool = True, **chosen: Unpack[Chosen]) -> Reflect:
        """Give a station its own frames back.

        ``swap``: with source and destination swapped (None: if it would not hear them otherwise).
        ``keep``: they also reach their receivers.
        """
        return self._begun(Reflect(self, self.next_move(), Choice(chosen), swap, keep))

    def redirect(
        self,
        to: int | None = None,
        source: int | None = None,
        destination: int | None = None,
        keep: bool = False,
        **chosen: Unpack[Chosen],
    ) -> Redirect:
        """Give frames another source or destination address, or bring them to station ``to``.

        Radios still pass up only what they listen to: without ``to``, a frame with another destination
        reaches whoever hears that; with it, mind ``destination``. ``keep``: the frames also reach their
        receivers as they were.
        """
        if to is None and source is None and destination is None:
            raise ValueError("redirect to nowhere: give to, source or destination")
        move = Redirect(self, self.next_move(), Choice(chosen), to, source, destination, keep)
        return self._begun(move)

    def man_in_the_middle(self, a: int, b: int, handler: Handler | None = None) -> ManInTheMiddle:
        """Sit between stations ``a`` and ``b``: what goes between them goes by ``handler`` only.

        It is called with each :class:`Passage` and returns those that go on in its place
        (:meth:`Passage.changed` makes them). None: everything is forwarded.
        """
        choice = Choice({"between": (a, b)})
        return self._begun(ManInTheMiddle(self, self.next_move(), choice, handler or _forward))

    # --- frames of the attacker's own -------------------------------------------------------------

    def deliver(
        self,
        emissions: Emission | Iterable[Emission],
        to: int,
        *changes: Change,
        source: int | None = None,
        destination: int | None = None,
    ) -> Shot:
        """Give station ``to`` frames that were emitted before, in order, a latency apart.

        ``how`` is ``replayed`` where the station was given the emission before, in whatever form.
        """
        passages = self._again(emissions, to, changes, source, destination)
        return self._shot("deliver", f"deliver {_numbers(passages)} to station {to}", passages, changes)

    def replay(
        self,
        emissions: Emission | Iterable[Emission],
        to: int | None = None,
        *changes: Change,
        source: int | None = None,
        destination: int | None = None,
    ) -> Shot:
        """Send frames again, in order, a latency apart: to station ``to``, or to all that hear them but
        their emitter. ``how`` is always ``replayed``."""
        passages = self._again(emissions, to, changes, source, destination)
        for passage in passages:
            passage.brought = "replayed"
        where = "everyone" if to is None else f"station {to}"
        return self._shot("replay", f"replay {_numbers(passages)} to {where}", passages, changes)

    def inject(self, payload: bytes, source: int, destination: int, to: int | None = None) -> Shot:
        """Send a frame of the attacker's own making, to station ``to`` or to all that hear it.

        Not for bytes that a station emitted: the judge would not know from whom they stem. Those are for
        :meth:`deliver`, :meth:`replay` and :meth:`splice`.
        """
        receiver = NOBODY if to is None else to
        passage = Passage(None, None, receiver, source, destination, payload, "injected")
        where = "everyone" if to is None else f"station {to}"
        text = f"inject {len(payload)} bytes from {source:#08x} for {destination:#08x} to {where}"
        return self._shot("inject", text, [passage])

    def splice(
        self,
        head: Emission,
        upto: int,
        tail: Emission,
        since: int,
        to: int | None = None,
        source: int | None = None,
        destination: int | None = None,
    ) -> Shot:
        """Send one frame: ``head`` up to byte ``upto`` and ``tail`` from byte ``since`` on.

        The addresses are those of ``head`` unless given. The delivery counts as one of the later
        emission of the two, so that its freshness is not lost on the judge.
        """
        front, back = self.emission(head), self.emission(tail)
        later = max(front, back, key=lambda emitted: emitted.number)
        passage = Passage(
            later.number,
            later.station,
            NOBODY if to is None else to,
            front.source if source is None else source,
            front.destination if destination is None else destination,
            front.payload[:upto] + back.payload[since:],
        )
        where = "everyone" if to is None else f"station {to}"
        text = f"splice frame {front.number} up to byte {upto} and frame {back.number} from byte {since}, to {where}"
        return self._shot("splice", text, [passage])

    # --- time -------------------------------------------------------------------------------------

    def skew(self, number: int, seconds: float) -> Skew:
        """Shift what station ``number`` takes for the time; ``wake_at`` is in its time.

        Its time never goes back: where it would, it stands still until it is right.
        """
        before = self.shift_clock(number, seconds)
        text = f"skew the time of station {number} by {seconds:g} s"
        return self._begun(Skew(self, self.next_move(), text, partial(self.shift_clock, number, before)))

    # --- how --------------------------------------------------------------------------------------

    def _begun(self, move: AnyMove) -> AnyMove:
        self.begin(move)
        return move

    def _again(
        self,
        emissions: Emission | Iterable[Emission],
        to: int | None,
        changes: Iterable[Change],
        source: int | None,
        destination: int | None,
    ) -> list[Passage]:
        """Passages of ``emissions`` to ``to``, or to whoever hears them, changed."""
        change = frame_changes.in_turn(*changes)
        receiver = NOBODY if to is None else to
        several = (emissions,) if isinstance(emissions, int | Emitted) else emissions
        passages = []
        for emission in several:
            emitted = self.emission(emission)
            passage = passage_to(emitted, receiver)
            passages.append(passage.changed(change(emitted.payload), source, destination))
        return passages

    def _shot(self, kind: str, text: str, passages: list[Passage], changes: Iterable[Change] = ()) -> Shot:
        words = "".join(f", {change.text}" for change in changes)
        shot = self._begun(Shot(self, self.next_move(), kind, text + words, passages))
        shot.start()
        return shot


def _forward(passage: Passage) -> tuple[Passage, ...]:
    return (passage,)


def _numbers(passages: Iterable[Passage]) -> str:
    numbers = [str(passage.emission) for passage in passages]
    if len(numbers) > 1 and len(set(numbers)) == 1:
        return f"frame {numbers[0]} {len(numbers)} times"
    return f"frame{'s' if len(numbers) > 1 else ''} {' '.join(numbers)}" if numbers else "nothing"
