"""The profiles that the tests of two ends run over."""

from __future__ import annotations

import pytest

from reference_impl.certificate_credentials import Certificates
from reference_impl.credentials import CredentialKind
from reference_impl.pair_keys import PairKeys
from tests.reference import pretend_link


@pytest.fixture(params=[Certificates(), PairKeys()], ids=lambda kind: kind.name)
def each_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> CredentialKind:
    """Run the test once with certificates and once with pair keys."""
    kind: CredentialKind = request.param
    monkeypatch.setattr(pretend_link, "usual_kind", kind)
    return kind
