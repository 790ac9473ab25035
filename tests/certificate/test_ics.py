"""The vendor's statement in a file: begun from a target, read strictly, and never against what the target states."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_prose_go.certificate import ics
from pytest_prose_go.cli import main
from reference_impl.adapter import target

INSPECTED = (("STORE.kept", "Kept well"),)
DOCUMENT = '[[document]]\naspect = "{aspect}"\ntitle = "T"\nsha256 = "{digest}"\nreviewer = "R"\n'


def filled(text: str = "") -> ics.Ics:
    begun = ics.proforma(target().statement, INSPECTED).replace('name = ""', 'name = "Acme"', 1)
    return ics.decode((begun + text).encode(), "here")


def wrong(statement: ics.Ics) -> list[str]:
    return list(ics.contradictions(statement, target().statement, {"STORE.kept"}))


def test_what_is_begun_lacks_the_vendor_alone() -> None:
    begun = ics.decode(ics.proforma(target().statement, INSPECTED).encode(), "here")
    assert wrong(begun) == []
    assert list(ics.gaps(begun)) == ["[vendor] name is empty: say who makes the statement"]
    assert list(ics.gaps(filled())) == wrong(filled()) == []


def test_a_document_that_settles_an_aspect() -> None:
    assert wrong(filled(DOCUMENT.format(aspect="STORE.kept", digest="ab" * 32))) == []


@pytest.mark.parametrize(
    ("aspect", "digest", "words"),
    [
        ("STORE.lost", "ab" * 32, "STORE.lost: no aspect of that name is settled by inspection"),
        ("STORE.kept", "xy", "sha256 is not 64 hexadecimal digits"),
    ],
)
def test_a_document_that_settles_nothing(aspect: str, digest: str, words: str) -> None:
    said = filled(DOCUMENT.format(aspect=aspect, digest=digest))
    (line,) = (*ics.gaps(said), *wrong(said))
    assert words in line


def test_a_contradiction_names_both() -> None:
    text = ics.proforma(target().statement, ()).replace('removal = "evict"', 'removal = "bar"')
    said = ics.decode(text.replace('name = ""', 'name = "Acme"', 1).encode(), "here")
    assert wrong(said) == ["[claims] removal is 'bar', and the target states 'evict'"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[vendor]", "missing required field `name`"),
        ("[vendor\n", "here: "),
        ('[vendor]\nname = "A"\ncolour = "red"', "unknown field `colour`"),
        ("\xff", "here: "),
    ],
)
def test_a_broken_file_is_one_clear_error(text: str, words: str) -> None:
    with pytest.raises(ics.IcsError, match=words):
        ics.decode(text.encode("latin-1"), "here")


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ics", "reference"]) == 0
    assert "fill in [vendor]" in capsys.readouterr().out
    assert main(["ics", "reference"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("prose-ics.toml is not filled in:\n[vendor] name is empty")
    assert "contradicts" not in out
    path = Path(ics.FILE)
    path.write_text(path.read_text().replace('name = ""', 'name = "Acme"', 1))
    assert main(["ics", "reference"]) == 0
    path.write_text("nonsense")
    assert main(["ics", "reference"]) == 2
    assert "prose-go ics: prose-ics.toml" in capsys.readouterr().err
    assert main(["ics", "no-such-target"]) == 2
