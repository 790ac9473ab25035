"""A run for a certificate: started here, afresh, and signed with all that it rests on.

No other run is taken: a conftest, a plugin or a setting of somebody's could have changed it.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pytest_prose_go import known_failures
from pytest_prose_go.catalogue import Catalogue, load
from pytest_prose_go.certificate import artefacts, attempts, ics, journal, seed, suite_files
from pytest_prose_go.certificate.bundle import (
    CONFORMING,
    ICS,
    NOT_CONFORMING,
    RESULTS,
    RUN,
    RUN_PREDICATE,
    TEST_RESULT,
    TEST_RESULT_PREDICATE,
    AspectEntry,
    CaseEntry,
    KnownEntry,
    Member,
    RunPredicate,
    SuiteEntry,
    deflated,
    descriptor,
    packed,
    trace_name,
)
from pytest_prose_go.certificate.envelope import sign
from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.run_summary import Bounds, Summary, summarise
from pytest_prose_go.suites import installed_suites

Key = Ed25519PrivateKey | EllipticCurvePrivateKey

ISOLATION = "--prose-isolate"


class CertifyError(Exception):
    """There is nothing to sign; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be certified, and how. ``options`` are added to the run's command line (workers, say)."""

    target: str
    key: Key
    out: Path
    ics: Path
    challenge: str | None = None
    seed: str | None = None
    reading: str = "analysis"
    scope: str = "air"
    depth: str = "standard"
    suite: str | None = None
    options: tuple[str, ...] = ()
    attempts: Path = Path(attempts.FILE)
    known_failures: Path | None = None


def certify(order: Order) -> RunPredicate:
    """Run the suite against the target, and write the bundle. Returns what was signed.

    Raises :class:`CertifyError` if the run came to no end, :class:`~.ics.IcsError` if the vendor's statement
    contradicts the target.
    """
    if order.challenge is not None and order.seed is not None:
        raise CertifyError("a challenge makes the seed: leave --seed out")
    name, folder = _one_suite(order.suite)
    catalogue = load(folder)
    files = suite_files.digests([folder])
    said = ics.read(order.ics)
    gaps = list(ics.gaps(said))
    if gaps:
        raise ics.IcsError("\n".join([f"{order.ics} is not filled in:", *gaps]))
    made_of = made_from(order.target, said, order.ics)
    product = artefacts.product_digest(order.target, made_of)
    catalogue_digest = catalogue_digest_of(files)
    lots = order.seed or seed.fresh()
    if order.challenge is not None:
        lots = seed.challenged(order.challenge, product, catalogue_digest)
    earlier = attempts.recorded(order.attempts)
    attempt = attempts.Attempt(started=time.time(), target=order.target, product=product, seed=lots)
    attempts.record(order.attempts, attempt)
    with tempfile.TemporaryDirectory(prefix="prose-certify-") as room:
        evidence = Path(room) / "evidence"
        _run(order, lots, evidence, Path(room))
        record = _finished(evidence)
        if made_from(order.target, said, order.ics) != made_of:
            raise CertifyError(
                "a file of the product was changed while the suite ran: there is nothing to sign"
            )
        statement = record.header.statement
        wrong = list(ics.contradictions(said, statement, inspected(catalogue)))
        if wrong:
            raise ics.IcsError("\n".join([f"{order.ics} contradicts the target:", *wrong]))
        results = record.results
        summary = summary_of(catalogue, statement, order.reading, order.scope, said, record.expected, results)
        members, cases = _evidence(evidence, results)
        members[ICS] = order.ics.read_bytes()
        conforming = is_conforming(summary, order.depth, record.torn)
        predicate = RunPredicate(
            title=CONFORMING if conforming else NOT_CONFORMING,
            seed_origin=seed.BY_VENDOR if order.challenge is None else seed.BY_CHALLENGE,
            product=statement.product,
            version=statement.version,
            target=order.target,
            artefacts=made_of,
            isolation=record.header.isolation,
            clock=statement.clock,
            scope=order.scope,
            reading=order.reading,
            depth=order.depth,
            seed=lots,
            challenge=order.challenge,
            limits=statement.limits,
            suite=SuiteEntry(name=name, catalogue=catalogue_digest, files=files),
            overall=summary.overall,
            exit_code=summary.exit_code,
            aspects=aspect_entries(summary),
            cases=cases,
            members=tuple(descriptor(name, data) for name, data in members.items()),
            known_failures=_known(order.known_failures, catalogue),
            attempts=(*earlier, attempt),
            resumed=record.resumed,
            torn=record.torn,
            started=record.header.started,
            ended=record.finished.at if record.finished else time.time(),
            python=platform.python_version(),
            platform=platform.platform(),
        )
        _write(order, predicate, members)
    attempts.record(order.attempts, msgspec.structs.replace(attempt, outcome=predicate.title))
    return predicate


