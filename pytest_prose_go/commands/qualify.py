"""``prose-go qualify``: the suite on trial, against faults, conforming variants and hollow targets."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from pytest_prose_go.catalogue import CatalogueError, load
from pytest_prose_go.suites import OWN_DISTRIBUTION, folders

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from pytest_prose_go.qualify.qualification import Qualification

    Commands = _SubParsersAction[argparse.ArgumentParser]

SEED = "trial"
SORTS = {
    "faults": ("fault",),
    "variants": ("conforming", "variant"),
    "hollow": ("hollow",),
}
JSON_NAME, PAGE_NAME = "qualification.json", "qualification.html"


def add_to(commands: Commands) -> None:
    """Add the sub-command to the parser of ``prose-go``."""
    parser = commands.add_parser(
        "qualify",
        help="show that the suite finds every fault and fails no conforming target",
        description="Runs the suite against every fault, variant and hollow target of the families, and prints "
        "which cases found what. Exit code 0 only if all faults are found under the right aspect, no conforming "
        "target differs from what is expected, and no hollow target passes anything; 1 if not, 2 for what was "
        "asked wrongly.",
    )
    parser.add_argument(
        "--target-family",
        metavar="NAME",
        action="append",
        default=[],
        help="a family of targets: an installed one, a module, or module:attribute; repeatable (default: all that "
        "are installed)",
    )
    parser.add_argument("--suite", metavar="NAME", help="the installed suite (default: every one there is)")
    parser.add_argument("--seed", default=SEED, help="the seed of every run (default: %(default)s)")
    parser.add_argument(
        "--depth",
        choices=("quick", "standard", "exhaustive"),
        default="standard",
        help="how much each case tries (default: %(default)s); faults are never tried less than at standard "
        "depth, as a trial ends when its fault is found",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--all-cases",
        dest="which",
        action="store_const",
        const="all",
        help="run every case against every fault, to tell how many find it and which cases find nothing",
    )
    which.add_argument(
        "--expected-cases",
        dest="which",
        action="store_const",
        const="expected",
        help="run only the cases that are to find the fault, and not the others after them",
    )
    parser.set_defaults(which="until-killed")
    parser.add_argument(
        "--sample", metavar="N", type=_count, help="only so many variants of each family (default: all)"
    )
    parser.add_argument(
        "--turn",
        metavar="K",
        type=int,
        help="which sample it is: each turn takes the next variants (default: the number of the day)",
    )
    parser.add_argument(
        "--only", choices=tuple(SORTS), action="append", help="only targets of this sort; repeatable"
    )
    parser.add_argument(
        "--match",
        metavar="TEXT",
        action="append",
        default=[],
        help="only targets with this text in their identifier; repeatable",
    )
    parser.add_argument(
        "-n",
        "--processes",
        metavar="N",
        type=_count,
        default=_cores(),
        help="processes to share the trials out to, 0 for none but this one (default: one a core, here "
        "%(default)s)",
    )
    parser.add_argument(
        "--search",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="also let the attacker search alone look for each fault that the air shows, so many seconds of one core "
        "(default: do not)",
    )
    parser.add_argument(
        "--accept-open",
        action="store_true",
        help="let what the families call open (known, with a reason) not count; what is open no more then does",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("qualification"),
        help=f"where {JSON_NAME} and {PAGE_NAME} go (default: %(default)s)",
    )
    parser.add_argument(
        "--into",
        metavar="FILE",
        type=Path,
        help="write the matrix into this Markdown file, between the lines that mark its place",
    )
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of the output, and run nothing"
    )
    parser.set_defaults(run=run)


def _count(given: str) -> int:
    count = int(given)
    if count < 0:
        raise argparse.ArgumentTypeError("a number from 0 on")
    return count


def _seconds(given: str) -> float:
    seconds = float(given)
    if not 0 <= seconds < 1e6:
        raise argparse.ArgumentTypeError("a number of seconds from 0 on")
    return seconds


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(asked: argparse.Namespace) -> int:
    """Hold the qualification, print it and write it. Returns 0 if the suite is proven, 1 if not, 2 for what was
    asked wrongly or broke down."""
    from pytest_prose_go.qualify.families import FamilyError
    from pytest_prose_go.qualify.qualification import schema
    from pytest_prose_go.qualify.session import BrokenSession

    if asked.schema:
        print(schema(), end="")
        return 0
    try:
        qualification = _held(asked)
        _write(asked, qualification)
    except (FamilyError, CatalogueError, BrokenSession, pytest.UsageError, OSError) as error:
        print(f"prose-go qualify: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("prose-go qualify: interrupted", file=sys.stderr)
        return 2
    return 0 if qualification.proven else 1


def _held(asked: argparse.Namespace) -> Qualification:
    from pytest_prose_go.qualify.by_search import to_be_searched
    from pytest_prose_go.qualify.families import FamilyError, read_families
    from pytest_prose_go.qualify.plan import Asked, trials
    from pytest_prose_go.qualify.progress import ProgressLine
    from pytest_prose_go.qualify.qualification import Circumstances, qualify
    from pytest_prose_go.qualify.session import hold_all
    from pytest_prose_go.qualify.trial import Outcome, Sort, Trial

    began, today = time.monotonic(), date.today()
    catalogues = [load(folder) for folder in folders(asked.suite)]
    families = read_families(asked.target_family, catalogues)
    sorts: tuple[Sort, ...] = get_args(Sort)
    if asked.only:
        sorts = tuple(sort for sort in sorts if any(sort in SORTS[name] for name in asked.only))
    plan = Asked(
        seed=asked.seed,
        depth=asked.depth,
        which=asked.which,
        sample=asked.sample,
        turn=today.toordinal() if asked.turn is None else asked.turn,
        sorts=sorts,
        matching=tuple(asked.match),
        suite=asked.suite,
        search=asked.search,
    )
    to_hold = to_be_searched(trials(families, plan), catalogues, asked.search)
    if not to_hold:
        raise FamilyError("no target is left to try: widen --match or --only")
    held: list[tuple[Trial, Outcome]] = []
    processes = min(asked.processes, len(to_hold))
    with ProgressLine(len(to_hold)) as line:

        def hear(trial: Trial, outcome: Outcome) -> None:
            held.append((trial, outcome))
            line.hear(trial, outcome)

        hold_all(to_hold, processes, hear)
    circumstances = Circumstances(
        plugin=version(OWN_DISTRIBUTION),
        date=today.isoformat(),
        processes=processes,
        seconds=time.monotonic() - began,
    )
    return qualify(catalogues, families, plan, held, circumstances, asked.accept_open)


def _write(asked: argparse.Namespace, qualification: Qualification) -> None:
    from pytest_prose_go.qualify.document import write_into
    from pytest_prose_go.qualify.page import page
    from pytest_prose_go.qualify.qualification import as_json
    from pytest_prose_go.qualify.terminal import text

    print(text(qualification))
    asked.output.mkdir(parents=True, exist_ok=True)
    for name, told in ((JSON_NAME, as_json(qualification)), (PAGE_NAME, page(qualification))):
        path = asked.output / name
        path.write_text(told, encoding="utf-8")
        print(f"written: {path}")
    if asked.into is not None:
        write_into(asked.into, qualification)
        print(f"written: {asked.into}")
