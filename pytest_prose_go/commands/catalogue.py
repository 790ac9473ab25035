"""``prose-go catalogue``: what the installed suites ask, by which cases, and which attacks they try."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.catalogue import CatalogueError, check, load
from pytest_prose_go.report import matrix
from pytest_prose_go.suites import folders

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[argparse.ArgumentParser]

WRITERS = {"table": matrix.table, "json": matrix.as_json, "markdown": matrix.markdown}


def add_to(commands: Commands) -> None:
    """Add the sub-command to the parser of ``prose-go``."""
    parser = commands.add_parser(
        "catalogue", help="print requirements, aspects, cases, faults and attacks of the installed suites"
    )
    parser.add_argument("--suite", metavar="NAME", help="the installed suite (default: every one there is)")
    parser.add_argument(
        "--format", choices=tuple(WRITERS), default="table", help="how to print it (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print the catalogues. Returns 0, or 2 where one cannot be read or has mistakes."""
    try:
        for folder in folders(asked.suite):
            catalogue = load(folder)
            mistakes = check(catalogue)
            if mistakes:
                raise CatalogueError("\n".join([f"{folder.name} has mistakes:", *mistakes]))
            print(WRITERS[asked.format](catalogue))
    except (CatalogueError, pytest.UsageError) as error:
        print(f"prose-go catalogue: {error}", file=sys.stderr)
        return 2
    return 0
