"""From the cases' results to the verdicts of aspects, requirements and run. Knows neither pytest nor target.

The rules, each in a function of its own:

- A violation is booked to the aspect that books its kind, whichever case saw it, and nothing removes it.
- A case speaks for its own aspect by its verdict *apart* from the violations; a search, only where it broke down.
- An aspect that books no kind itself does not pass where one of its cases saw a violation: what it shows counts
  elsewhere.
- A base function that failed turns only what would be PASS into INCONCLUSIVE, where an aspect needs it.
- An aspect that judges only a companion is OUT OF SCOPE; what a companion breaks is an ERROR of the case.
- A requirement passes only with a mandatory aspect passed.
- The exit code rests on the selected mandatory aspects in scope of clauses that are not derived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from pytest_prose_go.catalogue import Aspect, Catalogue, Level, ListedAspect, Method, Reading, bare
from pytest_prose_go.contract import Statement
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.judge.verdict import CaseResult, Verdict, worst

BASE = "BASE"
LOST = "lost: the case was to run and nothing was heard of it"
OUT_OF_SCOPE = "OUT OF SCOPE"
SECRECY = ("plaintext.", "short-leak.", "keystream.", "determinism.", "freshness.", "secret.")
"""How the kinds of violation begin that the eavesdropper books: their absence is not to be seen, only a search."""

COMPANION_UNFIT = "companion unfit"


class Booked(Struct, frozen=True, kw_only=True):
    """A violation, and the case that saw it."""

    case: str
    violation: Violation
    repeat: str = ""


class AspectResult(Struct, frozen=True, kw_only=True):
    """The verdict on one aspect.

    ``ran`` of its ``listed`` cases were selected; ``asked`` tells whether the run was to show it,
    ``in_scope`` whether the scope covers its method; ``word`` is what to print for the
    verdict; ``reasons`` say why it is not PASS, each with its case ("" where no case says it). Of a PASS of
    secrecy, ``looked_for`` is what was searched for and not found, each with its case.
    """

    id: str
    title: str
    requirement: str
    clause: str
    level: Level
    method: Method
    derived: bool
    in_scope: bool
    asked: bool
    listed: int
    ran: int
    verdict: Verdict
    word: str
    booked: tuple[Booked, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    not_tried: tuple[str, ...] = ()
    looked_for: tuple[tuple[str, str], ...] = ()


class RequirementResult(Struct, frozen=True, kw_only=True):
    """The verdict on one requirement."""

    id: str
    title: str
    clause: str
    derived: bool
    verdict: Verdict


class Summary(Struct, frozen=True, kw_only=True):
    """The verdicts of one suite's run. ``partial``: fewer cases were selected than the catalogue lists."""

    partial: bool
    overall: Verdict
    exit_code: int
    requirements: tuple[RequirementResult, ...]
    aspects: tuple[AspectResult, ...]
    selected: int
    """How many of the ``listed`` cases, each counted once however many parameters it runs with."""
    listed: int


class Bounds(Struct, frozen=True, kw_only=True):
    """Under what the results are read."""

    statement: Statement
    reading: Reading = "analysis"
    lab: bool = False
    declared: frozenset[str] = frozenset()
    """Aspects, settled by inspection, that the vendor's statement names a document for."""


def summarise(
    catalogue: Catalogue,
    bounds: Bounds,
    selected: Collection[str],
    reported: Collection[CaseResult],
    stopped: bool = False,
) -> Summary:
    """The verdicts, given the ids of the cases that were to run and what came of them.

    A case may have several results (a teardown that failed, a rerun): the worst holds. ``stopped``: the run
    was ended early on purpose, so that what did not run is not lost.
    """
    results = [*reported, *unreported(catalogue, selected, reported, stopped)]
    by_aspect: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        if bare(result.case) in catalogue.cases:
            by_aspect[catalogue.cases[bare(result.case)].aspect.id].append(
                companion_unfit(catalogue, bounds.statement, result)
            )
    booked = book(catalogue, bounds.statement, results)
    partial = not catalogue.cases.keys() <= {bare(case) for case in selected}
    failed_bases = frozenset(
        name
        for name, listed in catalogue.aspects.items()
        if listed.requirement.id == BASE
        and _spoken(by_aspect[name]) not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
        if by_aspect[name]
    )
    aspects = tuple(
        _aspect_result(listed, bounds, by_aspect[name], booked.get(name, ()), failed_bases, partial)
        for name, listed in catalogue.aspects.items()
    )
    requirements = tuple(
        RequirementResult(
            id=requirement.id,
            title=requirement.title,
            clause=requirement.clause,
            derived=clause.derived,
            verdict=requirement_verdict([one for one in aspects if one.requirement == requirement.id]),
        )
        for clause in catalogue.clauses
        for requirement in clause.requirement
    )
    judged = judged_aspects(aspects)
    return Summary(
        partial=partial,
        overall=worst(one.verdict for one in judged),
        exit_code=exit_code([one.verdict for one in judged]),
        requirements=requirements,
        aspects=aspects,
        selected=len({bare(case) for case in selected}),
        listed=len(catalogue.cases),
    )


