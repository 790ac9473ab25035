"""The shims in other languages: each says what is written down beside it, and each of its mistakes is caught."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LINE = re.compile(r"^  ([A-Z]+\.[a-z-]+) .*  ([A-Z][A-Z ]*)$", re.MULTILINE)
FEW = (
    "BASE.admit",
    "BASE.unicast",
    "BASE.groupcast",
    "BASE.rejoin",
    "MUTUAL.member-as-owner",
    "AUTH.without-key",
    "PROT.replay",
    "MCAST.left",
)
"""Aspects that are asked of every shim in every run; the others only with ``-m slow``."""

C_MISTAKES = {
    "ANY_OWNER": "MUTUAL.member-as-owner",
    "NO_REPLAY_CHECK": "PROT.replay",
    "NO_REKEY": "MCAST.removed",
    "IN_CLEAR": "PROT.confidential-uplink",
    "NO_DATES": "AUTH.flawed-credentials",
}
NODE_MISTAKES = {
    "any-group": "AUTH.other-group",
    "reused-nonce": "PROT.keystream",
    "no-possession": "AUTH.without-key",
    "keeps-removed": "MCAST.removed",
    "no-revocation": "ISO.revoked",
}
Program = Callable[[str], str]


@pytest.fixture(scope="module")
def c_shim(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The command that runs the C shim, built with a mistake or without ("")."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or shutil.which("make") is None:
        pytest.skip("no C compiler and make here: install gcc and make")
    probe = [compiler, "-E", "-x", "c", "-"]
    includes = b"#include <openssl/evp.h>\n"
    if subprocess.run(probe, input=includes, capture_output=True, check=False).returncode:
        pytest.skip("no headers of OpenSSL here: install libssl-dev")

    @cache
    def built(mistake: str) -> str:
        folder = tmp_path_factory.mktemp(f"c_shim_{mistake}")
        shutil.copytree(EXAMPLES / "c_shim", folder, dirs_exist_ok=True)
        subprocess.run(["make", "-s", "-B", f"CC={compiler}", f"BREAK={mistake}"], cwd=folder, check=True)
        return str(folder / "c_shim")

    return built


@pytest.fixture(scope="module")
def node_shim() -> Program:
    """The command that runs the Node shim with a mistake or without ("")."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here: install nodejs")

    def command(mistake: str) -> str:
        words = [node, str(EXAMPLES / "node_shim" / "shim.js")]
        return shlex.join([*words, f"--break={mistake}"] if mistake else words)

    return command


@pytest.fixture(params=["c_shim", "node_shim"])
def shim(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The folder of a shim and the command that runs it."""
    program: Program = request.getfixturevalue(request.param)
    return request.param, program("")


def verdicts(program: str, folder: Path, *aspects: str) -> dict[str, str]:
    """What the suite says of ``program`` at depth quick, of all aspects or of those named."""
    command = [sys.executable, "-m", "pytest", f"--prose-target=exec:{program}", "--prose-depth=quick"]
    command += [f"--prose-requirement={aspect}" for aspect in aspects]
    command += ["--tb=native", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 6), done.stdout + done.stderr
    return {aspect: verdict.strip() for aspect, verdict in LINE.findall(done.stdout)}


def test_a_shim_works_and_is_found_good(shim: tuple[str, str], tmp_path: Path) -> None:
    said = verdicts(shim[1], tmp_path, *FEW)
    assert said == dict.fromkeys(FEW, "PASS")


@pytest.mark.slow
def test_the_suite_says_what_is_expected(shim: tuple[str, str], tmp_path: Path) -> None:
    folder, program = shim
    listed = tomllib.loads((EXAMPLES / folder / "expected.toml").read_text())["group"]
    expected = {aspect: group["verdict"] for group in listed for aspect in group["aspects"]}
    said = verdicts(program, tmp_path)
    assert {a: v for a, v in said.items() if v not in ("PASS", "NOT APPLICABLE")} == expected


@pytest.mark.slow
@pytest.mark.parametrize(("mistake", "aspect"), C_MISTAKES.items())
def test_a_mistake_in_the_c_shim_is_caught(
    mistake: str, aspect: str, c_shim: Program, tmp_path: Path
) -> None:
    assert verdicts(c_shim(mistake), tmp_path, aspect)[aspect] == "FAIL"


@pytest.mark.slow
@pytest.mark.parametrize(("mistake", "aspect"), NODE_MISTAKES.items())
def test_a_mistake_in_the_node_shim_is_caught(
    mistake: str, aspect: str, node_shim: Program, tmp_path: Path
) -> None:
    assert verdicts(node_shim(mistake), tmp_path, aspect)[aspect] == "FAIL"


@pytest.mark.parametrize(
    ("folder", "mistakes"), [("c_shim", C_MISTAKES), ("node_shim", NODE_MISTAKES)], ids=["c", "node"]
)
def test_the_readme_names_each_mistake_with_what_catches_it(folder: str, mistakes: dict[str, str]) -> None:
    page = (EXAMPLES / folder / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*\| `([A-Z]+\.[a-z-]+)` \|$", page, re.MULTILINE))
    assert rows == mistakes


def test_the_c_shim_is_small() -> None:
    lines = [
        line.strip()
        for path in (EXAMPLES / "c_shim").glob("*.[ch]")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    code = [line for line in lines if line and not (line.startswith("/*") and line.endswith("*/"))]
    assert len(code) < 1200
