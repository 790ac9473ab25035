"""``prose-go allure``: Allure 3's settings for this plugin's results, and a generated report without its analytics."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_FETCHES = re.compile(
    r"<(?:script|link|img|iframe|object|embed|source|video|audio|base|form)\b[^>]*?"
    r"\b(?:src|href|data|action)\s*=\s*[\"']?\s*(?:https?:)?//([^/\"'\s>]+)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"\bsrc\s*=\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)
_TAG_MANAGER = re.compile(r"\bgtag\s*\(|\bdataLayer\b")


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "allure", help="help with reports that Allure makes of --alluredir's results"
    )
    what = parser.add_subparsers(required=True, metavar="WHAT")
    config = what.add_parser("config", help="print the settings for Allure 3: save them as allurerc.mjs")
    config.set_defaults(run=print_config)
    strip = what.add_parser(
        "strip", help="take the scripts that tell others of the reader out of a generated report"
    )
    strip.add_argument("report", type=Path, help="the report: its folder, or an HTML file")
    strip.set_defaults(run=strip_report)


def print_config(asked: argparse.Namespace) -> int:
    """Print the settings. Returns 0."""
    print(
        resources.files("pytest_prose_go.report").joinpath("allurerc.mjs").read_text(encoding="utf-8"), end=""
    )
    return 0


def strip_report(asked: argparse.Namespace) -> int:
    """Strip the HTML files of the report. Returns 0, 1 if one still reaches for another host, 2 if there is none."""
    report: Path = asked.report
    pages = sorted(report.rglob("*.html")) if report.is_dir() else [report]
    if not pages or not all(page.is_file() for page in pages):
        print(f"{report}: no HTML file is there: name the folder that allure generate wrote", file=sys.stderr)
        return 2
    code = 0
    for page in pages:
        before = page.read_text(encoding="utf-8")
        after, taken = stripped(before)
        if taken:
            page.write_text(after, encoding="utf-8")
        print(f"{page}: {taken} scripts taken out")
        for host in sorted(set(foreign_hosts(after))):
            print(f"{page}: still reaches for {host}", file=sys.stderr)
            code = 1
    return code


def stripped(page: str) -> tuple[str, int]:
    """The page without scripts from other hosts and those that feed them, and how many were taken out."""
    taken = 0

    def keep(script: re.Match[str]) -> str:
        nonlocal taken
        if _ELSEWHERE.search(script[1]) or (
            "src" not in script[1].lower() and _TAG_MANAGER.search(script[2])
        ):
            taken += 1
            return ""
        return script[0]

    return _SCRIPT.sub(keep, page), taken


def foreign_hosts(page: str) -> Iterator[str]:
    """The hosts that the page would reach for by itself when it is opened (a link waits for a click)."""
    return (found[1] for found in _FETCHES.finditer(page))
