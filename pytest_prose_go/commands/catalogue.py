"""``prose-go catalogue``: what the installed suites ask, by which cases, and which attacks they try."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.catalogue import Catalogue, CatalogueError, check, load
from pytest_prose_go.report import matrix
from pytest_prose_go.suites import folders

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[argparse.ArgumentParser]

BEGIN = "<!-- prose-go catalogue -->"
END = "<!-- end of the catalogue -->"
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
    parser.add_argument(
        "--into",
        metavar="FILE",
        type=Path,
        help=f"write it into this file, between the lines {BEGIN} and {END}, instead of printing it",
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print the catalogues, or write them into a file. Returns 0, or 2 where one cannot be read or has mistakes,
    or the file has no place for them."""
    try:
        told = "\n\n".join(WRITERS[asked.format](_checked(folder)) for folder in folders(asked.suite))
        if asked.into is None:
            print(told)
        else:
            write_between(asked.into, told)
    except (CatalogueError, pytest.UsageError) as error:
        print(f"prose-go catalogue: {error}", file=sys.stderr)
        return 2
    return 0


def _checked(folder: Path) -> Catalogue:
    catalogue = load(folder)
    mistakes = check(catalogue)
    if mistakes:
        raise CatalogueError("\n".join([f"{folder.name} has mistakes:", *mistakes]))
    return catalogue


def between(text: str) -> str | None:
    """What stands between the two marking lines of ``text``, or None if they are not there."""
    _, begin, rest = text.partition(f"{BEGIN}\n")
    told, end, _ = rest.partition(f"\n{END}")
    return told if begin and end else None


def write_between(path: Path, told: str) -> None:
    """Replace what stands between the two marking lines. Raises :class:`CatalogueError` if they are not there,
    or the file is not."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    old = between(text)
    if old is None:
        raise CatalogueError(f"{path}: there are no lines {BEGIN} and, below, {END}")
    path.write_text(text.replace(f"{BEGIN}\n{old}\n{END}", f"{BEGIN}\n{told}\n{END}"), encoding="utf-8")
