"""Protocols around engines of others: the suite says of each what was written down beside it before it first ran.

By default a few aspects of each; with ``-m 'slow or not slow'`` all of them. What does not install is skipped.
"""

from __future__ import annotations

import importlib
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

import examples
from pytest_prose_go.catalogue import Catalogue
from pytest_prose_go.judge.verdict import CaseResult, Verdict
from tests.examples.inner_run import not_passed, run_suite

FOLDER = Path(examples.__file__).parent


class Example(NamedTuple):
    """A target of an example, the engine that it needs, and the aspects that every run tries."""

    package: str
    attribute: str
    module: str
    distribution: str
    aspects: tuple[str, ...]


SOUND = ("BASE.unicast", "AUTH.other-group", "MCAST.left")
EXAMPLES = (
    Example("dtls_hops", "target", "OpenSSL", "pyOpenSSL", SOUND),
    Example("noise_hops", "target", "noise", "noiseprotocol", SOUND),
    Example("noise_hops", "target_without_pins", "noise", "noiseprotocol", ("MUTUAL.member-as-owner",)),
    Example("noise_hops", "target_without_keys", "noise", "noiseprotocol", ("AUTH.other-group",)),
    Example("mls_group", "target", "mls_rs_uniffi", "agentvault-mls-rs-uniffi", SOUND),
    Example("megolm_group", "target", "vodozemac", "vodozemac", SOUND),
    Example("megolm_group", "target_that_repeats", "vodozemac", "vodozemac", ("MCAST.integrity",)),
    Example(
        "oscore_group",
        "target",
        "aiocoap",
        "aiocoap[oscore]",
        ("BASE.unicast", "AUTH.other-group", "MCAST.removed"),
    ),
    Example("megolm_group", "target_that_keeps_its_session", "vodozemac", "vodozemac", ("MCAST.removed",)),
)

for _package in sorted({example.package for example in EXAMPLES}):
    # Now, as a test with inner runs forgets what it imported, and engines do not bear to be imported twice.
    with suppress(ImportError):
        importlib.import_module(f"examples.{_package}")


def _needs(module: str, distribution: str) -> None:
    why = f"{distribution} is not installed: pip install '.[engines]'"
    pytest.importorskip(module, reason=why, exc_type=ImportError)


def _expected(example: Example) -> dict[str, Verdict]:
    groups = tomllib.loads((FOLDER / example.package / "expected.toml").read_text())["group"]
    return {
        aspect: Verdict(group["verdict"])
        for group in groups
        if example.attribute in group.get("targets", [example.attribute])
        for aspect in group["aspects"]
    }


def _run(
    pytester: pytest.Pytester, example: Example, aspects: tuple[str, ...] = ()
) -> tuple[str, list[CaseResult]]:
    _needs(example.module, example.distribution)
    name = f"examples.{example.package}:{example.attribute}"
    return name, run_suite(pytester, name, aspects, depth="quick")


each_example = pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda each: f"{each.package}:{each.attribute}"
)


@each_example
def test_some_aspects(pytester: pytest.Pytester, catalogue: Catalogue, example: Example) -> None:
    name, results = _run(pytester, example, example.aspects)
    found = not_passed(catalogue, name, results)
    expected = _expected(example)
    assert {aspect: found.get(aspect, Verdict.PASS) for aspect in example.aspects} == {
        aspect: expected.get(aspect, Verdict.PASS) for aspect in example.aspects
    }


@pytest.mark.slow
@each_example
def test_all_aspects(pytester: pytest.Pytester, catalogue: Catalogue, example: Example) -> None:
    name, results = _run(pytester, example)
    found = not_passed(catalogue, name, results)
    others = {aspect: verdict for aspect, verdict in found.items() if verdict is not Verdict.NOT_APPLICABLE}
    assert others == _expected(example)


def test_what_is_expected_is_of_the_catalogue(catalogue: Catalogue) -> None:
    for example in EXAMPLES:
        assert _expected(example).keys() <= catalogue.aspects.keys()


def test_a_leaf_of_mls_that_is_cut_short_has_no_holder() -> None:
    _needs("mls_rs_uniffi", "agentvault-mls-rs-uniffi")
    import mls_rs_uniffi as mls

    from examples.mls_group.leaf import of_first_in, of_key_package

    pair = mls.generate_signature_keypair(mls.CipherSuite.CURVE25519_AES128)
    client = mls.Client(b"olga", pair, mls.client_config_default())
    package = client.generate_key_package_message().to_bytes()
    assert of_key_package(package) == (pair.public_key.bytes, "olga")
    assert of_first_in(client.create_group(None).export_tree().bytes) == (pair.public_key.bytes, "olga")
    for size in (0, 8, 9, 60, 100):
        with pytest.raises(ValueError, match=r"cut short|no basic"):
            of_key_package(package[:size])
    with pytest.raises(ValueError, match="no first leaf"):
        of_first_in(b"\x01\x00")
