"""``python -m tests.mutants``: try a sample of the mutants, one process at a time, and go on where the last run ended.

Each outcome is a line of a file of JSON, as soon as it is there; mutants in that file are not tried again.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from tests.mutants.figures import outstanding, written_into
from tests.mutants.ledger import LEDGER, read_ledger
from tests.mutants.sample import in_order
from tests.mutants.sites import Mutant, security_modules, sites
from tests.mutants.trial import PROFILE_A, PROFILE_B, Tried, in_child, tried

WARM = (
    "pytest_prose_go.plugin",
    "pytest_prose_go.fixtures",
    "pytest_prose_go.scenario",
    "cryptography.x509",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.asymmetric.ec",
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", default="1", help="of the sample and of the suite (default: 1)")
    parser.add_argument(
        "--share", type=float, default=0.25, help="how many mutants per place, at most (default: 0.25)"
    )
    parser.add_argument("--all", action="store_true", help="try every mutant")
    parser.add_argument("--operator", action="append", default=[], help="only mutants of these operators")
    parser.add_argument("--module", action="append", help="only these modules")
    parser.add_argument("--depth", default="quick", choices=("quick", "standard", "exhaustive"))
    parser.add_argument("--minutes", type=float, help="begin no further mutant after so long")
    parser.add_argument("--processor-seconds", type=int, default=90, help="of one run, before it is ended")
    parser.add_argument("--seconds", type=int, default=900, help="by the clock, likewise")
    parser.add_argument(
        "--results", type=Path, default=Path("mutants.jsonl"), help="the outcomes, kept and gone on with"
    )
    parser.add_argument(
        "--survivors", action="store_true", help="try again those that survived or were unsettled"
    )
    parser.add_argument("--into", type=Path, help="write the figures into this document")
    parser.add_argument("--only-figures", action="store_true", help="try nothing")
    return parser.parse_args()


def _sample(asked: argparse.Namespace, module: str) -> list[Mutant]:
    places = len({(site.definition, site.line) for site in sites(module)})
    size = None if asked.all else max(4, round(places * asked.share))
    return list(islice(in_order(module, asked.seed, asked.operator), size))


def _turns(modules: list[str], asked: argparse.Namespace) -> Iterator[Mutant]:
    """The sample, the modules taking turns in proportion to their size."""
    found = [
        ((place + 0.5) / len(sample), mutant)
        for sample in (_sample(asked, module) for module in modules)
        for place, mutant in enumerate(sample)
    ]
    for _, mutant in sorted(found, key=lambda each: each[0]):
        yield mutant


def _known(path: Path) -> dict[str, Tried]:
    if not path.exists():
        return {}
    lines = path.read_bytes().splitlines()
    return {each.key: each for each in (msgspec.json.decode(line, type=Tried) for line in lines)}


def main() -> int:
    """Returns 1 where the reference itself does not survive, or a survivor has no line in the ledger."""
    asked = _arguments()
    known = _known(asked.results)
    modules = asked.module or security_modules()
    if not asked.only_figures:
        for name in WARM:
            importlib.import_module(name)
        gc.collect()
        gc.freeze()
        for target in (PROFILE_A, PROFILE_B):
            heard, seconds = in_child(
                None, target, asked.seed, asked.depth, (), asked.processor_seconds, asked.seconds
            )
            print(
                f"{target} itself: {heard.came} {heard.said} ({seconds:.0f} s of the processor)", flush=True
            )
            if heard.came != "survived":
                return 1
        _try_all(asked, modules, known)
    entries = read_ledger()
    if asked.into:
        written_into(asked.into, asked.seed, modules, known, entries)
    remain = outstanding(known, entries)
    for each in remain:
        print(
            f"open: {each.module}:{each.line} {each.definition} {each.operator}: {each.before} => {each.after}"
        )
    print(f"{len(remain)} open; those that break no requirement are to stand in {LEDGER.name}")
    return 1 if remain else 0


def _try_all(asked: argparse.Namespace, modules: list[str], known: dict[str, Tried]) -> None:
    began = time.monotonic()
    killers = Counter(each.case for each in known.values() if each.came == "killed")
    with asked.results.open("ab") as kept:
        for mutant in _turns(modules, asked):
            before = known.get(mutant.key)
            if before and not (asked.survivors and before.came in ("survived", "unsettled", "timeout")):
                continue
            if asked.minutes and time.monotonic() - began > asked.minutes * 60:
                return
            first = [case for case, _ in killers.most_common()]
            came = tried(mutant, asked.seed, asked.depth, first, asked.processor_seconds, asked.seconds)
            known[came.key] = came
            kept.write(msgspec.json.encode(came) + b"\n")
            kept.flush()
            killers[came.case] += came.came == "killed"
            print(
                f"{came.came:9} {came.module}:{came.line} {came.definition} {came.operator}: {came.before!r} => "
                f"{came.after!r} | {came.case} {came.aspect} {came.said[:120]} ({came.seconds} s)",
                flush=True,
            )


if __name__ == "__main__":
    os.nice(19)
    sys.exit(main())
