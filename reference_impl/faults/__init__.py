"""Deliberate mistakes: each a small class that changes one decision of the reference.

A module in this package holds one :class:`Fault` subclass (or a few of one family). Being defined
registers it; nothing else has to be edited. It says

* ``identifier``: its permanent name, by which ``reference:IDENTIFIER`` opens it;
* ``sentence``: what goes wrong, in one sentence;
* ``published``: the entry of the attack catalogue that it restates (``PROT-09``);
* ``variation_of``: another fault that breaks the same decision, where this one only breaks it in another way
  (its neighbour's constant, the other end of one range): the two count as one decision;
* ``in_both_profiles``: that it is tried with pair keys (profile B) as well as with certificates;
* ``breaks``: the aspect whose cases must fail (``PROT.confidential-uplink``);
* ``ability``: what an attacker, or the suite, needs to show it (``eavesdrop``, ``replay``, ``clone``…);
* ``shown_by``: the aspects whose cases show it, where those are not the cases of ``breaks``: a violation
  is booked to the aspect that it names, whichever case saw it;
* ``also_breaks``: the further aspects that must then fail too, where one wrong decision has several
  effects; a comment says why;
* ``may_break``: those that fail or not by the lot, where what slips through is not the attacker's choice;
* ``in_depth``: the case that shows it at exhaustive depth, where no other depth tries often enough;
* ``open``: why no case finds it yet, where none does;
* ``claims``: answers of the statement that differ, where the mistake stands in a design that does without
  one of the reference's other defences.

and it gives ``decisions``: :class:`~reference_impl.parts.Parts` with one object of decisions replaced by a
subclass (:meth:`Fault.parts` where that has a memory of its own, to be made anew for each target); or, where
the mistake is one of order rather than of decision, ``device_class``: a
:class:`~reference_impl.device.Device` whose ``owner_room`` or ``member_room`` is a subclass. See
:mod:`reference_impl.faults.null_encryption` for the pattern. What several faults of a
family share is a :class:`Fault` declared with ``family=True``, which is none by itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import ClassVar

from reference_impl.device import Device
from reference_impl.parts import Parts


class Fault:
    """The reference with one mistake. Subclasses fill in every field."""

    registry: ClassVar[dict[str, type[Fault]]] = {}

    identifier: ClassVar[str]
    sentence: ClassVar[str]
    published: ClassVar[str]
    breaks: ClassVar[str]
    ability: ClassVar[str]
    variation_of: ClassVar[str] = ""
    in_both_profiles: ClassVar[bool] = False
    shown_by: ClassVar[tuple[str, ...]] = ()
    also_breaks: ClassVar[tuple[str, ...]] = ()
    may_break: ClassVar[tuple[str, ...]] = ()
    in_depth: ClassVar[str] = ""
    open: ClassVar[str] = ""
    claims: ClassVar[dict[str, object]] = {}
    decisions: ClassVar[Parts] = Parts()
    device_class: ClassVar[type[Device]] = Device

    def __init_subclass__(cls, family: bool = False) -> None:
        if family:
            return
        for name in ("identifier", "sentence", "published", "breaks", "ability"):
            if not isinstance(getattr(cls, name, None), str):
                raise TypeError(f"fault {cls.__name__} does not say its {name}")
        if cls.identifier in Fault.registry:
            raise TypeError(f"two faults are called {cls.identifier}")
        Fault.registry[cls.identifier] = cls

    @classmethod
    def parts(cls) -> Parts:
        """The decisions of a device with this fault."""
        return cls.decisions


def all_faults() -> dict[str, type[Fault]]:
    """Every fault by its identifier."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(Fault.registry.items()))


def find_fault(identifier: str) -> type[Fault]:
    """The fault of that name. Raises KeyError, with the names there are, for another."""
    faults = all_faults()
    if identifier not in faults:
        raise KeyError(f"no fault {identifier!r}; there are: {', '.join(faults)}")
    return faults[identifier]
