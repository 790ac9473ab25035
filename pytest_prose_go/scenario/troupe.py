"""Who plays in a case: honest members, and those with whom the attacker comes.

One troupe a scenario. Everything here only casts (makes credentials); nobody acts yet.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from pytest_prose_go.contract import Flaw
from pytest_prose_go.scenario.endpoints import GroupOwner, UserEquipment
from pytest_prose_go.scenario.judging import Judge
from pytest_prose_go.scenario.outcome import CaseMisuse, Inconclusive
from pytest_prose_go.scenario.scenario import DAY, LIFETIME, Scenario

FLAWS: tuple[tuple[Flaw, tuple[float, float]], ...] = (
    ("expired", (-60 * DAY, -30 * DAY)),
    ("not-yet-valid", (30 * DAY, 60 * DAY)),
    ("wrong-purpose", LIFETIME),
    ("issued-by-member", LIFETIME),
    ("look-alike-issuer", LIFETIME),
    ("explicit-parameters", LIFETIME),
)
"""The flaws of a UE's own credentials, with the lifetime that goes with each (seconds from the start)."""

OWNERS_FLAWS: tuple[tuple[Flaw, tuple[float, float]], ...] = (
    ("revoked", LIFETIME),
    ("without-key", LIFETIME),
)
"""Further ones of a GO's. For a UE there are cases of their own."""


_LARGE = (3, 5)
"""Members of a large group: three at least, since a smaller one shows less, and so many where the target can."""


class BothWays(NamedTuple):
    """One UE with credentials for two groups, as it is in each."""

    here: UserEquipment
    there: UserEquipment


