"""Pytest's hooks, each a line or two that delegates. Without ``--prose-target`` they change nothing."""

from __future__ import annotations

import pytest

from pytest_prose_go import options


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.getoption("prose_target") and config.getoption("prose_replay"):
        from pytest_prose_go.replaying import collect_attacks

        collect_attacks(config, config.getoption("prose_replay"))
    elif config.getoption("prose_target"):
        from pytest_prose_go.suites import collect_installed

        collect_installed(config)


def pytest_configure(config: pytest.Config) -> None:
    from pytest_prose_go.assembly import assemble

    assemble(config)
