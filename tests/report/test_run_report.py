"""The reports of a run that fails: they say the same, take a target's text for text, and reach for nothing."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_prose_go.commands.report_schema import schema
from pytest_prose_go.report.run_report import RunReport
from tests.plugin.conftest import mini, run_mini

__all__ = ["mini", "run_mini"]

RunMini = Callable[..., pytest.RunResult]
DOCS = Path(__file__).parents[2] / "docs"
FORMS = ("report", "json", "markdown", "matrix")


class _Page(html.parser.HTMLParser):
    """The tags of a page with what they name, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def failed(run_mini: RunMini) -> dict[str, str]:
    result = run_mini(
        *(f"--prose-{form}=told.{form}" for form in FORMS), joins="fail", listens="inconclusive"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    return {form: Path(f"told.{form}").read_text(encoding="utf-8") for form in FORMS}


def test_json_is_as_its_schema_says(failed: dict[str, str]) -> None:
    told = json.loads(failed["json"])
    assert told["exit_code"] == 1
    assert told["product"] == "Mute"
    assert {case["case"]: case["verdict"] for case in told["cases"]}["MINI.closed.joins"] == "FAIL"
    promised = json.loads(schema("report"))["$defs"]["RunReport"]
    assert set(told) == set(promised["properties"])
    assert set(promised["required"]) <= set(told)


@pytest.mark.parametrize("of", ["report", "bundle"])
def test_the_schema_in_the_docs_is_up_to_date(of: str) -> None:
    path = DOCS / f"{of}.schema.json"
    written = path.read_text(encoding="utf-8")
    assert written == schema(of) + "\n", f"write it anew: prose-go report-schema --of {of} > docs/{path.name}"


def test_the_matrix_traces_each_case(failed: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(failed["matrix"])))
    verdicts = {(row["requirement"], row["aspect"], row["case"]): row["verdict"] for row in rows}
    assert verdicts["MINI", "MINI.closed", "MINI.closed.joins"] == "FAIL"
    assert verdicts["MINI", "MINI.closed", "MINI.closed.twice[a]"] == "PASS"
    assert verdicts["MINI", "MINI.quiet", "MINI.quiet.listens"] == "INCONCLUSIVE"
    assert verdicts["BASE", "BASE.admit", "BASE.admit.one"] == "PASS"


def test_the_text_of_a_pull_request(failed: dict[str, str]) -> None:
    told = failed["markdown"]
    assert told.startswith("### ❌ Mute 1.0: FAIL")
    assert "vulnerability" in told.splitlines()[2]
    assert "- seen: Joined(stranger)" in told
    assert "--prose-case=MINI.closed.joins" in told


def test_a_stranger_finds_the_three_answers_first(failed: dict[str, str]) -> None:
    text = _Page(failed["report"]).text
    head = text[: text.index("Requirements")]
    assert "MINI: Miniature requirement" in head
    assert "drop every frame (over)" in head
    assert "Joined(stranger)" in head
    assert "--prose-case=MINI.closed.joins --prose-seed=5eed" in head
    assert "Before you pass this on:" in head


def test_the_page_needs_nothing_else(failed: dict[str, str]) -> None:
    page = _Page(failed["report"])
    for tag, attributes in page.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed")
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    hosts = set(re.findall(r"https?://[^\s\"'<]+", failed["report"]))
    assert hosts <= {"http://www.w3.org/2000/svg"}


def test_the_page_has_a_chart_of_each_case(failed: dict[str, str]) -> None:
    charts = [attributes for tag, attributes in _Page(failed["report"]).tags if tag == "svg"]
    assert len(charts) == 5


def test_links_lead_somewhere(failed: dict[str, str]) -> None:
    tags = _Page(failed["report"]).tags
    places = {attributes.get("id") for _, attributes in tags}
    links = [str(attributes["href"])[1:] for tag, attributes in tags if tag == "a"]
    assert links
    assert set(links) <= places


def test_reports_under_workers(run_mini: RunMini) -> None:
    result = run_mini("-n2", "--prose-report=told.html", "--prose-json=told.json", joins="fail")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(json.loads(Path("told.json").read_text())["cases"]) == 5
    assert Path("told.html").read_text().count("<svg") == 5


def test_nothing_is_left_of_a_report_but_itself(run_mini: RunMini, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Path("room")
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room.resolve()))
    monkeypatch.setattr("tempfile.tempdir", None)
    run_mini("--prose-report=told.html")
    assert list(room.iterdir()) == []


def test_a_file_that_cannot_be_written_is_red_and_loses_nothing(run_mini: RunMini) -> None:
    result = run_mini("--prose-json=no/such/folder/told.json")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*report as json:*No such file or directory*"])
    result.stdout.fnmatch_lines(["verdict overall*PASS"])


def test_redacted(run_mini: RunMini) -> None:
    run_mini("--prose-redact", "--prose-evidence=kept", "--prose-json=told.json", joins="fail")
    told = Path("told.json").read_text()
    assert "frame 7" not in told
    assert "left out (--prose-redact)" in told
    assert {path.suffix for path in Path("kept").iterdir()} == {".json", ".jsonl", ".svg"}
    assert not list(Path("kept").glob("*.trace.jsonl"))


def test_a_report_reads_back(failed: dict[str, str]) -> None:
    report: Any = msgspec.json.decode(failed["json"], type=RunReport)
    assert report.failed
