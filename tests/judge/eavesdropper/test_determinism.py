"""Equal bytes for equal payloads are found where nothing but the cipher explains them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.judge.eavesdropper.hand_written import NAMES, OTHER_UE, OWNER, UE, HandWritten

HEADER = b"\x42\x17allotment\x00\x00\x00\x01"


def sealed(air: HandWritten, data: bytes) -> bytes:
    """A frame as a good cipher makes it: a constant header, then random bytes."""
    return HEADER + air.draw(len(data) + 16)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), size=st.integers(12, 200), head=st.integers(0, 40), between=st.booleans())
def test_a_cipher_without_a_nonce_is_found(seed: int, size: int, head: int, between: bool) -> None:
    air = HandWritten(seed)
    data, cipher = air.draw(size), air.draw(size + 16)
    header = air.draw(head)
    for payload, text in [(data, cipher), (air.draw(size), air.draw(size + 16)), (data, cipher)]:
        if payload == data or between:
            air.hop(payload, header + text, UE, OWNER)
    assert air.kinds() == {"determinism.hop"}


def test_only_the_payload_part_need_be_equal() -> None:
    air = HandWritten()
    data, cipher = air.draw(60), air.draw(60)
    for count in range(2):
        air.hop(data, bytes([count]) * 8 + cipher + air.draw(16), UE, OWNER)
        air.hop(air.draw(60), b"\x09" * 8 + air.draw(76), UE, OWNER)
    assert air.kinds() == {"determinism.hop"}


def test_groupcasts_have_their_own_kind() -> None:
    air = HandWritten()
    data, cipher = air.draw(60), air.draw(70)
    air.groupcast(data, cipher)
    air.groupcast(air.draw(60), air.draw(70))
    air.groupcast(data, cipher)
    (violation,) = air.eavesdropper.conclude()
    assert (violation.kind, violation.station) == ("determinism.groupcast", OWNER)
    assert cipher[:16].hex() in violation.proof


@pytest.mark.parametrize("renewing", [UE, OWNER])
def test_keys_of_an_old_session_have_their_own_kind(renewing: int) -> None:
    air = HandWritten()
    data, cipher = air.draw(60), air.draw(70)
    air.hop(data, cipher, UE, OWNER)
    air.move("replay")
    air.join(renewing)
    air.hop(data, cipher, UE, OWNER)
    assert air.kinds() == {"freshness.session"}


def test_a_members_new_session_does_not_renew_the_groups_keys() -> None:
    air = HandWritten()
    data, cipher = air.draw(60), air.draw(70)
    air.groupcast(data, cipher)
    air.join(UE)
    air.groupcast(data, cipher)
    assert air.kinds() == {"determinism.groupcast"}


def test_a_resending_of_one_message_is_none() -> None:
    air = HandWritten()
    data = air.draw(60)
    cipher = air.draw(70)
    air.send(data, UE, NAMES[OWNER])
    first = air.emit(cipher)
    air.emit(cipher, by="wake")
    air.report(OWNER, data, air.deliver(OWNER, first))
    air.hop(data, air.draw(70), UE, OWNER)
    assert air.kinds() == set()
    assert air.eavesdropper.leads == []


def test_a_late_resending_that_is_reported_twice_is_a_lead_at_most() -> None:
    air = HandWritten()
    data = air.draw(60)
    cipher = air.draw(70)
    air.hop(data, cipher, UE, OWNER)
    air.send(data, UE, NAMES[OWNER])
    again = air.emit(cipher, by="wake")
    air.report(OWNER, data, air.deliver(OWNER, again))
    assert air.kinds() == set()
    assert [lead.kind for lead in air.eavesdropper.leads] == ["determinism.hop"]


def test_a_resending_flushed_out_by_the_next_send_is_a_lead_at_most() -> None:
    air = HandWritten()
    data = air.draw(60)
    cipher = air.draw(70)
    air.hop(data, cipher, UE, OWNER)
    air.send(data, UE, NAMES[OWNER])
    again = air.emit(cipher)
    air.emit(air.draw(70))
    air.report(OWNER, data, air.deliver(OWNER, again))
    assert air.kinds() == set()
    assert air.eavesdropper.leads != []


def test_a_move_of_the_attacker_makes_it_a_lead() -> None:
    air = HandWritten()
    data = air.draw(60)
    cipher = air.draw(70)
    air.hop(data, cipher, UE, OWNER)
    air.send(data, UE, NAMES[OWNER])
    emission = air.emit(cipher)
    air.move("delay")
    air.report(OWNER, data, air.deliver(OWNER, emission))
    assert air.kinds() == set()
    assert air.eavesdropper.leads != []


def test_what_the_attacker_replayed_is_no_second_message() -> None:
    air = HandWritten()
    data = air.draw(60)
    cipher = air.draw(70)
    air.hop(data, cipher, UE, OWNER)
    air.send(data, UE, NAMES[OWNER])
    air.report(OWNER, data, air.deliver(OWNER, 0, "replayed"))
    assert air.kinds() == set()


def test_long_headers_and_padding_explain_themselves() -> None:
    air = HandWritten()
    certificate = air.draw(300)
    data = air.draw(40)
    for payload in (data, air.draw(40), data, air.draw(40), data):
        air.hop(payload, certificate + air.draw(56) + bytes(200), UE, OWNER)
        air.groupcast(payload, certificate + air.draw(56) + bytes(200))
    assert air.kinds() == set()


def test_headers_of_pieces_explain_themselves() -> None:
    air = HandWritten()
    data = air.draw(100)
    header = air.draw(40)
    for _ in range(3):
        air.send(data, UE, NAMES[OWNER])
        air.deliver(OWNER, air.emit(header + air.draw(80)))
        air.report(OWNER, data, air.deliver(OWNER, air.emit(header + air.draw(60))))
    assert air.kinds() == set()
    assert air.eavesdropper.leads == []


def test_headers_of_another_way_tell_nothing_of_this_one() -> None:
    air = HandWritten()
    data = air.draw(40)
    header = air.draw(100)
    for payload, head, receiver in [
        (data, header, UE),
        (air.draw(40), air.draw(100), OTHER_UE),
        (data, header, UE),
    ]:
        air.hop(payload, head + air.draw(56), OWNER, receiver)
    assert air.kinds() == set()


def test_a_relay_that_repeats_a_frame_as_it_is_shows_one_message() -> None:
    air = HandWritten()
    for data in (air.draw(60), air.draw(60)):
        air.send(data)
        cipher = sealed(air, data)
        air.deliver(OWNER, air.emit(cipher))
        air.report(OTHER_UE, data, air.deliver(OTHER_UE, air.emit(cipher, OWNER, "receive")))
    assert air.kinds() == set()


@pytest.mark.parametrize("misfit", range(3))
def test_words_of_blocks_are_read_off_the_air(misfit: int) -> None:
    air = HandWritten(misfit)
    for _ in range(2):
        plain = (air.draw(16), air.draw(16))
        word = [air.random.randrange(2) for _ in range(64)]
        data = b"".join(plain[letter] for letter in word)
        padded = air.draw(5 * misfit) + data + air.draw(16 - 5 * misfit)
        codebook: dict[bytes, bytes] = {}
        cipher = b"".join(
            codebook.setdefault(padded[at : at + 16], air.draw(16)) for at in range(0, len(padded), 16)
        )
        air.hop(data, HEADER + cipher, UE, OWNER)
    assert air.kinds() == {"determinism.hop"}


def test_a_word_in_a_good_cipher_or_in_padding_is_none() -> None:
    air = HandWritten()
    for _ in range(4):
        plain = (air.draw(16), air.draw(16))
        data = b"".join(plain[air.random.randrange(2)] for _ in range(64))
        air.hop(data, sealed(air, data) + bytes(1200), UE, OWNER)
        air.hop(plain[0] * 6, sealed(air, plain[0] * 6) + bytes(100), UE, OWNER)
    assert air.kinds() == set()
    assert air.eavesdropper.leads == []
