"""What a target is made of, and what of it the product digest covers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_prose_go.certificate import artefacts


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    path = tmp_path / "device.jar"
    path.write_bytes(b"one")
    return path


def digest(target: str, *files: str, beside: Path = Path()) -> str:
    return artefacts.product_digest(target, artefacts.found(target, files, beside))


@pytest.mark.parametrize("argument", ["{}", "--jar={}", "lib:{}", "-Dpath=lib:{}"])
def test_a_file_that_an_argument_names(jar: Path, argument: str) -> None:
    target = f"exec:sh -c {argument.format(jar)}"
    before = digest(target)
    assert [(one.name, one.kind) for one in artefacts.found(target)][1:] == [("device.jar", "argument")]
    jar.write_bytes(b"another")
    assert digest(target) != before


def test_the_command_line() -> None:
    assert digest("exec:sh --secure") != digest("exec:sh --open")


def test_a_file_that_the_statement_names(jar: Path) -> None:
    before = digest("reference", "device.jar", beside=jar.parent)
    assert before != digest("reference")
    jar.write_bytes(b"another")
    assert digest("reference", "device.jar", beside=jar.parent) != before


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(artefacts.ArtefactError, match="No such file"):
        artefacts.found("reference", ["gone.jar"], tmp_path)
