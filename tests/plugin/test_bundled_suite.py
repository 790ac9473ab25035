"""The bundled suite and its catalogue are in step."""

from __future__ import annotations

from pathlib import Path

import pytest

import conformance
from pytest_prose_go.catalogue import check, load, unbooked
from pytest_prose_go.scenario_key import CASE_KEY

CATALOGUE = load(Path(conformance.__file__).parent)


class Recorder:
    """Keeps the ids of the cases that a run collects."""

    def __init__(self) -> None:
        self.cases: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.cases = [item.stash[CASE_KEY].id for item in session.items if CASE_KEY in item.stash]


def test_catalogue_and_tests_are_in_step(pytester: pytest.Pytester, mini: Path) -> None:
    recorder = Recorder()
    pytester.inline_run(
        "--prose-target=mute.py:Mute", "--prose-suite=go-mode", "--collect-only", "-q", plugins=[recorder]
    )
    assert len(recorder.cases) >= len(CATALOGUE.cases)
    assert check(CATALOGUE, recorder.cases) == []


def test_every_kind_of_violation_that_the_air_can_show_counts_against_an_aspect() -> None:
    of_the_laboratory = ("keys.", "storage.", "compromise.", "downgrade.")
    assert [kind for kind in unbooked(CATALOGUE) if not kind.startswith(of_the_laboratory)] == []
