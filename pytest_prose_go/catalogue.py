"""The requirement catalogue: what each clause asks, in which aspects, and which cases test them.

One ``requirements.toml`` in each clause folder of a suite; beside the folders may stand ``attacks.toml``, the
published attacks that the suite gives account of, and ``tolerances.toml``, conforming behaviours that it must
let pass. Reading is strict: an unknown key, kind, level or statement field is a mistake, never ignored, as an
omission here would be a requirement untested.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeVar, get_args

import msgspec
from msgspec import Struct

from pytest_prose_go.contract import Capability, Statement
from pytest_prose_go.judge.finding import Kind

Level = Literal["mandatory", "recommended"]
Reading = Literal["analysis", "proposal"]
Method = Literal["air", "lab", "inspect"]
Judged = Literal["GO", "UE"]
Observable = Literal["events", "wire", "statistics", "capability", "nothing"]
Floor = Literal["three-ues", "two-groups", "payload-64", "groupcast", "remove"]

FLOORS: dict[str, tuple[str, Callable[[Statement], bool]]] = {
    "three-ues": ("three UEs in a group", lambda statement: statement.limits.members >= 3),
    "two-groups": (
        "two groups",
        lambda statement: statement.limits.groups is None or len(statement.limits.groups) >= 2,
    ),
    "payload-64": ("payloads of 64 bytes", lambda statement: statement.limits.payload_most >= 64),
    "groupcast": ("groupcast", lambda statement: statement.groupcast),
    "remove": ("removal of members", lambda statement: statement.removes),
}
"""What a statement must reach before aspects that depend on it can be shown at all."""


class CatalogueError(Exception):
    """A catalogue that cannot be read; the text names the file and the place."""


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: nothing in it goes unread."""


Table = TypeVar("Table", bound=Entry)


class Condition(Entry, frozen=True):
    """A statement's field (dotted for nested ones) ``equals`` a value or ``lacks`` a member."""

    when: str
    equals: str | int | bool | None = None
    lacks: str | None = None
    because: str = ""

    def holds(self, statement: Statement) -> bool:
        """True if the statement says so. Raises :class:`AttributeError` for a field that it has not."""
        value: object = statement
        for name in self.when.split("."):
            value = getattr(value, name)
        if self.lacks is not None:
            return isinstance(value, (list, tuple)) and self.lacks not in value
        return value == self.equals


class Purpose(Entry, frozen=True):
    """A test case: its permanent name within the aspect, and its purpose in a line. ``search``: that it finds
    nothing is no evidence."""

    id: str
    title: str
    search: bool = False


class Later(Entry, frozen=True):
    """The later normative clause that took the requirement up."""

    clause: str
    text: str


class Aspect(Entry, frozen=True):
    """One thing that the requirement asks, with the cases that test it.

    ``books`` are the kinds of violation that count against it, ``needs`` the base functions without which
    a PASS would mean nothing, ``floor`` what the statement must reach, ``faults`` the deliberate faults
    that its cases must catch, ``attacks`` the published attacks that they try, ``mandatory_where`` a claim
    that makes a recommended aspect mandatory.
    """

    id: str
    title: str
    level: Level | dict[Reading, Level]
    judges: tuple[Judged, ...]
    why: str
    method: Method = "air"
    capability: Capability | None = None
    reason: str = ""
    mandatory_where: Condition | None = None
    later: Later | None = None
    books: tuple[Kind, ...] = ()
    needs: tuple[str, ...] = ()
    floor: tuple[Floor, ...] = ()
    faults: tuple[str, ...] = ()
    attacks: tuple[str, ...] = ()
    cases: tuple[Purpose, ...] = ()
    not_applicable: tuple[Condition, ...] = ()


class Requirement(Entry, frozen=True):
    """A sentence of the source, paraphrased in ``says``."""

    id: str
    title: str
    clause: str
    says: str
    aspect: tuple[Aspect, ...] = ()


class NotTested(Entry, frozen=True):
    """A published attack that no case tries: ``because`` says why a suite that parses no frame cannot show it,
    ``reviewer`` what somebody who reads the implementation looks at instead."""

    attack: str
    because: str
    reviewer: str


class Clause(Entry, frozen=True):
    """A ``requirements.toml``. ``derived``: a reconstruction, reported outside the overall verdict."""

    clause: str
    title: str
    derived: bool = False
    requirement: tuple[Requirement, ...] = ()
    not_tested: tuple[NotTested, ...] = ()


class Attack(Entry, frozen=True):
    """A published attack, and by what a suite that parses no frame could see it."""

    id: str
    observable: Observable
    title: str


