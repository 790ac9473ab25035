"""The search at work: what it finds, keeps and plays again, within a run and outside."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from pytest_prose_go.cli import main
from pytest_prose_go.search.attack_file import Attack, read, write
from pytest_prose_go.search.exploring import Explorer, Finding
from pytest_prose_go.search.steps import Frames, Join, Replay, Send
from pytest_prose_go.targets.naming import find_target

REPLAY = Attack(
    kind="replay.hop",
    aspect="PROT.replay",
    seen="twice",
    target="reference:no-replay-window",
    seed="a",
    steps=(Join("alice"), Join("bob"), Send("alice", "bob"), Replay(Frames("alice", "Send"), "go")),
)


def explored(target: str, readings: int) -> list[Finding]:
    """What is found until the clock, which goes a second at each look, has been read so often."""
    open_target = find_target(target)
    opened = open_target()
    found: list[Finding] = []
    ticks = count()
    explorer = Explorer(open_target, opened.statement, "a", found.append, clock=lambda: float(next(ticks)))
    opened.close()
    explorer.explore(readings)
    return found


def test_a_fault_is_found_and_cut_down() -> None:
    found = explored("reference:mac-not-checked", 20)
    kinds = {one.violation.kind for one in found}
    assert any(kind.startswith("origin.") for kind in kinds)
    assert all(len(one.steps) <= one.drawn for one in found)
    assert len(kinds) == len(found)


def test_nothing_is_found_in_what_conforms() -> None:
    assert explored("reference", 8) == []


def test_the_command_keeps_what_it_finds_and_knows_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["search", "reference:plaintext-multicast", "--at-most=2", "-n1", "--seed=a", "--minutes=9"]
    assert main([*words, f"--attacks={tmp_path}"]) == 1
    kept = tmp_path / "plaintext.groupcast.attack.json"
    assert read(kept).aspect == "MCAST.outsiders"
    assert (tmp_path / "plaintext.groupcast.svg").read_text().startswith("<svg")
    assert "FOUND MCAST.outsiders" in capsys.readouterr().out
    assert main([*words, f"--attacks={tmp_path}"]) == 1
    assert "known: MCAST.outsiders (plaintext.groupcast): still there" in capsys.readouterr().out


def test_a_target_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "no-such-target"]) == 2
    assert "no-such-target" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [("reference:no-replay-window", 1, "*PROT.replay*FAIL*"), ("reference", 0, "*1 passed*")],
)
def test_an_attack_is_played_again(pytester: pytest.Pytester, target: str, code: int, said: str) -> None:
    write(pytester.path / "attacks", REPLAY, "<svg/>")
    told = pytester.runpytest_inprocess(
        f"--prose-target={target}", "--prose-replay=attacks", "-p", "no:randomly"
    )
    assert told.ret == code
    told.stdout.fnmatch_lines([said])


def test_a_replay_needs_a_target_and_a_file(pytester: pytest.Pytester) -> None:
    assert pytester.runpytest_inprocess("--prose-replay=attacks").ret == pytest.ExitCode.USAGE_ERROR
    told = pytester.runpytest_inprocess("--prose-target=reference", "--prose-replay=attacks")
    assert told.ret == pytest.ExitCode.USAGE_ERROR


def test_that_a_search_found_nothing_shows_nothing(pytester: pytest.Pytester) -> None:
    told = pytester.runpytest_inprocess("--prose-target=reference", "--prose-case=PROT.integrity.searched")
    told.stdout.fnmatch_lines(["*PROT.integrity*1 of *NOT SHOWN*"])
    assert told.ret == 6


def test_what_a_search_finds_fails_the_aspect_that_it_breaks(pytester: pytest.Pytester) -> None:
    told = pytester.runpytest_inprocess(
        "--prose-target=reference:mac-not-checked", "--prose-case=PROT.integrity.searched",
        "--prose-depth=exhaustive", "--prose-seed=1",
    )  # fmt: skip
    told.stdout.fnmatch_lines(["*PROT.integrity*FAIL*"])
    assert told.ret == 1
