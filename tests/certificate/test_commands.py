"""``prose-go certify`` and ``prose-go verify``, as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_prose_go.cli import main
from tests.certificate.conftest import NONCE, SUITE, Certified, private_pem, public_pem


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: Certified, statement_file: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vendor.pem").write_bytes(private_pem(good.key))
    (tmp_path / "vendor.pub").write_bytes(public_pem(good.key))
    (tmp_path / "prose-ics.toml").write_bytes(statement_file.read_bytes())
    (tmp_path / "bundle.zip").write_bytes(good.bundle)
    return tmp_path


def verified(*more: str) -> int:
    return main(["verify", "bundle.zip", "--key", "vendor.pub", *more])


def test_certified_and_verified(room: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = ["certify", "reference", "--key", "vendor.pem", "--suite", SUITE, "--out", "bundle.zip"]
    assert main([*made, "--challenge", NONCE]) == 0
    assert "CONFORMING: pytest-prose-go reference 1; seed chosen by" in capfd.readouterr().out
    assert verified("--challenge", NONCE) == 0
    out = capfd.readouterr().out
    assert out.startswith("VALID: pytest-prose-go reference 1: CONFORMING")
    assert "\nfound again from the traces:\n" in out
    assert "\nchecked:\n" in out
    assert "\nonly the vendor's word:\n" in out
    assert "  1 attempts at a certificate" in out


def test_run_again_from_the_seed(room: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert verified("--challenge", NONCE, "--rerun", "reference") == 0
    assert "run again here against reference: the same verdicts" in capfd.readouterr().out
    assert verified("--challenge", NONCE, "--rerun", "reference:foreign-authority-accepted") == 3
    assert "SMALL.closed.asks[1]: PASS in the bundle, FAIL when run again" in capfd.readouterr().out


def test_what_cannot_be_read(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (room / "bundle.zip").unlink()
    assert verified() == 2
    assert "bundle.zip: No such file" in capsys.readouterr().err


def test_what_is_not_valid(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified("--challenge", "another") == 3
    assert capsys.readouterr().out.startswith("NOT VALID: ")
    (room / "bundle.zip").write_bytes(b"PK")
    assert verified() == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--key", "missing.pem"], "missing.pem: No such file"),
        (["--key", "vendor.pub"], "no private key in PEM"),
        (["--key", "vendor.pem", "--ics", "missing.toml"], "write one with prose-go ics"),
        (["--key", "vendor.pem", "--challenge", "x", "--seed", "y"], "leave --seed out"),
        (["--key", "vendor.pem", "--suite", "missing"], "there is no suite missing"),
    ],
)
def test_nothing_is_signed(
    room: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", "reference", "--suite", SUITE, "--out", "none.zip", *words]) == 2
    assert said in capsys.readouterr().err
    assert not (room / "none.zip").exists()


def test_a_target_that_is_not_there(room: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = ["certify", "no-such-target", "--key", "vendor.pem", "--suite", SUITE, "--out", "none.zip"]
    assert main(made) == 2
    assert "came to no end (exit code 4)" in capfd.readouterr().err
    assert not (room / "none.zip").exists()