class Tolerance(Entry, frozen=True):
    """A conforming behaviour, and the tests and variants that show that it passes."""

    id: str
    title: str
    answered_by: tuple[str, ...]


class AttackList(Entry, frozen=True):
    """An ``attacks.toml``."""

    attack: tuple[Attack, ...] = ()


class ToleranceList(Entry, frozen=True):
    """A ``tolerances.toml``."""

    tolerance: tuple[Tolerance, ...] = ()


class ListedAspect(Struct, frozen=True, kw_only=True):
    """An aspect in its place. ``id`` is the full one (``AUTH.foreign-authority``)."""

    id: str
    aspect: Aspect
    requirement: Requirement
    clause: Clause

    def level(self, reading: Reading, statement: Statement) -> Level:
        """How strong the aspect is under this reading, with what the statement claims."""
        condition = self.aspect.mandatory_where
        if condition is not None and condition.holds(statement):
            return "mandatory"
        level = self.aspect.level
        return level[reading] if isinstance(level, dict) else level

    def not_applicable(self, statement: Statement) -> str | None:
        """Why the aspect is not applicable to this target, or None if it is."""
        for condition in self.aspect.not_applicable:
            if condition.holds(statement):
                return condition.because
        return None

    def out_of_scope(self, statement: Statement) -> bool:
        """True if the aspect judges only a role that the statement calls a companion."""
        product = set()
        if statement.group_owner == "product":
            product.add("GO")
        if statement.user_equipment == "product":
            product.add("UE")
        return not product.intersection(self.aspect.judges)

    def below_floor(self, statement: Statement) -> str | None:
        """What the statement lacks for this aspect to be shown, or None if it lacks nothing."""
        missing = [
            text for name in self.aspect.floor for text, reached in [FLOORS[name]] if not reached(statement)
        ]
        return ", ".join(missing) or None


class ListedCase(Struct, frozen=True, kw_only=True):
    """A case in its place. ``id`` is the full one (``AUTH.foreign-authority.joins-alone``)."""

    id: str
    title: str
    aspect: ListedAspect
    search: bool = False


class Catalogue:
    """All clauses of a suite, in the order of their folders' names and of the files.

    ``aspects`` and ``cases`` are keyed by full ids, ``booked`` gives the aspect of each kind of violation,
    ``tried`` the aspects that try each attack.
    """

    def __init__(
        self,
        clauses: Iterable[Clause],
        attacks: Iterable[Attack] = (),
        tolerances: Iterable[Tolerance] = (),
    ) -> None:
        self.clauses = tuple(clauses)
        self.attacks = tuple(attacks)
        self.tolerances = tuple(tolerances)
        self.tried: dict[str, list[str]] = {}
        self.aspects: dict[str, ListedAspect] = {}
        self.cases: dict[str, ListedCase] = {}
        self.booked: dict[str, ListedAspect] = {}
        for listed in self._walk():
            self.aspects.setdefault(listed.id, listed)
            for case in _cases(listed):
                self.cases.setdefault(case.id, case)
            for kind in listed.aspect.books:
                self.booked.setdefault(kind, listed)
            for attack in listed.aspect.attacks:
                self.tried.setdefault(attack, []).append(listed.id)

    def _walk(self) -> Iterator[ListedAspect]:
        for clause in self.clauses:
            for requirement in clause.requirement:
                for aspect in requirement.aspect:
                    yield ListedAspect(
                        id=f"{requirement.id}.{aspect.id}",
                        aspect=aspect,
                        requirement=requirement,
                        clause=clause,
                    )

    @property
    def requirements(self) -> dict[str, Requirement]:
        return {requirement.id: requirement for clause in self.clauses for requirement in clause.requirement}

    @property
    def not_tested(self) -> tuple[NotTested, ...]:
        return tuple(one for clause in self.clauses for one in clause.not_tested)


def _cases(listed: ListedAspect) -> Iterator[ListedCase]:
    for purpose in listed.aspect.cases:
        yield ListedCase(
            id=f"{listed.id}.{purpose.id}", title=purpose.title, aspect=listed, search=purpose.search
        )


