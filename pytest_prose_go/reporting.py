"""The files that a run's report is written to at its end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.options import Settings
from pytest_prose_go.report import exchange
from pytest_prose_go.report.evidence import chart_of

if TYPE_CHECKING:
    from pytest_prose_go.report.run_report import RunReport


def with_folder(settings: Settings, config: pytest.Config) -> Settings:
    """The settings with a folder for the evidence where a report needs the charts and none was named: one that goes
    with the run."""
    drawn = config.getoption("allure_report_dir", None) or any(form == "html" for form, _ in settings.reports)
    if settings.evidence is not None or not drawn or config.option.collectonly:
        return settings
    folder = Path(tempfile.mkdtemp(prefix="prose-report-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return replace(settings, evidence=folder)


def write(settings: Settings, report: RunReport) -> Iterator[str]:
    """Write the report in every form that was asked for. Gives a line for each that could not be written."""
    for form, path in settings.reports:
        try:
            path.write_text(_written(form, settings, report), encoding="utf-8")
        except OSError as error:
            yield f"the report as {form}: {path}: {error.strerror}: name a file that can be written"


def _written(form: str, settings: Settings, report: RunReport) -> str:
    match form:
        case "json":
            return exchange.as_json(report)
        case "markdown":
            return exchange.as_markdown(report)
        case "csv":
            return exchange.as_csv(report)
        case _:
            from pytest_prose_go.report.html import as_html

            folder = settings.evidence
            return as_html(report, lambda result: "" if folder is None else chart_of(folder, result.case))
