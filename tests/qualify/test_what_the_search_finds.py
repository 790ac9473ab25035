"""What the search alone is asked to find of a fault, and how that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

import conformance
from pytest_prose_go.catalogue import load
from pytest_prose_go.qualify.by_search import searched, sought, to_be_searched
from pytest_prose_go.qualify.trial import Trial

CATALOGUE = load(Path(conformance.__file__).parent)


def trial(target: str, breaks: str, shown_by: str = "") -> Trial:
    first = tuple(filter(None, (shown_by, breaks)))
    return Trial(
        sort="fault",
        family="x",
        identifier="x",
        target=target,
        seed="s",
        depth="standard",
        breaks=breaks,
        first=first,
    )


@pytest.mark.parametrize(
    ("breaks", "shown_by", "kinds"),
    [
        ("PROT.replay", "", ("replay.hop",)),
        ("PROT.replay", "PROT.replay-after-restart", ()),
        ("KEYS.strong", "", ()),
    ],
)
def test_only_what_the_air_shows_is_sought(breaks: str, shown_by: str, kinds: tuple[str, ...]) -> None:
    assert sought(trial("x", breaks, shown_by), [CATALOGUE]) == kinds


def test_the_search_finds_a_fault_alone() -> None:
    asked = trial("reference:plaintext-multicast", "MCAST.outsiders")
    assert searched(asked) is None
    (asked,) = to_be_searched([asked], [CATALOGUE], 600.0)
    told = searched(asked)
    assert told is not None
    assert told.found
