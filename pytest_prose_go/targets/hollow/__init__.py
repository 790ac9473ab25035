"""Targets without substance: none of them protects anything, so none may pass anything outside BASE.

``hollow:KIND`` names one. Some are hollow all through; the others are made of a good target, ``hollow:KIND+TARGET``:
half of its devices are good, or all that they say is a recording of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from pytest_prose_go.contract import Statement, Target
from pytest_prose_go.targets.hollow import kinds, made_of_good
from pytest_prose_go.targets.hollow.device import HollowStation, HollowTarget

TARGET = "hollow"
"""The name of the entry point under which these targets are installed."""


class Hollow(Struct, frozen=True, kw_only=True):
    """A hollow target. ``needs_isolation``: its stations share memory beside the air, so that only a process for
    each of them takes from it what it passes. ``open`` says why it still passes something."""

    identifier: str
    sentence: str
    target: str
    needs_isolation: bool = False
    open: str = ""


def silent() -> HollowTarget:
    """Says and sends nothing, ever."""
    return HollowTarget(HollowStation, Statement(product="silent", version="1"))


def refuse_all() -> HollowTarget:
    """Turns everybody away."""
    return HollowTarget(kinds.Refusing, Statement(product="refuse-all", version="1"))


def accept_all() -> HollowTarget:
    """Believes everything that it hears."""
    return HollowTarget(
        kinds.Accepting, Statement(product="accept-all", version="1", reports=("sender",), late_issue=True)
    )


def in_clear() -> HollowTarget:
    """A group that works, without any protection."""
    return HollowTarget(
        kinds.Mannered,
        Statement(product="in clear", version="1", reports=("sender", "cast"), late_issue=True),
    )


def shows_nothing() -> HollowTarget:
    """A group in clear that claims all, and whose every capability shows an empty hand."""
    return kinds.EmptyHanded(
        kinds.Mannered,
        Statement(
            product="shows nothing",
            version="1",
            reports=("sender", "cast"),
            late_issue=True,
            groupcast_integrity=True,
            groupcast_origin=True,
            forward_secrecy=True,
            claims_identity=True,
            algorithms=kinds.ALGORITHMS,
            capabilities=kinds.ALL_CAPABILITIES,
        ),
    )


def echo() -> HollowTarget:
    """Gives every frame back once."""
    return HollowTarget(kinds.Echoing, Statement(product="echo", version="1"))


def crash_always() -> HollowTarget:
    """Raises at every call of a station."""
    return HollowTarget(kinds.Crashing, Statement(product="crash-always", version="1"))


def random_bytes() -> HollowTarget:
    """Sends noise."""
    return HollowTarget(kinds.Rambling, Statement(product="random bytes", version="1", repeatable=True))


def joined_to_everything() -> HollowTarget:
    """Says that it has joined, and was joined, at every turn; carries nothing."""
    return HollowTarget(kinds.Boasting, Statement(product="joined to everything", version="1"))


def received_all_it_hears() -> HollowTarget:
    """Says that it has joined, and reports every frame as a message."""
    return HollowTarget(kinds.Swallowing, Statement(product="received all it hears", version="1"))


def admits_for_any_bytes() -> HollowTarget:
    """A GO that takes any frame for a member's; its UEs send some bytes and wait."""
    return HollowTarget(kinds.EasyOwner, Statement(product="admits for any bytes", version="1"))


def joins_for_any_bytes() -> HollowTarget:
    """A GO that takes any frame for a member's, and a UE that takes any for its GO's; both carry data in clear."""
    return HollowTarget(kinds.EasyBoth, Statement(product="joins for any bytes", version="1"))


def mailbox() -> HollowTarget:
    """A group that works, by a memory that its stations share; on the air are tokens of 16 bytes."""
    return HollowTarget(kinds.Posting, Statement(product="mailbox", version="1", reports=("sender", "cast")))


def past_the_air() -> HollowTarget:
    """A group that works without the air."""
    return HollowTarget(
        kinds.Telepathic, Statement(product="past the air", version="1", reports=("sender", "cast"))
    )


ALL_HOLLOW: dict[str, Callable[[], HollowTarget]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        silent,
        refuse_all,
        accept_all,
        in_clear,
        shows_nothing,
        echo,
        crash_always,
        random_bytes,
        joined_to_everything,
        received_all_it_hears,
        admits_for_any_bytes,
        joins_for_any_bytes,
        mailbox,
        past_the_air,
    )
}
"""Those that are hollow all through, by identifier."""

MADE_OF_GOOD: dict[str, Callable[[str], Target]] = {
    make.__name__.replace("_", "-"): make
    for make in (made_of_good.hollow_ues, made_of_good.hollow_owner, made_of_good.recording)
}
"""Those made of a good target, by identifier: each takes the good one's name."""

NEED_ISOLATION = frozenset({"mailbox"})
OPEN = {"in-clear": "who carries a join over to another group rewrites no name in it (AUTH.no-relayed-join)"}


def target(variant: str | None = None) -> Target:
    """The hollow target of this kind, ``silent`` or ``hollow-ues+reference``: what follows the plus is the good
    target's own name.

    Raises KeyError, with the kinds there are, for another; ValueError for one that wants a good target and has
    none.
    """
    kind, plus, good = (variant or "silent").partition("+")
    if kind in MADE_OF_GOOD:
        if not good:
            raise ValueError(f"hollow target {kind!r} is made of a good one: write {TARGET}:{kind}+TARGET")
        return MADE_OF_GOOD[kind](good)
    if kind not in ALL_HOLLOW or plus:
        raise KeyError(f"no hollow target {variant!r}; there are: {', '.join((*ALL_HOLLOW, *MADE_OF_GOOD))}")
    return ALL_HOLLOW[kind]()


def hollow_targets(good: Iterable[str]) -> list[Hollow]:
    """All of them; those made of a good target once for each of the names in ``good``."""
    alone = [
        Hollow(
            identifier=kind,
            sentence=_first_line(make),
            target=f"{TARGET}:{kind}",
            needs_isolation=kind in NEED_ISOLATION,
            open=OPEN.get(kind, ""),
        )
        for kind, make in ALL_HOLLOW.items()
    ]
    made = [
        Hollow(identifier=f"{kind}+{name}", sentence=_first_line(make), target=f"{TARGET}:{kind}+{name}")
        for name in good
        for kind, make in MADE_OF_GOOD.items()
    ]
    return alone + made


def _first_line(make: Callable[..., object]) -> str:
    return (make.__doc__ or "").splitlines()[0]
