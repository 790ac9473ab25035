"""PDUs of both profiles, octet by octet, and what becomes of a changed one."""

from __future__ import annotations

import pytest

from reference_impl.algorithms import BY_NAME, PduInput
from reference_impl.errors import PeerViolation
from reference_impl.key_hierarchy import session_key, traffic_key
from reference_impl.profiles import FROM_COMMAND_SENDER, LTE_33303, NR_33536, TO_COMMAND_SENDER, Profile
from reference_impl.protection import Channel, HopProtection, KeyIsSpent, SecurityContext

ROOT = bytes(range(32))
EEA2_EIA2 = BY_NAME["eea2-eia2"]
NR_SESSION_KEY = session_key(NR_33536, ROOT, b"\x11" * 16, b"\x22" * 16)
NR_KEYS = EEA2_EIA2.keys(NR_33536.fc_algorithm_key, NR_SESSION_KEY)
KEY_ID = 0xABCD
BEARER = 1

both_profiles = pytest.mark.parametrize("profile", [LTE_33303, NR_33536], ids=lambda each: each.name)
both_algorithms = pytest.mark.parametrize("algorithm", sorted(BY_NAME))


def ends(profile: Profile, algorithm: str) -> tuple[SecurityContext, SecurityContext]:
    """The two ends of a session: the UE, which takes the Security Mode Command, and the owner."""
    keys = BY_NAME[algorithm].keys(profile.fc_algorithm_key, NR_SESSION_KEY)
    ue, owner = (
        SecurityContext(profile, algorithm, KEY_ID, ROOT, NR_SESSION_KEY, keys, direction)
        for direction in (TO_COMMAND_SENDER, FROM_COMMAND_SENDER)
    )
    return ue, owner


# --- known answers ---------------------------------------------------------------------------------


def test_lte_unicast_pdu() -> None:
    header = LTE_33303.write_header(LTE_33303.sdu_signalling, KEY_ID, 0)
    pdu = PduInput(LTE_33303.count(KEY_ID, 0), BEARER, 0)
    body = EEA2_EIA2.seal(NR_KEYS, pdu, header, bytes.fromhex("0d0001"), True, LTE_33303.mac_is_ciphered)

    assert (header + body).hex() == "40abcd0000bddd91b47e70c5"


@pytest.mark.parametrize(
    ("direction", "plain", "ciphered", "expected"),
    [(1, "0e0001", False, "0000abcd0e0001441e96e7"), (0, "0f0002", True, "0000abcd86378b393d234e")],
    ids=["COMMAND", "COMPLETE"],
)
def test_nr_unicast_pdu(direction: int, plain: str, ciphered: bool, expected: str) -> None:
    header = NR_33536.write_header(NR_33536.sdu_signalling, KEY_ID, 0)
    pdu = PduInput(NR_33536.count(KEY_ID, 0), BEARER, direction)
    body = EEA2_EIA2.seal(NR_KEYS, pdu, header, bytes.fromhex(plain), ciphered, NR_33536.mac_is_ciphered)

    assert (header + body).hex() == expected


def test_lte_groupcast_ciphering() -> None:
    keys = EEA2_EIA2.keys(
        LTE_33303.fc_group_algorithm_key, traffic_key(LTE_33303, ROOT, 0x010203, 1, 0xA1B2C3)
    )
    plain = bytes.fromhex("474f206d756c7469636173742074657374207061796c6f6164")
    body = EEA2_EIA2.seal(
        keys, PduInput(0x00010001, BEARER, 0), bytes.fromhex("0500010001"), plain, True, False
    )

    assert body[: len(plain)].hex() == "52763dc3ffa94b333a651f6c5cb13706fa4bf53f643b851526"


# --- what the hop does with them -------------------------------------------------------------------


@both_profiles
@both_algorithms
def test_each_end_takes_what_the_other_protects(profile: Profile, algorithm: str) -> None:
    ue, owner = ends(profile, algorithm)
    hop = HopProtection()

    for channel in (Channel.SECURITY_MODE, Channel.SIGNALLING, Channel.DATA):
        assert hop.unprotect(owner, hop.protect(ue, channel, b"uplink")) == b"uplink"
        assert hop.unprotect(ue, hop.protect(owner, channel, b"downlink")) == b"downlink"


@both_profiles
@both_algorithms
def test_only_the_command_goes_in_clear(profile: Profile, algorithm: str) -> None:
    ue, owner = ends(profile, algorithm)
    hop = HopProtection()
    text = b"text of twenty octets"
    clear = {
        (end, channel)
        for end, context in (("ue", ue), ("owner", owner))
        for channel in (Channel.SECURITY_MODE, Channel.SIGNALLING, Channel.DATA)
        if text in hop.protect(context, channel, text)
    }

    assert clear == {("owner", Channel.SECURITY_MODE)}


@both_profiles
@both_algorithms
def test_every_changed_octet_is_noticed(profile: Profile, algorithm: str) -> None:
    ue, owner = ends(profile, algorithm)
    hop = HopProtection()
    payload = hop.protect(ue, Channel.DATA, b"pay load")

    for place in range(len(payload)):
        for mask in (0x01, 0x80, 0xFF):
            changed = bytearray(payload)
            changed[place] ^= mask
            with pytest.raises(PeerViolation):
                hop.unprotect(owner, bytes(changed))
    for length in range(len(payload)):
        with pytest.raises(PeerViolation):
            hop.unprotect(owner, payload[:length])

    assert hop.unprotect(owner, payload) == b"pay load"


@both_algorithms
def test_a_pdu_is_taken_once_and_never_by_its_sender(algorithm: str) -> None:
    ue, owner = ends(LTE_33303, algorithm)
    hop = HopProtection()
    payload = hop.protect(ue, Channel.DATA, b"once")

    with pytest.raises(PeerViolation, match="wrong MAC"):
        hop.unprotect(ue, payload)
    hop.unprotect(owner, payload)
    with pytest.raises(PeerViolation, match="replayed"):
        hop.unprotect(owner, payload)


@both_algorithms
def test_a_forged_counter_moves_no_window(algorithm: str) -> None:
    ue, owner = ends(LTE_33303, algorithm)
    hop = HopProtection()
    honest = hop.protect(ue, Channel.DATA, b"honest")
    forged = bytearray(honest)
    forged[4:6] = b"\xff\xff"

    with pytest.raises(PeerViolation):
        hop.unprotect(owner, bytes(forged))

    assert hop.unprotect(owner, honest) == b"honest"


def test_a_spent_key_protects_nothing_more() -> None:
    ue, _ = ends(LTE_33303, "aes-gcm")
    ue.next_counter = (1 << 16) - 1
    hop = HopProtection()

    hop.protect(ue, Channel.DATA, b"the last")

    assert ue.counters_left == 0
    with pytest.raises(KeyIsSpent):
        hop.protect(ue, Channel.DATA, b"one too many")


def test_nr_counters_go_on_past_the_twelve_bits_of_the_header() -> None:
    ue, owner = ends(NR_33536, "eea2-eia2")
    hop = HopProtection()
    for lost in range(3 * (1 << 12) + 5):
        payload = hop.protect(ue, Channel.DATA, b"x")
        if lost % 1000 == 0:
            hop.unprotect(owner, payload)

    assert hop.unprotect(owner, hop.protect(ue, Channel.DATA, b"still here")) == b"still here"
