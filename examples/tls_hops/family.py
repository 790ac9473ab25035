"""TLS on every hop as a family of targets: ``prose-go qualify --target-family examples.tls_hops.family``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files

from examples.tls_hops import faults as mistakes
from pytest_prose_go.family import Fault, Variant

name = "tls"
conforming = "examples.tls_hops:target"
conforming_expected = {"AUTH.barred": "NOT APPLICABLE", "AUTH.claimed-identity": "NOT APPLICABLE"} | {
    aspect: group["verdict"]
    for group in tomllib.loads((files("examples.tls_hops") / "expected.toml").read_text(encoding="utf-8"))[
        "group"
    ]
    for aspect in group["aspects"]
}
"""Its removals do not bar, and it takes an identity from the credentials alone; the rest is what the file says."""


def faults() -> Iterator[Fault]:
    """Every mistake of the example, by its identifier."""
    for identifier, kind in sorted(mistakes.Fault.registry.items()):
        yield Fault(
            identifier=identifier,
            sentence=kind.sentence,
            target=f"{mistakes.__name__}:{identifier}",
            breaks=kind.breaks,
            also_breaks=kind.also_breaks,
            shown_by=kind.shown_by,
            published=kind.published,
            open=kind.open,
        )


def variants() -> Iterator[Variant]:
    """None: its two designs stand beside it as targets of their own."""
    yield from ()