def bare(case: str) -> str:
    """The id that the catalogue lists: without the ``[parameters]`` of one run of the case."""
    return case.partition("[")[0]


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant by ``name``, as the end of a message ("" if nothing is near)."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def load(suite: Path) -> Catalogue:
    """The catalogue of the suite in this folder.

    Raises :class:`CatalogueError` if a file breaks the format or there is none.
    """
    clauses = [_read(path, Clause) for path in sorted(suite.glob("*/requirements.toml"))]
    if not clauses:
        raise CatalogueError(f"{suite.name}: no clause folder with a requirements.toml")
    attacks, tolerances = suite / "attacks.toml", suite / "tolerances.toml"
    return Catalogue(
        clauses,
        _read(attacks, AttackList).attack if attacks.exists() else (),
        _read(tolerances, ToleranceList).tolerance if tolerances.exists() else (),
    )


def _read(path: Path, kind: type[Table]) -> Table:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise CatalogueError(f"{path.parent.name}/{path.name}: {error}") from error


def check(catalogue: Catalogue, case_ids: Iterable[str] | None = None) -> list[str]:
    """The mistakes of a catalogue, a line each; with ``case_ids`` (of the suite's tests) also where the two
    are out of step."""
    walked = list(catalogue._walk())
    mistakes = _doubled("requirement", (r.id for clause in catalogue.clauses for r in clause.requirement))
    mistakes += _doubled("aspect", (listed.id for listed in walked))
    mistakes += _doubled("case", (case.id for listed in walked for case in _cases(listed)))
    mistakes += _doubled("kind of violation", (kind for listed in walked for kind in listed.aspect.books))
    for listed in walked:
        mistakes += [f"{listed.id}: {text}" for text in _aspect_mistakes(catalogue, listed)]
    mistakes += _attack_mistakes(catalogue)
    if case_ids is not None:
        tested = {bare(case) for case in case_ids}
        mistakes += [f"{case}: listed, but no test" for case in sorted(catalogue.cases.keys() - tested)]
        mistakes += [f"{case}: a test, but not listed" for case in sorted(tested - catalogue.cases.keys())]
    return mistakes


def unbooked(catalogue: Catalogue) -> list[str]:
    """The kinds of violation that no aspect books."""
    return sorted(set(get_args(Kind)) - catalogue.booked.keys())


def untried(catalogue: Catalogue) -> list[str]:
    """The listed attacks that no aspect tries and of which none says why."""
    answered = {one.attack for one in catalogue.not_tested} | catalogue.tried.keys()
    return [attack.id for attack in catalogue.attacks if attack.id not in answered]


def _attack_mistakes(catalogue: Catalogue) -> Iterator[str]:
    known = {attack.id for attack in catalogue.attacks}
    not_tested = [one.attack for one in catalogue.not_tested]
    yield from _doubled("attack", (attack.id for attack in catalogue.attacks))
    yield from _doubled("tolerance", (one.id for one in catalogue.tolerances))
    yield from _doubled("attack not tested", not_tested)
    for name in sorted((catalogue.tried.keys() | set(not_tested)) - known):
        yield f"attack {name} is named and not listed in attacks.toml"
    for name in sorted(catalogue.tried.keys() & set(not_tested)):
        yield f"attack {name} is tried by {', '.join(catalogue.tried[name])}, yet stands as not tested"


def _doubled(what: str, ids: Iterable[str]) -> list[str]:
    return [
        f"{what} {name} stands {count} times" for name, count in sorted(Counter(ids).items()) if count > 1
    ]


def _aspect_mistakes(catalogue: Catalogue, listed: ListedAspect) -> Iterator[str]:
    aspect = listed.aspect
    if not aspect.judges:
        yield "judges nobody"
    if not aspect.cases and aspect.method != "inspect":
        yield "has no case"
    if aspect.cases and aspect.method == "inspect":
        yield "is settled by inspection, yet has cases"
    if (aspect.method == "lab") != (aspect.capability is not None):
        yield "names a capability if and only if its method is lab"
    levels = aspect.level.values() if isinstance(aspect.level, dict) else (aspect.level,)
    if isinstance(aspect.level, dict) and set(aspect.level) != set(get_args(Reading)):
        yield "has no level under one of the readings"
    if "recommended" in levels and not aspect.reason:
        yield "is recommended without a reason"
    for need in aspect.needs:
        if need not in catalogue.aspects:
            yield f"needs {need}, which is no aspect"
    conditions = [*aspect.not_applicable, *([aspect.mandatory_where] if aspect.mandatory_where else [])]
    for condition in conditions:
        if (condition.equals is None) == (condition.lacks is None):
            yield f"the condition on {condition.when} wants one of equals and lacks"
        try:
            condition.holds(_ANY_STATEMENT)
        except AttributeError:
            yield f"{condition.when} is no field of a statement"
    if any(not condition.because for condition in aspect.not_applicable):
        yield "is not applicable without a because"


_ANY_STATEMENT = Statement(product="", version="")
