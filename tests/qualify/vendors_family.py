"""A family as a vendor writes one, beside targets of its own. It knows nothing of the reference's faults."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pytest_prose_go.contract import Target
from pytest_prose_go.family import Fault, Variant
from pytest_prose_go.targets.hollow import in_clear

name = "vendor"
conforming = "reference"


def talks_in_clear() -> Target:
    """The vendor's product, with the cipher left out."""
    return in_clear()


def takes_its_process_along() -> Target:
    """A product that dies, and the process with it."""
    os._exit(3)


def faults() -> Iterator[Fault]:
    """One that is found, one that says that it breaks something else, one that dies, and one that is no fault."""
    for identifier, breaks in (("found", "PROT.confidential-uplink"), ("mistaken", "AUTH.no-credentials")):
        yield Fault(
            identifier=identifier,
            sentence="Whoever listens reads <all> that is said.",
            target=f"{__name__}:talks_in_clear",
            breaks=breaks,
            shown_by=("PROT.confidential-uplink",),
            may_break=("PROT.confidential-downlink", "PROT.keystream") if identifier == "found" else (),
        )
    yield Fault(
        identifier="deadly",
        sentence="Its process ends.",
        target=f"{__name__}:takes_its_process_along",
        breaks="AUTH.no-credentials",
    )
    yield Fault(
        identifier="harmless",
        sentence="Nothing is wrong with it.",
        target="reference",
        breaks="AUTH.no-credentials",
        open="It stands here to survive.",
    )


def variants() -> Iterator[Variant]:
    """None: the vendor's product has no unusual habits yet."""
    yield from ()