def made_from(target: str, said: ics.Ics, path: Path) -> tuple[artefacts.Artefact, ...]:
    """What the product is made of: what the target's name leads to, and the files that the statement in ``path``
    names. Raises :class:`CertifyError` for one that cannot be read."""
    try:
        return artefacts.found(target, said.product.files, path.parent)
    except artefacts.ArtefactError as error:
        raise CertifyError(f"{path}: {error}") from error


def commitment(target: str, path: Path) -> str:
    """The product digest to name to the certifier before the challenge, with the statement in ``path``."""
    return artefacts.product_digest(target, made_from(target, ics.read(path), path))


def reasons(predicate: RunPredicate) -> list[str]:
    """Why what was signed is not called conforming, a line each."""
    told = []
    if predicate.depth == "quick":
        told.append("depth quick tries too little to certify: certify at depth standard or exhaustive")
    if predicate.torn:
        told.append(f"{predicate.torn} lines of the journal are torn: the run is not whole")
    told += [
        f"{one.aspect}: {one.verdict}"
        for one in predicate.aspects
        if one.in_scope
        and one.level == "mandatory"
        and one.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.DECLARED)
    ]
    return told


def catalogue_digest_of(files: Mapping[str, str]) -> str:
    """The digest of a suite's catalogue: of its tables, among the digests of all ``files``."""
    return suite_files.digest({name: value for name, value in files.items() if name.endswith(".toml")})


def inspected(catalogue: Catalogue) -> dict[str, str]:
    """The aspects that documents can settle, with their titles."""
    return {
        name: listed.aspect.title
        for name, listed in catalogue.aspects.items()
        if listed.aspect.method == "inspect"
    }


def summary_of(
    catalogue: Catalogue,
    statement: Statement,
    reading: str,
    scope: str,
    said: ics.Ics,
    expected: tuple[str, ...],
    results: Mapping[str, CaseResult],
) -> Summary:
    """The verdicts of a run, with the aspects that the vendor's documents settle as DECLARED."""
    bounds = Bounds(
        statement=statement,
        reading="proposal" if reading == "proposal" else "analysis",
        lab=scope == "lab",
        declared=frozenset(document.aspect for document in said.document),
    )
    return summarise(catalogue, bounds, expected, tuple(results.values()))


def is_conforming(summary: Summary, depth: str, torn: int) -> bool:
    """Whether a run may be called conforming: every mandatory aspect in scope passed, in a whole run of a depth
    that certifies."""
    return summary.exit_code == 0 and not summary.partial and depth != "quick" and not torn


def aspect_entries(summary: Summary) -> tuple[AspectEntry, ...]:
    """The aspects of a summary as they are signed."""
    return tuple(
        AspectEntry(
            aspect=one.id, level=one.level, method=one.method, in_scope=one.in_scope, verdict=one.verdict
        )
        for one in summary.aspects
    )


def _one_suite(wanted: str | None) -> tuple[str, Path]:
    found = installed_suites(wanted)
    if len(found) != 1:
        raise CertifyError(f"several suites are installed ({', '.join(found)}): name one with --suite")
    return next(iter(found.items()))


