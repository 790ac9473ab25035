"""The tutorial, word by word: its commands are run, its files are written, and what it quotes is said."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "your-first-target.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALLS = "python -m pip install pytest-prose-go"


def run(command: str, folder: Path) -> str:
    """What a command of the tutorial prints, run with the programs of this environment."""
    program, *words = shlex.split(command)
    module = {"prose-go": "pytest_prose_go.cli", "pytest": "pytest"}[program]
    quiet = ["-p", "no:cacheprovider"] if program == "pytest" else []
    done = subprocess.run(
        [sys.executable, "-m", module, *words, *quiet],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1, 6), done.stdout + done.stderr
    return done.stdout


def changed(text: str, diff: str) -> str:
    """``text`` after a change that the tutorial shows: lines that stay, and lines that are new."""
    lines = diff.splitlines()
    before = "\n".join(line[1:] for line in lines if line[0] == " ")
    after = "\n".join(line[1:] for line in lines)
    assert text.count(before) == 1
    return text.replace(before, after)


@pytest.mark.parametrize("page", [PAGE], ids=["your-first-target"])
def test_the_tutorial_holds_word_by_word(page: str, tmp_path: Path) -> None:
    adapter = tmp_path / "whisper.py"
    said = ""
    ran = 0
    for kind, text in BLOCK.findall(page):
        match kind:
            case "sh":
                said = run(text.strip(), tmp_path)
                ran += 1
            case "python":
                adapter.write_text(text, encoding="utf-8")
            case "diff":
                adapter.write_text(changed(adapter.read_text(encoding="utf-8"), text), encoding="utf-8")
            case "text" if text.strip() != INSTALLS:
                missing = [
                    line for line in text.splitlines() if line != "…" and line not in said.splitlines()
                ]
                assert missing == [], said
    assert ran == 5
