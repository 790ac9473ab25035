"""What Allure is told of a case whoever tells it, the process that ran it or the controller in its place: labels,
identity, status and text. Needs nothing of Allure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date

from pytest_prose_go.catalogue import ListedCase, bare
from pytest_prose_go.judge.verdict import ORDER, CaseResult, Verdict
from pytest_prose_go.run import Run, Suite

SEVERITY = {"mandatory": "critical", "recommended": "minor"}

STATUS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "broken",
    Verdict.ERROR: "broken",
    Verdict.NOT_APPLICABLE: "skipped",
}
"""The status of each verdict of a case. Only what is not applicable is skipped, to leave the pass rate."""

KNOWN = "FAIL (known)"

CATEGORIES = {
    KNOWN: "FAIL, known: it stands in the file of known failures",
    Verdict.FAIL: "FAIL: a violation was observed",
    Verdict.ERROR: "ERROR: no word on security",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE: a control did not hold, or the target offers too little",
    Verdict.NOT_APPLICABLE: "NOT APPLICABLE: the catalogue says so, given the vendor's statement",
}
"""The category of each word but PASS. A message begins with the word: that is how Allure finds them."""

OWN_TESTS = "Tests of your own"


class Tree:
    """The places of a run's cases, numbered so that whoever sorts by name keeps the catalogue's order."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._places: dict[str, tuple[str, str, str]] = {}
        clauses = [clause for suite in run.suites for clause in suite.catalogue.clauses]
        self._clauses = len(clauses)
        for at, clause in enumerate(clauses, start=1):
            first = _padded(at, self._clauses)
            for two, requirement in enumerate(clause.requirement, start=1):
                second = f"{first}.{_padded(two, len(clause.requirement))}"
                purposes = [
                    (aspect, purpose) for aspect in requirement.aspect for purpose in aspect.cases
                ]  # fmt: skip
                for three, (aspect, purpose) in enumerate(purposes, start=1):
                    case = f"{requirement.id}.{aspect.id}.{purpose.id}"
                    self._places[case] = (
                        f"{first} {clause.clause}: {clause.title}",
                        f"{second} {requirement.id}: {requirement.title}",
                        f"{second}.{_padded(three, len(purposes))} {case}: {purpose.title}",
                    )

    def suite_of(self, case: str) -> Suite | None:
        """The suite that lists the case; None for a vendor's own."""
        return next((one for one in self.run.suites if bare(case) in one.catalogue.cases), None)

    def listed(self, case: str) -> ListedCase | None:
        """The case as the catalogue lists it; None for a vendor's own."""
        suite = self.suite_of(case)
        return suite.catalogue.cases[bare(case)] if suite else None

    def labels(self, case: str) -> Iterator[tuple[str, str]]:
        """The labels of a case that are known before it runs."""
        settings = self.run.settings
        yield from (("target", settings.target), ("seed", settings.seed), ("reading", settings.reading))
        yield from (("case", case), ("parentSuite", settings.target))
        listed = self.listed(case)
        if listed is None:
            yield "epic", f"{_padded(self._clauses + 1, self._clauses)} {OWN_TESTS}"
            return
        aspect = listed.aspect
        epic, feature, story = self._places[bare(case)]
        yield from (("epic", epic), ("feature", feature), ("story", story))
        yield from (("suite", aspect.clause.clause), ("subSuite", aspect.requirement.id))
        yield "severity", SEVERITY[aspect.level(settings.reading, self.run.statement)]
        yield from (("aspect", aspect.id), ("method", aspect.aspect.method))

    def known(self, result: CaseResult) -> bool:
        """Whether all that the case fails is known today."""
        suite = self.suite_of(result.case)
        if suite is None or not result.violations:
            return False
        entries, today = self.run.known_failures, date.today()
        known = {(one.case, one.aspect) for one in entries if one.expires > today}
        booked = [suite.catalogue.booked.get(violation.kind) for violation in result.violations]
        return all(aspect is not None and (result.case, aspect.id) in known for aspect in booked)

    def description(self, case: str, story: str, repeat: str) -> str:
        """What the case is about, in Markdown: the requirement, the aspect, the case's own ``story``, and the line
        that runs it again."""
        parts = []
        listed = self.listed(case)
        if listed is not None:
            aspect, requirement = listed.aspect.aspect, listed.aspect.requirement
            parts += [f"{requirement.says} [{requirement.clause}]", f"**{listed.aspect.id}**: {aspect.title}. "
                      f"{aspect.why}"]  # fmt: skip
        parts += [_block(text) for text in (story, repeat) if text]
        return "\n\n".join(parts)


def identity(case: str) -> dict[str, str]:
    """What makes Allure take two results for runs of one case: its permanent id, and no place of a file."""
    return {"fullName": case, "testCaseId": _md5(bare(case)), "historyId": _md5(case)}


def message(result: CaseResult, known: bool = False) -> str:
    """The verdict first, then why."""
    why = result.reason
    if result.verdict is Verdict.FAIL and result.violations:
        why = result.violations[0].seen
    return f"{KNOWN if known else result.verdict} {result.case}: {why}"


def categories() -> list[dict[str, object]]:
    """The categories as Allure 2 reads them from ``categories.json``: the expressions match whole messages."""
    return [
        {"name": name, "matchedStatuses": [_status(word)], "messageRegex": f"(?s){re.escape(word)} .*"}
        for word, name in CATEGORIES.items()
    ]


def _status(word: str) -> str:
    return STATUS[Verdict.FAIL if word == KNOWN else Verdict(word)]


def gravest(results: Iterable[CaseResult]) -> CaseResult:
    """Of what one case came to, in its call and after it, the worst."""
    rank = {verdict: place for place, verdict in enumerate(ORDER)}
    return min(results, key=lambda one: rank.get(one.verdict, len(ORDER)))


def _padded(number: int, of: int) -> str:
    return f"{number:0{len(str(of))}}"


def _block(text: str) -> str:
    return "\n".join(["```", text.replace("```", "'''"), "```"])


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
