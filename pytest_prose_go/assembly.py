"""What the plugin adds to a run of pytest: marker and fixtures always, the rest where a target is given."""

from __future__ import annotations

import pytest

from pytest_prose_go import options

MARKER_LINE = (
    'requirement(aspect, case="name"): the aspect of the catalogue that this test case tests, and the '
    "permanent name of the case within it"
)


def assemble(config: pytest.Config) -> None:
    """Register marker, fixtures and, with a target, the hooks of the run.

    Raises :class:`pytest.UsageError` for settings that cannot make a run. Heavy modules are imported only
    here and only with a target.
    """
    config.addinivalue_line("markers", MARKER_LINE)
    config.addinivalue_line("markers", "scale: a case with many members; leave it out with -m 'not scale'")
    config.pluginmanager.import_plugin("pytest_prose_go.fixtures")
    settings = options.read_settings(config)
    if settings is None:
        return
    on_worker = hasattr(config, "workerinput")
    if not on_worker:
        options.refuse_distribution(config)

    from pytest_prose_go.controller import ControllerHooks
    from pytest_prose_go.execution import CaseHooks
    from pytest_prose_go.run import prepare

    run = prepare(settings)
    if settings.evidence is not None:
        from pytest_prose_go.report.evidence import prepare_folder

        prepare_folder(settings.evidence)
    labels = None
    if config.getoption("allure_report_dir", None):
        from pytest_prose_go.report.allure import AllureLabels

        labels = AllureLabels(run)
    config.pluginmanager.register(CaseHooks(run, labels), "prose_cases")
    if not on_worker:
        config.pluginmanager.register(ControllerHooks(run, config.option.collectonly), "prose_controller")
