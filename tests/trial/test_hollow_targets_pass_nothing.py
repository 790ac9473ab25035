"""Whoever protects nothing passes nothing: the whole suite against the hollow targets that do most for it.

``prose-go qualify`` tries them all.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import conformance
from pytest_prose_go.catalogue import load

CATALOGUE = load(Path(conformance.__file__).parent)
LINE = re.compile(r"^  ([A-Z]+\.[a-z-]+) .* ([A-Z][A-Z ]*)$", re.MULTILINE)

Verdicts = dict[str, str]


@pytest.fixture(scope="module")
def verdicts_on(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Verdicts]:
    """The verdict on each aspect, as a run of its own prints them in its table."""

    @cache
    def run(name: str) -> Verdicts:
        command = [sys.executable, "-m", "pytest", f"--prose-target=hollow:{name}"]
        command += ["--prose-depth=quick", "--tb=native", "-q", "-p", "no:cacheprovider"]
        folder = tmp_path_factory.mktemp(name)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1, 6), done.stdout + done.stderr
        assert "INTERNALERROR" not in done.stdout
        assert "verdict overall" in done.stdout
        lines = LINE.findall(done.stdout)
        verdicts = {aspect: verdict.split("  ")[-1].strip() for aspect, verdict in lines}
        assert verdicts.keys() == CATALOGUE.aspects.keys()
        return verdicts

    return run


def passed(verdicts: Verdicts) -> list[str]:
    return [name for name, verdict in verdicts.items() if verdict == "PASS" and not name.startswith("BASE.")]


def test_a_target_without_protection_fails(verdicts_on: Callable[[str], Verdicts]) -> None:
    verdicts = verdicts_on("in-clear")
    failed = {aspect for aspect, verdict in verdicts.items() if verdict == "FAIL"}
    assert {aspect.split(".")[0] for aspect in failed} >= {"MUTUAL", "AUTH", "PROT", "MCAST"}
    assert failed >= {"PROT.confidential-uplink", "PROT.confidential-downlink", "MCAST.outsiders"}


def test_a_target_that_talks_past_the_air_is_unfit(verdicts_on: Callable[[str], Verdicts]) -> None:
    verdicts = verdicts_on("past-the-air")
    assert passed(verdicts) == []
    assert verdicts["BASE.admit"] == "ERROR"
    assert "PASS" not in verdicts.values()


def test_the_mailbox_works_by_a_memory_that_isolation_takes_away(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--prose-target=hollow:mailbox"]
    aspects = ("BASE.admit", "BASE.unicast", "BASE.groupcast")
    command += [f"--prose-requirement={aspect}" for aspect in aspects]
    command += ["--prose-depth=quick", "-q", "-p", "no:cacheprovider"]
    said = {}
    for isolate in ([], ["--prose-isolate"]):
        done = subprocess.run([*command, *isolate], cwd=tmp_path, capture_output=True, text=True, check=False)
        said[bool(isolate)] = dict(LINE.findall(done.stdout))
    assert {said[False][aspect].split()[-1] for aspect in aspects} == {"PASS"}
    assert "PASS" not in {said[True][aspect].split()[-1] for aspect in aspects}
