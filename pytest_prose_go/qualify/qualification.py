"""What came of all trials: the kill matrix, rates, survivors, false alarms, and whether the suite is proven.

The rules:

- A fault is *killed* by a case that saw a violation booked to the aspect that the fault breaks, and did not break
  down itself. It is *wrongly tagged* where violations were booked to aspects that it is not said to break, be it
  killed beside that or not.
- A variant raises a *false alarm* by a FAIL or ERROR of any case, and has *other verdicts* where an aspect came to
  another one than is expected of it.
- A hollow target passes no aspect outside BASE.
- The suite is *proven* if all faults are killed and rightly tagged, no case broke down, no variant differs from
  what is expected, and no hollow target passes anything. What is open (known, with a reason) counts against it
  unless that was asked to be accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from pytest_prose_go.catalogue import Catalogue, bare
from pytest_prose_go.family import Family, Fault, Variant
from pytest_prose_go.judge.verdict import Verdict
from pytest_prose_go.qualify.plan import CONFORMING, Asked, all_hollow
from pytest_prose_go.qualify.trial import Outcome, Searched, Trial, Which, kills
from pytest_prose_go.run_summary import BASE
from pytest_prose_go.targets.hollow import Hollow

FORMAT = 1
"""The version of the JSON form."""

Found = Literal["killed", "wrongly tagged", "survived", "error", "not run"]
Conforms = Literal["as expected", "false alarm", "other verdicts", "error", "not run"]
Passes = Literal["nothing", "something", "error", "not run"]


class FaultResult(Struct, frozen=True, kw_only=True):
    """What became of a fault. ``killers`` are the cases that found it under the aspect that it ``breaks``;
    ``tags`` gives the cases for every aspect to which something was booked, ``unexpected`` those of the aspects
    that it is not said to break, ``unseen`` the aspects that it is said to break too, of which no case saw
    anything, though all ran; ``errors`` are the cases that broke down, with why. ``ran`` counts cases. ``searched`` is
    what the search alone came to, None where it was not asked."""

    family: str
    identifier: str
    sentence: str
    target: str
    breaks: str
    requirement: str
    also_breaks: tuple[str, ...]
    may_break: tuple[str, ...]
    published: str
    ability: str
    open: str
    found: Found
    killers: tuple[str, ...] = ()
    tags: dict[str, tuple[str, ...]] = {}
    unexpected: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    errors: dict[str, str] = {}
    problem: str = ""
    repeat: str = ""
    ran: int = 0
    seconds: float = 0.0
    searched: Searched | None = None


class VariantResult(Struct, frozen=True, kw_only=True):
    """What became of a conforming target. ``alarms`` are the cases that failed or broke down, with what they saw;
    ``differences`` the aspects that came to another verdict than is expected: ``[expected, came to]``."""

    family: str
    identifier: str
    sentence: str
    target: str
    open: str
    conforms: Conforms
    alarms: dict[str, str] = {}
    differences: dict[str, tuple[str, str]] = {}
    problem: str = ""
    seconds: float = 0.0


class HollowResult(Struct, frozen=True, kw_only=True):
    """What became of a hollow target: ``passed`` are the aspects outside BASE that it passed."""

    identifier: str
    sentence: str
    target: str
    open: str
    passes: Passes
    passed: tuple[str, ...] = ()
    verdicts: dict[str, int] = {}
    problem: str = ""
    seconds: float = 0.0


class Rate(Struct, frozen=True, kw_only=True):
    """Of a requirement: how many faults break it, and how many of them were killed and rightly tagged."""

    requirement: str
    title: str
    faults: int
    killed: int


class Qualification(Struct, frozen=True, kw_only=True):
    """All of it. ``search`` is how many seconds of one core the search alone had for each fault (0: it was not asked).
    ``left_out`` counts the variants that were not in the sample. Of the cases, where all ran against
    every fault, ``sole_killers`` gives the faults that only this case found, and ``idle`` lists those (outside
    BASE) that found none; None where not all ran. ``because`` says why the suite is not ``proven``."""

    format: int
    plugin: str
    date: str
    seed: str
    depth: str
    fault_depth: str
    cases: Which
    search: float
    partial: bool
    left_out: int
    processes: int
    seconds: float
    requirements: tuple[str, ...]
    faults: tuple[FaultResult, ...]
    variants: tuple[VariantResult, ...]
    hollow: tuple[HollowResult, ...]
    rates: tuple[Rate, ...]
    sole_killers: dict[str, tuple[str, ...]] | None
    idle: tuple[str, ...] | None
    proven: bool
    because: tuple[str, ...]


class Circumstances(Struct, frozen=True, kw_only=True):
    """Where and when it was held."""

    plugin: str
    date: str
    processes: int
    seconds: float


def qualify(
    catalogues: Sequence[Catalogue],
    families: Sequence[Family],
    asked: Asked,
    held: Iterable[tuple[Trial, Outcome]],
    circumstances: Circumstances,
    accept_open: bool = False,
) -> Qualification:
    """Everything that the outcomes say. A fault or hollow target of which there is no outcome was not run."""
    outcomes = {trial.key: outcome for trial, outcome in held}
    titles = {name: one.title for catalogue in catalogues for name, one in catalogue.requirements.items()}
    faults = tuple(
        _fault_result(
            family.name,
            fault,
            outcomes.get(f"fault:{family.name}:{fault.identifier}"),
            all_ran=asked.which == "all" and not fault.in_depth,
        )
        for family in families
        for fault in family.faults
    )
    variants = tuple(
        _variant_result(family.name, variant, outcome)
        for family in families
        for sort, variant in _conforming_and_variants(family)
        if (outcome := outcomes.get(f"{sort}:{family.name}:{variant.identifier}")) is not None
    )
    hollow = tuple(
        _hollow_result(one, outcomes.get(f"hollow:hollow:{one.identifier}")) for one in all_hollow(families)
    )
    ran = [fault for fault in faults if fault.found != "not run"]
    case_ids = [case for catalogue in catalogues for case in catalogue.cases]
    because = tuple(_because(faults, variants, hollow, accept_open))
    return Qualification(
        format=FORMAT,
        plugin=circumstances.plugin,
        date=circumstances.date,
        seed=asked.seed,
        depth=asked.depth,
        fault_depth=asked.fault_depth,
        cases=asked.which,
        search=asked.search,
        partial=asked.narrowed,
        left_out=sum(1 + len(family.variants) for family in families) - len(variants),
        processes=circumstances.processes,
        seconds=round(circumstances.seconds, 1),
        requirements=tuple(titles),
        faults=tuple(ran if asked.narrowed else faults),
        variants=variants,
        hollow=tuple(one for one in hollow if one.passes != "not run" or not asked.narrowed),
        rates=tuple(_rates(titles, ran)),
        sole_killers=sole_killers(ran) if asked.which == "all" else None,
        idle=idle_cases(case_ids, ran) if asked.which == "all" and not asked.narrowed else None,
        proven=not because,
        because=because,
    )


def _conforming_and_variants(family: Family) -> Iterable[tuple[str, Variant]]:
    yield (
        "conforming",
        Variant(
            identifier=CONFORMING,
            sentence="The conforming target of the family.",
            target=family.conforming,
            expected=dict(family.conforming_expected),
        ),
    )
    for variant in family.variants:
        yield "variant", variant


def _fault_result(family: str, fault: Fault, outcome: Outcome | None, all_ran: bool) -> FaultResult:
    tags: dict[str, list[str]] = {}
    for case in outcome.cases if outcome else ():
        for aspect in case.booked:
            tags.setdefault(aspect, []).append(case.case)
    said = {fault.breaks, *fault.also_breaks, *fault.may_break}
    killers = [case for case in outcome.cases if kills(case, fault.breaks)] if outcome else []
    unexpected = tuple(sorted(tags.keys() - said))
    errors = (
        {case.case: case.reason for case in outcome.cases if Verdict.ERROR in (case.verdict, case.apart)}
        if outcome
        else {}
    )
    found: Found = "survived"
    if outcome is None:
        found = "not run"
    elif outcome.problem:
        found = "error"
    elif unexpected:
        found = "wrongly tagged"
    elif killers:
        found = "killed"
    elif errors:
        found = "error"
    return FaultResult(
        family=family,
        identifier=fault.identifier,
        sentence=fault.sentence,
        target=fault.target,
        breaks=fault.breaks,
        requirement=fault.breaks.partition(".")[0],
        also_breaks=fault.also_breaks,
        may_break=fault.may_break,
        published=fault.published,
        ability=fault.ability,
        open=fault.open,
        found=found,
        killers=tuple(case.case for case in killers),
        tags={aspect: tuple(cases) for aspect, cases in sorted(tags.items())},
        unexpected=unexpected,
        unseen=tuple(aspect for aspect in fault.also_breaks if aspect not in tags)
        if outcome and all_ran
        else (),
        errors=errors,
        problem=outcome.problem if outcome else "",
        repeat=killers[0].repeat if killers else "",
        ran=len(outcome.cases) if outcome else 0,
        seconds=round(outcome.seconds, 2) if outcome else 0.0,
        searched=outcome.searched if outcome else None,
    )


def _variant_result(family: str, variant: Variant, outcome: Outcome) -> VariantResult:
    alarms = {
        case.case: "; ".join(f"{aspect}: {seen}" for aspect, seen in case.booked.items()) or case.reason
        for case in outcome.cases
        if case.verdict in (Verdict.FAIL, Verdict.ERROR)
    }
    differences = {
        aspect: (expected, came_to)
        for aspect, came_to in outcome.aspects.items()
        if came_to != (expected := variant.expected.get(aspect, str(Verdict.PASS)))
    }
    conforms: Conforms = "as expected"
    if outcome.problem:
        conforms = "error"
    elif alarms:
        conforms = "false alarm"
    elif differences:
        conforms = "other verdicts"
    return VariantResult(
        family=family,
        identifier=variant.identifier,
        sentence=variant.sentence,
        target=variant.target,
        open=variant.open,
        conforms=conforms,
        alarms=alarms,
        differences=differences,
        problem=outcome.problem,
        seconds=round(outcome.seconds, 2),
    )


def _hollow_result(hollow: Hollow, outcome: Outcome | None) -> HollowResult:
    aspects = outcome.aspects if outcome else {}
    passed = tuple(
        name
        for name, verdict in aspects.items()
        if verdict == Verdict.PASS and not name.startswith(f"{BASE}.")
    )
    verdicts: dict[str, int] = {}
    for verdict in aspects.values():
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
    passes: Passes = "nothing"
    if outcome is None:
        passes = "not run"
    elif outcome.problem:
        passes = "error"
    elif passed:
        passes = "something"
    return HollowResult(
        identifier=hollow.identifier,
        sentence=hollow.sentence,
        target=hollow.target,
        open=hollow.open,
        passes=passes,
        passed=passed,
        verdicts=verdicts,
        problem=outcome.problem if outcome else "",
        seconds=round(outcome.seconds, 2) if outcome else 0.0,
    )


def _rates(titles: Mapping[str, str], faults: Collection[FaultResult]) -> Iterable[Rate]:
    for requirement, title in titles.items():
        of_it = [fault for fault in faults if fault.requirement == requirement]
        if of_it:
            killed = sum(fault.found == "killed" for fault in of_it)
            yield Rate(requirement=requirement, title=title, faults=len(of_it), killed=killed)


def sole_killers(faults: Iterable[FaultResult]) -> dict[str, tuple[str, ...]]:
    """The cases that alone found some fault under the aspect that it breaks, with those faults."""
    alone: dict[str, list[str]] = {}
    for fault in faults:
        cases = {bare(case) for case in fault.killers}
        if len(cases) == 1:
            alone.setdefault(cases.pop(), []).append(fault.identifier)
    return {case: tuple(found) for case, found in sorted(alone.items())}


def idle_cases(cases: Iterable[str], faults: Iterable[FaultResult]) -> tuple[str, ...]:
    """The cases, outside BASE, that found no fault under any aspect that it is said to break."""
    busy = {
        bare(case)
        for fault in faults
        for aspect, found in fault.tags.items()
        if aspect in (fault.breaks, *fault.also_breaks, *fault.may_break)
        for case in found
    }
    return tuple(case for case in cases if case not in busy and not case.startswith(f"{BASE}."))


def _because(
    faults: Iterable[FaultResult],
    variants: Iterable[VariantResult],
    hollow: Iterable[HollowResult],
    accept_open: bool,
) -> Iterable[str]:
    for fault in faults:
        if fault.found == "killed" and fault.open and accept_open:
            yield f"fault {fault.identifier} was open and is killed: take its word out"
        if fault.found not in ("killed", "not run") and not (
            fault.found == "survived" and fault.open and accept_open
        ):
            yield f"fault {fault.identifier} {_told(fault)}"
        elif fault.errors:
            yield f"fault {fault.identifier}: cases broke down: {', '.join(fault.errors)}"
        elif fault.unseen:
            yield f"fault {fault.identifier}: no case saw that it also breaks {', '.join(fault.unseen)}"
    for variant in variants:
        if variant.conforms == "as expected" and variant.open and accept_open:
            yield f"variant {variant.identifier} was open and is as expected: take its word out"
        if variant.conforms != "as expected" and not (
            variant.conforms == "false alarm" and variant.open and accept_open
        ):
            yield f"{variant.family} variant {variant.identifier}: {variant.conforms}"
    for one in hollow:
        if one.passes == "nothing" and one.open and accept_open:
            yield f"hollow target {one.identifier} was open and passes nothing: take its word out"
        if one.passes == "something" and not (one.open and accept_open):
            yield f"hollow target {one.identifier} passes {', '.join(one.passed)}"
        if one.passes == "error":
            yield f"hollow target {one.identifier} was not tried: {first_line(one.problem)}"


def _told(fault: FaultResult) -> str:
    if fault.found == "wrongly tagged":
        return f"fails {', '.join(fault.unexpected)}, which it is not said to break"
    if fault.found == "error":
        return "was not tried: " + (first_line(fault.problem) or "every case broke down")
    return "survives" + (f" (open: {fault.open})" if fault.open else "")


def first_line(text: str) -> str:
    """What a message says first; the rest are details."""
    return text.partition("\n")[0]


def as_json(qualification: Qualification) -> str:
    """The whole of it, as indented JSON after :func:`schema`."""
    return msgspec.json.format(msgspec.json.encode(qualification), indent=2).decode() + "\n"


def schema() -> str:
    """The JSON Schema (2020-12) of :func:`as_json`."""
    told = msgspec.json.schema(Qualification)
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"
