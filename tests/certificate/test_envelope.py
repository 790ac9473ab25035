"""The envelope is what other tools know: OpenSSL alone verifies it, in-toto's own shapes accept what it holds."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pytest_prose_go.certificate.bundle import RUN, TEST_RESULT, unpacked
from pytest_prose_go.certificate.envelope import EnvelopeError, load_private, load_public
from tests.certificate.conftest import Certified, private_pem, public_pem

DOCS = Path(__file__).parents[2] / "docs" / "certificate.md"


def payload(certified: Certified, name: str) -> dict[str, Any]:
    envelope = json.loads(unpacked(certified.bundle)[name])
    statement: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return statement


@pytest.mark.skipif(
    not all(map(shutil.which, ("openssl", "unzip", "bash"))), reason="openssl, unzip or bash is not installed"
)
def test_openssl_alone_verifies_it(good: Certified, tmp_path: Path) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "prose-bundle.zip").write_bytes(good.bundle)
    (tmp_path / "vendor.pub").write_bytes(public_pem(good.key))
    told = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "Signature Verified Successfully" in told.stdout


def test_the_statements_are_of_the_same_subject(good: Certified) -> None:
    run, short = payload(good, RUN), payload(good, TEST_RESULT)
    assert run["subject"] == short["subject"]
    (subject,) = run["subject"]
    assert subject["name"] == "reference_impl"
    assert re.fullmatch("[0-9a-f]{64}", subject["digest"]["sha256"])


def test_the_test_result_is_in_totos(good: Certified) -> None:
    statement = payload(good, TEST_RESULT)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    predicate = statement["predicate"]
    assert predicate["result"] == "PASSED"
    assert predicate["passedTests"] == [case.case for case in good.signed.cases]
    assert predicate["failedTests"] == predicate["warnedTests"] == []
    assert {one["name"] for one in predicate["configuration"]} == {
        "results.json",
        "prose-ics.toml",
        "catalogue",
        "suite",
    }


def test_the_verdict_stands_first(good: Certified) -> None:
    assert list(payload(good, RUN)["predicate"]) == sorted(payload(good, RUN)["predicate"])
    assert good.signed.title == "CONFORMING"


@pytest.mark.parametrize("key", ["ed25519", "p256"])
def test_keys_from_files(keys: dict[str, Any], key: str, tmp_path: Path) -> None:
    (tmp_path / "private.pem").write_bytes(private_pem(keys[key]))
    (tmp_path / "public.pem").write_bytes(public_pem(keys[key]))
    loaded = load_private(tmp_path / "private.pem")
    assert public_pem(loaded) == public_pem(keys[key])
    assert load_public(tmp_path / "public.pem").keyid


@pytest.mark.parametrize(
    ("contents", "words"),
    [(b"", "no private key in PEM"), (b"-----BEGIN PRIVATE KEY-----", "no private key")],
)
def test_no_key(contents: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "private.pem"
    path.write_bytes(contents)
    with pytest.raises(EnvelopeError, match=words):
        load_private(path)
    with pytest.raises(EnvelopeError, match="No such file"):
        load_public(tmp_path / "missing.pem")


def test_a_key_of_another_kind(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    key = generate_private_key(65537, 2048)
    (tmp_path / "private.pem").write_bytes(private_pem(key))  # type: ignore[arg-type]
    (tmp_path / "public.pem").write_bytes(public_pem(key))  # type: ignore[arg-type]
    with pytest.raises(EnvelopeError, match="Ed25519 or an ECDSA P-256"):
        load_private(tmp_path / "private.pem")
    with pytest.raises(EnvelopeError, match="Ed25519 or an ECDSA P-256"):
        load_public(tmp_path / "public.pem")
