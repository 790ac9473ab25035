"""A suite of three cases in a distribution of its own, certified once for all tests, and the keys for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pytest_prose_go.certificate import attempts, ics
from pytest_prose_go.certificate.bundle import RunPredicate
from pytest_prose_go.certificate.certify import Key, Order, certify
from reference_impl.adapter import target

REQUIREMENTS = """
clause = "5.9"
title = "Small clause"

[[requirement]]
id = "BASE"
title = "The group works"
clause = "base"
says = "The base functions work."

[[requirement.aspect]]
id = "admit"
title = "A UE is admitted"
level = "mandatory"
judges = ["GO", "UE"]
why = "Without it nothing can be shown."
cases = [{ id = "one", title = "one UE joins" }]

[[requirement]]
id = "SMALL"
title = "Small requirement"
clause = "pCR clause 5.9"
says = "The group is closed."

[[requirement.aspect]]
id = "closed"
title = "No stranger is admitted"
level = "mandatory"
judges = ["GO"]
why = "The sentence says so."
needs = ["BASE.admit"]
books = ["admission.foreign-authority"]
cases = [{ id = "asks", title = "a stranger asks" }]

[[requirement.aspect]]
id = "quiet"
title = "Nothing leaks"
level = "mandatory"
judges = ["GO", "UE"]
why = "The sentence says so."
books = ["plaintext.uplink"]
cases = [{ id = "listens", title = "an eavesdropper listens" }]
not_applicable = [{ when = "owners", equals = "any-member", because = "anybody may own" }]

[[requirement.aspect]]
id = "strong"
title = "A weak algorithm alone is not used"
level = "recommended"
reason = "Whoever offers one alone asks for it."
judges = ["GO", "UE"]
method = "lab"
capability = "offers"
why = "The sentence says so."
books = ["plaintext.downlink"]
cases = [{ id = "alone", title = "one algorithm is offered" }]

[[requirement.aspect]]
id = "kept"
title = "Credentials are kept"
level = "mandatory"
judges = ["UE"]
method = "inspect"
why = "The sentence says so."
"""

CASES = """
import pytest


@pytest.mark.requirement("BASE.admit", case="one")
def test_one(go, member, judge):
    judge.admits(go(), member())


@pytest.mark.requirement("SMALL.closed", case="asks")
@pytest.mark.parametrize("times", [1, 2])
def test_asks(go, member, rogue, judge, times):
    owner, twin = go(), member()
    stranger = rogue()
    judge.fit(stranger)
    judge.admits(owner, twin)
    for _ in range(times):
        judge.attempts(stranger, owner)
        judge.admits_anew(owner, twin)


@pytest.mark.requirement("SMALL.quiet", case="listens")
def test_listens(go, member, judge, prose_depth):
    owner, alice, bob = go(), member(), member()
    judge.admits(owner, alice, bob)
    for _ in range({"quick": 1, "standard": 3, "exhaustive": 9}[prose_depth]):
        judge.delivers(alice, bob)


@pytest.mark.requirement("SMALL.strong", case="alone")
def test_alone(go, member, judge, prose_laboratory):
    owner, alice = go(), member()
    prose_laboratory.offering(alice, *prose_laboratory.algorithms()[:1])
    judge.admits(owner, alice)
"""

SUITE = "small"
NONCE = "let me see"
INSPECTED = "SMALL.kept"


@dataclass(frozen=True)
class Certified:
    """A bundle, and what was signed in it."""

    bundle: bytes
    signed: RunPredicate
    key: Key


@pytest.fixture(scope="session")
def keys() -> dict[str, Key]:
    return {"ed25519": Ed25519PrivateKey.generate(), "p256": generate_private_key(SECP256R1())}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the small suite is installed in."""
    site = tmp_path_factory.mktemp("site")
    clause = site / "small_suite" / "clause_5_9"
    clause.mkdir(parents=True)
    for folder in (clause.parent, clause):
        (folder / "__init__.py").write_text("")
    (clause / "requirements.toml").write_text(REQUIREMENTS)
    (clause / "test_small.py").write_text(CASES)
    (clause.parent / "conftest.py").write_text("from pytest_prose_go.short_names import *\n")
    info = site / "small_suite-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small-suite\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[prose_go.suites]\n{SUITE} = small_suite\n")
    return site


@contextmanager
def installed(site: Path) -> Iterator[None]:
    """The small suite is there, for this process and for those that it starts; elsewhere nobody meets it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        path = os.environ.get("PYTHONPATH")
        patch.setenv("PYTHONPATH", f"{site}{os.pathsep}{path}" if path else str(site))
        yield


@pytest.fixture(autouse=True)
def small_suite(site: Path) -> Iterator[None]:
    """Each test of this folder has the small suite."""
    with installed(site):
        yield


@pytest.fixture(scope="session")
def statement_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vendor's statement on the reference, with a document for the aspect that is settled by inspection."""
    path = tmp_path_factory.mktemp("ics") / ics.FILE
    text = ics.proforma(target().statement, [])
    document = f'[[document]]\naspect = "{INSPECTED}"\ntitle = "Minutes"\nsha256 = "{"ab" * 32}"\n'
    path.write_text(text.replace('name = ""', 'name = "Acme"', 1) + document + 'reviewer = "R. Viewer"\n')
    return path


Certify = Callable[..., Certified]


@pytest.fixture(scope="session")
def certify_small(
    site: Path, statement_file: Path, keys: dict[str, Key], tmp_path_factory: pytest.TempPathFactory
) -> Certify:
    """Certifies a target with the small suite; the same one is made once."""

    @cache
    def run(
        name: str = "reference", key: str = "ed25519", said: Path = statement_file, **changed: object
    ) -> Certified:
        room = tmp_path_factory.mktemp("certified")
        order = Order(
            target=name,
            key=keys[key],
            out=room / "bundle.zip",
            ics=said,
            suite=SUITE,
            attempts=room / attempts.FILE,
            **changed,  # type: ignore[arg-type]
        )
        with installed(site):
            signed = certify(order)
        return Certified(order.out.read_bytes(), signed, order.key)

    return run


@pytest.fixture(scope="session")
def good(certify_small: Certify) -> Certified:
    """The reference, certified with a challenge."""
    return certify_small(challenge=NONCE)


def public_pem(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
