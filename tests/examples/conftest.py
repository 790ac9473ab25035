"""The catalogue that inner runs are read by, and the marker ``slow``: what runs only when asked for by ``-m``."""

from __future__ import annotations

import pytest

from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.suites import folders


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(folders()[0])
