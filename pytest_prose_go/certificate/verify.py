"""A bundle judged again, offline, by the judge and the catalogue that are installed here.

What comes out are three lists: what was found anew from the traces, what was checked against something that the vendor
does not control, and what only the vendor says. A bundle of another version of the suite cannot be judged again here,
and is then not valid here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from securesystemslib.signer import SSlibKey

from pytest_prose_go import suites
from pytest_prose_go.air.trace import Trace
from pytest_prose_go.catalogue import Catalogue, bare, load
from pytest_prose_go.certificate import artefacts, ics, seed, suite_files
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
    BundleError,
    CaseEntry,
    RunPredicate,
    descriptor,
    inflated,
    trace_name,
    unpacked,
)
from pytest_prose_go.certificate.certify import (
    aspect_entries,
    catalogue_digest_of,
    inspected,
    is_conforming,
    reasons,
    summary_of,
    test_result,
)
from pytest_prose_go.certificate.envelope import EnvelopeError, NotJson, opened, strict_json
from pytest_prose_go.certificate.played import Player
from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.again import NOT_IN_A_TRACE, judge_again
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from pytest_prose_go.run_summary import Summary, companion_unfit
from pytest_prose_go.scenario_key import CASE_KEY

PAPER = "pytest_prose_go.certificate.paper:PaperTarget"


@dataclass
class Verification:
    """What became of a bundle. ``wrong`` is empty for a valid one; ``title`` is what it says, CONFORMING or NOT
    CONFORMING, and ``reasons`` why not; ``again`` is False where it could not be judged again."""

    title: str = ""
    about: str = ""
    again: bool = False
    recomputed: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong and all was judged again."""
        return self.again and not self.wrong


class _Stop(Exception):
    """Nothing beyond this can be looked at."""


def verify(
    data: bytes, key: SSlibKey, challenge: str | None = None, product: str | None = None
) -> Verification:
    """Judge the bundle ``data``, signed with ``key``. ``challenge`` is the nonce that was given to the vendor,
    ``product`` the product digest that the vendor had named before."""
    verification = Verification()
    try:
        _Verifier(verification, data, key, challenge, product).work()
    except _Stop as stop:
        verification.wrong.append(str(stop))
    return verification


