"""Several processes that explore one target, each with lots of its own, and the one that hears of all they find.

What was found stands in a folder of attacks: what is there already is not sought again, whichever process found it.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import msgspec
from msgspec import Struct

from pytest_prose_go.judge.finding import Kind
from pytest_prose_go.search.attack_file import SUFFIX
from pytest_prose_go.search.exploring import Explorer, Finding
from pytest_prose_go.targets.naming import find_target

EVERY = 0.5
"""Seconds between two words of a process on how far it is."""


class Count(Struct, frozen=True, kw_only=True):
    """How far a process is: attacks tried, and how many kinds of things its target showed in all."""

    process: int
    tried: int
    seen: int
    broke: dict[str, int] = {}


class Crew:
    """Explores ``target`` in so many ``processes``, each for so many attacks at ``most`` (None: until time is up)."""

    def __init__(
        self, target: str, seed: str, processes: int, isolate: bool, folder: Path, most: int | None = None
    ) -> None:
        self._target = target
        self._seed = seed
        self._isolate = isolate
        self._folder = folder
        self._context = multiprocessing.get_context("spawn")
        self._told: Queue[bytes] = self._context.Queue()
        self._stop = self._context.Event()
        self._processes = processes
        self._most = most

    def explore(
        self, seconds: float, hear: Callable[[Finding], None], count: Callable[[Count], None]
    ) -> None:
        """Explore for so many ``seconds``, and tell ``hear`` of each finding, ``count`` of how far a process is.

        Raises :class:`KeyboardInterrupt` where the user ends it, when all have told what they had found."""
        crew = [
            self._context.Process(
                target=_explore,
                args=(self._target, f"{self._seed}:{number}", number, self._isolate, self._folder, seconds),
                kwargs={"most": self._most, "told": self._told, "stop": self._stop},
                daemon=True,
            )
            for number in range(self._processes)
        ]
        for process in crew:
            process.start()
        interrupted = False
        while any(process.is_alive() for process in crew):
            try:
                self._hear(hear, count)
            except KeyboardInterrupt:
                interrupted = True
                self._stop.set()
        self._hear(hear, count)
        if interrupted:
            raise KeyboardInterrupt

    def _hear(self, hear: Callable[[Finding], None], count: Callable[[Count], None]) -> None:
        while True:
            try:
                told = msgspec.msgpack.decode(self._told.get(timeout=EVERY / 2), type=dict[str, Any])
            except queue.Empty:
                return
            if "tried" in told:
                count(msgspec.convert(told, Count))
            else:
                hear(msgspec.convert(told, Finding, strict=False))


def _explore(
    target: str,
    seed: str,
    number: int,
    isolate: bool,
    folder: Path,
    seconds: float,
    most: int | None,
    told: Queue[bytes],
    stop: Event,
) -> None:
    """What one process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open_target = find_target(target, isolate=isolate)
    opened = open_target()
    statement = opened.statement
    opened.close()
    last = 0.0

    def hear(finding: Finding) -> None:
        told.put(msgspec.msgpack.encode(finding))

    def goes_on() -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            explorer.known.update(known_kinds(folder))
            told.put(msgspec.msgpack.encode(_count()))
        return not stop.is_set() and (most is None or explorer.tried < most)

    def _count() -> Count:
        return Count(process=number, tried=explorer.tried, seen=len(explorer.seen), broke=explorer.broke)

    explorer = Explorer(open_target, statement, seed, hear)
    explorer.known.update(known_kinds(folder))
    with TemporaryDirectory() as scratch:
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", scratch)  # or it would write where the user is
        explorer.explore(seconds, goes_on)
    told.put(msgspec.msgpack.encode(_count()))


def known_kinds(folder: Path) -> set[Kind]:
    """The kinds of violation of which an attack stands in the folder."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    return {kind for kind in kinds if (folder / f"{kind}{SUFFIX}").exists()}
