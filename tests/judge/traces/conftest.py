"""The story that each trace is told in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.judge.story")

from tests.judge.story import Story  # noqa: E402 - its assertions are to be explained


@pytest.fixture
def story() -> Iterator[Story]:
    """A story with nothing in it. It must come to an end: say what is to be found in it."""
    story = Story()
    yield story
    assert story.told, "a story without an end: it expects nothing"
