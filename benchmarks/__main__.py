"""``python -m benchmarks``: what a run costs, side by side. All is processor time but where "wall" is said; medians of
runs in turns. ``--into FILE`` writes the figures into a Markdown file, between its two marks.

``python -m benchmarks.group_scale`` measures groups of 10 to 10,000 UEs.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.air import calls_a_second, frames_a_second
from benchmarks.floor import bare
from benchmarks.hop import ratios
from benchmarks.processes import PYTEST, run
from benchmarks.processes import in_turns as processes_in_turns
from benchmarks.shares import LINE
from benchmarks.wire import over_the_wire

CASES = 180
"""About as many as the suite has: so many tests in the file of empty ones."""
PASSING, EMPTY = "test_nothing.py", "test_empty.py"
REFERENCE = (*PYTEST, "--prose-target=reference", "--prose-seed=benchmark")
STARTS: dict[str, tuple[str, ...]] = {
    "pytest without the plugin": (*PYTEST, PASSING, "-p", "no:prose_go"),
    "pytest, no target": (*PYTEST, PASSING),
    "reference, collected": (*REFERENCE, "--collect-only"),
}
RUNS: dict[str, tuple[str, ...]] = {
    f"{CASES} empty tests": (*PYTEST, EMPTY, "-p", "no:prose_go"),
    "reference, quick": (*REFERENCE, "--prose-depth=quick"),
    "reference, standard": REFERENCE,
    "reference, standard, -n 2": (*REFERENCE, "-n", "2"),
}
STATIONS = (2, 100, 1000, 10_000)
BEGIN, END = "<!-- figures -->", "<!-- end of the figures -->"


def figures(rounds: int) -> list[str]:
    """The lines of the report, in Markdown."""
    lines = [
        f"Python {platform.python_version()}, {platform.system()} on {platform.machine()}, {os.cpu_count()} cores; "
        f"load at the start {os.getloadavg()[0]:.1f}.",
        "",
        "| process | wall | processor | most memory |",
        "| --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / PASSING).write_text("def test_nothing():\n    pass\n")
        (folder / EMPTY).write_text("\n".join(f"def test_{n}():\n    pass\n" for n in range(CASES)))
        starts = processes_in_turns(STARTS, folder, 3 * rounds)
        runs = processes_in_turns(RUNS, folder, rounds)
        for process, spent in {**starts, **runs}.items():
            memory = f"{spent.memory / 2**20:.0f} MiB"
            lines.append(f"| {process} | {spent.wall:.2f} s | {spent.processor:.2f} s | {memory} |")
        profile, shares = folder / "profile", folder / "shares"
        run((sys.executable, "-m", "cProfile", "-o", str(profile), *REFERENCE[1:]), folder)
        run((*REFERENCE, "-p", "benchmarks.shares"), folder, shares)
        operations, crypto = bare(profile)
        told = next((line for line in shares.read_text().splitlines() if line.startswith(LINE)), "not told")
    plain, idle, collected = (starts[each].processor for each in STARTS)
    empty, standard = runs[f"{CASES} empty tests"].processor, runs["reference, standard"].processor
    ratio = standard / (crypto + empty)
    lines += [
        "",
        f"- A standard run: {CASES / standard:.0f} cases a second and core.",
        f"- Its {operations:,} cryptographic operations alone: {crypto:.2f} s; with as many empty tests "
        f"{crypto + empty:.2f} s. The run takes {ratio:.1f} times as much (aim: 2.5).",
        f"- Where its time goes (the judge's aim: under 20 %): {told.removeprefix(LINE).strip()}.",
        f"- The plugin, not asked for: {(idle - plain) * 1e3:+.0f} ms (aim: 10). With a target, all collected: "
        f"{(collected - plain) * 1e3:+.0f} ms (aim: 150).",
    ]
    queue = median(calls_a_second() for _ in range(rounds))
    lines.append(f"- A plain queue of calls: {queue:,.0f} a second.")
    for judged in (False, True):
        rates = {count: median(frames_a_second(count, judged) for _ in range(rounds)) for count in STATIONS}
        what = "The air and all that watches" if judged else "The air alone"
        told_rates = ", ".join(f"{rate:,.0f} among {count:,} stations" for count, rate in rates.items())
        lines.append(f"- {what}, frames a second: {told_rates}.")
    for pair, (mine, alone) in ratios().items():
        lines.append(
            f"- A hop of the reference at 1,400 bytes, {pair}: {mine:.0f} beside {alone:.0f} MB/s there and back, "
            f"{alone / mine:.1f} times the time (aim: 1.5)."
        )
    wire = over_the_wire()
    lines.append(
        "- A call over the wire to a shim in C: "
        + ("no C compiler." if wire is None else f"{wire * 1e6:.0f} µs more.")
    )
    return lines


def main() -> None:
    """Print the figures; with ``--into`` write them, too."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--into", type=Path, help="a Markdown file with the marks")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run")
    given = parser.parse_args()
    lines = figures(given.rounds)
    print("\n".join(lines))
    if given.into is not None:
        text = given.into.read_text()
        head, tail = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
        given.into.write_text("\n".join([head, "", *lines, "", tail]))


if __name__ == "__main__":
    main()
