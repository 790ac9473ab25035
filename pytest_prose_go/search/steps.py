"""An attack as plain data: a list of steps, that can be drawn by lot, cut down, written to a file and played again.

Who acts is named by a part (``alice``, ``go``, ``rogue``; see :mod:`.parts`), never by an address, and frames by who
emitted them, in which of its latest steps: so a step keeps its meaning when others are taken out, and on another
target. Where a step cannot be done it is skipped.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Pause = Literal["none", "brief", "settled", "outlasted", "minute", "idle"]
"""How long to wait after a step: not at all; until what is on the air has arrived; until what arrived has settled;
until a leaving or removal is older than the patience; 95 s; 700 s."""

Cause = Literal["", "Join", "Send", "Leave", "Remove", "Own", "Restart", "Rekey", "Replay"]
"""In steps of which kind frames were emitted ("": any)."""

Addressed = Literal["", "own", "others"]
"""Of a move: all frames, those that bear the address of its receiver (or of whom they are brought ``to``), or those
that bear another."""

ChangeKind = Literal["flip", "xor", "pair", "fill", "truncate", "cut", "extend", "mend", "head", "tail"]

DisturbanceKind = Literal[
    "drop", "alter", "delay", "reorder", "double", "reflect", "withhold", "redirect", "rewrite", "skew"
]

Payload = Literal["fresh", "again", "blocks"]
"""``again``: the bytes that the sender sent last; ``blocks``: a random word over two random blocks."""


class Frames(Struct, frozen=True, omit_defaults=True):
    """Frames that ``of`` emitted in one step of kind ``during``: its latest such, or the ``back``-th before that.

    ``first`` and ``count`` choose among them (``count`` 0: all from ``first`` on); ``newest_first`` turns them round.
    """

    of: str
    during: Cause = ""
    back: int = 0
    first: int = 0
    count: int = 0
    newest_first: bool = False


class Change(Struct, frozen=True, omit_defaults=True):
    """A change of a frame's bytes. ``at`` counts bytes (for ``flip`` bits) from the head or, negative, from the tail.

    ``flip`` a bit; ``xor`` or ``fill`` ``size`` bytes with ``value``; ``pair``: ``value`` on two bytes, ``size`` apart;
    ``truncate`` to ``at`` bytes; ``cut`` out ``size``; ``extend`` by ``size`` bytes of ``value``; ``mend``: XOR
    ``value`` and mend the checksum of number ``size``; ``head`` and ``tail``: put that of another frame in, up to or
    from ``at``.
    """

    kind: ChangeKind
    at: int = 0
    size: int = 1
    value: int = 0
    other: Frames | None = None


class Step(Struct, frozen=True, tag=True, omit_defaults=True):
    """Something that is asked of a station, or that the attacker does."""


class Join(Step, frozen=True):
    """``who`` asks to join the group of ``to``, unless it is in and its messages arrive: as the name of ``claim``, at
    the address of ``at``, where discovery says another. ``waits``: until both ends say so, or patience is over."""

    who: str
    to: str = "go"
    claim: str = ""
    at: str = ""
    waits: bool = True


class Send(Step, frozen=True):
    """``who`` sends to ``to`` or, without it, to the group of ``within``, so many ``times``; ``length`` 0 is a usual
    one, and a negative one is counted from the greatest."""

    who: str
    to: str = ""
    length: int = 0
    times: int = 1
    data: Payload = "fresh"
    within: str = ""
    pause: Pause = "settled"


class Leave(Step, frozen=True):
    """``who`` leaves the group of ``to``."""

    who: str
    to: str = "go"
    pause: Pause = "outlasted"


class Remove(Step, frozen=True):
    """``by`` removes ``who``."""

    who: str
    by: str = "go"
    pause: Pause = "outlasted"


class Own(Step, frozen=True):
    """``who`` becomes the owner of its group."""

    who: str


class Restart(Step, frozen=True):
    """``who`` is switched off and on again."""

    who: str
    pause: Pause = "settled"


class Rekey(Step, frozen=True):
    """``by`` makes the keys of its group new."""

    by: str = "go"
    pause: Pause = "settled"


class Silence(Step, frozen=True):
    """``who`` neither hears nor is heard, or again does; what was on its way has arrived before."""

    who: str
    on: bool = True
    pause: Pause = "outlasted"


class Wait(Step, frozen=True):
    """Time passes."""

    pause: Pause = "settled"


class Disturb(Step, frozen=True):
    """The attacker's move of this ``kind`` acts until it is lifted: on the frames from ``emitter`` to ``receiver``
    (both "" for all), of these the ``first`` and as many as ``count`` says (0: all from there on).

    ``to``, ``source`` and ``destination`` are of ``redirect``: a station, and those whose addresses are put in
    (``itself`` of a destination: whatever the station listens to); ``keep``: the frame also goes where it went.
    ``old`` and ``new`` are of ``rewrite``: whose names, or of which owners the groups' if ``groups``. ``seconds`` is of
    ``delay`` and, for the clock of ``emitter``, of ``skew``.
    """

    kind: DisturbanceKind
    emitter: str = ""
    receiver: str = ""
    first: int = 0
    count: int = 0
    change: Change | None = None
    seconds: float = 0.0
    to: str = ""
    source: str = ""
    destination: str = ""
    keep: bool = False
    old: str = ""
    new: str = ""
    groups: bool = False
    place: int | None = None
    only: Addressed = ""


class Lift(Step, frozen=True):
    """The attacker's moves are over; what was withheld arrives, if ``releases``."""

    releases: bool = True
    pause: Pause = "brief"


class Replay(Step, frozen=True):
    """The attacker sends recorded frames again, to ``to`` or to all that hear them: with the addresses of ``source``
    and ``destination``, if given, and a ``change``."""

    frames: Frames
    to: str = ""
    source: str = ""
    destination: str = ""
    change: Change | None = None
    pause: Pause = "settled"


class Splice(Step, frozen=True):
    """The attacker sends the head of one frame, up to byte ``at``, with the tail of another."""

    head: Frames
    tail: Frames
    at: int
    to: str = ""
    pause: Pause = "brief"


class Inject(Step, frozen=True):
    """The attacker sends bytes of his own: ``length`` random ones (0: as a usual payload), behind the first ``keep``
    bytes of a recorded frame, with its addresses, if ``head`` is given, and with bit ``flip`` of them flipped."""

    source: str
    destination: str
    head: Frames | None = None
    keep: int = 0
    flip: int | None = None
    length: int = 0
    pause: Pause = "brief"


AnyStep = (
    Join
    | Send
    | Leave
    | Remove
    | Own
    | Restart
    | Rekey
    | Silence
    | Wait
    | Disturb
    | Lift
    | Replay
    | Splice
    | Inject
)