class _Verifier:
    def __init__(
        self,
        verification: Verification,
        data: bytes,
        key: SSlibKey,
        challenge: str | None,
        product: str | None,
    ) -> None:
        self._told = verification
        self._data = data
        self._key = key
        self._challenge = challenge
        self._product = product
        self._members: dict[str, bytes] = {}

    def work(self) -> None:
        predicate = self._open()
        self._told.title = predicate.title
        self._told.about = (
            f"{predicate.product} {predicate.version}: {predicate.title}, scope {predicate.scope}, reading "
            f"{predicate.reading}, depth {predicate.depth}; {predicate.seed_origin}"
        )
        if predicate.title != CONFORMING:
            self._told.reasons += reasons(predicate)
        catalogue = self._same_suite(predicate)
        self._whose_seed(predicate)
        said = self._vendors_statement()
        self._judge(predicate, catalogue, said)
        self._told.claimed += list(_claims(predicate, said))

    # --- what is signed ----------------------------------------------------------------------------

    def _open(self) -> RunPredicate:
        try:
            self._members = unpacked(self._data)
        except BundleError as error:
            raise _Stop(f"the bundle: {error}") from error
        statements = {}
        for name, kind in ((RUN, RUN_PREDICATE), (TEST_RESULT, TEST_RESULT_PREDICATE)):
            if name not in self._members:
                raise _Stop(f"the bundle has no {name}")
            try:
                statements[name] = opened(self._members[name], self._key, kind)
            except EnvelopeError as error:
                raise _Stop(f"{name}: {error}") from error
        predicate = self._read(statements[RUN]["predicate"])
        if statements[TEST_RESULT]["predicate"] != msgspec.to_builtins(test_result(predicate)):
            self._told.wrong.append(f"{TEST_RESULT} says something else than {RUN}")
        if statements[TEST_RESULT]["subject"] != statements[RUN]["subject"]:
            self._told.wrong.append("the two statements are of different subjects")
        self._told.checked.append(
            "both statements are signed with the key given, and every byte is as signed"
        )
        self._digests(predicate)
        return predicate

    @staticmethod
    def _read(raw: Any) -> RunPredicate:
        try:
            return msgspec.convert(raw, type=RunPredicate, strict=True)
        except msgspec.ValidationError as error:
            raise _Stop(f"{RUN}: {error}") from error

    def _digests(self, predicate: RunPredicate) -> None:
        named = {member.name: member for member in predicate.members}
        names = [member.name for member in predicate.members]
        present = [name for name in self._members if name not in (RUN, TEST_RESULT)]
        if len(named) != len(names) or names != present:
            raise _Stop("the bundle does not hold the files that are signed, each once and in order")
        for name, member in named.items():
            if descriptor(name, self._members[name]) != member:
                raise _Stop(f"{name}: its bytes are not those that are signed")
        for name in (RESULTS, ICS):
            if name not in named:
                raise _Stop(f"the bundle has no {name}")
        self._told.checked.append(f"{len(names)} files with their digests")

    # --- by whom and with what ---------------------------------------------------------------------

    def _same_suite(self, predicate: RunPredicate) -> Catalogue:
        try:
            folder = suites.installed_suites(predicate.suite.name)[predicate.suite.name]
        except pytest.UsageError as error:
            raise _Stop(f"cannot judge again: {error}") from error
        files = suite_files.digests([folder])
        if predicate.suite.catalogue != catalogue_digest_of(predicate.suite.files):
            raise _Stop("the digest of the catalogue is not that of the files listed")
        if predicate.suite.files != files:
            other = sorted(
                name
                for name in {*predicate.suite.files, *files}
                if predicate.suite.files.get(name) != files.get(name)
            )
            raise _Stop(
                f"cannot judge again: the run was made with other files of the suite than are installed here "
                f"({len(other)} differ, first {other[0]}): install the version that made it"
            )
        self._told.checked.append(
            f"the vendor names the same {len(files)} files of suite and plugin as are installed here"
        )
        return load(folder)

    def _whose_seed(self, predicate: RunPredicate) -> None:
        product = artefacts.product_digest(predicate.target, predicate.artefacts)
        if self._product is not None:
            if product != self._product:
                self._told.wrong.append(f"the product digest is {product}, not the one given here")
            self._told.checked.append("the product digest is the one that was named before the challenge")
        elif predicate.challenge is not None:
            self._told.claimed.append(
                "that the product was settled before the challenge: a changed byte in a file of it makes another "
                f"seed, so one may be picked from many (ask for the product digest first, then give --product; "
                f"here it is {product})"
            )
        if self._challenge is not None:
            if predicate.challenge != self._challenge:
                self._told.wrong.append("the challenge is not the one given here")
            self._told.checked.append("the challenge is the one given here")
        if predicate.challenge is None:
            if predicate.seed_origin != seed.BY_VENDOR:
                self._told.wrong.append("it says that there was a challenge, and has none")
            self._told.claimed.append("that the seed was not picked from many: there was no challenge")
            return
        if predicate.seed != seed.challenged(predicate.challenge, product, predicate.suite.catalogue):
            self._told.wrong.append("the seed is not the one that the challenge makes for this product")
        if predicate.seed_origin != seed.BY_CHALLENGE:
            self._told.wrong.append("it says that the vendor chose the seed, and has a challenge")
        if self._challenge is None:
            self._told.claimed.append("that the challenge was yours: give --challenge")
        else:
            self._told.checked.append("the seed is the one that the challenge makes for this product")

    def _vendors_statement(self) -> ics.Ics:
        try:
            return ics.decode(self._members[ICS], ICS)
        except ics.IcsError as error:
            raise _Stop(str(error)) from error

    # --- the judgement -----------------------------------------------------------------------------

    def _judge(self, predicate: RunPredicate, catalogue: Catalogue, said: ics.Ics) -> None:
        results = self._results(predicate)
        statement = self._statement(predicate, results)
        wrong = [*ics.gaps(said), *ics.contradictions(said, statement, inspected(catalogue))]
        named = tuple(one.name for one in predicate.artefacts if one.kind == artefacts.NAMED)
        if named != said.product.files:
            wrong.append("[product] files are not those whose digests are signed")
        self._told.wrong += [f"{ICS}: {line}" for line in wrong]
        expected = cases_of(predicate.suite.name, predicate.depth)
        self._case_list(expected, results)
        again: dict[str, CaseResult] = {}
        traces = 0
        passed = []
        for entry in predicate.cases:
            result = results.get(entry.case)
            if result is None:
                continue
            if entry.trace is None:
                again[entry.case] = self._without_trace(entry, result, catalogue, statement)
            else:
                before = len(self._told.wrong)
                again[entry.case] = self._with_trace(entry, result, catalogue, statement, predicate.seed)
                traces += 1
                if again[entry.case].apart is Verdict.PASS and len(self._told.wrong) == before:
                    passed.append(entry)
        self._play(predicate, statement, passed)
        summary = summary_of(
            catalogue, statement, predicate.reading, predicate.scope, said, tuple(expected), again
        )
        self._compare(predicate, summary)
        self._told.again = True
        self._told.recomputed += [
            f"{traces} traces judged again, from their first record to their last",
            f"verdicts of {len(again)} cases and {len(summary.aspects)} aspects; overall {summary.overall}",
        ]
        self._told.checked.append(
            f"the list of {len(expected)} cases is that of the catalogue installed here"
        )

    def _play(self, predicate: RunPredicate, statement: Statement, passed: list[CaseEntry]) -> None:
        """Have the cases that passed done again, each to its trace."""
        if statement.clock != "virtual":
            self._told.claimed.append(
                "that each case went on to its end, at the depth and with the lots that are signed: where time is "
                "real a trace cannot be followed act by act (--rerun runs again)"
            )
            return
        entries = {entry.case: entry for entry in passed}
        player = Player(lambda case: self._trace(entries[case]), entries)
        collected(player, predicate.suite.name, predicate.depth, predicate.seed)
        self._told.wrong += [
            f"{case}: the case that is installed here does otherwise: {how}"
            for case, how in player.departed.items()
        ]
        lost = sorted(entries.keys() - player.played - player.unplayable.keys())
        self._told.wrong += [f"{case}: the case cannot be found here" for case in lost]
        followed = len(player.played - player.unplayable.keys())
        self._told.recomputed.append(
            f"{followed} of the {len(passed)} cases that passed were done again by the suite installed here: what "
            f"each does, with the lots of the seed and at depth {predicate.depth}, is what its trace says, to its end"
        )
        if player.unplayable:
            reasons = sorted(set(player.unplayable.values()))
            self._told.claimed.append(
                f"that {len(player.unplayable)} cases went on to their end ({', '.join(sorted(player.unplayable))}): "
                f"they rest on what stands in no trace ({'; '.join(reasons)})"
            )

    def _results(self, predicate: RunPredicate) -> dict[str, CaseResult]:
        try:
            strict_json(self._members[RESULTS])
            told = msgspec.json.decode(self._members[RESULTS], type=list[CaseResult])
        except (NotJson, msgspec.MsgspecError) as error:
            raise _Stop(f"{RESULTS}: {error}") from error
        results = {result.case: result for result in told}
        if len(results) != len(told) or list(results) != [entry.case for entry in predicate.cases]:
            raise _Stop(f"{RESULTS} does not hold the cases that are signed, each once and in order")
        return results

    def _statement(self, predicate: RunPredicate, results: dict[str, CaseResult]) -> Statement:
        """The target's statement, as it stands in every trace."""
        for entry in predicate.cases:
            if entry.trace is not None:
                statement = self._trace(entry).statement
                break
        else:
            raise _Stop("there is no trace in it: nothing can be judged again")
        stated = (
            statement.product,
            statement.version,
            statement.clock,
            statement.limits,
        )
        if stated != (predicate.product, predicate.version, predicate.clock, predicate.limits):
            self._told.wrong.append("product, version, clock or limits are not those that the traces state")
        return statement

    def _trace(self, entry: CaseEntry) -> Trace:
        assert entry.trace is not None
        if entry.trace.name != trace_name(entry.case):
            raise _Stop(f"{entry.case}: its trace is called {entry.trace.name}")
        try:
            lines = inflated(self._members[entry.trace.name], entry.trace_octets)
            return Trace.decode(lines)
        except (KeyError, BundleError, msgspec.MsgspecError, RecursionError) as error:
            raise _Stop(f"{entry.case}: its trace cannot be read: {error}") from error

    def _case_list(self, expected: list[str], results: dict[str, CaseResult]) -> None:
        missing = sorted(set(expected) - set(results))
        added = sorted(set(results) - set(expected))
        if missing:
            self._told.wrong.append(f"{len(missing)} cases are left out, first {missing[0]}")
        if added:
            self._told.wrong.append(f"{len(added)} cases are no cases of the suite, first {added[0]}")

    def _without_trace(
        self, entry: CaseEntry, result: CaseResult, catalogue: Catalogue, statement: Statement
    ) -> CaseResult:
        """A case that came to no scenario: not applicable by the catalogue, or no PASS."""
        listed = catalogue.cases.get(bare(entry.case))
        verdict = result.verdict
        if listed is not None and verdict is Verdict.NOT_APPLICABLE:
            aspect = listed.aspect
            if not aspect.out_of_scope(statement) and aspect.not_applicable(statement) is None:
                self._told.wrong.append(f"{entry.case}: NOT APPLICABLE, and the catalogue does not say so")
        elif verdict is Verdict.PASS:
            self._told.wrong.append(f"{entry.case}: PASS without a trace")
        self._same_verdict(entry, result)
        return result

    def _with_trace(
        self,
        entry: CaseEntry,
        result: CaseResult,
        catalogue: Catalogue,
        statement: Statement,
        lots: str,
    ) -> CaseResult:
        trace = self._trace(entry)
        if trace.statement != statement:
            self._told.wrong.append(f"{entry.case}: its trace has another statement of the target")
        judgement = judge_again(trace)
        self._told.wrong += [f"{entry.case}: {flaw}" for flaw in judgement.flaws]
        if not judgement.flaws and not seed.opens(trace, lots, entry.case):
            self._told.wrong.append(f"{entry.case}: its trace does not begin with the lots of the seed")
        believed = tuple(one for one in result.violations if one.kind in NOT_IN_A_TRACE)
        listed = catalogue.cases.get(bare(entry.case))
        again = CaseResult(
            case=entry.case,
            aspect=listed.aspect.id if listed else result.aspect,
            purpose=listed.title if listed else result.purpose,
            verdict=Verdict.FAIL if judgement.violations or believed else judgement.verdict,
            apart=judgement.apart,
            violations=(*judgement.violations, *believed),
            reason=judgement.reason,
        )
        unfit = companion_unfit(catalogue, statement, again)
        self._same_verdict(entry, result)
        if (entry.verdict, entry.apart) != (unfit.verdict, unfit.apart):
            self._told.wrong.append(
                f"{entry.case}: it is said to be {entry.verdict}, and its trace shows {unfit.verdict}"
            )
        elif _kinds(result.violations) != _kinds(unfit.violations):
            self._told.wrong.append(f"{entry.case}: its trace shows other violations than it says")
        return unfit

    def _same_verdict(self, entry: CaseEntry, result: CaseResult) -> None:
        if (entry.verdict, entry.apart) != (result.verdict, result.apart):
            self._told.wrong.append(f"{entry.case}: {RUN} says {entry.verdict}, {RESULTS} {result.verdict}")

    def _compare(self, predicate: RunPredicate, summary: Summary) -> None:
        for said, found in zip(predicate.aspects, aspect_entries(summary), strict=False):
            if said != found:
                differs = [
                    f"{name} is said to be {getattr(said, name)!s}, and found to be {getattr(found, name)!s}"
                    for name in AspectEntry.__struct_fields__
                    if getattr(said, name) != getattr(found, name)
                ]
                self._told.wrong.append(f"{found.aspect}: {'; '.join(differs)}")
        if len(predicate.aspects) != len(summary.aspects):
            self._told.wrong.append("the list of aspects is not that of the catalogue installed here")
        if (predicate.overall, predicate.exit_code) != (summary.overall, summary.exit_code):
            self._told.wrong.append(
                f"overall it is said to be {predicate.overall}, and it is {summary.overall}"
            )
        title = CONFORMING if is_conforming(summary, predicate.depth, predicate.torn) else NOT_CONFORMING
        if predicate.title != title:
            self._told.wrong.append(f"its title is {predicate.title}, and it should be {title}")


