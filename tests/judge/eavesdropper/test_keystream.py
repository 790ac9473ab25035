"""A keystream that serves two messages is found, wherever the two were sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.judge.eavesdropper.hand_written import NAMES, OTHER_UE, OWNER, UE, HandWritten


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    sizes=st.tuples(st.integers(15, 300), st.integers(15, 300)),
    heads=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    tail=st.integers(0, 80),
)
def test_two_messages_under_one_keystream(
    seed: int, sizes: tuple[int, int], heads: tuple[int, int], tail: int
) -> None:
    air = HandWritten(seed)
    stream = air.draw(300)
    for size, head in zip(sizes, heads, strict=True):
        data = air.draw(size)
        air.hop(data, air.draw(head) + xor(data, stream) + air.draw(tail), UE, OWNER)
        air.hop(air.draw(size), air.draw(head + size + tail), UE, OWNER)
    assert air.kinds() == {"keystream.hop"}


def test_across_hops_members_and_sessions() -> None:
    stream = HandWritten(5).draw(80)
    for first, second in [((UE, OWNER), (OTHER_UE, OWNER)), ((OWNER, UE), (UE, OWNER)), ((UE, OWNER),) * 2]:
        air = HandWritten()
        for sender, receiver in (first, second):
            data = air.draw(60)
            air.hop(data, b"\x00\x01" + xor(data, stream) + air.draw(16), sender, receiver)
            air.join(UE)
        (violation,) = air.eavesdropper.conclude()
        assert (violation.kind, violation.station) == ("keystream.hop", second[0])


def test_a_keystream_that_moves_on_by_a_block_only() -> None:
    air = HandWritten()
    stream = air.draw(200)
    for start in (0, 16):
        data = air.draw(90)
        air.hop(data, air.draw(9) + xor(data, stream[start:]) + air.draw(4), UE, OWNER)
    assert air.kinds() == {"keystream.hop"}


@pytest.mark.parametrize("shift", range(1, 17))
def test_a_keystream_over_heads_of_unequal_lengths(shift: int) -> None:
    air = HandWritten()
    stream = air.draw(200)
    for start in (0, shift):
        data = air.draw(70)
        air.hop(data, air.draw(9) + xor(air.draw(20 + start) + data, stream), UE, OWNER)
    assert air.kinds() == {"keystream.hop"}


def test_groupcasts_have_their_own_kind_and_proof() -> None:
    air = HandWritten()
    stream = air.draw(60)
    payloads = [air.draw(60), air.draw(60)]
    for data in payloads:
        air.groupcast(data, b"\x01" + xor(data, stream))
    (violation,) = air.eavesdropper.conclude()
    assert violation.kind == "keystream.groupcast"
    assert xor(*payloads)[:16].hex() in violation.proof
    assert "frame 0 from offset 1" in violation.proof


def test_messages_that_were_never_received_count_too() -> None:
    air = HandWritten()
    stream = air.draw(60)
    for _ in range(2):
        data = air.draw(60)
        air.send(data)
        air.emit(xor(data, stream))
    assert air.kinds() == {"keystream.hop"}


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("start", [0, 7, 1000])
@pytest.mark.parametrize("order", ["big", "little"])
def test_a_keystream_that_counts(size: int, start: int, order: str) -> None:
    air = HandWritten()
    data = air.draw(80)
    stream = b""
    for number in range(start, start + 80):
        word = (number % 256**size).to_bytes(size)
        stream += word if order == "big" else word[::-1]
    air.hop(data, air.draw(9) + xor(data, stream) + air.draw(9), UE, OWNER)
    assert air.kinds() == {"keystream.hop"}


def test_equal_payloads_and_equal_frames_prove_nothing() -> None:
    air = HandWritten()
    data = air.draw(60)
    frame = air.draw(90)
    for _ in range(3):
        air.send(data, UE, NAMES[OWNER])
        air.emit(frame)
    assert air.kinds() == set()


def test_padding_headers_and_related_payloads_prove_nothing() -> None:
    air = HandWritten()
    block = air.draw(16)
    base = air.draw(64)
    header = air.draw(70)
    for data in (base, base[:60] + b"\x01\x02\x03\x04", block * 4, bytes(64), b"\xff" * 64, air.draw(64)):
        air.hop(data, header + air.draw(80) + bytes(120), UE, OWNER)
        air.hop(data, bytes(200) + b"\xff" * 100 + bytes(range(256)), OWNER, OTHER_UE)
    assert air.kinds() == set()


def test_two_stations_with_one_state_do_not_count() -> None:
    air = HandWritten()
    stream = air.draw(60)
    air.make(7, "honest", clone_of=UE)
    for sender in (UE, 7):
        data = air.draw(60)
        air.hop(data, xor(data, stream), sender, OWNER)
    assert air.kinds() == set()


def _in_pieces(
    air: HandWritten, data: bytes, head: bytes, stream: bytes, size: int, by: str = "send"
) -> None:
    """``data`` is sent by a UE under ``stream``, in frames with ``size`` bytes of it and of what stands before it."""
    whole = head + xor(data, stream)
    air.send(data)
    for number, at in enumerate(range(0, len(whole), size)):
        air.emit(bytes([number]) + air.draw(4) + whole[at : at + size], by=by)


@pytest.mark.parametrize("by", ["send", "wake"])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), sizes=st.tuples(st.integers(70, 300), st.integers(70, 300)))
def test_two_messages_in_pieces_under_one_keystream(by: str, seed: int, sizes: tuple[int, int]) -> None:
    air = HandWritten(seed)
    stream, piece = air.draw(300), 48
    for size in sizes:
        _in_pieces(air, air.draw(size), air.draw(11), stream, piece, by)
        _in_pieces(air, air.draw(size), air.draw(11), air.draw(300), piece, by)
    assert air.kinds() == {"keystream.hop"}


def test_equal_payloads_and_equal_frames_in_pieces_prove_nothing() -> None:
    air = HandWritten()
    blocks = air.draw(16), air.draw(16)
    stream, padding = air.draw(300), bytes(60)
    data = air.draw(150)
    for _ in range(2):
        _in_pieces(air, data, b"", stream, 40)
        _in_pieces(air, b"".join(air.random.choices(blocks, k=12)), b"", air.draw(300), 40)
        air.emit(padding + air.draw(7))
    repeated = air.draw(90)
    for _ in range(3):
        air.send(air.draw(150))
        air.emit(repeated, by="wake")
    assert air.kinds() == set()
