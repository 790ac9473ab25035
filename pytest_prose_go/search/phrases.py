"""Phrases: short runs of steps that belong together, drawn by lot, of which attacks are composed.

A phrase brings its group to where it means something and leaves the rest to chance: where, when and how often. They
know no byte of any protocol. Single steps stand beside them, so that what no phrase says may be said too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal, TypeVar, get_args

from pytest_prose_go.air.frame_changes import CHECKSUMS
from pytest_prose_go.contract import Statement
from pytest_prose_go.search.parts import (
    ABSENT,
    NAMESAKES,
    POSING_OWNERS,
    ROGUE_UES,
    VARIANTS,
)
from pytest_prose_go.search.playing import GROUP, ITSELF, OTHER
from pytest_prose_go.search.steps import (
    Addressed,
    AnyStep,
    Cause,
    Change,
    Disturb,
    Frames,
    Inject,
    Join,
    Leave,
    Lift,
    Own,
    Pause,
    Rekey,
    Remove,
    Replay,
    Restart,
    Send,
    Silence,
    Splice,
    Wait,
)

Focus = Literal["data", "joins", "groupcasts", "owners"]
"""What the phrases of an attack are about."""

T = TypeVar("T")
Steps = list[AnyStep]

_AT_HOME = {"outsider": "other-go", "second-member": "second-go"}
"""Whose group those are good for who are good for none of the first GO's."""


