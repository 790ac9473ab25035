"""``prose-go ics``: the vendor's statement in a file, begun from a target, or checked against one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.certificate import ics

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[argparse.ArgumentParser]


def add_to(commands: Commands) -> None:
    """Add the sub-command to the parser of ``prose-go``."""
    parser = commands.add_parser("ics", help="begin the vendor's statement for a target, or check it")
    parser.add_argument("target", metavar="TARGET", help="as in --prose-target")
    parser.add_argument("--file", type=Path, default=Path(ics.FILE), metavar="FILE")
    parser.add_argument("--suite", metavar="NAME", help="the installed suite, where there are several")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Write the file if it is not there, else check it. Returns 0, 1 where it is not filled in or contradicts the
    target, or 2 where it or the target cannot be read."""
    from pytest_prose_go.catalogue import CatalogueError, load
    from pytest_prose_go.certificate.certify import inspected
    from pytest_prose_go.suites import folders
    from pytest_prose_go.targets.breach import TargetError
    from pytest_prose_go.targets.naming import TargetNameError, find_target

    try:
        target = find_target(asked.target)()
        statement = target.statement
        target.close()
        by_inspection: dict[str, str] = {}
        for folder in folders(asked.suite):
            by_inspection |= inspected(load(folder))
        if not asked.file.exists():
            asked.file.write_text(ics.proforma(statement, tuple(by_inspection.items())), encoding="utf-8")
            print(f"{asked.file}: fill in [vendor], then run prose-go ics {asked.target} again to check it")
            return 0
        said = ics.read(asked.file)
        wrong = list(ics.contradictions(said, statement, by_inspection))
        gaps = list(ics.gaps(said))
    except (CatalogueError, OSError, TargetError, TargetNameError, ics.IcsError, pytest.UsageError) as error:
        print(f"prose-go ics: {error}", file=sys.stderr)
        return 2
    lines = [f"{asked.file} is not filled in:", *gaps] if gaps else []
    lines += [f"{asked.file} contradicts the target:", *wrong] if wrong else []
    print("\n".join(lines or [f"{asked.file}: good"]))
    return 1 if lines else 0