def unreported(
    catalogue: Catalogue, selected: Collection[str], results: Collection[CaseResult], stopped: bool
) -> Iterable[CaseResult]:
    """A result for each selected case of which nothing was heard: it is lost, which is an ERROR and never
    silence; after an early end it is only not shown."""
    verdict, reason = (
        (Verdict.NOT_SHOWN, "the run was stopped before it") if stopped else (Verdict.ERROR, LOST)
    )
    heard = {result.case for result in results}
    for case in sorted(set(selected) - heard):
        if bare(case) in catalogue.cases:
            listed = catalogue.cases[bare(case)]
            yield CaseResult(
                case=case,
                aspect=listed.aspect.id,
                purpose=listed.title,
                verdict=verdict,
                apart=verdict,
                reason=reason,
            )


def book(
    catalogue: Catalogue, statement: Statement, results: Iterable[CaseResult]
) -> Mapping[str, tuple[Booked, ...]]:
    """Each violation under the aspect that books its kind; a kind that none books, under its case's own.

    What an aspect that judges only a companion would book is left out: see :func:`companion_unfit`.
    """
    booked: dict[str, list[Booked]] = defaultdict(list)
    for result in results:
        for violation in result.violations:
            listed = catalogue.booked.get(violation.kind)
            if listed is not None and listed.out_of_scope(statement):
                continue
            name = result.aspect if listed is None else listed.id
            one = Booked(case=result.case, violation=violation, repeat=result.repeat)
            if one not in booked[name]:
                booked[name].append(one)
    return {name: tuple(found) for name, found in booked.items()}


def companion_unfit(catalogue: Catalogue, statement: Statement, result: CaseResult) -> CaseResult:
    """The result, as an ERROR if it holds a violation by a companion, with which nothing can be learnt."""
    unfit = [
        violation
        for violation in result.violations
        if violation.kind in catalogue.booked and catalogue.booked[violation.kind].out_of_scope(statement)
    ]
    if not unfit:
        return result
    rest = tuple(violation for violation in result.violations if violation not in unfit)
    return replace(
        result,
        verdict=Verdict.FAIL if rest else Verdict.ERROR,
        apart=Verdict.ERROR,
        violations=rest,
        reason=f"{COMPANION_UNFIT}: {unfit[0].seen}",
    )


def laid_over(result: CaseResult, needs: Iterable[str], failed_bases: Collection[str]) -> CaseResult:
    """The result, INCONCLUSIVE if it would be PASS and a base function that it needs failed."""
    failed = [need for need in needs if need in failed_bases]
    if result.apart is not Verdict.PASS or not failed:
        return result
    return replace(
        result,
        verdict=Verdict.FAIL if result.violations else Verdict.INCONCLUSIVE,
        apart=Verdict.INCONCLUSIVE,
        reason=f"the base function {', '.join(failed)} does not work",
    )


def _spoken(results: Iterable[CaseResult]) -> Verdict:
    return worst(result.apart for result in results)


def _aspect_result(
    listed: ListedAspect,
    bounds: Bounds,
    results: list[CaseResult],
    booked: tuple[Booked, ...],
    failed_bases: Collection[str],
    partial: bool,
) -> AspectResult:
    aspect = listed.aspect
    results = [laid_over(result, aspect.needs, failed_bases) for result in results]
    evidence = [result for result in results if _is_evidence(aspect, result)]
    level = listed.level(bounds.reading, bounds.statement)
    verdict, word, reasons = _aspect_verdict(listed, bounds, evidence, booked)
    return AspectResult(
        id=listed.id,
        title=aspect.title,
        requirement=listed.requirement.id,
        clause=listed.requirement.clause,
        level=level,
        method=aspect.method,
        derived=listed.clause.derived,
        in_scope=aspect.method == "air" or (aspect.method == "lab" and bounds.lab),
        asked=bool(results or booked) or not partial,
        listed=len(aspect.cases),
        ran=len({bare(result.case) for result in results}),
        verdict=verdict,
        word=word,
        booked=booked,
        reasons=reasons,
        notes=_unique(note for result in results for note in result.notes),
        not_tried=_unique(text for result in results for text in result.not_tried),
        looked_for=tuple(
            (result.case, text)
            for result in evidence
            if verdict is Verdict.PASS and any(kind.startswith(SECRECY) for kind in aspect.books)
            for text in result.looked_for
        ),
    )


