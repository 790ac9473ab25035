"""No secret of the target stands in its bundle: the same run, by a target that writes its secrets down, knows them."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from pytest_prose_go.air.trace import Emitted, Trace
from tests.certificate.conftest import SUITE, Certified
from tests.report.told_secrets import TELLING_TARGET, TOLD, Search, secrets_in


def frames(lines: bytes) -> list[bytes]:
    return [record.payload for record in Trace.decode(lines) if isinstance(record, Emitted)]


def test_no_secret_stands_in_a_bundle(
    good: Certified, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = pytester.path / "secrets"
    (pytester.path / "telling.py").write_text(TELLING_TARGET)
    monkeypatch.setenv(TOLD, str(told))
    pytester.runpytest_inprocess(
        "--prose-target=telling.py:good",
        f"--prose-suite={SUITE}",
        f"--prose-seed={good.signed.seed}",
        "--prose-evidence=evidence",
    )
    with zipfile.ZipFile(io.BytesIO(good.bundle)) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    packed = {name for name in members if name.endswith(".jsonl.z")}
    members |= {name: zlib.decompress(members[name]) for name in packed}
    certified = sorted(frames(members[name]) for name in packed)
    seen = sorted(frames(path.read_bytes()) for path in pytester.path.glob("evidence/*.trace.jsonl"))
    assert certified == seen != [], "the two runs are not the same: other secrets would be looked for"
    search = Search(secrets_in(told))
    found = [f"{name}: {place}" for name, data in members.items() for place in search.found(data)]
    assert not found, "\n".join(found[:10])
    assert not list(search.found(good.bundle))