def _run(order: Order, lots: str, evidence: Path, room: Path) -> None:
    """Run the suite in a fresh interpreter that takes no setting but these."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "PROSE_", "COV_"))
    }
    clean["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    config = room / "pytest.ini"
    config.write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(config), "--rootdir", str(room), "--noconftest"]
    command += ["-p", "pytest_prose_go.plugin", "-p", "pytest_prose_go.short_names"]
    command += ["-p", "no:cacheprovider", "-q"]
    if any(option.startswith("-n") for option in order.options):
        command += ["-p", "xdist.plugin"]
    command += [f"--prose-target={order.target}", f"--prose-seed={lots}", f"--prose-evidence={evidence}"]
    command += [f"--prose-{name}={getattr(order, name)}" for name in ("reading", "scope", "depth")]
    command += [ISOLATION] if isolates(order.target) else []
    if order.suite is not None:
        command.append(f"--prose-suite={order.suite}")
    code = subprocess.call([*command, *order.options], env=clean)
    if code not in (0, 1, 6):
        raise CertifyError(f"the run came to no end (exit code {code}): there is nothing to sign")


def isolates(target: str) -> bool:
    """Whether a run for a certificate asks for isolation: a program is apart already."""
    return not target.startswith("exec:")


def _finished(evidence: Path) -> journal.Record:
    record = journal.read(evidence)
    if record.finished is None:
        raise CertifyError("the run was broken off: there is nothing to sign")
    return record


def _evidence(
    evidence: Path, results: Mapping[str, CaseResult]
) -> tuple[dict[str, bytes], tuple[CaseEntry, ...]]:
    members: dict[str, bytes] = {}
    told = [msgspec.structs.replace(result, trace="") for result in results.values()]
    members[RESULTS] = msgspec.json.encode(sorted(told, key=lambda result: result.case))
    cases = []
    for case in sorted(results):
        path = journal.trace_file(evidence, case)
        trace: Member | None = None
        octets = 0
        if path.is_file():
            raw = path.read_bytes()
            octets = len(raw)
            members[trace_name(case)] = deflated(raw)
            trace = descriptor(trace_name(case), members[trace_name(case)])
        result = results[case]
        cases.append(
            CaseEntry(case=case, verdict=result.verdict, apart=result.apart, trace=trace, trace_octets=octets)
        )
    return members, tuple(cases)


def _known(path: Path | None, catalogue: Catalogue) -> tuple[KnownEntry, ...]:
    if path is None:
        return ()
    return tuple(
        KnownEntry(case=entry.case, aspect=entry.aspect, reason=entry.reason)
        for entry in known_failures.load(path, [catalogue])
    )


def _write(order: Order, predicate: RunPredicate, members: Mapping[str, bytes]) -> None:
    subject = tuple((one.name, one.sha256) for one in predicate.artefacts) or ((predicate.product, "0" * 64),)
    run = sign(RUN_PREDICATE, predicate, subject, order.key)
    short = sign(TEST_RESULT_PREDICATE, test_result(predicate), subject, order.key)
    order.out.write_bytes(packed({RUN: run, TEST_RESULT: short, **members}))


def test_result(predicate: RunPredicate) -> dict[str, object]:
    """The run in the words of in-toto's test-result predicate, which has no INCONCLUSIVE: that is a warning."""
    by: dict[Verdict, list[str]] = {}
    for case in predicate.cases:
        by.setdefault(case.verdict, []).append(case.case)
    configuration = [
        {"name": member.name, "digest": {"sha256": member.sha256}}
        for member in predicate.members
        if not member.name.startswith("traces/")
    ]
    configuration.append({"name": "catalogue", "digest": {"sha256": predicate.suite.catalogue}})
    configuration.append({"name": "suite", "digest": {"sha256": suite_files.digest(predicate.suite.files)}})
    return {
        "result": "PASSED" if predicate.title == CONFORMING else "FAILED",
        "configuration": configuration,
        "passedTests": by.get(Verdict.PASS, []),
        "warnedTests": by.get(Verdict.INCONCLUSIVE, []),
        "failedTests": [*by.get(Verdict.FAIL, []), *by.get(Verdict.ERROR, [])],
    }
