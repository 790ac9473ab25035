"""``python -m benchmarks.group_scale``: what a group of the reference costs in 10 to 10,000 UEs, as it is and with keys
in a tree. Prints a table in Markdown; ``--into FOLDER`` writes it there with a plot. No test rests on it.

All is processor time, the median of several. *A join* is all that both ends do; *with new keys*, what it takes until
all who were in have the new key of the group as well. *A groupcast* is counted at the owner until its one frame is out,
at one member that gets the frame, and at the owner for one acknowledgement. *A removal* is counted at the owner until
its frames are out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import log10
from pathlib import Path
from statistics import median

from jinja2 import Environment, PackageLoader

from benchmarks.field import FIRST_ADDRESS, GROUP, OWNER_ADDRESS, AnyNumberDevice, Field, processor_seconds
from reference_impl.device import Device
from reference_impl.variants import all_variants, composed

SIZES = (10, 100, 1000, 10_000)
UNICASTS = 200
GROUPCASTS = 5
REMOVALS = 3
JOINS_TIMED = 40


@dataclass(frozen=True)
class Costs:
    """What one group of ``members`` costs. Times are seconds of the processor, memory is bytes."""

    kind: str
    members: int
    join: float
    join_with_keys: float
    unicast: float
    groupcast_at_owner: float
    groupcast_frames: int
    groupcast_at_member: float
    acknowledgement: float
    removal: float
    removal_frames: int
    memory: float


KINDS: dict[str, Callable[[], type[Device]]] = {
    "flat": lambda: AnyNumberDevice,
    "tree": lambda: composed([all_variants()["key-tree"]]).device_class,
}


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(kind: str, members: int) -> Costs:
    """Fill a group and try it."""
    field = Field(KINDS[kind]())
    lots = random.Random(members)
    before = resident()
    joins = [processor_seconds(lambda n=number: field.join(n)) for number in range(members)]  # type: ignore[misc]
    memory = (resident() - before) / members
    field.filling.fills = False
    owner, now = field.owner, field.now
    field.take(OWNER_ADDRESS, owner.rekey(GROUP, now))
    field.settle()
    groupcast(field, lots)  # whoever lacks a key of a tree asks for it now

    joins_with_keys = processor_seconds(lambda: field.join(members))
    unicasts = []
    for _ in range(UNICASTS):
        one, other = lots.sample(range(members), 2)

        def unicast(one: int = one, other: int = other) -> None:
            address = FIRST_ADDRESS + one
            field.take(address, field.by_address[address].send(GROUP, bytes(100), f"ue{other}", now))
            field.settle()

        unicasts.append(processor_seconds(unicast))
    groupcasts = [groupcast(field, lots) for _ in range(GROUPCASTS)]
    removals, frames = [], []
    for number in lots.sample(range(members), REMOVALS):
        field.frames = 0
        removals.append(processor_seconds(lambda n=number: field.remove(n)))  # type: ignore[misc]
        frames.append(field.frames)
        field.settle()
    return Costs(
        kind,
        members,
        median(joins[-JOINS_TIMED:]),
        joins_with_keys,
        median(unicasts),
        median(each[0] for each in groupcasts),
        int(median(each[1] for each in groupcasts)),
        median(each[2] for each in groupcasts),
        median(each[3] for each in groupcasts),
        median(removals),
        int(median(frames)),
        memory,
    )


def groupcast(field: Field, lots: random.Random) -> tuple[float, int, float, float]:
    """One groupcast of the owner's: seconds at the owner, its frames, seconds at one member, and of one
    acknowledgement."""
    # The first one finds the owner's part of the caches cold, after thousands of other devices: not counted.
    field.take(OWNER_ADDRESS, field.owner.send(GROUP, lots.randbytes(100), None, field.now))
    field.frames = 0
    outboxes = []
    spent = processor_seconds(
        lambda: outboxes.append(field.owner.send(GROUP, lots.randbytes(100), None, field.now))
    )
    field.take(OWNER_ADDRESS, outboxes[0])
    frames = field.frames
    at_member, at_owner = field.settle_timed()
    return spent, frames, at_member, at_owner


def measured_apart(kind: str, members: int) -> Costs:
    """The same in a process of its own, so that its memory is its own."""
    command = (sys.executable, "-m", "benchmarks.group_scale", "--one", kind, str(members))
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return Costs(**json.loads(run.stdout))


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"


def table(found: list[Costs]) -> str:
    """The figures, a row a group."""
    head = (
        "| keys | UEs | join | join with new keys | unicast | groupcast: owner | member | acknowledgement | frames "
        "| removal: owner | frames | memory a UE |"
    )
    rows = [head, "|" + " --- |" * 12]
    for each in found:
        rows.append(
            f"| {each.kind} | {each.members:,} | {_micro(each.join)} | {_micro(each.join_with_keys)} "
            f"| {_micro(each.unicast)} | {_micro(each.groupcast_at_owner)} | {_micro(each.groupcast_at_member)} "
            f"| {_micro(each.acknowledgement)} | {each.groupcast_frames} | {_micro(each.removal)} "
            f"| {each.removal_frames:,} | {each.memory / 1024:.0f} KiB |"
        )
    return "\n".join(rows)


CURVES: dict[str, Callable[[Costs], float]] = {
    "unicast": lambda each: each.unicast,
    "groupcast at the owner": lambda each: each.groupcast_at_owner,
    "removal at the owner": lambda each: each.removal,
    "join without new keys": lambda each: each.join,
}
WIDTH, HEIGHT, EDGE = 720, 420, 60
COLOURS = ("#1b6ca8", "#2e8540", "#b3261e", "#7a5c00")


def plot(found: list[Costs]) -> str:
    """The curves as SVG, both axes logarithmic; those of the tree are dashed."""
    seconds = [curve(each) for curve in CURVES.values() for each in found]
    low, high = int(log10(min(seconds)) // 1), int(-(-log10(max(seconds)) // 1))
    first, last = log10(min(SIZES)), log10(max(SIZES))

    def place(members: float, spent: float) -> tuple[float, float]:
        along = EDGE + (log10(members) - first) / (last - first) * (WIDTH - 4 * EDGE)
        up = (log10(spent) - low) / (high - low) * (HEIGHT - 2 * EDGE)
        return round(along, 1), round(HEIGHT - EDGE - up, 1)

    curves = []
    for (name, curve), colour in zip(CURVES.items(), COLOURS, strict=True):
        for kind in KINDS:
            points = [place(each.members, curve(each)) for each in found if each.kind == kind]
            if points:
                curves.append({"name": f"{name}, {kind}", "points": points, "colour": colour, "kind": kind})
    environment = Environment(loader=PackageLoader("benchmarks"), autoescape=True, trim_blocks=True)
    return environment.get_template("group_scale.svg.jinja").render(
        width=WIDTH,
        height=HEIGHT,
        edge=EDGE,
        curves=curves,
        sizes=[(f"{size:,}", place(size, 10.0**low)[0]) for size in SIZES],
        times=[(_micro(10.0**power), place(min(SIZES), 10.0**power)[1]) for power in range(low, high + 1)],
    )


def main() -> None:
    """Print the table; with ``--into`` write it and the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.group_scale", description=__doc__)
    parser.add_argument("--into", type=Path, help="the folder for group-scale.md and group-scale.svg")
    parser.add_argument("--most", type=int, default=max(SIZES), help="the largest group")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "MEMBERS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(asdict(measure(given.one[0], int(given.one[1])))))
        return
    found = [measured_apart(kind, size) for kind in KINDS for size in SIZES if size <= given.most]
    print(table(found))
    if given.into is not None:
        (given.into / "group-scale.md").write_text(table(found) + "\n")
        (given.into / "group-scale.svg").write_text(plot(found))


if __name__ == "__main__":
    main()
