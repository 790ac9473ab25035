"""The parts of an attack: who can be named in its steps, and how each is cast.

Only the parts that the steps name are cast, each in its place in one order, so that the lots fall alike. Where the
target offers none of a kind (no flawed credentials, no second group), that part stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_prose_go.contract import Flaw
from pytest_prose_go.scenario import Endpoint, GroupOwner, Inconclusive, Judge, Scenario, UserEquipment
from pytest_prose_go.scenario.scenario import DAY, LIFETIME
from pytest_prose_go.scenario.troupe import Troupe

_FLAWS: dict[str, tuple[Flaw, tuple[float, float]]] = {
    "expired": ("expired", (-60 * DAY, -30 * DAY)),
    "not-yet-valid": ("not-yet-valid", (30 * DAY, 60 * DAY)),
    "wrong-purpose": ("wrong-purpose", LIFETIME),
    "issued-by-member": ("issued-by-member", LIFETIME),
    "look-alike-issuer": ("look-alike-issuer", LIFETIME),
    "explicit-parameters": ("explicit-parameters", LIFETIME),
    "revoked": ("revoked", LIFETIME),
}

MEMBERS = ("alice", "bob", "carol", "dave")
FLAWED = tuple(_FLAWS)
VARIANTS = tuple(f"variant-{number}" for number in range(8))
NAMESAKES = ("namesake-0", "namesake-1", "namesake-2")
ABSENT = ("absent-0", "absent-1", "absent-2")
FLAWED_OWNERS = (*(f"{name}-go" for name in FLAWED), "without-key-go")


class Parts:
    """The parts of one scenario. Casting is lazy within :meth:`cast`; nobody acts yet."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._troupe = Troupe(scenario, Judge(scenario))
        self._cast: dict[str, Endpoint | None] = {}

    def cast(self, names: Iterable[str]) -> None:
        """Cast the parts of these names, and those that they need."""
        wanted = set(names)
        for name in ORDER:
            if name in wanted:
                self._part(name)

    def get(self, name: str) -> Endpoint | None:
        """Who plays the part; None if nobody does."""
        return self._cast.get(name)

    def _part(self, name: str) -> Endpoint | None:
        if name not in self._cast:
            try:
                self._cast[name] = _MAKERS[name](self)
            except (Inconclusive, _Missing):
                self._cast[name] = None
        return self._cast[name]

    def owner(self, name: str = "go") -> GroupOwner:
        part = self._part(name)
        if not isinstance(part, GroupOwner):
            raise _Missing
        return part

    def ue(self, name: str) -> UserEquipment:
        part = self._part(name)
        if not isinstance(part, UserEquipment):
            raise _Missing
        return part

    # --- how each is cast ------------------------------------------------------------------------

    def member(self) -> UserEquipment:
        return self._scenario.cast_ue(self.owner().group)

    def rogue(self, identity: str | None = None) -> UserEquipment:
        scenario, group = self._scenario, self.owner().group
        foreign = scenario.draw.authority()
        return scenario.cast_ue(
            group, identity, foreign, standing="rogue", trusts=(scenario.authority, foreign)
        )

    def stolen(self) -> UserEquipment:
        if self._scenario.statement.symmetric:
            raise _Missing
        group, name = self.owner().group, self.ue("alice").identity
        return self._scenario.cast_ue(group, name, standing="rogue", flaw="without-key")

    def flawed(self, name: str) -> UserEquipment:
        flaw, lifetime = _FLAWS[name]
        return self._scenario.cast_ue(self.owner().group, standing="rogue", flaw=flaw, lifetime=lifetime)

    def variant(self, number: int) -> UserEquipment:
        name = self.ue("alice").identity
        variants = self._troupe.variants(name)
        if number >= len(variants):
            raise _Missing
        return self._scenario.cast_ue(
            self.owner().group, variants[number], standing="rogue", flaw="name-variant"
        )

    def like_bob(self, number: int, credentialed: bool) -> UserEquipment:
        limits, name = self._scenario.statement.limits, self.ue("bob").identity
        if limits.identities is not None:
            raise _Missing
        other = "0" if name[-1] != "0" else "1"
        names = (
            [name[: limits.identity_most - 1], name[:-1] + other, name[: limits.identity_most - 1] + other]
            if credentialed
            else [name.upper(), name[:-1], name + "0"]
        )
        taken = {endpoint.identity for endpoint in self._scenario.endpoints}
        if not names[number] or names[number] in taken or len(names[number]) > limits.identity_most:
            raise _Missing
        return self._scenario.cast_ue(self.owner().group, names[number], credentialed=credentialed)

    def of_both(self, there: bool) -> UserEquipment:
        """A UE of two groups, as it is in one; cast for both parts at once."""
        here, elsewhere = self._scenario.cast_ue_of_both(self.owner().group, self.owner("other-go").group)
        self._cast.setdefault("both-here", here)
        self._cast.setdefault("both-there", elsewhere)
        return elsewhere if there else here

    def impostor(self, at_its_address: bool) -> GroupOwner:
        scenario, victim = self._scenario, self.owner()
        foreign = scenario.draw.authority()
        impostor = scenario.cast_owner(
            victim.group,
            victim.identity,
            foreign,
            standing="rogue",
            trusts=(scenario.authority, foreign),
        )
        if at_its_address:
            impostor.address = victim.address
        return impostor

    def open_owner(self) -> GroupOwner:
        return self._troupe.open_owner(self.owner())

    def owner_of_another_group(self) -> GroupOwner:
        impostor = self._troupe.owner_of_another_group(self.owner())
        self._cast.setdefault("other-groups-go-at-home", impostor.at_home)
        return impostor

    def at_home(self) -> Endpoint:
        home = self.owner("other-groups-go").at_home
        if home is None:
            raise _Missing
        return home

    def flawed_owner(self, name: str) -> GroupOwner:
        victim = self.owner()
        flaw, lifetime = _FLAWS.get(name, ("without-key", LIFETIME))
        return self._scenario.cast_owner(
            victim.group, victim.identity, standing="rogue", flaw=flaw, lifetime=lifetime
        )


