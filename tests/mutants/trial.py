"""One mutant on trial: the conformance suite against it, in a child of a process that has all else loaded already."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType
from typing import Literal

import msgspec
import pytest
from msgspec import Struct

from pytest_prose_go.execution import CaseHooks
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.qualify.trial import ALONE, INI
from pytest_prose_go.run import Run
from pytest_prose_go.run_summary import book
from pytest_prose_go.scenario_key import CASE_KEY
from pytest_prose_go.suites import folders
from tests.mutants.sites import PACKAGE, TOP, Mutant

Came = Literal["killed", "base", "unsettled", "timeout", "survived"]
PROFILE_A = "reference"
PROFILE_B = "reference:psk+nr-33536+eea2-eia2-only"
"""Pair keys, with the other bearer and the other algorithms: what profile A does not reach."""

IN_B_ALONE = frozenset({"pair_keys"})
IN_BOTH = frozenset({"agreement", "credentials", "group_key", "handshake", "key_hierarchy", "protection"})

PLAIN_FUNCTION = "test_the_target_works"
BAD_AIR = "test_a_bad_air_is_lived_through"
MEMORY = 4 << 30
"""Octets of address space that a mutant may take: some ask for a number of exponential size."""


class Tried(Struct, frozen=True, kw_only=True):
    """What came of a mutant.

    ``killed``: a case found a violation of a requirement other than BASE, ``aspect``. ``base``: a BASE case did not
    pass, or the target could not even be opened. ``unsettled``: nothing was found, but not all cases passed, so the
    mutant would not get a PASS. ``timeout``: it was ended for want of processor time, or for waiting. ``survived``:
    everything passed against every one of :func:`targets_of`.
    """

    key: str
    module: str
    definition: str
    operator: str
    before: str
    after: str
    line: int
    came: Came
    case: str = ""
    aspect: str = ""
    said: str = ""
    target: str = ""
    seconds: float = 0.0


def targets_of(module: str) -> tuple[str, ...]:
    """The targets that reach the decisions of a module, one after the other until one is killed."""
    if module in IN_B_ALONE:
        return (PROFILE_B,)
    return (PROFILE_A, PROFILE_B) if module in IN_BOTH else (PROFILE_A,)


class _Heard(Struct, frozen=True, kw_only=True):
    came: Came
    case: str = ""
    aspect: str = ""
    said: str = ""


class _Watcher:
    """Hears each case, in an order that finds the likeliest first, and ends the run once something is found."""

    def __init__(self, first: Sequence[str]) -> None:
        self.first = {case: place for place, case in enumerate(first)}
        self.heard: _Heard | None = None
        self.unsettled: _Heard | None = None
        self.cases = 0
        self.run: Run | None = None
        self.session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session
        hooks = session.config.pluginmanager.get_plugin("prose_cases")
        self.run = hooks.run if isinstance(hooks, CaseHooks) else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=self._rank)

    def _rank(self, item: pytest.Item) -> tuple[int, int]:
        room = 0 if PLAIN_FUNCTION in item.nodeid else 2 if BAD_AIR in item.nodeid else 1
        return room, self.first.get(item.stash[CASE_KEY].id, len(self.first)) if room else 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = getattr(report, "prose", None)
        if told is None or self.run is None or self.session is None:
            return
        result = msgspec.json.decode(told, type=CaseResult)
        self.cases += 1
        heard = _heard(self.run, result)
        if heard is None:
            return
        if heard.came == "unsettled":
            self.unsettled = self.unsettled or heard
        else:
            self.heard = heard
            self.session.shouldstop = "found"


def _heard(run: Run, result: CaseResult) -> _Heard | None:
    for suite in run.suites:
        for aspect, found in book(suite.catalogue, run.statement, [result]).items():
            if not aspect.startswith("BASE."):
                return _Heard(came="killed", case=result.case, aspect=aspect, said=found[0].violation.seen)
    if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return None
    base = result.aspect.startswith("BASE.")
    return _Heard(
        came="base" if base else "unsettled",
        case=result.case,
        aspect=result.aspect,
        said=f"{result.verdict}: {result.reason}"[:300],
    )


def _hold(target: str, seed: str, depth: str, first: Sequence[str]) -> _Heard:
    watcher = _Watcher(first)
    code = pytest.main(
        [
            *ALONE,
            f"--config-file={INI}",
            f"--prose-target={target}",
            f"--prose-seed={seed}",
            f"--prose-depth={depth}",
            *(str(folder) for folder in folders(None)),
        ],
        plugins=[watcher],
    )
    if watcher.heard:
        return watcher.heard
    if not watcher.cases:
        return _Heard(came="base", said=f"it does not open (exit code {int(code)})")
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERRUPTED):
        return _Heard(came="base", said=f"the run broke down (exit code {int(code)})")
    return watcher.unsettled or _Heard(came="survived")


class _Changed(SourceFileLoader):
    source = ""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self.source, self.path, "exec", dont_inherit=True)
        return code


class Instead(MetaPathFinder):
    """Has one module of the reference imported from a changed source."""

    def __init__(self, module: str, source: str) -> None:
        self.name, self.source = f"{PACKAGE}.{module}", source
        self.path = str(TOP / PACKAGE / f"{module}.py")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        loader = _Changed(fullname, self.path)
        loader.source = self.source
        return spec_from_file_location(fullname, self.path, loader=loader)


def in_child(
    changed: tuple[str, str] | None,
    target: str,
    seed: str,
    depth: str,
    first: Sequence[str],
    cpu: int,
    wall: int,
) -> tuple[_Heard, float]:
    """What the suite makes of the reference with ``changed`` (module, source), and the processor seconds it took.

    The child is ended after ``cpu`` seconds of processor time, or ``wall`` seconds.
    """
    loaded = [name for name in sys.modules if name.split(".")[0] == PACKAGE]
    if loaded:
        raise RuntimeError(f"{PACKAGE} is loaded already, so that no change of it would count: {loaded}")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _in_the_child(theirs, lambda: _limited(changed, target, seed, depth, first, cpu))
    os.close(theirs)
    heard = _listen(ours, child, wall)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return heard, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _limited(
    changed: tuple[str, str] | None, target: str, seed: str, depth: str, first: Sequence[str], cpu: int
) -> _Heard:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    if changed:
        sys.meta_path.insert(0, Instead(*changed))
    return _hold(target, seed, depth, first)


def _in_the_child(answer: int, work: Callable[[], _Heard]) -> None:
    """Never returns."""
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        os.write(answer, msgspec.json.encode(work()))
    except BaseException as error:
        os.write(
            answer, msgspec.json.encode(_Heard(came="base", said=f"the run broke down: {error!r}"[:300]))
        )
    finally:
        os._exit(0)


def _listen(ours: int, child: int, wall: int) -> _Heard:
    told, until = b"", time.monotonic() + wall
    with open(ours, "rb", buffering=0) as pipe:
        while True:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                os.kill(child, signal.SIGKILL)
                break
            piece = pipe.read(65536)
            if not piece:
                break
            told += piece
    _, status = os.waitpid(child, 0)
    if told:
        return msgspec.json.decode(told, type=_Heard)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) not in (signal.SIGXCPU, signal.SIGKILL):
        return _Heard(came="base", said=f"the process died of signal {os.WTERMSIG(status)}")
    return _Heard(came="timeout", said="it was ended")


def tried(mutant: Mutant, seed: str, depth: str, first: Sequence[str], cpu: int, wall: int) -> Tried:
    """Try a mutant against each of its targets in turn, until something is found."""
    heard, target, spent = _Heard(came="survived"), "", 0.0
    for target in targets_of(mutant.module):
        heard, seconds = in_child((mutant.module, mutant.source), target, seed, depth, first, cpu, wall)
        spent += seconds
        if heard.came != "survived":
            break
    return Tried(
        key=mutant.key,
        module=mutant.module,
        definition=mutant.definition,
        operator=mutant.operator,
        before=mutant.before,
        after=mutant.after,
        line=mutant.start[0],
        target="" if heard.came == "survived" else target,
        seconds=round(spent, 1),
        **msgspec.structs.asdict(heard),
    )