def cases_of(suite: str, depth: str) -> list[str]:
    """The ids of the cases that the installed ``suite`` has at ``depth``, in the order in which they run."""
    collector = _Collector()
    collected(collector, suite, depth, "paper", "--collect-only")
    return collector.cases


def collected(plugin: object, suite: str, depth: str, seed: str, *more: str) -> None:
    """Have pytest collect the cases of ``suite``, with ``plugin`` to do with them what it will."""
    arguments = [f"--prose-target={PAPER}", f"--prose-depth={depth}", f"--prose-seed={seed}", *more]
    arguments += ["-p", "pytest_prose_go.short_names", "-p", "no:terminal", "-p", "no:cacheprovider"]
    arguments += ["--noconftest", "-c", "/dev/null", f"--prose-suite={suite}"]
    pytest.main(arguments, plugins=[plugin])


class _Collector:
    def __init__(self) -> None:
        self.cases: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember which cases there are."""
        self.cases = [item.stash[CASE_KEY].id for item in session.items if CASE_KEY in item.stash]


def _kinds(violations: tuple[Violation, ...]) -> list[tuple[str, int, int]]:
    return sorted((one.kind, one.station, one.record) for one in violations)


def _claims(predicate: RunPredicate, said: ics.Ics) -> Iterator[str]:
    """What nobody but the vendor vouches for."""
    yield (
        f"that what ran is {predicate.product} {predicate.version}, and that its stations answered as the traces "
        "say: who writes a whole trace by hand can only be found out by --rerun"
    )
    yield f"that it was run as {predicate.target!r}"
    for one in predicate.artefacts:
        yield f"{one.kind} {one.name} with SHA-256 {one.sha256}"
    if not predicate.artefacts:
        yield "what the target is made of: its name leads to no file"
    yield "that nothing else is part of the product: libraries, interpreters, what a script starts, devices"
    yield f"isolation: {predicate.isolation}"
    yield from NOT_IN_A_TRACE.values()
    products = len({attempt.product for attempt in predicate.attempts})
    yield f"{len(predicate.attempts)} attempts at a certificate, with {products} product digests"
    if predicate.resumed:
        yield f"the run was broken off and went on, {predicate.resumed} times"
    for document in said.document:
        yield f"{document.aspect}: settled by {document.title!r}, read by {document.reviewer}"
    for known in predicate.known_failures:
        yield f"known failure {known.case}: {known.reason}"


def read_bundle(path: Path) -> bytes:
    """The bytes of a bundle. Raises :class:`BundleError` if the file cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}") from error
