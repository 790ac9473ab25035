"""The whole suite against TLS on every hop says what is written down beside it, and no more."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import examples.tls_hops

LINE = re.compile(r"^  ([A-Z]+\.[a-z-]+) .*  ([A-Z][A-Z ]*)$", re.MULTILINE)


def test_the_suite_says_what_is_expected(tmp_path: Path) -> None:
    package = Path(examples.tls_hops.__file__).parent
    expected = {
        aspect: group["verdict"]
        for group in tomllib.loads((package / "expected.toml").read_text())["group"]
        for aspect in group["aspects"]
    }
    command = [sys.executable, "-m", "pytest", "--prose-target=examples.tls_hops:target"]
    command += ["--prose-depth=quick", "--tb=native", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    verdicts = {aspect: verdict.strip() for aspect, verdict in LINE.findall(done.stdout)}
    others = {aspect: v for aspect, v in verdicts.items() if v not in ("PASS", "NOT APPLICABLE")}
    assert others == expected, done.stdout
    assert {aspect.split(".")[0] for aspect, v in verdicts.items() if v == "PASS"} >= {
        "BASE",
        "MUTUAL",
        "AUTH",
        "PROT",
        "MCAST",
    }
    assert done.returncode == 0
