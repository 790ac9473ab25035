"""What the plugin adds to a run of pytest: marker and fixtures always, the rest where a target is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_prose_go import options

if TYPE_CHECKING:
    from pytest_prose_go.judge.verdict import CaseResult
    from pytest_prose_go.report.allure import AllureResults
    from pytest_prose_go.run import Run

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
    workerinput: dict[str, Any] = getattr(config, "workerinput", {})
    on_worker = bool(workerinput)
    if not on_worker:
        options.refuse_distribution(config)

    from pytest_prose_go import reporting, resumption
    from pytest_prose_go.controller import ControllerHooks
    from pytest_prose_go.execution import CaseHooks
    from pytest_prose_go.run import prepare

    kept: dict[str, CaseResult] = {}
    if on_worker:
        done = workerinput.get(options.DONE_INPUT, ())
    else:
        settings = reporting.with_folder(settings, config)
        if settings.resume:
            settings, kept = resumption.resumed(settings, bool(config.getoption("prose_seed")))
        done = tuple(kept)
    run = prepare(settings, done)
    if settings.evidence is not None and not on_worker and not config.option.collectonly:
        resumption.begin_journal(run, settings.evidence)
    first = not on_worker or workerinput["workerid"] == "gw0"
    config.pluginmanager.register(CaseHooks(run, _allure(config, run), first), "prose_cases")
    if config.getoption("prose_replay") or any(".attack.json" in arg for arg in config.args):
        from pytest_prose_go.replaying import ReplayHooks

        config.pluginmanager.register(ReplayHooks(run))
    if not on_worker:
        folder = config.getoption("allure_report_dir", None)
        results = None if folder is None else Path(folder).absolute()
        hooks = ControllerHooks(run, config.option.collectonly, kept.values(), results)
        config.pluginmanager.register(hooks, "prose_controller")


def _allure(config: pytest.Config, run: Run) -> AllureResults | None:
    """What tells Allure of each case; None where nobody asks for its results."""
    if not config.getoption("allure_report_dir", None):
        return None
    from allure_commons import plugin_manager

    from pytest_prose_go.report.allure import AllureResults

    if run.settings.redact:
        # What a target prints is as good as a payload.
        config.option.attach_capture = False
    results = AllureResults(run)
    plugin_manager.register(results)
    config.add_cleanup(lambda: plugin_manager.unregister(results))
    return results
