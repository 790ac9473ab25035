"""Attacks in files as cases: each is played again on the target, and fails the aspect that it still breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_prose_go.run import Run
from pytest_prose_go.scenario_key import CASE_KEY, SCENARIO_KEY
from pytest_prose_go.search.attack_file import SUFFIX, Attack, AttackFileError, files, read


class AttackFile(pytest.File):
    """A file with an attack."""

    run: Run

    def collect(self) -> Iterator[pytest.Item]:
        try:
            attack = read(self.path)
        except AttackFileError as error:
            raise self.CollectError(str(error)) from error
        item: AttackItem = AttackItem.from_parent(self, name=attack.kind)
        item.attack = attack
        item.run = self.run
        item.add_marker(pytest.mark.requirement(attack.aspect))
        yield item


class AttackItem(pytest.Item):
    """The attack as a case. Its lots are those of the file, whatever the run's seed is."""

    attack: Attack
    run: Run

    def runtest(self) -> None:
        from pytest_prose_go.scenario import Scenario
        from pytest_prose_go.search.stage import plays_again
        from pytest_prose_go.search.trying import scenario_seed

        seed = scenario_seed(self.attack.seed)
        scenario = Scenario(self.run.open_target, self.stash[CASE_KEY].id, seed, self.run.settings.depth)
        self.addfinalizer(scenario.close)
        self.stash[SCENARIO_KEY] = scenario
        plays_again(scenario, self.attack)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.attack.aspect}: {self.name}"


class ReplayHooks:
    """Pytest's hook that finds attacks among what is collected."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        if not file_path.name.endswith(SUFFIX):
            return None
        file: AttackFile = AttackFile.from_parent(parent, path=file_path)
        file.run = self.run
        return file


def collect_attacks(config: pytest.Config, given: list[str]) -> None:
    """Make the attacks of these files and folders what is collected, beside paths on the command line.

    Raises :class:`pytest.UsageError` where there is none.
    """
    try:
        found = [str(file.resolve()) for path in given for file in files(Path(path))]
    except AttackFileError as error:
        raise pytest.UsageError(f"--prose-replay: {error}") from error
    named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    config.args = [*named, *found]
    config.args_source = pytest.Config.ArgsSource.ARGS