class _Missing(Exception):
    """A part that cannot be cast here."""


Maker = Callable[[Parts], Endpoint]


def _flawed(name: str) -> Maker:
    return lambda parts: parts.flawed(name)


def _variant(number: int) -> Maker:
    return lambda parts: parts.variant(number)


def _like_bob(number: int, credentialed: bool) -> Maker:
    return lambda parts: parts.like_bob(number, credentialed)


def _flawed_owner(name: str) -> Maker:
    return lambda parts: parts.flawed_owner(name)


_MAKERS: dict[str, Maker] = {
    "go": lambda parts: parts._troupe.owner(),
    **{name: lambda parts: parts.member() for name in MEMBERS},
    **{name: _like_bob(number, True) for number, name in enumerate(NAMESAKES)},
    **{name: _like_bob(number, False) for number, name in enumerate(ABSENT)},
    "other-go": lambda parts: parts._troupe.second_group(parts.owner()),
    "second-go": lambda parts: parts._scenario.cast_second_group(parts.owner()),
    "second-member": lambda parts: parts._scenario.cast_ue(
        parts.owner("second-go").group, standing="outsider"
    ),
    "outsider": lambda parts: parts._scenario.cast_ue(parts.owner("other-go").group, standing="outsider"),
    "both-here": lambda parts: parts.of_both(False),
    "both-there": lambda parts: parts.of_both(True),
    "insider": lambda parts: parts._troupe.insider(parts.owner()),
    "rogue": lambda parts: parts.rogue(),
    "thief": lambda parts: parts.rogue(parts.ue("alice").identity),
    "stolen": lambda parts: parts.stolen(),
    "stranger": lambda parts: parts._troupe.stranger(parts.owner()),
    **{name: _flawed(name) for name in FLAWED},
    **{name: _variant(number) for number, name in enumerate(VARIANTS)},
    "impostor": lambda parts: parts.impostor(False),
    "twin-impostor": lambda parts: parts.impostor(True),
    "open-go": lambda parts: parts.open_owner(),
    "other-groups-go": lambda parts: parts.owner_of_another_group(),
    "other-groups-go-at-home": lambda parts: parts.at_home(),
    "member-as-go": lambda parts: parts._troupe.member_as_owner(parts.owner()),
    **{f"{name}-go": _flawed_owner(name) for name in (*FLAWED, "without-key")},
}
ORDER = tuple(_MAKERS)
"""All parts, in the order in which they are cast."""

ROGUE_UES = ("rogue", "thief", "stolen", "stranger", "outsider", "second-member", *FLAWED, *VARIANTS)
"""Those whom the GO must not admit (a variant of a name: not under another's name)."""

POSING_OWNERS = (
    "impostor",
    "open-go",
    "other-groups-go",
    "member-as-go",
    *FLAWED_OWNERS,
)