def _is_evidence(aspect: Aspect, result: CaseResult) -> bool:
    """Whether the case's own verdict says anything of its aspect: that a search found nothing does not."""
    searches = {purpose.id for purpose in aspect.cases if purpose.search}
    return bare(result.case).rpartition(".")[2] not in searches or result.apart is Verdict.ERROR


def _aspect_verdict(
    listed: ListedAspect, bounds: Bounds, results: list[CaseResult], booked: tuple[Booked, ...]
) -> tuple[Verdict, str, tuple[tuple[str, str], ...]]:
    """Verdict, the word to print for it, and the reasons why it is not PASS."""
    if booked:
        return Verdict.FAIL, Verdict.FAIL, ()
    if listed.out_of_scope(bounds.statement) and _spoken(results) is not Verdict.ERROR:
        return Verdict.NOT_APPLICABLE, OUT_OF_SCOPE, ()
    because = listed.not_applicable(bounds.statement)
    if because is not None and _spoken(results) is not Verdict.ERROR:
        return Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE, (("", because),)
    if listed.aspect.method == "inspect":
        verdict = Verdict.DECLARED if listed.id in bounds.declared else Verdict.NOT_SHOWN
        return verdict, verdict, (("", "settled by inspection"),)
    if not results:
        return Verdict.NOT_SHOWN, Verdict.NOT_SHOWN, (("", "no case ran that could show it"),)
    verdict = _spoken(results)
    base = listed.requirement.id == BASE
    seen_elsewhere = tuple(
        (result.case, f"it saw what counts against another aspect ({result.violations[0].kind})")
        for result in results
        if result.violations
    )
    if verdict is Verdict.PASS and not base and not listed.aspect.books and seen_elsewhere:
        # What its cases show is booked elsewhere: it cannot pass where one of them saw some.
        return Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, seen_elsewhere
    if verdict is Verdict.PASS and not base and all(result.violations for result in results):
        # A target that breaks whatever it is asked for has shown nothing of the aspect by itself.
        reason = "each of its cases saw violations of other aspects, so that nothing is shown of this one"
        return Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, (("", reason),)
    reasons = tuple((result.case, result.reason) for result in results if result.apart is verdict)
    return verdict, verdict, () if verdict is Verdict.PASS else reasons


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def weighs(one: AspectResult) -> bool:
    """True if the aspect has a part in the verdict on its requirement: mandatory, asked for, in scope.

    The scope limits what has to be shown, not what is forgiven: a violation weighs in any scope, and so does
    a document that was declared.
    """
    return (
        one.level == "mandatory"
        and one.asked
        and (one.in_scope or one.verdict in (Verdict.FAIL, Verdict.DECLARED))
    )


def requirement_verdict(aspects: Collection[AspectResult]) -> Verdict:
    """The worst of the aspects that weigh; NOT SHOWN if only others have a verdict, as a recommended aspect
    alone passes no requirement."""
    whole = worst(one.verdict for one in aspects if weighs(one))
    shown = any(one.verdict is not Verdict.NOT_APPLICABLE for one in aspects if one.asked)
    return Verdict.NOT_SHOWN if whole is Verdict.NOT_APPLICABLE and shown else whole


def judged_aspects(aspects: Collection[AspectResult]) -> list[AspectResult]:
    """The aspects that the exit code rests on: those that weigh, outside derived clauses; where a
    narrowed run selected none of them, whatever it selected."""
    whole = [one for one in aspects if weighs(one) and not one.derived]
    return whole or [one for one in aspects if one.ran or one.booked]


def exit_code(verdicts: Collection[Verdict]) -> int:
    """0 all passed, 1 a FAIL or ERROR, 6 something INCONCLUSIVE or NOT SHOWN, 5 nothing there to judge."""
    whole = worst(verdicts)
    if whole in (Verdict.FAIL, Verdict.ERROR):
        return 1
    if whole in (Verdict.INCONCLUSIVE, Verdict.NOT_SHOWN):
        return 6
    return 5 if whole is Verdict.NOT_APPLICABLE else 0
