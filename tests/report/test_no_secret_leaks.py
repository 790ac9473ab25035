"""No secret that the target ever told stands in anything that a run leaves, in whatever form."""

from __future__ import annotations

import base64

import pytest

from tests.report.told_secrets import TELLING_TARGET, TOLD, Search, secrets_in

NARROWED = (
    "--prose-case=MCAST.removed.misses-its-removal",
    "--prose-case=KEYS.replaced.after-a-removal",
    "--prose-case=STORE.at-rest.keys-in-use",
    "--prose-case=STORE.bound-to-device.copied-image",
)
EVERY_ARTEFACT = (
    "--prose-scope=lab",
    "--prose-evidence=evidence",
    "--prose-report=told.html",
    "--prose-json=told.json",
    "--prose-markdown=told.md",
    "--prose-matrix=told.csv",
    "--prose-write-known-failures=known.toml",
    "--alluredir=allure",
    "--junitxml=junit.xml",
    "-o",
    "junit_logging=all",
    "--tb=long",
    "-rA",
)


@pytest.mark.parametrize(
    "narrowing", [NARROWED, pytest.param((), marks=pytest.mark.slow)], ids=["narrowed", "whole"]
)
def test_no_artefact_holds_a_secret(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, narrowing: tuple[str, ...]
) -> None:
    told = pytester.path / "secrets"
    work = pytester.mkdir("work")
    (work / "telling.py").write_text(TELLING_TARGET)
    monkeypatch.chdir(work)
    monkeypatch.setenv(TOLD, str(told))
    result = pytester.runpytest_inprocess(
        "--prose-target=telling.py:target", "--prose-seed=5eed", *EVERY_ARTEFACT, *narrowing
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (work / "terminal").write_text(result.stdout.str() + result.stderr.str())
    secrets = secrets_in(told)
    assert len(secrets) > 50
    search = Search(secrets)
    artefacts = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
    kinds = {path.suffix for path in artefacts}
    assert {
        ".html",
        ".json",
        ".jsonl",
        ".md",
        ".csv",
        ".xml",
        ".svg",
        ".pcapng",
        ".toml",
        ".txt",
        "",
    } <= kinds
    found = [f"{path}: {place}" for path, data in artefacts.items() for place in search.found(data)]
    assert not found, "\n".join(found[:10])


SECRET = bytes(range(200, 232))


@pytest.mark.parametrize(
    "leaked",
    [
        b"head" + SECRET + b"tail",
        SECRET[::-1],
        f"key={SECRET.hex()}".encode(),
        SECRET.hex().upper().encode(),
        SECRET.hex(":").encode(),
        repr({"key": SECRET}).encode(),
        *(base64.b64encode(b"x" * before + SECRET + b"after") for before in range(4)),
        base64.urlsafe_b64encode(b"xy" + SECRET),
    ],
)
def test_the_search_finds_a_secret_in_each_form(leaked: bytes) -> None:
    assert list(Search([SECRET]).found(leaked))
    assert not list(Search([bytes(range(100, 132))]).found(leaked))
