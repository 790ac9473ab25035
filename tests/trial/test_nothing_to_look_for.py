"""A secrecy aspect says nothing of a target that names no secrets."""

from __future__ import annotations

import pytest

TARGET = """
from pytest_prose_go.contract import Credentials
from reference_impl.adapter import ReferenceTarget

class Target(ReferenceTarget):
    def credentials(self, *order, **flaw):
        return Credentials(super().credentials(*order, **flaw).data)
"""


def test_credentials_without_secret_parts_are_inconclusive(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(bare=TARGET)
    result = pytester.runpytest_inprocess(
        "--prose-target=bare.py:Target", "--prose-requirement=STORE.never-shown"
    )
    result.stdout.fnmatch_lines(["*STORE.never-shown*INCONCLUSIVE*", "*name no secret_parts*"])
    assert result.ret == 6
