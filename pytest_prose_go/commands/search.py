"""``prose-go search``: attacks composed by lot, guided by what the target shows, until time is up."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_prose_go.catalogue import Catalogue, CatalogueError, load
from pytest_prose_go.suites import folders

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from pytest_prose_go.search.attack_file import Attack
    from pytest_prose_go.search.crew import Count
    from pytest_prose_go.search.exploring import Finding
    from pytest_prose_go.targets.naming import TargetSource

    Commands = _SubParsersAction[argparse.ArgumentParser]

FOLDER = "prose-attacks"


def add_to(commands: Commands) -> None:
    """Add the sub-command to the parser of ``prose-go``."""
    parser = commands.add_parser(
        "search",
        help="look for attacks that no case names",
        description="Composes attacks of the attacker's moves and plays them on the target, until time is up. What "
        "breaks a requirement is cut down to the shortest attack, drawn as a chart, and kept in a file that "
        "pytest --prose-replay plays again. Exit code 0 if nothing was found, which shows nothing; 1 if something "
        "was, 2 for what was asked wrongly.",
    )
    parser.add_argument("target", metavar="TARGET", help="the target, as --prose-target names it")
    parser.add_argument(
        "--minutes", type=_minutes, default=5.0, metavar="N", help="how long to look (default: %(default)g)"
    )
    parser.add_argument(
        "--at-most",
        metavar="N",
        type=_processes,
        help="end after so many attacks of each process, too: then equal seeds find the same",
    )
    parser.add_argument(
        "-n",
        "--processes",
        metavar="N",
        type=_processes,
        default=_cores(),
        help="processes that look, each with other lots (default: one a core, here %(default)s)",
    )
    parser.add_argument("--seed", help="the seed of all lots, any text (default: 64 random bits in hex)")
    parser.add_argument(
        "--attacks",
        type=Path,
        default=Path(FOLDER),
        metavar="DIR",
        help="the folder of attacks: those there are played first, and what is found is added (default: %(default)s)",
    )
    parser.add_argument(
        "--isolate", action="store_true", help="run each station in a process of its own, as --prose-isolate"
    )
    parser.add_argument(
        "--suite", metavar="NAME", help="the installed suite whose aspects are told (default: all)"
    )
    parser.set_defaults(run=run)


def _minutes(given: str) -> float:
    minutes = float(given)
    if not 0 < minutes < 1e6:
        raise argparse.ArgumentTypeError("a number of minutes above 0")
    return minutes


def _processes(given: str) -> int:
    count = int(given)
    if count < 1:
        raise argparse.ArgumentTypeError("a number from 1 on")
    return count


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(asked: argparse.Namespace) -> int:
    """Search, and tell what was found. Returns 0 if nothing was, 1 if something was, 2 for what was asked wrongly."""
    from pytest_prose_go.search.attack_file import AttackFileError
    from pytest_prose_go.targets.breach import TargetError
    from pytest_prose_go.targets.naming import TargetNameError, find_target

    try:
        catalogues = [load(folder) for folder in folders(asked.suite)]
        open_target = find_target(asked.target, isolate=asked.isolate)
        hunt = _Hunt(asked, catalogues, open_target)
        hunt.plays_known()
        return hunt.goes()
    except (
        AttackFileError,
        TargetNameError,
        TargetError,
        CatalogueError,
        pytest.UsageError,
        OSError,
    ) as error:
        print(f"prose-go search: {error}", file=sys.stderr)
        return 2


class _Hunt:
    """One search, as the user sees it."""

    def __init__(
        self, asked: argparse.Namespace, catalogues: list[Catalogue], open_target: TargetSource
    ) -> None:
        self.asked = asked
        self.catalogues = catalogues
        self.open_target = open_target
        self.seed = asked.seed or secrets.token_hex(8)
        self.folder: Path = asked.attacks
        self.seconds = 60 * asked.minutes
        self.found: dict[str, Attack] = {}
        self.counts: dict[int, Count] = {}
        self.began = time.monotonic()

    def plays_known(self) -> None:
        """Play the attacks of the folder first."""
        from pytest_prose_go.search.attack_file import files, read
        from pytest_prose_go.search.trying import shows

        if not self.folder.is_dir() or not any(self.folder.iterdir()):
            return
        for path in files(self.folder):
            attack = read(path)
            still = shows(self.open_target, attack.steps, attack.seed, attack.kind)
            print(
                f"known: {attack.aspect} ({attack.kind}): {'still there' if still else 'no longer'} ({path})"
            )
            if still:
                self.found[attack.kind] = attack

    def goes(self) -> int:
        from rich.console import Console
        from rich.progress import Progress, TextColumn, TimeElapsedColumn

        from pytest_prose_go.search.crew import Crew

        print(f"seed {self.seed}; {self.asked.processes} processes, {self.seconds:g} s", flush=True)
        live = Progress(
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        task = live.add_task("")

        def count(one: Count) -> None:
            self.counts[one.process] = one
            live.update(task, description=self._progress())

        crew = Crew(
            self.asked.target,
            self.seed,
            self.asked.processes,
            self.asked.isolate,
            self.folder,
            self.asked.at_most,
        )
        interrupted = False
        with live:
            try:
                crew.explore(self.seconds, self.hear, count)
            except KeyboardInterrupt:
                interrupted = True
        self._sums_up(interrupted)
        return 1 if self.found else 0

    def _progress(self) -> str:
        left = max(self.seconds - (time.monotonic() - self.began), 0)
        return f"{self._tried} attacks, {len(self.found)} violations, {left:.0f} s left;"

    @property
    def _tried(self) -> int:
        return sum(one.tried for one in self.counts.values())

    def hear(self, finding: Finding) -> None:
        """Keep what was found, and tell of it; of two attacks that show the same the shorter is kept."""
        from pytest_prose_go.search.attack_file import Attack, write
        from pytest_prose_go.search.shrinking import weight
        from pytest_prose_go.search.words import in_words

        violation = finding.violation
        known = self.found.get(violation.kind)
        if known is not None and weight(known.steps) <= weight(finding.steps):
            return
        attack = Attack(
            kind=violation.kind,
            aspect=self._aspect(violation.kind),
            seen=violation.seen,
            target=self.asked.target,
            seed=finding.seed,
            repeats=finding.repeats,
            steps=finding.steps,
        )
        self.found[violation.kind] = attack
        path = write(self.folder, attack, self._chart(attack))
        tried, seconds = finding.after
        print(
            f"\nFOUND {attack.aspect} ({attack.kind}), by attack {tried} after {seconds:.1f} s: {violation.seen}\n"
            f"  {violation.proof}"
        )
        for number, line in enumerate(in_words(attack.steps), start=1):
            print(f"  {number:>2}. {line}")
        held, of = attack.repeats
        print(f"  ({finding.drawn} steps cut down to {len(attack.steps)}; shown in {held} of {of} plays)")
        print(f"  again: pytest --prose-target={self.asked.target} --prose-replay={path}", flush=True)

    def _aspect(self, kind: str) -> str:
        return next((one.booked[kind].id for one in self.catalogues if kind in one.booked), kind)

    def _chart(self, attack: Attack) -> str:
        from pytest_prose_go.report.sequence_chart import sequence_chart
        from pytest_prose_go.search.trying import Trial

        with Trial(self.open_target, attack.steps, attack.seed) as trial:
            violations = [one for one in trial.judged(attack.kind) if one.kind == attack.kind]
            return sequence_chart(
                trial.scenario.trace, violations[:1], f"{attack.aspect} ({attack.kind})", "FAIL"
            )

    def _sums_up(self, interrupted: bool) -> None:
        broke: dict[str, int] = {}
        for one in self.counts.values():
            for text, times in one.broke.items():
                broke[text] = broke.get(text, 0) + times
        for text, times in sorted(broke.items()):
            print(f"\nthe target broke down in {times} attacks: {text}")
        seconds = time.monotonic() - self.began
        ended = "interrupted: " if interrupted else ""
        found = ", ".join(sorted(one.aspect for one in self.found.values()))
        told = f"{len(self.found)} violations ({found})" if found else "nothing found, which shows nothing"
        print(f"\n{ended}{self._tried} attacks in {seconds:.0f} s: {told}")
        if found:
            print(
                f"attacks and charts: {self.folder}; it may be somebody's vulnerability: keep it to yourself"
            )