class Troupe:
    """Casts endpoints by what they are to the group. The first Group Owner is the one meant by default."""

    def __init__(self, scenario: Scenario, judge: Judge) -> None:
        self._scenario = scenario
        self._judge = judge
        self._first_owner: GroupOwner | None = None

    # --- the honest ------------------------------------------------------------------------------

    def owner(self) -> GroupOwner:
        """An honest GO with a group of its own."""
        owner = self._scenario.cast_owner()
        self._first_owner = self._first_owner or owner
        return owner

    def second_group(self, owner: GroupOwner) -> GroupOwner:
        """Another honest GO of the same authority: the owner of a group that is not ``owner``'s."""
        return self._scenario.cast_owner(authority=self._scenario.authority)

    def member(self, owner: GroupOwner | None = None) -> UserEquipment:
        """An honest UE with good credentials for the group of ``owner``."""
        return self._scenario.cast_ue(self._of(owner).group)

    def standing_group(self, members: int) -> tuple[GroupOwner, tuple[UserEquipment, ...]]:
        """A GO and so many honest UEs, joined (a control)."""
        most = self._scenario.statement.limits.members
        if members > most:
            raise Inconclusive(f"not tried: the target's groups have {most} members at most (limits.members)")
        owner = self.owner()
        ues = tuple(self.member(owner) for _ in range(members))
        self._judge.admits(owner, *ues)
        return owner, ues

    def large_group(self) -> tuple[GroupOwner, tuple[UserEquipment, ...]]:
        """A GO and five honest UEs, or as many as the target's groups may have, joined (a control)."""
        least, most = _LARGE
        return self.standing_group(max(least, min(most, self._scenario.statement.limits.members)))

    def group_of_namesakes(self) -> tuple[GroupOwner, UserEquipment, tuple[UserEquipment, ...]]:
        """A GO, a member, and members with names that begin alike, joined (a control). Where names come from a
        pool of the target's they are as it has them."""
        draw, limits = self._scenario.draw, self._scenario.statement.limits
        owner, alice, name = self.owner(), self.member(), draw.identity()
        names = [name, draw.identity(), draw.identity()]
        if limits.identities is None:
            other = "0" if name[-1] != "0" else "1"
            names = [
                name[: limits.identity_most - 1],
                name[:-1] + other,
                name[: limits.identity_most - 1] + other,
            ]
        if limits.members < 1 + len(names):
            names = names[: max(limits.members - 1, 1)]
        namesakes = tuple(self._scenario.cast_ue(owner.group, identity=each) for each in dict.fromkeys(names))
        self._judge.admits(owner, alice, *namesakes)
        return owner, alice, namesakes

    def group_and_absent_namesakes(
        self,
    ) -> tuple[GroupOwner, UserEquipment, UserEquipment, tuple[UserEquipment, ...]]:
        """A GO and two members, joined (a control), and UEs that never ask, named like the second but for the case,
        the end or one more sign. Where names come from a pool of the target's they are as it has them."""
        owner, alice, bob = self.owner(), self.member(), self.member()
        limits, name = self._scenario.statement.limits, bob.identity
        if limits.identities is None:
            names = [name.upper(), name[:-1], *([name + "0"] if len(name) < limits.identity_most else [])]
        else:
            names = [self._scenario.draw.identity()]
        absent = tuple(
            self._scenario.cast_ue(owner.group, identity=each, credentialed=False)
            for each in dict.fromkeys(names)
            if each not in ("", name)
        )
        self._judge.admits(owner, alice, bob)
        return owner, alice, bob, absent

    # --- the attacker's --------------------------------------------------------------------------

    def rogue(
        self,
        owner: GroupOwner | None = None,
        identity: str | None = None,
        flaw: Flaw | None = None,
    ) -> UserEquipment:
        """A UE that ``owner`` must not admit: of an authority that it does not trust or, with ``flaw``, of
        flawed credentials. It trusts everybody, so that only the GO's refusal can keep it out.

        Its admirer, for :meth:`Judge.fit`, is an owner of the same group that trusts its authority (the
        rogue of a flaw has none: an honest member is its control).
        """
        victim = self._of(owner)
        scenario = self._scenario
        if flaw is not None:
            return scenario.cast_ue(victim.group, identity=identity, standing="rogue", flaw=flaw)
        foreign = scenario.draw.authority()
        both = (scenario.authority, foreign)
        rogue = scenario.cast_ue(
            victim.group, identity=identity, authority=foreign, standing="rogue", trusts=both
        )
        symmetric = scenario.statement.symmetric
        rogue.admirer = scenario.cast_owner(
            group=victim.group,
            authority=foreign if symmetric else scenario.authority,
            trusts=(foreign,) if symmetric else both,
        )
        return rogue

    def thieves(self, victim: UserEquipment) -> list[UserEquipment]:
        """UEs that bear the name of ``victim``: of an authority that the GO does not trust and, where the target
        offers that, with the public part of its credentials and another key."""
        thieves = [self.rogue(identity=victim.identity)]
        if not self._scenario.statement.symmetric:
            with suppress(Inconclusive):  # noted as not tried
                thieves.append(self.rogue(identity=victim.identity, flaw="without-key"))
        return thieves

    def stranger(self, owner: GroupOwner | None = None) -> UserEquipment:
        """A UE without any credentials."""
        return self._scenario.cast_ue(self._of(owner).group, standing="rogue", credentialed=False)

    def outsider(self, owner: GroupOwner | None = None) -> tuple[UserEquipment, GroupOwner]:
        """A UE with good credentials of the same authority for another group, and that group's GO."""
        elsewhere = self.second_group(self._of(owner))
        return self._scenario.cast_ue(elsewhere.group, standing="outsider"), elsewhere

    def insider(self, owner: GroupOwner | None = None) -> UserEquipment:
        """A UE with good credentials for the group, under the attacker."""
        return self._scenario.cast_ue(self._of(owner).group, standing="insider")

    def rogue_owner(self, owner: GroupOwner | None = None) -> GroupOwner:
        """A GO that poses as ``owner`` (its name, its group) with credentials of an authority that the
        members do not trust. Its admirer is a UE that trusts it."""
        victim = self._of(owner)
        scenario = self._scenario
        foreign = scenario.draw.authority()
        both = (scenario.authority, foreign)
        rogue = scenario.cast_owner(
            group=victim.group, identity=victim.identity, authority=foreign, standing="rogue", trusts=both
        )
        symmetric = scenario.statement.symmetric
        rogue.admirer = scenario.cast_ue(
            victim.group,
            authority=foreign if symmetric else scenario.authority,
            trusts=(foreign,) if symmetric else both,
        )
        return rogue

    def open_owner(self, owner: GroupOwner | None = None) -> GroupOwner:
        """A GO that owns ``owner``'s group without any credentials: under its name, where a name can be claimed."""
        victim = self._of(owner)
        claims = self._scenario.statement.claims_identity
        return self._scenario.cast_owner(
            group=victim.group,
            standing="rogue",
            credentialed=False,
            claim=victim.identity if claims else None,
        )

    def owner_under_anothers_name(self, owner: GroupOwner | None = None) -> GroupOwner:
        """A GO with good owner's credentials of its own for ``owner``'s group, which it owns under ``owner``'s name.
        Raises :class:`Inconclusive` if no name can be claimed."""
        victim = self._of(owner)
        if not self._scenario.statement.claims_identity:
            raise Inconclusive("not tried: the target takes a station's name from its credentials alone")
        return self._scenario.cast_owner(group=victim.group, standing="insider", claim=victim.identity)

    def owner_of_another_group(self, owner: GroupOwner | None = None) -> GroupOwner:
        """A GO with good owner's credentials for another group that owns ``owner``'s group with them."""
        home = self._scenario.draw.group()
        impostor = self._scenario.cast_owner(
            group=self._of(owner).group, credentials_group=home, standing="outsider"
        )
        impostor.at_home = self._scenario.in_another_role(impostor, home)
        return impostor

    def member_as_owner(self, owner: GroupOwner | None = None) -> GroupOwner:
        """A member with good credentials of a member that owns ``owner``'s group with them."""
        victim = self._of(owner)
        return self._scenario.cast_owner(group=victim.group, standing="insider", role="member")

    def flawed_ues(self, owner: GroupOwner, victim: UserEquipment) -> list[UserEquipment]:
        """A UE for each flaw that the target offers, and for each variant of the name of ``victim``, under its own
        name and claiming the victim's. Raises
        :class:`Inconclusive` if it offers none."""
        ues = []
        claims = (None, victim.identity) if self._scenario.statement.claims_identity else (None,)
        variants: list[tuple[str, str | None, Flaw, tuple[float, float]]] = [
            (variant, claim, "name-variant", LIFETIME)
            for variant in self.variants(victim.identity)
            for claim in claims
        ]
        for identity, claim, flaw, lifetime in (*((None, None, *flaw) for flaw in FLAWS), *variants):
            try:
                ues.append(
                    self._scenario.cast_ue(
                        owner.group,
                        identity=identity,
                        standing="rogue",
                        flaw=flaw,
                        lifetime=lifetime,
                        claim=claim,
                    )
                )
            except Inconclusive:
                continue  # noted as not tried
        if not ues:
            raise Inconclusive("not tried: the target offers no flawed credentials")
        return ues

    def flawed_owners(self, owner: GroupOwner) -> list[GroupOwner]:
        """A station that poses as ``owner`` for each flaw of credentials that the target offers. Raises
        :class:`Inconclusive` if it offers none."""
        posing = []
        for flaw, lifetime in (*FLAWS, *OWNERS_FLAWS):
            try:
                posing.append(
                    self._scenario.cast_owner(
                        owner.group, owner.identity, standing="rogue", flaw=flaw, lifetime=lifetime
                    )
                )
            except Inconclusive:
                continue  # noted as not tried
        if not posing:
            raise Inconclusive("not tried: the target offers no flawed credentials")
        return posing

    def variants(self, name: str) -> list[str]:
        """Variants of ``name``: in other letters, longer, as long as can be, shorter, with a NUL."""
        most = self._scenario.statement.limits.identity_most
        variants = [name.upper(), name + " ", name + "\0", name + "\0x", name[:-1], name + "0", " " + name]
        variants.append(name.ljust(most, "0"))
        return [v for v in dict.fromkeys(variants) if 0 < len(v) <= most and v != name]

    # --- whole scenes ----------------------------------------------------------------------------

    def group_and_rogue(self, members: int) -> tuple[GroupOwner, tuple[UserEquipment, ...], UserEquipment]:
        """A GO and so many joined members (a control), and a rogue UE."""
        owner = self.owner()
        ues = tuple(self.member(owner) for _ in range(members))
        rogue = self.rogue(owner)
        self._judge.admits(owner, *ues)
        return owner, ues, rogue

    def group_and_refused(
        self, members: int, why: str
    ) -> tuple[GroupOwner, tuple[UserEquipment, ...], UserEquipment]:
        """A GO and so many joined members (a control), and a UE that the GO must not admit: of a ``foreign`` authority
        or with credentials for ``another-group``. It was fit (a control)."""
        if why == "foreign":
            owner, ues, rogue = self.group_and_rogue(members)
            self._judge.fit(rogue)
            return owner, ues, rogue
        owner, ues, outsider, elsewhere = self.group_and_outsider(members)
        self._judge.admits(elsewhere, outsider)
        outsider.leaves(elsewhere)
        self._judge.outlasts_patience()
        return owner, ues, outsider

    def group_and_outsider(
        self, members: int
    ) -> tuple[GroupOwner, tuple[UserEquipment, ...], UserEquipment, GroupOwner]:
        """A GO and so many joined members (a control), a UE of another group, and that group's GO."""
        owner = self.owner()
        ues = tuple(self.member(owner) for _ in range(members))
        outsider, elsewhere = self.outsider(owner)
        self._judge.admits(owner, *ues)
        return owner, ues, outsider, elsewhere

    def group_and_newcomer(self, members: int) -> tuple[GroupOwner, tuple[UserEquipment, ...], UserEquipment]:
        """A GO and so many joined members (a control), and an honest UE that has not asked yet."""
        owner = self.owner()
        ues = tuple(self.member(owner) for _ in range(members))
        newcomer = self.member(owner)
        self._judge.admits(owner, *ues)
        return owner, ues, newcomer

    def two_groups_of_one_owner(
        self, members: int
    ) -> tuple[GroupOwner, tuple[UserEquipment, ...], GroupOwner, UserEquipment]:
        """A GO that owns two groups: so many members of the first, and one of the second, joined."""
        owner = self.owner()
        other = self._scenario.cast_second_group(owner)
        ues = tuple(self.member(owner) for _ in range(members))
        outsider = self._scenario.cast_ue(other.group, standing="outsider")
        self._judge.admits(owner, *ues)
        self._judge.admits(other, outsider)
        return owner, ues, other, outsider

    def second_group_of_its_owner(self, members: int) -> tuple[GroupOwner, tuple[UserEquipment, ...]]:
        """A GO that owns two groups, as the owner of the second, and so many members of that one, joined (a control);
        the first has a member too."""
        owner = self.owner()
        other = self._scenario.cast_second_group(owner)
        first = self.member(owner)
        ues = tuple(self._scenario.cast_ue(other.group) for _ in range(members))
        self._judge.admits(owner, first)
        self._judge.admits(other, *ues)
        return other, ues

    def ue_of_two_groups(self, owner: GroupOwner) -> tuple[UserEquipment, GroupOwner, UserEquipment]:
        """An honest UE with good credentials for the group of ``owner`` and for that of an insider, who owns
        it; and a twin, a member of the first."""
        scenario = self._scenario
        trap = scenario.cast_owner(standing="insider")
        alice = scenario.cast_ue(trap.group)
        scenario.issue(alice.identity, owner.group, scenario.authority, "member")
        return alice, trap, self.member(owner)

    def two_groups_and_a_ue_of_both(
        self,
    ) -> tuple[GroupOwner, GroupOwner, tuple[UserEquipment, ...], BothWays]:
        """Two GOs of one authority, two joined members of the first (a control; the second of them an
        insider), and an honest UE with good credentials for both groups that has not asked yet."""
        owner = self.owner()
        elsewhere = self.second_group(owner)
        members = (self.member(owner), self.insider(owner))
        both = self._scenario.cast_ue_of_both(owner.group, elsewhere.group)
        self._judge.admits(owner, *members)
        elsewhere.owns()
        return owner, elsewhere, members, BothWays(*both)

    def group_with_two_about_to_join(
        self,
    ) -> tuple[GroupOwner, UserEquipment, UserEquipment, UserEquipment]:
        """A GO with a joined member (a control), an honest UE and an insider that have not asked yet."""
        owner = self.owner()
        bob, alice, mallory = self.member(owner), self.member(owner), self.insider(owner)
        self._judge.admits(owner, bob)
        return owner, bob, alice, mallory

    def group_and_rogue_owner(self, members: int) -> tuple[GroupOwner, tuple[UserEquipment, ...], GroupOwner]:
        """A GO and so many joined members (a control), and a station that poses as it at its address; that one
        was fit (a control)."""
        owner = self.owner()
        ues = tuple(self.member(owner) for _ in range(members))
        impostor = self.rogue_owner(owner)
        impostor.address = owner.address
        owner.falls_silent()  # or it would answer what is meant for the other at its address
        self._judge.fit(impostor)
        impostor.falls_silent()
        owner.speaks_again()
        self._judge.admits(owner, *ues)
        return owner, ues, impostor

    def group_and_member_as_owner(
        self, members: int
    ) -> tuple[GroupOwner, tuple[UserEquipment, ...], GroupOwner]:
        """A GO and so many joined members (a control), and a silent station with a member's credentials at the GO's
        address."""
        owner = self.owner()
        ues = tuple(self.member(owner) for _ in range(members))
        impostor = self.member_as_owner(owner)
        impostor.address = owner.address
        impostor.falls_silent()
        self._judge.admits(owner, *ues)
        return owner, ues, impostor

    def man_in_the_middle(
        self,
    ) -> tuple[GroupOwner, UserEquipment, GroupOwner, UserEquipment]:
        """A GO and a UE, and the attacker's stations that pose as the one and the other."""
        owner = self.owner()
        alice = self.member(owner)
        return owner, alice, self.rogue_owner(owner), self.rogue(owner, identity=alice.identity)

    def _of(self, owner: GroupOwner | None) -> GroupOwner:
        chosen = owner or self._first_owner
        if chosen is None:
            raise CaseMisuse("cast a Group Owner first")
        return chosen
