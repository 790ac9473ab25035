"""What a family of targets tells, so that ``prose-go qualify`` can try the suite on it.

A family is a module (or any object) with

* ``conforming``: the target that has no fault, by the name that ``--prose-target`` takes;
* ``faults()``: targets that each break one requirement, as :class:`Fault`;
* ``variants()``: targets that conform, in unusual ways, as :class:`Variant`;
* ``name``, optional: what the reports call it (by default the module's name).

What the two functions give need not be instances of the classes here: any object with attributes of these names
and types will do, so that an implementation can tell of its faults without knowing this plugin. ``AuthorsFault``
and ``AuthorsVariant`` say so to a type checker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """A target with one mistake.

    ``identifier`` is its permanent name, ``sentence`` what goes wrong, ``target`` what ``--prose-target`` takes,
    ``breaks`` the aspect (``PROT.replay-uplink``) under which the suite must find it. ``also_breaks`` are further
    aspects that the same mistake breaks, ``may_break`` those that it breaks or not by the lot, ``shown_by`` those
    whose cases show it, where they are not those of ``breaks``; ``in_depth`` is the case that finds it at
    exhaustive depth, where no other depth tries often enough. ``published`` names the flaw that it restates,
    ``ability`` what an attacker needs. ``open`` says why no case finds it yet: it still counts as a survivor.
    """

    identifier: str
    sentence: str
    target: str
    breaks: str
    also_breaks: tuple[str, ...] = ()
    may_break: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()
    in_depth: str = ""
    published: str = ""
    ability: str = ""
    open: str = ""


class Variant(Struct, frozen=True, kw_only=True):
    """A target that conforms. ``expected`` gives the verdict on each aspect that it cannot pass, by the word of
    the report (``INCONCLUSIVE``, ``NOT APPLICABLE``), and ``because`` says why; all others it passes. ``open``
    says why the suite wrongly fails it still: it counts as a false alarm."""

    identifier: str
    sentence: str
    target: str
    expected: dict[str, str] = {}
    because: str = ""
    open: str = ""


class AuthorsFault(Protocol):
    """Anything with the attributes that :class:`Fault` must have; it may have the others too."""

    @property
    def identifier(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def breaks(self) -> str: ...


class AuthorsVariant(Protocol):
    """Anything with the attributes that :class:`Variant` must have; it may have the others too."""

    @property
    def identifier(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def target(self) -> str: ...


class AuthorsFamily(Protocol):
    """What a family of targets is: a module with these names is one."""

    @property
    def conforming(self) -> str: ...

    def faults(self) -> Iterable[AuthorsFault]:
        """The faults, in the order in which the matrix shows them."""
        ...

    def variants(self) -> Iterable[AuthorsVariant]:
        """The variants, in any order that stays the same."""
        ...


class Family(Struct, frozen=True, kw_only=True):
    """A family as it was read. ``conforming_expected`` is of the conforming target what ``expected`` is of a
    variant."""

    name: str
    conforming: str
    conforming_expected: Mapping[str, str]
    faults: Sequence[Fault]
    variants: Sequence[Variant]
