"""The key hierarchy against the worked derivations of the two profiles, and KDF against its definition."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from reference_impl.algorithms import BY_NAME
from reference_impl.key_hierarchy import algorithm_key, hop_root, kdf, session_key, traffic_key
from reference_impl.profiles import LTE_33303, NR_33536, Profile

KEY = bytes(range(32))
MEMBER = 0x010203
GROUP = 0xA1B2C3
NONCE_1 = b"\x11" * 16
NONCE_2 = b"\x22" * 16
EEA2 = 2


def test_kdf_is_hmac_over_fc_parameters_and_lengths() -> None:
    text = bytes.fromhex("4a 010203 0003 0001 0002 a1b2c3 0003")

    made = kdf(KEY, 0x4A, b"\x01\x02\x03", b"\x00\x01", b"\xa1\xb2\xc3")

    assert made == hmac.new(KEY, text, hashlib.sha256).digest()


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (LTE_33303, "aa66ddee07cbf2d70739dd61759664c3563133dd7d2c8e8cf99f5eb9883127e8"),
        (NR_33536, "703307d66121bc48218d67615581a179ab10f4b288e54217c92f7984a8af2acd"),
    ],
    ids=["PTK of 33.303 A.3", "SLPTK of 33.533 A.3"],
)
def test_traffic_key(profile: Profile, expected: str) -> None:
    assert traffic_key(profile, KEY, MEMBER, 1, GROUP).hex() == expected


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (LTE_33303, "2a3b60010bf66a2a20d06de5029fdf8c1986895c90550c49f5c9fba080ebb464"),
        (NR_33536, "996c6fa449b3abe05587afaa4e7972ea597fd80542ecee5d91fd4f7e99f68383"),
    ],
    ids=["KD-sess", "KNRP-sess of 33.536"],
)
def test_session_key(profile: Profile, expected: str) -> None:
    assert session_key(profile, KEY, NONCE_1, NONCE_2).hex() == expected


@pytest.mark.parametrize(
    ("profile", "encryption", "integrity"),
    [
        (LTE_33303, "d44b1a2573fe429914144d32ca1e18b4", "ebe1bfeab42db46253e213734430b5f0"),
        (NR_33536, "7409ee807a9190cd1b78b6f9d03a92af", "bf67d1e73baa0e5bd2129b047210e5b5"),
    ],
    ids=["PEK and PIK of a PTK", "SLPEK and SLPIK of 33.533 A.4"],
)
def test_algorithm_keys_of_a_group(profile: Profile, encryption: str, integrity: str) -> None:
    key = traffic_key(profile, KEY, MEMBER, 1, GROUP)
    keys = BY_NAME["eea2-eia2"].keys(profile.fc_group_algorithm_key, key)

    assert (keys.encryption.hex(), keys.integrity.hex()) == (encryption, integrity)


def test_algorithm_keys_of_an_nr_hop() -> None:
    keys = BY_NAME["eea2-eia2"].keys(NR_33536.fc_algorithm_key, session_key(NR_33536, KEY, NONCE_1, NONCE_2))

    assert keys.encryption.hex() == "ab2cc8ebbac9ce96b5e237f99f10d1f3"
    assert keys.integrity.hex() == "3afd06b82a9ff05cd7eb8ce87b8c3629"


def test_an_algorithm_key_depends_on_its_use_and_its_algorithm() -> None:
    keys = {algorithm_key(0x4B, KEY, use, algorithm) for use in (0, 1) for algorithm in (EEA2, 0x10)}

    assert len(keys) == 4


def test_the_root_of_a_hop_is_bound_to_group_names_and_transcript() -> None:
    base = ("group", "member", "owner", b"transcript")
    variants = {
        base,
        ("x", *base[1:]),
        ("group", "x", "owner", b"transcript"),
        ("group", "member", "x", b"t"),
    }
    variants |= {("group", "member", "owner", b"x"), ("group", "memberowner", "", b"transcript")}

    assert len({hop_root(KEY, *each) for each in variants}) == len(variants)


def test_a_parameter_longer_than_its_length_field_is_an_error() -> None:
    with pytest.raises(OverflowError):
        kdf(KEY, 0x4A, bytes(65_536))
