"""The command line: its options, the settings they make, and the line that repeats a case.

Imported at every start of pytest, with a target or without one: it needs nothing but the standard
library and pytest.
"""

from __future__ import annotations

import hashlib
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import pytest

if TYPE_CHECKING:
    from pytest_prose_go.catalogue import Reading

Scope = Literal["air", "lab"]
Depth = Literal["quick", "standard", "exhaustive"]
Form = Literal["html", "json", "markdown", "csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the run was asked for. ``seed`` is the run's; a case's own comes from :meth:`case_seed`.

    ``evidence`` is the folder of the journal (None for none), ``evidence_stays`` whether it was asked for and is there
    after the run, ``resume`` whether to go on with the one that is there, ``known_failures`` the file to read (None
    if there is none), ``write_known_failures`` the one to write. ``reports`` are the files to write a report to, by
    form; ``redact`` leaves payloads and captures out of all that is written. ``debug`` stops a case once its
    stations are made; without ``deadlines`` a call may take for ever.
    """

    target: str
    seed: str
    reading: Reading = "analysis"
    scope: Scope = "air"
    depth: Depth = "standard"
    requirements: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    suite: str | None = None
    evidence: Path | None = None
    evidence_stays: bool = True
    resume: bool = False
    known_failures: Path | None = None
    write_known_failures: Path | None = None
    isolate: bool = False
    reports: tuple[tuple[Form, Path], ...] = ()
    redact: bool = False
    debug: bool = False
    deadlines: bool = True

    def case_seed(self, case: str) -> bytes:
        """32 bytes for a case, from the run's seed and the case's id alone: no worker, order or place
        of the file has a part in it."""
        return hashlib.sha256(self.seed.encode() + b"\0" + case.encode()).digest()

    def repeat(self, *narrowing: str) -> str:
        """The command line that runs again what ``narrowing`` names, with all that bears on its verdict."""
        words = ["pytest", f"--prose-target={self.target}", *narrowing, f"--prose-seed={self.seed}"]
        for name in ("reading", "scope", "depth"):
            value = getattr(self, name)
            if value != DEFAULTS[name]:
                words.append(f"--prose-{name}={value}")
        if self.isolate:
            words.append("--prose-isolate")
        return shlex.join(words)


DEFAULTS = {"reading": "analysis", "scope": "air", "depth": "standard"}
KNOWN_FAILURES = "prose-known-failures.toml"
SEED_INPUT = "prose_seed"
"""The entry of xdist's ``workerinput`` that carries the run's seed to the workers."""

REPORTS: dict[str, tuple[Form, str]] = {
    "report": ("html", "as one HTML page, with a chart of each case"),
    "json": ("json", "as JSON (its schema is in docs/report.schema.json)"),
    "markdown": ("markdown", "as Markdown, for the text of a pull request"),
    "matrix": ("csv", "as CSV: requirement, aspect, purpose, case, fault, verdict, evidence"),
}
"""The options that name a file for a report, with its form and what the help says of it."""

EVIDENCE_INPUT = "prose_evidence"
"""The entry of xdist's ``workerinput`` that carries the folder of the journal."""

DONE_INPUT = "prose_done"
"""The entry that carries the cases which a resumed run has behind it."""


def add_options(parser: pytest.Parser) -> None:
    """Register the options, all prefixed ``--prose-``."""
    group = parser.getgroup("prose", "ProSe Group Owner mode: conformance")
    group.addoption(
        "--prose-target",
        metavar="NAME",
        help="the target to test: an entry point (reference), package.module:attribute, file.py:attribute "
        "or exec:COMMAND; runs the installed suite unless paths are given",
    )
    group.addoption(
        "--prose-suite", metavar="NAME", help="the installed suite to run (default: every one there is)"
    )
    group.addoption(
        "--prose-requirement",
        metavar="ID",
        action="append",
        default=[],
        help="run only the cases of this requirement (AUTH) or aspect (AUTH.foreign-authority); repeatable",
    )
    group.addoption(
        "--prose-case",
        metavar="ID",
        action="append",
        default=[],
        help="run only this case, by its permanent id; repeatable",
    )
    group.addoption(
        "--prose-replay",
        metavar="FILE",
        action="append",
        default=[],
        help="play the attack that prose-go search kept in this file again (or those in a folder), in the place of the "
        "suite; repeatable",
    )
    group.addoption(
        "--prose-seed", metavar="SEED", help="the run's seed, any text (default: 64 random bits in hex)"
    )
    group.addoption(
        "--prose-reading",
        choices=("analysis", "proposal"),
        default=DEFAULTS["reading"],
        help="which wording of the source sets the levels (default: %(default)s)",
    )
    group.addoption(
        "--prose-scope",
        choices=("air", "lab"),
        default=DEFAULTS["scope"],
        help="what the exit code covers: what the air shows, or also what the target offers to a "
        "laboratory (default: %(default)s)",
    )
    group.addoption(
        "--prose-depth",
        choices=("quick", "standard", "exhaustive"),
        default=DEFAULTS["depth"],
        help="how much each case tries (default: %(default)s)",
    )
    group.addoption(
        "--prose-debug",
        action="store_true",
        help="stop in the one case that is named by --prose-case once its stations are made, tell their processes "
        "and wait for Enter; no deadline holds (nor does one with --pdb)",
    )
    group.addoption(
        "--prose-isolate",
        action="store_true",
        help="run each station of a Python target in a process of its own, without memory, disk or network in "
        "common where the system allows it; of exec:COMMAND, cut off the network",
    )
    group.addoption(
        "--prose-evidence",
        metavar="DIR",
        help="keep a journal in this folder: each case's result and trace, the moment it ends; a FAIL may be "
        "somebody's vulnerability, so only you may read it",
    )
    group.addoption(
        "--prose-resume",
        action="store_true",
        help="go on with the run whose journal stands in the folder of --prose-evidence: what had ended is "
        "not run again",
    )
    for option, (_, words) in REPORTS.items():
        group.addoption(f"--prose-{option}", metavar="FILE", help=f"write the report of the run {words}")
    group.addoption(
        "--prose-redact",
        action="store_true",
        help="leave payloads, traces and captures out of everything that is written",
    )
    group.addoption(
        "--prose-known-failures",
        metavar="FILE",
        help=f"the failures that are known (default: {KNOWN_FAILURES} in the root folder, if it is there)",
    )
    group.addoption(
        "--prose-write-known-failures",
        metavar="FILE",
        help="write the failures of this run as known, for you to give reasons and links",
    )


def read_settings(config: pytest.Config) -> Settings | None:
    """The settings of this run, or None without a target.

    Raises :class:`pytest.UsageError` for an option that makes no sense without a target.
    """
    target = config.getoption("prose_target")
    narrowing = (*config.getoption("prose_requirement"), *config.getoption("prose_case"))
    if not target:
        if narrowing or config.getoption("prose_replay"):
            raise pytest.UsageError(
                "--prose-requirement, --prose-case and --prose-replay need --prose-target=NAME"
            )
        return None
    resume = config.getoption("prose_resume")
    if resume and not config.getoption("prose_evidence"):
        raise pytest.UsageError("--prose-resume needs --prose-evidence=DIR, where the journal stands")
    workerinput = cast("dict[str, str]", getattr(config, "workerinput", {}))
    seed = workerinput.get(SEED_INPUT) or config.getoption("prose_seed") or secrets.token_hex(8)
    return Settings(
        target=target,
        seed=seed,
        reading=config.getoption("prose_reading"),
        scope=config.getoption("prose_scope"),
        depth=config.getoption("prose_depth"),
        requirements=tuple(config.getoption("prose_requirement")),
        cases=tuple(config.getoption("prose_case")),
        suite=config.getoption("prose_suite"),
        evidence=Path(workerinput[EVIDENCE_INPUT])
        if EVIDENCE_INPUT in workerinput
        else _path(config, "prose_evidence"),
        evidence_stays=bool(config.getoption("prose_evidence")),
        resume=resume,
        known_failures=_known_failures(config),
        write_known_failures=_path(config, "prose_write_known_failures"),
        isolate=config.getoption("prose_isolate"),
        reports=tuple(
            (form, path)
            for option, (form, _) in REPORTS.items()
            if (path := _path(config, f"prose_{option}")) is not None
        ),
        redact=config.getoption("prose_redact"),
        debug=config.getoption("prose_debug"),
        deadlines=not (config.getoption("prose_debug") or config.getoption("usepdb", False)),
    )


def _path(config: pytest.Config, option: str) -> Path | None:
    given = config.getoption(option)
    return config.invocation_params.dir / given if given else None


def _known_failures(config: pytest.Config) -> Path | None:
    given = _path(config, "prose_known_failures")
    usual = config.rootpath / KNOWN_FAILURES
    return given or (usual if usual.is_file() else None)


def refuse_distribution(config: pytest.Config) -> None:
    """Refuse the ways of sharing out tests under which cases get lost or run twice when a worker dies."""
    mode = config.getoption("dist", "no")
    if mode not in ("no", "load", "worksteal"):
        raise pytest.UsageError(
            f"--dist {mode} loses cases or never ends when a worker dies: "
            "use --dist load (the default of -n) or --dist worksteal with --prose-target"
        )
    if mode != "no" and config.getoption("prose_debug"):
        raise pytest.UsageError("--prose-debug stops in one process: leave -n out")
    if config.getoption("looponfail", False):
        raise pytest.UsageError("--looponfail gives no whole run to judge: leave it out with --prose-target")
