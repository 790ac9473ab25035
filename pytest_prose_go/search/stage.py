"""The search within a run: a case that composes a few attacks, and a case for each attack that is played again.

Both end like any case, with what their scenario came to. That nothing was found is no evidence, and counts for
nothing: see ``search`` in :class:`~pytest_prose_go.catalogue.Purpose`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

from pytest_prose_go.contract import Target
from pytest_prose_go.judge.finding import Violation
from pytest_prose_go.scenario import Conclusion, GroupOwner, Judge, Scenario, UserEquipment
from pytest_prose_go.scenario.troupe import Troupe
from pytest_prose_go.search.attack_file import Attack
from pytest_prose_go.search.parts import MEMBERS
from pytest_prose_go.search.phrases import DealtLots, Focus, composed
from pytest_prose_go.search.playing import Player, named
from pytest_prose_go.search.shrinking import shrunk
from pytest_prose_go.search.steps import AnyStep
from pytest_prose_go.search.trying import Trial, scenario_seed, shows
from pytest_prose_go.search.words import in_words

EXAMPLES = {"quick": 1, "standard": 2, "exhaustive": 400}
"""Attacks that one case composes, by depth."""

_PHRASES = 2
"""Phrases of each, at most."""

_CUTS = 200
"""Attacks that are played, at most, to make the one that was found shorter."""


class Search:
    """Composes attacks in a case. Its ``scenario`` is the case's: that of the controls, or of the attack that was
    found."""

    def __init__(self, open_target: Callable[[], Target], case: str, seed: bytes, depth: str) -> None:
        self._open_target = open_target
        self._seed = seed
        self._depth = depth
        self.scenario = Scenario(open_target, case, seed, depth)
        self.logs: list[tuple[int, str]] = []

    @property
    def target(self) -> Target:
        return self.scenario.target

    def composes(self, focus: Focus) -> None:
        """Have a GO and two UEs join and speak (controls), and then play a few attacks on other stations, by depth."""
        scenario = self.scenario
        judge = Judge(scenario)
        _, (alice, bob) = Troupe(scenario, judge).standing_group(2)
        judge.delivers(alice, bob)
        if scenario.statement.clock == "real":
            scenario.note("on a real clock no attack is composed in a run: prose-go search does that")
            return
        random = Random(self._seed)
        lots = DealtLots(random, scenario.statement)
        count = EXAMPLES[self._depth]
        for _ in range(count):
            steps, seed = composed(lots, focus, _PHRASES), random.randbytes(8).hex()
            with Trial(self._open_target, steps, seed) as trial:
                violations = trial.judged()
                if trial.player.broke is not None:
                    raise trial.player.broke
            if violations:
                self._takes(steps, seed, violations[0])
                return
        scenario.note(f"{count} attacks composed by lot")

    def _takes(self, steps: list[AnyStep], seed: str, violation: Violation) -> None:
        """Cut the attack down, and make the play of the shortest this case's."""
        left = _CUTS

        def still(tried: Sequence[AnyStep]) -> bool:
            nonlocal left
            left -= 1
            return shows(self._open_target, tried, seed, violation.kind)

        steps = shrunk(steps, still, lambda: left <= 0)
        self.close()
        self.scenario = Scenario(self._open_target, self.scenario.case, scenario_seed(seed), self._depth)
        player = Player(self.scenario, steps)
        player.play()
        for number, line in enumerate(in_words(steps), start=1):
            self.scenario.note(f"{number}. {line}")
        if player.broke is not None:
            raise player.broke

    def conclude(self, raised: BaseException | None) -> Conclusion:
        conclusion = self.scenario.conclude(raised)
        self.logs = self.scenario.logs
        return conclusion

    def evidence(self) -> bytes:
        return self.scenario.evidence()

    def close(self) -> None:
        self.scenario.close()


def plays_again(scenario: Scenario, attack: Attack) -> None:
    """Play the attack on ``scenario``, made with :func:`~.trying.scenario_seed` of its seed, and have a UE that had no
    part in it join its GO and speak (controls)."""
    names = named(attack.steps)
    bystander = next((name for name in MEMBERS if name not in names), MEMBERS[-1])
    player = Player(scenario, attack.steps, ("go", bystander))
    player.play()
    if player.broke is not None:
        raise player.broke
    scenario.note(f"{player.done.count(True)} of {len(attack.steps)} steps could be done")
    owner, ue = player.parts.get("go"), player.parts.get(bystander)
    if isinstance(owner, GroupOwner) and isinstance(ue, UserEquipment):
        with suppress(LookupError):
            owner.speaks_again()
        Judge(scenario).admits_anew(owner, ue)
