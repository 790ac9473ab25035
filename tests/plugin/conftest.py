"""A miniature suite in a distribution of its own, and a target, for runs of pytest within a test."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

REQUIREMENTS = """
clause = "5.9"
title = "Miniature clause"

[[requirement]]
id = "BASE"
title = "The group works"
clause = "base"
says = "The base functions work."

[[requirement.aspect]]
id = "admit"
title = "A UE is admitted"
level = "mandatory"
judges = ["GO", "UE"]
why = "Without it nothing can be shown."
cases = [{ id = "one", title = "one UE joins" }]

[[requirement]]
id = "MINI"
title = "Miniature requirement"
clause = "pCR clause 5.9"
says = "The group is closed."

[[requirement.aspect]]
id = "closed"
title = "No stranger is admitted"
level = "mandatory"
judges = ["GO"]
why = "The sentence says so."
needs = ["BASE.admit"]
books = ["admission.foreign-authority"]
cases = [{ id = "joins", title = "a stranger joins" }, { id = "twice", title = "a stranger joins twice" }]

[[requirement.aspect]]
id = "quiet"
title = "Nothing leaks"
level = { analysis = "mandatory", proposal = "recommended" }
reason = "The proposal drops the word."
judges = ["GO", "UE"]
why = "The sentence says so."
books = ["plaintext.uplink"]
not_applicable = [{ when = "owners", equals = "any-member", because = "anybody may own" }]
cases = [{ id = "listens", title = "an eavesdropper listens" }]
"""

CASES = '''
import os

import pytest

from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.scenario.outcome import Play
from pytest_prose_go.scenario_key import CASE_KEY, SCENARIO_KEY


class Told:
    """A scenario that concludes what MINI_<CASE> in the environment says."""

    notes = ("looked for nothing",)
    not_tried = ()
    moves = (Play(1, "drop every frame", 2), Play(2, "double every frame", None), Play(9, "come late", None))
    cast = ("0 = GO gina", "1 = rogue UE rita")
    looked_for = ("payloads of 3 sendings",)
    failed_control = ""
    said_last = ()
    logs = ()

    def __init__(self, word):
        self.verdict = self.apart = Verdict.PASS
        self.violations = ()
        self.reason = ""
        self.word = word

    def conclude(self, raised):
        from pytest_prose_go.judge.finding import Violation

        if self.word.startswith("fail"):
            self.verdict = Verdict.FAIL
            kind = self.word.partition("=")[2] or "admission.foreign-authority"
            self.violations = (
                Violation(kind=kind, at=1.0, record=3, station=0, asked="nothing was asked",
                          seen="Joined(stranger)", ideal="no such event", proof="frame 7"),
            )
        elif raised is not None or self.word in ("inconclusive", "error"):
            self.verdict = self.apart = Verdict.ERROR if self.word == "error" else Verdict.INCONCLUSIVE
            self.reason = "told so"
            self.failed_control = "joined" if self.word == "inconclusive" else ""
            self.said_last = ("gina declined join: no wish",)
        return self

    def evidence(self):
        from pytest_prose_go.air.trace import Ended, Trace
        from pytest_prose_go.contract import Statement

        trace = Trace(Statement(product="Mute", version="1.0"))
        trace.append(Ended(1.0, "PASS"))
        return trace.encode()


@pytest.fixture
def scenario(request):
    case = request.node.stash[CASE_KEY].id
    word = os.environ.get("MINI_" + case.split(".")[-1].split("[")[0].upper(), "pass")
    if word == "die":
        os._exit(9)
    if word == "setup":
        raise RuntimeError("no room")
    told = Told(word)
    request.node.stash[SCENARIO_KEY] = told
    yield told
    if word == "teardown":
        raise RuntimeError("no way out")


@pytest.mark.requirement("BASE.admit", case="one")
def test_one(scenario):
    pass


@pytest.mark.requirement("MINI.closed", case="joins")
def test_joins(scenario):
    pass


@pytest.mark.requirement("MINI.closed", case="twice")
@pytest.mark.parametrize("way", ["a", "b"])
def test_twice(scenario, way):
    if scenario.word == "raise":
        raise LookupError("by the way")
    if scenario.word == "skip":
        pytest.skip("no wish")


@pytest.mark.requirement("MINI.quiet", case="listens")
def test_listens(scenario):
    pass
'''

TARGET = '''
"""A target whose stations do nothing."""

import os

from pytest_prose_go.contract import NOTHING, Credentials, Station, Statement, Target


class MuteStation(Station):
    def own(self, *_):
        return NOTHING

    join = send = remove = leave = receive = wake = restart = own

    def stop(self):
        pass


class Mute(Target):
    statement = Statement(
        product="Mute",
        version="1.0",
        owners=os.environ.get("MINI_OWNERS", "distinguished"),
        group_owner=os.environ.get("MINI_GO", "product"),
    )

    def credentials(self, *_):
        return Credentials(b"none")

    def station(self, *_):
        return MuteStation()
'''


@pytest.fixture
def mini(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the miniature suite, installed for this test; the working folder is another, with a
    target ``mute.py:Mute`` in it."""
    site = pytester.path / "site"
    suite = site / "mini_suite" / "clause_5_9"
    suite.mkdir(parents=True)
    for folder in (suite.parent, suite):
        (folder / "__init__.py").write_text("")
    (suite / "requirements.toml").write_text(REQUIREMENTS)
    (suite / "test_mini.py").write_text(CASES)
    info = site / "mini_suite-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mini-suite\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[prose_go.suites]\nmini = mini_suite\n")
    work = pytester.mkdir("work")
    (work / "mute.py").write_text(TARGET)
    monkeypatch.chdir(work)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
    return site / "mini_suite"


ARGUMENTS = ("--prose-target=mute.py:Mute", "--prose-suite=mini", "--prose-seed=5eed")


@pytest.fixture
def run_mini(
    pytester: pytest.Pytester, mini: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., pytest.RunResult]:
    """Runs the miniature suite: options, and what each case is to show (``joins="fail"``)."""

    def run(*options: str, **cases: str) -> pytest.RunResult:
        workers = any(option.startswith("-n") for option in options)
        # xdist gives its workers the path that this process started with, so they want a process that
        # starts with the miniature suite on it. Hypothesis is left out for the time its import takes.
        start = pytester.runpytest_subprocess if workers else pytester.runpytest_inprocess
        for case in ("one", "joins", "twice", "listens"):
            monkeypatch.setenv(f"MINI_{case.upper()}", cases.get(case, "pass"))
        return start("-p", "no:hypothesispytest", *ARGUMENTS, *options)

    return run


def verdicts(result: pytest.RunResult) -> dict[str, str]:
    """The word that the table gives to each aspect."""
    rows = [line.split() for line in result.outlines if re.match(r"  \S+ .*\d+ of \d+ ", line)]
    return {row[0]: " ".join(row[row.index("of") + 2 :]) for row in rows}