class Lots:
    """What phrases draw, with what the target's statement allows. All comes from ``pick``, which gives a whole number
    from the first to the second of two."""

    def __init__(self, pick: Callable[[int, int], int], statement: Statement) -> None:
        self._pick = pick
        self.statement = statement
        self.phrase = ""
        """The phrase that draws."""

    def number(self, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``."""
        return self._pick(least, most)

    def one(self, *among: T) -> T:
        """One of several; what stands twice comes twice as often."""
        return among[self.number(0, len(among) - 1)]

    def step(self, *among: AnyStep) -> AnyStep:
        """One of several steps."""
        return self.one(*among)

    def some(self, count: int, *among: T) -> list[T]:
        """So many of several, no place twice."""
        left = list(among)
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(min(count, len(left)))]

    def chance(self, one_in: int) -> bool:
        return self.number(0, one_in - 1) == one_in - 1

    def pair(self) -> tuple[str, str]:
        """Two members."""
        return self.one(("alice", "bob"), ("bob", "alice"), ("alice", "carol"), ("carol", "bob"))

    def way(self) -> tuple[str, str]:
        """One who sends, and to whom ("" for the group)."""
        to_all = [("alice", ""), ("go", "")] if self.statement.groupcast else []
        return self.one(("alice", "bob"), ("bob", "alice"), ("go", "alice"), *to_all)

    def length(self) -> int:
        return self.one(0, 0, 0, 1, 2, 8, 16, 17, 40, 100, 200, 600, -1)

    def change(self) -> Change:
        """A change of a frame's bytes."""
        match self.number(0, 15):
            case 0 | 1:
                return Change("flip", at=8 * self.number(0, 24) + self.one(7, 7, 0, 3))
            case 2 | 3:
                return Change("flip", at=-1 - 8 * self.number(0, 40) - self.number(0, 7))
            case 4:
                return Change("flip", at=8 * self.number(0, 120) + self.number(0, 7))
            case 5:
                return Change("flip", at=-1 - self.number(0, 5000))
            case 6 | 14:
                at = self.one(-1, 1) * self.number(33, 60)
                return Change("pair", at=at, size=self.one(16, 1, 4, 8), value=1)
            case 7:
                return Change("truncate", at=-self.one(1, 2, 4, 8, 12, 16, 20))
            case 8:
                return Change("fill", at=-self.one(1, 2, 4, 8, 12, 16), size=0, value=self.one(0, 255))
            case 9 | 15:
                return Change(
                    "mend",
                    at=-self.one(16, 20, 30),
                    size=self.one(*range(len(CHECKSUMS)), *_USUAL_CHECKS),
                    value=1,
                )
            case 10:
                return Change("extend", size=self.one(1, 16, 40), value=self.one(0, 7))
            case 11:
                return Change("cut", at=-self.number(5, 60), size=self.one(1, 4))
            case 12:
                return Change("truncate", at=self.one(1, 4, 8, 12, 20, 32))
            case _:
                return Change(
                    "xor", at=self.number(0, 30), size=self.one(1, 2, 4), value=self.one(255, 1, 128)
                )

    def blank(self) -> Change:
        """A change that blanks a part of what is proven: mostly of the lengths of signatures, at the end or before a
        check."""
        match self.number(0, 5):
            case 0:
                return Change(
                    "fill", at=self.number(0, 300), size=self.one(16, 32, 64), value=self.one(0, 0, 255)
                )
            case 1:
                return Change("truncate", at=-self.one(1, 4, 8, 16, 32, 64, 100))
            case _:
                size, behind = self.one(64, 64, 72, 48, 96, 132), self.one(0, 0, 0, 4, 16)
                return Change("fill", at=-size - behind, size=size)

    def anybody(self) -> str:
        return self.one("go", "alice", "bob", "carol")


def _in(*who: str) -> Steps:
    return [Join(each) for each in who]


# --- traffic, for those who listen ------------------------------------------------------------------


def talk(lots: Lots) -> Steps:
    """Messages of one length and another, both ways."""
    steps = _in("alice", "bob")
    for _ in range(lots.number(1, 4)):
        who, to = lots.way()
        length = lots.length()
        times = 12 if length in (1, 2) else lots.one(1, 1, 2, 10)
        pause: Pause = lots.one("brief", "settled")
        steps.append(Send(who, to, length, times, pause=pause))
    return steps


def says_again(lots: Lots) -> Steps:
    """One payload twice, or two words over two blocks, perhaps in another session."""
    who, to = lots.way()
    data: Literal["again", "blocks"] = lots.one("again", "blocks")
    first = Send(who, to, 96, data="blocks" if data == "blocks" else "fresh")
    between: Steps = lots.one([], [], [Leave("alice"), Join("alice")], [Leave("bob"), Join("bob")])
    return [*_in("alice", "bob"), first, *between, Send(who, to, 96, data=data)]


def sessions(lots: Lots) -> Steps:
    """One session after another: in each the first message is that of the one before, or long ones go both ways;
    perhaps something of the former session is sent again in between."""
    one, other = lots.pair()
    again = lots.chance(2)
    fresh: Steps = [Send(one, other, 96), Send(other, one, 96), Send(one, other, 600)]
    steps: Steps = [*_in(one, other), *([Send(one, other, lots.one(96, 600))] if again else fresh)]
    for _ in range(lots.number(2, 3)):
        steps.append(Leave(lots.one(one, one, other)))
        if lots.chance(2):
            steps.append(Replay(Frames(one, lots.one("Join", "Send", "")), "go"))
        steps += _in(one, other)
        steps += [Send(one, other, data="again")] if again else fresh
    return steps


def many(lots: Lots) -> Steps:
    """Many messages in a row, and then perhaps the frames of all of them, the newest first."""
    who, to = lots.way()
    times = lots.one(40, 80, 180)
    steps = [*_in("alice", "bob"), Send(who, to, lots.one(24, 24, 100), times)]
    if times > 80 or lots.chance(2):
        hop = lots.one((who, "go" if who != "go" else "alice"), ("go", to or "bob"))
        steps.append(Replay(Frames(hop[0], "Send", newest_first=not lots.chance(3)), hop[1]))
    return steps


def last_words(lots: Lots) -> Steps:
    """Messages to and from one whose session ends, up to that moment and after; perhaps it does not hear of the end."""
    who, other = lots.one(("bob", "alice"), ("alice", "bob"))
    steps: Steps = _in("alice", "bob")
    steps += [Disturb("drop", "go", who)] if lots.chance(2) else []
    end: AnyStep = lots.step(
        Remove(who, pause="none"), Remove(who, pause="none"), Leave(who, pause="none"), Restart(who, "none"),
        Restart("go", "none"),
    )  # fmt: skip
    talk: Steps = [
        Send(other, who, pause="none"),
        Send("go", who, pause="none"),
        Send(who, other, pause="none"),
    ]
    steps += [*talk, end, *talk, *talk[1:]]
    for pause in ("brief", "settled"):
        steps += [*talk, Wait(pause)]
    steps.append(Lift())
    if lots.chance(2):
        steps.append(Join(who, waits=lots.chance(2)))
        steps += [Send(other, who), Send("go", who)]
    return steps


def among_namesakes(lots: Lots) -> Steps:
    """Members whose names are alike, and some who are not there, are written to."""
    likes = [lots.one(*NAMESAKES) for _ in range(2)]
    steps: Steps = _in("alice", "bob", *likes)
    for to in (lots.one(*likes, "bob"), *([lots.one(*ABSENT)] if lots.chance(2) else []), "bob"):
        steps.append(Send(lots.one("alice", "go"), to))
    return steps


def without_a_join(lots: Lots) -> Steps:
    """One who is not in, or not yet, speaks: before, during and after its asking."""
    who = lots.one("alice", "dave", *ROGUE_UES)
    steps: Steps = _in("bob")
    if who == "alice":
        steps.append(Leave("alice"))
    steps += [Send(who, "bob", pause="none"), Join(who, waits=False)]
    for pause in ("none", "brief", "settled"):
        steps += [Send(who, "bob", pause="none"), Send(who, pause=pause)]
    return steps


# --- replay ---------------------------------------------------------------------------------------


def _hop(lots: Lots, who: str, to: str) -> tuple[str, str]:
    """Who emitted frames of that sending, and who took them."""
    if who == "go":
        return "go", to or lots.one("alice", "bob")
    return lots.one((who, "go"), ("go", to or "bob"))


def replays(lots: Lots) -> Steps:
    """Frames of a message that arrived are sent again, perhaps after something else, perhaps disguised."""
    who, to = lots.way()
    emitter, taker = _hop(lots, who, to)
    steps = _in("alice", "bob")
    if lots.chance(3):
        # Some peers need to have heard each other before they use all that they have.
        steps += [Send("alice", "bob"), Send("bob", "alice")]
    steps.append(Send(who, to, lots.one(0, 0, 600)))
    recorded = len(steps)
    between = lots.number(0, 8)
    if between == 0:
        steps.append(Send(who, to, 24, lots.one(1, 2, 8, 33, 70, 130)))
    elif between == 1:
        steps.append(Wait(lots.one("minute", "idle")))
    elif between == 2:
        steps += [Restart(lots.one("go", taker)), Join("alice"), Join("bob")]
    elif between == 3:
        steps += [Rekey() for _ in range(lots.one(1, 1, 2, 4, 8))]
        steps += [Send("go") for _ in range(lots.number(0, 1))]
    elif between == 4:
        other = lots.one("carol", "dave")
        steps += lots.one([Join(other)], [Join(other), Leave(other)], [Join(other), Remove(other)])
        if lots.chance(2):
            steps += [Join(other), Leave(other)]
    elif between == 5:
        again = lots.one(who if who != "go" else "alice", "bob")
        steps += [Leave(again), Join(again)]
        if lots.chance(2):
            steps.append(Replay(Frames(again, "Join"), "go"))
    elif between == 6:
        steps += [Send(who, to, 24, 70)] if lots.chance(2) else []
        steps += [
            Disturb("drop", emitter, taker),
            Send(who, to, 24, lots.one(70, 130), pause="brief"),
            Lift(),
        ]
        steps += [*_in("alice", "bob"), Send(who, to)]
        if lots.chance(2):
            steps.append(Replay(Frames(emitter, "Send", 0), taker))
    back = sum(type(step) is Send for step in steps[recorded:])
    source, destination = lots.one(
        *[("", "")] * 6, ("stranger", ""), ("carol", ""), ("", ITSELF), ("", OTHER), ("carol", ITSELF)
    )
    frames = Frames(emitter, "Send", lots.one(back, back, 0))
    if lots.chance(3):
        for _ in range(lots.number(8, 20)):
            change = Change("xor", at=lots.number(0, 12), value=lots.one(1, 2, 16, 128))
            steps.append(Replay(frames, taker, source, destination, change, pause="none"))
        steps.append(Wait())
    steps.append(Replay(frames, taker, source, destination))
    if lots.chance(3):
        steps += [Send(who, to), Send(who, to)]
    return steps


def replays_whatever(lots: Lots) -> Steps:
    """Frames of anything that was seen, sent again to anybody."""
    cause: Cause = lots.one(*get_args(Cause))
    of, to = lots.anybody(), lots.one("go", "alice", "bob", "carol", "")
    frames = Frames(of, cause, lots.number(0, 6), lots.one(0, 0, 0, 1, 2), lots.one(0, 0, 1))
    source, destination = (
        lots.one("", "", "alice", "bob", "go"),
        lots.one("", "", ITSELF, OTHER) if to else "",
    )
    return [Replay(frames, to, source, destination), *lots.one([], [Send("alice", "bob")], [Send("go")])]


def reflects(lots: Lots) -> Steps:
    """Somebody is given its own frames back, while messages go or while it joins."""
    who = lots.anybody()
    keep = lots.chance(2)
    disturbed: Steps = lots.one(
        [Send("alice", "bob"), Send("bob", "alice")],
        [Send("go", "alice"), Send("alice", "")],
        [Leave("alice"), Join("alice"), Send("alice", "bob")],
    )
    return [*_in("alice", "bob"), Disturb("reflect", emitter=who, keep=keep), *disturbed, Lift()]


# --- alteration -------------------------------------------------------------------------------------


def alters(lots: Lots) -> Steps:
    """Messages, each altered in another way on one hop."""
    who, to = lots.way()
    emitter, taker = _hop(lots, who, to)
    steps = _in("alice", "bob")
    alone = lots.chance(4)
    for _ in range(lots.number(4, 10)):
        first, count = (lots.number(0, 4), 1) if alone else (0, 0)
        steps += [
            Disturb("alter", emitter, taker, first, count, lots.change()),
            Send(who, to, lots.one(0, 0, 150, 600)),
            Lift(),
            *_in("alice", "bob"),
        ]
    return steps


def forges(lots: Lots) -> Steps:
    """A message is held back, and its frames are brought altered, each time in another way."""
    who, to = lots.way()
    emitter, taker = _hop(lots, who, to)
    steps = [*_in("alice", "bob"), Disturb("withhold", emitter, taker)]
    steps.append(Send(who, to, lots.one(0, 0, 40, 150, 1, 600), pause="brief"))
    for _ in range(lots.number(10, 30)):
        steps.append(Replay(Frames(emitter, "Send"), taker, change=lots.change(), pause="none"))
    return [*steps, Wait("brief"), Lift(pause="settled")]


def misdirects(lots: Lots) -> Steps:
    """Frames of a message come as from another, or are brought to one for whom they are not."""
    steps: Steps = _in("alice", "bob", "carol")
    for _ in range(lots.number(2, 4)):
        who, to = lots.one(("alice", "bob"), ("bob", "alice"), ("go", "alice"), lots.way())
        emitter, taker = _hop(lots, who, to)
        other = lots.one(*sorted({"alice", "bob", "carol"} - {emitter, taker, to}))
        keep = lots.chance(2)
        if lots.chance(2):
            steps.append(Disturb("redirect", emitter, taker, to=taker, source=other, keep=keep))
        else:
            own = lots.one(ITSELF, ITSELF, OTHER)
            steps.append(Disturb("redirect", emitter, taker, to=other, destination=own, keep=keep))
        steps += [Send(who, to, lots.length()), Lift(), *_in("alice", "bob")]
    return steps


def alters_on_and_on(lots: Lots) -> Steps:
    """Many messages are altered alike."""
    who, to = lots.way()
    emitter, taker = _hop(lots, who, to)
    return [
        *_in("alice", "bob"),
        Disturb("alter", emitter, taker, change=lots.change()),
        Send(who, to, times=lots.one(5, 20, 60)),
        Lift(),
    ]


def injects(lots: Lots) -> Steps:
    """Bytes of the attacker's own, bare or behind the heads of recorded frames."""
    who, to = lots.way()
    steps = [*_in("alice", "bob"), Send(who, to)]
    of = lots.one(who, "go", "alice")
    cause: Cause = lots.one("Send", "Send", "Join", "")
    for _ in range(lots.number(4, 24)):
        head: Frames | None = Frames(of, cause, lots.number(0, 2), lots.one(0, 0, 1))
        keep = lots.one(4, 5, 8, 8, 16, 32)
        destination = lots.one("", "", "", GROUP)
        steps.append(Inject("", destination, head, keep, lots.one(lots.number(0, 63), None), pause="none"))
    steps.append(Inject(lots.one("go", "alice"), lots.one("bob", "go", GROUP)))
    return steps


def splices(lots: Lots) -> Steps:
    """Frames put together of the heads and tails of two messages that are held back."""
    one, other = lots.pair()
    steps: Steps = [*_in(one, other), Send(one, other), Disturb("withhold", emitter=one)]
    steps += [Send(one, other, pause="brief"), Send(one, other, pause="brief")]
    for _ in range(lots.number(3, 10)):
        heads = Frames(one, "Send", lots.number(0, 1)), Frames(one, "Send", lots.number(0, 1))
        steps.append(Splice(*heads, lots.one(4, 5, 8, 16, 24, 32, 40, 60), "go"))
    return [*steps, Lift()]


def mixes(lots: Lots) -> Steps:
    """The first frames of one long message with the last ones of another."""
    who, to = lots.way()
    taker = "go" if who != "go" else to or "bob"
    steps: Steps = [*_in("alice", "bob"), Disturb("withhold", emitter=who)]
    cut = lots.number(1, 5)
    one = Frames(who, "Send", 0, 0, cut), Frames(who, "Send", 0, cut)
    if lots.chance(2):
        one = one[1], one[0]
    takers = (taker,) if taker == "go" else ("alice", "bob", "carol")
    between: Steps = lots.one([], [Rekey("go", "brief")], [Join("carol")], [Join("dave")])
    for frames, after in zip(one, (between, []), strict=True):
        steps.append(Send(who, to, -1, pause="none"))
        steps += [Replay(frames, each, pause="brief") for each in takers if each != who]
        steps += after
    return [*steps, Lift(releases=False), Wait()]


def bad_air(lots: Lots) -> Steps:
    """Frames are lost, late, doubled or in another order, while something is done."""
    kind: Literal["drop", "delay", "reorder", "double", "withhold"] = lots.one(
        "drop", "delay", "reorder", "double", "withhold"
    )
    emitter, receiver = lots.one(("alice", "go"), ("go", "alice"), ("go", ""), ("go", "bob"), ("", ""))
    disturbed: Steps = lots.one(
        [Send("alice", "bob", -1), Send("bob", "alice")],
        [Leave("alice"), Join("alice"), Send("alice", "bob")],
        [Send("go"), Send("alice")],
        [Join("carol"), Send("go")],
        [Rekey(), Send("go")],
    )
    first = lots.number(0, 6)
    move = Disturb(kind, emitter, receiver, first, lots.one(0, 1, 2), seconds=lots.one(0.004, 0.3, 6.0))
    return [*_in("alice", "bob"), move, *disturbed, Lift(), *_in("alice", "bob"), Send("alice", "bob")]


# --- joins ------------------------------------------------------------------------------------------


def alters_a_join(lots: Lots) -> Steps:
    """A join with something changed, left out or doubled on the way; then messages."""
    who = lots.one("alice", "carol")
    emitter, taker = lots.one((who, "go"), ("go", who))
    steps: Steps = [*_in("bob"), Leave(who)]
    for _ in range(lots.number(1, 4)):
        first, count = lots.number(0, 4), lots.one(0, 1)
        kind: Literal["alter", "drop", "double", "reorder", "delay"] = lots.one(
            "alter", "alter", "alter", "drop", "double", "reorder", "delay"
        )
        change = lots.one(lots.change(), lots.blank()) if kind == "alter" else None
        steps += [
            Disturb(kind, emitter, taker, first, count, change, seconds=2.0),
            Join(who),
            Send(who, "bob"),
            Send("bob", who),
            Lift(),
            Leave(who, pause="settled"),
        ]
    return steps


def splices_a_join(lots: Lots) -> Steps:
    """A join in which frames get the head or the tail of those of an earlier one."""
    who, other = lots.one(("alice", "alice"), ("alice", "carol"), ("carol", "alice"))
    emitter, taker = lots.one((who, "go"), ("go", who))
    steps: Steps = [*_in("bob", "alice", "carol"), Leave("alice"), Leave("carol")]
    for _ in range(lots.number(1, 3)):
        of = lots.one(emitter, other)
        frame = Frames(of, "Join", 0, lots.number(0, 4), 1)
        kind: Literal["head", "tail"] = lots.one("head", "tail")
        change = Change(kind, at=lots.one(4, 8, 16, 32, 64, 100, 200, 300, 400), other=frame)
        steps += [
            Disturb("alter", emitter, taker, lots.number(0, 4), lots.one(0, 1), change),
            Join(who),
            Send(who, "bob"),
            Lift(),
            Leave(who, pause="settled"),
        ]
    return steps


def comes_badly(lots: Lots) -> Steps:
    """Some who must not be admitted ask, perhaps under another's name, or after they were where they may be; then they
    speak, and the others do."""
    steps: Steps = _in("bob", *(["alice"] if lots.chance(2) else []))
    if lots.chance(3):
        steps.append(Leave("alice"))
    for who in lots.some(5, *ROGUE_UES):
        if who in _AT_HOME and lots.chance(2):
            steps += [Join(who, _AT_HOME[who]), *([Leave(who, _AT_HOME[who])] if lots.chance(2) else [])]
        steps.append(Join(who, claim="alice" if who in VARIANTS and lots.chance(2) else ""))
        if lots.chance(4):
            steps += [Send("bob"), Send("go"), Send(who, "bob")]
    return steps


def claims(lots: Lots) -> Steps:
    """An insider says that it is another."""
    victim = lots.one("alice", "carol")
    steps: Steps = lots.one([], [Join(victim)], [Join(victim), Leave(victim)])
    return [*_in("bob"), *steps, Join("insider", claim=victim), Send("insider", "bob"), Send("bob", victim)]


def comes_in_disguise(lots: Lots) -> Steps:
    """One who must not be admitted asks again and again, its frames blanked, cut, left out or answered with the GO's
    own."""
    who = lots.one("stolen", "stolen", "stolen", "rogue", "thief", "outsider", "stranger")
    steps: Steps = lots.one(_in("bob"), [*_in("bob", "alice"), Leave("alice")])
    for _ in range(lots.number(5, 12)):
        match lots.number(0, 8):
            case 0:
                move = Disturb("drop", who, "go", lots.number(0, 5), lots.one(1, 2))
            case 1:
                move = Disturb("double", who, "go")
            case 2:
                move = Disturb("reorder", who, "go")
            case 3:
                move = Disturb("reflect", "go", keep=lots.chance(2))
            case _:
                move = Disturb("alter", who, "go", lots.one(0, 1, 1, 2), change=lots.blank())
        steps += [move, Join(who), Lift(), Leave(who, pause="settled")]
    return steps


def answers_for(lots: Lots) -> Steps:
    """One who must not be admitted asks, and is answered for with frames of a good join."""
    who = lots.one("rogue", "thief", "stolen", "stranger", "outsider")
    source = lots.one(who, who, "alice", "")
    of = lots.one("go", "go", "alice")
    steps: Steps = [*_in("bob", "alice"), Leave("alice"), Join(who, waits=False), Wait("brief")]
    frames = Frames(of, "Join", 1 if of == "go" and lots.chance(3) else 0, lots.number(0, 3), lots.one(0, 1))
    steps += [Replay(frames, "go", source, "go" if of == "go" else ""), Leave(who)]
    steps += [Join(who, waits=False), Wait("brief"), Replay(frames, "go", source, "go"), Leave(who)]
    if lots.chance(2):
        steps += [Join(who, waits=False), Join("alice"), Send("bob"), Send("go")]
    return steps


def replays_a_join(lots: Lots) -> Steps:
    """The frames of a finished join are sent again, whole or in part, and perhaps the others' with them."""
    who = lots.one("alice", "carol")
    end: Steps = lots.one(
        [Leave(who)],
        [Remove(who)],
        [],
        [Leave(who), Restart("go")],
        [Silence(who)],
        [Send(who, "bob"), Leave(who)],
    )
    still: Steps = [Disturb("skew", "go", seconds=-86_400.0)] if lots.chance(4) else []
    steps: Steps = [*_in("bob"), *still, Leave(who), Join(who), *end]
    first = lots.one(0, 0, 1, 2)
    if lots.chance(3):
        other = lots.one("carol", "dave") if who == "alice" else "alice"
        steps += [Join(other), *(Leave(other) for _ in range(lots.number(0, 1)))]
    steps.append(Replay(Frames(who, "Join", 0, first), "go"))
    if lots.chance(3):
        steps.append(Replay(Frames(who, "Send", 0), "go"))
    if lots.chance(2):
        steps += [Send("bob", who), Send("go"), *([Silence(who, on=False)] if Silence(who) in end else [])]
        steps += [*_in(who), Send(who, "bob", 96), Send("go", who, 96)]
    return steps


def joins_with_replays(lots: Lots) -> Steps:
    """When one has joined, frames of its join are sent again to either end; long messages before and after."""
    who = lots.one("alice", "carol")
    of, to = lots.one(("go", who), (who, "go"))
    messages: Steps = [Send(who, "bob", 96, 4), Send("bob", who, 96, 4), Send("go", who, 96)]
    steps: Steps = [*_in("bob"), Leave(who), Join(who), *messages]
    for _ in range(lots.number(1, 3)):
        frames = Frames(of, "Join", 0, lots.number(0, 3), lots.one(0, 1))
        steps += [Replay(frames, to, pause="brief"), *messages]
    return steps


def crosses(lots: Lots) -> Steps:
    """Two join at once, and what one says reaches the GO as the other's too."""
    one, other = lots.one(("alice", "carol"), ("alice", "insider"), ("carol", "rogue"), ("insider", "alice"))
    steps: Steps = [*_in("bob"), Leave(one), Leave(other)]
    for ue, posing in ((one, other), (other, one)):
        if not lots.chance(4):
            steps.append(Disturb("redirect", ue, "go", to="go", source=posing, keep=lots.chance(2)))
        if not lots.chance(4):
            steps.append(Disturb("redirect", "go", ue, to=posing, destination=ITSELF, keep=True))
    return [*steps, Join(one, waits=False), Join(other), Send(one, "bob"), Send(other, "bob"), Lift()]


def comes_before(lots: Lots) -> Steps:
    """One who is not admitted speaks from another's address, who then joins from there."""
    who, victim = lots.one("rogue", "stranger", "insider"), "alice"
    steps: Steps = [
        *_in("bob"),
        Leave(victim),
        Disturb("redirect", who, to="go", source=victim, destination="go"),
    ]
    steps += [Send(who, "bob", pause="none"), Join(who, waits=False), Send(who, "bob", pause="none")]
    steps += [Join(victim, waits=lots.chance(2))]
    for pause in ("none", "brief", "settled"):
        steps += [Send(who, "bob", pause="none"), Send(who, "", pause=pause)]
    return [*steps, Lift()]


def names_in_a_join(lots: Lots) -> Steps:
    """Names are rewritten in what one side of a join says, and perhaps back in what the other says."""
    old, new = lots.one(("alice", "rogue"), ("alice", "carol"), ("go", "other-go"), ("go", "carol"))
    groups = new == "other-go" and lots.chance(2)
    steps: Steps = [*_in("bob", "carol", "alice"), Leave("alice")]
    for place in lots.some(3, None, 0, -1):
        one, other = lots.one(("alice", "go"), ("go", "alice"))
        if new == "rogue":
            one, other = "alice", "go"
        steps.append(Disturb("rewrite", one, old=old, new=new, groups=groups, place=place))
        if new == "rogue" or lots.chance(2):
            steps.append(Disturb("rewrite", other, old=new, new=old, groups=groups))
        steps += [Join("rogue", waits=False)] if new == "rogue" else []
        steps.append(Join("alice"))
        steps += [_overhears("rogue")] if new == "rogue" else []
        steps += [Send("go"), Send("bob"), Lift(), Leave("alice", pause="settled")]
        steps += [Leave("rogue")] if new == "rogue" else []
    return steps


def names_in_data(lots: Lots) -> Steps:
    """Names are rewritten in what carries messages."""
    steps: Steps = _in("alice", "bob", "carol")
    for _ in range(lots.number(2, 4)):
        old, new = lots.one(("alice", "bob"), ("bob", "carol"), ("alice", "carol"), ("go", "carol"))
        place = lots.one(None, None, 0, -1)
        steps.append(Disturb("rewrite", lots.one("alice", "go", ""), old=old, new=new, place=place))
        steps += [Send("alice", "bob"), Send("alice"), Send("bob", "alice"), Lift()]
    return steps


# --- membership ----------------------------------------------------------------------------------


def _unheard(who: str) -> Steps:
    return [Disturb("drop", who, "go"), Disturb("drop", "go", who)]


def _overhears(who: str, only: Addressed = "") -> Disturb:
    return Disturb("redirect", "go", to=who, destination=ITSELF, keep=True, only=only)


def put_out(lots: Lots) -> Steps:
    """One is removed, or leaves, without hearing of it or hearing only some; then it listens."""
    who, by = lots.one(("alice", "Remove"), ("alice", "Leave"), ("carol", "Remove"))
    steps: Steps = lots.one(_in("alice", "bob", "carol"), _in("carol", "bob", "alice"))
    if lots.chance(4):
        steps.append(Rekey())
    soon: Pause = lots.one("outlasted", "outlasted", "brief", "settled")
    end: AnyStep = Remove(who, pause=soon) if by == "Remove" else Leave(who, pause=soon)
    first = lots.one(0, 0, 1, 2)
    steps.append(Disturb("drop", who, "go"))
    match lots.number(0, 4):
        case 0 | 1:
            # It hears what is said to others, and of what is said to itself only the first few.
            steps += [Disturb("drop", "go", who, first, only="own"), _overhears(who, "others"), end]
        case 2:
            steps += [Disturb("drop", "go", who, first), end]
        case 3:
            steps += [Disturb("withhold", "go", who), end, Lift(), Disturb("drop", who, "go")]
        case _:
            steps += [end]
    if lots.chance(3):
        other = lots.one("bob", "carol" if who == "alice" else "alice")
        steps += [lots.step(Remove(other), Leave(other), Remove(who))]
        steps.append(Replay(Frames("go", "Remove", 0), who, destination=ITSELF))
    if lots.chance(4):
        steps.append(Rekey())
    steps += [_overhears(who), Send("go"), Send("bob"), Send("bob", who), Lift(), Send("go")]
    if lots.chance(3):
        steps.append(Replay(Frames("go", "Send", lots.number(0, 1)), who, destination=lots.one("", ITSELF)))
    return steps


def told_one_by_one(lots: Lots) -> Steps:
    """What the GO says when it removes one is held back, and given to it frame by frame."""
    steps: Steps = [*_in("alice", "bob", "carol"), Send("go"), Disturb("withhold", "go", "alice")]
    steps += [Disturb("drop", "alice", "go"), Remove("alice")]
    for place in range(lots.number(1, 4)):
        steps += [
            Replay(Frames("go", "Remove", 0, place, 1), "alice"),
            _overhears("alice"),
            Send("go"),
            Send("bob"),
        ]
    return [*steps, Lift(releases=False)]


def two_put_out(lots: Lots) -> Steps:
    """Two are removed one after the other, quickly or not, and tell each other what they hear."""
    pause: Pause = lots.one("outlasted", "settled", "brief", "none")
    steps: Steps = [*_in("alice", "bob", "carol"), *_unheard("alice"), *_unheard("carol")]
    steps += [Remove("alice", pause=pause), _overhears("alice")]
    steps += [lots.step(Remove("carol"), Leave("carol"), Remove("alice"))]
    if lots.chance(2):
        steps.append(
            Replay(Frames("go", "Remove", 0), lots.one("carol", "alice"), destination=lots.one("", ITSELF))
        )
    return [*steps, _overhears("carol"), Send("go"), Send("bob"), Lift(), Send("go")]


def comes_later(lots: Lots) -> Steps:
    """One who joins later is given what was said to the group before."""
    who = lots.one("carol", "dave", "insider")
    steps: Steps = _in("alice", "bob")
    times = lots.number(1, 3)
    steps += [Send(lots.one("go", "alice")) for _ in range(times)]
    steps += lots.one([], [], [Rekey()], [Join("insider"), Leave("insider")])
    steps.append(Join(who))
    for back in range(times):
        steps.append(Replay(Frames("go", "Send", back), who, destination=lots.one("", ITSELF, OTHER)))
    return steps


def next_door(lots: Lots) -> Steps:
    """Groupcasts of one group are brought to a member of another."""
    owner, listener = lots.one(("second-go", "second-member"), ("other-go", "outsider"))
    steps: Steps = [*_in("alice", "bob"), Join(listener, owner), Send(owner, within=owner)]
    destination = lots.one("", ITSELF, OTHER, OTHER)
    steps.append(Disturb("redirect", "go", to=listener, destination=destination, keep=True))
    steps += [Send("go"), Send("alice"), Send("go", "alice"), Lift()]
    if owner == "second-go" and lots.chance(2):
        steps += [lots.step(Leave(listener, owner), Remove(listener, owner)), Send(owner, within=owner)]
    return steps


def listens_outside(lots: Lots) -> Steps:
    """One without a place in the group is given all that is said, perhaps after it asked."""
    who = lots.one("stranger", "rogue", "thief", "outsider", "dave")
    steps: Steps = _in("alice", "bob")
    if lots.chance(2):
        steps.append(Join(who))
    return [*steps, _overhears(who), Send("go"), Send("alice"), Send("alice", "bob"), Join("carol"), Lift()]


# --- owners ---------------------------------------------------------------------------------------


def meets_others(lots: Lots) -> Steps:
    """A UE is sent by discovery to those who pose as its GO, the true one being silent or not."""
    steps: Steps = lots.one([], _in("alice", "bob"), [*_in("alice", "bob"), Leave("alice"), Leave("bob")])
    if not lots.chance(4):
        steps.append(Silence("go"))
    for posing in lots.some(3, *POSING_OWNERS):
        disturbed = lots.chance(3)
        if disturbed:
            blanked = Disturb("alter", posing, change=lots.blank())
            steps.append(lots.one(Disturb("drop", first=lots.number(0, 3), count=1), blanked, blanked))
        if posing == "other-groups-go" and lots.chance(2):
            posing = "other-groups-go-at-home"
            steps.append(Disturb("rewrite", "alice", old="go", new=posing, groups=True))
            steps.append(Disturb("rewrite", posing, old=posing, new="go", groups=True))
            steps += [Own(posing), Join("alice", at=posing)]
        else:
            steps.append(Join("alice", to=posing))
        steps += [Send(posing, "alice"), Send("alice", "bob")]
        steps += [*([Lift()] if disturbed else []), Leave("alice", to=posing, pause="settled")]
        steps.append(Silence(posing))
    return [*steps, Lift(), Silence("go", on=False)]


def takes_over(lots: Lots) -> Steps:
    """The GO falls silent and one who poses as it, at its address, speaks in its place, or beside it."""
    posing = "twin-impostor"
    steps: Steps = [Silence(posing, pause="none"), *_in("alice", "bob"), Send("alice", "bob")]
    beside = lots.chance(2)
    if not beside:
        steps.append(Silence("go"))
    elif not lots.chance(3):
        steps.append(Disturb("delay", "go", seconds=lots.one(0.05, 0.2)))
    steps += [Silence(posing, on=False, pause="none"), Own(posing), Send("alice", "bob")]
    steps += [Rekey(posing), Send(posing), Send(posing, "alice")] if beside else [Wait("minute")]
    for _ in range(lots.number(1, 2)):
        steps.append(
            lots.step(
                Send(posing, "alice"), Send(posing), Rekey(posing), Send("alice", "bob"), Wait("minute"),
                Join("alice", to=posing), Send("bob", "alice"),
            )
        )  # fmt: skip
    return [*steps, Send(posing, "alice"), Lift(), Silence(posing), Silence("go", on=False)]


def poses_in_disguise(lots: Lots) -> Steps:
    """A UE meets one who poses as its GO again and again, that one's frames blanked, cut, left out or doubled."""
    posing = lots.one("impostor", "impostor", "without-key-go", "open-go")
    steps: Steps = [*_in("alice"), Leave("alice"), Silence("go"), Own(posing)]
    for _ in range(lots.number(3, 8)):
        match lots.number(0, 5):
            case 0:
                move = Disturb("drop", posing, "alice", lots.number(0, 3), lots.one(0, 1))
            case 1:
                move = Disturb("reflect", "alice", keep=lots.chance(2))
            case _:
                move = Disturb("alter", posing, "alice", lots.one(0, 0, 1), change=lots.blank())
        steps += [move, Join("alice", to=posing), Lift(), Leave("alice", to=posing, pause="settled")]
    return [*steps, Silence(posing), Silence("go", on=False)]


def a_former_owner(lots: Lots) -> Steps:
    """The GO is silent, and a UE that asks is given the frames of its former join, its own or the GO's."""
    steps: Steps = [*_in("bob", "alice"), *lots.one([], [Send("go", "alice")]), Leave("alice"), Silence("go")]
    if lots.chance(4):
        steps.append(Disturb("skew", "alice", seconds=-86_400.0))
    for asked in range(lots.number(1, 3)):
        of = lots.one("go", "go", "alice")
        first, count = lots.one((0, 0), (0, 0), (0, 1), (1, 0), (lots.number(0, 3), 1))
        if lots.chance(3):
            steps.append(Disturb("reflect", "alice", keep=False))
        frames = Frames(of, "Join", 0 if of == "go" else asked + 1, first, count)
        steps += [Join("alice", waits=False), Wait("brief")]
        steps.append(Replay(frames, "alice", *(("go", ITSELF) if of == "alice" else ("", ""))))
        steps.append(Leave("alice", pause="settled"))
    return [*steps, Lift(), Silence("go", on=False)]


def carried(lots: Lots) -> Steps:
    """What one says to one GO is carried to another."""
    who, group = lots.one(("both-there", "other-go"), ("outsider", "other-go"), ("alice", "go"))
    true, false = ("go", "other-go") if group == "other-go" else ("other-go", "go")
    steps: Steps = (
        [*_in("bob"), Join("outsider", "other-go")] if lots.chance(2) else [Own("go"), Own("other-go")]
    )
    if lots.chance(2):
        steps.append(
            Disturb("rewrite", who, old=false, new=true, groups=lots.chance(2), place=lots.one(None, 0, -1))
        )
        steps.append(Disturb("rewrite", true, old=true, new=false, groups=lots.chance(2)))
    steps.append(Disturb("redirect", who, to=true, destination=true))
    steps.append(Disturb("redirect", true, to=who, source=false, destination=who, keep=True))
    return [*steps, Join(who, group), Send(who, within=group), Lift(), Leave(who, group)]


# --- anything ---------------------------------------------------------------------------------------


def restarts(lots: Lots) -> Steps:
    """Somebody is switched off and on; long messages go before and after, and what was sent before is sent again."""
    one, other = lots.pair()
    who = lots.one("go", one, one, other)
    messages: Steps = [Send(one, other, 96, 8), Send("go", "", 96, lots.one(1, 8))]
    steps: Steps = [*_in("alice", "bob", "carol"), *messages, Restart(who), *_in("alice", "bob"), *messages]
    if lots.chance(2):
        hop = lots.one((one, "go"), ("go", other))
        steps.append(Replay(Frames(hop[0], "Send", lots.number(1, 3)), hop[1]))
    return steps


def anything(lots: Lots) -> Steps:
    """Steps that do not belong together."""
    steps: Steps = []
    for _ in range(lots.number(1, 4)):
        who, to = lots.way()
        some = lots.one("alice", "bob", "carol", "dave", "insider")
        steps.append(
            lots.step(
                Join(some), Leave(some), Remove(some), Send(who, to, lots.length()), Rekey(),
                Restart(lots.anybody()), Wait(lots.one("settled", "minute", "idle")),
                Silence(some, on=lots.chance(2)), Lift(),
                Disturb(lots.one("drop", "delay", "double", "reorder", "withhold"), some, seconds=1.0),
            )
        )  # fmt: skip
    return steps


Phrase = Callable[[Lots], Steps]

PHRASES: Mapping[Focus, Sequence[Phrase]] = {
    "data": (
        talk, talk, says_again, sessions, many, last_words, among_namesakes, replays, replays, replays,
        replays_whatever, reflects, alters, alters, forges, forges, misdirects, alters_on_and_on, injects, injects,
        splices, mixes, bad_air, restarts, names_in_data, anything,
    ),
    "joins": (
        without_a_join, alters_a_join, splices_a_join, comes_badly, comes_badly, claims, comes_in_disguise,
        comes_in_disguise, answers_for, replays_a_join, replays_a_join, joins_with_replays, crosses, comes_before,
        names_in_a_join, carried,
    ),
    "groupcasts": (
        talk, put_out, put_out, put_out, told_one_by_one, two_put_out, comes_later, next_door, listens_outside,
        replays, mixes, alters,
    ),
    "owners": (meets_others, meets_others, takes_over, takes_over, poses_in_disguise,
        a_former_owner, a_former_owner, carried, bad_air),
}  # fmt: skip
"""The phrases of each focus; one that stands twice comes twice as often."""

EVERYTHING: tuple[Phrase, ...] = tuple(phrase for phrases in PHRASES.values() for phrase in phrases)

_MOST_PHRASES = 6
_USUAL_CHECKS = tuple(number for number, check in enumerate(CHECKSUMS) if check.name.startswith("CRC-32,"))
_DECK = 64
"""Choices among more than so many are not dealt, but drawn."""


class DealtLots(Lots):
    """Lots dealt like cards: nothing comes a second time, to one phrase from one choice, before all else of that choice
    has come. So a short search tries of everything something."""

    def __init__(self, random: Random, statement: Statement) -> None:
        super().__init__(random.randint, statement)
        self._random = random
        self._decks: dict[object, list[int]] = {}

    def number(self, least: int, most: int) -> int:
        if most - least >= _DECK:
            return self._random.randint(least, most)
        return least + self._dealt((self.phrase, least, most), most - least + 1)

    def one(self, *among: T) -> T:
        return among[self._dealt((self.phrase, repr(among)), len(among))]

    def some(self, count: int, *among: T) -> list[T]:
        return [self.one(*among) for _ in range(min(count, len(among)))]

    def _dealt(self, choice: object, size: int) -> int:
        deck = self._decks.get(choice)
        if not deck:
            deck = self._decks[choice] = self._random.sample(range(size), size)
        return deck.pop()


def composed(lots: Lots, focus: Focus | None = None, most: int = _MOST_PHRASES) -> Steps:
    """An attack: one to ``most`` phrases in a row, of one ``focus`` or of all."""
    phrases = EVERYTHING if focus is None else PHRASES[focus]
    steps: Steps = []
    lots.phrase = ""
    for phrase in [lots.one(*phrases) for _ in range(lots.number(1, most))]:
        lots.phrase = phrase.__name__
        steps += phrase(lots)
    return steps
