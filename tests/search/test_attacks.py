"""Attacks as data: composed, played, cut down, written and read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import msgspec
import pytest

from pytest_prose_go.contract import Statement
from pytest_prose_go.search import phrases
from pytest_prose_go.search.attack_file import Attack, AttackFileError, files, read, write
from pytest_prose_go.search.parts import ORDER
from pytest_prose_go.search.phrases import EVERYTHING, DealtLots, Phrase, composed
from pytest_prose_go.search.playing import named
from pytest_prose_go.search.shrinking import shrunk
from pytest_prose_go.search.steps import AnyStep, Frames, Join, Leave, Replay, Send, Wait
from pytest_prose_go.search.trying import Trial, shows
from pytest_prose_go.search.words import in_words
from pytest_prose_go.targets.naming import find_target

STATEMENT = Statement(product="a", version="1", claims_identity=True)
REPLAYED = (Join("alice"), Join("bob"), Send("alice", "bob"), Replay(Frames("alice", "Send"), "go"))


def test_equal_seeds_compose_equal_attacks() -> None:
    one, other = (DealtLots(Random(7), STATEMENT) for _ in range(2))
    assert [composed(one) for _ in range(20)] == [composed(other) for _ in range(20)]


@pytest.mark.parametrize("phrase", dict.fromkeys(EVERYTHING), ids=lambda phrase: phrase.__name__)
def test_a_phrase_names_parts_that_there_are(phrase: Phrase) -> None:
    lots = DealtLots(Random(1), STATEMENT)
    for _ in range(30):
        assert named(phrase(lots)) <= set(ORDER)


def test_every_step_comes_back_from_a_file_and_has_words() -> None:
    lots = DealtLots(Random(3), STATEMENT)
    steps = [step for phrase in dict.fromkeys(EVERYTHING) for _ in range(5) for step in phrase(lots)]
    assert msgspec.json.decode(msgspec.json.encode(steps), type=list[AnyStep]) == steps
    assert all(in_words(steps))


def test_lots_that_are_dealt_come_all_before_any_comes_again() -> None:
    lots = DealtLots(Random(2), STATEMENT)
    assert sorted(lots.one(*"abcdef") for _ in range(6)) == list("abcdef")


def test_what_is_cut_down_cannot_be_shorter() -> None:
    def needs(steps: Sequence[AnyStep]) -> bool:
        joins = [place for place, step in enumerate(steps) if step == Join("alice")]
        sends = [step for step in steps if isinstance(step, Send) and step.times >= 5]
        return bool(joins and sends)

    long: list[AnyStep] = [
        Wait(),
        Join("bob"),
        Join("alice"),
        Leave("bob"),
        Send("bob", "alice", 40, 33),
        Wait("idle"),
    ]
    assert shrunk(long, needs, lambda: False) == [Join("alice"), Send("bob", times=5)]


def test_a_fault_shows_and_the_conforming_target_does_not() -> None:
    assert shows(find_target("reference:no-replay-window"), REPLAYED, "a", "replay.hop")
    assert not shows(find_target("reference"), REPLAYED, "a", "replay.hop")


def test_a_step_that_cannot_be_done_is_skipped() -> None:
    steps: list[AnyStep] = [
        Leave("alice"),
        Replay(Frames("alice", "Send"), "go"),
        Join("alice"),
        Leave("alice"),
    ]
    with Trial(find_target("reference"), steps, "a") as trial:
        assert trial.judged() == ()
        assert trial.player.done == [False, False, True, True]


def _attack() -> Attack:
    return Attack(
        kind="replay.hop", aspect="PROT.replay", seen="twice", target="x:y", seed="a", steps=REPLAYED
    )


def test_an_attack_is_written_for_its_owner_and_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, _attack(), "<svg/>")
    assert read(path) == _attack()
    assert path.stat().st_mode & 0o077 == 0
    assert files(tmp_path) == [path]


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99, "steps": []}'])
def test_what_is_no_attack_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.attack.json"
    path.write_text(text)
    with pytest.raises(AttackFileError, match=r"a\.attack\.json"):
        read(path)


def test_every_focus_has_phrases() -> None:
    assert all(phrases.PHRASES.values())
