"""Property tests have no deadline: how long an example takes is the machine's affair, and never a failure. What is
marked ``slow`` runs only where ``-m`` names it."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("prose", deadline=None)
settings.load_profile("prose")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes long; runs only where -m names it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
